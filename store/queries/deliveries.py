"""Requests that had their effect, so that the same one again has none."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, select, update

from store.queries.inserts import InsertNew
from store.tables import DeliveryRow, UtcTime

_INSERT = InsertNew(DeliveryRow)
_THIS = (
    DeliveryRow.request_key == bindparam("request"),
    DeliveryRow.action == bindparam("of_action"),
    DeliveryRow.team_id == bindparam("team"),
    DeliveryRow.slack_user_id == bindparam("user"),
)
_SUBJECT = select(DeliveryRow.subject_key).where(*_THIS)
_NOTE = update(DeliveryRow).where(*_THIS).values(subject_key=bindparam("subject"))
_FORGET = delete(DeliveryRow).where(DeliveryRow.at < bindparam("before", type_=UtcTime()))


def take_delivery(
    connection: Connection, request_key: str, action: str, team_id: str, slack_user_id: str, at: datetime
) -> bool:
    """Takes the request, in the transaction of its effect. False: it had its effect already."""
    return _INSERT.run(
        connection, request_key=request_key, action=action, team_id=team_id, slack_user_id=slack_user_id, at=at
    )


def note_subject(
    connection: Connection, request_key: str, action: str, team_id: str, slack_user_id: str, subject_key: int
) -> None:
    """Writes down what came of the request."""
    this = {"request": request_key, "of_action": action, "team": team_id, "user": slack_user_id}
    connection.execute(_NOTE, {**this, "subject": subject_key})


def find_subject(connection: Connection, request_key: str, action: str, team_id: str, slack_user_id: str) -> int | None:
    """What came of the request."""
    this = {"request": request_key, "of_action": action, "team": team_id, "user": slack_user_id}
    return connection.execute(_SUBJECT, this).scalar()


def forget_deliveries(connection: Connection, before: datetime) -> int:
    """Forgets what was asked before that moment; how many there were."""
    return connection.execute(_FORGET, {"before": before}).rowcount
