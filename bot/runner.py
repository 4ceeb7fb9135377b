"""How a process works on a queue: a thread that looks again and again, and the pulse of what is in hand."""

from __future__ import annotations

import os
import socket
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable
from time import monotonic

import structlog

log = structlog.get_logger(__name__)

IDLE_SECONDS = 1.0
"""How long what another process queued, or a wait that ends, may go unnoticed."""
BEAT_SECONDS = 1.0
"""How often at most a lease is made long again."""


class Passed(Exception):
    """The process ends, or what is in hand is no longer this worker's: nothing more may be done with it."""


class Runner(ABC):
    """Runs on a thread of its own until it is stopped; any number of processes may do the same."""

    def __init__(self, name: str) -> None:
        self.stopping = threading.Event()
        """Set once nothing more is to be taken up."""
        self.worker = f"{socket.gethostname()[:40]}:{os.getpid()}"
        """What people find in the table of the queue beside what is in hand."""
        self._name = name
        self._news = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    @abstractmethod
    def turn(self) -> bool:
        """Takes up what is due; whether there may be more."""

    def start(self) -> None:
        """Works from now on on what waits, and what will."""
        self._thread.start()

    def wake(self) -> None:
        """There may be something to do."""
        self._news.set()

    def end(self) -> None:
        """Takes up nothing more; what it has in hand is given back as soon as it can be. Returns at once."""
        self.stopping.set()
        self._news.set()

    def stop(self, seconds: float) -> None:
        """Ends, and waits so long for what is in hand. What does not end goes on elsewhere once its lease is over."""
        self.end()
        if self._thread.is_alive():
            self._thread.join(seconds)

    def verdict(self) -> str:
        """Empty where all is well, else why nothing is done."""
        return "" if self._thread.is_alive() or self.stopping.is_set() else f"the thread of the {self._name} has ended"

    def _run(self) -> None:
        while not self.stopping.is_set():
            self._news.clear()
            try:
                more = self.turn()
            except Exception:
                log.exception("a queue could not be read", queue=self._name)
                more = False
            if not more:
                self._news.wait(IDLE_SECONDS)


class Pulse:
    """Keeps a lease long while something goes on that takes its time."""

    def __init__(self, stopping: threading.Event, keep: Callable[[], bool]) -> None:
        """`keep` makes the lease long again; False: it is no longer held."""
        self._stopping = stopping
        self._keep = keep
        self._next = monotonic() + BEAT_SECONDS

    def beat(self) -> None:
        """To be called as often as one likes. Raises Passed."""
        if self._stopping.is_set():
            raise Passed
        if monotonic() >= self._next:
            self._next = monotonic() + BEAT_SECONDS
            if not self._keep():
                raise Passed

    def wait(self, seconds: float) -> None:
        """Lets so much time pass, well below a lease. Raises Passed."""
        self._stopping.wait(seconds)
        self.beat()
