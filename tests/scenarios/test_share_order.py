"""An order is shared in a channel: after a question if others read it, once, and each opens it within their reach."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from handlers.kit.interaction import LATE
from sandbox.values import Channel, Json, Message, View
from store.database import Database
from store.domain.clock import system_clock
from store.services.audit import Audit
from store.services.members import Members
from tests.scenarios.test_hostile_text import HOSTILE, _check_sent
from tests.support.builders import ItemRow, a_customer, an_order
from tests.support.databases import sqlite_copy
from tests.support.desk import PATIENT, Desk, Reader, eventually, running_desk, words
from tests.support.wire import a_submission, an_action

NOW = datetime.now(UTC)
CARD = "· as of <!date"
"""The text on every card of a shared order, and nowhere else."""


def make_orders(database: Database) -> None:
    acme = a_customer(database, name="Acme GmbH", account_name="acme", account_manager="nancy")
    away = a_customer(database, name="Far Away Ltd", account_name="far", account_manager="janet")
    for number, customer in (("CS2600A1", acme), ("CS2600B2", away)):
        an_order(
            database,
            number,
            customer_key=customer,
            official_amount="13100.00",
            amount_after_discount="12400.00",
            create_time=NOW - timedelta(days=3),
            pending_payment_end_time=NOW + timedelta(days=3),
            items=[ItemRow("13100.00", "12400.00")],
        )


@pytest.fixture(scope="module")
def shared_desk(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """One desk for all tests that leave it unchanged; each has its own channel."""
    folder = tmp_path_factory.mktemp("desk")
    with sqlite_copy(sqlite_template, folder) as database:
        make_orders(database)
        with running_desk(database, folder) as running:
            yield running


@pytest.fixture
def desk(request: pytest.FixtureRequest, database: Database, tmp_path: Path) -> Iterator[Desk]:
    make_orders(database)
    with running_desk(database, tmp_path, late=getattr(request, "param", PATIENT)) as running:
        yield running


def channel_of(desk: Desk, *people: str, **more: object) -> Channel:
    return desk.workspace.add_channel(f"team-{len(desk.workspace.channels())}", people, **more)  # type: ignore[arg-type]


def share_form(desk: Desk, user: str, channel: Channel, number: str = "CS2600A1") -> Reader:
    """The person with the form open, over the details, over the results."""
    reader = desk.person(user)
    reader.open(f"/orders no:{number}", channel.id)
    reader.pick(number, "View Order Details")
    reader.press("Share")
    return reader


def cards(desk: Desk, channel: Channel) -> list[Message]:
    return [message for message in desk.workspace.bot_messages(channel.id) if CARD in words(message)]


def the_card(desk: Desk, channel: Channel) -> Message:
    """The only card there, once the outbox is empty."""
    eventually(lambda: cards(desk, channel), "a card")
    desk.settled()
    (card,) = cards(desk, channel)
    return card


def test_where_all_may_see_it_the_card_is_whole_and_each_opens_it_within_their_reach(desk: Desk) -> None:
    channel = channel_of(desk, "U0NANCY", "U0ANDREW")
    nancy = share_form(desk, "U0NANCY", channel)
    assert len(nancy.person.modals()) == 3
    assert nancy.modal.values["channel"]["input"]["selected_conversation"] == channel.id
    nancy.fill("Note", "They sign this week.")
    nancy.submit()
    assert f"*CS2600A1* is on its way to <#{channel.id}>" in nancy.screen
    card = the_card(desk, channel)
    for said in (
        "CS2600A1",
        "Pending payment",
        "Acme GmbH",
        "12,400.00",
        "13,100.00",
        "They sign this week.",
        "pay by",
    ):
        assert said in words(card)
    assert "<@U0NANCY>" in words(card)
    assert f"<!date^{int((NOW - timedelta(days=3)).timestamp())}^" in words(card)
    # A person who joins later reads the card, and reaches no more than before.
    desk.workspace.add_to_channel(channel, "U0JANET")
    desk.workspace.add_to_channel(channel, "U0STRANGER")
    andrew = desk.person("U0ANDREW")
    andrew.press("View Order Details", card)
    assert "CS2600A1" in andrew.screen
    janet = desk.person("U0JANET")
    janet.click("View Order Details", card)
    eventually(lambda: janet.private_messages(channel.id), "an answer")
    assert "There is no such order among those you can see" in janet.private_messages(channel.id)[0]
    stranger = desk.person("U0STRANGER")
    stranger.click("View Order Details", card)
    eventually(lambda: stranger.private_messages(channel.id), "an answer")
    assert "you are not one yet" in stranger.private_messages(channel.id)[0]
    assert Audit(desk.database).verify(None).whole


@pytest.mark.parametrize("whole", [False, True])
def test_who_else_would_read_it_is_asked_first_and_what_they_read_is_the_sharers_choice(
    shared_desk: Desk, whole: bool
) -> None:
    desk = shared_desk
    channel = channel_of(desk, "U0NANCY", "U0JANET", "U0GUEST", "U0ANDREW")
    nancy = share_form(desk, "U0NANCY", channel)
    nancy.fill("Note", "Can you help?")
    nancy.submit()
    assert f"*2 people* in *#{channel.name}* may not see order *CS2600A1* at the desk" in nancy.screen
    desk.settled()
    assert not cards(desk, channel)
    if whole:
        nancy.fill("What the card shows everybody there", "whole")
    nancy.submit()
    card = the_card(desk, channel)
    said = words(card)
    for shown in ("CS2600A1", "Pending payment", "EC2", "Can you help?"):
        assert shown in said
    everything = json.dumps([card.text, card.blocks])
    for kept in ("Acme GmbH", "12,400.00", "13,100.00", "pay by", "Ordered On"):
        assert (kept in everything) is whole


def test_more_people_than_were_named_are_named_anew(shared_desk: Desk) -> None:
    desk = shared_desk
    channel = channel_of(desk, "U0NANCY", "U0JANET")
    nancy = share_form(desk, "U0NANCY", channel)
    nancy.submit()
    assert "*1 person*" in nancy.screen
    desk.workspace.add_to_channel(channel, "U0STRANGER")
    nancy.submit()
    assert "*2 people*" in nancy.screen
    nancy.close()
    desk.settled()
    assert not cards(desk, channel)


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("shared", "another organisation"),
        ("without", "Invite it"),
        ("archived", "archived"),
        ("elsewhere", "you are not in that channel"),
        ("hidden", "cannot see that channel"),
        ("unknown", "cannot see that channel"),
        ("direct", "cannot see that channel"),
        ("person", "cannot see that channel"),
        ("approvals", "cannot see that channel"),
    ],
)
def test_where_it_must_not_go_it_does_not_go_and_says_why(shared_desk: Desk, kind: str, said: str) -> None:
    """Also channels that the picker does not offer, because a forged submission could name them."""
    desk = shared_desk
    places: dict[str, Callable[[], str]] = {
        "shared": lambda: channel_of(desk, "U0NANCY", is_ext_shared=True).id,
        "without": lambda: channel_of(desk, "U0NANCY", with_bot=False).id,
        "archived": lambda: archived(desk).id,
        "elsewhere": lambda: channel_of(desk, "U0ANDREW", kind="private").id,
        "hidden": lambda: channel_of(desk, "U0NANCY", kind="private", with_bot=False).id,
        "unknown": lambda: "C0NOWHERE",
        "direct": lambda: desk.workspace.im("U0JANET").id,
        "person": lambda: "U0JANET",
        "approvals": lambda: "approvals",
    }
    place = places[kind]()
    nancy = share_form(desk, "U0NANCY", desk.sales)
    assert nancy.modal.values["channel"]["input"]["selected_conversation"] is None
    nancy.fill("Channel", place)
    nancy.submit()
    assert said in nancy.modal.errors["channel"]
    assert "Nothing was shared" in nancy.modal.errors["channel"]
    assert nancy.modal.errors["channel"].endswith("hoose another.")
    desk.settled()
    assert place not in [sent.arguments.get("channel") for sent in desk.workspace.sent if "post" in sent.method]


def archived(desk: Desk) -> Channel:
    channel = channel_of(desk, "U0NANCY")
    desk.workspace.archive(channel)
    return channel


def test_where_slack_does_not_tell_who_is_there_nothing_is_shared(shared_desk: Desk) -> None:
    desk = shared_desk
    channel = channel_of(desk, "U0NANCY")
    nancy = share_form(desk, "U0NANCY", channel)
    desk.workspace.faults.add("conversations.members", "500")
    nancy.submit()
    assert "Slack did not say just now who is in that channel" in nancy.modal.errors["channel"]
    nancy.submit()
    the_card(desk, channel)


@pytest.mark.parametrize("desk", [LATE], indirect=True, ids=["Slack's patience"])
def test_what_slack_has_given_up_on_is_not_shared(desk: Desk) -> None:
    channel = channel_of(desk, "U0NANCY")
    nancy = share_form(desk, "U0NANCY", channel)
    desk.workspace.faults.add("conversations.members", "slow:2.8")
    nancy.person.submit(nancy.modal.id)
    desk.settled()
    assert not cards(desk, channel)


def test_the_same_submission_twice_is_one_card_and_a_form_of_before_shares_nothing_more(shared_desk: Desk) -> None:
    desk = shared_desk
    channel = channel_of(desk, "U0NANCY")
    nancy = share_form(desk, "U0NANCY", channel)
    form = nancy.modal
    nancy.submit()
    the_card(desk, channel)
    payload = a_submission(desk.workspace, "U0NANCY", form.payload())
    for _ in range(2):
        desk.workspace.delivery.send("view_submission", payload)
    again = a_submission(desk.workspace, "U0NANCY", form.payload())
    answer = desk.workspace.delivery.send("view_submission", again).ack_body
    assert "it is posted once" in json.dumps(answer)
    the_card(desk, channel)


def forged(desk: Desk, user: str, order: int, channel: str, callback_id: str = "order.share") -> str:
    """The answer to a submission of a form that this person never had."""
    values: Json = {"channel": {"input": {"type": "conversations_select", "selected_conversation": channel}}}
    if callback_id == "order.share_confirmed":
        values = {"card": {"input": {"type": "radio_buttons", "selected_option": {"value": "whole"}}}}
    state = {"order": order, "draft": f"d{order}{len(desk.workspace.delivery.log)}", "channel": channel, "people": 99}
    view = {
        "id": "V0FORGED",
        "type": "modal",
        "hash": "1.x",
        "root_view_id": "V0FORGED",
        "callback_id": callback_id,
        "private_metadata": json.dumps(state),
        "state": {"values": values},
    }
    payload = a_submission(desk.workspace, user, view)
    return json.dumps(desk.workspace.delivery.send("view_submission", payload).ack_body)


@pytest.mark.parametrize("callback_id", ["order.share", "order.share_confirmed"])
def test_what_is_not_ones_own_is_shared_by_nobody(shared_desk: Desk, callback_id: str) -> None:
    """Janet's order is key 2; 90001 does not exist."""
    desk = shared_desk
    channel = channel_of(desk, "U0NANCY", "U0STRANGER", "U0GUEST")
    theirs, nowhere = (forged(desk, "U0NANCY", order, channel.id, callback_id) for order in (2, 90001))
    assert theirs == nowhere
    assert "There is no such order" in theirs
    for user, said in (
        ("U0STRANGER", "you are not one yet"),
        ("U0GUEST", "not guests"),
        ("U0OUTSIDER", "this workspace"),
    ):
        assert said in forged(desk, user, 1, channel.id, callback_id)
    desk.settled()
    assert not desk.workspace.bot_messages(channel.id)
    nancy = desk.person("U0NANCY")
    view = nancy.open("/orders no:CS2600A1", channel.id)
    for order in ("2", "90001"):
        payload = an_action(desk.workspace, "U0NANCY", "order.share_form", order, view=view.payload())
        desk.workspace.delivery.send("block_actions", payload)
        eventually(lambda: len(nancy.person.modals()) == 2, "an answer")
        assert "There is no such order" in nancy.screen
        nancy.close()


