"""The members of a bundle: kept as the bundle has them, nobody removed; and what the audit says of each change."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection

from store.domain.imports import BrokenBundle
from store.domain.people import Capability, Member, format_roles, parse_roles
from store.queries.imports.staging import list_staged_members
from store.queries.members import find_team, list_members, put_member


@dataclass(frozen=True, slots=True)
class MemberChange:
    """A member that the bundle made or changed."""

    slack_user_id: str
    new: bool
    details: dict[str, object]
    """As the audit keeps it: `before`, which may be None, and `after`."""


def merge_members(connection: Connection, file: str) -> tuple[MemberChange, ...]:
    """Keeps the staged members, as of the desk's workspace, and gives those that were not so already.

    Raises BrokenBundle naming `file` where a desk that had somebody to keep its members would have nobody.
    """
    team = find_team(connection)
    known = {member.slack_user_id: member for member in list_members(connection) if member.team_id == team}
    kept = dict(known)
    changes = []
    for row in list_staged_members(connection):
        member = Member(team, row.slack_user_id, row.name, row.account_name, parse_roles(row.roles))
        before = known.get(member.slack_user_id)
        if before == member:
            continue
        put_member(connection, member)
        kept[member.slack_user_id] = member
        details: dict[str, object] = {"before": _described(before) if before else None, "after": _described(member)}
        changes.append(MemberChange(member.slack_user_id, before is None, details))
    if _keeps_members(known) and not _keeps_members(kept):
        raise BrokenBundle(file, "would leave the desk without an admin; keep one, then import again")
    return tuple(changes)


def _keeps_members(members: dict[str, Member]) -> bool:
    return any(member.can(Capability.KEEP_MEMBERS) for member in members.values())


def _described(member: Member) -> dict[str, object]:
    return {"name": member.name, "account_name": member.account_name, "roles": format_roles(member.roles)}
