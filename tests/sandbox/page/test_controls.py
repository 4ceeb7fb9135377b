"""Every control of Block Kit, used by mouse and by keyboard, and what the bot gets from it."""

from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from sandbox import state
from sandbox.values import StateValues
from tests.sandbox.conftest import wait_until
from tests.sandbox.page.conftest import Open, World
from tests.sandbox.tinybot import Json

pytestmark = pytest.mark.chromium


def run(page: Page, command: str) -> None:
    page.get_by_label("Message #orders").fill(command)
    page.keyboard.press("Enter")


def form(page: Page) -> Locator:
    run(page, "/kit")
    found = page.get_by_role("dialog", name="Customer Orders")
    found.wait_for()
    return found


def submitted(world: World, page: Page) -> dict[str, Json]:
    """Sends the form; returns what the bot got, by block."""
    page.get_by_role("button", name="Search").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    values: dict[str, dict[str, Json]] = world.bot.of("submission")[-1]["view"]["state"]["values"]
    return {block: next(iter(actions.values())) for block, actions in values.items()}


def test_a_form_filled_with_the_mouse(world: World, open_page: Open) -> None:
    page = open_page()
    dialog = form(page)
    dialog.get_by_role("combobox", name="Customer").click()
    page.keyboard.type("an")
    page.get_by_role("option", name="Finland").click()
    expect(dialog.get_by_role("combobox", name="Customer")).to_have_value("Finland")
    dialog.get_by_role("combobox", name="Order Status").click()
    page.get_by_role("option", name="Completed").click()
    page.get_by_role("option", name="Pending payment").click()
    page.keyboard.press("Escape")
    dialog.get_by_role("button", name="Remove Completed").click()
    dialog.get_by_role("combobox", name="Product Type").click()
    expect(page.get_by_role("option")).to_have_text(["Elastic Cloud Server", "Bare Metal", "Object Storage"])
    page.get_by_role("option", name="Object Storage").click()
    dialog.get_by_label("Order No.").fill("CS2610A7F3")
    dialog.get_by_label("Reason").fill("first\nsecond")
    dialog.get_by_role("textbox", name="Amount").fill("12.50")
    dialog.get_by_label("Ordered On from").fill("2026-10-03")
    dialog.get_by_label("Remind me at").fill("14:05")
    dialog.get_by_role("radiogroup", name="How").get_by_label("Percentage").check()
    dialog.get_by_role("group", name="Scope").get_by_role("checkbox", name="Customers", exact=True).check()
    dialog.get_by_role("group", name="Scope").get_by_label("Resellers' Customers").check()
    dialog.get_by_role("combobox", name="Manager").click()
    page.get_by_role("option", name="Mia Manager").click()
    dialog.get_by_role("combobox", name="Channel").click()
    page.get_by_role("option", name="#approvals").click()
    heard = submitted(world, page)
    assert heard["customer"]["selected_option"]["value"] == "finland"
    assert [option["value"] for option in heard["states"]["selected_options"]] == ["pending payment"]
    assert heard["product"]["selected_option"]["value"] == "obs"
    assert heard["number"]["value"] == "CS2610A7F3"
    assert heard["reason"]["value"] == "first\nsecond"
    assert heard["amount"]["value"] == "12.50"
    assert heard["from"]["selected_date"] == "2026-10-03"
    assert heard["at"]["selected_time"] == "14:05"
    assert heard["how"]["selected_option"]["value"] == "percentage"
    assert [option["value"] for option in heard["scope"]["selected_options"]] == ["customers", "resellers"]
    assert heard["who"]["selected_user"] == world.mia.id
    assert heard["where"]["selected_conversation"] == world.approvals.id


