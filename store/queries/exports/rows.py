"""The rows of a workbook, streamed as the database gives them, and the figures of its summary.

All of one export is read in one transaction, so that it is one consistent picture. The reach stands in every WHERE.
Rows come as plain tuples, in the order of the columns that are named here; what they look like is not known here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    DateTime,
    Select,
    and_,
    case,
    func,
    literal,
    select,
    type_coerce,
)
from sqlalchemy.orm import InstrumentedAttribute

from store.domain.orders.criteria import COUNT_CAP, CappedCount, OrderCriteria
from store.domain.orders.customers import AssociationType, CustomerTab
from store.domain.orders.order import OrderStatus, OrderType, PeriodType, SourceType, fold_typed_order_id
from store.domain.people import Reach
from store.domain.texts import common_form
from store.queries.orders.customers import escape_like
from store.tables import AccountManagerRow, CustomerRow, OrderItemRow, OrderRow, ProductTypeRow

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

ORDER_FIELDS: dict[str, ColumnElement[Any] | InstrumentedAttribute[Any]] = {
    "order_id": OrderRow.order_id,
    "customer_name": CustomerRow.name,
    "customer_account_name": CustomerRow.account_name,
    "customer_id": CustomerRow.customer_id,
    "tab": OrderRow.resellers,
    "association_type": CustomerRow.association_type,
    "reseller_name": CustomerRow.reseller_name,
    "country_code": CustomerRow.country_code,
    "account_manager": AccountManagerRow.account_name,
    "service_type_name": ProductTypeRow.service_type_name,
    "service_type_code": ProductTypeRow.service_type_code,
    "status": OrderRow.status,
    "order_type": OrderRow.order_type,
    "source_type": OrderRow.source_type,
    "create_time": OrderRow.create_time,
    "payment_time": OrderRow.payment_time,
    "pending_payment_end_time": OrderRow.pending_payment_end_time,
    "currency": OrderRow.currency,
    "official_amount": OrderRow.official_amount,
    "discount": OrderRow.official_amount - OrderRow.amount_after_discount,
    "amount_after_discount": OrderRow.amount_after_discount,
    "coupon_amount": OrderRow.coupon_amount,
    "flexipurchase_coupon_amount": OrderRow.flexipurchase_coupon_amount,
    "stored_card_amount": OrderRow.stored_card_amount,
    # What was paid is told only of orders that have a payment breakdown.
    "paid_amount": case((_PAID, _CASH)),
    "commission_amount": OrderRow.commission_amount,
    "consumed_amount": OrderRow.consumed_amount,
    "contract_id": OrderRow.contract_id,
    "user_name": OrderRow.user_name,
    "parent_order_id": OrderRow.parent_order_id,
}
"""The columns of an order's row: amounts in minor units of `currency`, moments aware, codes as their labels."""

ITEM_FIELDS: dict[str, ColumnElement[Any] | InstrumentedAttribute[Any]] = {
    "order_id": OrderRow.order_id,
    "order_line_item_id": OrderItemRow.order_line_item_id,
    "service_type_name": ProductTypeRow.service_type_name,
    "service_type_code": ProductTypeRow.service_type_code,
    "product_id": OrderItemRow.product_id,
    "product_spec_desc": OrderItemRow.product_spec_desc,
    "period_type": OrderItemRow.period_type,
    "period_num": OrderItemRow.period_num,
    "subscription_num": OrderItemRow.subscription_num,
    "effective_time": OrderItemRow.effective_time,
    "expire_time": OrderItemRow.expire_time,
    "currency": OrderRow.currency,
    "official_amount": OrderItemRow.official_amount,
    "item_discount": OrderItemRow.official_amount - OrderItemRow.amount_after_discount,
    "amount_after_discount": OrderItemRow.amount_after_discount,
    "discountable": OrderItemRow.discountable,
}
"""The columns of an item's row, as those of an order's."""

