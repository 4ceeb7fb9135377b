"""The exports as a queue: claimed by one worker at a time, moved by the holder of its lease, by fenced updates.

Leases and waiting go by the database's clock. Nothing here changes a row that the claim no longer holds.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, and_, bindparam, case, exists, func, null, or_, select, update

from store.domain.exports.export import ExportState, ExportStep, FailureReason
from store.domain.exports.work import FROM, WITH_FILE, Claim, ExportFacts, ExportHealth
from store.queries.exports.turns import BY_TURNS, SERVED
from store.queries.moments import moment_in
from store.queries.states import is_among
from store.tables import ExportRow, UtcTime

_NOW = moment_in()
_THIS = ExportRow.key == bindparam("export")
_WAITING = ExportRow.state == ExportState.WAITING
_RUNNING = ExportRow.state == ExportState.IN_PROGRESS
_OPEN = is_among(ExportRow.state, (ExportState.WAITING, ExportState.IN_PROGRESS))
_LOST = and_(_RUNNING, ExportRow.lease_until <= _NOW)
# What may be posted already is never given up: the worker that takes it over asks Slack, which wears nothing out.
_WORN_OUT = and_(
    _LOST, ExportRow.attempts >= bindparam("most"), func.coalesce(ExportRow.step, "") != ExportStep.COMPLETING
)
_DUE = (
    _OPEN,
    or_(
        and_(_WAITING, or_(ExportRow.next_attempt_at.is_(None), ExportRow.next_attempt_at <= _NOW)),
        and_(
            _LOST,
            or_(ExportRow.attempts < bindparam("most"), ExportRow.step == ExportStep.COMPLETING),
        ),
    ),
)
_ANY_DUE = select(exists(select(ExportRow.key).where(*_DUE)))
_NEXT_DUE = (
    select(ExportRow.key, ExportRow.step, ExportRow.stored_name)
    .where(*_DUE)
    .order_by(*BY_TURNS)
    .limit(1)
    .with_for_update(of=ExportRow, skip_locked=True)
)
_TAKE = (
    update(ExportRow)
    .where(_THIS)
    .values(
        state=ExportState.IN_PROGRESS,
        step=bindparam("at_step"),
        stored_name=bindparam("stored"),
        fencing=ExportRow.fencing + 1,
        attempts=ExportRow.attempts + 1,
        next_attempt_at=null(),
        lease_until=moment_in("lease"),
        worker=bindparam("by"),
        served=SERVED,
    )
    .returning(ExportRow.fencing)
)
_TAKE_ANEW = _TAKE.values(
    rows_done=0,
    rows_total=null(),
    orders=null(),
    items=null(),
    size=null(),
    file_reach=null(),
    slack_file_id=null(),
    started_at=null(),
)

_HELD = (
    _THIS,
    _RUNNING,
    ExportRow.fencing == bindparam("claim"),
    # A worker that was paused for longer than its lease has lost it, whether or not another has it yet.
    ExportRow.lease_until > _NOW,
)
_FIND_HELD = select(ExportRow.step, ExportRow.attempts).where(*_HELD).with_for_update()
_BEAT = (
    update(ExportRow)
    .where(*_HELD)
    .values(
        lease_until=moment_in("lease"),
        rows_done=func.coalesce(bindparam("done"), ExportRow.rows_done),
        rows_total=func.coalesce(bindparam("total"), ExportRow.rows_total),
    )
)
_MOVE = (
    update(ExportRow)
    .where(*_HELD, ExportRow.step.in_(bindparam("before", expanding=True)))
    .values(
        step=bindparam("at_step"),
        lease_until=moment_in("lease"),
        rows_done=func.coalesce(bindparam("done"), ExportRow.rows_done),
        rows_total=func.coalesce(bindparam("total"), ExportRow.rows_total),
        orders=func.coalesce(bindparam("order_count"), ExportRow.orders),
        items=func.coalesce(bindparam("item_count"), ExportRow.items),
        size=func.coalesce(bindparam("bytes"), ExportRow.size),
        file_reach=func.coalesce(bindparam("reach"), ExportRow.file_reach),
        slack_file_id=func.coalesce(bindparam("file"), ExportRow.slack_file_id),
        started_at=case(
            (bindparam("at_step") == ExportStep.WRITING, bindparam("now", type_=UtcTime())), else_=ExportRow.started_at
        ),
    )
)
_COMPLETE = (
    update(ExportRow)
    .where(*_HELD, ExportRow.step.in_(bindparam("before", expanding=True)))
    .values(
        state=ExportState.COMPLETED,
        step=ExportStep.POSTED,
        finished_at=bindparam("now"),
        lease_until=null(),
        worker=null(),
        failure=null(),
        failure_detail="",
    )
)
_PUT_OFF = (
    update(ExportRow)
    .where(*_HELD)
    .values(
        state=ExportState.WAITING,
        step=case(
            (and_(ExportRow.step.in_(sorted(WITH_FILE)), bindparam("rewrite").is_(False)), ExportRow.step), else_=null()
        ),
        next_attempt_at=moment_in("seconds"),
        lease_until=null(),
        worker=null(),
        failure=bindparam("reason"),
        failure_detail=bindparam("why"),
    )
)
_GIVE_BACK = (
    update(ExportRow)
    .where(*_HELD)
    .values(
        state=ExportState.WAITING,
        attempts=ExportRow.attempts - 1,
        next_attempt_at=moment_in("seconds"),
        lease_until=null(),
        worker=null(),
    )
)
_FAIL = (
    update(ExportRow)
    .where(_THIS, _RUNNING, ExportRow.fencing == bindparam("claim"))
    .values(
        state=ExportState.FAILED,
        finished_at=bindparam("now"),
        failure=bindparam("reason"),
        failure_detail=bindparam("why"),
        lease_until=null(),
        worker=null(),
        stored_name=null(),
        file_reach=null(),
    )
)
_LIST_WORN_OUT = select(ExportRow.key).where(_OPEN, _WORN_OUT).order_by(ExportRow.key).limit(bindparam("limit"))
_HOLD_WORN_OUT = select(ExportRow.fencing).where(_THIS, _WORN_OUT).with_for_update()
_HEALTH = select(
    func.count().filter(_WAITING).label("waiting"),
    func.count().filter(_RUNNING).label("in_progress"),
    func.min(ExportRow.waiting_since).filter(_OPEN).label("oldest"),
    func.count().filter(ExportRow.state.in_((ExportState.COMPLETED, ExportState.DELETED))).label("completed"),
    func.count().filter(ExportRow.state == ExportState.FAILED).label("failed"),
)


@dataclass(frozen=True, slots=True)
class Due:
    """An export that may be taken up, with how far it had come."""

    key: int
    step: ExportStep | None
    stored_name: str | None


@dataclass(frozen=True, slots=True)
class Held:
    """What decides what becomes of a failed attempt."""

    step: ExportStep | None
    attempts: int


def any_due(connection: Connection, most_attempts: int) -> bool:
    """Whether an export may be taken up: a look that holds up nobody."""
    return bool(connection.execute(_ANY_DUE, {"most": most_attempts}).scalar())


def next_due(connection: Connection, most_attempts: int) -> Due | None:
    """The export that is next of those that may be taken up; it is locked until the transaction ends.

    The caller holds Lock.EXPORT_CLAIMS until then.
    """
    row = connection.execute(_NEXT_DUE, {"most": most_attempts}).first()
    return Due(row.key, ExportStep(row.step) if row.step else None, row.stored_name) if row else None


def take_export(
    connection: Connection, key: int, worker: str, lease_seconds: float, step: ExportStep, stored_name: str
) -> int:
    """Gives the export that `next_due` found to the worker, to go on from that step; gives the claim's number."""
    values = {"export": key, "by": worker, "lease": lease_seconds, "at_step": step, "stored": stored_name}
    taken = _TAKE if step in WITH_FILE else _TAKE_ANEW
    fencing: int = connection.execute(taken, values).scalar_one()
    return fencing


