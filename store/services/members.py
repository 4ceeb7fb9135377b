"""Who may do what: members and their workspace. Each change writes its audit row in its transaction."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from sqlalchemy import Connection

from store.database import Database
from store.domain.audit import AuditEntry
from store.domain.clock import Clock
from store.domain.errors import OtherWorkspace
from store.domain.orders.criterion import can_be_kept
from store.domain.people import Capability, InvalidMember, LastAdmin, Member, NotAMember, Role, format_roles
from store.queries.audit import append_audit
from store.queries.locks import Lock, serialise
from store.queries.members import (
    delete_member,
    find_member,
    find_team,
    list_members,
    meet_team,
    put_member,
)
from store.services.adjustments.records import showing_who_sees
from store.services.presence import known_member

MAX_ACCOUNT_NAME = 64
"""Characters of an account name, here and in bundles; PostgreSQL stores no more."""


class Members:
    """The people of the desk.

    `admins` are Slack user ids that may keep members as long as there are no members: the way into a new desk. `by`
    says who makes a change: `team/user` of Slack, or a part of the desk such as `command line`.
    """

    def __init__(self, database: Database, clock: Clock, admins: frozenset[str] = frozenset()) -> None:
        self._database = database
        self._clock = clock
        self._admins = admins

    def find(self, team_id: str, slack_user_id: str) -> Member | None:
        """The member of that Slack workspace with that id; None for everybody else."""
        with self._database.read() as connection:
            return known_member(connection, team_id, slack_user_id, self._admins)

    def list(self) -> tuple[Member, ...]:
        """All members, by Slack user id."""
        with self._database.read() as connection:
            return list_members(connection)

    def set(self, by: str, member: Member, origin: str = "") -> Member:
        """Stores the member as described, new or changed, and returns them with the desk's workspace.

        If nothing differs, nothing is written or audited. A member without a team id belongs to the desk's workspace.
        Raises InvalidMember for one of another workspace or with a name that cannot be stored, LastAdmin if no admin
        would remain.
        """
        _check_texts(member)
        with self._database.write() as connection:
            serialise(connection, Lock.MEMBERS)
            team = find_team(connection)
            if member.team_id not in ("", team):
                raise InvalidMember(f"the workspace {member.team_id} is not this desk's")
            member = replace(member, team_id=team)
            before = find_member(connection, team, member.slack_user_id)
            if before == member:
                return member
            if before:
                _keep_an_admin(_others(connection, before), before, member)
            details: dict[str, object] = {"before": _described(before) if before else None, "after": _described(member)}
            entry = self._entry(connection, by, "member.set", member.slack_user_id, details, origin)
            with showing_who_sees(connection):
                put_member(connection, member)
            append_audit(connection, entry)
        return member

    def remove(self, by: str, slack_user_id: str, origin: str = "") -> None:
        """Removes a member. Raises NotAMember, and LastAdmin if the remaining members would have no admin."""
        with self._database.write() as connection:
            serialise(connection, Lock.MEMBERS)
            known = can_be_kept(slack_user_id)
            member = find_member(connection, find_team(connection), slack_user_id) if known else None
            if member is None:
                raise NotAMember
            others = _others(connection, member)
            if others:
                _keep_an_admin(others, member, None)
            details: dict[str, object] = {"before": _described(member), "after": None}
            entry = self._entry(connection, by, "member.remove", slack_user_id, details, origin)
            with showing_who_sees(connection):
                delete_member(connection, member)
            append_audit(connection, entry)

    def workspace(self) -> str:
        """Slack's id of the database's workspace; empty until the desk has met one."""
        with self._database.read() as connection:
            return find_team(connection)

    def meet_workspace(self, team_id: str) -> None:
        """Assigns the database and its members to this workspace at the first meeting.

        Raises OtherWorkspace if it belongs to another: nobody may see the orders of another workspace.
        """
        with self._database.write() as connection:
            serialise(connection, Lock.MEMBERS)
            known = find_team(connection)
            if known == team_id:
                return
            if known:
                raise OtherWorkspace(known, team_id)
            adopted = meet_team(connection, team_id, self._clock())
            entry = self._entry(connection, "desk", "workspace.meet", team_id, {"members": adopted}, "")
            append_audit(connection, entry)

    def _entry(
        self, connection: Connection, by: str, action: str, subject: str, details: dict[str, object], origin: str
    ) -> AuditEntry:
        team, _, user = by.partition("/")
        changer = find_member(connection, team, user) if user else None
        # Others who get here: an admin from the settings, or a part of the desk.
        roles = format_roles(changer.roles) if changer else str(Role.ADMIN) if user in self._admins else ""
        return AuditEntry(self._clock(), by, roles, action, subject, details, origin)


def _check_texts(member: Member) -> None:
    """Refuses bytes that are not text: a command line passes them as surrogates, which no database stores."""
    if not can_be_kept(member.name + member.account_name):
        raise InvalidMember("the names hold something that is not text in UTF-8")
    if len(member.account_name) > MAX_ACCOUNT_NAME:
        raise InvalidMember(f"an account name has at most {MAX_ACCOUNT_NAME} characters")


def _others(connection: Connection, member: Member) -> tuple[Member, ...]:
    return tuple(other for other in list_members(connection) if other.slack_user_id != member.slack_user_id)


def _keep_an_admin(others: Iterable[Member], before: Member, after: Member | None) -> None:
    """A desk that never had an admin is kept from the command line, and may go on so. A desk with one keeps one."""
    staying = [*others, after] if after else others
    if before.can(Capability.KEEP_MEMBERS) and not any(member.can(Capability.KEEP_MEMBERS) for member in staying):
        raise LastAdmin


def _described(member: Member) -> dict[str, object]:
    return {"name": member.name, "account_name": member.account_name, "roles": format_roles(member.roles)}
