"""What the reading queries share: reach as a condition, and how a customer is read. Knows no use case."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, CursorResult, Row, Select, bindparam

from store.domain.money import Money
from store.domain.orders.customers import AssociationType, Customer, CustomerTab
from store.domain.orders.order import OrderStatus, OrderSummary, OrderType
from store.domain.people import Reach
from store.tables import AccountManagerRow, CustomerRow, OrderRow, ProductTypeRow

AnyRow = Row[*tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Scoped:
    """A prebuilt statement over AccountManagerRow, in its two forms: for all orders, and for one account manager's."""

    everything: Select[*tuple[Any, ...]]
    of_one: Select[*tuple[Any, ...]]

    @classmethod
    def of(cls, statement: Select[*tuple[Any, ...]]) -> Scoped:
        """Both forms of a statement that joins AccountManagerRow."""
        return cls(statement, statement.where(AccountManagerRow.account_name_folded == bindparam("reach")))

    def run(self, connection: Connection, reach: Reach, **values: object) -> CursorResult[*tuple[Any, ...]]:
        """Executes the form that the reach asks for."""
        if reach.everything:
            return connection.execute(self.everything, values)
        return connection.execute(self.of_one, {**values, "reach": reach.compared})


CUSTOMER_COLUMNS = (
    CustomerRow.key.label("customer_key"),
    CustomerRow.customer_id,
    CustomerRow.name.label("customer_name"),
    CustomerRow.account_name.label("customer_account_name"),
    CustomerRow.association_type,
    AccountManagerRow.account_name.label("account_manager"),
    CustomerRow.reseller_id,
    CustomerRow.reseller_name,
    CustomerRow.email,
    CustomerRow.telephone,
    CustomerRow.country_code,
)


def read_customer(row: AnyRow) -> Customer:
    """The customer in a row that has CUSTOMER_COLUMNS."""
    return Customer(
        key=row.customer_key,
        customer_id=row.customer_id,
        name=row.customer_name,
        account_name=row.customer_account_name,
        association_type=AssociationType(row.association_type),
        account_manager=row.account_manager,
        reseller_id=row.reseller_id,
        reseller_name=row.reseller_name,
        email=row.email,
        telephone=row.telephone,
        country_code=row.country_code,
    )


SUMMARY_COLUMNS = (
    OrderRow.key,
    OrderRow.order_id,
    CustomerRow.name.label("customer_name"),
    OrderRow.resellers,
    OrderRow.status,
    OrderRow.order_type,
    ProductTypeRow.service_type_name,
    OrderRow.currency,
    OrderRow.official_amount,
    OrderRow.amount_after_discount,
    OrderRow.create_time,
    OrderRow.payment_time,
    OrderRow.pending_payment_end_time,
)


def read_summary(row: AnyRow) -> OrderSummary:
    """The order in a row that begins with SUMMARY_COLUMNS; by their places, since a name each costs as much again."""
    key, order_id, customer_name, resellers, status, order_type, service_type_name, currency, *rest = row
    official, after, create_time, payment_time, pending_payment_end_time = rest[:5]
    return OrderSummary(
        key=key,
        order_id=order_id,
        customer_name=customer_name,
        tab=CustomerTab.RESELLERS_CUSTOMERS if resellers else CustomerTab.CUSTOMERS,
        status=OrderStatus(status),
        order_type=OrderType(order_type),
        service_type_name=service_type_name,
        official_amount=Money.of_minor(official, currency),
        amount_after_discount=Money.of_minor(after, currency),
        create_time=create_time,
        payment_time=payment_time,
        pending_payment_end_time=pending_payment_end_time,
    )
