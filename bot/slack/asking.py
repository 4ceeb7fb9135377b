"""Asks Slack on separate threads, for threads that answer people and must not wait long.

A slow Slack then holds a limited number of answering threads for a limited time; the others go on answering whatever
needs no question. Simultaneous equal questions are asked once. This module does not know what the questions mean.
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
"""The number of questions to Slack at a time."""
WAITING = 8
"""The most answering threads that wait for Slack at a time. Both servers have at least twice as many threads."""
STALL_SECONDS = 0.5
"""While Slack answers quickly, more threads may queue. After this long without an answer, they are refused."""
QUICK_SECONDS = 1.0
"""An answer within this time is a quick one."""
TO_ANSWER = timedelta(seconds=0.2)
"""The rest of a request's time after the wait for Slack ends, to say so."""
WAIT_SECONDS = 2.3
"""The longest wait for an answer: work that begins later than 2.5 s after receipt has no effect."""
AHEAD = 4
"""The most questions at a time that are asked before anybody waits for their answer."""

T = TypeVar("T")


class SlackSlow(TimeoutError):
    """Slack did not answer in the available time, or too many wait for it already."""


@dataclass(eq=False, slots=True)
class _Question:
    key: Hashable
    ask: Callable[[], Any]
    keep: Callable[[Any], None]
    answer: Future[Any] = field(default_factory=Future)
    begun: bool = False
    outdated: bool = False
    """Its subject has changed since the question began."""
    waiters: int = 0
    ahead: bool = False
    """Asked though nobody waits for it."""


class Asking:
    """The questions of one process."""

    def __init__(self, threads: int = THREADS, waiting: int = WAITING, stall_seconds: float = STALL_SECONDS) -> None:
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="ask")
        self._most = waiting
        self._stall_seconds = stall_seconds
        self._places = threading.Condition()
        self._placed = 0
        self._in_lobby = 0
        self._moved = 0.0
        """When Slack last answered quickly, or was asked while nobody waited."""
        self._lock = threading.Lock()
        self._open: dict[Hashable, _Question] = {}
        """By key, the question that is being asked or about to be."""
        self._following: dict[Hashable, _Question] = {}
        """By key, the next question, for callers for whom the current answer would be too old."""
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
        """The result of `ask`, or of an equal question in progress. Raises what it raises, and SlackSlow.

        `fresh`: the answer is to a question that began after this call. `keep` receives the answer, unless its subject
        has changed since the question began. `have` is looked at first, for what another caller has received meanwhile.
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
        """Asks for `keep` alone, unless the question is in progress, or too many are."""
        with self._lock:
            if key in self._open or self._ahead >= AHEAD:
                return
            question = _Question(key, ask, keep, ahead=True)
            self._ahead += 1
            self._begin(question)

    def outdate(self, key: Hashable) -> None:
        """The subject has changed: answers to questions that began before now are not kept, nor returned to later
        callers.
        """
        with self._lock:
            question = self._open.get(key)
            if question is not None and question.begun:
                question.outdated = True

    def close(self) -> None:
        """Asks nothing more; does not wait for questions in progress."""
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
        """Called under the lock."""
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
        """After a quick answer, those who queue may go on waiting."""
        if took <= QUICK_SECONDS:
            with self._places:
                self._moved = monotonic()
                self._places.notify_all()

    def _end(self, question: _Question) -> None:
        """Called under the lock: starts the next question of its key."""
        if question.ahead:
            self._ahead -= 1
        if self._open.get(question.key) is question:
            del self._open[question.key]
        following = self._following.pop(question.key, None)
        if following is not None:
            self._begin(following)
