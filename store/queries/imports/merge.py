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
    update,
)

from store.domain.imports import Part
from store.queries.dialect import dialect_of
from store.queries.imports.discounts import discounts_differ
from store.queries.imports.staging import CUSTOMERS, ITEMS, ORDERS, PRODUCT_TYPES, count_staged
from store.queries.imports.upsert import IN_BUNDLE, Merge, Merged, fits, inserted, kept
from store.queries.locks import Lock, serialise
from store.tables import (
    AccountManagerRow,
    CustomerRow,
    OrderItemRow,
    OrderRow,
    ProductTypeRow,
)

_PRODUCT_TYPE = ("service_type_code", "service_type_name")


def begin_merge(connection: Connection) -> None:
    """Waits until no other import is merging, and holds others up until the transaction ends."""
    serialise(connection, Lock.IMPORT)


def orders_are_kept(connection: Connection) -> bool:
    """Whether the desk has all staged orders, with their items and discounts and no others, just as they are staged.

    Asked of rows that stand once each. Then nothing about them needs judging or merging.
    """
    items = count_staged(connection, Part.ORDER_ITEMS)
    kept_items = select(func.count()).select_from(OrderItemRow).where(OrderItemRow.order_key.in_(IN_BUNDLE))
    return (
        _orders().count_alike(connection) == count_staged(connection, Part.ORDERS)
        and _items().count_alike(connection) == items
        and connection.execute(kept_items).scalar_one() == items
        and not discounts_differ(connection)
    )


def merge_catalogue(connection: Connection) -> int:
    """The account managers and product types that the staged rows name; gives how many rows were written."""
    # One name in several spellings is one account manager, and is shown in the same one whenever it is imported.
    folded = CUSTOMERS.c.account_manager_folded.label("folded")
    names = select(folded, func.min(CUSTOMERS.c.account_manager).label("name")).group_by(folded).subquery()
    known = exists(select(literal(1)).where(AccountManagerRow.account_name_folded == names.c.folded))
    managers = insert(AccountManagerRow).from_select(
        ["account_name", "account_name_folded"],
        select(names.c.name, names.c.folded).where(not_(known)).order_by(names.c.folded),
    )
    # Where a bundle gives a type two names, the same one is taken whenever it is imported.
    code, name = (PRODUCT_TYPES.c[column] for column in _PRODUCT_TYPE)
    types = select(code, func.min(name).label(name.name)).group_by(code).subquery()
    named = {column: types.c[column] for column in _PRODUCT_TYPE}
    product_types = Merge(ProductTypeRow, "service_type_code", literal(0), types, **named)
    return inserted(connection, managers) + product_types.run(connection).rows


def merge_customers(connection: Connection) -> Merged:
    """The staged customers. Orders of a customer who moves to another account manager or list move along."""
    resellers = CUSTOMERS.c.resellers == 1
    # Before the customers themselves are changed: only the orders of those that move are looked at.
    move_orders = (
        update(OrderRow)
        .values(account_manager_key=AccountManagerRow.key, resellers=resellers)
        .where(
            CustomerRow.customer_id == CUSTOMERS.c.customer_id,
            AccountManagerRow.account_name_folded == CUSTOMERS.c.account_manager_folded,
            or_(
                CustomerRow.account_manager_key != AccountManagerRow.key,
                CustomerRow.resellers.is_distinct_from(resellers),
            ),
            OrderRow.customer_key == CustomerRow.key,
        )
    )
    connection.execute(move_orders)
    return Merge(
        CustomerRow,
        "customer_id",
        CUSTOMERS.c.line,
        CUSTOMERS.join(AccountManagerRow, AccountManagerRow.account_name_folded == CUSTOMERS.c.account_manager_folded),
        **kept(Part.CUSTOMERS, "account_manager"),
        account_manager_key=AccountManagerRow.key,
        resellers=resellers,
        search_text=CUSTOMERS.c.search_text,
    ).run(connection)


def merge_orders(connection: Connection) -> Merged:
    """The staged orders; their customers and product types are there already."""
    return _orders().run(connection)


def merge_items(connection: Connection) -> Merged:
    """The staged items; those of the same orders that are not staged are removed."""
    staged = exists(select(literal(1)).where(ITEMS.c.order_line_item_id == OrderItemRow.order_line_item_id))
    remove = delete(OrderItemRow).where(OrderItemRow.order_key.in_(IN_BUNDLE), not_(staged))
    removed = connection.execute(remove).rowcount
    return replace(_items().run(connection), removed=removed)


def _orders() -> Merge:
    return Merge(
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


def _items() -> Merge:
    return Merge(
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


def refresh_statistics(connection: Connection) -> None:
    """Tells the planner of queries how large the tables have become; worth it after many rows."""
    dialect_of(connection).analyse(connection, ("customers", "orders", "order_items", "order_discounts"))