def test_the_same_form_filled_by_keyboard_alone(world: World, open_page: Open) -> None:
    page = open_page()
    dialog = form(page)
    press = page.keyboard.press
    expect(dialog.get_by_role("combobox", name="Customer")).to_be_focused()
    page.keyboard.type("ger")
    expect(page.get_by_role("option", name="Germany")).to_be_visible()
    press("Enter")
    press("Tab")
    for key in ("ArrowDown", "Enter", "ArrowDown", "ArrowDown", "Enter", "Escape"):
        press(key)
    expect(dialog).to_be_visible()
    press("Tab")  # the chips' own buttons come before their list
    expect(dialog.get_by_role("combobox", name="Product Type")).to_be_focused()
    page.keyboard.type("obj")
    press("Enter")
    press("Tab")
    expect(dialog.get_by_role("combobox", name="Countries")).to_be_focused()
    press("ArrowDown")
    expect(page.get_by_role("option")).to_have_count(7)
    press("ArrowDown")
    press("Enter")
    press("Escape")
    press("Tab")
    press("End")
    page.keyboard.type("-9")
    for _ in range(3):
        press("Tab")
    expect(dialog.get_by_label("Ordered On from")).to_be_focused()
    page.keyboard.type("10102026")
    dialog.get_by_label("Remind me at").focus()
    page.keyboard.type("1111a")  # the same on a 12-hour and a 24-hour clock
    dialog.get_by_role("radio", name="Amount").focus()
    press("Space")
    press("ArrowDown")
    dialog.get_by_label("Resellers' Customers").focus()
    press("Space")
    dialog.get_by_label("Order No.").focus()
    press("Enter")
    expect(page.get_by_role("dialog")).to_have_count(0)
    values: Any = world.bot.of("submission")[-1]["view"]["state"]["values"]
    assert values["customer"]["customer"]["selected_option"]["value"] == "germany"
    assert [one["value"] for one in values["states"]["states"]["selected_options"]] == ["pending payment", "completed"]
    assert values["product"]["product"]["selected_option"]["value"] == "obs"
    assert [one["value"] for one in values["tags"]["tags"]["selected_options"]] == ["belgium"]
    assert values["number"]["number"]["value"] == "CS2610-9"
    assert values["from"]["from"]["selected_date"] == "2026-10-10"
    assert values["at"]["at"]["selected_time"] == "11:11"
    assert values["how"]["how"]["selected_option"]["value"] == "percentage"
    assert [one["value"] for one in values["scope"]["scope"]["selected_options"]] == ["resellers"]


def test_an_external_select_asks_only_for_what_is_long_enough(world: World, open_page: Open) -> None:
    page = open_page()
    box = form(page).get_by_role("combobox", name="Customer")
    box.click()
    expect(page.get_by_text("Type 2 or more characters to search")).to_be_visible()
    page.keyboard.type("zz")
    expect(page.get_by_text("No matching results found")).to_be_visible()
    assert [body["value"] for body in world.bot.of("options")] == ["zz"]
    page.keyboard.press("Escape")
    expect(box).to_have_value("")


def test_a_late_suggestion_says_that_it_loads_and_that_it_failed(world: World, open_page: Open) -> None:
    world.workspace.ack_seconds = 0.4
    world.bot.gate.clear()
    page = open_page()
    form(page).get_by_role("combobox", name="Customer").click()
    page.keyboard.type("an")
    expect(page.get_by_text("Loading…")).to_be_visible()
    expect(page.get_by_text("The options could not be loaded. Try again.")).to_be_visible()


def test_choosing_in_a_multi_select_keeps_what_was_found_by_another_word(world: World, open_page: Open) -> None:
    page = open_page()
    dialog = form(page)
    box = dialog.get_by_role("combobox", name="Countries")
    for word in ("aus", "est"):
        box.fill(word)
        page.get_by_role("option").first.click()
    expect(dialog.get_by_role("button", name="Remove Austria")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("Backspace")
    expect(dialog.get_by_role("button", name="Remove Estonia")).to_have_count(0)
    dialog.get_by_role("combobox", name="Customer").fill("ger")
    page.get_by_role("option", name="Germany").click()
    heard = submitted(world, page)
    assert [option["value"] for option in heard["tags"]["selected_options"]] == ["austria"]


def test_a_button_is_confirmed_before_the_bot_hears_of_it(world: World, open_page: Open) -> None:
    sam, mia = open_page(world.sam), open_page(world.mia)
    run(sam, "/card")
    sam.get_by_role("button", name="Approve").click()
    question = sam.get_by_role("alertdialog", name="Approve this price?")
    expect(question).to_contain_text("Acme GmbH will pay USD 11,462.50.")
    question.get_by_role("button", name="Not yet").click()
    expect(question).to_have_count(0)
    sam.get_by_role("button", name="Approve").focus()
    sam.keyboard.press("Enter")
    expect(question).to_be_visible()
    sam.keyboard.press("Escape")
    expect(question).to_have_count(0)
    expect(sam.get_by_role("button", name="Approve")).to_be_focused()
    assert world.bot.of("action") == []
    sam.keyboard.press("Enter")
    expect(question.get_by_role("button", name="Yes, approve")).to_be_focused()
    sam.keyboard.press("Enter")
    for page in (sam, mia):
        expect(page.get_by_role("article")).to_contain_text("Approved by a manager")
        expect(page.get_by_role("button", name="Approve")).to_have_count(0)
    (heard,) = world.bot.of("action")
    assert heard["actions"][0]["value"] == "PA-1042"
    assert heard["user"]["id"] == world.sam.id


def test_a_pressed_button_waits_and_does_not_act_twice(world: World, open_page: Open) -> None:
    page = open_page()
    run(page, "/card")
    world.bot.gate.clear()
    button = page.get_by_role("button", name="Reject")
    button.dblclick()
    expect(button).to_have_attribute("aria-busy", "true")
    world.bot.gate.set()
    expect(button).to_have_count(0)
    assert len(world.bot.of("action")) == 1


def test_a_link_button_leads_away_and_tells_the_bot(world: World, open_page: Open) -> None:
    page = open_page()
    run(page, "/card")
    link = page.get_by_role("link", name="Open the catalogue")
    expect(link).to_have_attribute("href", "https://example.com/catalogue")
    expect(link).to_have_attribute("target", "_blank")
    # The page itself must stay on loopback, so the browser must not follow the link.
    link.evaluate("element => element.addEventListener('click', event => event.preventDefault())")
    link.click()
    wait_until(lambda: world.bot.of("action"))
    assert world.bot.of("action")[0]["actions"][0]["action_id"] == "site"


def test_a_menu_offers_its_actions_by_keyboard_and_asks_first(world: World, open_page: Open) -> None:
    page = open_page()
    run(page, "/card")
    button = page.get_by_role("button", name="More actions")
    button.focus()
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("menuitem", name="View Order Details")).to_be_focused()
    page.keyboard.press("Escape")
    expect(button).to_be_focused()
    expect(page.get_by_role("menuitem")).to_have_count(0)
    button.click()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.get_by_role("alertdialog", name="Go on?").get_by_role("button", name="Yes, approve").click()
    wait_until(lambda: world.bot.of("action"))
    assert world.bot.of("action")[0]["actions"][0]["selected_option"]["value"] == "withdraw"


