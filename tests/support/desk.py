"""A whole desk for tests: a sandbox workspace, the real bot on the real wire, and people who read screens."""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from time import monotonic, sleep
from typing import Any, TypeVar

from pydantic import SecretStr

from bot.manifest import SCOPES
from bot.settings import Settings
from bot.slack.directory import CHANGE_EVENT
from bot.wiring import Bot
from handlers import NOTICES, ROUTES
from handlers.kit.interaction import PayloadKind
from handlers.kit.messages import tried_again
from handlers.kit.route import Route
from sandbox.people import Person
from sandbox.server import SandboxServer
from sandbox.values import Channel, Delivered, Grid, Json, Message, View
from sandbox.workspace import Workspace
from store.database import Database
from store.domain.clock import Clock, system_clock
from store.domain.people import Member, Role
from store.services.members import Members
from store.services.outbox import Outbox
from tests.support.people import TEAM

PATIENCE = 120.0
"""Seconds that what follows an acknowledgement may take on a busy machine, including triggers."""
ACK_PATIENCE = 15.0
"""Seconds for an acknowledgement. Slack gives three: tests of a late one set that limit themselves."""

PATIENT = timedelta(seconds=PATIENCE)


T = TypeVar("T")


def eventually(look: Callable[[], T | None], what: str = "it", seconds: float = PATIENCE) -> T:
    """The first true value that `look` returns; AssertionError after `seconds`."""
    until = monotonic() + seconds
    while True:
        found = look()
        if found:
            return found
        if monotonic() > until:
            raise AssertionError(f"{what} did not come about")
        sleep(0.01)


def words(container: View | Message) -> str:
    """Everything that a person reads on a view or message, one line for each text."""
    lines: list[str] = []
    if isinstance(container, View):
        lines += [(part or {}).get("text", "") for part in (container.title, container.submit, container.close)]
        lines += container.errors.values()
    else:
        lines.append(container.text)
    _collect(list(container.blocks), lines)
    return "\n".join(line for line in lines if line)


def _collect(part: Any, lines: list[str]) -> None:
    if isinstance(part, dict):
        if isinstance(part.get("text"), str):
            lines.append(part["text"])
        for name, inner in part.items():
            if name != "text" or not isinstance(inner, str):
                _collect(inner, lines)
    elif isinstance(part, list):
        for inner in part:
            _collect(inner, lines)


