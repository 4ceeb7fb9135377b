"""The memory of requests that had their effect, which need not last for ever."""

from __future__ import annotations

from datetime import timedelta

from store.database import Database
from store.domain.clock import Clock
from store.queries.deliveries import forget_deliveries

REMEMBERED = timedelta(days=30)
"""Far longer than Slack repeats a request, or anybody leaves a form open."""


class Deliveries:
    """Keeps the table of requests small."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def forget_old(self) -> int:
        """Forgets requests older than REMEMBERED; how many there were."""
        with self._database.write() as connection:
            return forget_deliveries(connection, self._clock() - REMEMBERED)
