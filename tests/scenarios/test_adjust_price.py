"""A salesperson asks for a better price, managers decide in chat, the order gets it, and the history shows it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import sleep

import pytest
from sqlalchemy import text

from store.database import Database
from store.domain.orders.order import DiscountType, OrderStatus
from tests.support.builders import ItemRow, a_customer, an_order
from tests.support.desk import Desk, Reader, eventually, running_desk, words


def make_orders(database: Database) -> None:
    """Orders of Acme, among them ADJ-1001, to be adjusted; one of another's customer; one of a reseller's customer."""
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
    """A person submits a percentage; the outcome of the form is on their screen."""
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
    for said in ("11,462.50", "Order price adjustment", "−1,637.50"):
        assert said in nancy.screen
    assert "Promotion" not in nancy.screen
    desk.settled()
    assert len(desk.cards()) == 1


def test_the_preview_follows_what_is_typed_and_nothing_typed_is_lost(desk: Desk) -> None:
    nancy = desk.person("U0NANCY")
    nancy.open("/orders ADJ-1001")
    nancy.pick("ADJ-1001", "View Order Details")
    nancy.press("Adjust Price")
    assert len(nancy.person.modals()) == 3
    assert "Maximum Discount *USD 3,930.00*" in nancy.screen
    nancy.fill("Reason", "They sign this week.")
    nancy.fill("Amount off, in USD", "1637.50")
    for said in (
        "13,100.00 list − Promotion 700.00 = *12,400.00*",
        "− 1,637.50 (12.5 %) = *11,462.50*",
        "ECS c7.2xlarge, 12 months × 2: 9,000.00 − 1,125.00 = *7,875.00* (before: 8,519.08)",
        "EVS 500 GB, 12 months × 1: 4,100.00 − 512.50 = *3,587.50*",
        "No longer applies: Promotion 700.00",
        "Renewals keep their price. This affects your incentives.",
        "Needs 1 manager.",
    ):
        eventually(lambda said=said: said in nancy.screen, said)  # type: ignore[misc]
    nancy.fill("Amount off, in USD", "1.500")
    eventually(lambda: "“1.500” can be read in two ways. Type 1.5000 or 1500" in nancy.screen, "the question")
    nancy.submit()
    assert "two ways" in nancy.modal.errors["figure"]
    nancy.fill("Amount off, in USD", "1.234")
    nancy.submit()
    assert nancy.modal.errors["figure"] == "“1.234” is not clear. Type 1234, if that is what you mean."
    nancy.fill("Amount off, in USD", "3930.01")
    nancy.submit()
    assert "more than the Maximum Discount of USD 3,930.00" in nancy.modal.errors["figure"]
    nancy.fill("Amount off, in USD", "700")
    nancy.submit()
    assert "must be larger" in nancy.modal.errors["figure"]
    assert nancy.modal.values["reason"]["input"]["value"] == "They sign this week."
    nancy.fill("Adjust", "Adjust Resource Price")
    item = "1. ECS c7.2xlarge, 12 months × 2"
    eventually(lambda: item in labels(nancy), "a field for each item")
    nancy.fill(item, "2700.01")
    nancy.submit()
    assert "more than this item's Maximum Discount of USD 2,700.00" in nancy.modal.errors["item:ADJ-1001-0"]
    nancy.fill("Adjust", "Adjust Order Price")
    eventually(lambda: "Amount off, in USD" in labels(nancy), "the field for the order")
    assert nancy.modal.values["figure"]["adjustment.typed"]["value"] == "700"
    nancy.fill("Adjust", "Adjust Resource Price")
    eventually(lambda: item in labels(nancy), "a field for each item")
    nancy.fill(item, "1000")
    nancy.submit()
    assert "PA-1001 was submitted" in nancy.screen
    assert "9,000.00 − 1,000.00 = *8,000.00*" in nancy.screen
    desk.card("PA-1001", "USD 12,100.00")


def test_typing_fast_shows_what_was_typed_last(desk: Desk) -> None:
    nancy = desk.person("U0NANCY")
    nancy.open("/orders ADJ-1001")
    nancy.pick("ADJ-1001", "Adjust Price")
    seen = nancy.modal
    # The client did not yet know of the redrawing when each of these was typed.
    for figure in ("1", "12", "123", "1234"):
        nancy.person.fill(seen, "figure", "adjustment.typed", figure)
    eventually(lambda: "− 1,234.00" in nancy.screen, "the last figure")


def test_nobody_decides_their_own_and_everybody_else_is_told_why_not(desk: Desk) -> None:
    ask_for(desk, "U0STEVEN", "STE-1001")
    card = desk.card("PA-1001", "Asked by <@U0STEVEN>")
    steven = desk.person("U0STEVEN")
    steven.click("Approve", card)
    eventually(
        lambda: any("Nobody decides their own" in told for told in steven.private_messages(desk.approvals.id)), "a no"
    )
    steven.click("Reject", card)
    eventually(lambda: len(steven.private_messages(desk.approvals.id)) == 2, "a second no")
    assert not desk.person("U0LAURA").private_messages(desk.approvals.id)
    steven.open("/approvals")
    assert "Nothing waits for your decision" in steven.screen
    assert "waiting for 1 manager" in words(desk.cards()[-1])


def test_of_two_managers_at_once_one_decides_and_the_other_hears_who_and_when(desk: Desk) -> None:
    ask_for(desk)
    card = desk.card("PA-1001")
    andrew, laura = desk.person("U0ANDREW"), desk.person("U0LAURA")
    with ThreadPoolExecutor(2) as threads:
        clicks = [threads.submit(person.click, "Approve", card) for person in (andrew, laura)]
        assert all(click.result().ok for click in clicks)
    final = words(desk.card("Applied"))
    winner, loser = (andrew, laura) if "<@U0ANDREW>" in final else (laura, andrew)
    eventually(lambda: loser.private_messages(desk.approvals.id), "the loser's answer")
    (told,) = loser.private_messages(desk.approvals.id)
    assert f"approved and applied by {winner.person.user.real_name} on " in told
    assert not winner.private_messages(desk.approvals.id)
    assert final.count("Approved by") == 1
    assert len([row for row in audit_rows(desk) if row == "adjustment.applied"]) == 1


def audit_rows(desk: Desk) -> list[str]:
    with desk.database.read() as connection:
        return list(connection.execute(text("SELECT action FROM audit ORDER BY seq")).scalars())


def test_an_old_cards_buttons_act_no_more_and_the_card_is_drawn_again(desk: Desk) -> None:
    ask_for(desk)
    card = desk.card("PA-1001")
    nancy = desk.person("U0NANCY")
    nancy.close()
    nancy.open("/adjustments ADJ-1001")
    assert nancy.question("Withdraw").startswith("Withdraw PA-1001?\nAcme GmbH\nOrder ADJ-1001\n")
    nancy.press("Withdraw")
    assert "Withdrawn by Nancy Davolio" in nancy.screen
    assert ":white_circle: Withdrawn" in nancy.screen
    desk.card("Withdrawn by <@U0NANCY>")
    andrew = desk.person("U0ANDREW")
    for label in ("Approve", "Reject"):
        andrew.click(label, card)
    eventually(lambda: len(andrew.private_messages(desk.approvals.id)) == 2, "two answers")
    assert "withdrawn by Nancy Davolio" in andrew.private_messages(desk.approvals.id)[0]
    assert not andrew.person.modals()
    desk.settled()
    assert "Withdrawn" in words(desk.cards()[0])
    assert andrew.buttons(desk.cards()[0]) == ["View Order Details"]


@pytest.mark.parametrize("screen", ["history", "adjustment"])
def test_a_screen_that_is_behind_is_drawn_again_where_withdrawing_comes_too_late(desk: Desk, screen: str) -> None:
    nancy = ask_for(desk)
    if screen == "history":
        nancy.close()
        nancy.open("/adjustments ADJ-1001")
    desk.person("U0ANDREW").click("Approve", desk.card("PA-1001"))
    desk.card("Applied")
    nancy.press("Withdraw")
    assert nancy.buttons() == ([] if screen == "history" else ["View Order Details"])
    for said in ("approved and applied by Andrew Fuller", "Your click changed nothing", ":large_green_circle: Applied"):
        assert said in nancy.screen


def test_a_rejection_needs_a_reason_which_the_requester_hears(desk: Desk) -> None:
    ask_for(desk)
    card = desk.card("PA-1001")
    laura = desk.person("U0LAURA")
    laura.click("Reject", card)
    eventually(laura.person.modals, "the form")
    assert "Reject PA-1001" in laura.screen
    laura.person.submit(laura.modal.id)
    assert "required" in laura.modal.errors["reason"]
    laura.fill("Reason", "Below our <cost> & margin.")
    laura.submit()
    assert not laura.person.modals()
    desk.card(":red_circle: Rejected", "Rejected by <@U0LAURA>", "Below our &lt;cost&gt; &amp; margin.")
    desk.told("U0NANCY", "was rejected", "The price was not changed", "Below our &lt;cost&gt; &amp; margin.")


def test_what_waits_is_decided_on_a_list_nearest_deadline_first(desk: Desk) -> None:
    ask_for(desk)
    ask_for(desk, "U0JANET", "FAR-1001")
    laura = desk.person("U0LAURA")
    laura.open("/approvals")
    assert "2 adjustments wait" in laura.screen
    laura.press("Reject")
    laura.fill("Reason", "No.")
    laura.submit()
    eventually(lambda: "Rejected by Laura Callahan" in laura.screen, "the list, drawn again")
    assert "1 adjustment waits" in laura.screen
    assert rows(laura) == ["PA-1001", "PA-1002"]
    laura.press("View Order Details")
    assert "Order details" in laura.screen
    laura.close()
    laura.press("Approve")
    assert "Order price adjusted successfully" in laura.screen
    assert "No more adjustments wait for your decision" in laura.screen
    assert rows(laura) == ["PA-1001", "PA-1002"]
    assert laura.buttons() == ["Show what waits now"]
    laura.press("Show what waits now")
    assert "Nothing waits for your decision" in laura.screen
    desk.settled()
    assert sorted(audit_rows(desk)[-2:]) == ["adjustment.applied", "adjustment.rejected"]


def rows(person: Reader) -> list[str]:
    """The numbers of the adjustments on the screen, from top to bottom."""
    return re.findall(r"^\*(PA-\d+)\*", person.screen, re.MULTILINE)


def test_an_order_that_changed_meanwhile_is_not_touched_and_both_pictures_are_shown(desk: Desk) -> None:
    ask_for(desk)
    card = desk.card("PA-1001")
    with desk.database.write() as connection:
        connection.execute(text("UPDATE orders SET amount_after_discount = 1200000 WHERE order_id = 'ADJ-1001'"))
        connection.execute(
            text(
                "UPDATE order_discounts SET discount_amount = 110000 WHERE order_line_item_id IS NULL "
                "AND order_key = (SELECT key FROM orders WHERE order_id = 'ADJ-1001')"
            )
        )
    desk.person("U0ANDREW").click("Approve", card)
    both = ("after discount USD 12,400.00", "after discount USD 12,000.00")
    desk.card(":red_circle: Stale", *both)
    desk.told("U0NANCY", "was not applied: the order had changed", *both)
    with desk.database.read() as connection:
        query = "SELECT amount_after_discount FROM orders WHERE order_id = 'ADJ-1001'"
        assert connection.execute(text(query)).scalar() == 1_200_000


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            "UPDATE order_items SET product_spec_desc = 'EVS 1 TB' WHERE order_line_item_id = 'ADJ-1001-1'",
            "Changed: EVS 1 TB, 12 months × 1: 4,100.00 → 3,880.92 (judged: EVS 500 GB, 12 months × 1: ",
        ),
        (
            "UPDATE orders SET coupon_amount = 5000 WHERE order_id = 'ADJ-1001'",
            "Changed: coupons and cards 50.00 (judged: 0.00)",
        ),
        (
            "UPDATE customers SET association_type = 3 WHERE account_name = 'acme'",
            "Changed: not the order's figures, but whether its price may be adjusted",
        ),
    ],
)
def test_what_changed_is_said_where_both_pictures_read_alike(desk: Desk, change: str, said: str) -> None:
    ask_for(desk)
    card = desk.card("PA-1001")
    with desk.database.write() as connection:
        connection.execute(text(change))
    desk.person("U0ANDREW").click("Approve", card)
    desk.card(":red_circle: Stale", said)
    desk.told("U0NANCY", "was not applied: the order had changed", said)


def test_the_card_of_a_price_in_whose_place_another_came_says_so(desk: Desk) -> None:
    andrew = desk.person("U0ANDREW")
    for figure, number in (("10", "PA-1001"), ("12", "PA-1002")):
        nancy = ask_for(desk, figure=figure)
        andrew.click("Approve", desk.card(number, "waiting for 1 manager"))
        desk.card(number, ":large_green_circle: Applied")
        while nancy.person.modals():
            nancy.close()
    eventually(lambda: "Superseded by PA-1002" in words(desk.cards()[0]), "a word of it on the first card")


def test_the_history_shows_every_attempt_and_its_items(desk: Desk) -> None:
    nancy = ask_for(desk)
    desk.person("U0ANDREW").click("Approve", desk.card("PA-1001"))
    desk.card("Applied")
    nancy.close()
    nancy.open("/adjustments")
    for said in ("all orders that you see · 1 attempt", "PA-1001", "USD 12,400.00 → *USD 11,462.50*", "12.5 % of list"):
        assert said in nancy.screen
    nancy.pick("PA-1001", "Items")
    for said in (
        "9,000.00 − 1,125.00 = *7,875.00*",
        "Replaces Promotion 700.00",
        "Submitted by Nancy Davolio",
        "Approved by Andrew Fuller",
        "Applied by Andrew Fuller",
    ):
        assert said in nancy.screen
    nancy.press("‹ Price Adjustment History")
    assert "1 attempt" in nancy.screen
    nancy.close()
    nancy.open("/adjustments pa-1001")
    assert "Approved by Andrew Fuller" in nancy.screen
    nancy.press("‹ Price Adjustment History")
    assert "of order ADJ-1001 · 1 attempt" in nancy.screen
    nancy.pick("PA-1001", "View Order Details")
    assert "11,462.50" in nancy.screen
    janet = desk.person("U0JANET")
    janet.open("/adjustments")
    assert "PA-1001" not in janet.screen
    assert janet.hear("/adjustments ADJ-1001") == janet.hear("/adjustments ADJ-9999")
    theirs = janet.hear("/adjustments PA-1001")
    assert "no such price adjustment" in theirs
    assert janet.hear("/adjustments PA-9999") == theirs


@pytest.mark.parametrize(
    ("order", "said"),
    [
        ("PAID-1001", "the order is not pending payment; it is completed"),
        ("RES-1001 resellers", "the customer is a reseller's: the price is the reseller's"),
    ],
)
def test_where_a_price_cannot_be_adjusted_the_reason_is_said(desk: Desk, order: str, said: str) -> None:
    nancy = desk.person("U0NANCY")
    nancy.open(f"/orders {order}")
    number = order.partition(" ")[0]
    assert "Adjust Price" not in nancy.entries(number)
    nancy.pick(number, "View Order Details")
    assert f"No Adjust Price: {said}" in nancy.screen
    assert "Adjust Price" not in nancy.buttons()


def test_an_undecided_one_bars_another(desk: Desk) -> None:
    nancy = ask_for(desk)
    nancy.close()
    assert nancy.entries("ADJ-1001") == ["View Order Details", "Adjust Price", "Price Adjustment History"]
    nancy.pick("ADJ-1001", "Adjust Price")
    assert "PA-1001 of this order is undecided" in nancy.screen
    nancy.close()
    nancy.close()
    nancy.open("/orders ADJ-1001")
    assert nancy.entries("ADJ-1001") == ["View Order Details", "Price Adjustment History"]
    nancy.pick("ADJ-1001", "View Order Details")
    assert "No Adjust Price: PA-1001 of this order is undecided" in nancy.screen


def test_a_submission_or_click_that_comes_again_does_nothing_again(desk: Desk) -> None:
    nancy = desk.person("U0NANCY")
    nancy.open("/orders ADJ-1001")
    nancy.pick("ADJ-1001", "Adjust Price")
    nancy.fill("Amount off, in USD", "1500")
    nancy.fill("Reason", "They sign this week.")
    sent = nancy.person.submit(nancy.modal.id)
    card = desk.card("PA-1001")
    sleep(1.1)  # A signature has a second, and the guard accepts each signature once.
    assert desk.workspace.delivery.duplicate(sent).ok
    # Slack does not deliver a form again when its answer was lost: the person submits the same form again.
    again = replace(sent, payload={**sent.payload, "trigger_id": sent.payload["trigger_id"] + "0"})
    answer = desk.workspace.delivery.duplicate(again)
    assert "PA-1001 was submitted" in str(answer.ack_body)
    click = desk.person("U0ANDREW").click("Approve", card)
    desk.card("Applied")
    sleep(1.1)
    assert desk.workspace.delivery.duplicate(click).ok
    desk.settled()
    assert len(desk.cards()) == 1
    changes = [row for row in audit_rows(desk) if row.startswith("adjustment.")]
    assert changes == ["adjustment.submitted", "adjustment.applied"]
