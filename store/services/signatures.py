"""The memory of signatures, shared by all processes on one database, which outlives each of them."""

from __future__ import annotations

from datetime import datetime, timedelta

from store.database import Database
from store.domain.clock import Clock, Deadline
from store.queries.signatures import forget_signatures, is_taken, take_signature

PATIENCE = timedelta(seconds=1)
"""How long a signature waits for other writers: the requester waits with it."""
PATIENCE_ALONE = timedelta(milliseconds=250)
"""The same for SQLite: the one process knows its own signatures, and an import may write for seconds."""
REMEMBERED = 900.0
"""Seconds. A signature is valid for five minutes before and after its time; clocks differ a little."""


class Signatures:
    """Takes signatures, and deletes old ones."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def take(self, digest: str, signed_at: datetime) -> bool:
        """Whether nobody has taken it before. `digest` is a SHA-256 of the signature, in hexadecimal digits.

        Raises DatabaseBusy or DatabaseUnavailable if it cannot be written in time.
        """
        patience = PATIENCE_ALONE if self._database.sqlite else PATIENCE
        until = Deadline(self._clock() + patience, self._clock)
        with self._database.write(until=until, durable=False) as connection:
            return take_signature(connection, digest, signed_at)

    def is_taken(self, digest: str) -> bool:
        """Whether somebody has taken it. Raises DatabaseBusy, DatabaseUnavailable."""
        with self._database.read() as connection:
            return is_taken(connection, digest)

    def forget_old(self) -> int:
        """Deletes signatures that no process would accept now, and returns their number."""
        with self._database.write(durable=False) as connection:
            return forget_signatures(connection, REMEMBERED)
