"""A listener's answer: how Slack is acknowledged, and which calls follow. Values; nothing is sent here.

A route that only reads returns a Reply. A route that writes returns Done, with what it did in words, or Unchanged,
so that no call after a change can forget to say what was done.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from slack_sdk.models.blocks import Block, Option, OptionGroup
from slack_sdk.models.views import View

from handlers.kit.interaction import Ask, Interaction

_COMMAND = re.compile("`(/[a-z][^`]*)`")


@dataclass(frozen=True, slots=True)
class SlackCall:
    """One call of Slack's Web API."""

    method: str
    arguments: Mapping[str, Any]
    typed_at: str = ""
    """Slack's time of the typing after which a form is redrawn; empty for everything else."""


@dataclass(frozen=True, slots=True)
class Reply:
    """`ack` is the body of the acknowledgement (None: an empty one); `calls` are made after it, in order.

    The first call tells the person; the others come with it.
    """

    ack: Mapping[str, Any] | None = None
    calls: tuple[SlackCall, ...] = ()
    words: str = ""
    """What the person is told privately if Slack does not show the first call; empty: that nothing could be shown and
    nothing was changed."""
    done: bool = False
    """Whether `words` describe a change. Only the boundary sets it, from Done."""


NOTHING = Reply()
"""Only the acknowledgement."""


@dataclass(frozen=True, slots=True)
class Done:
    """The answer of a route that changed something.

    `said` tells what was done, in words that stay true. `show` makes the reply, and is called once the change is kept.
    If anything fails after that, in drawing or at Slack, the person reads `said`.
    """

    said: str
    show: Callable[[], Reply]

    def __post_init__(self) -> None:
        if not self.said:
            raise ValueError("what was done must be said")


@dataclass(frozen=True, slots=True)
class Unchanged:
    """The answer of a route that could have changed something and did not: a refusal, or a question first."""

    shown: Reply


def open_modal(asked: Interaction, view: View) -> Reply:
    """Opens a modal for the requester."""
    return Reply(calls=(SlackCall("views.open", {"trigger_id": asked.ask.trigger_id, "view": view.to_dict()}),))


def push_modal(asked: Interaction, view: View) -> Reply:
    """Puts a modal on top of the one that was used; replaces the third and last instead."""
    return notice_over(asked.ask, view)


def notice_over(ask: Ask, view: View, words: str = "") -> Reply:
    """The same for a request whose person is unknown or not let in. `words`: as in Reply."""
    if ask.view is not None and ask.view.depth >= 3:
        arguments = {"view_id": ask.view.id, "hash": ask.view.hash, "view": view.to_dict()}
        return Reply(calls=(SlackCall("views.update", arguments),), words=words)
    arguments = {"trigger_id": ask.trigger_id, "view": view.to_dict()}
    return Reply(calls=(SlackCall("views.push", arguments),), words=words)


def show_modal(asked: Interaction, view: View) -> Reply:
    """On top of the modal that was used, or as the first one if there is none (a command, a message, the Home tab)."""
    if asked.ask.view is None or asked.view.type != "modal":
        return open_modal(asked, view)
    return push_modal(asked, view)


def update_modal(asked: Interaction, view: View, words: str = "") -> Reply:
    """Redraws the modal that was used; draws nothing if the click was on a screen that has changed since.

    `words`: as in Reply.
    """
    arguments = {"view_id": asked.view.id, "hash": asked.view.hash, "view": view.to_dict()}
    return Reply(calls=(SlackCall("views.update", arguments),), words=words)


def redraw_form(asked: Interaction, view: View) -> Reply:
    """Redraws a form around the text that is being typed, which stays; of several redrawings the newest counts.

    Fields keep their text as long as their block and action ids stay the same.
    """
    arguments = {"view_id": asked.view.id, "hash": asked.view.hash, "view": view.to_dict()}
    return Reply(calls=(SlackCall("views.update", arguments, typed_at=asked.ask.at or "0"),))


def replace_submitted(view: View) -> Reply:
    """Answers a submission by replacing the form with another modal."""
    return Reply(ack={"response_action": "update", "view": view.to_dict()})


def field_errors(errors: Mapping[str, str]) -> Reply:
    """Answers a submission with words at its fields, by block id; the fields keep what was typed.

    Slack shows them without marks, so the quotes around a command are left out.
    """
    plain = {block_id: _COMMAND.sub(r"\1", text) for block_id, text in errors.items()}
    return Reply(ack={"response_action": "errors", "errors": plain})


def offer(choices: Sequence[Option] | Sequence[OptionGroup]) -> Reply:
    """Answers a select that asks for its options."""
    dicts = [choice.to_dict() for choice in choices]
    grouped = bool(choices) and isinstance(choices[0], OptionGroup)
    return Reply(ack={"option_groups": dicts} if grouped else {"options": dicts})


def say_privately(text: str, blocks: Sequence[Block] = ()) -> Reply:
    """Answers a command with a message that only the person sees."""
    ack: dict[str, Any] = {"response_type": "ephemeral", "text": text}
    if blocks:
        ack["blocks"] = [block.to_dict() for block in blocks]
    return Reply(ack=ack)


def say_here(asked: Interaction, text: str) -> Reply:
    """Tells the person alone, where they clicked on a message."""
    return say_in_channel(asked.ask, text)


def say_in_channel(ask: Ask, text: str) -> Reply:
    """The same for a request whose person is unknown or not let in."""
    arguments = {"channel": ask.channel_id, "user": ask.user_id, "text": text}
    return Reply(calls=(SlackCall("chat.postEphemeral", arguments),), words=text)


def publish_home(asked: Interaction, view: View) -> Reply:
    """Shows the person's Home tab."""
    arguments = {"user_id": asked.actor.member.slack_user_id, "view": view.to_dict()}
    return Reply(calls=(SlackCall("views.publish", arguments),))
