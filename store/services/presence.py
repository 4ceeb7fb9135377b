"""Who a person is now, read in the transaction that needs to know."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import Connection

from store.domain.people import Actor, Member, NotAMember, Role
from store.queries.members import find_member, find_team, has_members, hold_member


def known_member(connection: Connection, team_id: str, slack_user_id: str, admins: frozenset[str]) -> Member | None:
    """The person's membership now: a member, or an admin from the settings while there are no members; else None."""
    found = find_member(connection, team_id, slack_user_id)
    return found or _founding_admin(connection, team_id, slack_user_id, admins)


def present_actor(connection: Connection, actor: Actor, admins: frozenset[str]) -> Actor:
    """The actor with their present roles. A change or removal of the member waits for this transaction.

    Raises NotAMember if they are no longer a member.
    """
    team, user = actor.member.team_id, actor.member.slack_user_id
    member = hold_member(connection, team, user) or _founding_admin(connection, team, user, admins)
    if member is None:
        raise NotAMember
    return replace(actor, member=member)


def _founding_admin(connection: Connection, team_id: str, slack_user_id: str, admins: frozenset[str]) -> Member | None:
    if slack_user_id not in admins or has_members(connection) or find_team(connection) not in ("", team_id):
        return None
    return Member(team_id, slack_user_id, slack_user_id, "", frozenset({Role.ADMIN}))
