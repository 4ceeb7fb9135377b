"""Conversations on the page: their messages, who sees them, and that every window follows."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.sandbox.page.conftest import Open, World
from tests.sandbox.page.pagebot import mrkdwn

pytestmark = pytest.mark.chromium


def write(page: Page, text: str, box: str = "Message #orders") -> None:
    page.get_by_label(box).fill(text)
    page.keyboard.press("Enter")


def test_what_one_person_says_others_read_at_once(world: World, open_page: Open) -> None:
    sam, mia = open_page(world.sam), open_page(world.mia)
    write(sam, "Who knows *Acme*?")
    message = mia.get_by_role("article", name="Sam Salinger")
    expect(message.locator("strong")).to_have_text("Acme")
    expect(sam.get_by_label("Message #orders")).to_have_value("")
    expect(sam.get_by_label("Message #orders")).to_be_focused()
    write(mia, "I do")
    expect(sam.get_by_role("article", name="Mia Manager")).to_contain_text("I do")


def test_shift_enter_starts_a_line(world: World, open_page: Open) -> None:
    page = open_page()
    page.get_by_label("Message #orders").focus()
    page.keyboard.type("one")
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("two")
    page.get_by_role("button", name="Send now").click()
    expect(page.get_by_role("article")).to_have_count(1)
    assert world.workspace.messages.of(world.orders.id)[0].text == "one\ntwo"


def test_the_bots_messages_carry_a_badge_and_follow_its_edits(world: World, open_page: Open) -> None:
    sam, mia = open_page(world.sam), open_page(world.mia)
    write(sam, "/say Good morning")
    row = mia.get_by_role("article", name="Order Desk")
    expect(row).to_contain_text("Order DeskAPP")
    expect(row).to_contain_text("Good morning")
    ts = world.workspace.bot_messages(world.orders.id)[0].ts
    world.bot.app.client.chat_update(channel=world.orders.id, ts=ts, text="Good evening")
    for page in (sam, mia):
        expect(page.get_by_role("article")).to_contain_text("Good evening (edited)")
    world.bot.app.client.chat_delete(channel=world.orders.id, ts=ts)
    for page in (sam, mia):
        expect(page.get_by_role("article")).to_have_count(0)


def test_times_are_the_readers_own(world: World, open_page: Open) -> None:
    world.bot.app.client.chat_postMessage(
        channel=world.orders.id, text="x", blocks=[{"type": "section", "text": mrkdwn("<!date^1791036000^{time}|x>")}]
    )
    expect(open_page(world.sam).get_by_role("article").locator("time").last).to_have_text("16:00")
    expect(open_page(world.mia).get_by_role("article").locator("time").last).to_have_text("10:00 AM")


def test_an_ephemeral_message_is_for_one_pair_of_eyes(world: World, open_page: Open) -> None:
    sam, mia = open_page(world.sam), open_page(world.mia)
    write(sam, "/whisper")
    expect(sam.get_by_role("article", name="only visible to you")).to_contain_text("Nobody else reads this.")
    expect(sam.get_by_text("Only visible to you", exact=True)).to_be_visible()
    write(sam, "done")
    expect(mia.get_by_role("article")).to_have_count(1)


def test_a_thread_opens_beside_the_conversation_and_is_live(world: World, open_page: Open) -> None:
    sam, mia = open_page(world.sam), open_page(world.mia)
    write(sam, "A question")
    mia.get_by_role("article").hover()
    mia.get_by_role("button", name="Reply in thread").click()
    expect(mia.get_by_label("Reply")).to_be_focused()
    write(mia, "An answer", "Reply")
    expect(mia.get_by_label("Thread messages")).to_contain_text("An answer")
    expect(sam.get_by_role("log")).not_to_contain_text("An answer")
    sam.get_by_role("button", name="1 reply").click()
    expect(sam.get_by_label("Thread messages")).to_contain_text("An answer")
    write(mia, "And more", "Reply")
    expect(sam.get_by_label("Thread messages")).to_contain_text("And more")
    expect(sam.get_by_role("button", name="2 replies")).to_be_visible()
    sam.get_by_role("button", name="Close thread").click()
    expect(sam.get_by_label("Thread messages")).to_have_count(0)


def test_a_file_can_be_downloaded_by_those_in_the_channel(world: World, open_page: Open, tmp_path: Path) -> None:
    page = open_page()
    write(page, "/file")
    card = page.get_by_role("group", name="File orders.csv")
    expect(card).to_contain_text("Orders")
    expect(card).to_contain_text("CSV · 8 B")
    with page.expect_download() as started:
        page.get_by_role("link", name="Download orders.csv").click()
    started.value.save_as(tmp_path / "orders.csv")
    assert (tmp_path / "orders.csv").read_bytes() == b"a,b\n1,2\n"
    address = str(page.get_by_role("link", name="Download orders.csv").get_attribute("href"))
    stranger = world.workspace.add_user("xe", "Xenia Extern", team_id="T0OTHER")
    refused = page.request.get(world.server.url.rstrip("/") + address.replace(world.sam.id, stranger.id))
    assert refused.status == 404


def test_new_messages_elsewhere_are_marked_until_one_looks(world: World, open_page: Open) -> None:
    sam, mia = open_page(world.sam), open_page(world.mia)
    mia.get_by_role("button", name="approvals, private channel").click()
    write(mia, "news", "Message #approvals")
    write(mia, f"<@{world.sam.id}> look", "Message #approvals")
    item = sam.get_by_role("button", name="approvals, private channel, 2 unread")
    expect(item).to_contain_text("1")
    item.click()
    expect(sam.get_by_role("article").first).to_contain_text("news")
    expect(sam.get_by_role("button", name="approvals, private channel", exact=True)).to_be_visible()
    assert f"channel={world.approvals.id}" in sam.url


def test_what_slack_itself_says_can_be_dismissed(world: World, open_page: Open) -> None:
    world.workspace.ack_seconds = 0.1
    world.bot.gate.clear()
    page = open_page()
    write(page, "/slow")
    notice = page.get_by_role("article", name="Slackbot")
    expect(notice).to_contain_text('/slow failed with the error "operation_timeout"')
    expect(notice).to_contain_text("Only visible to you")
    notice.get_by_role("button", name="Dismiss").click()
    expect(page.get_by_role("article", name="Slackbot")).to_have_count(0)


def test_a_slash_lists_the_commands(open_page: Open) -> None:
    page = open_page()
    box = page.get_by_label("Message #orders")
    box.focus()
    page.keyboard.type("/")
    commands = page.get_by_role("listbox", name="Commands").get_by_role("option")
    expect(commands).to_have_count(5)
    page.keyboard.type("sh")
    expect(commands).to_have_count(1)
    page.keyboard.press("Enter")
    expect(box).to_have_value("/show ")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="October orders")).to_be_visible()


def test_every_block_that_only_shows_something_is_shown(open_page: Open) -> None:
    page = open_page()
    write(page, "/show")
    row = page.get_by_role("article")
    expect(row.get_by_role("heading", name="October orders")).to_be_visible()
    for words in ("Completed", "<b>not bold</b>", "quoted", "Official Amount   13,100.00", "a quote", "fixed"):
        expect(row).to_contain_text(words)
    expect(row.get_by_role("link", name="a link")).to_have_attribute("href", "https://example.com/a?b=1&c=2")
    expect(row.get_by_role("columnheader")).to_have_text(["Discount", "Amount"])
    expect(row.get_by_role("cell", name="Promotion <script>")).to_be_visible()
    expect(row.locator("script")).to_have_count(0)
    expect(row.locator("ol li")).to_have_text(["first", "second"])


def test_an_archived_channel_can_be_read_and_not_written_in(world: World, open_page: Open) -> None:
    page = open_page()
    write(page, "before")
    expect(page.get_by_role("article")).to_have_count(1)
    world.workspace.archive(world.orders)
    expect(page.get_by_text("#orders is archived.")).to_be_visible()
    expect(page.get_by_label("Message #orders")).to_have_count(0)
    expect(page.get_by_role("article")).to_contain_text("before")


def test_whoever_is_taken_out_of_a_channel_no_longer_sees_it(world: World, open_page: Open) -> None:
    page = open_page()
    write(page, "secret")
    expect(page.get_by_role("article")).to_have_count(1)
    world.workspace.remove_from_channel(world.orders, world.sam)
    expect(page.get_by_role("button", name="orders, channel")).to_have_count(0)
    expect(page.get_by_text("secret")).to_have_count(0)


def test_the_apps_home_is_published_when_it_is_opened(open_page: Open) -> None:
    page = open_page()
    page.get_by_role("button", name="Order Desk, direct messages").click()
    expect(page.get_by_role("tab", name="Messages")).to_have_attribute("aria-selected", "true")
    write(page, "hello", "Message Order Desk")
    expect(page.get_by_role("article")).to_contain_text("hello")
    page.get_by_role("tab", name="Home").click()
    expect(page.get_by_role("heading", name="Welcome home")).to_be_visible()
    page.get_by_role("tab", name="Messages").click()
    expect(page.get_by_role("article")).to_contain_text("hello")


def test_channels_tell_what_is_special_about_them(open_page: Open) -> None:
    page = open_page()
    page.get_by_role("button", name="acme-project, channel, shared with another organisation").click()
    expect(page.get_by_text("Shared with another organisation")).to_be_visible()
    page.get_by_role("button", name="random, channel").click()
    expect(page.get_by_text("Order Desk is not here")).to_be_visible()