def test_as_the_fourth_modal_it_takes_the_place_of_the_details_and_leads_back(shared_desk: Desk) -> None:
    desk = shared_desk
    channel = channel_of(desk, "U0NANCY")
    nancy = desk.person("U0NANCY")
    nancy.open("/orders no:CS2600A1", channel.id)
    nancy.pick("CS2600A1", "View Order Details")
    details: View = nancy.modal
    again = an_action(desk.workspace, "U0NANCY", "order.details", "1", view=details.payload())
    desk.workspace.delivery.send("block_actions", again)
    eventually(lambda: len(nancy.person.modals()) == 3, "details on top")
    nancy.press("Share")
    assert [view.callback_id for view in nancy.person.modals()] == ["orders.results", "order.details", "order.share"]
    nancy.press("View Order Details")
    assert nancy.modal.callback_id == "order.details"
    nancy.press("Share")
    nancy.submit()
    the_card(desk, channel)
    nancy.press("View Order Details")
    assert nancy.modal.callback_id == "order.details"


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_note_stays_text(shared_desk: Desk, name: str) -> None:
    desk = shared_desk
    channel = channel_of(desk, "U0NANCY", "U0STRANGER")
    since = len(desk.workspace.sent)
    nancy = share_form(desk, "U0NANCY", channel)
    nancy.fill("Note", HOSTILE[name][:500])
    nancy.submit()
    assert nancy.modal.callback_id == "order.share_confirmed"
    nancy.submit()
    the_card(desk, channel)
    _check_sent(desk, since)


