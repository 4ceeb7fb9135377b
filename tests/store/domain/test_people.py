"""Who may do what, and how far a person sees."""

from __future__ import annotations

from itertools import chain, combinations

import pytest

from store.domain.people import (
    CAPABILITIES,
    EVERYTHING,
    Actor,
    Capability,
    InvalidMember,
    Member,
    NotPermitted,
    Reach,
    Role,
    format_roles,
    parse_roles,
)

EVERY_SET_OF_ROLES = [
    frozenset(roles) for roles in chain.from_iterable(combinations(Role, number) for number in range(1, len(Role) + 1))
]


@pytest.mark.parametrize("roles", EVERY_SET_OF_ROLES, ids=format_roles)
def test_a_salesperson_and_nothing_else_sees_only_their_own(roles: frozenset[Role]) -> None:
    member = Member("T1", "U1", "Nancy", " Nancy ", roles)
    if roles == {Role.SALESPERSON}:
        assert member.reach == Reach("nancy")
        assert not member.reach.everything
        assert member.reach.covers("nancy")
        assert not member.reach.covers("margaret")
    else:
        assert member.reach == EVERYTHING
        assert member.reach.everything
        assert member.reach.covers("margaret")
    assert Actor(member).reach == member.reach


ALLOWED = {
    Role.SALESPERSON: {Capability.SEARCH, Capability.SUBMIT_ADJUSTMENT, Capability.EXPORT, Capability.SHARE},
    Role.MANAGER: {
        Capability.SEARCH,
        Capability.SUBMIT_ADJUSTMENT,
        Capability.EXPORT,
        Capability.SHARE,
        Capability.DECIDE_ADJUSTMENT,
    },
    Role.ADMIN: set(Capability),
}


@pytest.mark.parametrize("roles", EVERY_SET_OF_ROLES, ids=format_roles)
@pytest.mark.parametrize("capability", Capability)
def test_a_person_may_what_any_of_their_roles_may(roles: frozenset[Role], capability: Capability) -> None:
    actor = Actor(Member("T1", "U1", "Ann", "ann", roles))
    if any(capability in ALLOWED[role] for role in roles):
        assert actor.can(capability)
        actor.require(capability)
        return
    assert not actor.can(capability)
    with pytest.raises(NotPermitted) as refused:
        actor.require(capability)
    assert refused.value.capability is capability


def test_every_role_has_its_line_in_the_table() -> None:
    assert set(CAPABILITIES) == set(Role)


@pytest.mark.parametrize(
    ("user", "account_name", "roles", "reason"),
    [
        (
            "nancy",
            "a",
            {Role.ADMIN},
            "a member needs their Slack user id, which begins with U or W, such as U0123ABCD",
        ),
        ("U1", "a", set(), "a member needs at least one role: salesperson, manager, admin"),
        ("U1", " ", {Role.SALESPERSON}, "a salesperson needs the account name that their customers carry"),
    ],
)
def test_a_member_that_cannot_be_is_refused(user: str, account_name: str, roles: set[Role], reason: str) -> None:
    with pytest.raises(InvalidMember) as refused:
        Member("T1", user, "Somebody", account_name, frozenset(roles))
    assert refused.value.reason == reason


def test_who_has_another_role_needs_no_account_name() -> None:
    assert Member("T1", "U1", "Ann", "", frozenset({Role.SALESPERSON, Role.MANAGER})).reach == EVERYTHING


@pytest.mark.parametrize(
    ("text", "roles"),
    [
        ("salesperson", {Role.SALESPERSON}),
        (" Manager ; ADMIN;", {Role.MANAGER, Role.ADMIN}),
        ("admin,salesperson", {Role.SALESPERSON, Role.ADMIN}),
        ("", set()),
        (" ; , ", set()),
    ],
)
def test_roles_are_read_from_text(text: str, roles: set[Role]) -> None:
    assert parse_roles(text) == roles
    assert parse_roles(format_roles(frozenset(roles))) == roles


def test_an_unknown_role_is_named_with_those_that_exist() -> None:
    with pytest.raises(InvalidMember) as refused:
        parse_roles("manager;boss")
    assert refused.value.reason == "unknown role 'boss'; there are salesperson, manager, admin"


def test_roles_are_written_in_one_order() -> None:
    assert format_roles(frozenset({Role.ADMIN, Role.SALESPERSON, Role.MANAGER})) == "salesperson;manager;admin"


def test_where_an_actor_asks_from_does_not_make_them_another() -> None:
    member = Member("T1", "U1", "Ann", "ann", frozenset({Role.ADMIN}))
    assert Actor(member, origin="button") == Actor(member, origin="command")
