"""A salesperson finds their customers' orders, opens one, and reads what was paid."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from store.database import Database
from store.domain.orders.order import DiscountType, OrderStatus, OrderType
from tests.support.builders import ItemRow, a_customer, an_order
from tests.support.desk import Desk, eventually, running_desk, words

DAY = datetime(2026, 3, 2, 22, 30, tzinfo=UTC)


@pytest.fixture
def desk(database: Database, tmp_path: Path) -> Iterator[Desk]:
    acme = a_customer(database, name="Acme GmbH", account_name="acme", account_manager="nancy")
    away = a_customer(database, name="Far Away Ltd", account_name="far", account_manager="janet")
    resold = a_customer(
        database,
        name="Resold AG",
        account_name="resold",
        account_manager="nancy",
        reseller_id="R1",
        reseller_name="Reseller One",
    )
    for number in range(24):
        an_order(
            database,
            f"CS2600{number:02}",
            customer_key=acme,
            create_time=DAY - timedelta(days=number),
            status=OrderStatus.PENDING_PAYMENT if number % 2 else OrderStatus.COMPLETED,
            official_amount="100.00",
            amount_after_discount="90.00",
            payment_time=DAY,
            pending_payment_end_time=datetime.now(UTC) + timedelta(days=2, hours=1),
            items=[ItemRow("100.00", "90.00")],
            discounts=[(DiscountType.PROMOTION, "10.00")],
            item_discounts=[(0, DiscountType.PROMOTION, "10.00")],
            coupon_amount="5.00",
        )
    an_order(database, "FAR-1001", customer_key=away)
    an_order(database, "RES-1001", customer_key=resold, order_type=OrderType.RENEWAL)
    with running_desk(database, tmp_path) as running:
        yield running


def test_a_name_is_found_as_it_is_typed_on_a_line_and_in_the_form(desk: Desk) -> None:
    strange = a_customer(
        desk.database, name="O’Neill\u00a0&\u200b Söhne İstanbul", account_name="one", account_manager="Nancy\u200b"
    )
    an_order(desk.database, "CS269999", customer_key=strange)
    nancy = desk.person("U0NANCY")
    for typed in ("o'neill & söhne", "ISTANBUL", "O‘Neill", "so\u0308hne", "#cs269999", "ＣＳ２６９９９９."):
        nancy.open(f"/orders {typed}")
        assert "*CS269999*" in nancy.screen, typed
    nancy.open("/orders")
    assert len(nancy.offered("Customer", "neill & söhne istanbul")) == 2


def test_a_search_by_form_shows_the_count_the_criteria_and_ten_orders_a_page(desk: Desk) -> None:
    nancy = desk.person("U0NANCY")
    nancy.open("/orders")
    offered = nancy.offered("Customer", "acm")
    assert offered == ["Name contains “acm”", "Acme GmbH (acme)"]
    nancy.fill("Customer", "Acme GmbH (acme)")
    nancy.fill("Order Status", ["Pending payment"])
    nancy.submit()
    assert "*12 orders* · Customer Acme GmbH · Pending payment" in nancy.screen
    assert "1–10 of 12" in nancy.screen
    assert "‹ Previous" not in nancy.buttons()
    nancy.press("Next ›")
    assert "11–12 of 12" in nancy.screen
    assert "*CS260023*" in nancy.screen
    assert "Next ›" not in nancy.buttons()
    nancy.press("‹ Previous")
    assert "*CS260001*" in nancy.screen
    nancy.press("Refine")
    assert "Search" in nancy.screen
    nancy.fill("Order Status", ["Completed"])
    nancy.submit()
    assert "*12 orders* · Customer Acme GmbH · Completed" in nancy.screen


def test_one_line_says_the_same_as_the_form(desk: Desk) -> None:
    nancy = desk.person("U0NANCY")
    nancy.open("/orders acme status:pending-payment since:2026-02-20 until:2026-03-02")
    assert "*5 orders* · Customer “acme” · Pending payment · Ordered 20 Feb 2026 – 2 Mar 2026" in nancy.screen


def test_days_are_those_of_the_viewers_time_zone(desk: Desk) -> None:
    """22:30 in UTC is 23:30 in Berlin, the same day; the order at midnight in Berlin belongs to the next day."""
    nancy = desk.person("U0NANCY")
    nancy.open("/orders no:CS260000")
    assert "2 Mar 2026, 23:30" in nancy.screen
    assert "Europe/Berlin" in nancy.screen


def test_details_and_payment_details_stand_on_the_results_and_lead_back(desk: Desk) -> None:
    nancy = desk.person("U0NANCY")
    nancy.open("/orders acme")
    assert nancy.entries("CS260000") == ["View Order Details", "Payment Details", "Price Adjustment History"]
    assert nancy.entries("CS260001") == ["View Order Details", "Adjust Price", "Price Adjustment History"]
    nancy.pick("CS260000", "View Order Details")
    for text in ("Order details", "*Customer*\nAcme GmbH", "Completed", "90.00", "Items", "General computing"):
        assert text in nancy.screen
    nancy.press("Payment Details")
    assert len(nancy.person.modals()) == 3
    for line in ("Official Amount", "100.00", "Promotion", "−10.00", "Coupon", "−5.00", "Paid Amount (cash)", "85.00"):
        assert line in nancy.screen
    nancy.close()
    assert "Order details" in nancy.screen
    nancy.close()
    assert "24 orders" in nancy.screen


def test_a_pending_order_says_its_deadline_and_why_there_are_no_payment_details(desk: Desk) -> None:
    nancy = desk.person("U0NANCY")
    nancy.open("/orders acme")
    nancy.pick("CS260001", "View Order Details")
    assert "2 days left" in nancy.screen
    assert "No Payment Details: the order is not completed; it is pending payment." in nancy.screen
    assert "Payment Details" not in nancy.buttons()


def test_customers_and_resellers_customers_are_kept_apart(desk: Desk) -> None:
    nancy = desk.person("U0NANCY")
    nancy.open("/orders")
    nancy.submit()
    assert "*24 orders*" in nancy.screen
    nancy.press("Resellers' Customers")
    assert "*1 order*" in nancy.screen
    assert "RES-1001" in nancy.screen
    assert "Resellers' Customers ✓" in nancy.buttons()
    nancy.press("Customers")
    assert "*24 orders*" in nancy.screen


def test_nothing_found_says_what_was_searched_and_what_to_try(desk: Desk) -> None:
    nancy = desk.person("U0NANCY")
    nancy.open("/orders zebra status:completed")
    for text in ("*No orders found* · Customer “zebra” · Completed", "Two things to try", "Refine", "nothing either"):
        assert text in nancy.screen


def test_what_stands_in_the_other_list_is_counted_there(desk: Desk) -> None:
    nancy, janet = desk.person("U0NANCY"), desk.person("U0JANET")
    nancy.open("/orders RES-1001")
    assert "Look under *Resellers' Customers*: the same search finds *1 order* there." in nancy.screen
    nancy.press("Resellers' Customers")
    assert "*RES-1001*" in nancy.screen
    janet.open("/orders RES-1001")
    theirs = janet.screen
    janet.close()
    janet.open("/orders RES-9999")
    assert janet.screen == theirs.replace("RES-1001", "RES-9999")


def test_someone_elses_order_reads_as_one_that_does_not_exist(desk: Desk) -> None:
    nancy = desk.person("U0NANCY")
    nancy.open("/orders FAR-1001")
    theirs = nancy.screen
    nancy.close()
    nancy.open("/orders FAR-9999")
    assert nancy.screen == theirs.replace("FAR-1001", "FAR-9999")
    manager = desk.person("U0LAURA")
    manager.open("/orders FAR-1001")
    assert "Far Away Ltd" in manager.screen


def test_typing_ahead_offers_ones_own_only(desk: Desk) -> None:
    nancy = desk.person("U0NANCY")
    nancy.open("/orders")
    assert nancy.offered("Customer", "far") == ["Name contains “far”"]
    manager = desk.person("U0LAURA")
    manager.open("/orders")
    assert manager.offered("Customer", "far") == ["Name contains “far”", "Far Away Ltd (far)"]


@pytest.mark.parametrize(
    ("user", "said"),
    [
        ("U0STRANGER", "you are not one yet"),
        ("U0GUEST", "not guests or bots"),
        ("U0OUTSIDER", "people of this workspace only"),
    ],
)
def test_who_is_no_member_gets_nothing_and_is_told_whom_to_ask(desk: Desk, user: str, said: str) -> None:
    someone = desk.person(user)
    for line in ("/orders", "/orders acme", "/orders help"):
        told = someone.hear(line)
        assert said in told
        assert "<@U0ANDREW>" in told
        assert "Acme" not in told
    assert not someone.person.modals()


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("/orders colour:red", "There is no “colour:”. There are customer:, no:, status:"),
        ("/orders status:lost", "pending-approval, pending-refund"),
        ("/orders since:yesterday", "Write it as since:2026-03-31"),
        ("/orders product:zebra", "No product type among your orders contains “zebra”. There are EC2"),
        ("/orders since:2026-03-02 until:2026-03-01", "the last day is before the first"),
        ("/orders last:30x", "last:30d"),
    ],
)
def test_what_a_line_cannot_mean_is_answered_with_what_there_is(desk: Desk, line: str, said: str) -> None:
    nancy = desk.person("U0NANCY")
    told = nancy.hear(line)
    assert said in told
    assert "line:" not in told
    assert not nancy.person.modals()


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("PA-1042", "`/adjustments PA-1042` opens it"),
        ("pa1042", "`/adjustments PA1042` opens it"),
        ("EX-3", "EX-3 looks like the number of an export: see `/export-history`"),
        ("no:ex-318", "EX-318 looks like the number of an export"),
        ("zebra", ""),
    ],
)
def test_a_number_of_something_else_is_led_to_where_that_is(desk: Desk, typed: str, said: str) -> None:
    nancy = desk.person("U0NANCY")
    nancy.open(f"/orders {typed}")
    assert "No orders found" in nancy.screen
    assert said in nancy.screen
    assert ("looks like the number" in nancy.screen) is bool(said)


def test_an_error_of_the_form_stands_at_its_field_and_nothing_typed_is_lost(desk: Desk) -> None:
    nancy = desk.person("U0NANCY")
    nancy.open("/orders")
    nancy.fill("Order No.", "CS26")
    nancy.fill("Ordered On, from", "2026-03-02")
    nancy.fill("Ordered On, to", "2026-03-01")
    nancy.submit()
    assert "last day is before the first" in nancy.modal.errors["ordered_to"]
    assert nancy.modal.values["order_no"]["input"]["value"] == "CS26"


def test_orders_are_found_by_contract_and_by_what_expires_soon(desk: Desk) -> None:
    now = datetime.now(UTC)
    soon, gone = ItemRow(expire_time=now + timedelta(days=9)), ItemRow(expire_time=now - timedelta(hours=1))
    customer = a_customer(desk.database, name="Acme Two", account_name="acme2", account_manager="nancy")
    an_order(desk.database, "CS270001", customer_key=customer, contract_id="HW-2026-7", items=[soon, gone])
    an_order(desk.database, "CS270002", customer_key=customer, contract_id="HW-2026-77", items=[gone])
    nancy = desk.person("U0NANCY")
    for line, said in (
        ("contract:hw-2026-7", "Contract ID hw-2026-7"),
        ("expiring:30d", "Expiring within 30 days"),
        ("two contract:HW-2026-7 expiring:2w", "Contract ID HW-2026-7 · Expiring within 14 days"),
    ):
        nancy.open(f"/orders {line}")
        assert "*1 order*" in nancy.screen
        assert said in nancy.screen
        assert "CS270001" in nancy.screen
        nancy.close()
    nancy.open("/orders")
    nancy.fill("Contract ID", "hw-2026-77")
    nancy.submit()
    assert "*CS270002*" in nancy.screen
    nancy.press("Refine")
    nancy.fill("Contract ID", "")
    nancy.fill("Expiring", "9")
    nancy.submit()
    assert "*1 order*" in nancy.screen
    assert "*CS270001*" in nancy.screen


def test_help_says_what_this_person_can_do(desk: Desk) -> None:
    assert "orders of your own customers" in desk.person("U0NANCY").hear("/orders help")
    assert "you see all orders" in desk.person("U0LAURA").hear("/orders help")


def test_the_home_tab_leads_to_the_search(desk: Desk) -> None:
    nancy = desk.person("U0NANCY")
    nancy.person.open_home()
    home = eventually(nancy.person.home, "the Home tab")
    assert "Customer Orders" in words(home)
    nancy.press("Find customer orders", home)
    assert "Order Status" in nancy.screen
