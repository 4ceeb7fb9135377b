"""What is in the workbook: the asker's orders and nobody else's, every value of its kind, figures as the database's."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from store.domain.criteria import OrderCriteria
from store.domain.customers import CustomerTab
from store.domain.orders import DiscountType, OrderStatus, OrderType
from tests.support.builders import NOON, ItemRow, a_customer, an_order
from tests.support.exporting import ExportDesk, export_selected, records_of, sheets_of


def test_an_order_and_its_items_are_there_with_every_value_of_its_kind(desk: ExportDesk) -> None:
    customer = a_customer(
        desk.database,
        "C77",
        name="Acme GmbH",
        account_name="acme",
        reseller_id="R1",
        reseller_name="Resell & Co",
        country_code="DE",
    )
    an_order(
        desk.database,
        "0012345678901234567890",
        customer_key=customer,
        status=OrderStatus.COMPLETED,
        order_type=OrderType.RENEWAL,
        official_amount="13100.00",
        amount_after_discount="12400.00",
        coupon_amount="100.00",
        payment_time=NOON,
        contract_id="HT-1",
        user_name="=cmd",
        items=[ItemRow("9000.00", "8500.00", "c7.2xlarge", effective_time=NOON), ItemRow("4100.00", "3900.00")],
        discounts=[(DiscountType.PROMOTION, "700.00")],
    )
    desk.queued(desk.salesperson(time_zone="Asia/Shanghai"))
    claim = desk.claimed()
    outcome = desk.written(claim)
    assert (outcome.orders, outcome.items, outcome.size) == (1, 2, Path(claim.path).stat().st_size)
    (order,) = records_of(claim.path)
    assert order["Order No."] == "0012345678901234567890"
    assert order["List"] == "Resellers' Customers"
    assert (order["Customer"], order["Reseller"], order["Country"]) == ("Acme GmbH", "Resell & Co", "DE")
    assert (order["Order Status"], order["Order Type"], order["Source"]) == ("Completed", "Renewal", "Customer")
    # Noon in UTC is eight in the evening where the asker is.
    assert order["Ordered On"] == datetime(2026, 3, 2, 20)  # noqa: DTZ001 - workbooks know no zones
    assert order["Pay By"] is None
    assert (order["Official Amount"], order["Discount"], order["Amount After Discount"]) == (13100, 700, 12400)
    assert (order["Coupons"], order["Paid Amount"], order["Commission"]) == (100, 12300, None)
    assert order["Placed By"] == "=cmd"
    first, second = records_of(claim.path, "Items")
    assert (first["Order No."], first["Item No."]) == ("0012345678901234567890", "0012345678901234567890-0")
    assert (first["Specification"], first["Period"], first["Periods"]) == ("c7.2xlarge", "Month", 1)
    assert (first["Official Amount"], first["Discount"], first["Discountable"]) == (9000, 500, True)
    assert second["Effective On"] is None


