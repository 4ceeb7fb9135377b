"""Merges staged rows into the desk's own: what is new is inserted, what differs is updated, what is alike untouched.

Staging holds exactly what is to be written: whoever wants an order left as it is takes it out of there before.
Every statement is asked once for all rows, and its number of rows is the report's count.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    FromClause,
    Insert,
    ScalarSelect,
    Select,
    Table,
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
    update,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import GenericFunction

from store.domain.imports import Part
from store.queries.locks import Lock, serialise
from store.queries.staging import CUSTOMERS, DISCOUNTS, ITEMS, ORDERS, PRODUCT_TYPES, count_staged
from store.tables import (
    AccountManagerRow,
    CustomerRow,
    OrderDiscountRow,
    OrderItemRow,
    OrderRow,
    ProductTypeRow,
)
from store.tables.base import Base


class _Moment(GenericFunction[Any]):
    """Staged microseconds since 1970 as the databases keep a moment (`tables.base.UtcTime`)."""

    type = BigInteger()
    inherit_cache = True
    name = "order_desk_moment"


@compiles(_Moment, "sqlite")
def _moment_in_sqlite(element: _Moment, compiler: SQLCompiler, **options: Any) -> str:  # noqa: ANN401
    return compiler.process(element.clauses, **options)


@compiles(_Moment, "postgresql")
def _moment_in_postgresql(element: _Moment, compiler: SQLCompiler, **options: Any) -> str:  # noqa: ANN401
    return f"(timestamptz 'epoch' + {compiler.process(element.clauses, **options)} * interval '1 microsecond')"


@dataclass(frozen=True, slots=True)
class Merged:
    """How many rows of a part were written."""

    new: int = 0
    changed: int = 0
    removed: int = 0

    @property
    def rows(self) -> int:
        """All of them."""
        return self.new + self.changed + self.removed


class _Merge:
    """The two statements that bring staged rows into a table: update what differs, insert what is not there."""

    def __init__(self, row: type[Base], key: str, line: ColumnElement[Any], source: FromClause, **values: Any) -> None:  # noqa: ANN401
        table = row.__table__
        assert isinstance(table, Table)  # noqa: S101 - every row class has one
        staged = (
            select(line.label("line"), *(value.label(name) for name, value in values.items()))
            .select_from(source)
            .subquery("staged")
        )
        same = table.c[key] == staged.c[key]
        new = {name: staged.c[name] for name in values}
        differs = or_(*(table.c[name].is_distinct_from(value) for name, value in new.items() if name != key))
        self._update = update(table).values(new).where(same, differs)
        self._alike = select(func.count()).select_from(staged.join(table, same)).where(not_(differs))
        known = exists(select(literal(1)).select_from(table).where(same))
        self._insert = insert(table).from_select(
            list(new), select(*new.values()).where(not_(known)).order_by(staged.c.line)
        )

    def count_alike(self, connection: Connection) -> int:
        """How many staged rows are kept just so already."""
        return connection.execute(self._alike).scalar_one()

    def run(self, connection: Connection) -> Merged:
        """Updates, then inserts."""
        changed = connection.execute(self._update).rowcount
        return Merged(new=_inserted(connection, self._insert), changed=changed)


def _inserted(connection: Connection, statement: Insert) -> int:
    return connection.execute(statement, execution_options={"preserve_rowcount": True}).rowcount


def _as_staged(table: Table, *names: str) -> dict[str, ColumnElement[Any]]:
    return {name: table.c[name] for name in names}


def _minor(table: Table, *names: str) -> dict[str, ColumnElement[Any]]:
    """Amounts in the minor units of the order's currency."""
    return {name: table.c[name] // ORDERS.c.scale for name in names}


def _moments(table: Table, *names: str) -> dict[str, ColumnElement[Any]]:
    return {name: _Moment(table.c[name]) for name in names}


_manager_names = select(CUSTOMERS.c.account_manager.label("account_name")).distinct().subquery()
_ADD_MANAGERS = insert(AccountManagerRow).from_select(
    ["account_name"],
    select(_manager_names.c.account_name)
    .where(not_(exists(select(literal(1)).where(AccountManagerRow.account_name == _manager_names.c.account_name))))
    .order_by(_manager_names.c.account_name),
)

# Where a bundle gives a type two names, the same one is taken whenever it is imported.
_types = (
    select(PRODUCT_TYPES.c.service_type_code, func.min(PRODUCT_TYPES.c.service_type_name).label("service_type_name"))
    .group_by(PRODUCT_TYPES.c.service_type_code)
    .subquery()
)
_PRODUCT_TYPES = _Merge(
    ProductTypeRow,
    "service_type_code",
    literal(0),
    _types,
    service_type_code=_types.c.service_type_code,
    service_type_name=_types.c.service_type_name,
)

_MOVE_ORDERS = (
    update(OrderRow)
    .values(account_manager_key=AccountManagerRow.key, resellers=CUSTOMERS.c.resellers == 1)
    .where(
        CustomerRow.customer_id == CUSTOMERS.c.customer_id,
        AccountManagerRow.account_name == CUSTOMERS.c.account_manager,
        or_(
            CustomerRow.account_manager_key != AccountManagerRow.key,
            CustomerRow.resellers.is_distinct_from(CUSTOMERS.c.resellers == 1),
        ),
        OrderRow.customer_key == CustomerRow.key,
    )
)
"""Before the customers themselves are changed: only the orders of those that move are looked at."""

_CUSTOMERS = _Merge(
    CustomerRow,
    "customer_id",
    CUSTOMERS.c.line,
    CUSTOMERS.join(AccountManagerRow, AccountManagerRow.account_name == CUSTOMERS.c.account_manager),
    **_as_staged(CUSTOMERS, "customer_id", "name", "account_name", "search_text", "association_type"),
    account_manager_key=AccountManagerRow.key,
    resellers=CUSTOMERS.c.resellers == 1,
    **_as_staged(CUSTOMERS, "reseller_id", "reseller_name", "email", "telephone", "country_code"),
)

_ORDERS = _Merge(
    OrderRow,
    "order_id_folded",
    ORDERS.c.line,
    ORDERS.join(CustomerRow, CustomerRow.customer_id == ORDERS.c.customer_id).join(
        ProductTypeRow, ProductTypeRow.service_type_code == ORDERS.c.service_type_code
    ),
    **_as_staged(ORDERS, "order_id", "order_id_folded"),
    customer_key=CustomerRow.key,
    account_manager_key=CustomerRow.account_manager_key,
    resellers=CustomerRow.resellers,
    product_type_key=ProductTypeRow.key,
    **_as_staged(ORDERS, "source_type", "status", "order_type", "currency"),
    **_minor(ORDERS, "official_amount", "amount_after_discount"),
    **_moments(ORDERS, "create_time", "payment_time", "pending_payment_end_time"),
    **_as_staged(ORDERS, "contract_id", "user_name"),
    **_minor(ORDERS, "coupon_amount", "flexipurchase_coupon_amount", "stored_card_amount"),
    **_minor(ORDERS, "commission_amount", "consumed_amount"),
    **_as_staged(ORDERS, "parent_order_id"),
)

_IN_BUNDLE = select(OrderRow.key).join(ORDERS, ORDERS.c.order_id_folded == OrderRow.order_id_folded)
_COUNT_KEPT_ITEMS = select(func.count()).select_from(OrderItemRow).where(OrderItemRow.order_key.in_(_IN_BUNDLE))
_REMOVE_ITEMS = delete(OrderItemRow).where(
    OrderItemRow.order_key.in_(_IN_BUNDLE),
    not_(exists(select(literal(1)).where(ITEMS.c.order_line_item_id == OrderItemRow.order_line_item_id))),
)
_ITEMS = _Merge(
    OrderItemRow,
    "order_line_item_id",
    ITEMS.c.line,
    ITEMS.join(ORDERS, ORDERS.c.order_id_folded == ITEMS.c.order_id_folded)
    .join(OrderRow, OrderRow.order_id_folded == ITEMS.c.order_id_folded)
    .join(ProductTypeRow, ProductTypeRow.service_type_code == ITEMS.c.service_type_code),
    **_as_staged(ITEMS, "order_line_item_id"),
    order_key=OrderRow.key,
    product_type_key=ProductTypeRow.key,
    **_as_staged(ITEMS, "product_id", "product_spec_desc", "period_type", "period_num", "subscription_num"),
    **_moments(ITEMS, "effective_time", "expire_time"),
    **_minor(ITEMS, "official_amount", "amount_after_discount"),
    discountable=ITEMS.c.discountable == 1,
)

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
    .where(OrderDiscountRow.order_key.in_(_IN_BUNDLE))
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
    .where(not_(exists(select(literal(1)).select_from(OrderDiscountRow).where(_same_discount(_staged_plain)))))
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
_kept_in_bundle = select(OrderDiscountRow.key).where(OrderDiscountRow.order_key.in_(_IN_BUNDLE)).subquery()


def _count(rows: FromClause) -> ScalarSelect[int]:
    return select(func.count()).select_from(rows).scalar_subquery()


# Counted and not asked for existence: to find the first one soon, PostgreSQL would look at each with each.
_ANY_DISCOUNT_DIFFERS = select(
    or_(_not_kept.scalar_subquery() > 0, _count(_twice) > 0, _count(DISCOUNTS) != _count(_kept_in_bundle))
)
"""Whether the kept discounts may be others: cheaper than to compare them as sets, and mostly they are not.

Where each staged one is kept, none stands twice, and there are as many of the one as of the other, they are the same.
"""


def begin_merge(connection: Connection) -> None:
    """Waits until no other import is merging, and holds others up until the transaction ends."""
    serialise(connection, Lock.IMPORT)


def orders_are_kept(connection: Connection) -> bool:
    """Whether the desk has all staged orders, with their items and discounts and no others, just as they are staged.

    Asked of rows that stand once each and fit their currency. Then nothing about them needs judging or merging.
    """
    return (
        _ORDERS.count_alike(connection) == count_staged(connection, Part.ORDERS)
        and _ITEMS.count_alike(connection) == count_staged(connection, Part.ORDER_ITEMS)
        and connection.execute(_COUNT_KEPT_ITEMS).scalar_one() == count_staged(connection, Part.ORDER_ITEMS)
        and not connection.execute(_ANY_DISCOUNT_DIFFERS).scalar_one()
    )


def merge_catalogue(connection: Connection) -> int:
    """The account managers and product types that the staged rows name; gives how many rows were written."""
    return _inserted(connection, _ADD_MANAGERS) + _PRODUCT_TYPES.run(connection).rows


def merge_customers(connection: Connection) -> Merged:
    """The staged customers. Orders of a customer who moves to another account manager or list move along."""
    connection.execute(_MOVE_ORDERS)
    return _CUSTOMERS.run(connection)


def merge_orders(connection: Connection) -> Merged:
    """The staged orders; their customers and product types are there already."""
    return _ORDERS.run(connection)


def merge_items(connection: Connection) -> Merged:
    """The staged items; those of the same orders that are not staged are removed."""
    removed = connection.execute(_REMOVE_ITEMS).rowcount
    return replace(_ITEMS.run(connection), removed=removed)


def merge_discounts(connection: Connection) -> Merged:
    """The staged discounts; those of the same orders that are not staged are removed."""
    if not connection.execute(_ANY_DISCOUNT_DIFFERS).scalar_one():
        return Merged()
    removed = connection.execute(_REMOVE_DISCOUNTS).rowcount
    return Merged(new=_inserted(connection, _ADD_DISCOUNTS), removed=removed)


_GROWN = ("customers", "orders", "order_items", "order_discounts")


def refresh_statistics(connection: Connection) -> None:
    """Tells the planner of queries how large the tables have become; worth it after many rows."""
    if connection.dialect.name == "sqlite":
        # Bounded: some hundred rows of each index say enough.
        connection.execute(text("PRAGMA analysis_limit=400"))
    for table in _GROWN:
        connection.execute(text(f"ANALYZE main.{table}" if connection.dialect.name == "sqlite" else f"ANALYZE {table}"))
