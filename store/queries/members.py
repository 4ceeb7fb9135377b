"""Members and the workspace they are of: rows in, members out. Knows no rule of who may change them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, Select, delete, exists, insert, select, update

from store.domain.people import Member, format_roles, parse_roles
from store.domain.texts import common_form
from store.queries.query import query
from store.queries.reading import AnyRow
from store.tables import MemberRow, WorkspaceRow

MemberRows = Select[str, str, str, str, str]


def _members() -> MemberRows:
    return select(
        MemberRow.team_id, MemberRow.slack_user_id, MemberRow.name, MemberRow.account_name, MemberRow.roles
    ).order_by(MemberRow.slack_user_id)


@query
def _team() -> Select[str]:
    return select(WorkspaceRow.team_id)


def find_team(connection: Connection) -> str:
    """The team id of the workspace that the database belongs to; empty before the desk first meets it."""
    return _team(connection).scalar() or ""


def meet_team(connection: Connection, team_id: str, at: datetime) -> int:
    """Makes the database that workspace's, and its members members of it; gives their number."""
    connection.execute(insert(WorkspaceRow).values(team_id=team_id, met_at=at))
    return connection.execute(update(MemberRow).where(MemberRow.team_id == "").values(team_id=team_id)).rowcount


def touch_team(connection: Connection) -> None:
    """Writes the workspace as it is: what comes of it is whether anything can be written."""
    connection.execute(update(WorkspaceRow).values(met_at=WorkspaceRow.met_at))


@query
def _member_of(team_id: str, slack_user_id: str) -> MemberRows:
    return _members().where(MemberRow.team_id == team_id, MemberRow.slack_user_id == slack_user_id)


def find_member(connection: Connection, team_id: str, slack_user_id: str) -> Member | None:
    """The member, or None."""
    row = _member_of(connection, team_id, slack_user_id).first()
    return _member(row) if row else None


@query
def _held(team_id: str, slack_user_id: str) -> MemberRows:
    these = _members().where(MemberRow.team_id == team_id, MemberRow.slack_user_id == slack_user_id)
    return these.with_for_update(read=True)


def hold_member(connection: Connection, team_id: str, slack_user_id: str) -> Member | None:
    """The member, or None; others who change or remove them wait until this transaction has ended."""
    row = _held(connection, team_id, slack_user_id).first()
    return _member(row) if row else None


def has_members(connection: Connection) -> bool:
    """Whether the desk has any member."""
    return bool(connection.execute(select(exists(select(MemberRow.slack_user_id)))).scalar())


def list_members(connection: Connection) -> tuple[Member, ...]:
    """All members, by Slack user id."""
    return tuple(_member(row) for row in connection.execute(_members()))


def put_member(connection: Connection, member: Member) -> None:
    """Keeps the member, in the place of what was kept of them."""
    delete_member(connection, member)
    values = {
        "team_id": member.team_id,
        "slack_user_id": member.slack_user_id,
        "name": member.name,
        "account_name": member.account_name,
        "account_name_folded": common_form(member.account_name),
        "roles": format_roles(member.roles),
    }
    connection.execute(insert(MemberRow), values)


def delete_member(connection: Connection, member: Member) -> None:
    """Takes the member out, where they are in."""
    same = (MemberRow.team_id == member.team_id, MemberRow.slack_user_id == member.slack_user_id)
    connection.execute(delete(MemberRow).where(*same))


def _member(row: AnyRow) -> Member:
    return Member(row.team_id, row.slack_user_id, row.name, row.account_name, parse_roles(row.roles))