# --- between the commit and the card


@pytest.fixture
def own_desk(sqlite_database: Database, tmp_path: Path) -> Iterator[Desk]:
    make_orders(sqlite_database)
    with running_desk(sqlite_database, tmp_path) as running:
        yield running


def hand_over(desk: Desk, _channel: Channel) -> None:
    with desk.database.write() as connection:
        connection.execute(text("UPDATE orders SET account_manager_key = 2 WHERE key = 1"))


CHANGES: dict[str, tuple[Callable[[Desk, Channel], object], str]] = {
    "the order is another's": (hand_over, "An order was not shared"),
    "no longer a member": (
        lambda desk, _: Members(desk.database, system_clock).remove("command line", "U0NANCY"),
        "you are no longer a member of the desk",
    ),
    "more people": (
        lambda desk, channel: desk.workspace.add_to_channel(channel, "U0JANET"),
        "more people who may not see it are there",
    ),
    "archived": (lambda desk, channel: desk.workspace.archive(channel), "is archived. Share it in another"),
    "the bot is out": (
        lambda desk, channel: desk.workspace.remove_from_channel(channel, desk.workspace.bot),
        "then share it again",
    ),
    "shared abroad": (
        lambda desk, channel: desk.workspace.put_channel(replace(channel, is_ext_shared=True)),
        "another organisation",
    ),
}


