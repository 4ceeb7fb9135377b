"""A database from before contracts could be searched is brought up to date, and its orders are found by theirs."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import text

from store.database import Database
from store.domain.orders.criteria import OrderCriteria
from store.services import schema
from store.services.orders.orders import Orders
from tests.support.builders import NOON
from tests.support.databases import bring_to
from tests.support.people import a_manager


def test_orders_of_before_are_found_by_contract_and_by_what_expires(bare: Database) -> None:
    bring_to(bare, "0008")
    moment = int(NOON.timestamp() * 1_000_000) if bare.sqlite else NOON.isoformat()
    later = NOON + timedelta(days=20)
    expires = int(later.timestamp() * 1_000_000) if bare.sqlite else later.isoformat()
    false = "0" if bare.sqlite else "false"
    with bare.write() as connection:
        for statement in (
            "INSERT INTO account_managers (account_name, account_name_folded) VALUES ('nancy', 'nancy')",
            "INSERT INTO product_types (service_type_code, service_type_name) VALUES ('one', 'One')",
            (
                "INSERT INTO customers (customer_id, name, account_name, search_text, association_type,"
                f" account_manager_key, resellers) VALUES ('C1', 'Acme', 'acme', 'acme', 1, 1, {false})"
            ),
            *(
                "INSERT INTO orders (order_id, order_id_folded, customer_key, account_manager_key, resellers,"
                " product_type_key, source_type, status, order_type, currency, official_amount, amount_after_discount,"
                " create_time, contract_id, coupon_amount, flexipurchase_coupon_amount, stored_card_amount)"
                f" VALUES ('{number}', '{number}', 1, 1, {false}, 1, 1, 5, 1, 'USD', 1, 1, '{moment}', {contract},"
                " 0, 0, 0)"
                for number, contract in (("CS1", "'hw-é7'"), ("CS2", "NULL"))
            ),
            (
                "INSERT INTO order_items (order_line_item_id, order_key, product_type_key, product_id,"
                " product_spec_desc, period_type, subscription_num, expire_time, official_amount,"
                " amount_after_discount, discountable)"
                f" VALUES ('I1', 2, 1, '', '', 2, 1, '{expires}', 1, 1, {false})"
            ),
        ):
            connection.execute(text(statement))
    schema.upgrade(bare)
    orders = Orders(bare, lambda: NOON)

    def found(criteria: OrderCriteria) -> list[str]:
        return [row.order_id for row in orders.search(a_manager(), criteria).rows]

    assert found(OrderCriteria(contract_id="HW-é7")) == ["CS1"]
    assert found(OrderCriteria(contract_id="hw-")) == []
    assert found(OrderCriteria(expiring=20)) == ["CS2"]
    assert found(OrderCriteria(expiring=19)) == []
    assert found(OrderCriteria()) == ["CS2", "CS1"]
