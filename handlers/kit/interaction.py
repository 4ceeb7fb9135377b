"""Requests, read once from Slack's payload at the edge. Nothing behind this module looks into a payload."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import Any

from handlers.kit.escapes import unescape
from handlers.kit.shapes import element, id_of, part, parts, state_values, word
from handlers.kit.state import StaleScreen
from store.domain.people import Actor

LATE = timedelta(seconds=2.5)
"""A request that is taken up later than this after receipt gets no answer: the answer needs time to reach Slack."""
ENTRY_MARK = ":"
"""Separates, in a menu's entry, the action id from what the entry carries."""

_LONGEST_ID = 200
"""Characters. Slack's ids have a few dozen."""


class PayloadKind(StrEnum):
    """The kinds of payload that Slack sends."""

    COMMAND = "command"
    ACTION = "block_actions"
    SUBMISSION = "view_submission"
    CLOSED = "view_closed"
    OPTIONS = "block_suggestion"
    EVENT = "event"


@dataclass(frozen=True, slots=True)
class ViewRef:
    """The view in which something happened."""

    id: str
    hash: str
    callback_id: str
    private_metadata: str
    root_view_id: str
    previous_view_id: str | None
    values: Mapping[str, Mapping[str, Any]]
    """Slack's `state.values`: block id, action id, element as `shapes.element` reads it."""
    type: str = "modal"

    @property
    def depth(self) -> int:
        """1 for the first modal, at most 3."""
        if self.id == self.root_view_id or self.previous_view_id is None:
            return 1
        return 2 if self.previous_view_id == self.root_view_id else 3


@dataclass(frozen=True, slots=True)
class Ask:
    """A payload in the bot's own terms, before the bot knows who is asking."""

    kind: PayloadKind
    id: str
    """The command, action id, callback id or event type, by which the Route is found."""
    team_id: str
    """The person's own workspace; in a shared channel it can be another than the desk's."""
    user_id: str
    delivery_key: str
    """Equal for every delivery of the same command, click, submission or event."""
    channel_id: str = ""
    trigger_id: str = ""
    response_url: str = ""
    text: str = ""
    """A command's text, or what is being typed in a select."""
    value: str = ""
    """What the used button, option or element carries."""
    block_id: str = ""
    message_ts: str = ""
    at: str = ""
    """Slack's own time of an action, as texts of equal length: a later one compares as greater."""
    about: str = ""
    """Slack's id of the person whom an event describes; Slack does not say who caused it."""
    view: ViewRef | None = None
    event: Mapping[str, Any] = field(default_factory=dict)

    @property
    def draft(self) -> str:
        """A name for what begins with this request, the same for each delivery of it."""
        return sha256(self.delivery_key.encode()).hexdigest()[:24]


@dataclass(frozen=True, slots=True)
class Interaction:
    """A request of a member of the desk, on its way to its listener."""

    ask: Ask
    actor: Actor
    reference: str
    """Appears in the log line and in every message about a failure."""
    received_at: datetime

    @property
    def view(self) -> ViewRef:
        """The view it happened in. Raises StaleScreen if there is none: the request came from an unexpected surface."""
        if self.ask.view is None:
            raise StaleScreen
        return self.ask.view


def read_ask(body: Mapping[str, Any]) -> Ask | None:
    """The payload in the bot's own terms; None if the bot does not handle its kind. Raises OddPayload."""
    if "command" in body:
        return _read_command(body)
    match body.get("type"):
        case "block_actions":
            return _read_action(body)
        case "view_submission" | "view_closed" as kind:
            return _read_view_event(PayloadKind(kind), body)
        case "block_suggestion":
            return _read_suggestion(body)
        case "event_callback":
            return _read_event(body)
    return None


def _read_command(body: Mapping[str, Any]) -> Ask:
    return Ask(
        kind=PayloadKind.COMMAND,
        id=word(body["command"]),
        team_id=id_of(body.get("user_team_id")) or id_of(body.get("team_id")),
        user_id=id_of(body.get("user_id")),
        delivery_key=_key("trigger", word(body.get("trigger_id"))),
        channel_id=id_of(body.get("channel_id")),
        trigger_id=word(body.get("trigger_id")),
        response_url=word(body.get("response_url")),
        # Slack escapes nothing else in a payload.
        text=unescape(word(body.get("text"))),
    )


