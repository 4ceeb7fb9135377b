"""A delivery repeated during the first one, or after it: no second work, and no false acknowledgement."""

from __future__ import annotations

import gc
import json
import threading
import tracemalloc
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from time import time
from typing import Any

import pytest

from bot import repetitions
from bot.repetitions import MOST_BYTES, Repetitions, Unanswered
from handlers import ROUTES
from handlers.kit.deps import Deps
from handlers.kit.interaction import LATE, Interaction, PayloadKind
from handlers.kit.replies import NOTHING, Reply, field_errors
from handlers.kit.route import Route
from sandbox.values import Delivered
from store.database import Database
from store.domain.people import Capability
from tests.support.clocks import standing_clock
from tests.support.desk import PATIENCE, Desk, eventually, running_desk
from tests.support.wire import a_submission, a_view, deliver

NANCY = "U0NANCY"
ERRORS = {"figure": "This price is over the maximum."}


class _Work:
    """Work on a form that takes as long as the test says."""

    def __init__(self, reply: Reply = field_errors(ERRORS)) -> None:  # noqa: B008 - a frozen value
        self.reply = reply
        self.inside = threading.Semaphore(0)
        self.leave = threading.Event()
        self.times = 0

    def __call__(self) -> Reply:
        self.times += 1
        self.inside.release()
        assert self.leave.wait(PATIENCE)
        return self.reply

    def listen(self, _asked: Interaction, _deps: Deps) -> Reply:
        return self()


def _waiting(kept: Repetitions) -> Callable[[], bool]:
    return lambda: kept._waiting == 1


def test_a_repetition_waits_for_the_first_and_says_the_same() -> None:
    kept, work = Repetitions(), _Work()
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(kept.once, "a", work, lambda: PATIENCE)
        assert work.inside.acquire(timeout=PATIENCE)
        again = pool.submit(kept.once, "a", work, lambda: PATIENCE)
        eventually(_waiting(kept), "a repetition that waits")
        assert not again.done()
        work.leave.set()
    assert first.result() == (work.reply.ack, False)
    assert again.result() == (work.reply.ack, True)
    assert kept.once("a", work, lambda: 0.0) == (work.reply.ack, True)
    assert work.times == 1


def test_a_repetition_is_not_acknowledged_if_the_first_takes_too_long() -> None:
    kept, work = Repetitions(), _Work()
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(kept.once, "a", work, lambda: PATIENCE)
        assert work.inside.acquire(timeout=PATIENCE)
        for seconds in (0.05, 0.0, -1.0):
            with pytest.raises(Unanswered):
                kept.once("a", work, lambda seconds=seconds: seconds)  # type: ignore[misc]
        work.leave.set()
    assert first.result() == (work.reply.ack, False)


def test_a_repetition_is_not_acknowledged_if_the_first_fails_and_may_come_again() -> None:
    kept, inside, leave = Repetitions(), threading.Event(), threading.Event()

    def fail() -> Reply:
        inside.set()
        assert leave.wait(PATIENCE)
        raise ConnectionError("of the first")

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(kept.once, "a", fail, lambda: PATIENCE)
        assert inside.wait(PATIENCE)
        again = pool.submit(kept.once, "a", fail, lambda: PATIENCE)
        eventually(_waiting(kept), "a repetition that waits")
        leave.set()
    assert isinstance(first.exception(), ConnectionError)
    assert isinstance(again.exception(), Unanswered)
    assert kept.once("a", lambda: NOTHING, lambda: 0.0) == (None, False)
    assert kept.bytes < 1000


def test_no_more_than_some_threads_wait_for_firsts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(repetitions, "WAITING", 1)
    kept, work = Repetitions(), _Work()
    with ThreadPoolExecutor(2) as pool:
        pool.submit(kept.once, "a", work, lambda: PATIENCE)
        assert work.inside.acquire(timeout=PATIENCE)
        waits = pool.submit(kept.once, "a", work, lambda: PATIENCE)
        eventually(_waiting(kept), "a repetition that waits")
        with pytest.raises(Unanswered):
            kept.once("a", work, lambda: PATIENCE)
        work.leave.set()
    assert waits.result()[1]


def _form(number: int) -> dict[str, Any]:
    """An acknowledgement of about 30 kB in Python's memory that shares nothing with any other."""
    blocks = [
        {"type": "section", "text": {"type": "mrkdwn", "text": f"order {number}.{part} " * 8}} for part in range(60)
    ]
    return {"response_action": "update", "view": {"type": "modal", "blocks": blocks}}


