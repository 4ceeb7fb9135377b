"""What only the rows of a bundle together, or beside those that the desk has, can show to be wrong.

Each question lists the rows that are in its way, in the order of their lines, and leaves out what belongs to an order
already found wrong. The words for people are made elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    FromClause,
    Row,
    Select,
    Table,
    and_,
    bindparam,
    case,
    cast,
    exists,
    func,
    insert,
    literal,
    not_,
    or_,
    select,
    union,
)

from store.domain.imports import Part
from store.domain.orders import OrderType
from store.queries.staging import BAD_ROWS, CUSTOMERS, DISCOUNTS, ITEMS, MEMBERS, ORDERS, PLACES, SUSPECTS
from store.tables import CustomerRow, OrderItemRow, OrderRow

Found = Row[*tuple[Any, ...]]
UNIT = 10_000
"""Staged amounts are so many to a currency's unit."""
_AT_ONCE = 1_000


def _ask(connection: Connection, question: Select[*tuple[Any, ...]], **values: object) -> Iterator[Found]:
    with connection.execute(question, values, execution_options={"yield_per": _AT_ONCE}) as rows:
        yield from rows


def _fine(table: Table) -> ColumnElement[bool]:
    """That the row's order has nothing wrong so far."""
    found = select(literal(1)).where(
        BAD_ROWS.c.owner == table.c.order_id_folded, BAD_ROWS.c.part != PLACES[Part.CUSTOMERS]
    )
    return not_(exists(found))


def _repeated(table: Table, key: str, owner: str) -> Select[*tuple[Any, ...]]:
    several = (
        select(table.c[key].label("id"), func.min(table.c.line).label("first"), func.count().label("times"))
        .group_by(table.c[key])
        .having(func.count() > 1)
        .subquery()
    )
    return (
        select(
            table.c.line, table.c[key].label("value"), table.c[owner].label("owner"), several.c.first, several.c.times
        )
        .join(several, several.c.id == table.c[key])
        .order_by(table.c.line)
    )


_REPEATED = {
    Part.CUSTOMERS: ("customer_id", _repeated(CUSTOMERS, "customer_id", "customer_id")),
    Part.ORDERS: ("order_id", _repeated(ORDERS, "order_id_folded", "order_id_folded")),
    Part.ORDER_ITEMS: ("order_line_item_id", _repeated(ITEMS, "order_line_item_id", "order_id_folded")),
    Part.MEMBERS: ("slack_user_id", _repeated(MEMBERS, "slack_user_id", "slack_user_id")),
}


def list_repeated(connection: Connection) -> Iterator[tuple[Part, str, Found]]:
    """Rows whose id stands on several lines: part, column, and `line, value, owner, first, times`."""
    for part, (column, question) in _REPEATED.items():
        for row in _ask(connection, question):
            yield part, column, row


_UNKNOWN_CUSTOMERS = (
    select(
        ORDERS.c.line,
        ORDERS.c.customer_id.label("value"),
        ORDERS.c.order_id_folded.label("owner"),
        exists(
            select(literal(1)).where(
                BAD_ROWS.c.part == PLACES[Part.CUSTOMERS], BAD_ROWS.c.owner == func.coalesce(ORDERS.c.customer_id, "")
            )
        ).label("rejected"),
    )
    .where(
        not_(exists(select(literal(1)).where(CUSTOMERS.c.customer_id == ORDERS.c.customer_id))),
        not_(exists(select(literal(1)).where(CustomerRow.customer_id == ORDERS.c.customer_id))),
        _fine(ORDERS),
    )
    .order_by(ORDERS.c.line)
)


def list_unknown_customers(connection: Connection) -> Iterator[Found]:
    """Orders whose customer is neither in the bundle nor at the desk: `line, value, owner, rejected`."""
    return _ask(connection, _UNKNOWN_CUSTOMERS)


def _orphans(table: Table) -> Select[*tuple[Any, ...]]:
    order = select(literal(1)).where(ORDERS.c.order_id_folded == table.c.order_id_folded)
    return (
        select(table.c.line, table.c.order_id.label("value"), table.c.order_id_folded.label("owner"))
        .where(not_(exists(order)), _fine(table))
        .order_by(table.c.line)
    )


