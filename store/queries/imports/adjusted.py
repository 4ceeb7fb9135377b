"""Staged orders whose prices the desk has adjusted: what the bundle shows of them, beside what they are and were.

All amounts are whole minor units of the order's currency.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, func, insert, select, update

from store.domain.adjustments.states import AdjustmentState
from store.domain.orders.order import OrderStatus
from store.queries.imports.staging import ADJUSTED, DISCOUNTS, ITEMS, KEPT, ORDERS
from store.tables import AdjustmentItemRow, AdjustmentRow, OrderDiscountRow, OrderItemRow, OrderRow, UtcTime


@dataclass(frozen=True, slots=True)
class Figures:
    """An order's money: two are equal where every amount is."""

    currency: str
    official_amount: int
    amount_after_discount: int
    coupons_and_cards: int
    items: frozenset[tuple[str, int, int]]
    """By order_line_item_id: list price, and amount after discount."""


@dataclass(frozen=True, slots=True)
class AdjustedOrder:
    """An order of the bundle with adjustments that stand."""

    key: int
    order_id: str
    order_id_folded: str
    scale: int
    """How many units of staged amounts make a minor unit."""
    status: OrderStatus
    staged_status: OrderStatus
    present: Figures
    staged: Figures
    before: dict[int, Figures]
    """What the order was before each adjustment that stands, by the adjustment's key; the last one is the latest."""


