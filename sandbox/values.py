"""The values of the stand-in workspace: people, channels, messages, views, files and deliveries.

They are frozen, so that a holder (a page, a test) keeps what it saw while the workspace moves on. They know nothing
of the wire, or of who may do what.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Json = dict[str, Any]
Wire = Any
"""Parsed JSON of any shape, as it came over the wire and before it is checked."""
StateValues = Mapping[str, Mapping[str, Json]]
"""Slack's `state.values`: block id -> action id -> the element's value, shaped as Slack shapes it."""

ChannelKind = Literal["public", "private", "im"]
ViewType = Literal["modal", "home"]


@dataclass(frozen=True, slots=True)
class User:
    """A person or a bot, as in `users.info`. `tz_offset` is in seconds."""

    id: str
    team_id: str
    name: str
    real_name: str
    tz: str = "Etc/UTC"
    tz_offset: int = 0
    tz_label: str = "Coordinated Universal Time"
    locale: str = "en-US"
    is_bot: bool = False
    deleted: bool = False
    is_restricted: bool = False
    is_ultra_restricted: bool = False
    title: str = ""
    teams: tuple[str, ...] = ()
    """On an Enterprise Grid: the person's workspaces; `team_id` is the one that Slack names first."""
    enterprise_id: str = ""


@dataclass(frozen=True, slots=True)
class Grid:
    """The Enterprise organisation that a workspace is part of.

    The app is installed in the workspace alone, or for the whole organisation (`org_install`); then it was added to
    `teams`: the names of workspaces by id.
    """

    id: str
    name: str = "Sandbox Group"
    org_install: bool = False
    teams: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Channel:
    """A conversation. For an `im`, `members` are the two people in it."""

    id: str
    name: str
    kind: ChannelKind
    members: frozenset[str]
    is_ext_shared: bool = False
    is_archived: bool = False
    shared_team_ids: tuple[str, ...] = ()
    """On an Enterprise Grid: the workspaces of the organisation that share the channel, if more than one does."""


@dataclass(frozen=True, slots=True)
class File:
    """An uploaded file; `channels` are the ids of the channels in which it is shared."""

    id: str
    name: str
    title: str
    size: int
    content: bytes = field(repr=False)
    channels: frozenset[str]
    user: str
    created: int = 0


@dataclass(frozen=True, slots=True)
class Message:
    """A message as the workspace keeps it; `blocks` as the bot sent them, with missing ids filled in.

    `ephemeral_to` is the one person who sees it. `edited_ts` is set when the text is edited, as in Slack. A deleted
    message keeps its values and has `deleted` set; nobody sees it.
    """

    ts: str
    channel: str
    user: str
    text: str
    blocks: tuple[Json, ...] = ()
    metadata: Json | None = None
    thread_ts: str | None = None
    ephemeral_to: str | None = None
    files: tuple[File, ...] = ()
    edited_ts: str | None = None
    deleted: bool = False
    is_bot: bool = False

    @property
    def is_reply(self) -> bool:
        """Whether it is a reply in the thread of another message."""
        return self.thread_ts is not None and self.thread_ts != self.ts


@dataclass(frozen=True, slots=True)
class View:
    """A modal or a Home tab of one person.

    `title`, `submit` and `close` are the plain_text objects as sent. `values` is Slack's `state.values`.
    `errors` maps block ids to the sentence shown at that block; `trouble` is the sentence for the modal as a whole
    when the bot could not be reached or its answer was not usable.
    """

    id: str
    hash: str
    user: str
    type: ViewType
    team_id: str
    app_id: str
    bot_id: str
    root_view_id: str
    previous_view_id: str | None = None
    callback_id: str = ""
    external_id: str = ""
    private_metadata: str = ""
    title: Json | None = None
    submit: Json | None = None
    close: Json | None = None
    clear_on_close: bool = False
    notify_on_close: bool = False
    blocks: tuple[Json, ...] = ()
    values: StateValues = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)
    trouble: str | None = None
    channel: str = ""
    """The conversation that its person was viewing when the first modal of the stack opened; the app is not told."""

    @property
    def state(self) -> Json:
        """`{"values": ...}`, as Slack nests it."""
        return {"values": {block: dict(actions) for block, actions in self.values.items()}}

    def payload(self) -> Json:
        """The view as Slack sends it to the app.

        Source: https://docs.slack.dev/reference/interaction-payloads/view-interactions-payload
        """
        return {
            "id": self.id,
            "team_id": self.team_id,
            "type": self.type,
            "blocks": list(self.blocks),
            "private_metadata": self.private_metadata,
            "callback_id": self.callback_id,
            "state": self.state,
            "hash": self.hash,
            "title": self.title,
            "clear_on_close": self.clear_on_close,
            "notify_on_close": self.notify_on_close,
            "close": self.close,
            "submit": self.submit,
            "previous_view_id": self.previous_view_id,
            "root_view_id": self.root_view_id,
            "app_id": self.app_id,
            "external_id": self.external_id,
            "app_installed_team_id": self.team_id,
            "bot_id": self.bot_id,
        }


@dataclass(frozen=True, slots=True)
class Notice:
    """What Slack's client itself tells one person, for example that a command was not answered.

    `code` is Slack's own code: operation_timeout, dispatch_failed, trouble_connecting, not_sent …
    """

    user: str
    code: str
    text: str
    channel: str | None
    at: float


@dataclass(frozen=True, slots=True)
class Delivered:
    """The outcome of one act of a person: what was sent to the bot, and how the bot acknowledged it.

    `kind` is Slack's payload type ("command", "block_actions", "view_submission", "view_closed",
    "block_suggestion", "shortcut", "message_action", "event_callback"), or "nothing" if nothing needed to be
    sent. `ack_body` is the parsed JSON, or the text if it was not JSON, or None. `ack_status` is the HTTP status
    (200 for an acknowledged envelope). `failure` is None, or "timeout", "http <status>", "unreachable",
    "not_sent" (the client refused to send, `detail` says why), "refused" (Slack could not use the answer).
    """

    kind: str
    payload: Json = field(default_factory=dict)
    ack_status: int | None = None
    ack_body: Any = None
    ack_ms: float | None = None
    failure: str | None = None
    detail: str = ""
    id: str = ""

    @property
    def ok(self) -> bool:
        """Whether the bot acknowledged in time with an answer that Slack could use (or nothing had to be sent)."""
        return self.failure is None


@dataclass(frozen=True, slots=True)
class Suggested:
    """What an external select offers for a query: `options` flat, and `groups` if the bot sent groups."""

    delivered: Delivered
    options: tuple[Json, ...] = ()
    groups: tuple[Json, ...] = ()


@dataclass(frozen=True, slots=True)
class Change:
    """Something changed. `users` are the people whose screens may differ now; None means everybody."""

    kind: Literal["message", "view", "file", "notice", "channel", "user", "workspace"]
    users: frozenset[str] | None
    channel: str | None = None
    view: str | None = None


@dataclass(frozen=True, slots=True)
class Sent:
    """One Web API call of the bot. `arguments` carry no token; `answer` is what Slack answered.

    `status` is None if the connection was dropped on purpose. `at` is in seconds since the epoch, `ms` in
    milliseconds. `fault` names the fault that was played on the call, if any.
    """

    method: str
    arguments: Json
    answer: Json | None
    status: int | None
    at: float
    ms: float
    fault: str | None = None
