"""Members and the workspace they are of: rows in, members out. Knows no rule of who may change them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, exists, insert, select, update

from store.domain.people import Member, format_roles, parse_roles
from store.domain.texts import common_form
from store.queries.reading import AnyRow
from store.tables import MemberRow, WorkspaceRow

_MEMBERS = select(
    MemberRow.team_id, MemberRow.slack_user_id, MemberRow.name, MemberRow.account_name, MemberRow.roles
).order_by(MemberRow.slack_user_id)
_MEMBER = _MEMBERS.where(MemberRow.team_id == bindparam("team"), MemberRow.slack_user_id == bindparam("user"))
_HELD = _MEMBER.with_for_update(read=True)
_ANY = select(exists(select(MemberRow.slack_user_id)))
_INSERT = insert(MemberRow)
_DELETE = delete(MemberRow).where(MemberRow.team_id == bindparam("team"), MemberRow.slack_user_id == bindparam("user"))
_TEAM = select(WorkspaceRow.team_id)
_MEET = insert(WorkspaceRow)
_TOUCH = update(WorkspaceRow).values(met_at=WorkspaceRow.met_at)
_ADOPT = update(MemberRow).where(MemberRow.team_id == "").values(team_id=bindparam("team"))


def find_team(connection: Connection) -> str:
    """The team id of the workspace that the database belongs to; empty before the desk first meets it."""
    return connection.execute(_TEAM).scalar() or ""


def meet_team(connection: Connection, team_id: str, at: datetime) -> int:
    """Makes the database that workspace's, and its members members of it; gives their number."""
    connection.execute(_MEET, {"team_id": team_id, "met_at": at})
    return connection.execute(_ADOPT, {"team": team_id}).rowcount


def touch_team(connection: Connection) -> None:
    """Writes the workspace as it is: what comes of it is whether anything can be written."""
    connection.execute(_TOUCH)


def find_member(connection: Connection, team_id: str, slack_user_id: str) -> Member | None:
    """The member, or None."""
    row = connection.execute(_MEMBER, {"team": team_id, "user": slack_user_id}).first()
    return _member(row) if row else None


def hold_member(connection: Connection, team_id: str, slack_user_id: str) -> Member | None:
    """The member, or None; others who change or remove them wait until this transaction has ended."""
    row = connection.execute(_HELD, {"team": team_id, "user": slack_user_id}).first()
    return _member(row) if row else None


def has_members(connection: Connection) -> bool:
    """Whether the desk has any member."""
    return bool(connection.execute(_ANY).scalar())


def list_members(connection: Connection) -> tuple[Member, ...]:
    """All members, by Slack user id."""
    return tuple(_member(row) for row in connection.execute(_MEMBERS))


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
    connection.execute(_INSERT, values)


def delete_member(connection: Connection, member: Member) -> None:
    """Takes the member out, where they are in."""
    connection.execute(_DELETE, {"team": member.team_id, "user": member.slack_user_id})


def _member(row: AnyRow) -> Member:
    return Member(row.team_id, row.slack_user_id, row.name, row.account_name, parse_roles(row.roles))
