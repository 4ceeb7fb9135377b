"""Modals on the page: the stack, errors in a form, and redrawing without losing what is being typed."""

import pytest
from playwright.sync_api import Page, expect

from tests.sandbox.conftest import wait_until
from tests.sandbox.page.conftest import Open, World
from tests.sandbox.page.pagebot import field, plain, price_blocks, view

pytestmark = pytest.mark.chromium


def run(page: Page, command: str) -> None:
    page.get_by_label("Message #orders").fill(command)
    page.keyboard.press("Enter")


def test_the_client_says_what_is_missing_and_sends_nothing(world: World, open_page: Open) -> None:
    page = open_page()
    run(page, "/kit")
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("combobox", name="Channel").scroll_into_view_if_needed()
    dialog.get_by_role("button", name="Search").click()
    expect(dialog.get_by_role("alert")).to_have_text("Please complete this required field.")
    customer = dialog.get_by_role("combobox", name="Customer")
    expect(customer).to_have_attribute("aria-invalid", "true")
    expect(customer).to_have_accessible_description("Please complete this required field.")
    expect(customer).to_be_focused()
    expect(customer).to_be_in_viewport()
    assert world.bot.of("submission") == []


def test_the_bots_errors_stand_at_their_fields_and_what_was_typed_stays(world: World, open_page: Open) -> None:
    world.bot.on_submit = {"response_action": "errors", "errors": {"note": "No such note."}}
    page = open_page()
    run(page, "/stack")
    dialog = page.get_by_role("dialog")
    note = dialog.get_by_label("Note")
    note.fill("mine")
    dialog.get_by_role("button", name="Done").click()
    expect(dialog.get_by_role("alert")).to_have_text("No such note.")
    expect(note).to_have_value("mine")
    note.focus()
    page.keyboard.type("!")
    expect(dialog.get_by_role("alert")).to_have_count(0)
    world.bot.on_submit = {}
    dialog.get_by_role("button", name="Done").click()
    expect(dialog).to_have_count(0)
    assert world.bot.of("submission")[-1]["view"]["state"]["values"]["note"]["note"]["value"] == "mine!"
    expect(page.get_by_label("Message #orders")).to_be_focused()


def test_the_submit_button_waits_for_the_bot(world: World, open_page: Open) -> None:
    page = open_page()
    run(page, "/stack")
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Note").fill("x")
    world.bot.gate.clear()
    submit = dialog.get_by_role("button", name="Done")
    submit.click()
    expect(submit).to_be_disabled()
    expect(submit).to_have_attribute("aria-busy", "true")
    world.bot.gate.set()
    expect(dialog).to_have_count(0)
    assert len(world.bot.of("submission")) == 1


def test_a_bot_that_does_not_answer_leaves_the_form_as_it_was(world: World, open_page: Open) -> None:
    world.workspace.ack_seconds = 0.2
    page = open_page()
    run(page, "/stack")
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Note").fill("kept")
    world.bot.gate.clear()
    dialog.get_by_role("button", name="Done").click()
    expect(dialog.get_by_role("alert")).to_have_text("We had some trouble connecting. Try again?")
    expect(dialog.get_by_label("Note")).to_have_value("kept")
    expect(dialog.get_by_role("button", name="Done")).to_be_enabled()


def test_typing_is_answered_live_without_losing_focus_or_a_character(world: World, open_page: Open) -> None:
    page = open_page()
    run(page, "/price")
    dialog = page.get_by_role("dialog", name="Adjust Price")
    figure = dialog.get_by_label("New price")
    expect(figure).to_be_focused()
    dialog.get_by_label("Reason").fill("a long story")
    figure.focus()
    page.keyboard.type("11462.50", delay=40)
    expect(dialog).to_contain_text("Proposed: USD 11462.50")
    expect(figure).to_be_focused()
    expect(figure).to_have_value("11462.50")
    expect(dialog.get_by_label("Reason")).to_have_value("a long story")
    page.keyboard.press("Backspace")
    expect(dialog).to_contain_text("Proposed: USD 11462.5")
    dialog.get_by_role("button", name="Submit").click()
    expect(dialog).to_have_count(0)
    values = world.bot.of("submission")[-1]["view"]["state"]["values"]
    assert values["figure"]["figure"]["value"] == "11462.5"
    assert values["why"]["why"]["value"] == "a long story"


