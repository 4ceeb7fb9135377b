"""Time is an argument: who needs to know what time it is gets a `Clock`, and who must be done in time a `Deadline`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

Clock = Callable[[], datetime]
"""Gives the present as an aware datetime in UTC."""


def system_clock() -> datetime:
    """The present by this machine, aware, in UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Deadline:
    """The moment until which something may take effect: after it, nobody would hear that it did."""

    at: datetime
    clock: Clock

    def left(self) -> float:
        """Seconds until then; none, or fewer, once it has passed."""
        return (self.at - self.clock()).total_seconds()
