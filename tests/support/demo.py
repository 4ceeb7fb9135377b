"""The demo as people start it, and its page in a real browser, for tests marked `chromium`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Locator, Page, expect

from bot.demo.demo import Started, start_demo
from bot.settings import Settings
from bot.terminal import Terminal
from tests.support import desk
from tests.support.browser import PATIENCE

LIN, MATEUS, KENJI, GRACE = "U0DESKLC1", "U0DESKMS2", "U0DESKKT5", "U0DESKGW4"
"""People of the sample data: three salespeople, the last of them also a manager, who sees all orders; and a manager."""


@contextmanager
def running_demo(folder: Path, orders: int) -> Iterator[Started]:
    """A demo with that number of orders, in a workspace whose timeouts suit a busy machine."""
    started = start_demo(Settings(_env_file=None), None, orders, 0, folder, Terminal(quiet=True))
    assert started is not None
    with started.scope:
        started.workspace.ack_seconds = desk.ACK_PATIENCE
        started.workspace.triggers.seconds = desk.PATIENCE
        yield started


def window(browser: Browser, demo: Started, user_id: str, channel_id: str = "") -> Page:
    """A new window of that person, on that channel (by default #sales), with no modal open."""
    person = demo.workspace.person(user_id)
    while modals := person.modals():
        # A modal of an earlier test, whose window is closed: a modal belongs to the person, not to the window.
        person.close(modals[-1].id)
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.set_default_timeout(PATIENCE)
    sales = next(channel for channel in demo.workspace.channels() if channel.name == "sales")
    page.goto(f"{demo.address}?as={user_id}&channel={channel_id or sales.id}")
    expect(page.get_by_label(re.compile("^Message "))).to_be_visible()
    return page


def type_line(page: Page, line: str) -> None:
    """Writes a line in #sales and sends it."""
    page.get_by_label("Message #sales").fill(line)
    page.keyboard.press("Enter")


def dialog(page: Page, name: str | re.Pattern[str]) -> Locator:
    """The modal with that title, once it is open."""
    found = page.get_by_role("dialog", name=name)
    expect(found).to_be_visible()
    return found
