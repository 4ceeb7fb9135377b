"""What a listener answers: how Slack is acknowledged, and which calls follow. Values; nothing is sent here."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
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
    """Slack's time of the typing that a form is redrawn after; empty for everything else."""
    instead: str = ""
    """What the person is told where Slack does not show it: what was done; empty: that nothing was."""


@dataclass(frozen=True, slots=True)
class Reply:
    """`ack` is the body of the acknowledgement (None: an empty one); `calls` are made after it, in their order."""

    ack: Mapping[str, Any] | None = None
    calls: tuple[SlackCall, ...] = ()


NOTHING = Reply()
"""Acknowledged, and nothing else."""


def open_modal(asked: Interaction, view: View) -> Reply:
    """Opens a modal for the person who asked."""
    return Reply(calls=(SlackCall("views.open", {"trigger_id": asked.ask.trigger_id, "view": view.to_dict()}),))


def push_modal(asked: Interaction, view: View) -> Reply:
    """Puts a modal on top of the one that was used; on the third and last, takes its place."""
    return notice_over(asked.ask, view)


def notice_over(ask: Ask, view: View) -> Reply:
    """The same for a request whose person is not known, or not let in."""
    if ask.view is not None and ask.view.depth >= 3:
        arguments = {"view_id": ask.view.id, "hash": ask.view.hash, "view": view.to_dict()}
        return Reply(calls=(SlackCall("views.update", arguments),))
    return Reply(calls=(SlackCall("views.push", {"trigger_id": ask.trigger_id, "view": view.to_dict()}),))


def show_modal(asked: Interaction, view: View) -> Reply:
    """On top of the modal that was used, or as the first where there is none (a command, a message, the Home tab)."""
    if asked.ask.view is None or asked.view.type != "modal":
        return open_modal(asked, view)
    return push_modal(asked, view)


def update_modal(asked: Interaction, view: View, instead: str = "") -> Reply:
    """Redraws the modal that was used; a click on a picture that is out of date meanwhile changes nothing.

    `instead`: as SlackCall has it.
    """
    arguments = {"view_id": asked.view.id, "hash": asked.view.hash, "view": view.to_dict()}
    return Reply(calls=(SlackCall("views.update", arguments, instead=instead),))


def redraw_form(asked: Interaction, view: View) -> Reply:
    """Redraws a form beside what is being typed, which stays; of several redrawings the newest counts.

    Fields keep what was typed into them as long as their block and action ids stay the same.
    """
    arguments = {"view_id": asked.view.id, "hash": asked.view.hash, "view": view.to_dict()}
    return Reply(calls=(SlackCall("views.update", arguments, typed_at=asked.ask.at or "0"),))


def replace_submitted(view: View) -> Reply:
    """Answers a submission by another modal in the place of the form."""
    return Reply(ack={"response_action": "update", "view": view.to_dict()})


def field_errors(errors: Mapping[str, str]) -> Reply:
    """Answers a submission by words at its fields, by block id; what was typed stays.

    Slack shows them as they are, without marks: the quotes around a command are left out.
    """
    plain = {block_id: _COMMAND.sub(r"\1", text) for block_id, text in errors.items()}
    return Reply(ack={"response_action": "errors", "errors": plain})


def offer(choices: Sequence[Option] | Sequence[OptionGroup]) -> Reply:
    """Answers a select that asks what to offer."""
    dicts = [choice.to_dict() for choice in choices]
    grouped = bool(choices) and isinstance(choices[0], OptionGroup)
    return Reply(ack={"option_groups": dicts} if grouped else {"options": dicts})


def say_privately(text: str, blocks: Sequence[Block] = ()) -> Reply:
    """Answers a command by a message that only the person sees."""
    ack: dict[str, Any] = {"response_type": "ephemeral", "text": text}
    if blocks:
        ack["blocks"] = [block.to_dict() for block in blocks]
    return Reply(ack=ack)


def say_here(asked: Interaction, text: str) -> Reply:
    """Tells the person alone, where they clicked on a message."""
    arguments = {"channel": asked.ask.channel_id, "user": asked.ask.user_id, "text": text}
    return Reply(calls=(SlackCall("chat.postEphemeral", arguments),))


def publish_home(asked: Interaction, view: View) -> Reply:
    """Shows the person's Home tab."""
    arguments = {"user_id": asked.actor.member.slack_user_id, "view": view.to_dict()}
    return Reply(calls=(SlackCall("views.publish", arguments),))
