"""What only the rows of a bundle together, or beside those that the desk has, can show to be wrong.

Each question lists the rows that are in its way, in the order of their lines, and leaves out what belongs to an order
already found wrong. The words for people are made elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    Table,
    bindparam,
    exists,
    func,
    literal,
    not_,
    or_,
    select,
)

from store.domain.fields import amounts
from store.domain.imports import Part
from store.queries.imports.staging import BAD_ROWS, CUSTOMERS, DISCOUNTS, ITEMS, MEMBERS, ORDERS, PLACES, STAGED
from store.queries.imports.upsert import fits
from store.tables import CustomerRow, OrderItemRow, OrderRow

Found = Row[*tuple[Any, ...]]
_AT_ONCE = 1_000


def ask(connection: Connection, question: Select[*tuple[Any, ...]], **values: object) -> Iterator[Found]:
    """The rows that a question finds, few in memory at a time."""
    with connection.execute(question, values, execution_options={"yield_per": _AT_ONCE}) as rows:
        yield from rows


def fine(table: Table) -> ColumnElement[bool]:
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
        for row in ask(connection, question):
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
        fine(ORDERS),
    )
    .order_by(ORDERS.c.line)
)


def list_unknown_customers(connection: Connection) -> Iterator[Found]:
    """Orders whose customer is neither in the bundle nor at the desk: `line, value, owner, rejected`."""
    return ask(connection, _UNKNOWN_CUSTOMERS)


def _orphans(table: Table) -> Select[*tuple[Any, ...]]:
    order = select(literal(1)).where(ORDERS.c.order_id_folded == table.c.order_id_folded)
    return (
        select(table.c.line, table.c.order_id.label("value"), table.c.order_id_folded.label("owner"))
        .where(not_(exists(order)), fine(table))
        .order_by(table.c.line)
    )


_ORPHANS = {Part.ORDER_ITEMS: _orphans(ITEMS), Part.ORDER_DISCOUNTS: _orphans(DISCOUNTS)}


def list_orphans(connection: Connection) -> Iterator[tuple[Part, Found]]:
    """Items and discounts whose order is not in the bundle: part, and `line, value, owner`."""
    for part, question in _ORPHANS.items():
        for row in ask(connection, question):
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
        fine(ORDERS),
    )
    .order_by(ORDERS.c.line)
)


def list_odd_counts(connection: Connection, most: int) -> Iterator[Found]:
    """Orders without an item, or with more parts than `most`: `line, value, owner, items, discounts`."""
    return ask(connection, _ODD_COUNTS, most=most)


_TAKEN_ITEMS = (
    select(
        ITEMS.c.line,
        ITEMS.c.order_line_item_id.label("value"),
        ITEMS.c.order_id_folded.label("owner"),
        OrderRow.order_id.label("other"),
    )
    .join(OrderItemRow, OrderItemRow.order_line_item_id == ITEMS.c.order_line_item_id)
    .join(OrderRow, OrderRow.key == OrderItemRow.order_key)
    .where(OrderRow.order_id_folded != ITEMS.c.order_id_folded, fine(ITEMS))
    .order_by(ITEMS.c.line)
)


def list_taken_items(connection: Connection) -> Iterator[Found]:
    """Items that the desk knows as another order's: `line, value, owner, other`."""
    return ask(connection, _TAKEN_ITEMS)


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
        fine(DISCOUNTS),
    )
    .order_by(DISCOUNTS.c.line)
)


def list_unknown_items(connection: Connection) -> Iterator[Found]:
    """Discounts of an item that their order has not: `line, value, owner`."""
    return ask(connection, _UNKNOWN_ITEMS)


def _misfits(part: Part) -> Select[*tuple[Any, ...]]:
    table = STAGED[part]
    return (
        select(
            table.c.line,
            table.c.order_id_folded.label("owner"),
            table.c.currency,
            ORDERS.c.currency.label("of_order"),
            ORDERS.c.scale,
            *(table.c[name].label(f"amount_{name}") for name in amounts(part)),
        )
        .join(ORDERS, ORDERS.c.order_id_folded == table.c.order_id_folded)
        .where(not_(fits(part)), fine(table))
        .order_by(table.c.line)
    )


_MISFITS = {part: _misfits(part) for part in (Part.ORDER_ITEMS, Part.ORDER_DISCOUNTS)}


def list_misfits(connection: Connection) -> Iterator[tuple[Part, tuple[tuple[str, int], ...], Found]]:
    """Items and discounts of another currency than their order's, or too fine for it.

    Part, amounts by column in ten-thousandths, and `line, owner, currency, of_order, scale`.
    """
    for part, question in _MISFITS.items():
        for row in ask(connection, question):
            yield part, tuple(zip(amounts(part), row[5:], strict=True)), row
