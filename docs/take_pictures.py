"""Takes the README's pictures again, of the demo over a bundle: python docs/take_pictures.py BUNDLE [USER_ID]."""

from __future__ import annotations

import re
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Locator, Page

from bot.demo.demo import Started, start_demo
from bot.settings import load_settings
from bot.terminal import Terminal
from tests.support.browser import launched

FOLDER = Path(__file__).parent / "pictures"


def main(bundle: Path, user_id: str) -> None:
    """Walks the main job once and keeps a picture of each screen."""
    with tempfile.TemporaryDirectory() as folder, launched() as browser:
        started = start_demo(load_settings(), bundle, 0, 0, Path(folder), Terminal(stderr=True))
        if started is None:
            sys.exit(1)
        with started.scope:
            context = browser.new_context(viewport={"width": 1120, "height": 860})
            context.set_default_timeout(15_000)
            page = context.new_page()
            orders(page, started, user_id)
            shares(page)
            adjustments(page, started, user_id)
            exports(page, started, user_id)


def channel(started: Started, name: str) -> str:
    """The id of the sandbox's channel of that name."""
    return next(found.id for found in started.workspace.channels() if found.name == name)


def dialog(page: Page, name: str) -> Locator:
    """The modal of that title, once it is there."""
    found = page.get_by_role("dialog", name=name)
    found.wait_for()
    return found


def line(page: Page, text: str) -> None:
    """Types a line into the channel."""
    page.get_by_label("Message #sales").fill(text)
    page.keyboard.press("Enter")


def keep(page: Page, name: str) -> None:
    """Keeps a picture, once what moves has come to rest."""
    page.wait_for_timeout(500)
    page.screenshot(path=FOLDER / f"{name}.png")


def orders(page: Page, started: Started, user_id: str) -> None:
    """Form, results, details, payment details."""
    page.goto(f"{started.address}?as={user_id}&channel={channel(started, 'sales')}")
    line(page, "/orders")
    form = dialog(page, "Customer Orders")
    form.get_by_role("combobox", name="Customer").fill("er")
    page.get_by_role("option").nth(1).wait_for()
    keep(page, "form")
    page.keyboard.press("Escape")
    form.get_by_role("combobox", name="Order Status").click()
    page.get_by_role("option", name="Pending payment", exact=True).click()
    page.keyboard.press("Escape")
    form.get_by_role("button", name="Search").click()
    form.get_by_text("Newest first").wait_for()
    keep(page, "results")
    form.get_by_role("button", name=MORE).first.click()
    page.get_by_role("menuitem", name="View Order Details").click()
    dialog(page, "Order details")
    keep(page, "details")
    page.keyboard.press("Escape")
    dialog(page, "Customer Orders")
    page.keyboard.press("Escape")
    page.get_by_role("dialog").wait_for(state="detached")
    line(page, "/orders status:completed")
    form = dialog(page, "Customer Orders")
    rows = form.get_by_text("(list ")
    rows.first.wait_for()
    form.get_by_role("button", name=MORE).first.click()
    page.get_by_role("menuitem", name="Payment Details").click()
    dialog(page, "Payment Details")
    keep(page, "payment")
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")


def shares(page: Page) -> None:
    """The question before others read the card, and the card."""
    line(page, "/orders status:pending-payment")
    dialog(page, "Customer Orders").get_by_role("button", name=MORE).first.click()
    page.get_by_role("menuitem", name="View Order Details").click()
    dialog(page, "Order details").get_by_role("button", name="Share").click()
    form = dialog(page, "Share")
    form.get_by_label("Note").fill("They ask for more time to pay. Who knows their finance team?")
    form.get_by_role("button", name="Share", exact=True).click()
    question = dialog(page, "Who will see it")
    keep(page, "share")
    question.get_by_role("button", name="Share", exact=True).click()
    page.get_by_text("is on its way").wait_for()
    close_all(page)
    page.get_by_text("Who knows their finance team?").wait_for()
    keep(page, "shared")


def close_all(page: Page) -> None:
    """Closes the modals one after another."""
    while page.get_by_role("dialog").count():
        page.keyboard.press("Escape")
        page.wait_for_timeout(300)


def adjustments(page: Page, started: Started, user_id: str) -> None:
    """The form with its preview, the card, the decision, the outcome."""
    line(page, "/orders status:pending-payment")
    results = dialog(page, "Customer Orders")
    results.get_by_role("button", name=MORE).nth(1).click()
    page.get_by_role("menuitem", name="Adjust Price").click()
    form = dialog(page, "Adjust Price")
    form.get_by_label("Percentage off").first.check()
    figure = form.get_by_role("textbox", name="Percentage off")
    figure.focus()
    page.keyboard.type("12.5")
    form.get_by_text("(12.5 %)").wait_for()
    form.get_by_label("Reason").focus()
    page.keyboard.type("Competes with another quote; they sign this week.")
    keep(page, "adjust")
    form.get_by_role("button", name="Submit").click()
    form.get_by_role("button", name="Submit").wait_for(state="detached")
    close_all(page)
    manager = next(user for user in started.workspace.users() if "manager" in user.title.lower() and user.id != user_id)
    other = page.context.new_page()
    other.goto(f"{started.address}?as={manager.id}&channel={channel(started, 'price-approvals')}")
    other.get_by_role("button", name="Approve").wait_for()
    keep(other, "card")
    other.get_by_role("button", name="Approve").click()
    question = other.get_by_role("alertdialog")
    question.get_by_role("button", name="Approve").click()
    question.wait_for(state="detached")
    other.get_by_role("button", name="Approve").wait_for(state="detached")
    keep(other, "approved")
    other.close()
    page.goto(f"{started.address}?as={user_id}&channel={started.workspace.im(user_id).id}")
    page.get_by_text("Order price adjusted successfully").first.wait_for()
    keep(page, "outcome")


def exports(page: Page, started: Started, user_id: str) -> None:
    """Asked for, posted, and in the history."""
    page.goto(f"{started.address}?as={user_id}&channel={channel(started, 'sales')}")
    line(page, "/orders since:2026-01-01")
    dialog(page, "Customer Orders").get_by_role("button", name="Export").click()
    form = dialog(page, "Export")
    keep(page, "export")
    form.get_by_role("button", name="Export", exact=True).click()
    page.get_by_role("button", name="Post it there").click()
    page.get_by_text("is queued").wait_for()
    close_all(page)
    page.get_by_text("Records exported successfully").wait_for()
    keep(page, "exported")


MORE = re.compile("More actions")

if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else "U0NW0001")
