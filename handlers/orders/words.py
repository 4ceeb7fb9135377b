"""Orders in words: states with their signs, deadlines, an order in three lines. Pure."""

from __future__ import annotations

import re
from datetime import datetime

from handlers.kit.blocks import shown
from handlers.kit.formats import moment_text, money_text, time_left
from store.domain.adjustments.adjustment import key_of
from store.domain.orders.criteria import OrderCriteria
from store.domain.orders.order import OrderStatus, OrderSummary, fold_typed_order_id
from store.domain.people import Actor

_EXPORT_NO = re.compile("EX-?[0-9]{1,18}")
_YELLOW = (OrderStatus.PENDING_PAYMENT, OrderStatus.PENDING_APPROVAL, OrderStatus.PENDING_CONFIRMATION)
_SIGNS = {
    **dict.fromkeys(OrderStatus, ":large_blue_circle:"),
    **dict.fromkeys(_YELLOW, ":large_yellow_circle:"),
    OrderStatus.COMPLETED: ":large_green_circle:",
    OrderStatus.CANCELLED: ":white_circle:",
}


def status_text(status: OrderStatus) -> str:
    """The state's sign and its word."""
    return f"{_SIGNS[status]} {status.label}"


def deadline_text(deadline: datetime, now: datetime, actor: Actor) -> str:
    """When a pending order must be paid, and how much time is left."""
    left = time_left(deadline, now)
    return f"{moment_text(deadline, actor)} ({left or 'passed'})"


def summary_text(row: OrderSummary, now: datetime, actor: Actor) -> str:
    """An order in three lines: number and state; customer, product and type; amounts and times."""
    money = f"*{money_text(row.amount_after_discount, actor)}*"
    if row.official_amount != row.amount_after_discount:
        money += f"  (list {money_text(row.official_amount, actor)})"
    when = moment_text(row.create_time, actor)
    if row.status is OrderStatus.PENDING_PAYMENT and row.pending_payment_end_time:
        when += f" · pay by {deadline_text(row.pending_payment_end_time, now, actor)}"
    return (
        f"*{shown(row.order_id)}*  {status_text(row.status)}\n"
        f"{shown(row.customer_name)} · {shown(row.service_type_name, 100)} · {row.order_type.label}\n"
        f"{money} · {when}"
    )


def elsewhere_text(criteria: OrderCriteria) -> str:
    """Where to look instead, if orders were searched by the number of something else; empty otherwise.

    It says so for any number of that form, and never whether that number exists.
    """
    typed = fold_typed_order_id(criteria.order_no or criteria.customer)
    if key_of(typed) is not None:
        return f"{typed} looks like the number of a price adjustment: `/adjustments {typed}` opens it."
    if _EXPORT_NO.fullmatch(typed):
        return f"{typed} looks like the number of an export: see `/export-history`."
    return ""
