"""Takes the README's pictures anew, of the demo over a bundle: python docs/take_pictures.py BUNDLE [USER_ID]."""

from __future__ import annotations

import re
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Locator, Page
from rich.console import Console

from bot.demo import Started, start_demo
from bot.settings import load_settings
from tests.support.browser import launched

FOLDER = Path(__file__).parent / "pictures"


def main(bundle: Path, user_id: str) -> None:
    """Walks the main job once and keeps a picture of each screen."""
    with tempfile.TemporaryDirectory() as folder, launched() as browser:
        started = start_demo(load_settings(), bundle, 0, 0, Path(folder), Console(stderr=True))
        if started is None:
            sys.exit(1)
        with started.scope:
            page = browser.new_page(viewport={"width": 1120, "height": 860})
            page.set_default_timeout(8000)
            orders(page, started, user_id)


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
    more = re.compile("More|Operation|options|menu", re.IGNORECASE)
    form.get_by_role("button", name=more).first.click()
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
    form.get_by_role("button", name=more).first.click()
    page.get_by_role("menuitem", name="Payment Details").click()
    dialog(page, "Payment Details")
    keep(page, "payment")
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else "U0NW0001")