def test_acknowledgements_are_kept_by_bytes() -> None:
    kept = Repetitions()
    gc.collect()
    tracemalloc.start()
    try:
        for number in range(2_000):
            kept.once(f"trigger:{number}", lambda number=number: Reply(ack=_form(number)), lambda: 0.0)  # type: ignore[misc]
            assert kept.bytes <= MOST_BYTES
        gc.collect()
        assert tracemalloc.get_traced_memory()[0] < 1.25 * MOST_BYTES
        # Also of keys alone, as for commands that are answered after the acknowledgement.
        for number in range(50_000):
            kept.once(f"trigger:1234.5678.{number}", lambda: NOTHING, lambda: 0.0)
        gc.collect()
        assert kept.bytes <= MOST_BYTES
        assert tracemalloc.get_traced_memory()[0] < 1.25 * MOST_BYTES
    finally:
        tracemalloc.stop()
    assert kept.once("trigger:1234.5678.49999", lambda: Reply(ack={"text": "twice"}), lambda: 0.0) == (None, True)


def test_acknowledgements_are_kept_for_minutes() -> None:
    now = 0.0
    kept = Repetitions(most_seconds=600, clock=lambda: now)
    kept.once("a", lambda: Reply(ack=_form(1)), lambda: 0.0)
    now = 599.0
    assert kept.once("a", lambda: NOTHING, lambda: 0.0) == (_form(1), True)
    now = 601.0
    kept.once("b", lambda: NOTHING, lambda: 0.0)
    assert kept.bytes < 1000
    assert kept.once("a", lambda: NOTHING, lambda: 0.0) == (None, False)


# --- over the wire


def _send(desk: Desk, view: dict[str, Any], at: int, *, socket_mode: bool) -> tuple[int | None, Any]:
    """A submission, signed with that second; the same trigger each time."""
    payload = a_submission(desk.workspace, NANCY, view) | {"trigger_id": "1.2.same"}
    if socket_mode:
        sent = desk.workspace.delivery.duplicate(Delivered("view_submission", payload))
        return sent.ack_status, sent.ack_body
    status, body = deliver(desk, payload, at)
    return status, json.loads(body) if body else None


@pytest.mark.parametrize("socket_mode", [False, True], ids=["HTTP", "Socket Mode"])
def test_a_form_with_an_error_to_show_is_not_closed_by_its_repetition(
    sqlite_database: Database, tmp_path: Path, *, socket_mode: bool
) -> None:
    work, now = _Work(), int(time())
    routes = (*ROUTES, Route(PayloadKind.SUBMISSION, "held.submit", work.listen, Capability.SEARCH))
    with running_desk(
        sqlite_database, tmp_path, routes=routes, socket_mode=socket_mode, clock=standing_clock()
    ) as desk:
        view = a_view(desk.workspace, NANCY, "held.submit", "", {"figure": {"input": {}}})
        if socket_mode:
            desk.workspace.delivery.sockets.wait_for(2)
        with ThreadPoolExecutor(2) as pool:
            answers: list[Future[tuple[int | None, Any]]] = []
            answers.append(pool.submit(_send, desk, view, now, socket_mode=socket_mode))
            assert work.inside.acquire(timeout=PATIENCE)
            answers.append(pool.submit(_send, desk, view, now - 1, socket_mode=socket_mode))
            eventually(lambda: desk.bot._in_flight._count == 2, "both in work")
            work.leave.set()
        assert [answer.result() for answer in answers] == [(200, dict(work.reply.ack or {}))] * 2
        assert work.times == 1


def test_a_repetition_of_what_hangs_is_not_acknowledged_and_may_come_again(
    sqlite_database: Database, tmp_path: Path
) -> None:
    work, now = _Work(), int(time())
    routes = (*ROUTES, Route(PayloadKind.SUBMISSION, "held.submit", work.listen, Capability.SEARCH))
    with running_desk(sqlite_database, tmp_path, routes=routes, clock=standing_clock(), late=LATE) as desk:
        view = a_view(desk.workspace, NANCY, "held.submit", "", {"figure": {"input": {}}})
        with ThreadPoolExecutor(1) as pool:
            first = pool.submit(_send, desk, view, now, socket_mode=False)
            assert work.inside.acquire(timeout=PATIENCE)
            assert _send(desk, view, now - 1, socket_mode=False) == (503, None)
            work.leave.set()
        # The same request with the same signature: it had not been accepted.
        assert _send(desk, view, now - 1, socket_mode=False) == first.result()
        assert first.result()[0] == 200
