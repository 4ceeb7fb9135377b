"""Orders are exported: requested, posted once where people may see them, found again, downloaded by those who may."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from handlers.kit.interaction import LATE
from sandbox.values import Channel, File, Message
from store.database import Database
from store.domain.clock import system_clock
from store.domain.orders.order import OrderStatus
from store.domain.people import Member, Role
from store.services.audit import Audit
from store.services.exports.work import ExportWork
from store.services.members import Members
from tests.support.builders import ItemRow, a_customer, an_order
from tests.support.desk import PATIENT, Desk, eventually, running_desk, words
from tests.support.wire import an_action

NOW = datetime.now(UTC)


@pytest.fixture
def desk(request: pytest.FixtureRequest, database: Database, tmp_path: Path) -> Iterator[Desk]:
    acme = a_customer(database, name="Acme GmbH", account_name="acme", account_manager="nancy")
    away = a_customer(database, name="Far Away Ltd", account_name="far", account_manager="janet")
    for number in range(30):
        an_order(
            database,
            f"CS2600{number:02}",
            customer_key=acme if number < 20 else away,
            create_time=NOW - timedelta(days=number),
            status=OrderStatus.COMPLETED if number % 2 else OrderStatus.PENDING_PAYMENT,
            official_amount="100.00",
            items=[ItemRow("60.00"), ItemRow("40.00")],
        )
    with running_desk(database, tmp_path, late=getattr(request, "param", PATIENT)) as running:
        yield running


def team_channel(desk: Desk, *people: str) -> Channel:
    """A channel of this workspace only, with the bot."""
    return desk.workspace.add_channel("team", people)


def files_in(desk: Desk, channel_id: str) -> list[File]:
    return [file for message in desk.workspace.bot_messages(channel_id) for file in message.files]


def the_file(desk: Desk, channel_id: str, number: int = 1) -> Any:
    """The workbook posted there; waits until there are `number` of them."""
    files = eventually(
        lambda: found if len(found := files_in(desk, channel_id)) >= number else None,
        f"{number} files in the channel",
    )
    assert len(files) == number
    return load_workbook(BytesIO(files[-1].content))


def card(desk: Desk, channel_id: str, text: str) -> Message:
    """The bot's message there that contains the text."""
    return eventually(
        lambda: next((m for m in desk.workspace.bot_messages(channel_id) if text in words(m)), None),
        f"{text!r}",
    )


def test_the_search_at_hand_is_posted_in_the_channel_where_it_was_asked(desk: Desk) -> None:
    channel = team_channel(desk, "U0NANCY", "U0ANDREW", "U0STEVEN")
    nancy = desk.person("U0NANCY")
    nancy.open("/orders acme status:completed", channel.id)
    nancy.press("Export")
    assert "*10 orders*" in nancy.screen
    nancy.submit()
    assert "is queued: Customers · Customer “acme” · Completed" in nancy.screen
    book = the_file(desk, channel.id)
    assert book.sheetnames == ["Orders", "Items", "Summary"]
    numbers = {row[0] for row in book["Orders"].iter_rows(min_row=2, values_only=True)}
    assert numbers == {f"CS2600{number:02}" for number in range(1, 20, 2)}
    assert book["Items"].max_row == 1 + 20
    done = card(desk, channel.id, "Records exported successfully")
    assert "10 orders" in words(done)
    assert not [block for block in done.blocks if block["type"] == "actions"]
    assert Audit(desk.database).verify(None).whole


def test_what_slack_escapes_in_a_command_is_kept_and_shown_as_it_was_typed(desk: Desk) -> None:
    meyer = a_customer(desk.database, name="Meyer & Söhne <Süd>", account_name="meyer", account_manager="nancy")
    an_order(desk.database, "CS260099", customer_key=meyer, official_amount="100.00", items=[ItemRow("100.00")])
    channel = team_channel(desk, "U0NANCY")
    nancy = desk.person("U0NANCY")
    nancy.open("/orders Meyer & Söhne <s", channel.id)
    assert "CS260099" in nancy.screen
    nancy.press("Export")
    nancy.submit()
    # The screen and the messages are Slack's texts: escaped once there, and nowhere else.
    said = "Customer “Meyer &amp; Söhne &lt;s”"
    assert f"is queued: Customers · {said}" in nancy.screen
    summary = {row[0]: row[1] for row in the_file(desk, channel.id)["Summary"].iter_rows(max_col=2, values_only=True)}
    assert summary["Criteria"] == "Customers · Customer “Meyer & Söhne <s”"
    (file,) = files_in(desk, channel.id)
    assert file.name.startswith("Orders Customers Customer Meyer Söhne s ")
    assert "*Export EX-" in words(card(desk, channel.id, said))
    nancy.open("/export-history", channel.id)
    assert said in nancy.screen
    nancy.open("/orders Meyer &amp; Söhne", channel.id)
    assert "CS260099" not in nancy.screen


