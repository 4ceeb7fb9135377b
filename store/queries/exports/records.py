"""Exports' rows as people know them: asked for, found, listed, cancelled, deleted, with what happened to them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, func, insert, null, select, update

from store.domain.exports.errors import ExportNotFound
from store.domain.exports.export import (
    Destination,
    Export,
    ExportPage,
    ExportRequest,
    ExportState,
    ExportStep,
    FailureReason,
    Happening,
    Scope,
)
from store.domain.paging import ListCursor
from store.domain.people import Actor, Person, Reach
from store.queries.exports.criteria import criteria_of, criteria_text, request_hash
from store.queries.exports.queue import LEASES, NOTHING_WRITTEN
from store.queries.paging import FETCHED, count_capped, page_as_shown, page_of
from store.queries.reading import AnyRow
from store.tables import AccountManagerRow, CustomerRow, ExportCustomerRow, ExportEventRow, ExportRow, UtcTime
from store.work import Work, leave_work

_THIS = ExportRow.key == bindparam("export")
_INSERT = insert(ExportRow).returning(ExportRow.key)
_EXPORTS = select(ExportRow.__table__)
_EXPORT = _EXPORTS.where(_THIS)
_SAME = (
    _EXPORTS.where(
        ExportRow.team_id == bindparam("team"),
        ExportRow.requester == bindparam("user"),
        ExportRow.request == bindparam("hash"),
        ExportRow.waiting_since > bindparam("since", type_=UtcTime()),
        ExportRow.state.in_((ExportState.WAITING, ExportState.IN_PROGRESS, ExportState.COMPLETED)),
    )
    .order_by(ExportRow.key.desc())
    .limit(1)
)
_STORED_NAME = select(ExportRow.stored_name).where(_THIS)
_FENCING = select(ExportRow.fencing).where(_THIS)
_STORED_NAMES = select(ExportRow.stored_name).where(
    ExportRow.stored_name.is_not(None),
    ExportRow.state.in_((ExportState.WAITING, ExportState.IN_PROGRESS, ExportState.COMPLETED)),
)
_FILE_REACH = select(ExportRow.file_reach).where(_THIS)
_LOST = (
    select(func.count())
    .select_from(ExportCustomerRow)
    .join(CustomerRow, CustomerRow.key == ExportCustomerRow.customer_key)
    .join(AccountManagerRow, AccountManagerRow.key == CustomerRow.account_manager_key)
    .where(
        ExportCustomerRow.export_key == bindparam("export"), AccountManagerRow.account_name_folded != bindparam("reach")
    )
)
_FORGET_CUSTOMERS = delete(ExportCustomerRow).where(ExportCustomerRow.export_key == bindparam("export"))
_PUT_CUSTOMERS = insert(ExportCustomerRow)
_EVENT = insert(ExportEventRow).returning(ExportEventRow.key)
_CANCEL = (
    update(ExportRow)
    .where(_THIS, LEASES.open, func.coalesce(ExportRow.step, "") != ExportStep.COMPLETING)
    .values(
        state=ExportState.CANCELLED,
        finished_at=bindparam("now"),
        finished_by_team=bindparam("team"),
        finished_by=bindparam("user"),
        finished_by_name=bindparam("name"),
        **LEASES.freed(),
        # Its worker has lost it.
        fencing=ExportRow.fencing + 1,
        stored_name=null(),
    )
)
_QUEUE_AGAIN = (
    update(ExportRow)
    .where(_THIS, ExportRow.state == ExportState.FAILED)
    .values(
        state=ExportState.WAITING,
        **NOTHING_WRITTEN,
        step=null(),
        waiting_since=bindparam("now"),
        finished_at=null(),
        attempts=0,
        next_attempt_at=null(),
    )
)
_EXPIRED = (
    select(ExportRow.key)
    .where(ExportRow.state == ExportState.COMPLETED, ExportRow.finished_at <= bindparam("until", type_=UtcTime()))
    .order_by(ExportRow.finished_at)
    .limit(bindparam("limit"))
)
_DELETE = (
    update(ExportRow)
    .where(_THIS, ExportRow.state == ExportState.COMPLETED)
    .values(state=ExportState.DELETED, deleted_at=bindparam("now"), stored_name=null())
)
_LAST_DOWNLOAD = (
    select(ExportEventRow.key, ExportEventRow.at)
    .where(
        ExportEventRow.export_key == bindparam("export"),
        ExportEventRow.what == Happening.DOWNLOADED,
        ExportEventRow.team_id == bindparam("team"),
        ExportEventRow.slack_user_id == bindparam("user"),
    )
    .order_by(ExportEventRow.key.desc())
    .limit(1)
)
_WHOSE = (ExportRow.team_id == bindparam("team"), ExportRow.requester == bindparam("user"))


def insert_export(connection: Connection, actor: Actor, request: ExportRequest, now: datetime) -> int:
    """A new export that waits; gives its key."""
    values = {
        "state": ExportState.WAITING,
        "scope": request.scope,
        "criteria": criteria_text(request.criteria) if request.criteria else None,
        "criteria_text": request.criteria_text,
        "channel_id": request.destination.channel_id,
        "channel_name": request.destination.channel_name,
        "confirmed_people": request.confirmed_people,
        "request": request_hash(request, actor.time_zone),
        "team_id": actor.member.team_id,
        "requester": actor.member.slack_user_id,
        "requester_name": actor.member.name,
        "time_zone": actor.time_zone,
        "locale": actor.locale,
        "queued_at": now,
        "waiting_since": now,
        "rows_done": 0,
        "failure_detail": "",
        "attempts": 0,
        "fencing": 0,
    }
    key: int = connection.execute(_INSERT, values).scalar_one()
    leave_work(connection, Work.EXPORTS)
    return key


def find_export(connection: Connection, key: int) -> Export | None:
    """The export, or None."""
    row = connection.execute(_EXPORT, {"export": key}).first()
    return _export(row) if row else None


def get_export(connection: Connection, key: int) -> Export:
    """The export. Raises ExportNotFound."""
    export = find_export(connection, key)
    if export is None:
        raise ExportNotFound
    return export


def find_same(connection: Connection, actor: Actor, request: ExportRequest, since: datetime) -> Export | None:
    """The newest export of this person since then that was asked for alike, and neither failed nor was cancelled."""
    who = {"team": actor.member.team_id, "user": actor.member.slack_user_id}
    row = connection.execute(_SAME, {**who, "hash": request_hash(request, actor.time_zone), "since": since}).first()
    return _export(row) if row else None


def find_stored_name(connection: Connection, key: int) -> str | None:
    """The name of its file in the export folder."""
    return connection.execute(_STORED_NAME, {"export": key}).scalar()


def find_fencing(connection: Connection, key: int) -> int | None:
    """The number of its last claim."""
    return connection.execute(_FENCING, {"export": key}).scalar()


def list_stored_names(connection: Connection) -> frozenset[str]:
    """The names of all files that exports have, or are about to have."""
    return frozenset(name for name in connection.execute(_STORED_NAMES).scalars() if name)


def cancel_export(connection: Connection, key: int, by: Person, now: datetime) -> bool:
    """Cancels it. False: it is finished, or about to be posted."""
    who = {"team": by.team_id, "user": by.slack_user_id, "name": by.name}
    done = connection.execute(_CANCEL, {"export": key, "now": now, **who}).rowcount == 1
    if done:
        forget_customers(connection, key)
    return done


def queue_again(connection: Connection, key: int, now: datetime) -> None:
    """Has a failed export wait from the beginning."""
    leave_work(connection, Work.EXPORTS)
    connection.execute(_QUEUE_AGAIN, {"export": key, "now": now})


def list_expired(connection: Connection, until: datetime, limit: int) -> tuple[int, ...]:
    """The keys of the exports that were completed by then, and still have a file; the oldest first."""
    return tuple(connection.execute(_EXPIRED, {"until": until, "limit": limit}).scalars())


def delete_export(connection: Connection, key: int, now: datetime) -> bool:
    """Notes that its file is deleted. False: it is not completed."""
    done = connection.execute(_DELETE, {"export": key, "now": now}).rowcount == 1
    if done:
        forget_customers(connection, key)
    return done


def put_customers(connection: Connection, key: int, customers: Collection[int]) -> None:
    """Notes whose orders are in its file, in the place of what was noted."""
    forget_customers(connection, key)
    if customers:
        rows = [{"export_key": key, "customer_key": customer} for customer in sorted(set(customers))]
        connection.execute(_PUT_CUSTOMERS, rows)


def forget_customers(connection: Connection, key: int) -> None:
    """The file is gone, and its customers need no longer be known."""
    connection.execute(_FORGET_CUSTOMERS, {"export": key})


def reach_of_file(connection: Connection, key: int, reach: Reach) -> tuple[Reach | None, int]:
    """Whose orders its file holds, and how many customers in it are beyond that reach; None: there is no file."""
    of_file = connection.execute(_FILE_REACH, {"export": key}).scalar()
    if of_file is None:
        return None, 0
    if reach.everything:
        return Reach(of_file or None), 0
    lost = connection.execute(_LOST, {"export": key, "reach": reach.compared}).scalar_one()
    return Reach(of_file or None), lost


def add_event(
    connection: Connection,
    key: int,
    what: ExportStep | Happening,
    at: datetime,
    by: Person | None,
    detail: str = "",
) -> int:
    """Notes what happened; gives the note's key."""
    values = {
        "export_key": key,
        "what": what,
        "at": at,
        "team_id": by.team_id if by else None,
        "slack_user_id": by.slack_user_id if by else None,
        "name": by.name if by else None,
        "detail": detail,
    }
    noted: int = connection.execute(_EVENT, values).scalar_one()
    return noted


