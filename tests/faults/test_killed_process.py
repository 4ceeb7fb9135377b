"""The serving process is killed without warning between a click and its messages, and started again.

What was acknowledged is done, every message is sent once, and the outbox is empty.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import sleep

import pytest
from sqlalchemy import text

from bot.wiring import Bot
from sandbox.values import Delivered
from store.database import Database
from store.domain.clock import system_clock
from store.services.audit import Audit
from store.services.members import Members
from tests.scenarios.test_adjust_price import ask_for, audit_rows, make_orders
from tests.scenarios.test_share_order import share_form
from tests.support.desk import PEOPLE, Desk, eventually, make_workspace, words
from tests.support.processes import ServedBot, served


@dataclass(frozen=True, slots=True)
class Served:
    """The desk as tests know it, and the process that serves it."""

    desk: Desk
    bot: ServedBot

    def kill_once_taken(self, method: str, kind: str) -> threading.Thread:
        """Kills the process when its next call of that method arrives; the call then ends as the fault says."""
        fault = self.desk.workspace.faults.add(method, kind)

        def wait_and_kill() -> None:
            eventually(lambda: fault.times == 0, f"a call of {method}")
            self.bot.kill()

        thread = threading.Thread(target=wait_and_kill)
        thread.start()
        return thread

    def answered(self, kind: str) -> None:
        """Waits until the workspace has finished the dead process's call, as the fault says."""
        eventually(lambda: any(sent.fault == kind for sent in tuple(self.desk.workspace.sent)), "an answer to nobody")

    def start_again(self) -> None:
        """Starts the process again; first ends the leases of the dead one."""
        with self.desk.database.write() as connection:
            connection.execute(text("UPDATE outbox SET lease_until = created_at WHERE lease_until IS NOT NULL"))
        self.bot.start()


@contextmanager
def serving(database: Database, folder: Path) -> Iterator[Served]:
    make_orders(database)
    members = Members(database, system_clock)
    for member in PEOPLE:
        members.set("command line", member)
    workspace, sales, approvals = make_workspace()
    with served(workspace, database, folder, DESK_APPROVALS_CHANNEL=approvals.id) as bot:
        # No bot runs in this process: the desk provides its people and its channels.
        nobody: Bot = None  # type: ignore[assignment]
        yield Served(Desk(workspace, nobody, database, sales, approvals), bot)


@pytest.mark.parametrize("kind", ["lost_before", "slow:1"], ids=["before its effect", "after its effect"])
@pytest.mark.parametrize("method", ["chat.postMessage", "chat.update", "conversations.open"])
def test_killed_while_it_tells(database: Database, tmp_path: Path, method: str, kind: str) -> None:
    with serving(database, tmp_path) as here:
        desk = here.desk
        if method == "chat.postMessage":
            killing = here.kill_once_taken(method, kind)
            ask_for(desk)
        else:
            ask_for(desk)
            card = desk.card("waiting for 1 manager")
            killing = here.kill_once_taken(method, kind)
            desk.person("U0ANDREW").click("Approve", card)
        killing.join()
        here.answered(kind)
        here.start_again()
        if method == "chat.postMessage":
            desk.person("U0ANDREW").click("Approve", desk.card("waiting for 1 manager"))
        desk.card("Applied")
        desk.told("U0NANCY", "Order price adjusted successfully")
        desk.settled()
        told = desk.workspace.bot_messages(desk.workspace.im("U0NANCY").id)
        assert len(desk.cards()) == len(told) == 1
        assert Audit(database).verify(None).whole


@pytest.mark.parametrize("milliseconds", [0, 4, 8, 16, 32])
def test_killed_while_it_decides(database: Database, tmp_path: Path, milliseconds: int) -> None:
    with serving(database, tmp_path) as here:
        desk = here.desk
        ask_for(desk)
        card = desk.card("waiting for 1 manager")
        desk.settled()
        clicks: list[Delivered] = []
        clicking = threading.Thread(target=lambda: clicks.append(desk.person("U0ANDREW").click("Approve", card)))
        clicking.start()
        sleep(milliseconds / 1000)
        here.bot.kill()
        clicking.join()
        here.start_again()
        applied = audit_rows(desk).count("adjustment.applied")
        assert applied <= 1
        if clicks[0].ok:
            assert applied == 1
        if not applied:
            desk.person("U0ANDREW").click("Approve", card)
        desk.card("Applied")
        desk.told("U0NANCY", "Order price adjusted successfully")
        desk.settled()
        assert audit_rows(desk).count("adjustment.applied") == 1
        assert [words(card).count("Applied") for card in desk.cards()] == [1]
        assert Audit(database).verify(None).whole


@pytest.mark.parametrize("method", ["conversations.info", "chat.postMessage"], ids=["before", "after"])
def test_killed_between_a_share_and_its_card(database: Database, tmp_path: Path, method: str) -> None:
    """Before its card is posted, at the second check of the channel; and after, before the outbox records it."""
    with serving(database, tmp_path) as here:
        desk = here.desk
        channel = desk.workspace.add_channel("deals", ["U0NANCY", "U0ANDREW"])
        nancy = share_form(desk, "U0NANCY", channel, "ADJ-1001")
        if method == "conversations.info":
            desk.workspace.faults.add(method, "slow:0")
        killing = here.kill_once_taken(method, "slow:1")
        nancy.submit()
        killing.join()
        here.answered("slow:1")
        here.start_again()
        eventually(lambda: desk.workspace.bot_messages(channel.id), "the card")
        desk.settled()
        (card,) = desk.workspace.bot_messages(channel.id)
        assert "Order ADJ-1001" in words(card)
        assert audit_rows(desk).count("order.share") == 1
