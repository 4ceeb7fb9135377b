"""One order: found by its number, read whole, with its discounts by type and a page of its items."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields as dataclass_fields
from typing import Any

from sqlalchemy import BigInteger, Connection, Select, bindparam, cast, func, select

from store.domain.fields import Field, Kind, read_fields
from store.domain.imports import Part
from store.domain.money import Money
from store.domain.orders.amounts import discounts_by_type
from store.domain.orders.criterion import can_be_kept, is_key
from store.domain.orders.order import (
    Discount,
    DiscountType,
    Order,
    OrderItem,
    ProductType,
    fold_typed_order_id,
)
from store.domain.people import Reach
from store.queries.query import query
from store.queries.reading import CUSTOMER_COLUMNS, AnyRow, Scoped, read_customer
from store.tables import AccountManagerRow, CustomerRow, OrderDiscountRow, OrderItemRow, OrderRow, ProductTypeRow
from store.tables.base import Base

_KEY = Scoped.of(
    select(OrderRow.key)
    .join(AccountManagerRow, AccountManagerRow.key == OrderRow.account_manager_key)
    .where(OrderRow.order_id_folded == bindparam("folded"))
)


def find_order_key(connection: Connection, reach: Reach, order_no: str) -> int | None:
    """The key of the order with exactly that number, without case, within the reach."""
    if not can_be_kept(order_no):
        return None
    key: int | None = _KEY.run(connection, reach, folded=fold_typed_order_id(order_no)).scalar()
    return key


def _shown(part: Part, row: type[Base], domain: type[Order | OrderItem]) -> tuple[Field, ...]:
    """The part's fields that its row keeps and the domain has."""
    known = {field.name for field in dataclass_fields(domain)}
    return tuple(field for field in read_fields(part) if field.name in known and hasattr(row, field.name))


_ORDER_FIELDS = _shown(Part.ORDERS, OrderRow, Order)
_ITEM_FIELDS = _shown(Part.ORDER_ITEMS, OrderItemRow, OrderItem)
_ORDER = Scoped.of(
    select(
        OrderRow.key,
        OrderRow.currency,
        *(getattr(OrderRow, field.name) for field in _ORDER_FIELDS),
        *CUSTOMER_COLUMNS,
        ProductTypeRow.key.label("product_type_key"),
        ProductTypeRow.service_type_code,
        ProductTypeRow.service_type_name,
        select(func.count())
        .select_from(OrderItemRow)
        .where(OrderItemRow.order_key == OrderRow.key)
        .scalar_subquery()
        .label("item_count"),
    )
    .join(CustomerRow, CustomerRow.key == OrderRow.customer_key)
    .join(AccountManagerRow, AccountManagerRow.key == OrderRow.account_manager_key)
    .join(ProductTypeRow, ProductTypeRow.key == OrderRow.product_type_key)
    .where(OrderRow.key == bindparam("key"))
)


def find_order(connection: Connection, reach: Reach, key: int) -> tuple[Order, int] | None:
    """The order and how many items it has, within the reach."""
    row = _ORDER.run(connection, reach, key=key).first() if is_key(key) else None
    return (_order(row), row.item_count) if row else None


@query
def _discounts(order_key: int) -> Select[int, bool, int]:
    of_an_item = OrderDiscountRow.order_line_item_id.is_not(None)
    return (
        select(
            OrderDiscountRow.discount_type,
            of_an_item.label("of_an_item"),
            cast(func.sum(OrderDiscountRow.discount_amount), BigInteger).label("discount_amount"),
        )
        .where(OrderDiscountRow.order_key == order_key)
        .group_by(OrderDiscountRow.discount_type, of_an_item)
    )


def list_discounts(connection: Connection, order: Order) -> tuple[tuple[DiscountType, Money], ...]:
    """The order's discounts by type, in the order of the vendor's codes."""
    sums = [
        Discount(
            DiscountType(row.discount_type),
            Money.of_minor(row.discount_amount, order.currency),
            # Whose items they are no longer matters: a sum by type tells only the order's from the items'.
            "items" if row.of_an_item else None,
        )
        for row in _discounts(connection, order.key)
    ]
    return discounts_by_type(sums, order.currency)


@query
def _items(order_key: int, offset: int, limit: int) -> Select[*tuple[Any, ...]]:
    return (
        select(
            OrderItemRow.key,
            *(getattr(OrderItemRow, field.name) for field in _ITEM_FIELDS),
            ProductTypeRow.service_type_code,
            ProductTypeRow.service_type_name,
        )
        .join(ProductTypeRow, ProductTypeRow.key == OrderItemRow.product_type_key)
        .where(OrderItemRow.order_key == order_key)
        .order_by(OrderItemRow.key)
        .limit(limit)
        .offset(offset)
    )


def list_items(connection: Connection, order: Order, offset: int, limit: int) -> tuple[OrderItem, ...]:
    """Items of the order in the order of its lines, from the offset on."""
    return tuple(_item(row, order.currency) for row in _items(connection, order.key, offset, limit))


def _order(row: AnyRow) -> Order:
    product_type = ProductType(row.product_type_key, row.service_type_code, row.service_type_name)
    values = _values(_ORDER_FIELDS, row, row.currency)
    return Order(key=row.key, customer=read_customer(row), product_type=product_type, **values)


def _item(row: AnyRow, currency: str) -> OrderItem:
    return OrderItem(
        key=row.key,
        service_type_code=row.service_type_code,
        service_type_name=row.service_type_name,
        **_values(_ITEM_FIELDS, row, currency),
    )


def _values(fields: Iterable[Field], row: AnyRow, currency: str) -> dict[str, Any]:
    """The fields as the domain has them: amounts as money, codes as what they stand for."""
    return {field.name: _value(field, getattr(row, field.name), currency) for field in fields}


def _value(field: Field, kept: Any, currency: str) -> Any:  # noqa: ANN401 - of the field's kind
    if kept is None:
        return None
    if field.kind is Kind.AMOUNT:
        return Money.of_minor(kept, currency)
    return field.codes(kept) if field.codes else kept
