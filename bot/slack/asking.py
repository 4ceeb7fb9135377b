"""Asks Slack on its own threads, for those that answer people and must not wait for long.

A slow Slack then holds a bounded number of answering threads, for a bounded time; the others go on answering whatever
needs no question. The same question asked at once is asked once. Knows nothing of what is asked.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from time import monotonic
from typing import Any, TypeVar

THREADS = 8
"""Questions that Slack is asked at once, for answers."""
WAITING = 8
"""Answering threads that wait for an answer of Slack's at once. Both servers have at least twice as many threads."""
STALL_SECONDS = 0.5
"""More may wait for a place while Slack answers quickly. After this long without an answer, they are sent away."""
QUICK_SECONDS = 1.0
"""An answer within this time is a quick one."""
TO_ANSWER = timedelta(seconds=0.2)
"""What is left of a request's time once nobody waits for Slack any longer, to say so."""
WAIT_SECONDS = 2.3
"""How long an answer is waited for: what begins later than 2.5 s after receipt has no effect."""
AHEAD = 4
"""Questions that are asked at once before anybody waits for their answer."""

T = TypeVar("T")


class SlackSlow(TimeoutError):
    """Slack did not answer in the time that there is, or too many wait for it already."""


@dataclass(eq=False, slots=True)
class _Question:
    key: Hashable
    ask: Callable[[], Any]
    keep: Callable[[Any], None]
    answer: Future[Any] = field(default_factory=Future)
    begun: bool = False
    outdated: bool = False
    """What it is about has changed since it was begun."""
    waiters: int = 0
    ahead: bool = False
    """Asked though nobody waits for it."""


class Asking:
    """One of a process."""

    def __init__(self, threads: int = THREADS, waiting: int = WAITING, stall_seconds: float = STALL_SECONDS) -> None:
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="ask")
        self._most = waiting
        self._stall_seconds = stall_seconds
        self._places = threading.Condition()
        self._placed = 0
        self._in_lobby = 0
        self._moved = 0.0
        """When Slack last gave a quick answer, or was asked while nobody waited."""
        self._lock = threading.Lock()
        self._open: dict[Hashable, _Question] = {}
        """The question of each key that is being asked, or is about to be."""
        self._following: dict[Hashable, _Question] = {}
        """The one that is asked after it, for those whom its answer would be too old."""
        self._ahead = 0

    def result(
        self,
        key: Hashable,
        ask: Callable[[], T],
        *,
        seconds: float,
        fresh: bool = False,
        keep: Callable[[T], None] = lambda _: None,
        have: Callable[[], T | None] = lambda: None,
    ) -> T:
        """What `ask` gives, or another call that asks the same at the moment. Raises what it raises, and SlackSlow.

        `fresh`: the answer is to a question that was begun after this call. `keep` gets it, unless what it is about
        has changed since it was begun. `have` is looked at first, for what somebody else was given meanwhile.
        """
        until = monotonic() + seconds
        with self._place(until):
            known = have()
            if known is not None:
                return known
            question = self._join(key, ask, keep, fresh=fresh)
            try:
                answer: T = question.answer.result(max(until - monotonic(), 0.0))
            except TimeoutError as error:
                raise SlackSlow from error
            finally:
                with self._lock:
                    question.waiters -= 1
            return answer

    def ask_ahead(self, key: Hashable, ask: Callable[[], T], keep: Callable[[T], None]) -> None:
        """Has it asked for `keep` alone, unless it is being asked, or too much is."""
        with self._lock:
            if key in self._open or self._ahead >= AHEAD:
                return
            question = _Question(key, ask, keep, ahead=True)
            self._ahead += 1
            self._begin(question)

    def outdate(self, key: Hashable) -> None:
        """It has changed: an answer to a question begun before now is not kept, nor given to anybody who asks later."""
        with self._lock:
            question = self._open.get(key)
            if question is not None and question.begun:
                question.outdated = True

    def close(self) -> None:
        """Asks nothing more; does not wait for what is being asked."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    @contextmanager
    def _place(self, until: float) -> Iterator[None]:
        with self._places:
            if not self._placed:
                self._moved = monotonic()
            self._in_lobby += 1
            try:
                while self._placed >= self._most:
                    left = min(self._moved + self._stall_seconds, until) - monotonic()
                    if left <= 0:
                        raise SlackSlow("too many wait for Slack")
                    self._places.wait(left)
            finally:
                self._in_lobby -= 1
            self._placed += 1
        try:
            yield
        finally:
            with self._places:
                self._placed -= 1
                self._places.notify()

    def _join(self, key: Hashable, ask: Callable[[], Any], keep: Callable[[Any], None], *, fresh: bool) -> _Question:
        with self._lock:
            question = self._open.get(key)
            if question is None:
                question = _Question(key, ask, keep)
                question.waiters += 1
                self._begin(question)
                return question
            if question.outdated or (fresh and question.begun):
                question = self._following.setdefault(key, _Question(key, ask, keep))
            question.waiters += 1
            return question

    def _begin(self, question: _Question) -> None:
        """Under the lock."""
        self._open[question.key] = question
        try:
            self._pool.submit(self._run, question)
        except RuntimeError:
            # The process ends.
            self._end(question)
            question.answer.set_exception(SlackSlow("the process ends"))

    def _run(self, question: _Question) -> None:
        with self._lock:
            if not question.waiters and not question.ahead:
                # All who wanted to know gave up while it waited for a thread.
                self._end(question)
                return
            question.begun = True
        begun = monotonic()
        try:
            answer = question.ask()
        except BaseException as error:  # noqa: BLE001 - raised again on the threads of those who wait
            self._note(monotonic() - begun)
            with self._lock:
                self._end(question)
            question.answer.set_exception(error)
            return
        self._note(monotonic() - begun)
        with self._lock:
            if not question.outdated:
                question.keep(answer)
            self._end(question)
        question.answer.set_result(answer)

    def _note(self, took: float) -> None:
        """After a quick answer, those who wait for a place may go on waiting."""
        if took <= QUICK_SECONDS:
            with self._places:
                self._moved = monotonic()
                self._places.notify_all()

    def _end(self, question: _Question) -> None:
        """Under the lock: the next question of its key is begun."""
        if question.ahead:
            self._ahead -= 1
        if self._open.get(question.key) is question:
            del self._open[question.key]
        following = self._following.pop(question.key, None)
        if following is not None:
            self._begin(following)