_LOCKED = select(func.count()).select_from(
    select(OrderRow.key)
    .join(ORDERS, ORDERS.c.order_id_folded == OrderRow.order_id_folded)
    .where(OrderRow.status == OrderStatus.PENDING_PAYMENT)
    .order_by(OrderRow.key)
    .with_for_update(of=OrderRow)
    .subquery()
)
_STANDING = (AdjustmentRow.state == AdjustmentState.APPLIED, AdjustmentRow.overridden_at.is_(None))
_ADJUSTMENTS = (
    select(
        AdjustmentRow.key,
        AdjustmentRow.order_key,
        AdjustmentRow.currency,
        AdjustmentRow.official_amount,
        AdjustmentRow.amount_before,
        AdjustmentRow.coupons_and_cards,
    )
    .join(OrderRow, OrderRow.key == AdjustmentRow.order_key)
    .join(ORDERS, ORDERS.c.order_id_folded == OrderRow.order_id_folded)
    .where(*_STANDING)
    .order_by(AdjustmentRow.key)
)
_NAME_ADJUSTED = insert(ADJUSTED)
_ADJUSTED = select(ADJUSTED.c.order_key)
_ADJUSTED_ITEMS = select(
    AdjustmentItemRow.adjustment_key.label("owner"),
    AdjustmentItemRow.order_line_item_id,
    AdjustmentItemRow.official_amount,
    AdjustmentItemRow.amount_before.label("after"),
).where(AdjustmentItemRow.adjustment_key.in_(select(ADJUSTED.c.adjustment_key)))
_ORDERS = (
    select(
        OrderRow.key,
        OrderRow.order_id,
        OrderRow.order_id_folded,
        OrderRow.status,
        OrderRow.currency,
        OrderRow.official_amount,
        OrderRow.amount_after_discount,
        OrderRow.coupon_amount,
        OrderRow.flexipurchase_coupon_amount,
        OrderRow.stored_card_amount,
        ORDERS.c.scale,
        ORDERS.c.status.label("staged_status"),
        ORDERS.c.currency.label("staged_currency"),
        ORDERS.c.official_amount.label("staged_official"),
        ORDERS.c.amount_after_discount.label("staged_after"),
        ORDERS.c.coupon_amount.label("staged_coupon"),
        ORDERS.c.flexipurchase_coupon_amount.label("staged_flexi"),
        ORDERS.c.stored_card_amount.label("staged_card"),
    )
    .join(ORDERS, ORDERS.c.order_id_folded == OrderRow.order_id_folded)
    .where(OrderRow.key.in_(_ADJUSTED))
    .order_by(OrderRow.key)
)
_ITEMS = select(
    OrderItemRow.order_key.label("owner"),
    OrderItemRow.order_line_item_id,
    OrderItemRow.official_amount,
    OrderItemRow.amount_after_discount.label("after"),
).where(OrderItemRow.order_key.in_(_ADJUSTED))
_STAGED_ITEMS = (
    select(
        OrderRow.key.label("owner"),
        ITEMS.c.order_line_item_id,
        (ITEMS.c.official_amount // ORDERS.c.scale).label("official_amount"),
        (ITEMS.c.amount_after_discount // ORDERS.c.scale).label("after"),
    )
    .select_from(ITEMS)
    .join(ORDERS, ORDERS.c.order_id_folded == ITEMS.c.order_id_folded)
    .join(OrderRow, OrderRow.order_id_folded == ITEMS.c.order_id_folded)
    .where(OrderRow.key.in_(_ADJUSTED))
)

_NAME_KEPT = insert(KEPT)
_KEPT_ORDERS = select(KEPT.c.order_id_folded)
_KEEP_ORDERS = (
    update(ORDERS)
    .where(ORDERS.c.order_id_folded == OrderRow.order_id_folded, ORDERS.c.order_id_folded.in_(_KEPT_ORDERS))
    .values(amount_after_discount=OrderRow.amount_after_discount * ORDERS.c.scale)
)
_KEEP_ITEMS = (
    update(ITEMS)
    .where(
        ITEMS.c.order_line_item_id == OrderItemRow.order_line_item_id,
        ITEMS.c.order_id_folded.in_(_KEPT_ORDERS),
        ORDERS.c.order_id_folded == ITEMS.c.order_id_folded,
    )
    .values(amount_after_discount=OrderItemRow.amount_after_discount * ORDERS.c.scale)
)
_DROP_DISCOUNTS = delete(DISCOUNTS).where(DISCOUNTS.c.order_id_folded.in_(_KEPT_ORDERS))
_KEEP_DISCOUNTS = insert(DISCOUNTS).from_select(
    [
        "line",
        "order_id",
        "order_line_item_id",
        "discount_type",
        "discount_amount",
        "currency",
        "order_id_folded",
    ],
    select(
        # Lines of no file: those of the bundle count from 1.
        -OrderDiscountRow.key,
        OrderRow.order_id,
        OrderDiscountRow.order_line_item_id,
        OrderDiscountRow.discount_type,
        OrderDiscountRow.discount_amount * ORDERS.c.scale,
        OrderRow.currency,
        OrderRow.order_id_folded,
    )
    .select_from(KEPT)
    .join(ORDERS, ORDERS.c.order_id_folded == KEPT.c.order_id_folded)
    .join(OrderRow, OrderRow.order_id_folded == KEPT.c.order_id_folded)
    .join(OrderDiscountRow, OrderDiscountRow.order_key == OrderRow.key),
)
_OVERRIDE = (
    update(AdjustmentRow)
    .where(AdjustmentRow.key.in_(bindparam("keys", expanding=True)), *_STANDING)
    .values(overridden_at=bindparam("at", type_=UtcTime()))
)


def lock_staged_orders(connection: Connection) -> None:
    """PostgreSQL: nobody adjusts a price of the bundle's orders from here to the end of the transaction.

    Only orders that are pending payment now can be adjusted. SQLite has one writer as it is.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(_LOCKED)


def list_adjusted_orders(connection: Connection) -> tuple[AdjustedOrder, ...]:
    """The staged orders that have adjustments which stand; people made each of them, so they fit in memory."""
    adjustments = connection.execute(_ADJUSTMENTS).all()
    if not adjustments:
        return ()
    named = [{"line": 0, "adjustment_key": row.key, "order_key": row.order_key} for row in adjustments]
    connection.execute(_NAME_ADJUSTED, named)
    of_adjustments = _items(connection.execute(_ADJUSTED_ITEMS))
    before: defaultdict[int, dict[int, Figures]] = defaultdict(dict)
    for row in adjustments:
        before[row.order_key][row.key] = Figures(
            row.currency, row.official_amount, row.amount_before, row.coupons_and_cards, of_adjustments[row.key]
        )
    present, staged = _items(connection.execute(_ITEMS)), _items(connection.execute(_STAGED_ITEMS))
    return tuple(
        AdjustedOrder(
            key=row.key,
            order_id=row.order_id,
            order_id_folded=row.order_id_folded,
            scale=row.scale,
            status=OrderStatus(row.status),
            staged_status=OrderStatus(row.staged_status),
            present=Figures(
                row.currency,
                row.official_amount,
                row.amount_after_discount,
                row.coupon_amount + row.flexipurchase_coupon_amount + row.stored_card_amount,
                present[row.key],
            ),
            staged=Figures(
                row.staged_currency,
                row.staged_official // row.scale,
                row.staged_after // row.scale,
                sum(amount or 0 for amount in (row.staged_coupon, row.staged_flexi, row.staged_card)) // row.scale,
                staged[row.key],
            ),
            before=before[row.key],
        )
        for row in connection.execute(_ORDERS)
    )


def keep_adjusted_price(connection: Connection, orders: Iterable[AdjustedOrder]) -> None:
    """Makes staging show these orders at the prices that they have, so that merging leaves those as they are.

    All at once: staging has no index in PostgreSQL, and to look for each order in it would be to read it so often.
    """
    named = [{"line": 0, "order_id_folded": order.order_id_folded} for order in orders]
    if named:
        connection.execute(_NAME_KEPT, named)
        for statement in (_KEEP_ORDERS, _KEEP_ITEMS, _DROP_DISCOUNTS, _KEEP_DISCOUNTS):
            connection.execute(statement)


def override_adjustments(connection: Connection, keys: Iterable[int], at: datetime) -> None:
    """Marks adjustments whose prices the source no longer knows."""
    connection.execute(_OVERRIDE, {"keys": list(keys), "at": at})


def _items(rows: Iterable[tuple[int, str, int, int]]) -> defaultdict[int, frozenset[tuple[str, int, int]]]:
    found: defaultdict[int, set[tuple[str, int, int]]] = defaultdict(set)
    for owner, item, official, after in rows:
        found[owner].add((item, official, after))
    return defaultdict(frozenset, {owner: frozenset(items) for owner, items in found.items()})
