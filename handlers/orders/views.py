"""The results, the details and the payment details, as modals. Pure: domain values in, Slack's models out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from slack_sdk.models.blocks import Block, ButtonElement
from slack_sdk.models.views import View

from handlers.kit.blocks import Entry, actions, button, context, cut, divider, fields, menu, modal, section, shown
from handlers.kit.formats import (
    figure,
    moment_text,
    money_text,
    number,
    orders_text,
    quantity_text,
    zone_text,
)
from handlers.kit.ids import ADJUST_PRICE, EXPORT, ORDER_HISTORY
from handlers.kit.paging import pager
from handlers.kit.refusals import why_not_adjustable
from handlers.kit.searching import Filled, criteria_text
from handlers.kit.state import OrderState, Position, SearchState
from handlers.orders import ids
from handlers.orders.words import deadline_text, elsewhere_text, status_text, summary_text
from store.domain.adjustments.errors import NotAdjustable
from store.domain.money import Money
from store.domain.orders.amounts import PaymentBreakdown, cash_paid
from store.domain.orders.criteria import ITEMS_PAGE, CappedCount, OrderCriteria, OrderPage
from store.domain.orders.customers import CustomerTab
from store.domain.orders.order import Order, OrderDetails, OrderItem, OrderStatus, OrderSummary, OrderType
from store.domain.people import Actor, Capability

_LABEL_WIDTH = 34


def results_modal(
    filled: Filled,
    page: OrderPage,
    here: SearchState,
    now: datetime,
    actor: Actor,
    adjustable: frozenset[int] = frozenset(),
) -> View:
    """One page of a search: the count, the criteria, the two tabs, the orders, and the buttons back and on.

    `adjustable`: the keys of the orders whose price this person may adjust.
    """
    found = f"*{orders_text(page.total, actor)}* · {criteria_text(filled, actor)}"
    blocks: list[Block] = [
        section(found, button("Refine", ids.REFINE)),
        _tabs(filled.criteria.tab, exportable=actor.can(Capability.EXPORT)),
        divider(),
    ]
    blocks.extend(
        section(summary_text(row, now, actor), menu(_operations(row, row.key in adjustable)), f"order-{row.key}")
        for row in page.rows
    )
    blocks.append(divider())
    previous = Position.of(page.previous) if page.previous else None
    following = Position.of(page.next) if page.next else None
    blocks.extend(pager(page, previous, following, actor, ids.PAGE_BACK, ids.PAGE_ON))
    blocks.append(context(f"Newest first. Times are in your time zone, {zone_text(actor)}."))
    return modal("Customer Orders", blocks, callback_id=ids.RESULTS, private_metadata=here.dump())


def empty_modal(filled: Filled, elsewhere: CappedCount, here: SearchState, actor: Actor) -> View:
    """A search that found nothing: its criteria, and what to try.

    `elsewhere`: the number of orders that the same search finds in the other of the two lists.
    """
    tab = filled.criteria.tab
    refine = "*Refine* the search: leave out a criterion, take a shorter part of the name, or widen the days."
    if elsewhere.value:
        first = f"Look under *{tab.other.label}*: the same search finds *{orders_text(elsewhere, actor)}* there."
        tries = [first, refine]
    else:
        examples = f"See `/orders help` for examples. Under *{tab.other.label}* the same search finds nothing either."
        tries = [refine, examples]
    blocks = [
        section(f"*No orders found* · {criteria_text(filled, actor)}", button("Refine", ids.REFINE)),
        _tabs(tab),
        divider(),
        *([section(meant)] if (meant := elsewhere_text(filled.criteria)) else []),
        section("Two things to try:\n" + "\n".join(f"• {one}" for one in tries)),
    ]
    return modal("Customer Orders", blocks, callback_id=ids.RESULTS, private_metadata=here.dump())


def _tabs(tab: CustomerTab, *, exportable: bool = False) -> Block:
    buttons: list[ButtonElement] = []
    for member, action_id in zip(CustomerTab, (ids.TAB_CUSTOMERS, ids.TAB_RESELLERS), strict=True):
        mark = " ✓" if member is tab else ""
        buttons.append(button(member.label + mark, action_id, member.value))
    if exportable:
        buttons.append(button("Export", EXPORT))
    return actions(buttons, "tabs")


def _operations(row: OrderSummary, adjustable: bool) -> list[Entry]:
    key = str(row.key)
    entries = [Entry("View Order Details", ids.VIEW_DETAILS, key)]
    if _has_payment_details(row.status, row.order_type):
        entries.append(Entry("Payment Details", ids.VIEW_PAYMENT, key))
    if adjustable:
        entries.append(Entry("Adjust Price", ADJUST_PRICE, key))
    entries.append(Entry("Price Adjustment History", ORDER_HISTORY, key))
    return entries


def _has_payment_details(status: OrderStatus, order_type: OrderType) -> bool:
    return status is OrderStatus.COMPLETED and order_type is not OrderType.UNSUBSCRIPTION


def details_modal(
    details: OrderDetails, now: datetime, actor: Actor, bar: NotAdjustable | None, channel: str = ""
) -> View:
    """An order: its state, amounts, people, times and items, and what this person may do with it now.

    `bar`: why they cannot adjust its price; None if they can. `channel`: where an export of it is posted.
    """
    order = details.order
    blocks: list[Block] = [section(f"*{shown(order.order_id)}*\n{status_text(order.status)}")]
    blocks.extend(fields(_facts(order, now, actor)))
    blocks.append(divider())
    blocks.append(section("*Amounts*\n" + _amounts_text(details, actor)))
    buttons = []
    if bar is None:
        buttons.append(button("Adjust Price", ADJUST_PRICE, f"{order.key}", style="primary"))
    else:
        blocks.append(context(f"No Adjust Price: {why_not_adjustable(bar, actor)}"))
    if _has_payment_details(order.status, order.order_type):
        buttons.append(button("Payment Details", ids.VIEW_PAYMENT, f"{order.key}"))
    else:
        blocks.append(context(no_payment_details(order)))
    buttons.append(button("Price Adjustment History", ORDER_HISTORY, f"{order.key}"))
    if actor.can(Capability.SHARE):
        buttons.append(button("Share", ids.OPEN_SHARE, f"{order.key}"))
    if actor.can(Capability.EXPORT):
        of_customer = OrderCriteria(tab=order.customer.tab, customer_key=order.customer.key)
        buttons.append(button("Export", EXPORT, SearchState(criteria=of_customer, channel=channel).dump()))
    blocks.append(divider())
    blocks.extend(_items_blocks(details, actor))
    blocks.extend([divider(), actions(buttons, "actions")])
    blocks.append(context(f"Times are in your time zone, {zone_text(actor)}."))
    state = OrderState(order=order.key, items_offset=details.items_offset, channel=channel)
    return modal("Order details", blocks, callback_id=ids.DETAILS, private_metadata=state.dump(), close="Back")


def no_payment_details(order: Order) -> str:
    """Why an order has no payment details."""
    if order.order_type is OrderType.UNSUBSCRIPTION:
        return "No Payment Details: an unsubscription pays back, nothing was paid for it."
    return f"No Payment Details: the order is not completed; it is {order.status.label.lower()}."


def _facts(order: Order, now: datetime, actor: Actor) -> list[tuple[str, str]]:
    customer = order.customer
    pairs: list[tuple[str, str | None]] = [
        ("Customer", shown(customer.name)),
        ("Account", shown(customer.account_name)),
        ("Association", customer.association_type.label),
        ("Account manager", shown(customer.account_manager)),
        ("Reseller", shown(customer.reseller_name or customer.reseller_id or "")),
        ("Product Type", shown(order.product_type.service_type_name)),
        ("Order Type", order.order_type.label),
        ("Ordered On", moment_text(order.create_time, actor)),
        ("Placed by", shown(order.user_name or "")),
        ("Source", order.source_type.label),
        ("Paid on", moment_text(order.payment_time, actor) if order.payment_time else None),
        ("Pay by", _pay_by(order, now, actor)),
        ("Contract", shown(order.contract_id or "")),
        ("Part of order", shown(order.parent_order_id or "")),
        ("E-mail", shown(customer.email or "")),
        ("Telephone", shown(customer.telephone or "")),
        ("Country", shown(customer.country_code or "")),
    ]
    return [(name, value) for name, value in pairs if value]


def _pay_by(order: Order, now: datetime, actor: Actor) -> str | None:
    if order.status is not OrderStatus.PENDING_PAYMENT or order.pending_payment_end_time is None:
        return None
    return deadline_text(order.pending_payment_end_time, now, actor)


def _amounts_text(details: OrderDetails, actor: Actor) -> str:
    order = details.order
    lines: list[tuple[str, Money, str]] = [("Official Amount", order.official_amount, "")]
    lines.extend((kind.label, amount, "−") for kind, amount in details.discounts)
    lines.append(("After discount", order.amount_after_discount, ""))
    for label, amount in (
        ("Coupon", order.coupon_amount),
        ("Flexi-purchase coupon", order.flexipurchase_coupon_amount),
        ("Stored-value card", order.stored_card_amount),
    ):
        if amount:
            lines.append((label, amount, "−"))
    if cash_paid(order) != order.amount_after_discount:
        lines.append(("In cash", cash_paid(order), ""))
    for label, optional in (("Commission", order.commission_amount), ("Consumed", order.consumed_amount)):
        if optional is not None:
            lines.append((label, optional, ""))
    return _ledger(lines, order.currency, actor)


def _ledger(lines: Sequence[tuple[str, Money, str]], currency: str, actor: Actor) -> str:
    """Labels on the left, amounts right-aligned, in a monospace block under the currency."""
    figures = [sign + figure(amount, actor) for _, amount, sign in lines]
    width = max(len(text) for text in [*figures, currency])
    rows = [f"{'':<{_LABEL_WIDTH}} {currency:>{width}}"]
    rows.extend(f"{label:<{_LABEL_WIDTH}} {text:>{width}}" for (label, _, _), text in zip(lines, figures, strict=True))
    return "```" + "\n".join(rows) + "```"


def _items_blocks(details: OrderDetails, actor: Actor) -> list[Block]:
    count, offset = details.item_count, details.items_offset
    if not details.items:
        return [section("*Items*\nNone.")]
    last = offset + len(details.items)
    where = (
        f"{number(offset + 1, actor)}–{number(last, actor)} of {number(count, actor)}"
        if count > ITEMS_PAGE
        else f"{count}"
    )
    blocks: list[Block] = [section(f"*Items* · {where}")]
    blocks.extend(section(_item_text(item, place, actor)) for place, item in enumerate(details.items, offset + 1))
    buttons = []
    if offset > 0:
        buttons.append(button("‹ Previous items", ids.ITEMS_BACK, str(max(offset - ITEMS_PAGE, 0))))
    if last < count:
        buttons.append(button("More items ›", ids.ITEMS_ON, str(last)))
    if buttons:
        blocks.append(actions(buttons, "items"))
    return blocks


def _item_text(item: OrderItem, place: int, actor: Actor) -> str:
    money = money_text(item.amount_after_discount, actor)
    if item.official_amount != item.amount_after_discount:
        money = f"{money_text(item.official_amount, actor)} → *{money}*"
    notes = [quantity_text(item), money]
    if item.effective_time:
        until = f" – {moment_text(item.expire_time, actor)}" if item.expire_time else ""
        notes.append(f"runs {moment_text(item.effective_time, actor)}{until}")
    if not item.discountable:
        notes.append("not discountable")
    specification = shown(item.product_spec_desc, 500)
    return (
        # The form for prices of many items asks for this number.
        f"{place}. *{shown(item.service_type_name)}*"
        + (f" · {specification}" if specification else "")
        + "\n"
        + " · ".join(notes)
    )


def payment_modal(order: Order, paid: PaymentBreakdown, actor: Actor) -> View:
    """The breakdown of what was paid, from list price to cash."""
    lines: list[tuple[str, Money, str]] = [("Official Amount", paid.official_amount, "")]
    lines.extend((kind.label, amount, "−") for kind, amount in paid.discounts)
    lines.append(("After discount", paid.amount_after_discount, ""))
    lines.append(("Coupon", paid.coupon_amount, "−"))
    lines.append(("Flexi-purchase coupon", paid.flexipurchase_coupon_amount, "−"))
    lines.append(("Stored-value card", paid.stored_card_amount, "−"))
    lines.append(("Paid Amount (cash)", paid.cash, ""))
    shown_lines = [line for line in lines if line[1] or not line[2]]
    when = (
        f"Paid on {moment_text(paid.payment_time, actor)}" if paid.payment_time else "The time of payment is not known."
    )
    blocks: list[Block] = [
        section(f"*{shown(order.order_id)}*\n{status_text(order.status)}\n{shown(order.customer.name)}"),
        section(_ledger(shown_lines, order.currency, actor)),
        context(cut(f"{when} · times are in your time zone, {zone_text(actor)}", 2000)),
    ]
    state = OrderState(order=order.key)
    return modal("Payment Details", blocks, callback_id=ids.PAYMENT, private_metadata=state.dump(), close="Back")
