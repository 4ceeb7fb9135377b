"""A request has no effect once nobody would get its answer, whatever it waited for, and however often."""

from __future__ import annotations

import ast
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import event, text

from store.database import Database
from store.domain.adjustments.pricing import ByAmount
from store.domain.adjustments.transitions import Verb
from store.domain.clock import Deadline
from store.domain.errors import DatabaseBusy
from store.domain.exports.export import FailureReason
from store.domain.orders.sharing import ShareRequest
from store.domain.people import Actor
from store.queries.locks import Lock, serialise
from store.services.orders.sharing import Sharing
from store.sqlite import SqliteBackend
from store.tables import Base
from tests.store.services.test_sharing import people
from tests.support.adjusting import Desk, a_request
from tests.support.amounts import usd
from tests.support.builders import NOON
from tests.support.clocks import MovedClock
from tests.support.desk import eventually
from tests.support.exporting import ExportDesk, a_request_key, export_all

PATIENT_MS = 60_000
"""The database's own timeout in these tests, in milliseconds: what ends sooner ends because of the deadline."""
SOON = 30.0
"""Seconds in which half a second passes even on a busy machine, and a minute does not."""
ASK = ByAmount(usd("1637.50"))
Act = Callable[[Actor], object]


@dataclass
class World:
    """A desk where each kind of act can be done once, by services on a database with any timeout."""

    database: Database
    folder: Path

    def __post_init__(self) -> None:
        self.desk = Desk(self.database)
        self.exports = ExportDesk(self.database, self.folder)
        self.nancy, self.andrew = self.desk.salesperson(), self.desk.manager()

    def prepare(self, act: str) -> tuple[Actor, Act]:
        """The actor and the act; whatever the act needs is there."""
        order = self.desk.order()
        adjustments = self.desk.adjustments()
        match act:
            case "submit":
                return self.nancy, lambda actor: adjustments.submit(actor, order, ASK, "why", a_request())
            case "approve":
                key = self.desk.submitted(self.nancy, order).key
                return self.andrew, lambda actor: adjustments.decide(actor, Verb.APPROVE, key, a_request())
            case "reject":
                key = self.desk.submitted(self.nancy, order).key
                return self.andrew, lambda actor: adjustments.decide(actor, Verb.REJECT, key, a_request(), "no")
            case "withdraw":
                key = self.desk.submitted(self.nancy, order).key
                return self.nancy, lambda actor: adjustments.decide(actor, Verb.WITHDRAW, key, a_request())
            case "share":
                sharing, facts = Sharing(self.database, lambda: NOON), people("U0NANCY", "U0ANDREW")
                request = ShareRequest(order, "C0TEAM")
                return self.nancy, lambda actor: sharing.share(actor, request, facts, a_request())
        return self._prepare_export(act)

    def _prepare_export(self, act: str) -> tuple[Actor, Act]:
        exports = self.exports
        match act:
            case "queue":
                return self.nancy, lambda actor: exports.exports.queue(actor, export_all(), a_request_key())
            case "cancel":
                key = exports.queued(self.nancy).key
                return self.nancy, lambda actor: exports.exports.cancel(actor, key, a_request_key())
            case "retry":
                key = exports.queued(self.nancy).key
                assert exports.work.fail(exports.claimed(), FailureReason.SLACK)
                return self.nancy, lambda actor: exports.exports.retry(actor, key, a_request_key())
            case _:
                key = exports.completed(self.nancy).key
                return self.nancy, lambda actor: exports.downloads.ask(actor, key, a_request_key())

    def everything(self) -> dict[str, list[tuple[object, ...]]]:
        tables = Base.metadata.sorted_tables
        return {table.name: sorted(self.desk.rows(f"SELECT * FROM {table.name}"), key=repr) for table in tables}


ACTS = ("submit", "approve", "reject", "withdraw", "queue", "cancel", "retry", "download", "share")


def url_of(database: Database) -> str:
    return database.url.render_as_string(hide_password=False)


