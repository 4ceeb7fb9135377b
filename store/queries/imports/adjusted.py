"""Staged orders whose prices the desk has adjusted: what the bundle shows of them, beside what they are and were.

All amounts are whole minor units of the order's currency.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Insert, Select, delete, insert, select, update

from store.domain.adjustments.states import AdjustmentState
from store.domain.orders.order import OrderStatus
from store.queries.dialect import dialect_of
from store.queries.imports.staging import ADJUSTED, DISCOUNTS, ITEMS, KEPT, ORDERS
from store.tables import AdjustmentItemRow, AdjustmentRow, OrderDiscountRow, OrderItemRow, OrderRow


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


_STANDING = (AdjustmentRow.state == AdjustmentState.APPLIED, AdjustmentRow.overridden_at.is_(None))
ItemRows = Select[int, str, int, int]
"""Whose item it is, its order_line_item_id, its list price, and its amount after discount."""


def lock_staged_orders(connection: Connection) -> None:
    """Nobody adjusts a price of the bundle's orders from here to the end of the transaction.

    Only orders that are pending payment now can be adjusted.
    """
    adjustable = (
        select(OrderRow.key)
        .join(ORDERS, ORDERS.c.order_id_folded == OrderRow.order_id_folded)
        .where(OrderRow.status == OrderStatus.PENDING_PAYMENT)
        .order_by(OrderRow.key)
        .with_for_update(of=OrderRow)
    )
    dialect_of(connection).lock_rows(connection, adjustable)


def list_adjusted_orders(connection: Connection) -> tuple[AdjustedOrder, ...]:
    """The staged orders that have adjustments which stand; people made each of them, so they fit in memory."""
    standing = (
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
    adjustments = connection.execute(standing).all()
    if not adjustments:
        return ()
    named = [{"line": 0, "adjustment_key": row.key, "order_key": row.order_key} for row in adjustments]
    connection.execute(insert(ADJUSTED), named)
    of_adjustments = _items(connection, _items_before())
    before: defaultdict[int, dict[int, Figures]] = defaultdict(dict)
    for row in adjustments:
        before[row.order_key][row.key] = Figures(
            row.currency, row.official_amount, row.amount_before, row.coupons_and_cards, of_adjustments[row.key]
        )
    present, staged = _items(connection, _items_now()), _items(connection, _items_staged())
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
        for row in connection.execute(_orders_now_and_staged())
    )


def _orders_now_and_staged() -> Select[*tuple[Any, ...]]:
    return (
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
        .where(OrderRow.key.in_(select(ADJUSTED.c.order_key)))
        .order_by(OrderRow.key)
    )


def _items_before() -> ItemRows:
    return select(
        AdjustmentItemRow.adjustment_key,
        AdjustmentItemRow.order_line_item_id,
        AdjustmentItemRow.official_amount,
        AdjustmentItemRow.amount_before,
    ).where(AdjustmentItemRow.adjustment_key.in_(select(ADJUSTED.c.adjustment_key)))


def _items_now() -> ItemRows:
    return select(
        OrderItemRow.order_key,
        OrderItemRow.order_line_item_id,
        OrderItemRow.official_amount,
        OrderItemRow.amount_after_discount,
    ).where(OrderItemRow.order_key.in_(select(ADJUSTED.c.order_key)))


def _items_staged() -> ItemRows:
    return (
        select(
            OrderRow.key,
            ITEMS.c.order_line_item_id,
            ITEMS.c.official_amount // ORDERS.c.scale,
            ITEMS.c.amount_after_discount // ORDERS.c.scale,
        )
        .select_from(ITEMS)
        .join(ORDERS, ORDERS.c.order_id_folded == ITEMS.c.order_id_folded)
        .join(OrderRow, OrderRow.order_id_folded == ITEMS.c.order_id_folded)
        .where(OrderRow.key.in_(select(ADJUSTED.c.order_key)))
    )


def _items(connection: Connection, asked: ItemRows) -> defaultdict[int, frozenset[tuple[str, int, int]]]:
    found: defaultdict[int, set[tuple[str, int, int]]] = defaultdict(set)
    for owner, item, official, after in connection.execute(asked):
        found[owner].add((item, official, after))
    return defaultdict(frozenset, {owner: frozenset(items) for owner, items in found.items()})


def keep_adjusted_price(connection: Connection, orders: Iterable[AdjustedOrder]) -> None:
    """Makes staging show these orders at the prices that they have, so that merging leaves those as they are.

    All at once: staging has no index in PostgreSQL, and to look for each order in it would be to read it so often.
    """
    named = [{"line": 0, "order_id_folded": order.order_id_folded} for order in orders]
    if not named:
        return
    connection.execute(insert(KEPT), named)
    kept = select(KEPT.c.order_id_folded)
    keep_orders = (
        update(ORDERS)
        .where(ORDERS.c.order_id_folded == OrderRow.order_id_folded, ORDERS.c.order_id_folded.in_(kept))
        .values(amount_after_discount=OrderRow.amount_after_discount * ORDERS.c.scale)
    )
    keep_items = (
        update(ITEMS)
        .where(
            ITEMS.c.order_line_item_id == OrderItemRow.order_line_item_id,
            ITEMS.c.order_id_folded.in_(kept),
            ORDERS.c.order_id_folded == ITEMS.c.order_id_folded,
        )
        .values(amount_after_discount=OrderItemRow.amount_after_discount * ORDERS.c.scale)
    )
    drop_discounts = delete(DISCOUNTS).where(DISCOUNTS.c.order_id_folded.in_(kept))
    for statement in (keep_orders, keep_items, drop_discounts, _keep_discounts()):
        connection.execute(statement)


def _keep_discounts() -> Insert:
    values = {
        # Lines of no file: those of the bundle count from 1.
        "line": -OrderDiscountRow.key,
        "order_id": OrderRow.order_id,
        "order_line_item_id": OrderDiscountRow.order_line_item_id,
        "discount_type": OrderDiscountRow.discount_type,
        "discount_amount": OrderDiscountRow.discount_amount * ORDERS.c.scale,
        "currency": OrderRow.currency,
        "order_id_folded": OrderRow.order_id_folded,
    }
    rows = (
        select(*values.values())
        .select_from(KEPT)
        .join(ORDERS, ORDERS.c.order_id_folded == KEPT.c.order_id_folded)
        .join(OrderRow, OrderRow.order_id_folded == KEPT.c.order_id_folded)
        .join(OrderDiscountRow, OrderDiscountRow.order_key == OrderRow.key)
    )
    return insert(DISCOUNTS).from_select(list(values), rows)


def override_adjustments(connection: Connection, keys: Iterable[int], at: datetime) -> None:
    """Marks adjustments whose prices the source no longer knows."""
    standing = (AdjustmentRow.key.in_(list(keys)), *_STANDING)
    connection.execute(update(AdjustmentRow).where(*standing).values(overridden_at=at))
