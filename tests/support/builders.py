"""Rows for tests, with sensible defaults: each builder writes one thing and returns its key.

Amounts are texts in the order's currency, such as `12.50`. A builder makes what an order needs (customer, account
manager, product type) if it is missing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from typing import Any

from sqlalchemy import Connection, insert, select

from store.database import Database
from store.domain.orders.customers import AssociationType, search_text
from store.domain.orders.order import DiscountType, OrderStatus, OrderType, PeriodType, SourceType, fold_order_id
from store.domain.texts import common_form
from store.tables import (
    AccountManagerRow,
    CustomerRow,
    OrderDiscountRow,
    OrderItemRow,
    OrderRow,
    ProductTypeRow,
)
from tests.support.amounts import money

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
_numbers = count(1)


@dataclass(frozen=True, slots=True)
class ItemRow:
    """An item to make with an order; its number is the order's number with a counter."""

    official_amount: str = "100"
    amount_after_discount: str | None = None
    product_spec_desc: str = "General computing 4 vCPUs 8 GiB"
    service_type_code: str = "hws.service.type.ec2"
    discountable: bool = True
    period_type: PeriodType = PeriodType.MONTH
    period_num: int | None = 1
    subscription_num: int = 1
    effective_time: datetime | None = None
    expire_time: datetime | None = None


def an_account_manager(database: Database, account_name: str) -> int:
    """The key of the account manager, made if missing."""
    with database.write() as connection:
        return _account_manager(connection, account_name)


def a_product_type(database: Database, code: str = "hws.service.type.ec2", name: str | None = None) -> int:
    """The key of the product type, made if missing."""
    with database.write() as connection:
        return _product_type(connection, code, name)


def a_customer(
    database: Database,
    customer_id: str | None = None,
    *,
    name: str = "Acme Ltd",
    account_name: str = "acme",
    account_manager: str = "nancy",
    association_type: AssociationType = AssociationType.REFERRAL,
    reseller_id: str | None = None,
    reseller_name: str | None = None,
    email: str | None = None,
    telephone: str | None = None,
    country_code: str | None = None,
) -> int:
    """A new customer's key."""
    with database.write() as connection:
        return _key(
            connection,
            CustomerRow,
            customer_id=customer_id or f"C{next(_numbers)}",
            name=name,
            account_name=account_name,
            search_text=search_text(name, account_name),
            association_type=association_type,
            account_manager_key=_account_manager(connection, account_manager),
            resellers=reseller_id is not None,
            reseller_id=reseller_id,
            reseller_name=reseller_name,
            email=email,
            telephone=telephone,
            country_code=country_code,
        )


def an_order(
    database: Database,
    order_id: str | None = None,
    *,
    customer_key: int | None = None,
    service_type_code: str = "hws.service.type.ec2",
    status: OrderStatus = OrderStatus.PENDING_PAYMENT,
    order_type: OrderType = OrderType.PURCHASE,
    source_type: SourceType = SourceType.CUSTOMER,
    currency: str = "USD",
    official_amount: str = "100",
    amount_after_discount: str | None = None,
    create_time: datetime = NOON,
    payment_time: datetime | None = None,
    pending_payment_end_time: datetime | None = None,
    contract_id: str | None = None,
    user_name: str | None = None,
    coupon_amount: str = "0",
    flexipurchase_coupon_amount: str = "0",
    stored_card_amount: str = "0",
    commission_amount: str | None = None,
    consumed_amount: str | None = None,
    parent_order_id: str | None = None,
    items: Sequence[ItemRow] = (),
    discounts: Sequence[tuple[DiscountType, str]] = (),
    item_discounts: Sequence[tuple[int, DiscountType, str]] = (),
) -> int:
    """A new order's key, with its items and discounts. `item_discounts` name their item by its index from 0."""

    def minor(text: str) -> int:
        return money(text, currency).minor

    def minor_or_none(text: str | None) -> int | None:
        return None if text is None else minor(text)

    order_id = order_id or f"CS{next(_numbers):012}"
    customer_key = customer_key or a_customer(database)
    with database.write() as connection:
        customer = connection.execute(
            select(CustomerRow.account_manager_key, CustomerRow.resellers).where(CustomerRow.key == customer_key)
        ).one()
        key = _key(
            connection,
            OrderRow,
            order_id=order_id,
            order_id_folded=fold_order_id(order_id),
            customer_key=customer_key,
            account_manager_key=customer.account_manager_key,
            resellers=customer.resellers,
            product_type_key=_product_type(connection, service_type_code, None),
            source_type=source_type,
            status=status,
            order_type=order_type,
            currency=currency,
            official_amount=minor(official_amount),
            amount_after_discount=minor(amount_after_discount or official_amount),
            create_time=create_time,
            payment_time=payment_time,
            pending_payment_end_time=pending_payment_end_time,
            contract_id=contract_id,
            user_name=user_name,
            coupon_amount=minor(coupon_amount),
            flexipurchase_coupon_amount=minor(flexipurchase_coupon_amount),
            stored_card_amount=minor(stored_card_amount),
            commission_amount=minor_or_none(commission_amount),
            consumed_amount=minor_or_none(consumed_amount),
            parent_order_id=parent_order_id,
        )
        for place, item in enumerate(items):
            _key(
                connection,
                OrderItemRow,
                order_line_item_id=f"{order_id}-{place}",
                order_key=key,
                product_type_key=_product_type(connection, item.service_type_code, None),
                product_id=f"P{place}",
                product_spec_desc=item.product_spec_desc,
                period_type=item.period_type,
                period_num=item.period_num,
                subscription_num=item.subscription_num,
                effective_time=item.effective_time,
                expire_time=item.expire_time,
                official_amount=minor(item.official_amount),
                amount_after_discount=minor(item.amount_after_discount or item.official_amount),
                discountable=item.discountable,
            )
        for discount_type, amount in discounts:
            _discount(connection, key, None, discount_type, minor(amount))
        for place, discount_type, amount in item_discounts:
            _discount(connection, key, f"{order_id}-{place}", discount_type, minor(amount))
    return key


def _discount(connection: Connection, order_key: int, item: str | None, kind: DiscountType, amount: int) -> None:
    _key(
        connection,
        OrderDiscountRow,
        order_key=order_key,
        order_line_item_id=item,
        discount_type=kind,
        discount_amount=amount,
    )


def _account_manager(connection: Connection, account_name: str) -> int:
    found = connection.execute(
        select(AccountManagerRow.key).where(AccountManagerRow.account_name_folded == common_form(account_name))
    ).scalar()
    return found or _key(
        connection, AccountManagerRow, account_name=account_name, account_name_folded=common_form(account_name)
    )


def _product_type(connection: Connection, code: str, name: str | None) -> int:
    found = connection.execute(select(ProductTypeRow.key).where(ProductTypeRow.service_type_code == code)).scalar()
    return found or _key(
        connection,
        ProductTypeRow,
        service_type_code=code,
        service_type_name=name or code.rpartition(".")[2].upper(),
    )


def _key(connection: Connection, table: type[Any], **values: object) -> int:
    key: int = connection.execute(insert(table).returning(table.key), values).scalar_one()
    return key
