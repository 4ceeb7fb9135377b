"""Orders in words: states with their signs, criteria as a sentence, periods and quantities. Pure."""

from __future__ import annotations

from datetime import datetime

from handlers.kit.blocks import shown
from handlers.kit.formats import day_text, moment_text, money_text, time_left
from store.domain.criteria import OrderCriteria
from store.domain.customers import CustomerName
from store.domain.orders import OrderStatus, OrderSummary, ProductType
from store.domain.people import Actor

_YELLOW = (OrderStatus.PENDING_PAYMENT, OrderStatus.PENDING_APPROVAL, OrderStatus.PENDING_CONFIRMATION)
_SIGNS = {
    **dict.fromkeys(OrderStatus, ":large_blue_circle:"),
    **dict.fromkeys(_YELLOW, ":large_yellow_circle:"),
    OrderStatus.COMPLETED: ":large_green_circle:",
    OrderStatus.CANCELLED: ":white_circle:",
}


def status_text(status: OrderStatus) -> str:
    """The state's sign with its word beside it."""
    return f"{_SIGNS[status]} {status.label}"


def criteria_text(
    criteria: OrderCriteria, product_types: tuple[ProductType, ...], customer: CustomerName | None, actor: Actor
) -> str:
    """What was searched by, as `Customer “acme” · Pending payment · 1 Oct – 31 Oct 2026`; escaped."""
    parts = []
    if customer:
        parts.append(f"Customer {shown(customer.name)}")
    if criteria.customer:
        parts.append(f"Customer “{shown(criteria.customer)}”")
    if criteria.order_no:
        parts.append(f"Order No. {shown(criteria.order_no)}")
    if criteria.statuses:
        parts.append(" or ".join(status.label for status in sorted(criteria.statuses)))
    if product_types:
        parts.append(" or ".join(shown(product.service_type_name, 60) for product in product_types))
    if criteria.order_types:
        parts.append(" or ".join(order_type.label for order_type in sorted(criteria.order_types)))
    parts.extend(_days(criteria, actor))
    return " · ".join(parts) or "All orders"


def _days(criteria: OrderCriteria, actor: Actor) -> list[str]:
    first, last = criteria.ordered_from, criteria.ordered_to
    if first and last:
        if first == last:
            return [f"Ordered on {day_text(first, actor)}"]
        return [f"Ordered {day_text(first, actor)} – {day_text(last, actor)}"]
    if first:
        return [f"Ordered since {day_text(first, actor)}"]
    return [f"Ordered until {day_text(last, actor)}"] if last else []


def deadline_text(deadline: datetime, now: datetime, actor: Actor) -> str:
    """Until when a pending order must be paid, and how long is left."""
    left = time_left(deadline, now)
    return f"{moment_text(deadline, actor)} ({left or 'passed'})"


def summary_text(row: OrderSummary, now: datetime, actor: Actor) -> str:
    """An order in three lines: what it is and its state, whose, the money and when."""
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
