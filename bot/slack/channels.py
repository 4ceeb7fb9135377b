"""Channels as Slack describes them, asked each time: the list of a channel's readers is never remembered."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import structlog
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.slack.asking import WAIT_SECONDS, Asking
from bot.slack.errors import UNREACHED, Verdict, failure_of
from handlers.kit.channels import SlackSilent
from store.domain.channels import ChannelFacts

log = structlog.get_logger(__name__)

PAGE = 1000
"""People in one answer: Slack's maximum. https://docs.slack.dev/reference/methods/conversations.members"""
_UNSEEN = frozenset({"channel_not_found", "missing_scope", "method_not_supported_for_channel_type"})
"""Slack's codes also for a private channel that the bot is not in, and for direct messages between others."""


class Channels:
    """Looks channels up with `conversations.info` and `conversations.members`, without the person `bot_user_id`."""

    def __init__(self, client: WebClient, bot_user_id: str) -> None:
        self._client = client
        self._bot_user_id = bot_user_id

    def look(self, channel_id: str) -> ChannelFacts | None:
        """The channel as it is now; None if there is none that the bot can see. Raises SlackSilent."""
        return _told(partial(self.ask, channel_id))

    def look_in_time(self, asking: Asking, channel_id: str, seconds: float = WAIT_SECONDS) -> ChannelFacts | None:
        """The same, for an answering thread, which waits at most `seconds`. Raises SlackSilent."""
        ask = partial(self.ask, channel_id)
        return _told(partial(asking.result, f"channel {channel_id}", ask, seconds=seconds, fresh=True))

    def ask(self, channel_id: str) -> ChannelFacts | None:
        """The same, for callers that can wait. Raises SlackApiError or an UNREACHED if Slack does not answer."""
        try:
            return self._ask(channel_id)
        except SlackApiError as error:
            failure = failure_of(error)
            if failure.verdict is not Verdict.REFUSED or failure.code not in _UNSEEN:
                raise
            log.info("a channel that the bot may not see", code=failure.code)
            return None

    def _ask(self, channel_id: str) -> ChannelFacts:
        told: Mapping[str, Any] = self._client.conversations_info(channel=channel_id)["channel"]
        shared = leaves_the_organisation(told)
        archived = bool(told.get("is_archived"))
        bot_is_in = bool(told.get("is_member") or told.get("is_im"))
        reachable = bot_is_in and not archived and not shared
        people = self._people(channel_id) if reachable else frozenset()
        return ChannelFacts(str(told.get("name") or ""), archived, shared, bot_is_in, people)

    def _people(self, channel_id: str) -> frozenset[str]:
        people: set[str] = set()
        cursor = ""
        while True:
            answer = self._client.conversations_members(channel=channel_id, limit=PAGE, cursor=cursor)
            people.update(answer.get("members") or ())
            cursor = str((answer.get("response_metadata") or {}).get("next_cursor") or "")
            if not cursor:
                return frozenset(people - {self._bot_user_id})


def _told(ask: Callable[[], ChannelFacts | None]) -> ChannelFacts | None:
    try:
        return ask()
    except (SlackApiError, *UNREACHED) as error:
        log.warning("Slack does not tell of a channel", code=failure_of(error).code)
        raise SlackSilent from error


def leaves_the_organisation(told: Mapping[str, Any]) -> bool:
    """Whether another organisation reads there, or is invited.

    A channel shared between workspaces of one Enterprise organisation does not leave it: each person in it is judged by
    membership of the desk. A channel shared in a way that Slack does not name counts as leaving.
    https://docs.slack.dev/reference/objects/conversation-object
    """
    if any(told.get(name) for name in _ABROAD):
        return True
    return bool(told.get("is_shared")) and not told.get("is_org_shared")


_ABROAD = ("is_ext_shared", "is_pending_ext_shared", "pending_shared", "pending_connected_team_ids")
