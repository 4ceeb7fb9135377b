"""Requests that had their effect, so that the same one again has none."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, Connection, Select, Update, delete, select, update

from store.queries.inserts import InsertNew
from store.queries.query import query
from store.tables import DeliveryRow

_INSERT = InsertNew(DeliveryRow)


def _this(request_key: str, action: str, team_id: str, slack_user_id: str) -> tuple[ColumnElement[bool], ...]:
    return (
        DeliveryRow.request_key == request_key,
        DeliveryRow.action == action,
        DeliveryRow.team_id == team_id,
        DeliveryRow.slack_user_id == slack_user_id,
    )


def take_delivery(
    connection: Connection, request_key: str, action: str, team_id: str, slack_user_id: str, at: datetime
) -> bool:
    """Takes the request, in the transaction of its effect. False: it had its effect already."""
    return _INSERT.run(
        connection, request_key=request_key, action=action, team_id=team_id, slack_user_id=slack_user_id, at=at
    )


@query
def _note(request_key: str, action: str, team_id: str, slack_user_id: str, subject_key: int) -> Update:
    this = _this(request_key, action, team_id, slack_user_id)
    return update(DeliveryRow).where(*this).values(subject_key=subject_key)


def note_subject(
    connection: Connection, request_key: str, action: str, team_id: str, slack_user_id: str, subject_key: int
) -> None:
    """Writes down what came of the request."""
    _note(connection, request_key, action, team_id, slack_user_id, subject_key)


@query
def _subject(request_key: str, action: str, team_id: str, slack_user_id: str) -> Select[int | None]:
    return select(DeliveryRow.subject_key).where(*_this(request_key, action, team_id, slack_user_id))


def find_subject(connection: Connection, request_key: str, action: str, team_id: str, slack_user_id: str) -> int | None:
    """What came of the request."""
    return _subject(connection, request_key, action, team_id, slack_user_id).scalar()


def forget_deliveries(connection: Connection, before: datetime) -> int:
    """Forgets what was asked before that moment; how many there were."""
    return connection.execute(delete(DeliveryRow).where(DeliveryRow.at < before)).rowcount