@dataclass(frozen=True, slots=True)
class Reader:
    """A person at the screen who finds things by the words on them."""

    person: Person
    home_channel: str

    # --- what is seen

    @property
    def modal(self) -> View:
        """The top modal."""
        return self.person.modal()

    @property
    def screen(self) -> str:
        """All words of the top modal."""
        return words(self.modal)

    def private_messages(self, channel_id: str = "") -> list[str]:
        """The messages in a channel that only this person sees, oldest first."""
        seen = self.person.messages(channel_id or self.home_channel)
        return [words(message) for message in seen if message.ephemeral_to]

    # --- what is done

    def command(self, text: str, channel_id: str = "") -> Delivered:
        """Types a line that begins with a slash."""
        name, _, rest = text.partition(" ")
        return self.person.command(channel_id or self.home_channel, name, rest)

    def hear(self, text: str) -> str:
        """Types a command, and waits for the answer in words, which only this person sees."""
        before = len(self.private_messages())
        delivered = self.command(text)
        assert delivered.ok, delivered
        return eventually(lambda: self.private_messages()[before:], "an answer in words")[-1]

    def open(self, text: str, channel_id: str = "") -> View:
        """Types a command and waits for the modal that it opens."""
        before = {view.id for view in self.person.modals()}
        delivered = self.command(text, channel_id)
        assert delivered.ok, delivered
        return eventually(
            lambda: next((view for view in self.person.modals() if view.id not in before), None), "a modal"
        )

    def press(self, label: str, container: View | Message | None = None) -> View:
        """Presses the button with that label, confirms if it asks first, and waits until the screen has changed."""
        where = container or self.modal
        return self._changed(lambda: self.click(label, where))

    def click(self, label: str, container: View | Message, *, agreed: bool = True) -> Delivered:
        """Presses the button with that label on what they saw, which may be out of date; waits for nothing.

        If the button asks first, Slack sends the click only if the person has `agreed`.
        """
        block, element = self._element(container, lambda found: _label(found) == label, f"button {label}")
        return self.person.click(container, block["block_id"], element["action_id"], agreed=agreed)

    def question(self, label: str, container: View | Message | None = None) -> str:
        """The whole question that the button with that label asks first; empty if it asks nothing."""
        _, element = self._element(container or self.modal, lambda found: _label(found) == label, f"button {label}")
        asks = element.get("confirm") or {}
        return "\n".join(asks[part]["text"] for part in ("title", "text", "confirm", "deny") if asks)

    def pick(self, row: str, entry: str, container: View | Message | None = None) -> View:
        """Chooses an entry of the menu beside the text that contains `row`."""
        where = container or self.modal
        for block in where.blocks:
            menu = block.get("accessory") or {}
            if menu.get("type") == "overflow" and row in str(block.get("text", {}).get("text", "")):
                chosen = next(option for option in menu["options"] if option["text"]["text"] == entry)
                click = partial(self.person.click, where, block["block_id"], menu["action_id"], agreed=True)
                return self._changed(partial(click, selected_option=chosen))
        raise AssertionError(f"no row {row!r} with a menu on the screen:\n{words(where)}")

    def entries(self, row: str) -> list[str]:
        """The entries of the menu beside that text."""
        for block in self.modal.blocks:
            menu = block.get("accessory") or {}
            if menu.get("type") == "overflow" and row in str(block.get("text", {}).get("text", "")):
                return [option["text"]["text"] for option in menu["options"]]
        raise AssertionError(f"no row {row!r} on the screen")

    def buttons(self, container: View | Message | None = None) -> list[str]:
        """The labels of all buttons."""
        return [_label(element) for _, element in _elements(container or self.modal) if element["type"] == "button"]

    def fill(self, label: str, value: Any) -> None:
        """Fills the field with that label, with what a person would choose or type."""
        view = self.modal
        block = next(block for block in view.blocks if block.get("label", {}).get("text") == label)
        self.person.fill(view, block["block_id"], block["element"]["action_id"], value)

    def offered(self, label: str, typed: str) -> list[str]:
        """The options of the field with that label while a person types."""
        view = self.modal
        block = next(block for block in view.blocks if block.get("label", {}).get("text") == label)
        found = self.person.options(view, block["block_id"], block["element"]["action_id"], typed)
        assert found.delivered.ok, found.delivered
        return [option["text"]["text"] for option in found.options]

    def submit(self) -> View | None:
        """Presses the modal's submit button; returns the top modal afterwards."""
        delivered = self.person.submit(self.modal.id)
        assert delivered.ok, delivered
        modals = self.person.modals()
        return modals[-1] if modals else None

    def close(self) -> None:
        """Closes the top modal."""
        self.person.close(self.modal.id)

    def _element(self, where: View | Message, fits: Callable[[Json], bool], what: str) -> tuple[Json, Json]:
        for block, element in _elements(where):
            if fits(element):
                return block, element
        raise AssertionError(f"no {what} on the screen:\n{words(where)}")

    def _changed(self, act: Callable[[], Delivered]) -> View:
        before = [(view.id, view.hash) for view in self.person.modals()]
        delivered = act()
        assert delivered.ok, delivered
        eventually(lambda: [(view.id, view.hash) for view in self.person.modals()] != before, "a change of the screen")
        return self.modal


def _label(element: Json) -> str:
    text = element.get("text")
    return str(text["text"]) if isinstance(text, dict) else ""


def _elements(where: View | Message) -> Iterator[tuple[Json, Json]]:
    for block in where.blocks:
        for element in (*block.get("elements", ()), block.get("accessory"), block.get("element")):
            if isinstance(element, dict) and "action_id" in element:
                yield block, element


@dataclass(frozen=True, slots=True)
class Desk:
    """Everything that runs, and access to its people."""

    workspace: Workspace
    bot: Bot
    database: Database
    sales: Channel
    approvals: Channel
    """The channel of the managers, where approval cards are posted."""

    def person(self, user_id: str) -> Reader:
        """A person of the workspace, at their screen."""
        return Reader(self.workspace.person(user_id), self.sales.id)

    def cards(self) -> list[Message]:
        """The bot's messages in the approvals channel without replies in threads, oldest first."""
        said = self.workspace.bot_messages(self.approvals.id)
        return [message for message in said if not message.is_reply and not message.ephemeral_to]

    def card(self, *wanted: str) -> Message:
        """The newest card, once it contains all of these texts."""
        return eventually(lambda: self._last(self.cards(), wanted), f"a card with {wanted}")

    def thread(self, *wanted: str) -> Message:
        """The newest reply to a card, once it contains all of these texts."""
        return eventually(
            lambda: self._last([m for m in self.workspace.bot_messages(self.approvals.id) if m.is_reply], wanted),
            f"a reply with {wanted}",
        )

    def told(self, user_id: str, *wanted: str) -> Message:
        """The newest direct message to somebody, once it contains all of these texts."""
        channel = self.workspace.im(user_id)
        return eventually(
            lambda: self._last(self.workspace.bot_messages(channel.id), wanted), f"a message to {user_id} with {wanted}"
        )

    def settled(self) -> None:
        """Waits until the outbox is empty."""
        outbox = Outbox(self.database)
        eventually(lambda: outbox.health().waiting == 0, "an empty outbox")

    def try_parked_again(self, now: datetime | None = None) -> int:
        """What the clock does for parked rows; returns the number that is tried again."""
        return Outbox(self.database).revive(tried_again(NOTICES, now or datetime.now(UTC)))

    @staticmethod
    def _last(messages: Sequence[Message], wanted: Sequence[str]) -> Message | None:
        said = words(messages[-1]) if messages else ""
        return messages[-1] if messages and all(part in said for part in wanted) else None

    @property
    def url(self) -> str:
        """The address at which the bot serves HTTP."""
        return self.bot.http.address


