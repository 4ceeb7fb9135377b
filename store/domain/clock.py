"""Time as an argument: whoever needs to know what time it is is given a `Clock`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]
"""Gives the present as an aware datetime in UTC."""


def system_clock() -> datetime:
    """The present by this machine, aware, in UTC."""
    return datetime.now(UTC)