_MOMENTS = {"create_time", "payment_time", "pending_payment_end_time", "effective_time", "expire_time"}
_LABELS: dict[str, dict[Any, str]] = {
    "status": {int(code): code.label for code in OrderStatus},
    "order_type": {int(code): code.label for code in OrderType},
    "source_type": {int(code): code.label for code in SourceType},
    "period_type": {int(code): code.label for code in PeriodType},
    "association_type": {int(code): code.label for code in AssociationType},
    "tab": {False: CustomerTab.CUSTOMERS.label, True: CustomerTab.RESELLERS_CUSTOMERS.label},
}


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

    @property
    def named(self) -> bool:
        """Whether the conditions ask for a customer's name."""
        return self.criteria is not None and bool(self.criteria.customer)

    @property
    def tabs(self) -> tuple[bool, ...]:
        """The tabs to go through, one after the other, by OrderRow.resellers."""
        if self.criteria is None:
            return (False, True)
        return (self.criteria.tab is CustomerTab.RESELLERS_CUSTOMERS,)

    def where(self) -> list[ColumnElement[bool]]:
        """The conditions, the tab left out; of a customer's they ask CustomerRow, where `named` says so."""
        found: list[ColumnElement[bool]] = []
        if not self.reach.everything:
            manager = select(AccountManagerRow.key).where(AccountManagerRow.account_name_folded == self.reach.compared)
            # A key looked up once lets the index of one's own orders, newest first, be walked.
            found.append(OrderRow.account_manager_key == manager.scalar_subquery())
        return found + (_conditions(self.criteria, self.time_zone) if self.criteria else [])


def count_orders(connection: Connection, reach: Reach, criteria: OrderCriteria | None, time_zone: str) -> CappedCount:
    """How many orders there are, exact up to COUNT_CAP."""
    selection = Selection(reach, criteria, time_zone)
    matching = orders_of(selection, select(OrderRow.key)).limit(COUNT_CAP + 1)
    count = connection.execute(select(func.count()).select_from(matching.subquery())).scalar_one()
    return CappedCount(min(count, COUNT_CAP), count > COUNT_CAP)


def be_frugal(connection: Connection) -> None:
    """Has a connection that reads everything once keep little in memory; moments come in UTC."""
    if connection.dialect.name == "sqlite":
        for pragma in ("cache_size=-16384", "temp_store=FILE"):
            connection.exec_driver_sql(f"PRAGMA {pragma}").close()
    else:
        connection.exec_driver_sql("SET LOCAL TIME ZONE 'UTC'")