def test_an_update_keeps_unchanged_fields_and_begins_new_ones_afresh(world: World, open_page: Open) -> None:
    page = open_page()
    run(page, "/price")
    dialog = page.get_by_role("dialog")
    reason = dialog.get_by_label("Reason")
    reason.fill("typed")
    reason.focus()
    wait_until(lambda: world.workspace.person(world.sam.id).modal().values["why"]["why"]["value"] == "typed")
    blocks = price_blocks("")
    blocks[2] = field("why", "Reason, please", {"type": "plain_text_input", "multiline": True, "initial_value": "no"})
    blocks.append(field("other", "Other", {"type": "plain_text_input", "initial_value": "new here"}))
    modal = world.workspace.person(world.sam.id).modal()
    world.bot.app.client.views_update(view_id=modal.id, view=view("Adjust Price", blocks, "Submit"))
    renamed = dialog.get_by_label("Reason, please")
    expect(renamed).to_have_value("typed")
    expect(renamed).to_be_focused()
    expect(dialog.get_by_label("Other")).to_have_value("new here")


def test_a_pushed_modal_covers_the_first_and_gives_it_back_as_it_was(open_page: Open) -> None:
    page = open_page()
    run(page, "/stack")
    page.get_by_label("Note").fill("still here")
    page.get_by_role("button", name="Deeper").click()
    second = page.get_by_role("dialog", name="Second")
    expect(second).to_contain_text("You are one deeper.")
    expect(page.get_by_label("Note")).to_be_hidden()
    second.get_by_role("button", name="Back").click()
    first = page.get_by_role("dialog", name="First")
    expect(first.get_by_label("Note")).to_have_value("still here")
    expect(first.get_by_role("button", name="Back")).to_be_hidden()
    first.get_by_role("button", name="Deeper").click()
    page.get_by_role("dialog", name="Second").wait_for()
    page.keyboard.press("Escape")
    expect(first).to_be_visible()
    first.get_by_role("button", name="Deeper").click()
    second.get_by_role("button", name="Close", exact=True).click()
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_escape_twice_in_a_row_leaves_two_modals(open_page: Open) -> None:
    page = open_page()
    run(page, "/stack")
    page.get_by_role("button", name="Deeper").click()
    page.get_by_role("dialog", name="Second").wait_for()
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    run(page, "/stack")
    expect(page.get_by_role("dialog", name="First")).to_be_visible()


def test_a_dialog_that_the_browser_closes_stands_until_the_modal_is_closed(open_page: Open) -> None:
    page = open_page()
    run(page, "/stack")
    page.get_by_role("button", name="Deeper").click()
    page.get_by_role("dialog", name="Second").wait_for()
    page.evaluate("document.querySelector('dialog').close()")
    expect(page.get_by_role("dialog", name="First")).to_be_visible()
    page.evaluate("document.querySelector('dialog').close()")
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_a_submission_may_update_push_or_clear(world: World, open_page: Open) -> None:
    page = open_page()
    run(page, "/stack")
    page.get_by_label("Note").fill("x")
    shown = [{"type": "section", "text": plain("Thank you.")}]
    world.bot.on_submit = {"response_action": "update", "view": view("Sent", shown, "Again")}
    page.get_by_role("button", name="Done").click()
    expect(page.get_by_role("dialog", name="Sent")).to_contain_text("Thank you.")
    world.bot.on_submit = {"response_action": "push", "view": view("Third", shown, "On")}
    page.get_by_role("button", name="Again").click()
    expect(page.get_by_role("dialog", name="Third")).to_be_visible()
    world.bot.on_submit = {"response_action": "clear"}
    page.get_by_role("button", name="On", exact=True).click()
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_two_windows_of_one_person_show_the_same_form(world: World, open_page: Open) -> None:
    one, two = open_page(world.sam), open_page(world.sam)
    run(one, "/stack")
    one.get_by_label("Note").fill("from the first")
    expect(two.get_by_label("Note")).to_have_value("from the first")
    two.get_by_label("Note").fill("from the second")
    expect(one.get_by_label("Note")).to_have_value("from the second")
    two.get_by_role("button", name="Done").click()
    expect(one.get_by_role("dialog")).to_have_count(0)
    assert world.bot.of("submission")[-1]["view"]["state"]["values"]["note"]["note"]["value"] == "from the second"


def test_the_focus_stays_inside_a_modal(open_page: Open) -> None:
    page = open_page()
    run(page, "/stack")
    page.get_by_role("dialog").wait_for()
    for _ in range(12):
        page.keyboard.press("Tab")
        inside = page.evaluate("document.activeElement === document.body || !!document.activeElement.closest('dialog')")
        assert inside
