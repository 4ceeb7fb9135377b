"""The serving process is stopped for longer than its lease, right before it posts something: it is posted once.

With PostgreSQL another process takes over in the meantime; with SQLite the same process continues the work.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from time import sleep

import pytest

from sandbox.values import Message
from store.database import Database
from store.domain.exports.export import Export, ExportState
from tests.faults import pausing_bot
from tests.support.desk import eventually
from tests.support.posted import Office, an_office

_context = multiprocessing.get_context("forkserver")
_context.set_forkserver_preload(["tests.faults.pausing_bot"])
A_WHILE = 1.5
"""Seconds in which a second post would appear."""


@pytest.fixture
def office(database: Database, tmp_path: Path) -> Iterator[Office]:
    with an_office(database, tmp_path) as here:
        yield here


@contextmanager
def stopped(office: Office, step: str) -> Iterator[tuple[int, Path]]:
    """A process stopped at that step, whose leases are over; with the file that shows that it has continued."""
    went_on = office.folder / "went on"
    process = _context.Process(target=pausing_bot.serve, args=(office.settings(), step, went_on))
    process.start()
    assert process.pid is not None
    pid = process.pid
    try:
        eventually(
            lambda: Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "T", "a stopped process"
        )
        office.end_leases()
        yield pid, went_on
    finally:
        os.kill(pid, signal.SIGKILL)
        process.join()


def another(office: Office) -> AbstractContextManager[object]:
    """The other process, if the database allows one."""
    return nullcontext() if office.database.sqlite else office.bot()


def go_on(office: Office, pid: int, went_on: Path) -> None:
    os.kill(pid, signal.SIGCONT)
    eventually(went_on.exists, "a process that goes on")
    sleep(A_WHILE)
    office.quiet()


def about(office: Office, export: Export) -> list[Message]:
    """The messages about the export, in its channel."""
    said = f"Export {export.number}"
    return [one for one in office.workspace.bot_messages(office.channel.id) if said in one.text and not one.files]


@pytest.mark.parametrize("step", pausing_bot.MESSAGE_STEPS)
def test_a_message_is_told_once(office: Office, step: str) -> None:
    export = office.queue()
    with stopped(office, step) as (pid, went_on), another(office):
        if not office.database.sqlite:
            office.ended(export, ExportState.COMPLETED)
            office.quiet()
            assert len(about(office, export)) == 1
        go_on(office, pid, went_on)
        office.ended(export, ExportState.COMPLETED)
        if step == pausing_bot.MESSAGE_STEPS[1] and not office.database.sqlite:
            # It had already checked, so it posts; then it deletes its message.
            eventually(lambda: office.calls("chat.delete"), "a message that is taken back")
        office.quiet()
        eventually(lambda: len(about(office, export)) == 1, "one message")
        eventually(lambda: "Completed" in about(office, export)[0].text, "the present state")
        if step == pausing_bot.MESSAGE_STEPS[0]:
            assert office.calls("chat.delete") == 0
    assert len(office.files()) == 1


def test_an_export_is_posted_once(office: Office) -> None:
    export = office.queue()
    with stopped(office, "the file is about to be posted") as (pid, went_on), another(office):
        if not office.database.sqlite:
            office.ended(export, ExportState.COMPLETED)
        go_on(office, pid, went_on)
        office.ended(export, ExportState.COMPLETED)
        office.quiet()
    assert len(office.files()) == 1