def list_totals(connection: Connection, selection: Selection) -> tuple[Total, ...]:
    """The orders counted and summed by status and currency, in the order of the vendor's codes."""
    statement = (
        orders_of(
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
    counted: int = connection.execute(orders_of(selection, items)).scalar_one()
    return counted


def list_customer_keys(connection: Connection, selection: Selection) -> tuple[int, ...]:
    """Whose orders they are."""
    return tuple(connection.execute(orders_of(selection, select(OrderRow.customer_key).distinct())).scalars())


def stream_orders(
    connection: Connection,
    selection: Selection,
    more: Callable[[Sequence[int]], Sequence[Sequence[Any]]] = lambda _keys: (),
) -> Rows:
    """A row of ORDER_FIELDS per order: each tab for itself, newest first. `more`: more columns, for some keys."""
    for resellers in selection.tabs:
        statement = (
            _columns(connection, {**ORDER_FIELDS, "key": OrderRow.key})
            .select_from(OrderRow)
            .join(CustomerRow, CustomerRow.key == OrderRow.customer_key)
            .join(AccountManagerRow, AccountManagerRow.key == OrderRow.account_manager_key)
            .join(ProductTypeRow, ProductTypeRow.key == OrderRow.product_type_key)
            .where(OrderRow.resellers == literal(resellers), *selection.where())
            .order_by(OrderRow.create_time.desc(), OrderRow.key.desc())
        )
        yield from _stream(connection, statement, tuple(ORDER_FIELDS), more)


def stream_items(connection: Connection, selection: Selection) -> Rows:
    """A row of ITEM_FIELDS per item, in the order of the orders and of their lines."""
    for resellers in selection.tabs:
        statement = (
            _columns(connection, ITEM_FIELDS)
            .select_from(OrderRow)
            .join(OrderItemRow, OrderItemRow.order_key == OrderRow.key)
            .join(ProductTypeRow, ProductTypeRow.key == OrderItemRow.product_type_key)
            .where(OrderRow.resellers == literal(resellers), *selection.where())
            .order_by(OrderRow.create_time.desc(), OrderRow.key.desc(), OrderItemRow.key)
        )
        if selection.named:
            statement = statement.join(CustomerRow, CustomerRow.key == OrderRow.customer_key)
        yield from _stream(connection, statement, tuple(ITEM_FIELDS))


def orders_of(selection: Selection, statement: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    """The statement, which asks OrderRow, of the selection's orders alone."""
    if selection.named:
        statement = statement.join(CustomerRow, CustomerRow.key == OrderRow.customer_key)
    return statement.where(OrderRow.resellers.in_(selection.tabs), *selection.where())


def _columns(
    connection: Connection, fields: dict[str, ColumnElement[Any] | InstrumentedAttribute[Any]]
) -> Select[*tuple[Any, ...]]:
    """Moments as the driver gives them: converting each by itself would cost more than fetching the row."""
    raw = BigInteger() if connection.dialect.name == "sqlite" else DateTime(timezone=True)
    return select(
        *(
            type_coerce(column, raw).label(name) if name in _MOMENTS else column.label(name)
            for name, column in fields.items()
        )
    )


def _stream(
    connection: Connection,
    statement: Select[*tuple[Any, ...]],
    names: tuple[str, ...],
    more: Callable[[Sequence[Any]], Sequence[Sequence[Any]]] | None = None,
) -> Rows:
    """`more`: makes further columns of the last one, which is taken out."""
    converted = _conversions(connection, names)
    with connection.execution_options(yield_per=_ROWS_AT_ONCE).execute(statement) as result:
        for rows in result.partitions():
            columns: list[Any] = list(zip(*rows, strict=True))
            for index, convert in converted:
                columns[index] = convert(columns[index])
            if more is not None:
                columns.extend(more(columns.pop()))
            yield from zip(*columns, strict=True)


def _conversions(
    connection: Connection, names: tuple[str, ...]
) -> list[tuple[int, Callable[[Sequence[Any]], Sequence[Any]]]]:
    made: list[tuple[int, Callable[[Sequence[Any]], Sequence[Any]]]] = []
    for index, name in enumerate(names):
        if name in _LABELS:
            made.append((index, _labels(_LABELS[name])))
        elif name in _MOMENTS and connection.dialect.name == "sqlite":
            made.append((index, _moments))
    return made


def _labels(labels: dict[Any, str]) -> Callable[[Sequence[Any]], Sequence[Any]]:
    return lambda codes: list(map(labels.__getitem__, codes))


def _moments(values: Sequence[Any]) -> Sequence[Any]:
    # Microseconds since 1970 are far below what a double holds exactly.
    at = datetime.fromtimestamp
    return [None if value is None else at(value / _MICROSECONDS, UTC) for value in values]


def _conditions(criteria: OrderCriteria, time_zone: str) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if criteria.customer:
        pattern = f"%{escape_like(common_form(criteria.customer))}%"
        found.append(CustomerRow.search_text.like(pattern, escape="\\"))
    if criteria.customer_key is not None:
        found.append(OrderRow.customer_key == criteria.customer_key)
    if criteria.order_no:
        found.append(
            OrderRow.order_id_folded.like(f"{escape_like(fold_typed_order_id(criteria.order_no))}%", escape="\\")
        )
    if criteria.statuses:
        found.append(OrderRow.status.in_(sorted(criteria.statuses)))
    if criteria.product_types:
        found.append(OrderRow.product_type_key.in_(sorted(criteria.product_types)))
    if criteria.order_types:
        found.append(OrderRow.order_type.in_(sorted(criteria.order_types)))
    first, last = criteria.span(time_zone)
    if first is not None:
        found.append(OrderRow.create_time >= first)
    if last is not None:
        found.append(OrderRow.create_time < last)
    return found
