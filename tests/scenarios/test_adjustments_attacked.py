"""Adjustments under clumsy and hostile use: odd texts, outdated screens, payloads that no screen sends."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from handlers.adjustments import ids
from handlers.kit.ids import INPUT
from store.database import Database
from store.domain.adjustments.transitions import Verb
from tests.scenarios.test_adjust_price import ask_for, audit_rows, labels, make_orders
from tests.support.builders import ItemRow, a_customer, an_order
from tests.support.desk import Desk, eventually, running_desk, words
from tests.support.wire import a_submission, a_view, an_action, deliver


@pytest.fixture
def desk(database: Database, tmp_path: Path) -> Iterator[Desk]:
    make_orders(database)
    customer = a_customer(database, name="Many Things Ltd", account_manager="nancy")
    an_order(
        database,
        "BIG-1001",
        customer_key=customer,
        official_amount="410.00",
        pending_payment_end_time=datetime.now(UTC) + timedelta(days=2),
        items=[ItemRow("10.00", product_spec_desc=f"thing {place}") for place in range(1, 42)],
    )
    with running_desk(database, tmp_path) as running:
        yield running


def test_a_reason_of_nothing_but_signs_that_are_escaped_gets_its_card(desk: Desk) -> None:
    nancy = desk.person("U0NANCY")
    nancy.open("/orders ADJ-1001")
    nancy.pick("ADJ-1001", "Adjust Price")
    nancy.fill("Amount off, in USD", "1500")
    nancy.fill("Reason", "<&>" * 333)
    nancy.submit()
    card = desk.card("PA-1001", "&lt;&amp;&gt;")
    desk.person("U0LAURA").click("Approve", card)
    desk.card("Applied")
    desk.told("U0NANCY", "Order price adjusted successfully")


def test_amounts_of_many_items_go_by_the_numbers_that_the_orders_details_show(desk: Desk) -> None:
    nancy = desk.person("U0NANCY")
    nancy.open("/orders BIG-1001")
    nancy.pick("BIG-1001", "View Order Details")
    nancy.press("More items ›")
    assert "9. *EC2* · thing 9" in nancy.screen
    nancy.press("Adjust Price")
    nancy.fill("Adjust", "Adjust Resource Price")
    eventually(lambda: "Amounts off, in USD" in labels(nancy), "one field for all")
    nancy.fill("Reason", "Only two of them.")
    for typed, said in (
        ("9: 1\n9: 2", "Item 9 is in more than one line"),
        ("9: 1\n11: 3.01", "Item 11: USD 3.01 off the list price is more than this item's Maximum Discount"),
        ("9: 1\n11: three", "Item 11: Type a number"),
    ):
        nancy.fill("Amounts off, in USD", typed)
        nancy.submit()
        assert said in nancy.modal.errors["amounts"]
    nancy.fill("Amounts off, in USD", "9: 1\n11: 3.00")
    nancy.submit()
    card = words(desk.card("PA-1001", "USD 406.00"))
    assert "thing 9, 1 month × 1: 10.00 − 1.00 = *9.00*" in card
    assert "thing 11, 1 month × 1: 10.00 − 3.00 = *7.00*" in card


@pytest.mark.parametrize(("kind", "times"), [("error:invalid_arguments", 1), ("error:internal_error", 2)])
def test_a_form_that_could_not_be_redrawn_says_so_and_nobody_is_written_to_at_each_letter(
    desk: Desk, kind: str, times: int
) -> None:
    nancy = desk.person("U0NANCY")
    nancy.open("/orders ADJ-1001")
    nancy.pick("ADJ-1001", "Adjust Price")
    nancy.fill("Amount off, in USD", "1500")
    eventually(lambda: "− 1,500.00" in nancy.screen, "the preview")
    nancy.fill("Reason", "They sign this week.")
    desk.workspace.faults.add("views.update", kind, times=times)
    nancy.fill("Adjust", "Adjust Resource Price")
    nancy.submit()
    assert "does not show the fields of your choice yet" in nancy.modal.errors["mode"]
    nancy.fill("Adjust", "Adjust Order Price")
    desk.workspace.faults.add("views.update", "429", times=3, retry_after=1)
    for figure in ("16", "160", "1600"):
        nancy.fill("Amount off, in USD", figure)
    eventually(lambda: "− 1,600.00" in nancy.screen, "the preview of what was typed last")
    assert not desk.workspace.bot_messages(desk.workspace.im("U0NANCY").id)


def test_what_stood_in_the_form_is_there_again_and_what_was_emptied_is_not(desk: Desk) -> None:
    nancy = desk.person("U0NANCY")
    nancy.open("/orders ADJ-1001")
    nancy.pick("ADJ-1001", "Adjust Price")
    nancy.fill("Given as", "Percentage off")
    eventually(lambda: "Percentage off" in labels(nancy), "the field for a percentage")
    nancy.fill("Percentage off", "12.5")
    eventually(lambda: "(12.5 %)" in nancy.screen, "the preview")
    first, second = "1. ECS c7.2xlarge, 12 months × 2", "2. EVS 500 GB, 12 months × 1"
    nancy.fill("Adjust", "Adjust Resource Price")
    eventually(lambda: first in labels(nancy), "a field for each item")
    nancy.fill(first, "1000")
    nancy.fill(second, "500")
    eventually(lambda: "− 1,500.00 " in nancy.screen, "the preview")
    nancy.fill(second, "")
    eventually(lambda: "− 1,000.00 " in nancy.screen, "the preview without the second")
    nancy.fill("Adjust", "Adjust Order Price")
    eventually(lambda: "Percentage off" in labels(nancy), "the percentage again")
    assert nancy.modal.values["figure"]["adjustment.typed"]["value"] == "12.5"
    assert "(12.5 %)" in nancy.screen
    nancy.fill("Adjust", "Adjust Resource Price")
    eventually(lambda: first in labels(nancy), "the items again")
    assert nancy.modal.values["item:ADJ-1001-0"]["adjustment.typed"]["value"] == "1000"
    assert not nancy.modal.values["item:ADJ-1001-1"]["adjustment.typed"].get("value")
    assert "− 1,000.00 " in nancy.screen


def test_a_changed_screen_is_refused_before_anything_is_decided(desk: Desk) -> None:
    ask_for(desk)
    desk.card("PA-1001")
    for user, action, screen in (
        ("U0LAURA", ids.pressed(Verb.APPROVE), ids.APPROVALS),
        ("U0NANCY", ids.pressed(Verb.WITHDRAW), ids.HISTORY),
        ("U0NANCY", ids.pressed(Verb.WITHDRAW), ids.ONE),
    ):
        view = a_view(desk.workspace, user, screen, "no state of ours")
        assert deliver(desk, an_action(desk.workspace, user, action, "1", view=view))[0] == 200
    reason = {ids.REASON: {INPUT: {"type": "plain_text_input", "value": "Because."}}}
    for draft in ("x" * 2500, "a\\u0000b", ""):
        view = a_view(
            desk.workspace, "U0LAURA", ids.reason_form(Verb.REJECT), '{"adjustment":1,"draft":"' + draft + '"}', reason
        )
        assert b"older screen" in deliver(desk, a_submission(desk.workspace, "U0LAURA", view))[1]
    assert audit_rows(desk)[-1] == "adjustment.submitted"
    assert "waiting for 1 manager" in words(desk.cards()[-1])


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE orders SET account_manager_key = (SELECT key FROM account_managers WHERE account_name = 'janet')",
        "DELETE FROM members WHERE slack_user_id = 'U0NANCY'",
    ],
    ids=["customer passed on", "no longer a member"],
)
def test_who_sees_the_order_no_more_hears_the_outcome_and_nothing_of_the_order(desk: Desk, change: str) -> None:
    ask_for(desk)
    card = desk.card("PA-1001")
    with desk.database.write() as connection:
        connection.execute(text(change))
    desk.person("U0LAURA").click("Approve", card)
    desk.card("Applied")
    told = words(desk.told("U0NANCY", "Order price adjusted successfully (PA-1001)"))
    for canary in ("Acme", "ADJ-1001", "11,462", "12,400", "sign this week"):
        assert canary not in told


@pytest.mark.parametrize(
    ("kind", "times", "more"),
    [("error:invalid_arguments", 1, {}), ("error:internal_error", 2, {}), ("429", 1, {"retry_after": 1})],
    ids=["refused", "failed", "limited"],
)
def test_where_slack_does_not_draw_the_screen_again_the_person_hears_what_was_done(
    desk: Desk, kind: str, times: int, more: dict[str, int]
) -> None:
    ask_for(desk)
    desk.card("PA-1001")
    laura = desk.person("U0LAURA")
    seen = laura.open("/approvals")
    desk.workspace.faults.add("views.update", kind, times=times, **more)
    laura.click("Approve", seen)
    told = words(desk.told("U0LAURA", "PA-1001"))
    assert "Order price adjusted successfully" in told
    assert "Nothing was changed" not in told

    def drawn_by_a_click() -> bool:
        # A click during the pause that Slack asked for is answered in words.
        return laura.click("Reject", seen).ok and "approved and applied by Laura Callahan" in laura.screen

    eventually(drawn_by_a_click, "the list, as it is now")
    assert audit_rows(desk)[-1] == "adjustment.applied"


def test_a_card_deleted_before_its_lost_answer_was_looked_for_is_posted_anew(desk: Desk) -> None:
    desk.workspace.faults.add("chat.postMessage", "lost_after")
    desk.workspace.faults.add("chat.update", "error:message_not_found")
    ask_for(desk)
    desk.settled()
    assert len(desk.cards()) == 1
    assert not desk.workspace.bot_messages(desk.workspace.im("U0NANCY").id)
