"""Whether the desk can work: whether its database takes writes, and the database's time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from time import monotonic

from store.database import Database
from store.domain.clock import Clock, Deadline, system_clock
from store.domain.errors import DatabaseBusy, DatabaseUnavailable
from store.queries.locks import Lock, serialise
from store.queries.members import touch_team
from store.queries.moments import present_moment

WRITE_WITHIN = timedelta(seconds=1)
"""How long a write may take that only waits for short writes of others."""
APART_SECONDS = 5.0
"""The most seconds by which a machine's clock may differ from the database's before somebody must set it."""


def write_verdict(database: Database, clock: Clock) -> str:
    """Empty if the database takes a write now, otherwise why not.

    It is a real write, which needs what all others need last: SQLite's write lock, or the audit's in PostgreSQL. It
    changes nothing.
    """
    try:
        with database.write(until=Deadline(clock() + WRITE_WITHIN, clock), durable=False) as connection:
            serialise(connection, Lock.AUDIT)
            touch_team(connection)
    except DatabaseBusy:
        return "takes no writes now: another one holds it"
    except DatabaseUnavailable as error:
        return error.reason
    return ""


class DatabaseClock:
    """A Clock that follows the database's, so that several machines decide about time by one clock.

    `look` asks the database. In between, the clock goes on as time passes here, whatever this machine's clock says. It
    starts with a look, and raises DatabaseUnavailable or DatabaseBusy if that fails. `ticking` returns seconds that
    only increase.
    """

    def __init__(self, database: Database, ticking: Callable[[], float] = monotonic) -> None:
        self._database = database
        self._ticking = ticking
        earliest, latest = self._bounds()
        self._zero = earliest + (latest - earliest) / 2

    def __call__(self) -> datetime:
        return self._zero + timedelta(seconds=self._ticking())

    def look(self) -> None:
        """Asks the database, and corrects itself as far as the answer proves it wrong. To be called now and then."""
        earliest, latest = self._bounds()
        self._zero = min(max(self._zero, earliest), latest)

    def verdict(self, machine: Clock = system_clock) -> str:
        """Empty if this machine's clock agrees with the database's, otherwise how far it is off."""
        off = (machine() - self()).total_seconds()
        if abs(off) <= APART_SECONDS:
            return ""
        side = "ahead of" if off > 0 else "behind"
        return f"this machine's clock is {abs(off):,.0f} s {side} the database's; set one of them right"

    def _bounds(self) -> tuple[datetime, datetime]:
        """The moments between which this machine's ticks began to count: the answer was made on the way."""
        with self._database.read() as connection:
            asked = self._ticking()
            there = present_moment(connection)
            answered = self._ticking()
        return there - timedelta(seconds=answered), there - timedelta(seconds=asked)