def _person(body: Mapping[str, Any]) -> tuple[str, str]:
    """The team and the id of the person. An app of a whole organisation gets no team other than the person's own."""
    user, team = part(body.get("user")), part(body.get("team"))
    return id_of(user.get("team_id")) or id_of(team.get("id")), id_of(user.get("id"))


def _read_view(body: Mapping[str, Any]) -> ViewRef | None:
    view = part(body.get("view"))
    if not view:
        return None
    id_ = word(view.get("id"))
    return ViewRef(
        id=id_,
        hash=word(view.get("hash")),
        callback_id=word(view.get("callback_id")),
        private_metadata=word(view.get("private_metadata")),
        root_view_id=word(view.get("root_view_id")) or id_,
        previous_view_id=word(view.get("previous_view_id")) or None,
        values=state_values(part(view.get("state")).get("values")),
        type=word(view.get("type")) or "modal",
    )


def element_value(used: Mapping[str, Any]) -> str:
    """What an interactive element carries: its value, selected option, date or text; empty if nothing."""
    option = used.get("selected_option")
    if option:
        return str(option["value"])
    names = ("value", "selected_date", "selected_user", "selected_conversation")
    return next((str(used[name]) for name in names if used.get(name) is not None), "")


def _key(prefix: str, text: str) -> str:
    """A key for one delivery, in a form that any database can store: Slack's ids as they are, anything else hashed."""
    if len(text) > _LONGEST_ID or not all(" " <= sign <= "~" for sign in text):
        text = sha256(text.encode()).hexdigest()
    return f"{prefix}:{text}"


def _read_action(body: Mapping[str, Any]) -> Ask | None:
    actions = parts(body.get("actions"))
    if not actions:
        return None
    action = actions[0]
    team_id, user_id = _person(body)
    container = part(body.get("container"))
    id_, value = _used(action)
    return Ask(
        kind=PayloadKind.ACTION,
        id=id_,
        team_id=team_id,
        user_id=user_id,
        delivery_key=_key("trigger", word(body.get("trigger_id")) or word(action.get("action_ts"))),
        channel_id=id_of(part(body.get("channel")).get("id")) or id_of(container.get("channel_id")),
        trigger_id=word(body.get("trigger_id")),
        response_url=word(body.get("response_url")),
        value=value,
        block_id=word(action.get("block_id")),
        message_ts=id_of(container.get("message_ts")),
        at=id_of(action.get("action_ts")),
        view=_read_view(body),
    )


def _used(action: Mapping[str, Any]) -> tuple[str, str]:
    """The action that was meant, and what it carries: each entry of a menu is an action of its own."""
    id_, value = word(action.get("action_id")), element_value(element(action))
    if action.get("type") == "overflow" and ENTRY_MARK in value:
        id_, _, value = value.partition(ENTRY_MARK)
    return id_, value


def _read_view_event(kind: PayloadKind, body: Mapping[str, Any]) -> Ask:
    team_id, user_id = _person(body)
    view = _read_view(body)
    trigger = word(body.get("trigger_id"))
    return Ask(
        kind=kind,
        id=view.callback_id if view else "",
        team_id=team_id,
        user_id=user_id,
        delivery_key=_key(kind, trigger or (f"{view.id}:{view.hash}" if view else "")),
        trigger_id=trigger,
        view=view,
    )


def _read_suggestion(body: Mapping[str, Any]) -> Ask:
    team_id, user_id = _person(body)
    return Ask(
        kind=PayloadKind.OPTIONS,
        id=word(body.get("action_id")),
        team_id=team_id,
        user_id=user_id,
        delivery_key="",
        text=word(body.get("value")),
        block_id=word(body.get("block_id")),
        view=_read_view(body),
    )


def _read_event(body: Mapping[str, Any]) -> Ask:
    event = part(body.get("event"))
    user = event.get("user")
    described = isinstance(user, Mapping)
    channel = event.get("channel")
    return Ask(
        kind=PayloadKind.EVENT,
        id=word(event.get("type")),
        team_id=id_of(event.get("user_team")) or id_of(body.get("team_id")),
        user_id="" if described else id_of(user),
        delivery_key=_key("event", word(body.get("event_id"))),
        # Some events describe a channel instead of naming it; the desk handles none of these.
        channel_id=id_of(channel) if isinstance(channel, str) else "",
        about=id_of(part(user).get("id")) if described else "",
        event=event,
    )
