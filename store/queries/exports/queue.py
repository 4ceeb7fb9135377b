"""The exports that are to be written, as a queue: claimed by one worker at a time, moved by the holder of its lease."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam, exists, func, null, or_, select, update

from store.domain.exports.export import ExportState, ExportStep, FailureReason
from store.domain.exports.work import Claim, ExportHealth, Written
from store.queries.exports.turns import BY_TURNS, SERVED
from store.queries.leases import Leases, Taken, of
from store.queries.moments import moment_in
from store.tables import ExportRow, UtcTime

LEASES = Leases(ExportRow, ExportState.IN_PROGRESS)
NOTHING_WRITTEN = {
    "rows_done": 0,
    "rows_total": null(),
    "orders": null(),
    "items": null(),
    "size": null(),
    "file_reach": null(),
    "slack_file_id": null(),
    "started_at": null(),
}
"""The values of an export that has no file so far."""
_THIS = ExportRow.key == bindparam("export")
_DUE = (LEASES.open, LEASES.due, or_(LEASES.waiting, ExportRow.attempts < bindparam("most")))
_ANY_DUE = select(exists(select(ExportRow.key).where(*_DUE)))
_NEXT_DUE = (
    select(ExportRow.key, ExportRow.stored_name)
    .where(*_DUE)
    .order_by(*BY_TURNS)
    .limit(1)
    .with_for_update(of=ExportRow, skip_locked=True)
)
_TAKE = (
    update(ExportRow)
    .where(_THIS)
    .values(
        **LEASES.taken(), **NOTHING_WRITTEN, step=ExportStep.CLAIMED, stored_name=bindparam("stored"), served=SERVED
    )
    .returning(ExportRow.fencing)
)
_ATTEMPTS = select(ExportRow.attempts).where(*LEASES.held).with_for_update()
_BEAT = (
    update(ExportRow)
    .where(*LEASES.held)
    .values(
        lease_until=moment_in("lease"),
        rows_done=func.coalesce(bindparam("done"), ExportRow.rows_done),
        rows_total=func.coalesce(bindparam("total"), ExportRow.rows_total),
    )
)
_BEGIN = (
    update(ExportRow)
    .where(*LEASES.held, ExportRow.step == ExportStep.CLAIMED)
    .values(step=ExportStep.WRITING, lease_until=moment_in("lease"), started_at=bindparam("now", type_=UtcTime()))
)
_WRITTEN = (
    update(ExportRow)
    .where(*LEASES.held, ExportRow.step == ExportStep.WRITING)
    .values(
        **LEASES.freed(),
        step=ExportStep.WRITTEN,
        rows_done=bindparam("row_count"),
        rows_total=bindparam("row_count"),
        orders=bindparam("order_count"),
        items=bindparam("item_count"),
        size=bindparam("bytes"),
        file_reach=bindparam("reach"),
    )
)
_PUT_OFF = (
    update(ExportRow)
    .where(*LEASES.held)
    .values(**LEASES.put_off(), step=null(), failure=bindparam("reason"), failure_detail=bindparam("why"))
)
_GIVE_BACK = update(ExportRow).where(*LEASES.held).values(**LEASES.put_off())
_FAIL = (
    update(ExportRow)
    .where(*LEASES.not_passed_on)
    .values(
        **LEASES.freed(),
        state=ExportState.FAILED,
        finished_at=bindparam("now"),
        failure=bindparam("reason"),
        failure_detail=bindparam("why"),
        stored_name=null(),
        file_reach=null(),
    )
)
_WORN_OUT = (LEASES.open, LEASES.lost, ExportRow.attempts >= bindparam("most"))
_LIST_WORN_OUT = (
    select(ExportRow.key, ExportRow.fencing).where(*_WORN_OUT).order_by(ExportRow.key).limit(bindparam("limit"))
)
_HOLD_WORN_OUT = select(ExportRow.key).where(*LEASES.not_passed_on, *_WORN_OUT).with_for_update()
_HEALTH = select(
    func.count().filter(LEASES.waiting).label("waiting"),
    func.count().filter(LEASES.working).label("in_progress"),
    func.min(ExportRow.waiting_since).filter(LEASES.open).label("oldest"),
    func.count().filter(ExportRow.state.in_((ExportState.COMPLETED, ExportState.DELETED))).label("completed"),
    func.count().filter(ExportRow.state == ExportState.FAILED).label("failed"),
)


@dataclass(frozen=True, slots=True)
class Due:
    """An export that may be taken up, with the name of the file that an earlier claim may have left."""

    key: int
    stored_name: str | None


@dataclass(frozen=True, slots=True)
class ClaimOf:
    """An export, by the number of its claim."""

    key: int
    fencing: int


def any_due(connection: Connection, most_attempts: int) -> bool:
    """Whether an export may be taken up: a look that holds up nobody."""
    return bool(connection.execute(_ANY_DUE, {"most": most_attempts}).scalar())


def next_due(connection: Connection, most_attempts: int) -> Due | None:
    """The export that is next of those that may be taken up; it is locked until the transaction ends.

    The caller holds Lock.EXPORT_CLAIMS until then.
    """
    row = connection.execute(_NEXT_DUE, {"most": most_attempts}).first()
    return Due(row.key, row.stored_name) if row else None


def take_export(connection: Connection, key: int, worker: str, lease_seconds: float, stored_name: str) -> int:
    """Gives the export that `next_due` found to the worker, to be written; gives the claim's number."""
    values = {"export": key, "by": worker, "lease": lease_seconds, "stored": stored_name}
    fencing: int = connection.execute(_TAKE, values).scalar_one()
    return fencing


