"""Words as a Reply, where the person looks. Knows kinds of requests, and no routes."""

from __future__ import annotations

from dataclasses import replace

import structlog

from handlers.kit import refusals
from handlers.kit.blocks import notice_home, notice_modal
from handlers.kit.formats import Viewer
from handlers.kit.interaction import Ask, PayloadKind
from handlers.kit.replies import (
    NOTHING,
    Reply,
    SlackCall,
    field_errors,
    notice_over,
    offer,
    replace_submitted,
    say_in_channel,
    say_privately,
)
from store.domain.errors import DomainError
from store.domain.orders.errors import InvalidCriteria

log = structlog.get_logger(__name__)


def explain(ask: Ask, error: DomainError, reference: str, viewer: Viewer = refusals.AUDIENCE) -> Reply:
    """Why a request is refused, where the person looks: at its field, if the form has one."""
    try:
        said = refusals.sentence(error, viewer)
    except NotImplementedError:
        log.exception("a domain error without words")
        return tell(ask, refusals.failed(reference))
    values = ask.view.values if ask.kind is PayloadKind.SUBMISSION and ask.view else {}
    if isinstance(error, InvalidCriteria) and error.field in values:
        return field_errors({error.field: said.text})
    return tell(ask, said.text, said.title)


def tell_done(ask: Ask, said: str) -> Reply:
    """Words about a change, where the person looks. Never at a field, where they would read as a refusal."""
    if ask.kind is PayloadKind.SUBMISSION:
        return replace(replace_submitted(notice_modal("Order Desk", said)), words=said, done=True)
    return replace(tell(ask, said), words=said, done=True)


def tell(ask: Ask, text: str, title: str = "Order Desk") -> Reply:
    """The text where the person looks: with the command, at the form, over the modal, on the Home tab, or in the
    channel.
    """
    if ask.kind is PayloadKind.COMMAND:
        return say_privately(text)
    if ask.kind is PayloadKind.SUBMISSION and ask.view and ask.view.values:
        return field_errors({next(iter(ask.view.values)): text})
    if ask.kind is PayloadKind.SUBMISSION:
        return replace_submitted(notice_modal(title, text))
    if ask.kind is PayloadKind.OPTIONS:
        return offer([])
    if ask.event.get("tab") == "home":
        # The old contents may date from when they were a member.
        home = {"user_id": ask.user_id, "view": notice_home(text).to_dict()}
        return Reply(calls=(SlackCall("views.publish", home),))
    if ask.kind is not PayloadKind.ACTION:
        return NOTHING
    if ask.view is not None and ask.view.type == "modal":
        return notice_over(ask, notice_modal(title, text), text)
    if ask.channel_id:
        return say_in_channel(ask, text)
    view = notice_modal(title, text).to_dict()
    return Reply(calls=(SlackCall("views.open", {"trigger_id": ask.trigger_id, "view": view}),), words=text)