def find_last_download(connection: Connection, key: int, by: Person) -> tuple[int, datetime] | None:
    """The event of this person's last asking for its file, with its moment."""
    who = {"team": by.team_id, "user": by.slack_user_id}
    row = connection.execute(_LAST_DOWNLOAD, {"export": key, **who}).first()
    return (row.key, row.at) if row else None


def list_history(
    connection: Connection, whose: Person | None, cursor: ListCursor | None, shown: Sequence[int] = ()
) -> ExportPage:
    """A page of that person's exports, or of all; newest first.

    `shown`: the keys that the person has before them; they are the page then.
    """
    matching, who = _EXPORTS, {}
    if whose is not None:
        matching, who = _EXPORTS.where(*_WHOSE), {"team": whose.team_id, "user": whose.slack_user_id}
    total = count_capped(connection, matching, who)
    among = matching.where(ExportRow.key.in_(shown))
    kept = {row.key: row for row in connection.execute(among, who)} if shown else {}
    if kept:

        def beyond(cursor: ListCursor) -> bool:
            side = ExportRow.key < cursor.key if cursor.forward else ExportRow.key > cursor.key
            return connection.execute(matching.where(side).limit(1), who).first() is not None

        rows = [kept[key] for key in shown if key in kept]
        page_now = page_as_shown(rows, len(rows), cursor.offset if cursor else 0, total, _cursor, beyond)
        return page_now.of([_export(row) for row in page_now.rows])
    forward = cursor is None or cursor.forward
    page = matching.order_by(ExportRow.key.desc() if forward else ExportRow.key).limit(FETCHED)
    if cursor is not None:
        page = page.where(ExportRow.key < cursor.key if forward else ExportRow.key > cursor.key)
    found = page_of(connection.execute(page, who).all(), cursor, total, _cursor)
    if found is None:
        return list_history(connection, whose, None)
    return found.of([_export(row) for row in found.rows])


def _cursor(row: AnyRow, forward: bool, offset: int) -> ListCursor:
    return ListCursor(row.key, forward, offset)


def _export(row: AnyRow) -> Export:
    by = Person(row.finished_by_team, row.finished_by, row.finished_by_name) if row.finished_by else None
    return Export(
        key=row.key,
        state=ExportState(row.state),
        step=ExportStep(row.step) if row.step else None,
        scope=Scope(row.scope),
        criteria=criteria_of(row.criteria) if row.criteria else None,
        criteria_text=row.criteria_text,
        destination=Destination(row.channel_id, row.channel_name),
        confirmed_people=row.confirmed_people,
        requester=Person(row.team_id, row.requester, row.requester_name),
        time_zone=row.time_zone,
        locale=row.locale,
        queued_at=row.queued_at,
        started_at=row.started_at,
        finished_at=row.finished_at,
        rows_done=row.rows_done,
        rows_total=row.rows_total,
        orders=row.orders,
        items=row.items,
        size=row.size,
        attempts=row.attempts,
        failure=FailureReason(row.failure) if row.failure else None,
        failure_detail=row.failure_detail,
        finished_by=by,
        slack_file_id=row.slack_file_id,
        deleted_at=row.deleted_at,
    )
