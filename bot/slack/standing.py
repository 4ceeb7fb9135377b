"""Whether a person belongs to the desk's workspace, judged here alone from what Slack says. Pure.

On an Enterprise Grid, a person is in several workspaces, and Slack may name any of them first. What counts is whether
the desk's own is among them. https://docs.slack.dev/enterprise/developing-for-enterprise-orgs
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

_NOT_FULL = ("is_bot", "is_workflow_bot", "deleted", "is_restricted", "is_ultra_restricted")


class Standing(StrEnum):
    """A person's relation to a workspace. Only people who belong are served."""

    BELONGS = "belongs"
    GUEST = "guest"
    """A guest, a bot, or a deactivated person of the workspace."""
    OTHER_WORKSPACE = "other_workspace"
    """A person from another workspace of the same Enterprise organisation."""
    OTHER_ORGANISATION = "other_organisation"
    UNTOLD = "untold"
    """Slack's answer names no workspace at all."""


@dataclass(frozen=True, slots=True)
class Affiliation:
    """A person's workspaces, and whether they are a full member there, from one user object."""

    teams: frozenset[str]
    enterprise_id: str
    """Slack's id of the person's Enterprise organisation; empty if none."""
    full_member: bool
    """False for guests, bots and deactivated people."""
    stranger: bool
    """Slack itself says they are from elsewhere, and lists no workspaces that say otherwise."""

    def standing(self, team_id: str, enterprise_id: str = "", named: str = "") -> Standing:
        """The person's relation to the workspace `team_id` of the organisation `enterprise_id`.

        `named` is the team that a payload names for them, empty if none. Slack's ids of people belong to a workspace:
        if the payload names one that they are not in, it means somebody else.
        """
        if not self.teams:
            return Standing.UNTOLD
        here = team_id in self.teams and not self.stranger
        if here and named and named not in self.teams | {self.enterprise_id}:
            return Standing.OTHER_ORGANISATION
        if not here:
            same = enterprise_id and self.enterprise_id == enterprise_id
            return Standing.OTHER_WORKSPACE if same else Standing.OTHER_ORGANISATION
        return Standing.BELONGS if self.full_member else Standing.GUEST

    def belongs_to(self, team_id: str) -> bool:
        """Whether they are a full member of that workspace."""
        return self.standing(team_id) is Standing.BELONGS


def affiliation(user: Mapping[str, Any]) -> Affiliation:
    """Reads a user object. Source: https://docs.slack.dev/reference/objects/user-object"""
    enterprise = user.get("enterprise_user")
    enterprise = enterprise if isinstance(enterprise, Mapping) else {}
    listed = enterprise.get("teams")
    teams = {team for team in listed if isinstance(team, str) and team} if isinstance(listed, list | tuple) else set()
    if not teams and user.get("team_id"):
        # Outside an Enterprise Grid there is one team. On a Grid the list is complete, and the team named next to it
        # may be # any of them, or the organisation.
        teams = {str(user["team_id"])}
    return Affiliation(
        teams=frozenset(teams),
        enterprise_id=str(enterprise.get("enterprise_id") or ""),
        full_member=not any(user.get(name) for name in _NOT_FULL),
        stranger=bool(user.get("is_stranger")) and not listed,
    )
