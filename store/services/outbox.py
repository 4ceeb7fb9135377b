"""The outbox: what is to be told in Slack, once, however often sending fails. Knows neither Slack nor the kinds."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from store.database import Database
from store.domain.clock import Clock, system_clock
from store.domain.leases import LEASE_SECONDS
from store.domain.outbox import EVERY_KIND, Lane, News, OutboxHealth, OutboxItem, Place, SendOutcome, TellingProgress
from store.queries.outbox import (
    add_news,
    claim_due,
    find_place,
    find_standing,
    keep_item,
    lease_left,
    outbox_health,
    revive_parked,
    settle_item,
    show_row_again,
)


class Outbox:
    """Workers in any number of processes claim rows, send them, and settle what became of it.

    Claims and waiting go by the database's clock, so that no process's own matters.
    """

    def __init__(self, database: Database, clock: Clock = system_clock) -> None:
        self._database = database
        self._clock = clock

    def tell(self, news: News) -> bool:
        """Has something told that no other change brings. False: it is told, or waits to be, already."""
        with self._database.write() as connection:
            return add_news(connection, news, self._clock())

    def claim(
        self, worker: str, limit: int = 10, lease_seconds: float = LEASE_SECONDS, lane: Lane = EVERY_KIND
    ) -> tuple[OutboxItem, ...]:
        """At most `limit` rows of that lane that are due, oldest first, for this worker alone until the lease ends.

        `worker` is a name of at most 64 characters, for people who look into the table.
        """
        with self._database.write() as connection:
            return claim_due(connection, worker, limit, lease_seconds, lane)

    def keep(self, item: OutboxItem, payload: Mapping[str, object], lease_seconds: float = LEASE_SECONDS) -> bool:
        """Makes the lease as long as at first, and keeps ids that the next worker of the row has to know.

        False: it is no longer this worker's: stop, and leave it.
        """
        with self._database.write() as connection:
            return keep_item(connection, item, payload, lease_seconds)

    def hold(self, item: OutboxItem, seconds: float) -> bool:
        """Whether it is this worker's for `seconds` more, by the database's clock; a lease with less left is made
        long again. To be asked right before the call that shows it. False: stop, and leave it.
        """
        with self._database.read() as connection:
            enough = lease_left(connection, item, seconds)
        return enough or (enough is not None and self.keep(item, item.payload))

    def standing(self, item: OutboxItem) -> TellingProgress:
        """How far the telling of this row is, whichever worker has it."""
        with self._database.read() as connection:
            return find_standing(connection, item)

    def show_again(self, item: OutboxItem) -> None:
        """Has the row's message show the present, whichever worker has it."""
        with self._database.write() as connection:
            show_row_again(connection, item)

    def settle(self, item: OutboxItem, outcome: SendOutcome) -> bool:
        """What became of sending it. False: the lease had ended and another has it; nothing was written."""
        # Where a power cut undoes it, the row is in doubt as a dead worker's is: it is looked for before it is sent.
        with self._database.write(durable=False) as connection:
            return settle_item(connection, item, outcome, self._clock())

    def place(self, topic: str) -> Place | None:
        """Where the message of that topic stands in Slack; None: nowhere yet."""
        with self._database.read() as connection:
            return find_place(connection, topic)

    def health(self) -> OutboxHealth:
        """How much is still to be told, since when, and how much is parked."""
        with self._database.read() as connection:
            return outbox_health(connection)

    def revive(self, since: Mapping[str, datetime]) -> int:
        """Tries what is parked again, whose cause may be fixed by now; how many rows there were.

        `since`: the kinds, each with the moment from which on its news are still news. A reply whose message stands
        nowhere stays parked.
        """
        with self._database.write() as connection:
            return revive_parked(connection, since)
