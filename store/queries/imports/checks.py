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
    Subquery,
    Table,
    exists,
    func,
    literal,
    not_,
    or_,
    select,
)

from store.domain.fields import amounts
from store.domain.imports import Part
from store.queries.imports.references import names_no_item
from store.queries.imports.staging import BAD_ROWS, CUSTOMERS, DISCOUNTS, ITEMS, ORDERS, PLACES, STAGED
from store.queries.imports.upsert import fits
from store.tables import CustomerRow, OrderItemRow, OrderRow

Found = Row[*tuple[Any, ...]]
_AT_ONCE = 1_000


def ask(connection: Connection, question: Select[*tuple[Any, ...]]) -> Iterator[Found]:
    """The rows that a question finds, few in memory at a time."""
    with connection.execute(question, execution_options={"yield_per": _AT_ONCE}) as rows:
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


def list_repeated(connection: Connection) -> Iterator[tuple[Part, str, Found]]:
    """Rows whose id stands on several lines: part, column, and `line, value, owner, first, times`."""
    for part, column, key, owner in (
        (Part.CUSTOMERS, "customer_id", "customer_id", "customer_id"),
        (Part.ORDERS, "order_id", "order_id_folded", "order_id_folded"),
        (Part.ORDER_ITEMS, "order_line_item_id", "order_line_item_id", "order_id_folded"),
        (Part.MEMBERS, "slack_user_id", "slack_user_id", "slack_user_id"),
    ):
        for row in ask(connection, _repeated(STAGED[part], key, owner)):
            yield part, column, row


def list_unknown_customers(connection: Connection) -> Iterator[Found]:
    """Orders whose customer is neither in the bundle nor at the desk: `line, value, owner, rejected`."""
    rejected = select(literal(1)).where(
        BAD_ROWS.c.part == PLACES[Part.CUSTOMERS], BAD_ROWS.c.owner == func.coalesce(ORDERS.c.customer_id, "")
    )
    unknown = (
        select(
            ORDERS.c.line,
            ORDERS.c.customer_id.label("value"),
            ORDERS.c.order_id_folded.label("owner"),
            exists(rejected).label("rejected"),
        )
        .where(
            not_(exists(select(literal(1)).where(CUSTOMERS.c.customer_id == ORDERS.c.customer_id))),
            not_(exists(select(literal(1)).where(CustomerRow.customer_id == ORDERS.c.customer_id))),
            fine(ORDERS),
        )
        .order_by(ORDERS.c.line)
    )
    return ask(connection, unknown)


def list_orphans(connection: Connection) -> Iterator[tuple[Part, Found]]:
    """Items and discounts whose order is not in the bundle: part, and `line, value, owner`."""
    for part in (Part.ORDER_ITEMS, Part.ORDER_DISCOUNTS):
        table = STAGED[part]
        order = select(literal(1)).where(ORDERS.c.order_id_folded == table.c.order_id_folded)
        orphans = (
            select(table.c.line, table.c.order_id.label("value"), table.c.order_id_folded.label("owner"))
            .where(not_(exists(order)), fine(table))
            .order_by(table.c.line)
        )
        for row in ask(connection, orphans):
            yield part, row


def _counted(table: Table) -> Subquery:
    return (
        select(table.c.order_id_folded.label("id"), func.count().label("times"))
        .group_by(table.c.order_id_folded)
        .subquery()
    )


def list_odd_counts(connection: Connection, most: int) -> Iterator[Found]:
    """Orders without an item, or with more parts than `most`: `line, value, owner, items, discounts`."""
    items, discounts = _counted(ITEMS), _counted(DISCOUNTS)
    odd = (
        select(
            ORDERS.c.line,
            ORDERS.c.order_id.label("value"),
            ORDERS.c.order_id_folded.label("owner"),
            func.coalesce(items.c.times, 0).label("items"),
            func.coalesce(discounts.c.times, 0).label("discounts"),
        )
        .select_from(
            ORDERS.outerjoin(items, items.c.id == ORDERS.c.order_id_folded).outerjoin(
                discounts, discounts.c.id == ORDERS.c.order_id_folded
            )
        )
        .where(or_(items.c.times.is_(None), items.c.times > most, discounts.c.times > most), fine(ORDERS))
        .order_by(ORDERS.c.line)
    )
    return ask(connection, odd)


def list_taken_items(connection: Connection) -> Iterator[Found]:
    """Items that the desk knows as another order's: `line, value, owner, other`."""
    taken = (
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
    return ask(connection, taken)


def list_unknown_items(connection: Connection) -> Iterator[Found]:
    """Discounts of an item that their order has not: `line, value, owner`."""
    value, owner = DISCOUNTS.c.order_line_item_id.label("value"), DISCOUNTS.c.order_id_folded.label("owner")
    unknown = select(DISCOUNTS.c.line, value, owner).where(names_no_item(), fine(DISCOUNTS)).order_by(DISCOUNTS.c.line)
    return ask(connection, unknown)


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


def list_misfits(connection: Connection) -> Iterator[tuple[Part, tuple[tuple[str, int], ...], Found]]:
    """Items and discounts of another currency than their order's, or too fine for it.

    Part, amounts by column in ten-thousandths, and `line, owner, currency, of_order, scale`.
    """
    for part in (Part.ORDER_ITEMS, Part.ORDER_DISCOUNTS):
        for row in ask(connection, _misfits(part)):
            yield part, tuple(zip(amounts(part), row[5:], strict=True)), row
