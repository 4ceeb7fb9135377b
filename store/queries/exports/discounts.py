"""What was taken off a workbook's orders, by type of discount. The reach stands in the WHERE of the orders."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence

from sqlalchemy import BigInteger, Connection, Select, cast, exists, func, select

from store.domain.orders.order import DiscountType
from store.queries.exports.rows import Selection, orders_of
from store.queries.query import query
from store.tables import OrderDiscountRow, OrderRow

Columns = Callable[[Sequence[int]], list[list[int | None]]]


def list_discount_types(connection: Connection, selection: Selection) -> tuple[DiscountType, ...]:
    """The types of the selected orders' discounts, in the order of the vendor's codes."""
    if not connection.execute(select(exists(select(OrderDiscountRow.key)))).scalar():
        return ()
    types = (
        select(OrderDiscountRow.discount_type)
        .join_from(OrderRow, OrderDiscountRow, OrderDiscountRow.order_key == OrderRow.key)
        .distinct()
    )
    return tuple(
        DiscountType(code) for code in sorted(connection.execute(orders_of(connection, selection, types)).scalars())
    )


def discount_columns(connection: Connection, types: Sequence[DiscountType]) -> Columns:
    """What gives, for orders by their keys, a column for each of these types: minor units, None where there is none."""

    def columns(keys: Sequence[int]) -> list[list[int | None]]:
        if not types:
            return []
        sums = _sums(connection, keys)
        return [[sums[key].get(kind) if key in sums else None for key in keys] for kind in types]

    return columns


@query
def _sums_of(orders: Sequence[int]) -> Select[int, int, bool, int]:
    of_an_item = OrderDiscountRow.order_line_item_id.is_not(None)
    row = OrderDiscountRow
    return (
        select(row.order_key, row.discount_type, of_an_item, cast(func.sum(row.discount_amount), BigInteger))
        .where(row.order_key.in_(orders))
        .group_by(row.order_key, row.discount_type, of_an_item)
    )


def _sums(connection: Connection, keys: Sequence[int]) -> dict[int, dict[int, int]]:
    """Those of the order where it has any, else those of its items: as `store.domain.amounts.discounts_by_type`."""
    found: defaultdict[int, tuple[dict[int, int], dict[int, int]]] = defaultdict(lambda: ({}, {}))
    for key, kind, of_an_item, amount in _sums_of(connection, list(keys)):
        found[key][bool(of_an_item)][kind] = amount
    return {key: of_order or of_items for key, (of_order, of_items) in found.items()}
