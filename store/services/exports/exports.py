"""Exports as people ask for them: queued, cancelled, tried again, listed. Working on them is `ExportWork`.

Each use case is one transaction, as `store.services.acting` has it, and the table is the queue. One conditional write
decides; the events, the audit and what is to be told stand beside it. Knows no Slack: what is told is written to the
outbox, by the kinds that `store.services.exports.records` names.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import Path

from store.database import Database
from store.domain.clock import Clock
from store.domain.exports.export import (
    SAME_REQUEST_WITHIN,
    Export,
    ExportPage,
    ExportRequest,
    ExportState,
    Happening,
    Queued,
)
from store.domain.exports.rules import check_may_cancel, check_may_retry, check_may_see, finished, sees_all
from store.domain.exports.turns import check_may_wait
from store.domain.orders.criteria import CappedCount
from store.domain.paging import ListCursor
from store.domain.people import Actor, Capability, Person
from store.queries.exports import records as rows
from store.queries.exports.rows import count_orders
from store.queries.exports.turns import count_waiting, list_ahead
from store.queries.locks import Lock, serialise
from store.services.acting import Acting, Asked
from store.services.exports import records
from store.services.exports.files import make_folder, remove
from store.services.exports.people import count_outsiders


class Exports:
    """`folder`: where the files are; made if it is missing, for its owner alone. `admins`: as `Members` knows them.

    A `request_key` is what Slack calls the request by, at most 255 characters: the same request of the same person does
    nothing the second time, and is answered with the export as it stands.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        folder: Path,
        *,
        admins: frozenset[str] = frozenset(),
    ) -> None:
        self._database = database
        self._clock = clock
        self._folder = folder
        self._acting = Acting(database, clock, admins)
        make_folder(folder)

    def count(self, actor: Actor, request: ExportRequest) -> CappedCount:
        """How many orders it would hold now, exact up to COUNT_CAP. Raises NotPermitted."""
        actor.require(Capability.EXPORT)
        with self._database.read() as connection:
            return count_orders(connection, actor.reach, request.criteria, actor.time_zone, self._clock())

    def outsiders(self, actor: Actor, slack_user_ids: Collection[str]) -> int:
        """How many of these people of the actor's workspace may not see all that the actor sees.

        Leave bots out; a guest, or somebody who is not a member of the desk, counts.
        """
        with self._database.read() as connection:
            return count_outsiders(connection, actor.member.team_id, actor.reach, slack_user_ids)

    def queue(self, actor: Actor, request: ExportRequest, request_key: str) -> Queued:
        """A new export that waits; or, where the same person asked for the same within the last minute, that one.

        What was cancelled or failed may be asked for again at once. Raises NotAMember, NotPermitted, TooManyWaiting.
        """
        with self._acting.person(actor, "export.queue", request_key, needs=Capability.EXPORT) as act:
            connection, actor, now = act.connection, act.actor, act.at
            if act.again:
                return Queued(_result(act), again=True)
            serialise(connection, Lock.EXPORTS)
            twin = rows.find_same(connection, actor, request, now - SAME_REQUEST_WITHIN)
            if twin is not None:
                act.request.note(twin.key)
                return Queued(twin, again=True)
            check_may_wait(count_waiting(connection, Person.of(actor.member)), own=True)
            key = rows.insert_export(connection, actor, request, now)
            act.request.note(key)
            export = replace(rows.get_export(connection, key), ahead=list_ahead(connection)[key])
            rows.add_event(connection, key, Happening.QUEUED, now, export.requester)
            records.tell_progress(connection, export, now)
            records.audit(connection, export, "queue", actor, now)
            return Queued(export, again=False)

    def cancel(self, actor: Actor, key: int, request_key: str) -> Export:
        """Ends it while it waits or runs; its worker finds out at the next heartbeat.

        Raises NotAMember, NotPermitted, ExportNotFound; ExportFinished where it is finished, or about to be posted.
        """
        stored = None
        with self._acting.person(actor, "export.cancel", request_key) as act:
            connection, actor, now = act.connection, act.actor, act.at
            if act.again:
                return _result(act)
            export = check_may_cancel(actor, rows.find_export(connection, key))
            act.request.note(key)
            by = Person.of(actor.member)
            stored = rows.find_stored_name(connection, key)
            if not rows.cancel_export(connection, key, by, now):
                raise finished(rows.get_export(connection, key))
            rows.add_event(connection, key, Happening.CANCELLED, now, by)
            records.show_progress(connection, key)
            records.audit(connection, export, "cancel", actor, now)
            export = rows.get_export(connection, key)
        remove(self._folder, stored)
        return export

    def retry(self, actor: Actor, key: int, request_key: str) -> Export:
        """Has a failed export wait again, to be written again with the rights of its requester.

        Raises NotAMember, NotPermitted, ExportNotFound, NotFailed, TooManyWaiting.
        """
        with self._acting.person(actor, "export.retry", request_key) as act:
            connection, actor, now = act.connection, act.actor, act.at
            if act.again:
                return _result(act)
            export = check_may_retry(actor, rows.find_export(connection, key))
            act.request.note(key)
            serialise(connection, Lock.EXPORTS)
            export = rows.get_export(connection, key)
            if export.state is not ExportState.FAILED:
                # Somebody else was faster: it waits already, as was asked for.
                return export
            own = Person.of(actor.member).same(export.requester)
            check_may_wait(count_waiting(connection, export.requester), own=own)
            rows.queue_again(connection, key, now)
            rows.add_event(connection, key, Happening.RETRIED, now, Person.of(actor.member))
            records.show_progress(connection, key)
            records.audit(connection, export, "retry", actor, now)
            return rows.get_export(connection, key)

    def history(self, actor: Actor, cursor: ListCursor | None = None, shown: Sequence[int] = ()) -> ExportPage:
        """Export History: one's own; for who sees all orders, everyone's; newest first.

        `shown`: the rows of a page that the person has before them, which stay in their places. Raises NotPermitted.
        """
        actor.require(Capability.EXPORT)
        whose = None if sees_all(actor) else Person.of(actor.member)
        with self._database.read() as connection:
            page = rows.list_history(connection, whose, cursor, shown)
            waits = any(row.state is ExportState.WAITING for row in page.rows)
            ahead = list_ahead(connection) if waits else {}
            return replace(page, rows=tuple(replace(row, ahead=ahead.get(row.key)) for row in page.rows))

    def get(self, actor: Actor, key: int) -> Export:
        """The export. Raises NotPermitted, ExportNotFound."""
        with self._database.read() as connection:
            return check_may_see(actor, rows.find_export(connection, key))

    def to_tell(self, key: int) -> Export:
        """The export, for what is told without being asked. Raises ExportNotFound."""
        with self._database.read() as connection:
            return rows.get_export(connection, key)


def _result(act: Asked) -> Export:
    """What came of a request that had its effect already, as it stands now."""
    return check_may_see(act.actor, rows.find_export(act.connection, act.request.subject() or 0))
