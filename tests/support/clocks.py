"""A clock that tests set."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from store.domain.clock import Clock, system_clock


class MovedClock:
    """The present, moved by whatever the test says."""

    def __init__(self) -> None:
        self.moved = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.moved

    def move(self, by: timedelta) -> None:
        """Later, or with less than nothing, earlier."""
        self.moved += by


def standing_clock() -> Clock:
    """A clock that stands: however busy the machine is, nothing comes too late."""
    now = system_clock()
    return lambda: now
