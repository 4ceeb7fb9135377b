"""The time zones of this machine, by IANA name."""

from __future__ import annotations

from functools import lru_cache
from zoneinfo import available_timezones


@lru_cache(maxsize=1)
def time_zones() -> frozenset[str]:
    """All names. Read once, because it walks through a whole folder of files."""
    return frozenset(available_timezones())
