"""Response urls: five answers within thirty minutes to something that a person did.

Source: https://docs.slack.dev/interactivity/handling-user-interaction#message_responses
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sandbox import limits
from sandbox.errors import SlackError
from sandbox.messages import Messages
from sandbox.names import make_secret
from sandbox.team import Team
from sandbox.values import Json, Wire

USES = 5
SECONDS = 30 * 60.0


@dataclass(slots=True)
class _ResponseUrl:
    channel: str
    user: str
    message_ts: str | None
    made: float
    uses: int = 0


class ResponseUrls:
    """All response urls handed out."""

    def __init__(self, team: Team, messages: Messages) -> None:
        self._team = team
        self._messages = messages
        self._urls: dict[str, _ResponseUrl] = {}

    def make(self, kind: str, channel: str, user: str, message_ts: str | None = None) -> str:
        """Make an address; `kind` is the word in its path. `message_ts` is the message it can replace or delete."""
        key = f"{kind}/{self._team.team_id}/{make_secret()}"
        with self._team.lock:
            self._urls[key] = _ResponseUrl(channel, user, message_ts, self._team.clock())
        return f"{self._team.base_url}hooks/{key}"

    def whose(self, key: str) -> Json:
        """Where and for whom an address was made, as arguments of a call; empty if the address is unknown."""
        with self._team.lock:
            target = self._urls.get(key)
        return {"channel": target.channel, "user": target.user} if target else {}

    def answer(self, key: str, body: Wire) -> None:
        """Carry out what was posted to an address. Raises SlackError: used_url, expired_url, and those of messages."""
        with self._team.changing():
            target = self._urls.get(key)
            if target is None:
                raise SlackError("no_service")
            if self._team.clock() - target.made > SECONDS:
                raise SlackError("expired_url")
            if target.uses >= USES:
                raise SlackError("used_url")
            target.uses += 1
            self._apply(target, body)

    def answer_command(self, url: str, body: Wire) -> None:
        """Post the acknowledgement of a command; this does not count as a use of the address. Raises SlackError."""
        key = url.removeprefix(f"{self._team.base_url}hooks/")
        with self._team.changing():
            self._apply(self._urls[key], body if isinstance(body, Mapping) else {"text": str(body)})

    def _apply(self, target: _ResponseUrl, body: Wire) -> None:
        if not isinstance(body, Mapping):
            raise SlackError("invalid_payload")
        messages = self._messages
        if body.get("delete_original"):
            messages.delete(messages.get(target.channel, self._original(target)))
            return
        words, blocks = body.get("text") or "", body.get("blocks") or []
        if not words and not blocks:
            raise SlackError("no_text")
        kept = limits.check_message(words, blocks)
        if body.get("replace_original"):
            original = messages.get(target.channel, self._original(target))
            messages.edit(original, text=words, blocks=kept, metadata=original.metadata, edited=not kept)
            return
        self._post(target, body, words, kept)

    def _original(self, target: _ResponseUrl) -> str:
        if target.message_ts is None:
            raise SlackError("message_not_found")
        return target.message_ts

    def _post(self, target: _ResponseUrl, body: Mapping[str, Any], words: str, blocks: list[Json]) -> None:
        channel = self._team.channel(target.channel)
        if channel.is_archived:
            raise SlackError("is_archived")
        self._messages.post(
            target.channel,
            self._team.bot.id,
            words,
            blocks=blocks,
            metadata=body.get("metadata"),
            thread_ts=body.get("thread_ts"),
            ephemeral_to=None if body.get("response_type") == "in_channel" else target.user,
        )
