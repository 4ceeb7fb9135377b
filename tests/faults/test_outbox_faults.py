"""Slack fails while cards and outcomes are told: each is told once, and the outbox becomes empty."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.wiring import Bot
from handlers.kit.interaction import LATE
from store.database import Database
from tests.scenarios.test_adjust_price import ask_for, audit_rows, make_orders
from tests.support.desk import PATIENT, Desk, eventually, running_desk, words
from tests.support.wire import get

KINDS = ("429", "500", "lost_before", "lost_after", "503", "error:internal_error")


@pytest.fixture
def desk(request: pytest.FixtureRequest, database: Database, tmp_path: Path) -> Iterator[Desk]:
    make_orders(database)
    with running_desk(database, tmp_path, late=getattr(request, "param", PATIENT)) as running:
        yield running


def direct_messages(desk: Desk, user: str) -> list[str]:
    return [words(message) for message in desk.workspace.bot_messages(desk.workspace.im(user).id)]


@pytest.mark.parametrize("kind", KINDS)
def test_posting_and_updating_fail_once_each_and_everything_is_told_once(desk: Desk, kind: str) -> None:
    faults = desk.workspace.faults
    faults.add("chat.postMessage", kind)
    ask_for(desk)
    card = desk.card("waiting for 1 manager")
    faults.add("chat.update", kind)
    faults.add("conversations.open", kind)
    desk.person("U0ANDREW").click("Approve", card)
    desk.card("Applied")
    desk.told("U0NANCY", "Order price adjusted successfully")
    desk.settled()
    assert len(desk.cards()) == 1
    assert len(direct_messages(desk, "U0NANCY")) == 1
    played = {sent.method for sent in desk.workspace.sent if sent.fault == kind}
    assert played == {"chat.postMessage", "chat.update", "conversations.open"}


@pytest.mark.parametrize("kind", ["error:msg_too_long", "error:msg_blocks_too_long"])
def test_a_card_that_slack_finds_too_long_is_shown_in_short(desk: Desk, kind: str) -> None:
    desk.workspace.faults.add("chat.postMessage", kind)
    ask_for(desk)
    card = desk.card("waiting for 1 manager", "See the details under `/approvals`")
    desk.workspace.faults.add("chat.update", kind, times=2)
    desk.person("U0ANDREW").click("Approve", card)
    desk.card("Applied")
    desk.settled()
    assert len(desk.cards()) == 1
    assert desk.person("U0ANDREW").buttons(desk.cards()[0]) == ["View Order Details"]


@pytest.mark.parametrize("code", ["is_archived", "channel_not_found", "not_in_channel"])
def test_a_card_in_a_channel_that_is_shut_is_posted_in_the_one_that_is_set_now(desk: Desk, code: str) -> None:
    ask_for(desk)
    desk.card("waiting for 1 manager")
    desk.settled()
    other = desk.workspace.add_channel("approvals-again", ["U0ANDREW", "U0LAURA"], kind="private")
    settings = desk.bot._settings.model_copy(update={"desk_approvals_channel": other.id})
    desk.bot.stop()
    bot = Bot(settings, socket_mode=False)
    bot.start()
    try:
        desk.workspace.deliver_to_http(f"{bot.http.address}/slack/events")
        desk.workspace.faults.add("chat.update", f"error:{code}", times=100)
        laura = desk.person("U0LAURA")
        laura.open("/approvals")
        laura.press("Approve")
        eventually(lambda: any("Applied" in words(card) for card in desk.workspace.bot_messages(other.id)), "the card")
        desk.settled()
        assert len(desk.workspace.bot_messages(other.id)) == 1
    finally:
        bot.stop()


def test_a_lost_answer_followed_by_a_lost_look_is_still_told_once(desk: Desk) -> None:
    desk.workspace.faults.add("chat.postMessage", "lost_after")
    desk.workspace.faults.add("conversations.history", "500")
    ask_for(desk)
    desk.settled()
    assert len(desk.cards()) == 1


def test_a_card_that_somebody_deleted_is_posted_anew_once(desk: Desk) -> None:
    ask_for(desk)
    card = desk.card("waiting for 1 manager")
    desk.settled()
    laura = desk.person("U0LAURA")
    desk.workspace.messages.delete(card)
    laura.open("/approvals")
    laura.press("Approve")
    desk.told("U0NANCY", "Order price adjusted successfully")
    desk.settled()
    (posted,) = desk.cards()
    assert posted.ts != card.ts
    assert "Applied" in words(posted)


def test_what_slack_wants_left_alone_is_left_alone_so_long(desk: Desk) -> None:
    desk.workspace.faults.add("chat.postMessage", "429", retry_after=3)
    ask_for(desk)
    desk.card("waiting for 1 manager")
    desk.settled()
    first, second = (sent.at for sent in desk.workspace.sent if sent.method == "chat.postMessage")
    assert second - first >= 3


@pytest.mark.parametrize("desk", [LATE], indirect=True, ids=["Slack's patience"])
def test_a_decision_that_slack_has_given_up_on_is_not_made(desk: Desk) -> None:
    ask_for(desk)
    card = desk.card("waiting for 1 manager")
    desk.workspace.faults.add("users.info", "slow:2.8")
    desk.person("U0ANDREW").click("Approve", card)
    desk.settled()
    assert "adjustment.applied" not in audit_rows(desk)
    assert "waiting for 1 manager" in words(desk.cards()[0])


def test_how_much_is_left_to_be_told_is_measured(desk: Desk) -> None:
    desk.workspace.faults.add("chat.postMessage", "error:channel_not_found")
    ask_for(desk)
    desk.told("U0NANCY", "could not be posted")
    eventually(lambda: "order_desk_outbox_parked 1.0" in get(desk.url, "/metrics")[1], "the figure")
