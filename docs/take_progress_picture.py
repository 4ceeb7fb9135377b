"""Takes the README's picture of an export half-way, of a million orders: python -m docs.take_progress_picture.

The whole way is walked in the sandbox's page, as people would: asked for, looked at half-way, and waited for until the
file is posted. The orders are those of the benchmarks (`bench.orders_data`), of which a copy is worked on.
"""

from __future__ import annotations

import sqlite3
import tempfile
import time
from contextlib import closing
from pathlib import Path

from bench.orders_data import filled
from bot.demo.demo import serve_demo
from bot.settings import load_settings
from bot.terminal import Terminal
from docs.take_pictures import channel, close_all, dialog, keep, line
from store.database import Database
from store.domain.clock import system_clock
from store.domain.people import Member, Role
from store.services.members import Members
from tests.support.browser import launched

ORDERS = 1_000_000
MANAGER = "U0DESKGW4"
BAR = r"▓+░+  (4[7-9]|5\d) %"
"""Half-way, and a little beyond."""
PATIENCE_MS = 3_600_000


def main() -> None:
    """Exports all orders to the channel, and keeps a picture at about half."""
    out = Terminal(stderr=True)
    with tempfile.TemporaryDirectory() as folder, launched() as browser:
        url = f"sqlite:///{_copy(Path(folder))}"
        database = Database(url)
        members = Members(database, system_clock)
        members.set("command line", Member("", MANAGER, "Grace Walker", "", frozenset({Role.MANAGER})))
        database.close()
        started = serve_demo(load_settings(), url, 0, Path(folder))
        with started.scope:
            page = browser.new_context(viewport={"width": 1120, "height": 540}).new_page()
            page.goto(f"{started.address}?as={MANAGER}&channel={channel(started, 'sales')}")
            line(page, "/export all")
            dialog(page, "Who will see it").get_by_role("button", name="Post it there").click()
            begun = time.monotonic()
            page.get_by_text("Tasks exported successfully").wait_for()
            close_all(page)
            page.locator(f"text=/{BAR}/").wait_for(timeout=PATIENCE_MS)
            keep(page, "half-way")
            out.print(f"half-way after {time.monotonic() - begun:.0f} s")
            page.get_by_text("Completed").first.wait_for(timeout=PATIENCE_MS)
            out.print(f"posted after {time.monotonic() - begun:.0f} s")


def _copy(folder: Path) -> Path:
    path = folder / "orders.db"
    with filled("sqlite", ORDERS) as database:
        kept_path = str(database.url.database)
    with closing(sqlite3.connect(kept_path)) as kept, closing(sqlite3.connect(path)) as mine:
        kept.backup(mine)
    return path


if __name__ == "__main__":
    main()
