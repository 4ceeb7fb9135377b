"""The workspace that the desk serves: the token's own, or one of an Enterprise organisation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

_TEAMS = 100
_PAGES = 20
_SHOWN = 10
"""The most workspaces that a refusal names."""


class SlackRefused(Exception):
    """Slack does not accept the bot's token, or cannot be reached, or the home workspace is not known.

    The message says which, and what to do.
    """


@dataclass(frozen=True, slots=True)
class Home:
    """The workspace whose people the desk serves, and the bot's identity there."""

    team_id: str
    bot_user_id: str
    bot_id: str
    enterprise_id: str = ""
    """Slack's id of the workspace's Enterprise organisation; empty if it has none."""


def greet(client: WebClient) -> Any:  # noqa: ANN401 - Slack's answer
    """The answer of `auth.test` about the bot's token. Raises SlackRefused."""
    try:
        return client.auth_test()
    except SlackApiError as error:
        raise SlackRefused(
            f"Slack refuses the bot token: {error.response.get('error', error.response.status_code)}"
        ) from None
    except OSError as error:
        raise SlackRefused(f"Slack cannot be reached at {client.base_url}: {error}") from None


def meet(client: WebClient, wanted: str = "", known: str = "") -> Home:
    """The bot's identity, and the workspace that it serves. Raises SlackRefused.

    The token of a workspace names that workspace. The token of a whole Enterprise organisation names none: the home is
    then `wanted` (the setting SLACK_TEAM_ID), or `known` (the workspace of the database), or the only workspace to
    which the app was added. https://docs.slack.dev/enterprise/developing-for-enterprise-orgs
    """
    return home_of(client, greet(client), wanted, known)


def home_of(client: WebClient, answer: Any, wanted: str = "", known: str = "") -> Home:  # noqa: ANN401 - Slack's answer
    """The home, from an answer of `auth.test`; see `meet`. Raises SlackRefused."""
    team, enterprise = str(answer.get("team_id") or ""), str(answer.get("enterprise_id") or "")
    if answer.get("is_enterprise_install") or not team.startswith("T"):
        team = _chosen(_teams(client), wanted, known)
    elif wanted not in ("", team):
        raise SlackRefused(
            f"SLACK_TEAM_ID is {wanted}, but the bot token belongs to the workspace {team}. Remove the setting, "
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
            "An organisation admin must add it to the workspace of the desk."
        )
    if wanted:
        if wanted in teams:
            return wanted
        raise SlackRefused(
            f"SLACK_TEAM_ID is {wanted}, but the app was not added to that workspace, only to {names}. "
            "Ask an organisation admin to add it there, or set one of these."
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
    """The names of the workspaces in which an organisation's token works, by their ids. Raises SlackRefused.

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
        raise SlackRefused(f"Slack does not say to which workspaces the app was added: {code}") from None
    except OSError as error:
        raise SlackRefused(f"Slack cannot be reached at {client.base_url}: {error}") from None
    return teams