def test_from_an_orders_details_all_of_its_customer_are_posted_where_it_was_asked(desk: Desk) -> None:
    channel = team_channel(desk, "U0NANCY", "U0ANDREW")
    nancy = desk.person("U0NANCY")
    nancy.open("/orders no:CS260003", channel.id)
    nancy.pick("CS260003", "View Order Details")
    nancy.press("Export")
    assert "*20 orders*" in nancy.screen
    nancy.submit()
    assert the_file(desk, channel.id)["Orders"].max_row == 1 + 20


def test_export_all_of_a_manager_holds_every_order_and_of_a_salesperson_their_own(desk: Desk) -> None:
    channel = team_channel(desk, "U0ANDREW", "U0LAURA")
    andrew = desk.person("U0ANDREW")
    andrew.command("/export all", channel.id)
    assert "Tasks exported successfully" in andrew.private_messages(channel.id)[-1]
    assert the_file(desk, channel.id)["Orders"].max_row == 1 + 30
    nancy = desk.person("U0NANCY")
    direct = desk.workspace.im("U0NANCY")
    nancy.command("/export all", direct.id)
    book = the_file(desk, direct.id)
    customers = {row[1] for row in book["Orders"].iter_rows(min_row=2, values_only=True)}
    assert "Far Away Ltd" not in str(customers)
    assert book["Orders"].max_row == 1 + 20


def test_the_same_request_within_a_minute_is_one_and_says_so(desk: Desk) -> None:
    channel = team_channel(desk, "U0ANDREW")
    andrew = desk.person("U0ANDREW")
    andrew.command("/export all", channel.id)
    andrew.command("/export all", channel.id)
    assert "You asked for the same export a moment ago" in andrew.private_messages(channel.id)[-1]
    the_file(desk, channel.id)


def test_who_else_would_see_it_is_asked_first(desk: Desk) -> None:
    channel = team_channel(desk, "U0NANCY", "U0JANET", "U0STRANGER")
    nancy = desk.person("U0NANCY")
    nancy.open("/export all", channel.id)
    assert "*2 people* in *#team* may not see these" in nancy.screen
    assert not desk.workspace.bot_messages(channel.id)
    nancy.press("Send it only to me")
    assert "Tasks exported successfully" in nancy.screen
    assert the_file(desk, desk.workspace.im("U0NANCY").id)["Orders"].max_row == 1 + 20
    assert not files_in(desk, channel.id)


def test_agreed_to_it_is_posted(desk: Desk) -> None:
    channel = team_channel(desk, "U0NANCY", "U0JANET")
    nancy = desk.person("U0NANCY")
    nancy.open("/export all", channel.id)
    nancy.submit()
    assert the_file(desk, channel.id)["Orders"].max_row == 1 + 20


@pytest.mark.parametrize("desk", [LATE], indirect=True, ids=["Slack's patience"])
def test_what_slack_has_given_up_on_is_not_queued(desk: Desk) -> None:
    channel = team_channel(desk, "U0ANDREW")
    andrew = desk.person("U0ANDREW")
    desk.workspace.faults.add("conversations.members", "slow:2.8")
    andrew.command("/export all", channel.id)
    andrew.open("/export-history", channel.id)
    assert "Nothing has been exported yet" in andrew.screen


@pytest.mark.parametrize(("kind", "said"), [("shared", "another organisation"), ("without", "Invite it")])
def test_where_it_must_not_go_it_does_not_go(desk: Desk, kind: str, said: str) -> None:
    if kind == "shared":
        channel = desk.workspace.add_channel("with-others", ["U0ANDREW"], is_ext_shared=True)
    else:
        channel = desk.workspace.add_channel("no-bot", ["U0ANDREW"], with_bot=False)
    andrew = desk.person("U0ANDREW")
    andrew.command("/export all", channel.id)
    refusal = andrew.person.messages(channel.id)[-1]
    assert said in words(refusal)
    andrew.open("/export", channel.id)
    andrew.submit()
    assert said in andrew.modal.errors["destination"]
    andrew.click("Send it only to me", refusal)
    assert the_file(desk, desk.workspace.im("U0ANDREW").id)["Orders"].max_row == 1 + 30
    assert not files_in(desk, channel.id)


