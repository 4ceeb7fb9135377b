"""The people around an export: who asked for it, and who of those that it is shown to may not see all of it."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Connection

from store.domain.exports.rules import covers
from store.domain.people import Capability, Member, Person, Reach
from store.queries.members import list_members
from store.services.presence import known_member


def find_asker(connection: Connection, requester: Person, admins: frozenset[str]) -> Member | None:
    """Who asked for an export, as the desk knows them now."""
    return known_member(connection, requester.team_id, requester.slack_user_id, admins)


def count_outsiders(connection: Connection, team_id: str, reach: Reach, slack_user_ids: Collection[str]) -> int:
    """How many of these people of that workspace may not see all that the reach sees."""
    # A channel may have thousands of people, and a desk has few members: these are asked for, all at once.
    seeing = {
        member.slack_user_id
        for member in list_members(connection)
        if member.team_id == team_id and member.can(Capability.SEARCH) and covers(member.reach, reach)
    }
    return len(set(slack_user_ids) - seeing)
