"""The person at the page, on large screens and small ones, and several workspaces in turn in one process."""

import pytest
from playwright.sync_api import expect

from sandbox.page import mount_page
from sandbox.server import SandboxServer
from sandbox.workspace import Workspace
from tests.sandbox.page.conftest import Open, World

pytestmark = pytest.mark.chromium


def test_one_can_be_somebody_else_in_the_same_place(world: World, open_page: Open) -> None:
    page = open_page(world.sam)
    page.get_by_role("button", name="You are Sam Salinger").click()
    people = page.get_by_role("navigation", name="People")
    expect(people.get_by_role("link")).to_contain_text(["Sam Salinger", "Mia Manager"])
    expect(people).to_contain_text("Sales manager")
    people.get_by_role("link", name="Mia Manager").click()
    expect(page.get_by_role("button", name="You are Mia Manager")).to_be_visible()
    assert f"as={world.mia.id}" in page.url
    page.get_by_label("Message #orders").fill("as Mia")
    page.keyboard.press("Enter")
    expect(page.get_by_role("article", name="Mia Manager")).to_contain_text("as Mia")


def test_without_a_name_one_is_the_first_person(world: World, open_page: Open) -> None:
    page = open_page()
    page.goto(world.server.url)
    expect(page.get_by_role("button", name="You are Sam Salinger")).to_be_visible()
    page.goto(f"{world.server.url}?as=U0NOBODY&channel=C0NOWHERE")
    expect(page.get_by_role("button", name="You are Sam Salinger")).to_be_visible()


def test_guests_and_strangers_are_told_apart(world: World, open_page: Open) -> None:
    world.workspace.add_user("xe", "Xenia Extern", team_id="T0OTHER", title="Buyer")
    world.workspace.add_user("gus", "Gus Guest", is_restricted=True)
    page = open_page()
    page.get_by_role("button", name="You are Sam Salinger").click()
    people = page.get_by_role("navigation", name="People")
    expect(people.get_by_role("link", name="Xenia Extern")).to_contain_text("Buyer · another organisation")
    expect(people.get_by_role("link", name="Gus Guest")).to_contain_text("guest")


def test_everything_can_be_used_on_a_small_screen(world: World, open_page: Open) -> None:
    page = open_page(width=390, height=844)
    expect(page.get_by_role("button", name="approvals")).to_be_hidden()
    page.get_by_role("button", name="Channels").click()
    page.get_by_role("button", name="approvals").click()
    expect(page.get_by_role("button", name="approvals")).to_be_hidden()
    page.get_by_label("Message #approvals").fill("/kit")
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("button", name="Search")).to_be_in_viewport()
    wide = page.evaluate("document.documentElement.scrollWidth")
    assert wide <= 390
    box = dialog.bounding_box()
    assert box is not None
    assert box["width"] <= 390
    page.keyboard.press("Escape")
    person = world.workspace.person(world.sam.id)
    person.say(world.approvals.id, "a thread")
    page.get_by_role("article").hover()
    page.get_by_role("button", name="Reply in thread").click()
    expect(page.get_by_label("Reply", exact=True)).to_be_in_viewport()
    page.get_by_role("button", name="Close thread").click()
    expect(page.get_by_label("Message #approvals")).to_be_in_viewport()


def test_earlier_messages_come_when_asked_for(world: World, open_page: Open) -> None:
    for number in range(130):
        world.workspace.messages.post(world.orders.id, world.mia.id, f"message {number}.")
    page = open_page()
    expect(page.get_by_text("message 129.", exact=True)).to_be_in_viewport()
    expect(page.get_by_text("message 29.", exact=True)).to_have_count(0)
    page.get_by_role("button", name="Show earlier messages").click()
    expect(page.get_by_text("message 0.", exact=True)).to_be_attached()
    expect(page.get_by_role("button", name="Show earlier messages")).to_have_count(0)


def test_workspaces_take_turns_in_one_process(world: World, open_page: Open) -> None:
    page = open_page()
    expect(page.get_by_text("Northwind Cloud")).to_be_visible()
    context = page.context
    page.close()
    world.server.stop()
    other = Workspace(name="Second")
    pia = other.add_user("pia", "Pia")
    other.add_channel("lounge", [pia])
    server = SandboxServer(other)
    mount_page(server.app, other, [])
    with server:
        fresh = context.new_page()
        fresh.goto(server.url)
        fresh.get_by_label("Message #lounge").fill("hello")
        fresh.keyboard.press("Enter")
        expect(fresh.get_by_role("article", name="Pia")).to_contain_text("hello")
        fresh.close()