PEOPLE = (
    Member("", "U0NANCY", "Nancy Davolio", "nancy", frozenset({Role.SALESPERSON})),
    Member("", "U0JANET", "Janet Leverling", "janet", frozenset({Role.SALESPERSON})),
    Member("", "U0STEVEN", "Steven Buchanan", "steven", frozenset({Role.SALESPERSON, Role.MANAGER})),
    Member("", "U0ANDREW", "Andrew Fuller", "", frozenset({Role.MANAGER, Role.ADMIN})),
    Member("", "U0LAURA", "Laura Callahan", "", frozenset({Role.MANAGER})),
)


def make_workspace(
    people: Iterable[Member] = PEOPLE, clock: Clock | None = None, grid: Grid | None = None
) -> tuple[Workspace, Channel, Channel]:
    """A workspace of these members, with a stranger, a guest and a person of another organisation.

    All are in #sales; the managers are also in #price-approvals.
    """
    people = tuple(people)
    workspace = Workspace(
        TEAM,
        commands={route.id for route in ROUTES if route.kind is PayloadKind.COMMAND and " " not in route.id},
        events={route.id for route in ROUTES if route.kind is PayloadKind.EVENT} | {CHANGE_EVENT},
        scopes=set(SCOPES),
        grid=grid,
        clock=lambda: (clock or system_clock)().timestamp(),
        ack_seconds=ACK_PATIENCE,
    )
    workspace.triggers.seconds = PATIENCE
    for member in people:
        name = member.account_name or member.slack_user_id.lower()
        workspace.add_user(
            name, member.name, id=member.slack_user_id, tz="Europe/Berlin", tz_offset=3600, locale="en-GB"
        )
    workspace.add_user("stranger", id="U0STRANGER")
    workspace.add_user("guest", id="U0GUEST", is_restricted=True)
    workspace.add_user("outsider", id="U0OUTSIDER", team_id="T0ELSEWHERE")
    humans = [user for user in workspace.users() if not user.is_bot]
    managers = [member.slack_user_id for member in people if member.roles & {Role.MANAGER, Role.ADMIN}]
    deciding = [user for user in humans if user.id in managers]
    sales = workspace.add_channel("sales", humans, is_ext_shared=True)
    return workspace, sales, workspace.add_channel("price-approvals", deciding, kind="private")


@contextmanager
def running_desk(
    database: Database,
    folder: Path,
    *,
    socket_mode: bool = False,
    people: Iterable[Member] = PEOPLE,
    clock: Clock | None = None,
    routes: Iterable[Route] = ROUTES,
    grid: Grid | None = None,
    late: timedelta = PATIENT,
    **changed: Any,
) -> Iterator[Desk]:
    """A bot that serves from this database, in a workspace of these people, who become members.

    `late`: how long after receipt a request still has an effect. Tests of late requests pass Slack's own limit, LATE.

    What the bot sent is kept in `sent_folder`, for other validators to judge.
    """
    people = tuple(people)
    members = Members(database, system_clock)
    for member in people:
        members.set("command line", member)
    workspace, sales, approvals = make_workspace(people, clock, grid)
    with SandboxServer(workspace) as server:
        settings = Settings(
            _env_file=None,
            slack_bot_token=SecretStr(workspace.bot_token),
            slack_app_token=SecretStr(workspace.app_token if socket_mode else ""),
            slack_signing_secret=SecretStr(workspace.signing_secret),
            slack_api_url=server.api_url,
            database_url=SecretStr(database.url.render_as_string(hide_password=False)),
            port=0,
            desk_export_dir=folder / "exports",
            **{"desk_approvals_channel": approvals.id, **changed},
        )
        bot = Bot(settings, socket_mode=socket_mode, routes=routes, clock=clock, late=late)
        bot.start()
        try:
            desk = Desk(workspace, bot, database, sales, approvals)
            if not socket_mode:
                workspace.deliver_to_http(f"{desk.url}/slack/events")
            yield desk
        finally:
            bot.stop()
            _save_sent(workspace)


def sent_folder() -> Path:
    """Where a test run keeps what the bot sent, as JSON lines, a file for each desk; emptied when a run begins."""
    return Path(os.environ.get("SENT_DIR") or Path(__file__).parents[2] / "var" / "sent")


def _save_sent(workspace: Workspace) -> None:
    test = re.sub(r"[^A-Za-z0-9]+", "-", os.environ.get("PYTEST_CURRENT_TEST", "run"))[-120:]
    folder = sent_folder()
    path = folder / f"{test}-{secrets.token_hex(4)}.jsonl"
    while not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        # Another run that begins in this checkout may empty the folder.
        with suppress(FileNotFoundError):
            workspace.save_sent(path)
