"""Exports that are written, on their way to Slack: each statement holds for the claim that wrote the file alone."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, null, select, update

from store.domain.exports.export import ExportState, ExportStep, FailureReason
from store.queries.exports.queue import LEASES, NOTHING_WRITTEN
from store.queries.leases import WAITING, Taken, of
from store.tables import ExportRow, UtcTime
from store.work import Work, leave_work

_WRITTEN = (*LEASES.not_passed_on, ExportRow.step.in_((ExportStep.WRITTEN, ExportStep.COMPLETING)))
_ATTEMPTS = select(ExportRow.attempts).where(*_WRITTEN).with_for_update()
_IS_WRITTEN = select(ExportRow.key).where(*_WRITTEN)
_ABOUT_TO_POST = update(ExportRow).where(*_WRITTEN).values(step=ExportStep.COMPLETING)
_FAILURE: dict[str, Any] = {"failure": bindparam("reason"), "failure_detail": bindparam("why")}
_NOTE_FAILURE = update(ExportRow).where(*_WRITTEN).values(**_FAILURE)
_WRITE_AGAIN = (
    update(ExportRow)
    .where(*_WRITTEN)
    .values(**NOTHING_WRITTEN, **_FAILURE, state=WAITING, step=null(), stored_name=null())
)
_COMPLETE = (
    update(ExportRow)
    .where(*_WRITTEN)
    .values(
        state=ExportState.COMPLETED,
        step=ExportStep.POSTED,
        slack_file_id=bindparam("file"),
        finished_at=bindparam("now", type_=UtcTime()),
        failure=null(),
        failure_detail="",
    )
)


def is_written(connection: Connection, claim: Taken) -> bool:
    """Whether this claim's file is whole, and still to be posted."""
    return connection.execute(_IS_WRITTEN, of(claim)).first() is not None


def hold_written(connection: Connection, claim: Taken) -> int | None:
    """How often the export was taken up, locked; None: this claim's file is no longer to be posted."""
    return connection.execute(_ATTEMPTS, of(claim)).scalar()


def about_to_post(connection: Connection, claim: Taken) -> bool:
    """Notes that it is about to be posted. False: it is no longer to be."""
    return connection.execute(_ABOUT_TO_POST, of(claim)).rowcount == 1


def note_failure(connection: Connection, claim: Taken, reason: FailureReason, detail: str) -> None:
    """Notes why it is not posted so far."""
    connection.execute(_NOTE_FAILURE, {**of(claim), "reason": reason, "why": detail})


def write_again(connection: Connection, claim: Taken, reason: FailureReason, detail: str) -> None:
    """Has it wait to be written from the beginning."""
    connection.execute(_WRITE_AGAIN, {**of(claim), "reason": reason, "why": detail})
    leave_work(connection, Work.EXPORTS)


def complete(connection: Connection, claim: Taken, slack_file_id: str, now: datetime) -> None:
    """Notes that its file stands in its channel."""
    connection.execute(_COMPLETE, {**of(claim), "file": slack_file_id, "now": now})
