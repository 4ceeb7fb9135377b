"""What policy, clock and approvals channel require of an adjustment: no, one or two managers, or time."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from store.database import Database
from store.domain.clock import system_clock
from store.services.imports.imports import Imports
from store.services.members import Members
from store.services.outbox import Outbox
from tests.scenarios.test_adjust_price import ask_for, audit_rows, make_orders
from tests.support.bundles import small_bundle, write_folder
from tests.support.clocks import MovedClock
from tests.support.desk import Desk, eventually, running_desk, words
from tests.support.wire import get

Running = Callable[..., AbstractContextManager[Desk]]


@pytest.fixture
def running(database: Database, tmp_path: Path) -> Running:
    make_orders(database)
    return partial(running_desk, database, tmp_path)


TIERS: dict[str, Any] = {"desk_approval_tiers": ((Decimal(6), 0), (Decimal(10), 1), (Decimal(100), 2))}


def test_what_the_policy_asks_nobody_for_is_applied_at_once_and_says_so(running: Running) -> None:
    with running(**TIERS) as desk:
        nancy = ask_for(desk, figure="6")
        assert "Order price adjusted successfully" in nancy.screen
        desk.card("Applied", "at once", "the policy asks for nobody's approval")
        desk.told("U0NANCY", "Order price adjusted successfully")
        assert audit_rows(desk)[-1] == "adjustment.applied"


def test_two_different_managers_where_the_policy_says_so(running: Running) -> None:
    with running(**TIERS) as desk:
        nancy = ask_for(desk, figure="12.5")
        assert "Needs 2 different managers." in nancy.screen
        card = desk.card("waiting for 2 managers")
        andrew = desk.person("U0ANDREW")
        andrew.click("Approve", card)
        first = desk.card("waiting for 1 more manager", "Approved by <@U0ANDREW>")
        desk.thread("<@U0ANDREW> approved PA-1001", "It waits for 1 more manager")
        andrew.click("Approve", first)
        eventually(lambda: len(andrew.private_messages(desk.approvals.id)) == 2, "two answers")
        done, refused = andrew.private_messages(desk.approvals.id)
        assert done == ":large_yellow_circle: Your approval of PA-1001 counts. It waits for 1 more manager."
        assert "You approved it on" in refused
        laura = desk.person("U0LAURA")
        laura.open("/approvals")
        laura.press("Approve")
        assert "Order price adjusted successfully" in laura.screen
        desk.card("Applied", "Approved by <@U0ANDREW>", "Approved by <@U0LAURA>")
        desk.settled()
        assert len(desk.cards()) == 1


def test_reminders_come_in_the_cards_thread_and_expiry_at_the_deadline(running: Running) -> None:
    clock = MovedClock()
    with running(clock=clock) as desk:
        ask_for(desk)
        desk.card("waiting for 1 manager")
        clock.move(timedelta(hours=4, minutes=1))
        desk.thread("PA-1001 still waits for 1 manager", "The order must be paid by")
        clock.move(timedelta(hours=33))
        eventually(lambda: audit_rows(desk) and len(replies(desk)) == 2, "a second reminder")
        clock.move(timedelta(days=1))
        final = desk.card(":white_circle: Expired", "the order's payment deadline passed")
        assert desk.person("U0ANDREW").buttons(final) == ["View Order Details"]
        desk.told("U0NANCY", "PA-1001 expired")
        desk.settled()
        assert len(replies(desk)) == 2
        assert audit_rows(desk)[-1] == "adjustment.expired"


def replies(desk: Desk) -> list[str]:
    return [words(message) for message in desk.workspace.bot_messages(desk.approvals.id) if message.is_reply]


def test_without_an_approvals_channel_the_requester_is_told_and_managers_decide_on_their_list(running: Running) -> None:
    with running(desk_approvals_channel="") as desk:
        nancy = ask_for(desk)
        assert "No approvals channel is set up" in nancy.screen
        desk.told("U0NANCY", "could not be posted", "DESK_APPROVALS_CHANNEL", "managers find it under `/approvals`")
        laura = desk.person("U0LAURA")
        laura.open("/approvals")
        laura.press("Approve")
        assert "Order price adjusted successfully" in laura.screen
        desk.told("U0NANCY", "Order price adjusted successfully")
        desk.settled()


def test_a_channel_the_bot_is_not_in_is_told_of_and_the_card_follows_once_it_is(running: Running) -> None:
    with running() as desk:
        desk.workspace.remove_from_channel(desk.approvals, desk.workspace.bot)
        ask_for(desk)
        told = desk.told("U0NANCY", "could not be posted in the approvals channel", "/invite @Order Desk")
        assert desk.person("U0NANCY").buttons(told) == ["Withdraw", "View Order Details"]
        assert not desk.cards()
        desk.workspace.add_to_channel(desk.approvals, desk.workspace.bot)
        assert desk.try_parked_again() == 1
        desk.card("PA-1001", "waiting for 1 manager")


def test_no_card_goes_where_another_organisation_reads_it(running: Running) -> None:
    with running() as desk:
        desk.workspace.put_channel(replace(desk.approvals, is_ext_shared=True))
        ask_for(desk)
        desk.told("U0NANCY", "could not be posted in the approvals channel", "shared with another organisation")
        assert not desk.cards()
        desk.workspace.put_channel(desk.approvals)
        assert desk.try_parked_again() == 1
        card = desk.card("PA-1001", "waiting for 1 manager")
        desk.workspace.put_channel(replace(desk.approvals, is_ext_shared=True))
        desk.person("U0ANDREW").click("Approve", card)
        assert desk.person("U0ANDREW").buttons(desk.card("Applied")) == ["View Order Details"]


def test_a_requester_withdraws_from_the_direct_message(running: Running) -> None:
    with running(desk_approvals_channel="C0NOWHERE") as desk:
        ask_for(desk)
        told = desk.told("U0NANCY", "could not be posted")
        nancy = desk.person("U0NANCY")
        nancy.click("Withdraw", told)
        desk.told("U0NANCY", "PA-1001 was withdrawn")
        assert json.dumps(audit_rows(desk)).count("withdrawn") == 1


def test_where_the_token_is_revoked_nothing_is_lost(running: Running) -> None:
    with running(health_address="127.0.0.1:0") as desk:
        ask_for(desk)
        card = desk.card("PA-1001")
        for method in ("chat.update", "chat.postMessage", "conversations.open"):
            desk.workspace.faults.add(method, "error:token_revoked", times=9)
        desk.person("U0ANDREW").click("Approve", card)
        eventually(lambda: ready(desk)[0] == 503, "red")
        assert "Slack refuses the bot token (token_revoked)" in ready(desk)[1]["outbox"]
        assert Outbox(desk.database).health().waiting >= 1


def ready(desk: Desk) -> tuple[int, dict[str, str]]:
    apart = desk.bot.health
    assert apart is not None
    status, body = get(apart.address, "/readyz")
    return status, json.loads(body)


def hand_acme_to(desk: Desk, folder: Path, manager: str) -> None:
    """An import says that Acme now belongs to that account manager."""
    with desk.database.read() as connection:
        number = connection.execute(text("SELECT customer_id FROM customers WHERE account_name = 'acme'")).scalar()
    parts = small_bundle()
    row = {"customer_id": number, "name": "Acme GmbH", "account_name": "acme", "association_type": "1"}
    parts["customers"].append(row | {"account_manager": manager})
    report = Imports(desk.database, system_clock).run(write_folder(folder / manager, parts), "command line")
    assert report.written


def test_a_requester_who_lost_sight_of_the_order_is_told_of_and_managers_decide_all_the_same(
    running: Running, tmp_path: Path
) -> None:
    gone = "<@U0NANCY> no longer sees this order"
    with running() as desk:
        ask_for(desk)
        assert gone not in words(desk.card("waiting for 1 manager"))
        hand_acme_to(desk, tmp_path, "janet")
        desk.card("waiting for 1 manager", gone)
        laura = desk.person("U0LAURA")
        laura.open("/approvals")
        assert "Nancy Davolio no longer sees this order" in laura.screen
        hand_acme_to(desk, tmp_path, "nancy")
        eventually(lambda: gone not in words(desk.cards()[-1]), "the card without it")
        Members(desk.database, system_clock).remove("command line", "U0NANCY")
        card = desk.card("waiting for 1 manager", gone)
        desk.person("U0ANDREW").click("Approve", card)
        assert gone not in words(desk.card("Applied"))
        desk.told("U0NANCY", "You no longer see its order")
