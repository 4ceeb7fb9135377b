"""A process stops while it holds what every writer needs: others go on, or are told so; it does nothing late."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path

import pytest
from sqlalchemy import text

from handlers.kit.interaction import LATE
from store.database import Database
from store.domain.adjustments.pricing import ByAmount
from store.domain.clock import system_clock
from store.domain.errors import DatabaseBusy, DatabaseUnavailable, Unconfirmed
from store.domain.people import Actor
from store.services.audit import Audit
from store.services.members import Members
from tests.faults import mortal
from tests.faults.test_too_late import held, url_of
from tests.scenarios.test_adjust_price import ask_for, audit_rows, make_orders
from tests.support.adjusting import Desk as Tables
from tests.support.amounts import usd
from tests.support.desk import PATIENCE, PEOPLE, Desk, Reader, eventually, running_desk
from tests.support.people import TEAM
from tests.support.wire import get

ANYWHERE = "127.0.0.1:0"
BUSY = "could not get to its data just now. Nothing was changed. Try again"
_context = multiprocessing.get_context("forkserver")
_context.set_forkserver_preload(["tests.faults.mortal"])


def ready(desk: Desk) -> tuple[int, str]:
    """The status of `/readyz`, and what it says about the database."""
    apart = desk.bot.health
    assert apart is not None
    status, body = get(apart.address, "/readyz")
    return status, json.loads(body)["database"]


def tables(desk: Desk) -> Tables:
    return Tables(desk.database)


@contextmanager
def frozen(desk: Desk) -> Iterator[tuple[int, Connection]]:
    """A stopped process with Steven's submission uncommitted: its id, and the pipe for its outcome."""
    steven = Members(desk.database, system_clock).find(TEAM, "U0STEVEN")
    assert steven is not None
    ((order,),) = tables(desk).rows("SELECT key FROM orders WHERE order_id = 'STE-1001'")
    here, there = multiprocessing.Pipe()
    arguments = (url_of(desk.database), there, Actor(steven, origin="test"), order, ByAmount(usd("1637.50")))
    process = _context.Process(target=mortal.submit_frozen, args=arguments)
    process.start()
    try:
        eventually(lambda: _state(process.pid) == "T", "a process that stands still")
        assert process.pid is not None
        yield process.pid, here
    finally:
        process.kill()
        process.join()


def _state(pid: int | None) -> str:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]


def submitted(nancy: Reader) -> bool:
    """Presses *Submit* again, as a person does when the desk is busy; returns whether it was accepted."""
    if BUSY in nancy.screen:
        nancy.submit()
    return "PA-1" in nancy.screen


@pytest.fixture
def desk(database: Database, tmp_path: Path) -> Iterator[Desk]:
    make_orders(database)
    with running_desk(database, tmp_path, health_address=ANYWHERE, late=LATE) as running:
        yield running


@pytest.mark.postgresql
def test_others_go_on_and_what_stood_still_does_nothing_late(postgresql_only: Database, tmp_path: Path) -> None:
    make_orders(postgresql_only)
    with (
        running_desk(postgresql_only, tmp_path, health_address=ANYWHERE, late=LATE) as desk,
        frozen(desk) as (pid, told),
    ):
        nancy = ask_for(desk)
        eventually(lambda: submitted(nancy), "a submission of another")
        eventually(lambda: ready(desk) == (200, "ok"), "a database that takes writes")
        before = tables(desk).rows("SELECT * FROM adjustments")
        os.kill(pid, signal.SIGCONT)
        assert told.poll(PATIENCE)
        assert told.recv() == DatabaseBusy.__name__
        assert told.poll(PATIENCE)
        assert str(told.recv()).startswith("PA-")
        after = tables(desk).rows("SELECT * FROM adjustments")
        assert len(before) == 1
        assert len(after) == 2
        assert audit_rows(desk).count("adjustment.submitted") == 2
        assert Audit(desk.database).verify(None).whole


def test_a_file_that_one_process_holds_takes_no_writes_and_each_is_told(
    sqlite_database: Database, tmp_path: Path
) -> None:
    """A process that holds a lock on a file keeps it until it continues or ends."""
    make_orders(sqlite_database)
    with (
        running_desk(sqlite_database, tmp_path, health_address=ANYWHERE, late=LATE) as desk,
        frozen(desk) as (pid, told),
    ):
        nancy = ask_for(desk)
        assert BUSY in nancy.screen
        status, said = ready(desk)
        assert (status, "takes no writes" in said) == (503, True)
        with pytest.raises(DatabaseBusy):
            Members(Database(url_of(sqlite_database)), system_clock).set("command line", PEOPLE[0])
        os.kill(pid, signal.SIGCONT)
        assert told.poll(PATIENCE)
        assert str(told.recv()).startswith("PA-")
        eventually(lambda: submitted(nancy), "a submission of another")
        eventually(lambda: ready(desk) == (200, "ok"), "a database that takes writes")
        assert Audit(desk.database).verify(None).whole


def test_while_no_write_is_taken_it_is_not_ready_and_people_are_told(desk: Desk) -> None:
    assert ready(desk) == (200, "ok")
    with held(desk.database):
        eventually(lambda: ready(desk)[0] == 503, "a verdict")
        assert "takes no writes" in ready(desk)[1]
        nancy = ask_for(desk)
        assert BUSY in nancy.screen
    eventually(lambda: submitted(nancy), "a submission")
    eventually(lambda: ready(desk) == (200, "ok"), "a database that takes writes")


@pytest.mark.postgresql
def test_a_server_that_takes_no_writes_is_a_database_that_cannot_be_used(postgresql_only: Database) -> None:
    """A standby is like this."""

    def write() -> None:
        with postgresql_only.write() as connection:
            connection.execute(text("SET TRANSACTION READ ONLY"))
            connection.execute(text("DELETE FROM workspaces"))

    with pytest.raises(DatabaseUnavailable, match="read-only"):
        write()


@pytest.mark.postgresql
def test_a_connection_that_is_lost_in_its_commit_leaves_doubt(postgresql_only: Database) -> None:
    def write() -> None:
        with postgresql_only.write() as connection:
            connection.execute(text("DELETE FROM workspaces"))
            driver = connection.connection.driver_connection
            assert driver is not None
            # As with a cut cable: the server's answer to the commit never arrives.
            with socket.socket(fileno=os.dup(driver.fileno())) as wire:
                wire.shutdown(socket.SHUT_RDWR)

    with pytest.raises(Unconfirmed):
        write()
