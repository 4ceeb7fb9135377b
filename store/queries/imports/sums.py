"""Which staged orders' money may not add up: a sieve in SQL, so that only few are judged one by one by the domain.

The sieve lets no order through whose money does not add up (`domain.amounts.check_amounts`); a test holds it to that.
Nor one without items, or with too many of them or of discounts, whose counts come of the same pass.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    FromClause,
    Select,
    Table,
    and_,
    bindparam,
    case,
    cast,
    func,
    insert,
    literal,
    or_,
    select,
    union,
)

from store.domain.orders.order import OrderType
from store.queries.imports.checks import Found, ask, fine
from store.queries.imports.staging import DISCOUNTS, ITEMS, ORDERS, SUSPECTS, UNIT
from store.queries.imports.upsert import inserted


def _sum(column: ColumnElement[Any]) -> tuple[ColumnElement[int], ColumnElement[int]]:
    """The sum in two halves, whole units and what is below: SQLite's sum of the whole could overflow."""
    amount = func.coalesce(column, 0)
    return cast(func.sum(amount // UNIT), BigInteger), cast(func.sum(amount % UNIT), BigInteger)


def _differs(high: ColumnElement[int], low: ColumnElement[int], expected: ColumnElement[int]) -> ColumnElement[bool]:
    return or_(high + low // UNIT != expected // UNIT, low % UNIT != expected % UNIT)


def _suspects(most: int) -> Select[*tuple[Any, ...]]:
    items = _sums_of_items()
    discounts = _sums_of_discounts()
    less = ORDERS.c.official_amount - ORDERS.c.amount_after_discount
    own = func.coalesce(discounts.c.own, 0)
    of_items = func.coalesce(discounts.c.times, 0) - own
    return (
        select(ORDERS.c.order_id_folded)
        .outerjoin(items, items.c.id == ORDERS.c.order_id_folded)
        .outerjoin(discounts, discounts.c.id == ORDERS.c.order_id_folded)
        .where(
            or_(
                items.c.id.is_(None),
                items.c.times > most,
                discounts.c.times > most,
                _differs(items.c.official_high, items.c.official_low, ORDERS.c.official_amount),
                _differs(items.c.after_high, items.c.after_low, ORDERS.c.amount_after_discount),
                less < 0,
                and_(own == 0, of_items == 0, less != 0),
                and_(own > 0, _differs(discounts.c.own_high, discounts.c.own_low, less)),
                and_(ORDERS.c.order_type == int(OrderType.UNSUBSCRIPTION), less != 0),
                ORDERS.c.coupon_amount + ORDERS.c.flexipurchase_coupon_amount + ORDERS.c.stored_card_amount
                > ORDERS.c.amount_after_discount,
            )
        )
    )


def _sums_of_items() -> FromClause:
    official_high, official_low = _sum(ITEMS.c.official_amount)
    after_high, after_low = _sum(ITEMS.c.amount_after_discount)
    return (
        select(
            ITEMS.c.order_id_folded.label("id"),
            func.count().label("times"),
            official_high.label("official_high"),
            official_low.label("official_low"),
            after_high.label("after_high"),
            after_low.label("after_low"),
        )
        .group_by(ITEMS.c.order_id_folded)
        .subquery()
    )


def _sums_of_discounts(*by: ColumnElement[Any]) -> FromClause:
    """Each order's discounts, those of itself (own) and those of its items; also `by` something more."""
    own = DISCOUNTS.c.order_line_item_id.is_(None)
    own_high, own_low = _sum(case((own, DISCOUNTS.c.discount_amount), else_=0))
    high, low = _sum(case((own, 0), else_=DISCOUNTS.c.discount_amount))
    return (
        select(
            DISCOUNTS.c.order_id_folded.label("id"),
            func.count().label("times"),
            cast(func.sum(case((own, 1), else_=0)), BigInteger).label("own"),
            own_high.label("own_high"),
            own_low.label("own_low"),
            high.label("high"),
            low.label("low"),
        )
        .group_by(DISCOUNTS.c.order_id_folded, *by)
        .subquery()
    )


def _suspect_items() -> Select[*tuple[Any, ...]]:
    high, low = _sum(DISCOUNTS.c.discount_amount)
    given = (
        select(
            DISCOUNTS.c.order_id_folded.label("id"),
            DISCOUNTS.c.order_line_item_id.label("item"),
            high.label("high"),
            low.label("low"),
        )
        .where(DISCOUNTS.c.order_line_item_id.is_not(None))
        .group_by(DISCOUNTS.c.order_id_folded, DISCOUNTS.c.order_line_item_id)
        .subquery()
    )
    less = ITEMS.c.official_amount - ITEMS.c.amount_after_discount
    return (
        select(ITEMS.c.order_id_folded)
        .outerjoin(given, and_(given.c.id == ITEMS.c.order_id_folded, given.c.item == ITEMS.c.order_line_item_id))
        .where(
            or_(
                less < 0,
                _differs(func.coalesce(given.c.high, 0), func.coalesce(given.c.low, 0), less),
            )
        )
    )


def _suspect_types() -> Select[*tuple[Any, ...]]:
    """Orders that give their discounts twice, of themselves and of their items, with other sums of some type."""
    by_type = _sums_of_discounts(DISCOUNTS.c.discount_type)
    both = _sums_of_discounts()
    return (
        select(by_type.c.id)
        .join(both, both.c.id == by_type.c.id)
        .where(
            both.c.own > 0,
            both.c.own < both.c.times,
            or_(
                by_type.c.own_high + by_type.c.own_low // UNIT != by_type.c.high + by_type.c.low // UNIT,
                by_type.c.own_low % UNIT != by_type.c.low % UNIT,
                by_type.c.own == 0,
                by_type.c.own == by_type.c.times,
            ),
        )
    )


def find_suspects(connection: Connection, most: int) -> int:
    """Finds the staged orders whose sums may not add up: all that do not are among them, and few that do.

    Also those without items, and those with more items or discounts than `most`.
    """
    suspected = union(_suspects(most), _suspect_items(), _suspect_types()).subquery()
    named = select(literal(0), suspected.c.order_id_folded)
    return inserted(connection, insert(SUSPECTS).from_select(["line", "order_id_folded"], named))


def list_suspects(connection: Connection) -> Iterator[Found]:
    """The orders that were found, whole."""
    suspects = (
        select(ORDERS)
        .where(ORDERS.c.order_id_folded.in_(select(SUSPECTS.c.order_id_folded)), fine(ORDERS))
        .order_by(ORDERS.c.line)
    )
    return ask(connection, suspects)


def _parts_of(table: Table) -> Select[*tuple[Any, ...]]:
    return select(table).where(table.c.order_id_folded == bindparam("order")).order_by(table.c.line)


_ITEMS_OF, _DISCOUNTS_OF = _parts_of(ITEMS), _parts_of(DISCOUNTS)
"""Built once: they are asked for each suspect."""


def list_staged_parts(connection: Connection, order_id_folded: str) -> tuple[Sequence[Found], Sequence[Found]]:
    """The staged items and discounts of an order, whole."""
    order = {"order": order_id_folded}
    return connection.execute(_ITEMS_OF, order).all(), connection.execute(_DISCOUNTS_OF, order).all()
