"""People for tests: members with their roles, and actors."""

from __future__ import annotations

import re

from store.domain.people import Actor, Member, Role

TEAM = "T0DESK"


def a_member(
    user: str = "U0MANAGER", *roles: Role, name: str = "", account_name: str = "", team_id: str = TEAM
) -> Member:
    """A member; by default a manager."""
    return Member(team_id, user, name or user.title(), account_name, frozenset(roles or {Role.MANAGER}))


def a_salesperson(account_name: str = "nancy", *, time_zone: str = "UTC", also: Role | None = None) -> Actor:
    """An actor who sees their own customers' orders, or all orders if they also have another role."""
    roles = (Role.SALESPERSON, also) if also else (Role.SALESPERSON,)
    return Actor(
        a_member(f"U0{re.sub('[^A-Z0-9]', '', account_name.upper())[:30]}", *roles, account_name=account_name),
        time_zone,
    )


def a_manager(*, time_zone: str = "UTC") -> Actor:
    """An actor who sees all orders."""
    return Actor(a_member("U0MANAGER", Role.MANAGER), time_zone)


def an_admin(*, time_zone: str = "UTC") -> Actor:
    """An actor who sees all orders and manages members."""
    return Actor(a_member("U0ADMIN", Role.ADMIN), time_zone)