_ORPHANS = {Part.ORDER_ITEMS: _orphans(ITEMS), Part.ORDER_DISCOUNTS: _orphans(DISCOUNTS)}


def list_orphans(connection: Connection) -> Iterator[tuple[Part, Found]]:
    """Items and discounts whose order is not in the bundle: part, and `line, value, owner`."""
    for part, question in _ORPHANS.items():
        for row in _ask(connection, question):
            yield part, row


_COUNTED = (
    select(ITEMS.c.order_id_folded.label("id"), func.count().label("times"))
    .group_by(ITEMS.c.order_id_folded)
    .subquery()
)
_COUNTED_DISCOUNTS = (
    select(DISCOUNTS.c.order_id_folded.label("id"), func.count().label("times"))
    .group_by(DISCOUNTS.c.order_id_folded)
    .subquery()
)
_ODD_COUNTS = (
    select(
        ORDERS.c.line,
        ORDERS.c.order_id.label("value"),
        ORDERS.c.order_id_folded.label("owner"),
        func.coalesce(_COUNTED.c.times, 0).label("items"),
        func.coalesce(_COUNTED_DISCOUNTS.c.times, 0).label("discounts"),
    )
    .select_from(
        ORDERS.outerjoin(_COUNTED, _COUNTED.c.id == ORDERS.c.order_id_folded).outerjoin(
            _COUNTED_DISCOUNTS, _COUNTED_DISCOUNTS.c.id == ORDERS.c.order_id_folded
        )
    )
    .where(
        or_(
            _COUNTED.c.times.is_(None),
            _COUNTED.c.times > bindparam("most"),
            _COUNTED_DISCOUNTS.c.times > bindparam("most"),
        ),
        _fine(ORDERS),
    )
    .order_by(ORDERS.c.line)
)


def list_odd_counts(connection: Connection, most: int) -> Iterator[Found]:
    """Orders without an item, or with more parts than `most`: `line, value, owner, items, discounts`."""
    return _ask(connection, _ODD_COUNTS, most=most)


_TAKEN_ITEMS = (
    select(
        ITEMS.c.line,
        ITEMS.c.order_line_item_id.label("value"),
        ITEMS.c.order_id_folded.label("owner"),
        OrderRow.order_id.label("other"),
    )
    .join(OrderItemRow, OrderItemRow.order_line_item_id == ITEMS.c.order_line_item_id)
    .join(OrderRow, OrderRow.key == OrderItemRow.order_key)
    .where(OrderRow.order_id_folded != ITEMS.c.order_id_folded, _fine(ITEMS))
    .order_by(ITEMS.c.line)
)


def list_taken_items(connection: Connection) -> Iterator[Found]:
    """Items that the desk knows as another order's: `line, value, owner, other`."""
    return _ask(connection, _TAKEN_ITEMS)


_UNKNOWN_ITEMS = (
    select(DISCOUNTS.c.line, DISCOUNTS.c.order_line_item_id.label("value"), DISCOUNTS.c.order_id_folded.label("owner"))
    .where(
        DISCOUNTS.c.order_line_item_id.is_not(None),
        not_(
            exists(
                select(literal(1)).where(
                    ITEMS.c.order_line_item_id == DISCOUNTS.c.order_line_item_id,
                    ITEMS.c.order_id_folded == DISCOUNTS.c.order_id_folded,
                )
            )
        ),
        _fine(DISCOUNTS),
    )
    .order_by(DISCOUNTS.c.line)
)


def list_unknown_items(connection: Connection) -> Iterator[Found]:
    """Discounts of an item that their order has not: `line, value, owner`."""
    return _ask(connection, _UNKNOWN_ITEMS)


