"""What all methods need: arguments, read from a form or from JSON, and the channels that the bot may use."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from sandbox.errors import NotThereError, SlackError
from sandbox.values import Channel, Json, User, Wire
from sandbox.workspace import Workspace

T = TypeVar("T")


class Args:
    """The arguments of one call. Forms carry everything as text, so each argument is read by its kind."""

    def __init__(self, raw: Mapping[str, Wire]) -> None:
        self.raw = raw

    def text(self, name: str) -> str | None:
        """A text, or None if it is missing or empty."""
        value = self.raw.get(name)
        return None if value is None or value == "" else str(value)

    def need(self, name: str, error: str | None = None) -> str:
        """A required text. Raises `error`, or invalid_arguments in Slack's words."""
        value = self.text(name)
        if value is None:
            if error is not None:
                raise SlackError(error)
            raise SlackError("invalid_arguments", [f"[ERROR] missing required field: {name}"])
        return value

    def flag(self, name: str) -> bool:
        """True if the argument is true or 1."""
        return str(self.raw.get(name, "")).lower() in {"true", "1"}

    def number(self, name: str, default: int) -> int:
        """A whole number. Raises invalid_arguments."""
        value = self.text(name)
        if value is None:
            return default
        try:
            return int(value)
        except ValueError as error:
            raise SlackError("invalid_arguments", [f"[ERROR] must provide a number [json-pointer:/{name}]"]) from error

    def json(self, name: str, error: str = "invalid_arguments") -> Wire:
        """A list or object, parsed if it came as text; None if missing. Raises `error`."""
        value = self.raw.get(name)
        if value is None or value == "":
            return None
        if not isinstance(value, str):
            return value
        try:
            return json.loads(value)
        except ValueError as problem:
            raise SlackError(error, [f"[ERROR] not valid JSON [json-pointer:/{name}]"]) from problem


Answer = Callable[[Workspace, Args], Json]


@dataclass(frozen=True, slots=True)
class Method:
    """A Web API method: the function that answers it, and its scopes, one of which is needed (none: any token)."""

    name: str
    answer: Answer
    scopes: tuple[str, ...] = ()
    app_token: bool = False


def find_channel(workspace: Workspace, channel_id: str) -> Channel:
    """A channel that the bot can know of: public ones, and those that it is in. Raises channel_not_found."""
    try:
        channel = workspace.channel(channel_id)
    except NotThereError as error:
        raise SlackError("channel_not_found") from error
    if channel.kind != "public" and workspace.bot.id not in channel.members:
        raise SlackError("channel_not_found")
    return channel


def find_user(workspace: Workspace, user_id: str) -> User:
    """A user of the workspace, deactivated or not. Raises user_not_found."""
    try:
        return workspace.user(user_id)
    except NotThereError as error:
        raise SlackError("user_not_found") from error


def postable(workspace: Workspace, target: str) -> Channel:
    """The channel to post into: by its id, or a person's id for their direct messages.

    Raises channel_not_found, not_in_channel, is_archived.
    """
    if target.startswith(("U", "W")):
        try:
            user = workspace.user(target)
        except NotThereError as error:
            raise SlackError("channel_not_found") from error
        if user.deleted or user.is_bot:
            raise SlackError("channel_not_found")
        return workspace.im(target)
    channel = find_channel(workspace, target)
    if workspace.bot.id not in channel.members:
        raise SlackError("not_in_channel")
    if channel.is_archived:
        raise SlackError("is_archived")
    return channel


def page(args: Args, items: Sequence[T], default: int, most: int) -> tuple[Sequence[T], Json]:
    """One page of `items` by `limit` and `cursor`, and the response_metadata that leads to the next page."""
    size = min(args.number("limit", default) or default, most)
    start = _position(args.text("cursor"))
    end = start + size
    cursor = base64.b64encode(f"next:{end}".encode()).decode() if end < len(items) else ""
    return items[start:end], {"response_metadata": {"next_cursor": cursor}}


def _position(cursor: str | None) -> int:
    if cursor is None:
        return 0
    try:
        word, _, place = base64.b64decode(cursor, validate=True).decode().partition(":")
        if word == "next":
            return int(place)
    except (binascii.Error, ValueError):
        pass
    raise SlackError("invalid_cursor")
