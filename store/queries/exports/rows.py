"""The rows of a workbook, streamed as the database gives them, and the figures of its summary.

All of one export is read in one transaction, so that it is one consistent picture. The reach stands in every WHERE.
Rows come as plain tuples, in the order of the columns that are named here; what they look like is not known here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    and_,
    case,
    func,
    literal,
    select,
    type_coerce,
)
from sqlalchemy.orm import InstrumentedAttribute

from store.domain.fields import FIELDS, MOMENTS, Field
from store.domain.imports import Part
from store.domain.orders.criteria import COUNT_CAP, CappedCount, OrderCriteria
from store.domain.orders.customers import CustomerTab
from store.domain.orders.order import OrderStatus, OrderType
from store.domain.people import Reach
from store.queries.dialect import dialect_of
from store.queries.orders.where import chosen
from store.tables import AccountManagerRow, CustomerRow, OrderItemRow, OrderRow, ProductTypeRow
from store.tables.base import Base

Rows = Iterator[Sequence[Any]]
_ROWS_AT_ONCE = 2_000
_MICROSECONDS = 1_000_000

_PAID = and_(OrderRow.status == OrderStatus.COMPLETED, OrderRow.order_type != OrderType.UNSUBSCRIPTION)
_CASH = (
    OrderRow.amount_after_discount
    - OrderRow.coupon_amount
    - OrderRow.flexipurchase_coupon_amount
    - OrderRow.stored_card_amount
)

Columns = dict[Field, "ColumnElement[Any] | InstrumentedAttribute[Any]"]


def titled(part: Part, row: type[Base], **reckoned: ColumnElement[Any] | InstrumentedAttribute[Any]) -> Columns:
    """The part's fields that have a column in an export, as the row has them, unless they are reckoned."""
    titled = (field for field in FIELDS[part] if field.title)
    return {field: reckoned[field.name] if field.name in reckoned else getattr(row, field.name) for field in titled}


_CUSTOMERS = titled(Part.CUSTOMERS, CustomerRow, tab=OrderRow.resellers, account_manager=AccountManagerRow.account_name)
_ORDERS = titled(
    Part.ORDERS,
    OrderRow,
    service_type_name=ProductTypeRow.service_type_name,
    service_type_code=ProductTypeRow.service_type_code,
    discount=OrderRow.official_amount - OrderRow.amount_after_discount,
    # What was paid is told only of orders that have a payment breakdown.
    paid_amount=case((_PAID, _CASH)),
)
_NUMBER, *_REST = _ORDERS
ORDER_COLUMNS: Columns = {_NUMBER: _ORDERS[_NUMBER], **_CUSTOMERS, **{field: _ORDERS[field] for field in _REST}}
"""The columns of an order's row: amounts in minor units of its currency, moments aware, codes as their labels."""
ITEM_COLUMNS = titled(
    Part.ORDER_ITEMS,
    OrderItemRow,
    order_id=OrderRow.order_id,
    service_type_name=ProductTypeRow.service_type_name,
    service_type_code=ProductTypeRow.service_type_code,
    currency=OrderRow.currency,
    discount=OrderItemRow.official_amount - OrderItemRow.amount_after_discount,
)
"""The columns of an item's row, as those of an order's."""
_TABS = {False: CustomerTab.CUSTOMERS.label, True: CustomerTab.RESELLERS_CUSTOMERS.label}


@dataclass(frozen=True, slots=True)
class Total:
    """The orders of one status and currency; amounts in its minor units."""

    status: OrderStatus
    currency: str
    orders: int
    official_amount: int
    amount_after_discount: int
    paid_amount: int
    """Of the orders that have a payment breakdown."""


@dataclass(frozen=True, slots=True)
class Selection:
    """Which orders: those within the reach that fit the criteria, in the time zone that says when days begin.

    Without criteria: all within the reach.
    """

    reach: Reach
    criteria: OrderCriteria | None
    time_zone: str
    now: datetime
    """From when on items expire."""

    @property
    def tabs(self) -> tuple[bool, ...]:
        """The tabs to go through, one after the other, by OrderRow.resellers."""
        if self.criteria is None:
            return (False, True)
        return (self.criteria.tab is CustomerTab.RESELLERS_CUSTOMERS,)


def count_orders(
    connection: Connection, reach: Reach, criteria: OrderCriteria | None, time_zone: str, now: datetime
) -> CappedCount:
    """How many orders there are, exact up to COUNT_CAP."""
    selection = Selection(reach, criteria, time_zone, now)
    matching = orders_of(connection, selection, select(OrderRow.key)).limit(COUNT_CAP + 1)
    count = connection.execute(select(func.count()).select_from(matching.subquery())).scalar_one()
    return CappedCount(min(count, COUNT_CAP), count > COUNT_CAP)


def be_frugal(connection: Connection) -> None:
    """Has a connection that reads everything once keep little in memory; moments come in UTC."""
    dialect_of(connection).read_frugally(connection)


def list_totals(connection: Connection, selection: Selection) -> tuple[Total, ...]:
    """The orders counted and summed by status and currency, in the order of the vendor's codes."""
    statement = (
        orders_of(
            connection,
            selection,
            select(
                OrderRow.status,
                OrderRow.currency,
                func.count().label("orders"),
                func.sum(OrderRow.official_amount).label("official_amount"),
                func.sum(OrderRow.amount_after_discount).label("amount_after_discount"),
                func.coalesce(func.sum(case((_PAID, _CASH))), 0).label("paid_amount"),
            ),
        )
        .group_by(OrderRow.status, OrderRow.currency)
        .order_by(OrderRow.status, OrderRow.currency)
    )
    return tuple(
        Total(
            OrderStatus(row.status),
            row.currency,
            row.orders,
            int(row.official_amount),
            int(row.amount_after_discount),
            int(row.paid_amount),
        )
        for row in connection.execute(statement)
    )