def beat(connection: Connection, claim: Claim, rows_done: int | None, rows_total: int | None) -> bool:
    """Makes the lease long again. False: it is no longer held."""
    values = {**of(claim), "lease": claim.lease_seconds, "done": rows_done, "total": rows_total}
    return connection.execute(_BEAT, values).rowcount == 1


def begin_writing(connection: Connection, claim: Claim, now: datetime) -> bool:
    """Notes that its writing begins. False: it is no longer held, or has begun."""
    return connection.execute(_BEGIN, {**of(claim), "lease": claim.lease_seconds, "now": now}).rowcount == 1


def end_writing(connection: Connection, claim: Claim, written: Written) -> bool:
    """Notes that its file is whole, and ends the lease. False: it is no longer held, or was not being written."""
    values = {
        **of(claim),
        "row_count": written.orders + written.items,
        "order_count": written.orders,
        "item_count": written.items,
        "bytes": written.size,
        "reach": written.reach.account_name or "",
    }
    return connection.execute(_WRITTEN, values).rowcount == 1


def attempts_of(connection: Connection, claim: Claim) -> int | None:
    """How often it was taken up, locked; None: it is no longer held."""
    return connection.execute(_ATTEMPTS, of(claim)).scalar()


def put_off(connection: Connection, claim: Claim, reason: FailureReason, detail: str, seconds: float) -> None:
    """Has it wait for another attempt."""
    values = {**of(claim), "reason": reason, "why": detail, "seconds": seconds, "uncounted": 0}
    connection.execute(_PUT_OFF, values)


def give_back(connection: Connection, claim: Claim) -> bool:
    """Has it wait as it is, the attempt not counted. False: it is no longer held."""
    return connection.execute(_GIVE_BACK, {**of(claim), "seconds": 0.0, "uncounted": 1}).rowcount == 1


def set_failed(connection: Connection, claim: Taken, reason: FailureReason, detail: str, now: datetime) -> None:
    """Notes that it failed; the row is locked by the caller, who knows that it may."""
    connection.execute(_FAIL, {**of(claim), "reason": reason, "why": detail, "now": now})


def list_worn_out(connection: Connection, most_attempts: int, limit: int) -> tuple[ClaimOf, ...]:
    """The exports whose lease has run out for the last time that is granted."""
    rows = connection.execute(_LIST_WORN_OUT, {"most": most_attempts, "limit": limit})
    return tuple(ClaimOf(row.key, row.fencing) for row in rows)


def hold_worn_out(connection: Connection, claim: ClaimOf, most_attempts: int) -> bool:
    """Locks it; whether it still is worn out."""
    return connection.execute(_HOLD_WORN_OUT, {**of(claim), "most": most_attempts}).first() is not None


def export_health(connection: Connection) -> ExportHealth:
    """How many wait and run, and how many ended how."""
    row = connection.execute(_HEALTH).one()
    return ExportHealth(row.waiting, row.in_progress, row.oldest, row.completed, row.failed)
