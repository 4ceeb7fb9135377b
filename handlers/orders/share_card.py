"""The card of a shared order, and what its sharer is told if it cannot be posted. Pure."""

from __future__ import annotations

from datetime import datetime

from slack_sdk.models.blocks import Block

from handlers.kit.blocks import actions, button, context, section, shown
from handlers.kit.formats import Viewer, moment_token, money_text
from handlers.kit.messages import Message
from handlers.kit.people import mentioned
from handlers.kit.refusals import NO_CHANNEL
from handlers.orders import ids
from handlers.orders.words import status_text
from store.domain.channels import ChannelBar
from store.domain.orders.order import Order, OrderStatus
from store.domain.orders.sharing import NOTE_MAX, Share

MORE_PEOPLE, ORDER_NOT_FOUND = "more_people", "order_not_found"
NOT_A_MEMBER, NOT_PERMITTED = "not_a_member", "not_permitted"


def shared_message(order: Order, share: Share, now: datetime, viewer: Viewer) -> Message:
    """The card of the order as it is `now`: number, state, product, note; also customer, dates and amounts if whole.

    Nothing on it changes later: it says its time, and its button opens the order as it is then.
    """
    number = shown(order.order_id)
    lines = [f"*Order {number}*  {status_text(order.status)}", shown(order.product_type.service_type_name)]
    if share.request.whole:
        lines[1] = f"*{shown(order.customer.name)}* · {lines[1]} · {order.order_type.label}"
        lines += [_money(order, viewer), _dates(order, viewer)]
    blocks: list[Block] = [section("\n".join(lines))]
    if share.request.note:
        blocks.append(section(f"“{shown(share.request.note, NOTE_MAX)}”"))
    blocks.append(context(f"Shared by {mentioned(share.sharer)} · as of {moment_token(now, viewer)}"))
    blocks.append(actions([button("View Order Details", ids.VIEW_DETAILS, f"{order.key}")], "order"))
    return Message(f"Order {number}: {order.status.label}", blocks)


def _money(order: Order, viewer: Viewer) -> str:
    after = f"*{money_text(order.amount_after_discount, viewer)}*"
    if order.official_amount == order.amount_after_discount:
        return after
    return f"{after}  (list {money_text(order.official_amount, viewer)})"


def _dates(order: Order, viewer: Viewer) -> str:
    dates = [f"Ordered On {moment_token(order.create_time, viewer)}"]
    if order.payment_time:
        dates.append(f"paid {moment_token(order.payment_time, viewer)}")
    elif order.status is OrderStatus.PENDING_PAYMENT and order.pending_payment_end_time:
        dates.append(f"pay by {moment_token(order.pending_payment_end_time, viewer)}")
    return " · ".join(dates)


def not_shared_message(share: Share, order_id: str | None, code: str) -> Message:
    """To the sharer alone: what was not posted, why, and what to do. `order_id`: None if they cannot see it now."""
    what = f"Order *{shown(order_id)}*" if order_id else "An order"
    where = f"<#{share.request.channel_id}>"
    blocks: list[Block] = [section(f"{what} was not shared in {where}, and nothing was posted: {_why(code)}")]
    if order_id:
        back = button("View Order Details", ids.VIEW_DETAILS, f"{share.request.order_key}")
        blocks.append(actions([back], "not_shared"))
    return Message("An order was not shared", blocks)


def _why(code: str) -> str:
    """Why it was not posted, and what to do; ends in a full stop. `code`: one of ours, or Slack's."""
    bar = ChannelBar.CHANNEL_ARCHIVED if code == "is_archived" else code
    if bar in (ChannelBar.CHANNEL_ARCHIVED, ChannelBar.CHANNEL_SHARED):
        return f"{NO_CHANNEL[ChannelBar(bar)]}. Share it in another."
    if bar in NO_CHANNEL:
        return f"{NO_CHANNEL[ChannelBar(bar)]}, then share it again."
    reasons = {
        MORE_PEOPLE: "more people who may not see it are there now. Share it again to be told how many.",
        ORDER_NOT_FOUND: "you no longer see it.",
        NOT_A_MEMBER: "you are no longer a member of the desk.",
        NOT_PERMITTED: "you may no longer share orders.",
    }
    return reasons.get(code, f"Slack does not take it ({shown(code, 64)}). An admin of the workspace can fix that.")
