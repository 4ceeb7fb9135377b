"""Merges staged rows into the desk's own: what is new is inserted, what differs is updated, what is alike untouched.

Staging holds exactly what is to be written: callers take out of there what is to be left as it is.
Every statement is asked once for all rows, and its number of rows is the report's count.
"""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import (
    Connection,
    delete,
    exists,
    func,
    insert,
    literal,
    not_,
    or_,
    select,
    text,
    update,
)

from store.domain.imports import Part
from store.queries.imports.discounts import discounts_differ
from store.queries.imports.staging import ANALYSED, CUSTOMERS, ITEMS, ORDERS, PRODUCT_TYPES, count_staged
from store.queries.imports.upsert import IN_BUNDLE, Merge, Merged, fits, inserted, kept
from store.queries.locks import Lock, serialise
from store.tables import (
    AccountManagerRow,
    CustomerRow,
    OrderItemRow,
    OrderRow,
    ProductTypeRow,
)

# One name in several spellings is one account manager, and is shown in the same one whenever it is imported.
_manager_names = (
    select(CUSTOMERS.c.account_manager_folded.label("folded"), func.min(CUSTOMERS.c.account_manager).label("name"))
    .group_by(CUSTOMERS.c.account_manager_folded)
    .subquery()
)
_ADD_MANAGERS = insert(AccountManagerRow).from_select(
    ["account_name", "account_name_folded"],
    select(_manager_names.c.name, _manager_names.c.folded)
    .where(not_(exists(select(literal(1)).where(AccountManagerRow.account_name_folded == _manager_names.c.folded))))
    .order_by(_manager_names.c.folded),
)

# Where a bundle gives a type two names, the same one is taken whenever it is imported.
_types = (
    select(PRODUCT_TYPES.c.service_type_code, func.min(PRODUCT_TYPES.c.service_type_name).label("service_type_name"))
    .group_by(PRODUCT_TYPES.c.service_type_code)
    .subquery()
)
_PRODUCT_TYPE = ("service_type_code", "service_type_name")
_PRODUCT_TYPES = Merge(
    ProductTypeRow,
    "service_type_code",
    literal(0),
    _types,
    **{name: _types.c[name] for name in _PRODUCT_TYPE},
)

_MOVE_ORDERS = (
    update(OrderRow)
    .values(account_manager_key=AccountManagerRow.key, resellers=CUSTOMERS.c.resellers == 1)
    .where(
        CustomerRow.customer_id == CUSTOMERS.c.customer_id,
        AccountManagerRow.account_name_folded == CUSTOMERS.c.account_manager_folded,
        or_(
            CustomerRow.account_manager_key != AccountManagerRow.key,
            CustomerRow.resellers.is_distinct_from(CUSTOMERS.c.resellers == 1),
        ),
        OrderRow.customer_key == CustomerRow.key,
    )
)
"""Before the customers themselves are changed: only the orders of those that move are looked at."""

_CUSTOMERS = Merge(
    CustomerRow,
    "customer_id",
    CUSTOMERS.c.line,
    CUSTOMERS.join(AccountManagerRow, AccountManagerRow.account_name_folded == CUSTOMERS.c.account_manager_folded),
    **kept(Part.CUSTOMERS, "account_manager"),
    account_manager_key=AccountManagerRow.key,
    resellers=CUSTOMERS.c.resellers == 1,
    search_text=CUSTOMERS.c.search_text,
)

_ORDERS = Merge(
    OrderRow,
    "order_id_folded",
    ORDERS.c.line,
    ORDERS.join(CustomerRow, CustomerRow.customer_id == ORDERS.c.customer_id).join(
        ProductTypeRow, ProductTypeRow.service_type_code == ORDERS.c.service_type_code
    ),
    **kept(Part.ORDERS, "customer_id", *_PRODUCT_TYPE),
    order_id_folded=ORDERS.c.order_id_folded,
    customer_key=CustomerRow.key,
    account_manager_key=CustomerRow.account_manager_key,
    resellers=CustomerRow.resellers,
    product_type_key=ProductTypeRow.key,
)

_COUNT_KEPT_ITEMS = select(func.count()).select_from(OrderItemRow).where(OrderItemRow.order_key.in_(IN_BUNDLE))
_REMOVE_ITEMS = delete(OrderItemRow).where(
    OrderItemRow.order_key.in_(IN_BUNDLE),
    not_(exists(select(literal(1)).where(ITEMS.c.order_line_item_id == OrderItemRow.order_line_item_id))),
)
_ITEMS = Merge(
    OrderItemRow,
    "order_line_item_id",
    ITEMS.c.line,
    ITEMS.join(ORDERS, ORDERS.c.order_id_folded == ITEMS.c.order_id_folded)
    .join(OrderRow, OrderRow.order_id_folded == ITEMS.c.order_id_folded)
    .join(ProductTypeRow, ProductTypeRow.service_type_code == ITEMS.c.service_type_code),
    fits(Part.ORDER_ITEMS),
    **kept(Part.ORDER_ITEMS, "order_id", "currency", *_PRODUCT_TYPE),
    order_key=OrderRow.key,
    product_type_key=ProductTypeRow.key,
)


def begin_merge(connection: Connection) -> None:
    """Waits until no other import is merging, and holds others up until the transaction ends."""
    serialise(connection, Lock.IMPORT)


def orders_are_kept(connection: Connection) -> bool:
    """Whether the desk has all staged orders, with their items and discounts and no others, just as they are staged.

    Asked of rows that stand once each. Then nothing about them needs judging or merging.
    """
    return (
        _ORDERS.count_alike(connection) == count_staged(connection, Part.ORDERS)
        and _ITEMS.count_alike(connection) == count_staged(connection, Part.ORDER_ITEMS)
        and connection.execute(_COUNT_KEPT_ITEMS).scalar_one() == count_staged(connection, Part.ORDER_ITEMS)
        and not discounts_differ(connection)
    )


def merge_catalogue(connection: Connection) -> int:
    """The account managers and product types that the staged rows name; gives how many rows were written."""
    return inserted(connection, _ADD_MANAGERS) + _PRODUCT_TYPES.run(connection).rows


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


_GROWN = ("customers", "orders", "order_items", "order_discounts")


def refresh_statistics(connection: Connection) -> None:
    """Tells the planner of queries how large the tables have become; worth it after many rows."""
    if connection.dialect.name == "sqlite":
        connection.execute(text(f"PRAGMA analysis_limit={ANALYSED}"))
    for table in _GROWN:
        connection.execute(text(f"ANALYZE main.{table}" if connection.dialect.name == "sqlite" else f"ANALYZE {table}"))
