"""Counts the requests in progress, so that an orderly end can wait for them."""

from __future__ import annotations

import threading


class InFlight:
    """The number of requests in progress, and whether new ones are accepted."""

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._count = 0
        self.draining = False

    def enter(self) -> bool:
        """False once draining has begun: the request must not be taken."""
        with self._condition:
            if self.draining:
                return False
            self._count += 1
            return True

    def leave(self) -> None:
        """The request is done."""
        with self._condition:
            self._count -= 1
            self._condition.notify_all()

    def drain(self, seconds: float) -> bool:
        """Accepts nothing new and waits for what runs. Returns False if `seconds` were too short."""
        with self._condition:
            self.draining = True
            return self._condition.wait_for(lambda: self._count == 0, seconds)