def beat(connection: Connection, claim: Claim, rows_done: int | None, rows_total: int | None) -> bool:
    """Makes the lease long again. False: it is no longer held."""
    values = {**_held(claim), "lease": claim.lease_seconds, "done": rows_done, "total": rows_total}
    return connection.execute(_BEAT, values).rowcount == 1


def advance(connection: Connection, claim: Claim, step: ExportStep, facts: ExportFacts, now: datetime) -> bool:
    """Moves it to that step. False: it is no longer held, or has not come so far."""
    reach = facts.get("reach")
    values = {
        **_held(claim),
        "before": sorted(FROM[step]),
        "at_step": step,
        "lease": claim.lease_seconds,
        "done": facts.get("rows_done"),
        "total": facts.get("rows_total"),
        "order_count": facts.get("orders"),
        "item_count": facts.get("items"),
        "bytes": facts.get("size"),
        "reach": None if reach is None else reach.account_name or "",
        "file": facts.get("slack_file_id"),
        "now": now,
    }
    return connection.execute(_MOVE, values).rowcount == 1


def complete(connection: Connection, claim: Claim, now: datetime) -> bool:
    """Notes that it is posted. False: it is no longer held, or was not about to be posted."""
    values = {**_held(claim), "before": sorted(FROM[ExportStep.POSTED]), "now": now}
    return connection.execute(_COMPLETE, values).rowcount == 1