@pytest.mark.parametrize("change", CHANGES)
def test_what_may_not_go_there_any_more_is_not_posted_and_its_sharer_is_told(own_desk: Desk, change: str) -> None:
    desk = own_desk
    channel = channel_of(desk, "U0NANCY")
    fault = desk.workspace.faults.add("chat.postMessage", "429", retry_after=1)
    share_form(desk, "U0NANCY", channel).submit()
    eventually(lambda: fault.times == 0, "the first attempt")
    act, said = CHANGES[change]
    act(desk, channel)
    told = words(desk.told("U0NANCY", said))
    assert "nothing was posted" in told
    assert f"<#{channel.id}>" in told
    assert ("CS2600A1" in told) is (change not in ("the order is another's", "no longer a member"))
    desk.settled()
    assert not cards(desk, channel)


def test_what_slack_refuses_is_told_to_its_sharer(shared_desk: Desk) -> None:
    desk = shared_desk
    channel = channel_of(desk, "U0NANCY")
    desk.workspace.faults.add("chat.postMessage", "error:restricted_action")
    share_form(desk, "U0NANCY", channel).submit()
    desk.told("U0NANCY", "*CS2600A1* was not shared", "restricted_action")
    assert not cards(desk, channel)


@pytest.mark.parametrize("kind", ["429", "500", "lost_before", "lost_after"])
@pytest.mark.parametrize("method", ["chat.postMessage", "conversations.members"])
def test_slack_fails_once_while_it_is_posted_and_it_is_posted_once(shared_desk: Desk, method: str, kind: str) -> None:
    """The members are asked for when the order is shared, and again when it is posted: the second request fails."""
    desk = shared_desk
    channel = channel_of(desk, "U0NANCY")
    form = share_form(desk, "U0NANCY", channel)
    if method == "conversations.members":
        desk.workspace.faults.add(method, "slow:0")
    fault = desk.workspace.faults.add(method, kind)
    form.submit()
    the_card(desk, channel)
    assert fault.times == 0


def test_what_stands_there_already_is_not_called_not_shared(own_desk: Desk) -> None:
    """The answer to the posting was lost, and before the next attempt a person joined who may not see the order."""
    desk = own_desk
    channel = channel_of(desk, "U0NANCY")
    desk.workspace.faults.add("chat.postMessage", "lost_after")
    share_form(desk, "U0NANCY", channel).submit()
    eventually(lambda: cards(desk, channel), "the card")
    desk.workspace.add_to_channel(channel, "U0JANET")
    the_card(desk, channel)
    assert not desk.workspace.bot_messages(desk.workspace.im("U0NANCY").id)
