"""The memory of requests that had their effect, so that the same one again has none; it need not last for ever."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection

from store.database import Database
from store.domain.clock import Clock
from store.domain.people import Actor
from store.queries.deliveries import find_subject, forget_deliveries, note_subject, take_delivery

REMEMBERED = timedelta(days=30)
"""Far longer than Slack repeats a request, or anybody leaves a form open."""


class Request:
    """What a person asks for, by the key that Slack calls it by, in the transaction of its effect."""

    def __init__(self, connection: Connection, actor: Actor, action: str, key: str) -> None:
        self._connection = connection
        self._this = (key, action, actor.member.team_id, actor.member.slack_user_id)

    def take(self, at: datetime) -> bool:
        """False: it had its effect already."""
        return take_delivery(self._connection, *self._this, at)

    def note(self, subject_key: int) -> None:
        """Writes down what came of it."""
        note_subject(self._connection, *self._this, subject_key)

    def subject(self) -> int | None:
        """The key of what came of it; None: it had no effect."""
        return find_subject(self._connection, *self._this)


class Deliveries:
    """Keeps the table of requests small."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def forget_old(self) -> int:
        """Forgets requests older than REMEMBERED; how many there were."""
        with self._database.write() as connection:
            return forget_deliveries(connection, self._clock() - REMEMBERED)