@contextmanager
def held(database: Database, order: bool = False) -> Iterator[None]:
    """Another process writes, and holds the lock that all writers take last; or PostgreSQL's row of each order."""
    rival = Database(url_of(database), leisurely=True)
    try:
        with rival.write() as connection:
            if not order:
                serialise(connection, Lock.AUDIT)
            elif not database.sqlite:
                connection.execute(text("SELECT key FROM orders FOR UPDATE"))
            yield
    finally:
        rival.close()


def _turn(database: Database) -> threading.Lock:
    """The lock that the one writer of this process holds."""
    assert isinstance(database.backend, SqliteBackend)
    return database.backend.writing


def waits(database: Database) -> bool:
    """Whether a writer waits for a lock; in SQLite, whether one of this process writes or waits for another process."""
    if database.sqlite:
        return _turn(database).locked()
    query = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    with database.read() as connection:
        return bool(connection.execute(text(query)).scalar())


@pytest.mark.parametrize("act", ACTS)
def test_what_is_done_too_late_is_undone(database: Database, tmp_path: Path, act: str) -> None:
    world, clock = World(database, tmp_path), MovedClock()
    actor, do = world.prepare(act)
    late = replace(actor, deadline=Deadline(clock() + timedelta(hours=1), clock))
    before = world.everything()
    with ThreadPoolExecutor(1) as other:
        with held(database):
            doing = other.submit(do, late)
            eventually(lambda: waits(database) or doing.done(), "a wait")
            clock.move(timedelta(hours=2))
        with pytest.raises(DatabaseBusy):
            doing.result()
    assert world.everything() == before
    do(replace(actor, deadline=Deadline(clock() + timedelta(hours=1), clock)))
    assert world.everything() != before


@pytest.mark.parametrize("act", ["submit", "approve", "reject", "withdraw"])
def test_a_second_wait_gets_what_the_first_has_left(database: Database, tmp_path: Path, act: str) -> None:
    """Two rivals hold the lock, one after the other: the act gives up in time while the second still holds it."""
    patient = Database(url_of(database), busy_timeout_ms=PATIENT_MS)
    try:
        world, clock = World(patient, tmp_path), MovedClock()
        actor, do = world.prepare(act)
        hurried = replace(actor, deadline=Deadline(clock() + timedelta(hours=1), clock))
        before = world.everything()
        with held(database), ThreadPoolExecutor(1) as other:
            with _first(patient):
                doing: Future[object] = other.submit(do, hurried)
                eventually(lambda: waits(patient), "the first wait")
                clock.move(timedelta(hours=1) - timedelta(seconds=0.5))
            with pytest.raises(DatabaseBusy):
                doing.result(timeout=SOON)
        assert world.everything() == before
    finally:
        patient.close()


@contextmanager
def _first(database: Database) -> Iterator[None]:
    """In SQLite, this process's turn, while the second rival has the file; in PostgreSQL, the order's row."""
    if database.sqlite:
        with _turn(database):
            yield
    else:
        with held(database, order=True):
            yield


@pytest.mark.postgresql
def test_who_waits_for_nothing_tells_the_server_nothing(postgresql_only: Database) -> None:
    statements: list[str] = []
    with postgresql_only.write(until=Deadline(NOON + timedelta(seconds=2.4), lambda: NOON)) as connection:
        event.listen(connection, "before_cursor_execute", lambda *said: statements.append(said[2]))
        connection.execute(text("SELECT 1"))
    assert statements == ["SELECT 1"]


def test_all_that_writes_for_a_person_hands_the_deadline_on() -> None:
    """Every service method that has an actor and writes passes the actor's deadline to its transaction."""
    without = []
    for path in sorted((Path(__file__).parents[2] / "store" / "services").rglob("*.py")):
        for function in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(function, ast.FunctionDef) and "actor" in {each.arg for each in function.args.args}:
                calls = [node for node in ast.walk(function) if isinstance(node, ast.Call)]
                writes = [ast.unparse(call) for call in calls if ast.unparse(call.func).endswith("database.write")]
                without += [f"{path.name}: {each}" for each in writes if "until=actor.deadline" not in each]
    assert without == []
