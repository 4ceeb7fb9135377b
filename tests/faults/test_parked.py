"""What Slack refused is told when its reason is fixed: once, and only what is still true."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from sandbox.values import Channel, Message
from store.database import Database
from store.services.outbox import Outbox
from tests.scenarios.test_adjust_price import ask_for, make_orders
from tests.scenarios.test_approvals_by_policy import TIERS, replies
from tests.scenarios.test_share_order import cards, share_form, the_card
from tests.support.clocks import MovedClock
from tests.support.desk import Desk, eventually, running_desk, words

Running = Callable[..., AbstractContextManager[Desk]]
ORDER = "ADJ-1001"


@pytest.fixture
def running(database: Database, tmp_path: Path) -> Running:
    make_orders(database)
    return partial(running_desk, database, tmp_path)


def parked(desk: Desk, count: int) -> None:
    """Waits until `count` rows are parked, and none is being sent."""
    health = Outbox(desk.database).health
    eventually(lambda: health().parked == count and health().waiting == 0, f"{count} parked")


def direct_messages(desk: Desk, user: str) -> list[str]:
    return [words(message) for message in desk.workspace.bot_messages(desk.workspace.im(user).id)]


def failed(desk: Desk, channel: Channel) -> Message:
    """The message of an export, once it says that the export failed."""
    said = partial(desk.workspace.bot_messages, channel.id)
    return eventually(lambda: next((message for message in said() if "Failed" in words(message)), None), "its failure")


def take_the_bot_out(desk: Desk) -> None:
    desk.workspace.remove_from_channel(desk.approvals, desk.workspace.bot)


def invite_the_bot(desk: Desk) -> None:
    desk.workspace.add_to_channel(desk.approvals, desk.workspace.bot)


def test_an_outcome_is_told_once_the_scope_for_direct_messages_is_there(running: Running) -> None:
    with running() as desk:
        ask_for(desk)
        desk.workspace.faults.add("conversations.open", "error:missing_scope")
        desk.person("U0ANDREW").click("Approve", desk.card("waiting for 1 manager"))
        parked(desk, 1)
        assert desk.try_parked_again() == 1
        desk.told("U0NANCY", "Order price adjusted successfully")
        desk.settled()
        assert desk.try_parked_again() == 0
        assert len(direct_messages(desk, "U0NANCY")) == 1


def test_that_a_card_could_not_be_posted_is_not_told_where_it_follows_at_the_same_time(running: Running) -> None:
    with running() as desk:
        desk.workspace.faults.add("chat.postMessage", "error:missing_scope", times=2)
        ask_for(desk)
        parked(desk, 2)
        assert desk.try_parked_again() == 2
        desk.card("PA-1001", "waiting for 1 manager")
        desk.settled()
        assert not direct_messages(desk, "U0NANCY")


def test_that_a_card_could_not_be_posted_is_told_later_where_it_still_is_not(running: Running) -> None:
    with running() as desk:
        take_the_bot_out(desk)
        desk.workspace.faults.add("conversations.open", "error:missing_scope")
        ask_for(desk)
        parked(desk, 2)
        assert desk.try_parked_again() == 2
        desk.told("U0NANCY", "could not be posted", "/invite @Order Desk")
        parked(desk, 1)
        invite_the_bot(desk)
        assert desk.try_parked_again() == 1
        desk.card("waiting for 1 manager")


def test_of_reminders_that_were_refused_the_last_is_posted(running: Running) -> None:
    clock = MovedClock()
    with running(clock=clock) as desk:
        ask_for(desk)
        desk.card("waiting for 1 manager")
        desk.settled()
        take_the_bot_out(desk)
        clock.move(timedelta(hours=4, minutes=1))
        parked(desk, 1)
        clock.move(timedelta(hours=33))
        parked(desk, 2)
        invite_the_bot(desk)
        assert desk.try_parked_again(clock()) == 1
        desk.thread("PA-1001 still waits for 1 manager")
        desk.settled()
        assert len(replies(desk)) == 1


def test_a_first_approval_told_after_the_end_waits_for_nobody(running: Running) -> None:
    with running(**TIERS) as desk:
        ask_for(desk)
        card = desk.card("waiting for 2 managers")
        desk.settled()
        desk.workspace.faults.add("chat.postMessage", "error:restricted_action")
        desk.person("U0ANDREW").click("Approve", card)
        desk.card("waiting for 1 more manager")
        parked(desk, 1)
        desk.person("U0NANCY").open("/adjustments")
        desk.person("U0NANCY").press("Withdraw")
        desk.card("Withdrawn")
        assert desk.try_parked_again() == 1
        reply = desk.thread("<@U0ANDREW> approved PA-1001")
        assert "It waits for" not in words(reply)


def test_an_order_that_was_not_shared_is_not_posted_later_beside_the_one_that_its_sharer_shared_again(
    running: Running,
) -> None:
    with running() as desk:
        channel = desk.workspace.add_channel("team", ["U0NANCY"])
        desk.workspace.faults.add("chat.postMessage", "error:restricted_action")
        share_form(desk, "U0NANCY", channel, ORDER).submit()
        desk.told("U0NANCY", f"*{ORDER}* was not shared")
        parked(desk, 1)
        assert desk.try_parked_again() == 0
        share_form(desk, "U0NANCY", channel, ORDER).submit()
        the_card(desk, channel)


def test_that_an_order_was_not_shared_is_told_once_it_can_be(running: Running) -> None:
    with running() as desk:
        channel = desk.workspace.add_channel("team", ["U0NANCY"])
        desk.workspace.faults.add("chat.postMessage", "error:restricted_action")
        desk.workspace.faults.add("conversations.open", "error:missing_scope")
        share_form(desk, "U0NANCY", channel, ORDER).submit()
        parked(desk, 2)
        assert desk.try_parked_again() == 1
        desk.told("U0NANCY", f"*{ORDER}* was not shared")
        assert not cards(desk, channel)


def test_an_export_that_failed_twice_is_told_of_once(running: Running) -> None:
    with running() as desk:
        channel = desk.workspace.add_channel("team", ["U0ANDREW"])
        desk.workspace.faults.add("files.getUploadURLExternal", "error:restricted_action", times=2)
        desk.workspace.faults.add("conversations.open", "error:missing_scope", times=2)
        andrew = desk.person("U0ANDREW")
        andrew.command("/export all", channel.id)
        parked(desk, 1)
        andrew.click("Retry", failed(desk, channel))
        parked(desk, 2)
        assert desk.try_parked_again() == 2
        desk.told("U0ANDREW", "*Export EX-1 failed*")
        desk.settled()
        assert len(direct_messages(desk, "U0ANDREW")) == 1


def test_how_far_an_export_is_goes_to_no_channel_that_another_organisation_reads_by_now(running: Running) -> None:
    with running() as desk:
        channel = desk.workspace.add_channel("team", ["U0ANDREW"])
        desk.workspace.faults.add("files.getUploadURLExternal", "slow:2")
        refused = desk.workspace.faults.add("chat.postMessage", "429", retry_after=1)
        desk.person("U0ANDREW").command("/export all", channel.id)
        eventually(lambda: refused.times == 0, "the first attempt")
        desk.workspace.put_channel(replace(channel, is_ext_shared=True))
        desk.told("U0ANDREW", "*Export EX-1 failed*", "shared with another organisation")
        parked(desk, 1)
        assert not [message for message in desk.workspace.bot_messages(channel.id) if not message.ephemeral_to]
