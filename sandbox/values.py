"""The values of the stand-in workspace: people, channels, messages, views, files and what was delivered.

Frozen, so that a holder (a page, a test) keeps what it saw while the workspace moves on.
They know nothing of the wire, nor of who may do what.
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
    """A person, or a bot, as `users.info` tells of them. `tz_offset` is in seconds."""

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
    """On an Enterprise Grid: the workspaces they are in, of which `team_id` is the one that Slack names first."""
    enterprise_id: str = ""


@dataclass(frozen=True, slots=True)
class Grid:
    """The Enterprise organisation that a workspace is part of.

    The app is installed in the workspace alone, or for the whole organisation (`org_install`); then it was added to
    `teams`: names of workspaces by their ids.
    """

    id: str
    name: str = "Sandbox Group"
    org_install: bool = False
    teams: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Channel:
    """A conversation. For an `im`, `members` are the two who talk."""

    id: str
    name: str
    kind: ChannelKind
    members: frozenset[str]
    is_ext_shared: bool = False
    is_archived: bool = False
    shared_team_ids: tuple[str, ...] = ()
    """On an Enterprise Grid: the workspaces of the organisation that share it, where it is more than one."""


@dataclass(frozen=True, slots=True)
class File:
    """An uploaded file; `channels` are the ids it has been shared in."""

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
    """A message as the workspace holds it; `blocks` as the bot sent them, with missing ids filled in.

    `ephemeral_to` is the one person who sees it. `edited_ts` is set by an edit of the text, as Slack does.
    A deleted message keeps its values and says `deleted`; nobody is shown it.
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
        """Whether it stands in a thread under another message."""
        return self.thread_ts is not None and self.thread_ts != self.ts


@dataclass(frozen=True, slots=True)
class View:
    """A modal or a Home tab of one person.

    `title`, `submit` and `close` are the plain_text objects as sent. `values` is Slack's `state.values`.
    `errors` maps block ids to the sentence shown at that block; `trouble` is what the modal as a whole says
    when the bot could not be reached or answered nonsense.
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
    """The conversation its person was viewing when the first modal of the stack was opened; the app is not told."""

    @property
    def state(self) -> Json:
        """`{"values": ...}`, as Slack nests it."""
        return {"values": {block: dict(actions) for block, actions in self.values.items()}}

    def payload(self) -> Json:
        """The view as Slack shows it to the app.

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
    """What Slack's client tells one person in its own words, for example that a command was not answered.

    `code` is Slack's own word for it: operation_timeout, dispatch_failed, trouble_connecting, not_sent …
    """

    user: str
    code: str
    text: str
    channel: str | None
    at: float


@dataclass(frozen=True, slots=True)
class Delivered:
    """What became of one thing a person did: what went to the bot, and how the bot acknowledged it.

    `kind` is Slack's payload type ("command", "block_actions", "view_submission", "view_closed",
    "block_suggestion", "shortcut", "message_action", "event_callback"), or "nothing" where nothing needed to go
    out. `ack_body` is the parsed JSON, or the text where it was not JSON, or None. `ack_status` is the HTTP status
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
    """What an external select offers for a query: `options` flat, and `groups` where the bot sent groups."""

    delivered: Delivered
    options: tuple[Json, ...] = ()
    groups: tuple[Json, ...] = ()


@dataclass(frozen=True, slots=True)
class Change:
    """Something changed. `users` are those who may see it differently now; None means everybody."""

    kind: Literal["message", "view", "file", "notice", "channel", "user", "workspace"]
    users: frozenset[str] | None
    channel: str | None = None
    view: str | None = None


@dataclass(frozen=True, slots=True)
class Sent:
    """One Web API call of the bot. `arguments` carry no token; `answer` is what it was given back.

    `status` is None where the connection was dropped on purpose. `at` is in seconds since the epoch, `ms` in
    milliseconds. `fault` names the fault that was played on it, if any.
    """

    method: str
    arguments: Json
    answer: Json | None
    status: int | None
    at: float
    ms: float
    fault: str | None = None
