"""The calls of Slack that show, find and take back the messages of the outbox. Knows no database and no outcome.

Each message carries its row's key in its metadata. Each call raises SlackApiError or what UNREACHED names.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.metrics import Metrics
from bot.slack.errors import failure_of
from handlers.kit.messages import Message
from store.domain.outbox import OutboxItem, Place

EVENT_TYPE = "order_desk_news"
SKEW_SECONDS = 300.0
"""How far Slack's clock and the desk's may be apart."""
_PAGE = 200
_PAGES = 10


class Messages:
    """`recipients`: the names that rows may carry in the place of a Slack id, with what they stand for. `answered`: is
    called when Slack has taken a call.
    """

    def __init__(
        self, client: WebClient, recipients: Mapping[str, str], metrics: Metrics, answered: Callable[[], None]
    ) -> None:
        self._client = client
        self._recipients = recipients
        self._metrics = metrics
        self._answered = answered
        self._direct: dict[str, str] = {}

    @property
    def longest_call(self) -> float:
        """Seconds that a call may take: the client's time-out holds for connecting, sending and the answer each."""
        return 3.0 * self._client.timeout

    def post(self, item: OutboxItem, channel: str, message: Message) -> Place:
        """Posts the row's message: the one call that must not be made twice."""
        arguments = {
            "channel": channel,
            **message.arguments(),
            "metadata": {"event_type": EVENT_TYPE, "event_payload": {"outbox": item.key}},
            "unfurl_links": False,
            "unfurl_media": False,
        }
        if item.thread:
            arguments["thread_ts"] = item.thread.ts
        answer = self._call("chat.postMessage", arguments)
        return Place(str(answer["channel"]), str(answer["ts"]))

    def update(self, place: Place, message: Message) -> None:
        """Makes the message there show this."""
        self._call("chat.update", {"channel": place.channel, "ts": place.ts, **message.arguments()})

    def delete(self, place: Place) -> None:
        """Takes the message there back; nothing where it is gone already."""
        try:
            self._call("chat.delete", {"channel": place.channel, "ts": place.ts})
        except SlackApiError as error:
            if failure_of(error).code != "message_not_found":
                raise

    def find(self, item: OutboxItem, channel: str) -> tuple[Place, ...]:
        """Where the row's message stands, newest first: an earlier attempt may have posted it."""
        oldest = f"{item.created_at.timestamp() - SKEW_SECONDS:.6f}"
        arguments = {"channel": channel, "oldest": oldest, "limit": _PAGE, "include_all_metadata": True}
        method = "conversations.history"
        if item.thread:
            method, arguments = "conversations.replies", {**arguments, "ts": item.thread.ts}
        found: list[Place] = []
        for _ in range(_PAGES):
            answer = self._call(method, arguments, read=True)
            for message in answer.get("messages") or ():
                metadata = message.get("metadata") or {}
                if metadata.get("event_type") == EVENT_TYPE and metadata.get("event_payload") == {"outbox": item.key}:
                    found.append(Place(channel, str(message["ts"])))
            cursor = (answer.get("response_metadata") or {}).get("next_cursor")
            if not cursor:
                break
            arguments = {**arguments, "cursor": cursor}
        return tuple(found)

    def channel_of(self, recipient: str) -> str:
        """The channel of that name, or the direct messages with that person."""
        if recipient in self._recipients:
            return self._recipients[recipient]
        if not recipient.startswith(("U", "W")):
            return recipient
        if recipient not in self._direct:
            answer = self._call("conversations.open", {"users": recipient})
            self._direct[recipient] = str(answer["channel"]["id"])
        return self._direct[recipient]

    def forget_channel_of(self, recipient: str) -> None:
        """Asks Slack again for the direct messages with that person, when they are next needed."""
        self._direct.pop(recipient, None)

    def _call(self, method: str, arguments: Mapping[str, Any], *, read: bool = False) -> Any:  # noqa: ANN401 - Slack's answer
        try:
            if read:
                answer = self._client.api_call(method, http_verb="GET", params=_as_query(arguments))
            else:
                answer = self._client.api_call(method, json=dict(arguments))
        except Exception as error:
            if isinstance(error, SlackApiError | OSError):
                self._metrics.slack_calls.labels(method, failure_of(error).code).inc()
            raise
        self._metrics.slack_calls.labels(method, "ok").inc()
        self._answered()
        return answer


def _as_query(arguments: Mapping[str, Any]) -> dict[str, str]:
    return {name: str(value).lower() if isinstance(value, bool) else str(value) for name, value in arguments.items()}
