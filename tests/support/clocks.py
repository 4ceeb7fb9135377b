"""A clock that tests set."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from store.domain.clock import Clock, system_clock


class MovedClock:
    """A clock that only the test moves."""

    def __init__(self) -> None:
        self.moved = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.moved

    def move(self, by: timedelta) -> None:
        """Moves the clock on; back if `by` is negative."""
        self.moved += by


def standing_clock() -> Clock:
    """A clock that stands still: on a busy machine, too, nothing comes too late."""
    now = system_clock()
    return lambda: now
