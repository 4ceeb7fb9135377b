"""What each change shares, in one place and in one order: lock, who is present, the repeated request, the time.

Then the use case judges and writes; its audit row and its news are written through the same `Act`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection

from store.database import Database
from store.domain.audit import AuditEntry
from store.domain.clock import Clock
from store.domain.outbox import News
from store.domain.people import Actor, Capability, Person
from store.queries.audit import append_audit
from store.queries.outbox import add_news, show_again
from store.services.deliveries import Request
from store.services.presence import present_actor

CLOCK = "clock"
"""The part of the desk that brings what nobody asks for."""


@dataclass(frozen=True, slots=True)
class Act:
    """A change while it is made, by a person or by a part of the desk."""

    connection: Connection
    by: Actor | str
    at: datetime

    @property
    def person(self) -> Person | None:
        """Who makes it; None: a part of the desk."""
        return Person.of(self.by.member) if isinstance(self.by, Actor) else None

    def tell(self, news: News) -> bool:
        """Has it told. False: it is told already, or can never be."""
        return add_news(self.connection, news, self.at)

    def show(self, topic: str) -> None:
        """Has the message of that topic show the present."""
        show_again(self.connection, topic)

    def audit(self, action: str, subject: str, details: Mapping[str, object]) -> None:
        """Appends it to the chain; the last write of a transaction, since others wait behind it."""
        append_audit(self.connection, AuditEntry.of(self.by, self.at, action, subject, details))


@dataclass(frozen=True, slots=True)
class Asked(Act):
    """A change that a person asks for, by a request's key."""

    actor: Actor
    """As the desk knows them now."""
    request: Request = field(repr=False)
    again: bool
    """The same request had its effect already: nothing is to be changed."""

    def by_clock(self) -> Act:
        """What the time brings, although a person's request finds it."""
        return Act(self.connection, CLOCK, self.at)


class Acting:
    """Begins the changes of a service. `admins`: the settings' admins, as `Members` knows them."""

    def __init__(self, database: Database, clock: Clock, admins: frozenset[str]) -> None:
        self._database = database
        self._clock = clock
        self._admins = admins

    @contextmanager
    def person(
        self,
        actor: Actor,
        action: str,
        request_key: str,
        *,
        needs: Capability | None = None,
        lock: Callable[[Connection], None] | None = None,
    ) -> Iterator[Asked]:
        """What a person asks for, as one transaction that ends in time or not at all.

        `action` is `noun.verb`; with `request_key`, at most 255 characters, it names the request. `lock`: what is
        locked before the member is, as an import locks it. Raises NotAMember, and NotPermitted by `needs`.
        """
        with self._database.write(until=actor.deadline) as connection:
            if lock:
                lock(connection)
            actor = present_actor(connection, actor, self._admins)
            if needs:
                actor.require(needs)
            request, now = Request(connection, actor, action, request_key), self._clock()
            yield Asked(connection, actor, now, actor, request, again=not request.take(now))

    @contextmanager
    def clock(self, at: datetime) -> Iterator[Act]:
        """What the time brings, as one transaction."""
        with self._database.write() as connection:
            yield Act(connection, CLOCK, at)