def find_held(connection: Connection, claim: Claim) -> Held | None:
    """How far it has come, locked; None: it is no longer held."""
    row = connection.execute(_FIND_HELD, _held(claim)).first()
    return Held(ExportStep(row.step) if row.step else None, row.attempts) if row else None


def put_off(
    connection: Connection, claim: Claim, reason: FailureReason, detail: str, seconds: float, *, rewrite: bool
) -> None:
    """Has it wait for another attempt: from its file on, or from the beginning."""
    values = {**_held(claim), "reason": reason, "why": detail, "seconds": seconds, "rewrite": rewrite}
    connection.execute(_PUT_OFF, values)


def give_back(connection: Connection, claim: Claim, seconds: float) -> bool:
    """Has it wait as it is, the attempt not counted. False: it is no longer held."""
    return connection.execute(_GIVE_BACK, {**_held(claim), "seconds": seconds}).rowcount == 1


def set_failed(
    connection: Connection, key: int, fencing: int, reason: FailureReason, detail: str, now: datetime
) -> None:
    """Notes that it failed; the row is locked by the caller, who knows that it may."""
    values = {"export": key, "claim": fencing, "reason": reason, "why": detail, "now": now}
    connection.execute(_FAIL, values)


def list_worn_out(connection: Connection, most_attempts: int, limit: int) -> tuple[int, ...]:
    """The keys of exports whose lease has run out for the last time that is granted."""
    return tuple(connection.execute(_LIST_WORN_OUT, {"most": most_attempts, "limit": limit}).scalars())


def hold_worn_out(connection: Connection, key: int, most_attempts: int) -> int | None:
    """Its claim's number, locked, where it still is worn out."""
    return connection.execute(_HOLD_WORN_OUT, {"export": key, "most": most_attempts}).scalar()


def export_health(connection: Connection) -> ExportHealth:
    """How many wait and run, and how many ended how."""
    row = connection.execute(_HEALTH).one()
    return ExportHealth(row.waiting, row.in_progress, row.oldest, row.completed, row.failed)


def _held(claim: Claim) -> dict[str, object]:
    return {"export": claim.key, "claim": claim.fencing}
