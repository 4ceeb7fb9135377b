"""One order: found by its number, read whole, with its discounts by type and a page of its items."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, Connection, Select, bindparam, cast, func, select

from store.domain.money import Money
from store.domain.orders.amounts import discounts_by_type
from store.domain.orders.criterion import can_be_kept, is_key
from store.domain.orders.order import (
    Discount,
    DiscountType,
    Order,
    OrderItem,
    OrderStatus,
    OrderType,
    PeriodType,
    ProductType,
    SourceType,
    fold_typed_order_id,
)
from store.domain.people import Reach
from store.queries.query import query
from store.queries.reading import CUSTOMER_COLUMNS, AnyRow, Scoped, read_customer
from store.tables import AccountManagerRow, CustomerRow, OrderDiscountRow, OrderItemRow, OrderRow, ProductTypeRow

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


_ORDER = Scoped.of(
    select(
        OrderRow.key,
        OrderRow.order_id,
        *CUSTOMER_COLUMNS,
        ProductTypeRow.key.label("product_type_key"),
        ProductTypeRow.service_type_code,
        ProductTypeRow.service_type_name,
        OrderRow.source_type,
        OrderRow.status,
        OrderRow.order_type,
        OrderRow.currency,
        OrderRow.official_amount,
        OrderRow.amount_after_discount,
        OrderRow.create_time,
        OrderRow.payment_time,
        OrderRow.pending_payment_end_time,
        OrderRow.contract_id,
        OrderRow.user_name,
        OrderRow.coupon_amount,
        OrderRow.flexipurchase_coupon_amount,
        OrderRow.stored_card_amount,
        OrderRow.commission_amount,
        OrderRow.consumed_amount,
        OrderRow.parent_order_id,
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
            OrderItemRow.order_line_item_id,
            ProductTypeRow.service_type_code,
            ProductTypeRow.service_type_name,
            OrderItemRow.product_id,
            OrderItemRow.product_spec_desc,
            OrderItemRow.period_type,
            OrderItemRow.period_num,
            OrderItemRow.subscription_num,
            OrderItemRow.effective_time,
            OrderItemRow.expire_time,
            OrderItemRow.official_amount,
            OrderItemRow.amount_after_discount,
            OrderItemRow.discountable,
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
    def money(minor: int) -> Money:
        return Money.of_minor(minor, row.currency)

    def money_or_none(minor: int | None) -> Money | None:
        return None if minor is None else money(minor)

    return Order(
        key=row.key,
        order_id=row.order_id,
        customer=read_customer(row),
        product_type=ProductType(row.product_type_key, row.service_type_code, row.service_type_name),
        source_type=SourceType(row.source_type),
        status=OrderStatus(row.status),
        order_type=OrderType(row.order_type),
        official_amount=money(row.official_amount),
        amount_after_discount=money(row.amount_after_discount),
        create_time=row.create_time,
        payment_time=row.payment_time,
        pending_payment_end_time=row.pending_payment_end_time,
        contract_id=row.contract_id,
        user_name=row.user_name,
        coupon_amount=money(row.coupon_amount),
        flexipurchase_coupon_amount=money(row.flexipurchase_coupon_amount),
        stored_card_amount=money(row.stored_card_amount),
        commission_amount=money_or_none(row.commission_amount),
        consumed_amount=money_or_none(row.consumed_amount),
        parent_order_id=row.parent_order_id,
    )


def _item(row: AnyRow, currency: str) -> OrderItem:
    return OrderItem(
        key=row.key,
        order_line_item_id=row.order_line_item_id,
        service_type_code=row.service_type_code,
        service_type_name=row.service_type_name,
        product_id=row.product_id,
        product_spec_desc=row.product_spec_desc,
        period_type=PeriodType(row.period_type),
        period_num=row.period_num,
        subscription_num=row.subscription_num,
        effective_time=row.effective_time,
        expire_time=row.expire_time,
        official_amount=Money.of_minor(row.official_amount, currency),
        amount_after_discount=Money.of_minor(row.amount_after_discount, currency),
        discountable=row.discountable,
    )
