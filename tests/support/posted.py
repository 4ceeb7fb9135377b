"""Exports on the wire: a workspace whose bot starts and stops on one database, and what it posted."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from time import sleep
from typing import Any

from openpyxl import load_workbook
from pydantic import SecretStr
from sqlalchemy import text

from bot.settings import Settings
from bot.wiring import Bot
from sandbox.faults import Fault
from sandbox.server import SandboxServer
from sandbox.values import Channel, File
from sandbox.workspace import Workspace
from store.database import Database
from store.domain.clock import system_clock
from store.domain.exports.export import Destination, Export, ExportRequest, ExportState, Scope
from store.domain.people import Actor, Member
from store.services.exports.downloads import Downloads
from store.services.exports.exports import Exports
from store.services.exports.work import ExportWork
from store.services.members import Members
from store.services.outbox import Outbox
from tests.support.builders import ItemRow, a_customer, an_order
from tests.support.desk import PATIENCE, PEOPLE, Reader, eventually, make_workspace
from tests.support.exporting import ExportDesk, a_request_key, export_all
from tests.support.people import TEAM

HELD_SECONDS = 1.5
"""How long a delayed Slack call takes, so that a test can change something in the meantime."""


def make_orders(database: Database) -> None:
    """Three orders of Nancy's customer, and two of Janet's."""
    acme = a_customer(database, name="Acme GmbH", account_name="acme", account_manager="nancy")
    away = a_customer(database, name="Far Away Ltd", account_name="far", account_manager="janet")
    for number in range(5):
        an_order(database, f"EXP-{number}", customer_key=acme if number < 3 else away, items=[ItemRow()])


@dataclass(slots=True)
class Office:
    """A workspace, its database, and a channel of managers with the bot in it."""

    workspace: Workspace
    api_url: str
    database: Database
    folder: Path
    channel: Channel
    exports: Exports = field(init=False)
    work: ExportWork = field(init=False)
    downloads: Downloads = field(init=False)
    running: Bot | None = None
    """The running bot, if any."""

    def __post_init__(self) -> None:
        self.exports = Exports(self.database, system_clock, self.folder)
        self.work = ExportWork(self.database, system_clock, self.folder)
        self.downloads = Downloads(self.database, system_clock, self.folder)

    def settings(self) -> dict[str, Any]:
        """The settings of a bot of this workspace."""
        return {
            "slack_bot_token": SecretStr(self.workspace.bot_token),
            "slack_signing_secret": SecretStr(self.workspace.signing_secret),
            "slack_api_url": self.api_url,
            "database_url": SecretStr(self.database.url.render_as_string(hide_password=False)),
            "port": 0,
            "desk_export_dir": self.folder,
        }

    def completed(self, user: str = "U0ANDREW") -> Export:
        """Export All of this person in the state after posting, with its file, but without anything in Slack.

        No bot may be running: it would work on the export.
        """
        desk = ExportDesk(self.database, self.folder, now=system_clock() - timedelta(hours=1))
        return desk.completed(self.actor(user), export_all(Destination(self.channel.id, self.channel.name)))

    @contextmanager
    def bot(self) -> Iterator[Bot]:
        """A running bot."""
        bot = Bot(Settings(_env_file=None, **self.settings()), socket_mode=False)
        bot.start()
        self.running = bot
        try:
            yield bot
        finally:
            self.running = None
            bot.stop()

    def member(self, user: str) -> Member:
        """One of the desk's people, in this workspace."""
        found = next(member for member in PEOPLE if member.slack_user_id == user)
        return Member(TEAM, user, found.name, found.account_name, found.roles)

    def actor(self, user: str = "U0ANDREW") -> Actor:
        """The member as the actor of a request."""
        return Actor(self.member(user), origin="test")

    def person(self, user: str) -> Reader:
        """The member at their screen; the bot must be running."""
        assert self.running is not None
        self.workspace.deliver_to_http(f"{self.running.http.address}/slack/events")
        return Reader(self.workspace.person(user), self.channel.id)

    def queue(self, user: str = "U0ANDREW", *, direct: bool = False, confirmed: int | None = None) -> Export:
        """Export All of this person, to the channel or to a direct message."""
        destination = Destination() if direct else Destination(self.channel.id, self.channel.name)
        request = ExportRequest(Scope.ALL, None, "", destination, confirmed)
        return self.exports.queue(self.actor(user), request, a_request_key()).export

    def hold_up(self, method: str) -> Fault:
        """Makes the next call of that method take HELD_SECONDS."""
        return self.workspace.faults.add(method, f"slow:{HELD_SECONDS}")

    def look(self, export: Export) -> Export:
        """The export as it is now."""
        return self.exports.to_tell(export.key)

    def ended(self, export: Export, state: ExportState, seconds: float = PATIENCE) -> Export:
        """The export, once it is in that state; what waits for a retry is tried at once."""

        def found() -> Export | None:
            # Looking without a pause would slow the other tests that share the machine.
            sleep(0.05)
            now = self.look(export)
            if now.state.open:
                self.hurry()
            return now if now.state is state else None

        return eventually(found, f"an export that is {state}", seconds=seconds)

    def hurry(self) -> None:
        """Makes what waits for a retry be tried at once."""
        sleep(0.05)
        self.change("DELETE FROM outbox_pauses")
        for table in ("exports", "outbox"):
            self.change(f"UPDATE {table} SET next_attempt_at = NULL WHERE next_attempt_at IS NOT NULL")

    def end_leases(self) -> None:
        """Ends the leases of dead and paused workers."""
        past = "0" if self.database.sqlite else "'2000-01-01Z'"
        self.change(f"UPDATE exports SET lease_until = {past} WHERE lease_until IS NOT NULL")
        self.change(f"UPDATE outbox SET lease_until = {past} WHERE lease_until IS NOT NULL")

    def change(self, statement: str) -> None:
        """Changes the database behind the bot's back."""
        with self.database.write(patient=True) as connection:
            connection.execute(text(statement))

    def number(self, statement: str) -> int:
        """What a statement of SQL counts."""
        with self.database.read() as connection:
            return int(connection.execute(text(statement)).scalar_one())

    def lease(self, export: Export) -> str:
        """Until when a worker has its lease, in the database's own form."""
        with self.database.read() as connection:
            return str(connection.execute(text(f"SELECT lease_until FROM exports WHERE key = {export.key}")).scalar())

    def files(self, channel_id: str = "") -> list[File]:
        """The files that the bot posted in a channel, by default the managers' channel."""
        messages = self.workspace.bot_messages(channel_id or self.channel.id)
        return [file for message in messages for file in message.files]

    def orders_in(self, file: File) -> int:
        """The number of orders in the posted workbook."""
        book = load_workbook(BytesIO(file.content))
        return int(book["Orders"].max_row) - 1

    def calls(self, method: str) -> int:
        """The number of calls of that method by the bot."""
        return sum(sent.method == method for sent in tuple(self.workspace.sent))

    def quiet(self) -> None:
        """Waits until the outbox is empty."""
        outbox = Outbox(self.database)
        eventually(lambda: outbox.health().waiting == 0, "an empty outbox")


@contextmanager
def an_office(database: Database, folder: Path) -> Iterator[Office]:
    """A workspace with its people and orders, and no bot yet."""
    make_orders(database)
    members = Members(database, system_clock)
    for member in PEOPLE:
        members.set("command line", member)
    members.meet_workspace(TEAM)
    workspace, _, _ = make_workspace()
    channel = workspace.add_channel("deals", ["U0ANDREW", "U0LAURA"])
    with SandboxServer(workspace) as server:
        yield Office(workspace, server.api_url, database, folder / "exports", channel)


@contextmanager
def running_bot(database: Database, folder: Path) -> Iterator[Office]:
    """The same, with a running bot."""
    with an_office(database, folder) as office, office.bot():
        yield office