def test_a_select_in_a_message_tells_the_bot_at_once(world: World, open_page: Open) -> None:
    page = open_page()
    run(page, "/card")
    box = page.get_by_role("combobox", name="Set a state")
    box.click()
    page.get_by_role("option", name="Processing").click()
    expect(box).to_have_value("Processing")
    wait_until(lambda: world.bot.of("action"))
    heard = world.bot.of("action")[0]
    assert heard["actions"][0]["selected_option"]["value"] == "processing"
    assert heard["state"]["values"]["buttons"]["state"]["selected_option"]["value"] == "processing"


def test_menus_in_a_list_are_told_apart_by_what_they_stand_beside(world: World, open_page: Open) -> None:
    page = open_page()
    run(page, "/listing")
    dialog = page.get_by_role("dialog", name="Customer Orders")
    dialog.get_by_role("button", name="More actions: CS2610A7F2").click()
    page.get_by_role("menuitem", name="Payment Details").click()
    wait_until(lambda: world.bot.of("action"))
    assert world.bot.of("action")[0]["actions"][0]["selected_option"]["value"] == "payment-2"
    dialog.get_by_role("button", name="Next ›").click()
    expect(dialog).to_contain_text("4–6 of 9")
    expect(dialog.get_by_role("button", name="More actions: CS2610A7F5")).to_be_visible()
    expect(dialog).not_to_contain_text("CS2610A7F2")


def put(field: Locator, text: str) -> None:
    """Types a JavaScript text, which may not be valid text elsewhere."""
    field.evaluate(f"field => {{ field.value = {text}; field.dispatchEvent(new Event('input', {{bubbles: true}})) }}")


def held(world: World, view_id: str) -> StateValues:
    return world.workspace.views.get(view_id).values


def test_half_a_character_is_sent_as_the_sign_for_what_is_none(world: World, open_page: Open) -> None:
    page = open_page()
    message = page.get_by_label("Message #orders")
    put(message, r"'a\ud800b \ud83d\ude00'")
    message.press("Enter")
    expect(page.get_by_role("log")).to_contain_text("a\ufffdb \U0001f600")
    dialog = form(page)
    put(dialog.get_by_label("Reason"), r"'\udfffx'")
    dialog.get_by_role("combobox", name="Customer").click()
    put(dialog.get_by_role("combobox", name="Customer"), r"'x\ud800'")
    wait_until(lambda: any(heard["value"] == "x\ufffd" for heard in world.bot.of("options")))
    (view,) = world.workspace.views.modals(world.sam.id)
    wait_until(lambda: state.value_of(next(iter(held(world, view.id)["reason"].values()))) == "\ufffdx")
    world.workspace.views.close(view.id)
    expect(page.get_by_role("dialog")).to_have_count(0)
    put(message, r"'/kit \ud800'")
    message.press("Enter")
    wait_until(lambda: world.workspace.delivery.log[-1].payload.get("text") == "\ufffd")
