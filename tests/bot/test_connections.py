"""Slow and many connections: Slack's requests and the pages are still answered. Over real sockets."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from bot.web import server
from bot.web.requests import SLACK
from bot.web.server import HttpServer
from handlers import ROUTES
from handlers.kit.deps import Deps
from handlers.kit.interaction import Interaction
from handlers.kit.replies import NOTHING, Reply
from handlers.kit.route import command
from store.database import Database
from store.domain.clock import system_clock
from store.domain.people import Capability
from tests.support.desk import PATIENCE, Desk, eventually, running_desk
from tests.support.wire import a_command, deliver, get

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment

NANCY = "U0NANCY"
HEAD = b"POST /slack/events HTTP/1.1\r\nHost: desk\r\n"


@contextmanager
def _connected(url: str, begin: bytes = b"", source: str = "127.0.0.1") -> Iterator[socket.socket]:
    parts = urlsplit(url)
    address = (parts.hostname or "", parts.port or 0)
    with socket.create_connection(address, PATIENCE, source_address=(source, 0)) as connection:
        connection.sendall(begin)
        yield connection


def _open(desk: Desk) -> int:
    return desk.bot.http.connections


def _closed(connection: socket.socket) -> bool:
    """Waits until the other side has closed it."""
    try:
        return connection.recv(1000) == b""
    except ConnectionResetError:
        return True


def _still_open(connection: socket.socket) -> bool:
    connection.settimeout(0.2)
    try:
        return connection.recv(1000) != b""
    except TimeoutError:
        return True


@pytest.mark.parametrize(
    "begin",
    [
        pytest.param(b"", id="that send nothing"),
        pytest.param(HEAD, id="that send a head without an end"),
        pytest.param(HEAD + b"Content-Length: 100000\r\n\r\ntext=", id="that send a body without an end"),
        pytest.param(b"GET /healthz HTTP/1.1\r\nHost: desk\r\n\r\n", id="that asked and stay"),
    ],
)
def test_more_connections_than_there_is_room_for_shut_nobody_out(
    sqlite_database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, begin: bytes
) -> None:
    monkeypatch.setattr(server, "MOST_CONNECTIONS", 40)
    monkeypatch.setattr(server, "REQUEST_SECONDS", 600)
    with running_desk(sqlite_database, tmp_path) as desk, ExitStack() as scope:
        held = [scope.enter_context(_connected(desk.url, begin)) for _ in range(60)]
        assert deliver(desk, a_command(desk.workspace, NANCY, ""))[0] == 200
        # Connections whose answer is still being made stay until it has been sent.
        eventually(lambda: get(desk.url, "/healthz") == (200, "alive\n") and _open(desk) <= 41, "no more than fit")
        # The oldest had to go; the newest may be as slow as any.
        if not begin.startswith(b"GET"):
            assert _closed(held[0])
        assert _still_open(held[-1])


def test_the_many_of_one_client_cost_another_none_of_its_own(
    sqlite_database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "MOST_CONNECTIONS", 20)
    monkeypatch.setattr(server, "REQUEST_SECONDS", 600)
    with running_desk(sqlite_database, tmp_path) as desk, ExitStack() as scope:
        oldest = scope.enter_context(_connected(desk.url, HEAD, "127.0.0.2"))
        eventually(lambda: _open(desk) == 1, "the first connection")
        for _ in range(40):
            scope.enter_context(_connected(desk.url, HEAD))
        assert deliver(desk, a_command(desk.workspace, NANCY, ""))[0] == 200
        assert _still_open(oldest)


@pytest.mark.parametrize(
    ("begin", "drop"),
    [
        pytest.param(HEAD, b"X-Header: a\r\n", id="head"),
        pytest.param(HEAD + b"Content-Length: 100000\r\n\r\n", b"a", id="body"),
        pytest.param(HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\na\r\n", id="chunks"),
    ],
)
def test_a_request_that_comes_drop_by_drop_is_cut_off(
    sqlite_database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, begin: bytes, drop: bytes
) -> None:
    monkeypatch.setattr(server, "REQUEST_SECONDS", 1)
    with running_desk(sqlite_database, tmp_path) as desk:

        def cut_off(connection: socket.socket) -> bool:
            try:
                connection.sendall(drop)
                return connection.recv(1000) == b""
            except TimeoutError:
                return False
            except OSError:
                return True

        with _connected(desk.url, begin) as slow, _connected(desk.url) as idle:
            slow.settimeout(0.1)
            eventually(lambda: cut_off(slow), "the end of the connection")
            # A connection that has sent nothing may wait, as the spare ones of a reverse proxy do.
            assert _still_open(idle)


def test_the_pages_answer_while_all_threads_are_busy(sqlite_database: Database, tmp_path: Path) -> None:
    inside, leave = threading.Semaphore(0), threading.Event()

    def hold(_asked: Interaction, _deps: Deps) -> Reply:
        inside.release()
        leave.wait(PATIENCE)
        return NOTHING

    routes = (*ROUTES, command("/hold", hold, Capability.SEARCH, "holds a thread"))
    with running_desk(sqlite_database, tmp_path, routes=routes) as desk:
        people = [
            threading.Thread(target=deliver, args=(desk, a_command(desk.workspace, NANCY, "", "/hold")))
            for _ in range(server.THREADS)
        ]
        try:
            for person in people:
                person.start()
            for _ in people:
                assert inside.acquire(timeout=PATIENCE)
            assert get(desk.url, "/healthz") == (200, "alive\n")
            assert get(desk.url, "/readyz")[0] == 200
            assert "order_desk_requests_total" in get(desk.url, "/metrics")[1]
        finally:
            leave.set()
            for person in people:
                person.join()


def test_whether_it_is_alive_is_told_while_another_page_hangs() -> None:
    inside, leave = threading.Semaphore(0), threading.Event()

    def hang(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if environ["PATH_INFO"] in ("/readyz", SLACK):
            inside.release()
            leave.wait(PATIENCE)
        start_response("200 OK", [("Content-Length", "6")])
        return [b"alive\n"]

    running = HttpServer(hang, "127.0.0.1", 0, system_clock, threads=2)
    running.start()
    try:
        with ExitStack() as scope:
            for path in ("/readyz", SLACK):
                for _ in range(4):
                    scope.enter_context(_connected(running.address, f"GET {path} HTTP/1.1\r\n\r\n".encode()))
            for _ in range(2 + server.PAGE_THREADS):
                assert inside.acquire(timeout=PATIENCE)
            assert get(running.address, "/healthz") == (200, "alive\n")
            leave.set()
    finally:
        leave.set()
        running.stop()
