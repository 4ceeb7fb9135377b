"""A salesperson asks for a better price, managers decide in chat, the order gets it, everybody can read it later."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from store.database import Database
from store.domain.orders import DiscountType, OrderStatus
from tests.support.builders import ItemRow, a_customer, an_order
from tests.support.desk import Desk, Reader, eventually, running_desk


def make_orders(database: Database) -> None:
    """Orders of Acme, of which ADJ-1001 is to be adjusted; one of somebody else's customer; one of a reseller's."""
    acme = a_customer(database, name="Acme GmbH", account_name="acme", account_manager="nancy")
    away = a_customer(database, name="Far Away Ltd", account_name="far", account_manager="janet")
    steven = a_customer(database, name="Stevens Stores", account_name="stores", account_manager="steven")
    resold = a_customer(
        database, name="Resold AG", account_name="resold", account_manager="nancy", reseller_id="R1", reseller_name="R"
    )
    deadline = datetime.now(UTC) + timedelta(days=2, hours=1)
    for number, customer in (("ADJ-1001", acme), ("FAR-1001", away), ("STE-1001", steven), ("RES-1001", resold)):
        an_order(
            database,
            number,
            customer_key=customer,
            official_amount="13100.00",
            amount_after_discount="12400.00",
            create_time=datetime(2026, 3, 2, 12, tzinfo=UTC),
            pending_payment_end_time=deadline,
            items=[
                ItemRow("9000.00", "8519.08", product_spec_desc="ECS c7.2xlarge", period_num=12, subscription_num=2),
                ItemRow("4100.00", "3880.92", product_spec_desc="EVS 500 GB", period_num=12),
            ],
            discounts=[(DiscountType.PROMOTION, "700.00")],
            item_discounts=[(0, DiscountType.PROMOTION, "480.92"), (1, DiscountType.PROMOTION, "219.08")],
        )
    an_order(database, "PAID-1001", customer_key=acme, status=OrderStatus.COMPLETED, items=[ItemRow()])


@pytest.fixture
def desk(database: Database, tmp_path: Path) -> Iterator[Desk]:
    make_orders(database)
    with running_desk(database, tmp_path) as running:
        yield running


def ask_for(desk: Desk, user: str = "U0NANCY", order: str = "ADJ-1001", figure: str = "12.5") -> Reader:
    """Somebody submits a percentage; the outcome of the form is on their screen."""
    person = desk.person(user)
    person.open(f"/orders {order}")
    person.pick(order, "Adjust Price")
    person.fill("Given as", "Percentage off")
    eventually(lambda: "Percentage off" in labels(person), "the field for a percentage")
    person.fill("Percentage off", figure)
    person.fill("Reason", "Competes with a quote of 11,500; they sign this week.")
    person.submit()
    return person


def labels(person: Reader) -> list[str]:
    return [block["label"]["text"] for block in person.modal.blocks if block.get("label")]


def test_a_price_is_asked_for_approved_and_applied_to_the_cent(desk: Desk) -> None:
    nancy = ask_for(desk)
    assert "PA-1001 was submitted" in nancy.screen
    card = desk.card(
        "PA-1001", "waiting for 1 manager", "Acme GmbH", "ADJ-1001", "USD 11,462.50", "they sign this week"
    )
    andrew = desk.person("U0ANDREW")
    assert andrew.click("Approve", card).ok
    final = desk.card("Applied", "Approved by <@U0ANDREW>", "Order price adjusted successfully")
    assert andrew.buttons(final) == ["View Order Details"]
    desk.told("U0NANCY", "Order price adjusted successfully", "11,462.50")
    nancy.close()
    nancy.close()
    nancy.open("/orders ADJ-1001")
    nancy.pick("ADJ-1001", "View Order Details")
    for text in ("11,462.50", "Order price adjustment", "−1,637.50"):
        assert text in nancy.screen
    assert "Promotion" not in nancy.screen
    desk.settled()
    assert len(desk.cards()) == 1
