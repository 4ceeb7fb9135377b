"""What runs in the process: started in one order, stopped in the other, within a limit of time."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from queue import SimpleQueue
from time import monotonic
from typing import NoReturn

DRAIN_SECONDS = 5.0
EXIT_SECONDS = 6.5
"""After this long an orderly shutdown is over, whatever still hangs."""


def nothing() -> None:
    """The start of what runs by itself."""


@dataclass(frozen=True, slots=True)
class RunningPart:
    """Something that runs."""

    start: Callable[[], None]
    stop: Callable[[float], None]
    """It is told how many seconds are left of DRAIN_SECONDS, and a fifth of these at the least."""


class RunningParts:
    """Started once, in their order, and stopped backwards."""

    def __init__(self, parts: Sequence[RunningPart]) -> None:
        self._parts = parts
        self._running = ExitStack()
        self._until = monotonic()

    def start(self) -> None:
        """Where one does not start, those before it are stopped."""
        for part in self._parts:
            self._running.callback(self._stop, part)
            try:
                part.start()
            except BaseException:
                self.stop()
                raise

    def stop(self) -> None:
        """Stops what runs; a part that fails to stop keeps no other from it."""
        self._until = monotonic() + DRAIN_SECONDS
        self._running.close()

    def _stop(self, part: RunningPart) -> None:
        part.stop(max(self._until - monotonic(), DRAIN_SECONDS / 5))


def wait_for_signal() -> None:
    """Blocks the main thread until the process is asked to end."""
    # An event's lock may be held by the very thread that the signal interrupts; a SimpleQueue bears that.
    asked: SimpleQueue[int] = SimpleQueue()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda number, _frame: asked.put(number))
    asked.get()


def end_at_signal(stop: Callable[[], None]) -> NoReturn:
    """Blocks until SIGTERM or SIGINT, then stops in order and ends the process, within 8 seconds."""
    wait_for_signal()
    timer = threading.Timer(EXIT_SECONDS, lambda: os._exit(1))
    timer.daemon = True
    timer.start()
    stop()
    # Threads of libraries may still wait for a read, and nothing of ours is left to lose.
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)
