"""Merges staged discounts, which have no id of their own: as sets, order by order."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    ScalarSelect,
    Select,
    and_,
    delete,
    except_,
    exists,
    func,
    insert,
    literal,
    not_,
    or_,
    select,
    text,
    tuple_,
)

from store.domain.imports import Part
from store.queries.imports.staging import DISCOUNTS, ORDERS
from store.queries.imports.upsert import IN_BUNDLE, Merged, fits, inserted
from store.tables import OrderDiscountRow, OrderRow

SORTING_KIB = 8_192
"""What SQLite may hold of each set of discounts that it sorts. With as much as its cache, several sorted at once make
the end of an import the peak of its memory, and gain no time.
"""

# Discounts have no id: two of the same order, item, type and amount are told apart by their number among their like.
# Compared as sets, which both databases do by sorting or hashing, where a join of them would be of each with each.
_DISCOUNT = ("order_key", "item", "discount_type", "discount_amount")


def _numbered(rows: FromClause, order: str) -> FromClause:
    like = [rows.c[name] for name in _DISCOUNT]
    number = func.row_number().over(partition_by=like, order_by=rows.c[order])
    return select(*rows.c, number.label("number")).subquery()


def _comparable(rows: FromClause) -> Select[*tuple[Any, ...]]:
    return select(*(rows.c[name] for name in (*_DISCOUNT, "number")))


def _plain_discounts() -> FromClause:
    """The staged discounts as they would be kept."""
    joined = DISCOUNTS.join(ORDERS, ORDERS.c.order_id_folded == DISCOUNTS.c.order_id_folded)
    return (
        select(
            DISCOUNTS.c.line,
            OrderRow.key.label("order_key"),
            func.coalesce(DISCOUNTS.c.order_line_item_id, "").label("item"),
            DISCOUNTS.c.discount_type,
            (DISCOUNTS.c.discount_amount // ORDERS.c.scale).label("discount_amount"),
            fits(Part.ORDER_DISCOUNTS).label("fits"),
        )
        .select_from(joined.join(OrderRow, OrderRow.order_id_folded == DISCOUNTS.c.order_id_folded))
        .subquery()
    )


_staged_discounts = _numbered(_plain_discounts(), "line")
_kept_discounts = _numbered(
    select(
        OrderDiscountRow.key,
        OrderDiscountRow.order_key,
        func.coalesce(OrderDiscountRow.order_line_item_id, "").label("item"),
        OrderDiscountRow.discount_type,
        OrderDiscountRow.discount_amount,
    )
    .where(OrderDiscountRow.order_key.in_(IN_BUNDLE))
    .subquery(),
    "key",
)
_REMOVE_DISCOUNTS = delete(OrderDiscountRow).where(
    OrderDiscountRow.key.in_(
        select(_kept_discounts.c.key).where(
            tuple_(*(_kept_discounts.c[name] for name in (*_DISCOUNT, "number"))).in_(
                except_(_comparable(_kept_discounts), _comparable(_staged_discounts))
            )
        )
    )
)
_added = except_(_comparable(_staged_discounts), _comparable(_kept_discounts)).subquery()
_ADD_DISCOUNTS = insert(OrderDiscountRow).from_select(
    ["order_key", "order_line_item_id", "discount_type", "discount_amount"],
    select(
        _added.c.order_key, func.nullif(_added.c.item, ""), _added.c.discount_type, _added.c.discount_amount
    ).order_by(_added.c.order_key, _added.c.item, _added.c.discount_type, _added.c.discount_amount),
)


def _same_discount(rows: FromClause) -> ColumnElement[bool]:
    """That a kept discount says the same as one of those rows."""
    return and_(
        OrderDiscountRow.order_key == rows.c.order_key,
        func.coalesce(OrderDiscountRow.order_line_item_id, "") == rows.c.item,
        OrderDiscountRow.discount_type == rows.c.discount_type,
        OrderDiscountRow.discount_amount == rows.c.discount_amount,
    )


_staged_plain = _plain_discounts()
_not_kept = (
    select(func.count())
    .select_from(_staged_plain)
    .where(
        or_(
            not_(_staged_plain.c.fits),
            not_(exists(select(literal(1)).select_from(OrderDiscountRow).where(_same_discount(_staged_plain)))),
        )
    )
)
_twice = (
    select(literal(1).label("one"))
    .select_from(DISCOUNTS)
    .group_by(
        DISCOUNTS.c.order_id_folded,
        DISCOUNTS.c.order_line_item_id,
        DISCOUNTS.c.discount_type,
        DISCOUNTS.c.discount_amount,
    )
    .having(func.count() > 1)
    .subquery()
)
_kept_in_bundle = select(OrderDiscountRow.key).where(OrderDiscountRow.order_key.in_(IN_BUNDLE)).subquery()


def _count(rows: FromClause) -> ScalarSelect[int]:
    return select(func.count()).select_from(rows).scalar_subquery()


# Counted and not asked for existence: to find the first one soon, PostgreSQL would look at each with each.
_ANY_DISCOUNT_DIFFERS = select(
    or_(_not_kept.scalar_subquery() > 0, _count(_twice) > 0, _count(DISCOUNTS) != _count(_kept_in_bundle))
)
"""Whether the kept discounts may be others: cheaper than to compare them as sets, and mostly they are not.

Where each staged one is kept, none stands twice, and there are as many of the one as of the other, they are the same.
"""


def discounts_differ(connection: Connection) -> bool:
    """Whether the kept discounts of the staged orders may be others than the staged ones."""
    return bool(connection.execute(_ANY_DISCOUNT_DIFFERS).scalar_one())


_COUNT_KEPT = select(_count(_kept_in_bundle))
_ADD_ALL = insert(OrderDiscountRow).from_select(
    ["order_key", "order_line_item_id", "discount_type", "discount_amount"],
    select(
        _staged_plain.c.order_key,
        func.nullif(_staged_plain.c.item, ""),
        _staged_plain.c.discount_type,
        _staged_plain.c.discount_amount,
    ).order_by(_staged_plain.c.line),
)


def merge_discounts(connection: Connection) -> Merged:
    """The staged discounts; those of the same orders that are not staged are removed."""
    if not connection.execute(_COUNT_KEPT).scalar_one():
        return Merged(new=inserted(connection, _ADD_ALL))
    if not discounts_differ(connection):
        return Merged()
    if connection.dialect.name == "sqlite":
        # Whatever sorts may hold as much as the cache of pages, and here several sort at once.
        connection.execute(text(f"PRAGMA cache_size=-{SORTING_KIB}"))
    removed = connection.execute(_REMOVE_DISCOUNTS).rowcount
    return Merged(new=inserted(connection, _ADD_DISCOUNTS), removed=removed)
