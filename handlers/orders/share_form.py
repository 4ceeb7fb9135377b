"""The form that shares an order, the question before others read it, and the words at the end. Pure.

Builders and readers are next to each other.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import StringConstraints
from slack_sdk.models.blocks import Block
from slack_sdk.models.blocks.block_elements import (
    ConversationFilter,
    ConversationSelectElement,
    PlainTextInputElement,
    RadioButtonsElement,
)
from slack_sdk.models.views import View

from handlers.kit.blocks import PLACEHOLDER, actions, button, context, field, modal, option, plain, section, shown, tidy
from handlers.kit.formats import number
from handlers.kit.ids import INPUT
from handlers.kit.interaction import element_value
from handlers.kit.state import Draft, StaleScreen, State
from handlers.orders import ids
from handlers.orders.words import status_text
from store.domain.orders.order import Order
from store.domain.orders.sharing import NOTE_MAX, Shared, ShareRequest
from store.domain.people import Actor

IN_SHORT, WHOLE = "in_short", "whole"


class ShareState(State):
    """What is to be shared, as far as it is known. Each opening has its own `draft`, which is submitted once."""

    order: int
    draft: Draft
    replaced: bool = False
    """Whether the form replaces the order's details instead of lying on top of them."""
    channel: str = ""
    note: Annotated[str, StringConstraints(max_length=NOTE_MAX)] = ""
    people: int = 0
    """The number of people in the question who may not see the order."""

    def request(self, *, whole: bool = True) -> ShareRequest:
        """The same in the desk's own terms; `whole`: with customer and amounts."""
        return ShareRequest(self.order, self.channel, self.note, whole, self.people)


def share_modal(order: Order, state: ShareState) -> View:
    """The form."""
    channels = ConversationSelectElement(
        action_id=INPUT,
        placeholder=plain("Choose a channel", PLACEHOLDER),
        default_to_current_conversation=True,
        filter=ConversationFilter(
            include=["public", "private"], exclude_bot_users=True, exclude_external_shared_channels=True
        ),
    )
    note = PlainTextInputElement(action_id=INPUT, multiline=True, max_length=NOTE_MAX)
    blocks: list[Block] = [
        section(f"*{shown(order.order_id)}*  {status_text(order.status)}\n{shown(order.customer.name)}"),
        field(
            ids.CHANNEL,
            "Channel",
            channels,
            "Everyone in it, now or later, can read the card. Order Desk must be in it: /invite @Order Desk",
            optional=False,
        ),
        field(ids.NOTE, "Note", note, f"Everyone in the channel can read it. At most {NOTE_MAX} characters."),
        context(
            "If everyone in the channel may see this order, its card shows the customer and amounts. "
            "If someone may not, you are asked first."
        ),
        *_way_back(state),
    ]
    return modal("Share", blocks, callback_id=ids.SHARE, submit="Share", close="Cancel", private_metadata=state.dump())


def read_share(values: Mapping[str, Mapping[str, Any]], state: ShareState) -> ShareState:
    """The state with what was filled in."""
    channel = element_value(values.get(ids.CHANNEL, {}).get(INPUT) or {})
    note = tidy(element_value(values.get(ids.NOTE, {}).get(INPUT) or {}))[:NOTE_MAX]
    return state.model_copy(update={"channel": channel, "note": note})


def question_modal(order_id: str, state: ShareState, channel_name: str, actor: Actor) -> View:
    """The question before people who may not see the order read its card: how many, and what they may read."""
    people = f"*{number(state.people, actor)} {'person' if state.people == 1 else 'people'}*"
    choices = [
        option("Only its number, state and product", IN_SHORT),
        option("All of it: customer, dates and amounts too", WHOLE),
    ]
    card = RadioButtonsElement(action_id=INPUT, options=choices, initial_option=choices[0])
    blocks: list[Block] = [
        section(f"{people} in *#{shown(channel_name, 80)}* may not see order *{shown(order_id)}* at the desk."),
        field(
            ids.CARD,
            "What the card shows everybody there",
            card,
            "Your note is on the card in either case. Nothing is posted if you cancel.",
            optional=False,
        ),
    ]
    return modal(
        "Who will see it",
        blocks,
        callback_id=ids.SHARE_CONFIRMED,
        submit="Share",
        close="Cancel",
        private_metadata=state.dump(),
    )


def read_whole(values: Mapping[str, Mapping[str, Any]]) -> bool:
    """Whether the card is to show everything. Raises StaleScreen for foreign values."""
    chosen = element_value(values.get(ids.CARD, {}).get(INPUT) or {})
    if chosen not in (IN_SHORT, WHOLE):
        raise StaleScreen
    return chosen == WHOLE


def shared_text(shared: Shared, state: ShareState) -> str:
    """Says that it is about to be posted; mrkdwn."""
    if shared.again:
        return f"You have already shared order *{shown(shared.order_id)}* with this form: it is posted once."
    return f":white_check_mark: Order *{shown(shared.order_id)}* is on its way to <#{state.channel}>."


def shared_modal(shared: Shared, state: ShareState) -> View:
    """Says that it is about to be posted, and what happens if it cannot be."""
    told = context("If it cannot be posted, Order Desk tells you by direct message.")
    return modal(
        "Share", [section(shared_text(shared, state)), told, *_way_back(state)], callback_id=ids.SHARED, close="Back"
    )


def _way_back(state: ShareState) -> list[Block]:
    if not state.replaced:
        return []
    return [actions([button("View Order Details", ids.VIEW_DETAILS, f"{state.order}")], "back")]
