"""Time is an argument: code that needs the time takes a `Clock`, and code with a time limit takes a `Deadline`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

Clock = Callable[[], datetime]
"""Returns the present as an aware datetime in UTC."""


def system_clock() -> datetime:
    """The present by this machine's clock, aware, in UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Deadline:
    """The moment until which something may take effect: afterwards, nobody would hear that it did."""

    at: datetime
    clock: Clock

    def left(self) -> float:
        """Seconds until then; zero or negative once it has passed."""
        return (self.at - self.clock()).total_seconds()
