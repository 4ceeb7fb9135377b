"""Members: who is known, who keeps whom, and which workspace the desk is of."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from store.database import Database
from store.domain.errors import OtherWorkspace
from store.domain.people import InvalidMember, LastAdmin, Member, NotAMember, Role
from store.queries.audit import stream_audit
from store.services.audit import Audit
from store.services.members import Members
from tests.support.people import TEAM, a_member

NOW = datetime(2026, 5, 1, 8, tzinfo=UTC)


def clock() -> datetime:
    return NOW


@pytest.fixture
def members(database: Database) -> Members:
    """The members of a desk that has met its workspace; U0ROOT is an admin by the settings."""
    desk = Members(database, clock, frozenset({"U0ROOT"}))
    desk.meet_workspace(TEAM)
    return desk


def audited(database: Database) -> list[tuple[str, str, str, str, dict[str, object]]]:
    with database.read() as connection:
        return [
            (row.entry.actor, row.entry.roles, row.entry.action, row.entry.subject, row.entry.details)
            for row in stream_audit(connection)
        ]


def test_a_member_is_known_by_team_and_user(members: Members) -> None:
    nancy = members.set(
        "command line", a_member("U1", Role.SALESPERSON, name="Nancy", account_name=" Nancy ", team_id="")
    )
    assert nancy == Member(TEAM, "U1", "Nancy", "nancy", frozenset({Role.SALESPERSON}))
    assert members.find(TEAM, "U1") == nancy
    assert members.find("T0OTHER", "U1") is None
    assert members.find("", "U1") is None
    assert members.find(TEAM, "U2") is None
    assert members.list() == (nancy,)


def test_admins_of_the_settings_count_only_while_there_is_no_member_and_only_in_this_workspace(
    members: Members,
) -> None:
    root = members.find(TEAM, "U0ROOT")
    assert root is not None
    assert root.roles == {Role.ADMIN}
    assert members.find("T0OTHER", "U0ROOT") is None
    assert members.find(TEAM, "U0ELSE") is None
    members.set(f"{TEAM}/U0ROOT", a_member("U1", Role.ADMIN))
    assert members.find(TEAM, "U0ROOT") is None
    members.remove(f"{TEAM}/U1", "U1")
    assert members.find(TEAM, "U0ROOT") is not None


def test_each_change_is_audited_once_and_no_change_is_not(database: Database, members: Members) -> None:
    members.set(f"{TEAM}/U0ROOT", a_member("U1", Role.ADMIN, name="Ann"))
    members.set(f"{TEAM}/U1", a_member("U2", Role.SALESPERSON, name="Bo", account_name="bo"))
    members.set(f"{TEAM}/U1", a_member("U2", Role.SALESPERSON, name="Bo", account_name="bo"))
    members.set("command line", a_member("U2", Role.SALESPERSON, Role.MANAGER, name="Bo", account_name="bo"))
    members.remove(f"{TEAM}/U1", "U2")
    ann = {"name": "Ann", "account_name": "", "roles": "admin"}
    bo = {"name": "Bo", "account_name": "bo", "roles": "salesperson"}
    both = {**bo, "roles": "salesperson;manager"}
    assert audited(database) == [
        ("desk", "", "workspace.meet", TEAM, {"members": 0}),
        (f"{TEAM}/U0ROOT", "admin", "member.set", "U1", {"before": None, "after": ann}),
        (f"{TEAM}/U1", "admin", "member.set", "U2", {"before": None, "after": bo}),
        ("command line", "", "member.set", "U2", {"before": bo, "after": both}),
        (f"{TEAM}/U1", "admin", "member.remove", "U2", {"before": both, "after": None}),
    ]
    assert Audit(database).verify().whole


def test_the_last_admin_stays_while_there_are_members(database: Database, members: Members) -> None:
    members.set("command line", a_member("U1", Role.ADMIN))
    members.set("command line", a_member("U2", Role.MANAGER))
    before = audited(database)
    with pytest.raises(LastAdmin):
        members.remove("command line", "U1")
    with pytest.raises(LastAdmin):
        members.set("command line", a_member("U1", Role.MANAGER))
    assert audited(database) == before
    assert [member.roles for member in members.list()] == [{Role.ADMIN}, {Role.MANAGER}]
    members.set("command line", a_member("U2", Role.MANAGER, Role.ADMIN))
    members.remove("command line", "U1")
    assert [member.slack_user_id for member in members.list()] == ["U2"]


def test_the_very_last_member_may_go_and_members_may_be_kept_without_an_admin_from_the_command_line(
    members: Members,
) -> None:
    members.set("command line", a_member("U1", Role.MANAGER))
    members.set("command line", a_member("U2", Role.MANAGER))
    members.remove("command line", "U1")
    members.set("command line", a_member("U2", Role.ADMIN))
    members.remove("command line", "U2")
    assert members.list() == ()


def test_the_only_member_does_not_lay_down_being_admin(members: Members) -> None:
    members.set("command line", a_member("U1", Role.ADMIN))
    with pytest.raises(LastAdmin):
        members.set("command line", a_member("U1", Role.MANAGER))


def test_who_is_no_member_cannot_be_removed(database: Database, members: Members) -> None:
    before = audited(database)
    with pytest.raises(NotAMember):
        members.remove("command line", "U404")
    assert audited(database) == before


def test_members_set_before_the_first_serve_are_taken_into_the_workspace(database: Database) -> None:
    members = Members(database, clock)
    members.set("command line", a_member("U1", Role.ADMIN, team_id=""))
    assert members.find(TEAM, "U1") is None
    members.meet_workspace(TEAM)
    members.meet_workspace(TEAM)
    assert members.find(TEAM, "U1") is not None
    assert audited(database)[1:] == [("desk", "", "workspace.meet", TEAM, {"members": 1})]


def test_a_database_of_another_workspace_is_refused(database: Database, members: Members) -> None:
    before = audited(database)
    with pytest.raises(OtherWorkspace) as refused:
        members.meet_workspace("T0OTHER")
    assert (refused.value.known, refused.value.found) == (TEAM, "T0OTHER")
    with pytest.raises(InvalidMember, match="T0OTHER"):
        members.set("command line", a_member("U1", team_id="T0OTHER"))
    assert audited(database) == before
    assert members.list() == ()


def test_of_two_admins_who_remove_each_other_at_once_one_stays(database: Database, members: Members) -> None:
    members.set("command line", a_member("U1", Role.ADMIN))
    members.set("command line", a_member("U2", Role.ADMIN))
    members.set("command line", a_member("U3", Role.MANAGER))
    start = threading.Barrier(2)
    refused: list[LastAdmin] = []

    def remover(by: str, user: str) -> Callable[[], None]:
        def work() -> None:
            start.wait()
            try:
                members.remove(f"{TEAM}/{by}", user)
            except LastAdmin as refusal:
                refused.append(refusal)

        return work

    threads = [threading.Thread(target=remover("U1", "U2")), threading.Thread(target=remover("U2", "U1"))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refused) == 1
    assert len(members.list()) == 2
    assert Audit(database).verify().whole