def _misfits(table: Table, amounts: Sequence[str]) -> Select[*tuple[Any, ...]]:
    fine = [table.c[name] % ORDERS.c.scale == 0 for name in amounts]
    same = func.coalesce(table.c.currency, ORDERS.c.currency) == ORDERS.c.currency
    columns = [table.c[name].label(f"amount_{place}") for place, name in enumerate(amounts)]
    return (
        select(
            table.c.line,
            table.c.order_id_folded.label("owner"),
            table.c.currency,
            ORDERS.c.currency.label("of_order"),
            ORDERS.c.scale,
            *columns,
        )
        .join(ORDERS, ORDERS.c.order_id_folded == table.c.order_id_folded)
        .where(not_(and_(same, *fine)), _fine(table))
        .order_by(table.c.line)
    )


_MISFITS: dict[Part, tuple[tuple[str, ...], Select[*tuple[Any, ...]]]] = {
    part: (amounts, _misfits(table, amounts))
    for part, table, amounts in (
        (Part.ORDER_ITEMS, ITEMS, ("official_amount", "amount_after_discount")),
        (Part.ORDER_DISCOUNTS, DISCOUNTS, ("discount_amount",)),
    )
}


def list_misfits(connection: Connection) -> Iterator[tuple[Part, tuple[tuple[str, int], ...], Found]]:
    """Items and discounts of another currency than their order's, or too fine for it.

    Part, amounts by column in ten-thousandths, and `line, owner, currency, of_order, scale`.
    """
    for part, (names, question) in _MISFITS.items():
        for row in _ask(connection, question):
            yield part, tuple((name, row[place]) for place, name in enumerate(names, start=5)), row


def _sum(column: ColumnElement[Any]) -> tuple[ColumnElement[int], ColumnElement[int]]:
    """The sum in two halves, whole units and what is below: SQLite's sum of the whole could overflow."""
    amount = func.coalesce(column, 0)
    return cast(func.sum(amount // UNIT), BigInteger), cast(func.sum(amount % UNIT), BigInteger)


def _differs(high: ColumnElement[int], low: ColumnElement[int], expected: ColumnElement[int]) -> ColumnElement[bool]:
    return or_(high + low // UNIT != expected // UNIT, low % UNIT != expected % UNIT)


def _suspects() -> Select[*tuple[Any, ...]]:
    items = _sums_of_items()
    discounts = _sums_of_discounts()
    less = ORDERS.c.official_amount - ORDERS.c.amount_after_discount
    own = func.coalesce(discounts.c.own, 0)
    of_items = func.coalesce(discounts.c.times, 0) - own
    return (
        select(ORDERS.c.order_id_folded)
        .join(items, items.c.id == ORDERS.c.order_id_folded)
        .outerjoin(discounts, discounts.c.id == ORDERS.c.order_id_folded)
        .where(
            or_(
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


_suspected = union(_suspects(), _suspect_items(), _suspect_types()).subquery()
_FIND_SUSPECTS = insert(SUSPECTS).from_select(
    ["line", "order_id_folded"], select(literal(0), _suspected.c.order_id_folded)
)
_LIST_SUSPECTS = (
    select(ORDERS)
    .where(ORDERS.c.order_id_folded.in_(select(SUSPECTS.c.order_id_folded)), _fine(ORDERS))
    .order_by(ORDERS.c.line)
)


def find_suspects(connection: Connection) -> int:
    """Finds the staged orders whose sums may not add up: all that do not are among them, and few that do."""
    return connection.execute(_FIND_SUSPECTS, execution_options={"preserve_rowcount": True}).rowcount


def list_suspects(connection: Connection) -> Iterator[Found]:
    """The orders that were found, whole."""
    return _ask(connection, _LIST_SUSPECTS)


_SUSPECT_ITEMS = select(ITEMS).where(ITEMS.c.order_id_folded == bindparam("order")).order_by(ITEMS.c.line)
_SUSPECT_DISCOUNTS = (
    select(DISCOUNTS).where(DISCOUNTS.c.order_id_folded == bindparam("order")).order_by(DISCOUNTS.c.line)
)


def list_staged_parts(connection: Connection, order_id_folded: str) -> tuple[Sequence[Found], Sequence[Found]]:
    """The staged items and discounts of an order, whole."""
    values = {"order": order_id_folded}
    return (
        connection.execute(_SUSPECT_ITEMS, values).all(),
        connection.execute(_SUSPECT_DISCOUNTS, values).all(),
    )