def count_items(connection: Connection, selection: Selection) -> int:
    """How many items the orders have."""
    items = select(func.count()).join_from(OrderRow, OrderItemRow, OrderItemRow.order_key == OrderRow.key)
    counted: int = connection.execute(orders_of(connection, selection, items)).scalar_one()
    return counted


def list_customer_keys(connection: Connection, selection: Selection) -> tuple[int, ...]:
    """Whose orders they are."""
    return tuple(
        connection.execute(orders_of(connection, selection, select(OrderRow.customer_key).distinct())).scalars()
    )


def stream_orders(
    connection: Connection,
    selection: Selection,
    more: Callable[[Sequence[int]], Sequence[Sequence[Any]]] = lambda _keys: (),
) -> Rows:
    """A row of ORDER_COLUMNS per order: each tab for itself, newest first. `more`: more columns, for some keys."""
    for resellers in selection.tabs:
        statement = (
            _columns(connection, ORDER_COLUMNS)
            .add_columns(OrderRow.key)
            .select_from(OrderRow)
            .join(CustomerRow, CustomerRow.key == OrderRow.customer_key)
            .join(AccountManagerRow, AccountManagerRow.key == OrderRow.account_manager_key)
            .join(ProductTypeRow, ProductTypeRow.key == OrderRow.product_type_key)
            .where(OrderRow.resellers == literal(resellers))
            .order_by(OrderRow.create_time.desc(), OrderRow.key.desc())
        )
        yield from _stream(connection, orders_of(connection, selection, statement), ORDER_COLUMNS, more)


def stream_items(connection: Connection, selection: Selection) -> Rows:
    """A row of ITEM_COLUMNS per item, in the order of the orders and of their lines."""
    for resellers in selection.tabs:
        statement = (
            _columns(connection, ITEM_COLUMNS)
            .select_from(OrderRow)
            .join(OrderItemRow, OrderItemRow.order_key == OrderRow.key)
            .join(ProductTypeRow, ProductTypeRow.key == OrderItemRow.product_type_key)
            .where(OrderRow.resellers == literal(resellers))
            .order_by(OrderRow.create_time.desc(), OrderRow.key.desc(), OrderItemRow.key)
        )
        yield from _stream(connection, orders_of(connection, selection, statement), ITEM_COLUMNS)


def orders_of(
    connection: Connection, selection: Selection, statement: Select[*tuple[Any, ...]]
) -> Select[*tuple[Any, ...]]:
    """The statement, which asks OrderRow, of the selection's orders alone. Raises UnknownCriterion."""
    reach, criteria = selection.reach, selection.criteria
    if not reach.everything:
        manager = select(AccountManagerRow.key).where(AccountManagerRow.account_name_folded == reach.compared)
        # A key looked up once lets the index of one's own orders, newest first, be walked.
        statement = statement.where(OrderRow.account_manager_key == manager.scalar_subquery())
    if criteria is None:
        return statement
    sqlite = connection.dialect.name == "sqlite"
    return chosen(statement, OrderRow, criteria, selection.time_zone, selection.now, sqlite=sqlite)


def _columns(connection: Connection, columns: Columns) -> Select[*tuple[Any, ...]]:
    """Moments as the driver gives them: converting each by itself would cost more than fetching the row."""
    raw = dialect_of(connection).driver_moment
    return select(*(type_coerce(column, raw) if field.kind in MOMENTS else column for field, column in columns.items()))


def _stream(
    connection: Connection,
    statement: Select[*tuple[Any, ...]],
    fields: Iterable[Field],
    more: Callable[[Sequence[Any]], Sequence[Sequence[Any]]] | None = None,
) -> Rows:
    """`more`: makes further columns of the last one, which is taken out."""
    converted = _conversions(connection, fields)
    with connection.execution_options(yield_per=_ROWS_AT_ONCE).execute(statement) as result:
        for rows in result.partitions():
            columns: list[Any] = list(zip(*rows, strict=True))
            for index, convert in converted:
                columns[index] = convert(columns[index])
            if more is not None:
                columns.extend(more(columns.pop()))
            yield from zip(*columns, strict=True)


def _conversions(
    connection: Connection, fields: Iterable[Field]
) -> list[tuple[int, Callable[[Sequence[Any]], Sequence[Any]]]]:
    made: list[tuple[int, Callable[[Sequence[Any]], Sequence[Any]]]] = []
    for index, field in enumerate(fields):
        if field.codes is not None:
            made.append((index, _labels({int(code): code.label for code in field.codes})))
        elif field.name == "tab":
            made.append((index, _labels(_TABS)))
        elif field.kind in MOMENTS and not dialect_of(connection).moments_are_aware:
            made.append((index, _moments))
    return made


def _labels(labels: dict[Any, str]) -> Callable[[Sequence[Any]], Sequence[Any]]:
    return lambda codes: list(map(labels.__getitem__, codes))


def _moments(values: Sequence[Any]) -> Sequence[Any]:
    # Microseconds since 1970 are far below what a double holds exactly.
    at = datetime.fromtimestamp
    return [None if value is None else at(value / _MICROSECONDS, UTC) for value in values]