def test_what_failed_for_its_channel_comes_to_who_asked_and_to_nobody_who_sees_less(desk: Desk) -> None:
    channel = team_channel(desk, "U0ANDREW", "U0LAURA")
    desk.workspace.faults.add("files.getUploadURLExternal", "slow:1")
    desk.person("U0ANDREW").command("/export all", channel.id)
    card(desk, channel.id, "Export EX-1")
    desk.workspace.archive(channel)
    failed = desk.told("U0ANDREW", "EX-1 failed", "the channel was archived", "Choose Send it only to me")
    andrew, nancy, laura = (desk.person(user) for user in ("U0ANDREW", "U0NANCY", "U0LAURA"))
    assert andrew.buttons(failed) == ["Send it only to me", "Retry", "View Export"]
    for _ in range(2):
        andrew.click("Send it only to me", failed)
    assert the_file(desk, desk.workspace.im("U0ANDREW").id)["Orders"].max_row == 1 + 30
    laura.open("/export-history")
    laura.pick("EX-1", "Send it only to me")
    assert "Tasks exported successfully" in laura.screen
    assert the_file(desk, desk.workspace.im("U0LAURA").id)["Orders"].max_row == 1 + 30
    forged = an_action(desk.workspace, "U0NANCY", "export.send_instead", "1")
    desk.workspace.delivery.send("block_actions", forged)
    eventually(lambda: nancy.private_messages(desk.workspace.channels()[0].id), "a refusal")
    desk.settled()
    assert not files_in(desk, desk.workspace.im("U0NANCY").id)
    assert not files_in(desk, channel.id)


def test_the_history_keeps_it_and_who_may_downloads_it(desk: Desk) -> None:
    channel = team_channel(desk, "U0ANDREW", "U0LAURA")
    desk.person("U0ANDREW").command("/export all", channel.id)
    the_file(desk, channel.id)
    card(desk, channel.id, "Completed")
    laura = desk.person("U0LAURA")
    laura.open("/export-history", channel.id)
    for text in ("EX-1", "Completed", "30 orders", "by Andrew Fuller"):
        assert text in laura.screen
    laura.pick("EX-1", "Download")
    assert the_file(desk, desk.workspace.im("U0LAURA").id)["Orders"].max_row == 1 + 30
    nancy = desk.person("U0NANCY")
    nancy.open("/export-history")
    assert "Nothing has been exported yet" in nancy.screen


def test_a_history_that_is_behind_is_drawn_again_with_the_refusal(desk: Desk, tmp_path: Path) -> None:
    channel = team_channel(desk, "U0ANDREW", "U0LAURA")
    andrew, laura = desk.person("U0ANDREW"), desk.person("U0LAURA")
    andrew.command("/export all", channel.id)
    the_file(desk, channel.id)
    card(desk, channel.id, "Completed")
    for person in (andrew, laura):
        person.open("/export-history")
    ExportWork(desk.database, system_clock, tmp_path / "exports").expire(NOW + timedelta(days=31))
    for person in (andrew, laura):
        person.pick("EX-1", "Download")
        assert "The file of EX-1 was deleted" in person.screen
        assert ":white_circle: Deleted" in person.screen
        assert len(person.person.modals()) == 1
    assert not files_in(desk, desk.workspace.im("U0LAURA").id)


def test_a_file_that_holds_more_than_one_may_see_by_now_is_not_handed_out(desk: Desk) -> None:
    direct = desk.workspace.im("U0STEVEN")
    steven = desk.person("U0STEVEN")
    steven.command("/export all", direct.id)
    the_file(desk, direct.id)
    card(desk, direct.id, "Completed")
    salesperson = Member("", "U0STEVEN", "Steven Buchanan", "steven", frozenset({Role.SALESPERSON}))
    Members(desk.database, system_clock).set("command line", salesperson)
    steven.open("/export-history", direct.id)
    steven.pick("EX-1", "Download")
    assert "contains orders that you may not see" in steven.screen
    assert len(files_in(desk, direct.id)) == 1


def test_nothing_found_is_a_workbook_with_headers_and_says_so(desk: Desk) -> None:
    channel = team_channel(desk, "U0ANDREW")
    andrew = desk.person("U0ANDREW")
    andrew.open("/export", channel.id)
    andrew.fill("Order No.", "ZZZ")
    andrew.submit()
    assert the_file(desk, channel.id)["Orders"].max_row == 1
    assert "No order matched" in words(card(desk, channel.id, "Completed"))
