"""Socket Mode when its connections end, die or go deaf: nothing that Slack sends is lost for longer than the bot needs
to notice, and the health page says what is wrong. Over the real wire.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from bot import socket_link, socket_mode
from handlers import ROUTES
from handlers.kit.deps import Deps
from handlers.kit.interaction import Interaction
from handlers.kit.replies import Reply, say_privately
from handlers.kit.route import command
from sandbox.sockets import Sockets
from sandbox.values import Delivered
from store.database import Database
from store.domain.people import Capability
from tests.support.clocks import standing_clock
from tests.support.desk import PATIENCE, Desk, eventually, running_desk
from tests.support.wire import a_command, get

NANCY = "U0NANCY"


@contextmanager
def _desk(database: Database, folder: Path, *more: object) -> Iterator[tuple[Desk, Sockets]]:
    routes = (*ROUTES, *more)
    with running_desk(database, folder, socket_mode=True, routes=routes, clock=standing_clock()) as desk:  # type: ignore[arg-type]
        sockets = desk.workspace.delivery.sockets
        sockets.wait_for(2)
        yield desk, sockets


def _ask(desk: Desk) -> Delivered:
    return desk.workspace.delivery.send("command", a_command(desk.workspace, NANCY, "help"))


def _health(desk: Desk) -> str:
    return str(json.loads(get(desk.url, "/readyz")[1])["socket mode"])


def _answers(desk: Desk) -> bool:
    """Twice in a row, since there are two connections."""
    return _ask(desk).ok and _ask(desk).ok


@pytest.mark.parametrize("end", [Sockets.hang_up, Sockets.reset, Sockets.drop])
def test_a_connection_that_ends_in_any_way_is_noticed_at_once(
    sqlite_database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, end: Callable[[Sockets], None]
) -> None:
    # Neither pings nor a watchdog notice anything here.
    monkeypatch.setattr(socket_link, "PING_SECONDS", 600.0)
    with _desk(sqlite_database, tmp_path) as (desk, sockets):
        assert _answers(desk)
        ended = sockets._all()
        end(sockets)
        eventually(lambda: not set(ended) & set(sockets._all()) and sockets.count == 2, "two new connections")
        assert _answers(desk)
        assert _health(desk) == "ok"


def test_the_bot_rests_after_a_connection_has_ended(sqlite_database: Database, tmp_path: Path) -> None:
    """An empty read is the end of the connection, and must not be tried again and again."""
    with _desk(sqlite_database, tmp_path) as (desk, sockets):
        sockets.hang_up()
        eventually(lambda: _answers(desk), "an answer")
        eventually(
            lambda: sum(thread.name == "socket" for thread in threading.enumerate()) <= 2,
            "an end to what read the old ones",
        )
        before = time.process_time()
        threading.Event().wait(1.0)
        assert time.process_time() - before < 0.5


def test_a_connection_without_pongs_is_replaced(
    sqlite_database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socket_link, "PING_SECONDS", 0.5)
    with _desk(sqlite_database, tmp_path) as (desk, sockets):
        frozen = sockets._all()
        sockets.freeze()
        eventually(lambda: len(set(sockets._all()) - set(frozen)) == 2, "two new connections")
        # The sandbox still chooses among all connections that look open, as Slack would.
        eventually(lambda: _answers(desk), "answers")


def test_a_connection_that_answers_pings_and_delivers_nothing_is_replaced(
    sqlite_database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socket_mode, "QUIET_SECONDS", 2.0)
    with _desk(sqlite_database, tmp_path) as (desk, sockets):
        deaf = sockets._all()
        sockets.silence()
        eventually(lambda: not set(deaf) & set(sockets._all()) and sockets.count >= 2, "two others in their place")
        assert _answers(desk)
        assert _health(desk) == "ok"


def test_one_that_is_passed_over_again_and_again_is_replaced(
    sqlite_database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socket_mode, "PASSED_OVER", 3)
    with _desk(sqlite_database, tmp_path) as (desk, sockets):
        desk.workspace.ack_seconds = 0.5
        deaf = sockets._all()[0]
        deaf.silent = True

        def is_gone() -> bool:
            _ask(desk)
            return deaf not in sockets._all()

        eventually(is_gone, "the end of the deaf one")
        desk.workspace.ack_seconds = 15.0
        assert _answers(desk)


def test_a_bot_that_slack_sends_nothing_is_not_ready(
    sqlite_database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socket_mode, "QUIET_SECONDS", 0.5)
    monkeypatch.setattr(socket_mode, "DEAF_SECONDS", 1.0)
    with _desk(sqlite_database, tmp_path) as (desk, sockets):
        desk.workspace.faults.add("apps.connections.open", "503", times=10_000)
        sockets.silence()
        eventually(lambda: _health(desk) == "not ok", "red")
        assert sockets.count == 2
        desk.workspace.faults.clear()
        eventually(lambda: _health(desk) == "ok" and _answers(desk), "green again")


@pytest.mark.parametrize("reason", ["warning", "refresh_requested"])
def test_an_end_that_is_announced_loses_nothing(sqlite_database: Database, tmp_path: Path, reason: str) -> None:
    inside, leave = threading.Semaphore(0), threading.Event()

    def hold(_asked: Interaction, _deps: Deps) -> Reply:
        inside.release()
        leave.wait(PATIENCE)
        return say_privately("done")

    held = command("/hold", hold, Capability.SEARCH, "takes a while")
    with _desk(sqlite_database, tmp_path, held) as (desk, sockets), ThreadPoolExecutor(2) as people:
        old = sockets._all()
        payloads = [a_command(desk.workspace, NANCY, "", "/hold") for _ in range(2)]
        asked = [people.submit(desk.workspace.delivery.send, "command", payload) for payload in payloads]
        for _ in asked:
            assert inside.acquire(timeout=PATIENCE)
        sockets.disconnect(reason, close_after=None)
        eventually(lambda: len(set(sockets._all()) - set(old)) == 2, "two new connections, beside the old ones")
        # Until Slack closes the old ones, the bot reads from all four.
        assert set(old) <= set(sockets._all())
        assert all(_ask(desk).ok for _ in range(4))
        leave.set()
        assert [each.result().ack_body["text"] for each in asked] == ["done", "done"]
        assert _health(desk) == "ok"


def test_a_full_house_keeps_what_there_is(sqlite_database: Database, tmp_path: Path) -> None:
    with _desk(sqlite_database, tmp_path) as (desk, sockets):
        desk.workspace.faults.add("apps.connections.open", "error:too_many_websockets", times=10_000)
        old = sockets._all()
        sockets.disconnect("refresh_requested", close_after=None)
        for _ in range(4):
            assert _ask(desk).ok
        assert sockets._all() == old
        desk.workspace.faults.clear()
        eventually(lambda: len(set(sockets._all()) - set(old)) == 2, "two new connections")
