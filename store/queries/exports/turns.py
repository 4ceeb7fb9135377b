"""The turns of requesters in the queue of exports, by the rule of `store.domain.exports.turns`."""

from __future__ import annotations

from sqlalchemy import Connection, bindparam, func, select
from sqlalchemy.orm import aliased

from store.domain.exports.export import ExportState, ExportStep
from store.domain.exports.turns import Waiting, in_turn
from store.domain.people import Person
from store.queries.states import is_among
from store.tables import ExportRow

_OPEN = is_among(ExportRow.state, (ExportState.WAITING, ExportState.IN_PROGRESS))
_other = aliased(ExportRow)
_LAST_TURN = (
    select(func.max(_other.served))
    .where(_other.team_id == ExportRow.team_id, _other.requester == ExportRow.requester)
    .correlate(ExportRow)
    .scalar_subquery()
)
BY_TURNS = (func.coalesce(_LAST_TURN, 0), ExportRow.key)
"""The order of exports that may be taken up."""
SERVED = select(func.coalesce(func.max(_other.served), 0) + 1).scalar_subquery()
"""The number of the claim by which an export is taken up; claims must be made one after the other."""

_COUNT_WAITING = (
    select(func.count())
    .select_from(ExportRow)
    .where(
        _OPEN,
        ExportRow.state == ExportState.WAITING,
        ExportRow.team_id == bindparam("team"),
        ExportRow.requester == bindparam("user"),
    )
)
_LIST_OPEN = select(
    ExportRow.key,
    ExportRow.team_id,
    ExportRow.requester,
    (ExportRow.state != ExportState.WAITING).label("in_work"),
    _LAST_TURN.label("last_turn"),
    # What is written, and still to be posted, holds up nobody.
).where(_OPEN, func.coalesce(ExportRow.step, "").not_in((ExportStep.WRITTEN, ExportStep.COMPLETING)))


def count_waiting(connection: Connection, requester: Person) -> int:
    """How many exports of this requester wait."""
    who = {"team": requester.team_id, "user": requester.slack_user_id}
    waiting: int = connection.execute(_COUNT_WAITING, who).scalar_one()
    return waiting


def list_ahead(connection: Connection) -> dict[int, int]:
    """All that wait, each with how many exports are ahead of it now, those in work included."""
    rows = connection.execute(_LIST_OPEN).all()
    waiting = [Waiting(row.key, (row.team_id, row.requester), row.last_turn) for row in rows if not row.in_work]
    in_work = len(rows) - len(waiting)
    return {key: in_work + before for before, key in enumerate(in_turn(waiting))}
