"""Merges staged discounts, which have no id of their own: as sets, order by order."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    Insert,
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
    tuple_,
)

from store.domain.imports import Part
from store.queries.dialect import dialect_of
from store.queries.imports.staging import DISCOUNTS, ORDERS
from store.queries.imports.upsert import IN_BUNDLE, Merged, fits, inserted
from store.tables import OrderDiscountRow, OrderRow

# Discounts have no id: two of the same order, item, type and amount are told apart by their number among their like.
# Compared as sets, which both databases do by sorting or hashing, where a join of them would be of each with each.
_DISCOUNT = ("order_key", "item", "discount_type", "discount_amount")
_COLUMNS = ["order_key", "order_line_item_id", "discount_type", "discount_amount"]


def discounts_differ(connection: Connection) -> bool:
    """Whether the kept discounts of the staged orders may be others than the staged ones.

    Cheaper than to compare them as sets, and mostly they are not: where each staged one is kept, none stands twice, and
    there are as many of the one as of the other, they are the same.
    """
    staged, kept = _staged(), _kept()
    same = and_(
        OrderDiscountRow.order_key == staged.c.order_key,
        func.coalesce(OrderDiscountRow.order_line_item_id, "") == staged.c.item,
        OrderDiscountRow.discount_type == staged.c.discount_type,
        OrderDiscountRow.discount_amount == staged.c.discount_amount,
    )
    is_kept = exists(select(literal(1)).select_from(OrderDiscountRow).where(same))
    not_kept = select(func.count()).select_from(staged).where(or_(not_(staged.c.fits), not_(is_kept)))
    like = [DISCOUNTS.c[name] for name in ("order_id_folded", "order_line_item_id", "discount_type", "discount_amount")]
    twice = select(literal(1).label("one")).select_from(DISCOUNTS).group_by(*like).having(func.count() > 1).subquery()
    # Counted and not asked for existence: to find the first one soon, PostgreSQL would look at each with each.
    differ = select(
        or_(not_kept.scalar_subquery() > 0, _count(twice) > 0, _count(DISCOUNTS) != _count(kept)),
    )
    return bool(connection.execute(differ).scalar_one())


def merge_discounts(connection: Connection) -> Merged:
    """The staged discounts; those of the same orders that are not staged are removed."""
    if not connection.execute(select(_count(_kept()))).scalar_one():
        staged = _staged()
        return Merged(new=inserted(connection, _adding(staged, staged.c.line)))
    if not discounts_differ(connection):
        return Merged()
    dialect_of(connection).sort_frugally(connection)
    staged, kept = _numbered(_staged(), "line"), _numbered(_kept(), "key")
    gone = except_(_comparable(kept), _comparable(staged))
    names_gone = tuple_(*(kept.c[name] for name in (*_DISCOUNT, "number"))).in_(gone)
    remove = delete(OrderDiscountRow).where(OrderDiscountRow.key.in_(select(kept.c.key).where(names_gone)))
    removed = connection.execute(remove).rowcount
    added = except_(_comparable(staged), _comparable(kept)).subquery()
    return Merged(new=inserted(connection, _adding(added, *(added.c[name] for name in _DISCOUNT))), removed=removed)


def _staged() -> FromClause:
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


def _kept() -> FromClause:
    """The kept discounts of the staged orders."""
    return (
        select(
            OrderDiscountRow.key,
            OrderDiscountRow.order_key,
            func.coalesce(OrderDiscountRow.order_line_item_id, "").label("item"),
            OrderDiscountRow.discount_type,
            OrderDiscountRow.discount_amount,
        )
        .where(OrderDiscountRow.order_key.in_(IN_BUNDLE))
        .subquery()
    )


def _numbered(rows: FromClause, order: str) -> FromClause:
    number = func.row_number().over(partition_by=[rows.c[name] for name in _DISCOUNT], order_by=rows.c[order])
    return select(*rows.c, number.label("number")).subquery()


def _comparable(rows: FromClause) -> Select[*tuple[Any, ...]]:
    return select(*(rows.c[name] for name in (*_DISCOUNT, "number")))


def _adding(rows: FromClause, *order: ColumnElement[Any]) -> Insert:
    item = func.nullif(rows.c.item, "")
    values = select(rows.c.order_key, item, rows.c.discount_type, rows.c.discount_amount)
    return insert(OrderDiscountRow).from_select(_COLUMNS, values.order_by(*order))


def _count(rows: FromClause) -> ScalarSelect[int]:
    return select(func.count()).select_from(rows).scalar_subquery()
