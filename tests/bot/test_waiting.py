"""Requests that wait for a thread: their time counts from their arrival, over HTTP and Socket Mode."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from bot import socket_mode
from bot.web import server
from handlers import ROUTES
from handlers.kit.deps import Deps
from handlers.kit.interaction import Interaction
from handlers.kit.replies import NOTHING, Reply
from handlers.kit.route import command
from sandbox import payloads
from sandbox.values import Json
from store.database import Database
from store.domain.people import Capability
from store.tables import ExportRow
from tests.support.clocks import MovedClock
from tests.support.desk import PATIENCE, PATIENT, Desk, eventually, running_desk

NANCY = "U0NANCY"
WORKERS = {False: server.THREADS, True: socket_mode.THREADS}
"""The number of requests worked on at a time, over HTTP and over Socket Mode."""


class _Gate:
    """A command that takes as long as the test says."""

    def __init__(self) -> None:
        self.inside = threading.Semaphore(0)
        self.open = threading.Event()

    def hold(self, _asked: Interaction, _deps: Deps) -> Reply:
        self.inside.release()
        self.open.wait(PATIENCE)
        return NOTHING


def _command(desk: Desk, name: str, text: str = "") -> Json:
    workspace = desk.workspace
    return payloads.command(workspace, workspace.user(NANCY), workspace.im(NANCY), name, text)


def _queued(desk: Desk) -> int:
    """The number of requests that wait for a thread."""
    entrances = desk.bot._entrances
    assert entrances is not None
    if entrances.socket is not None:
        return entrances.socket.waiting
    return entrances.http.waiting


def _exports(database: Database) -> int:
    with database.read() as connection:
        return connection.execute(select(func.count()).select_from(ExportRow)).scalar_one()


@contextmanager
def _all_busy(desk: Desk, gate: _Gate, workers: int) -> Iterator[ThreadPoolExecutor]:
    if desk.bot._entrances.socket is not None:
        desk.workspace.delivery.sockets.wait_for(socket_mode.CONNECTIONS)
    with ThreadPoolExecutor(workers + 1) as people:
        try:
            for _ in range(workers):
                people.submit(desk.workspace.delivery.send, "command", _command(desk, "/hold"))
            for _ in range(workers):
                assert gate.inside.acquire(timeout=PATIENCE)
            yield people
        finally:
            gate.open.set()


@pytest.mark.parametrize("over_socket", [False, True], ids=["HTTP", "Socket Mode"])
def test_what_waited_too_long_for_a_thread_has_no_effect_and_is_told(
    sqlite_database: Database, tmp_path: Path, *, over_socket: bool
) -> None:
    clock, gate = MovedClock(), _Gate()
    routes = (*ROUTES, command("/hold", gate.hold, Capability.SEARCH, "holds a thread"))
    with running_desk(sqlite_database, tmp_path, socket_mode=over_socket, clock=clock, routes=routes) as desk:
        with _all_busy(desk, gate, WORKERS[over_socket]) as people:
            late = people.submit(desk.workspace.delivery.send, "command", _command(desk, "/export", "all"))
            eventually(lambda: _queued(desk) == 1, "a command that waits")
            clock.move(PATIENT + timedelta(seconds=0.1))
        assert late.result().ok
        told = eventually(lambda: desk.person(NANCY).private_messages(desk.workspace.im(NANCY).id), "a word")
        assert "was not taken up" in told[0]
        assert _exports(sqlite_database) == 0
        assert desk.workspace.delivery.send("command", _command(desk, "/export", "all")).ok
        assert _exports(sqlite_database) == 1
