"""The workspace that the desk serves, as Slack knows it: of one installation, or one of an Enterprise organisation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

_TEAMS = 100
_PAGES = 20
_SHOWN = 10
"""Workspaces named in a refusal at most."""


class SlackRefused(Exception):
    """Slack does not know the bot's token, or could not be reached, or the home workspace is not known.

    The message says which, and what to do.
    """


@dataclass(frozen=True, slots=True)
class Home:
    """The workspace whose people the desk serves, and who the bot is there."""

    team_id: str
    bot_user_id: str
    bot_id: str
    enterprise_id: str = ""
    """Slack's id of the Enterprise organisation that the workspace is part of; empty where it is part of none."""


def greet(client: WebClient) -> Any:  # noqa: ANN401 - Slack's answer
    """What `auth.test` tells of the bot's token. Raises SlackRefused."""
    try:
        return client.auth_test()
    except SlackApiError as error:
        raise SlackRefused(
            f"Slack refuses the bot token: {error.response.get('error', error.response.status_code)}"
        ) from None
    except OSError as error:
        raise SlackRefused(f"Slack cannot be reached at {client.base_url}: {error}") from None


def meet(client: WebClient, wanted: str = "", known: str = "") -> Home:
    """Who the bot is, and in which workspace it serves. Raises SlackRefused.

    A token of one workspace tells the workspace itself. A token of a whole Enterprise organisation tells none: then it
    is `wanted` (the setting SLACK_TEAM_ID), else `known` (the one that the database belongs to), else the only one
    that the app was added to. https://docs.slack.dev/enterprise/developing-for-enterprise-orgs
    """
    return home_of(client, greet(client), wanted, known)


def home_of(client: WebClient, answer: Any, wanted: str = "", known: str = "") -> Home:  # noqa: ANN401 - Slack's answer
    """The home by an answer of `auth.test`; see `meet`. Raises SlackRefused."""
    team, enterprise = str(answer.get("team_id") or ""), str(answer.get("enterprise_id") or "")
    if answer.get("is_enterprise_install") or not team.startswith("T"):
        team = _chosen(_teams(client), wanted, known)
    elif wanted not in ("", team):
        raise SlackRefused(
            f"SLACK_TEAM_ID is {wanted}, but the bot token is of the workspace {team}. Take the setting away, "
            "or copy the token of the right workspace."
        )
    return Home(team, str(answer["user_id"]), str(answer.get("bot_id") or ""), enterprise)


def _chosen(teams: dict[str, str], wanted: str, known: str) -> str:
    names = ", ".join(f"{id_} ({name})" for id_, name in list(teams.items())[:_SHOWN])
    if len(teams) > _SHOWN:
        names += f" and {len(teams) - _SHOWN} more"
    if not teams:
        raise SlackRefused(
            "The app is installed for a whole Enterprise organisation, but was added to no workspace of it. "
            "An organisation admin adds it to the workspace of the desk."
        )
    if wanted:
        if wanted in teams:
            return wanted
        raise SlackRefused(
            f"SLACK_TEAM_ID is {wanted}, but the app was not added to that workspace, only to {names}. "
            "An organisation admin adds it there, or the setting names one of these."
        )
    if known in teams:
        return known
    if len(teams) == 1:
        return next(iter(teams))
    raise SlackRefused(
        "The app is installed for a whole Enterprise organisation, and was added to several workspaces: "
        f"{names}. Set SLACK_TEAM_ID to the one whose people the desk serves."
    )


def _teams(client: WebClient) -> dict[str, str]:
    """Names of the workspaces that a token of a whole organisation is good for, by their ids. Raises SlackRefused.

    https://docs.slack.dev/reference/methods/auth.teams.list
    """
    teams: dict[str, str] = {}
    cursor = ""
    try:
        for _ in range(_PAGES):
            answer = client.auth_teams_list(limit=_TEAMS, cursor=cursor or None)
            teams.update((str(team["id"]), str(team.get("name") or "")) for team in answer.get("teams") or ())
            cursor = str((answer.get("response_metadata") or {}).get("next_cursor") or "")
            if not cursor:
                break
    except SlackApiError as error:
        code = error.response.get("error", error.response.status_code)
        raise SlackRefused(f"Slack does not tell the workspaces that the app was added to: {code}") from None
    except OSError as error:
        raise SlackRefused(f"Slack cannot be reached at {client.base_url}: {error}") from None
    return teams
