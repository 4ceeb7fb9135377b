"""A manager's list in a real browser: two clicks on one spot decide one adjustment, and no row moves."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from sqlalchemy import text

from bot.demo.demo import Started
from bot.deps import build_deps
from store.database import Database
from store.domain.adjustments.pricing import ByPercentage
from store.domain.errors import DomainError
from store.domain.people import Actor
from tests.support.demo import GRACE, KENJI, dialog, running_demo, type_line, window

pytestmark = pytest.mark.chromium

WAITING = 4
SLACK = 20
"""Pixels that a row may move: two lines of text are a little higher than a row of buttons. Rows are over 200 apart."""


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Started, Database]]:
    with running_demo(tmp_path_factory.mktemp("approvals"), 2000) as started:
        database = Database(started.bot._settings.database_url.get_secret_value())
        deps = build_deps(database, started.bot._settings)
        member = deps.members.find(started.workspace.team_id, KENJI)
        assert member is not None
        kenji = Actor(member, origin="test")
        with database.read() as connection:
            orders = list(connection.execute(text("SELECT key FROM orders ORDER BY key")).scalars())
        made = 0
        for order in orders:
            try:
                deps.adjustments.submit(kenji, order, ByPercentage(Decimal(9)), "They sign.", f"page {order}")
            except DomainError:
                continue
            made += 1
            if made == WAITING:
                break
        assert made == WAITING
        yield started, database
        database.close()


def picture(page: Page, name: str) -> None:
    folder = os.environ.get("PICTURES_DIR")
    if folder:
        page.screenshot(path=Path(folder) / f"{name}.png")


def tops(modal: Locator) -> dict[str, float]:
    """The vertical position of each adjustment's text, by its number."""
    found = {}
    for row in modal.get_by_text(re.compile(r"PA-\d+  ")).all():
        number = re.search(r"PA-\d+", row.inner_text())
        box = row.bounding_box()
        assert number is not None
        assert box is not None
        found[number.group()] = box["y"]
    return found


def applied(database: Database) -> int:
    with database.read() as connection:
        return int(connection.execute(text("SELECT count(*) FROM adjustments WHERE state = 'applied'")).scalar_one())


def test_two_clicks_on_one_spot_decide_one_adjustment(browser: Browser, database: tuple[Started, Database]) -> None:
    demo, data = database
    grace = window(browser, demo, GRACE)
    type_line(grace, "/approvals")
    modal = dialog(grace, "Approvals")
    expect(modal.get_by_role("button", name="Approve")).to_have_count(WAITING)
    before = tops(modal)
    assert len(before) == WAITING
    picture(grace, "approvals-before")
    spot = modal.get_by_role("button", name="Approve").first.bounding_box()
    assert spot is not None
    at = (spot["x"] + spot["width"] / 2, spot["y"] + spot["height"] / 2)
    grace.mouse.click(*at)
    question = grace.get_by_role("alertdialog")
    expect(question).to_contain_text(re.compile(r"Approve PA-\d+\?"))
    expect(question).to_contain_text("→")
    expect(question).to_contain_text("off (9 % of list price; at most")
    expect(question).to_contain_text("The price is applied at once.")
    picture(grace, "approvals-question")
    # The second click on the same spot decides nothing; neither does a click without confirmation.
    grace.mouse.click(*at)
    assert applied(data) == 0
    if not question.count():
        grace.mouse.click(*at)
    agree = question.get_by_role("button", name="Approve").bounding_box()
    assert agree is not None
    yes = (agree["x"] + agree["width"] / 2, agree["y"] + agree["height"] / 2)
    grace.mouse.click(*yes)
    grace.mouse.click(*yes)
    expect(modal).to_contain_text("Order price adjusted successfully")
    expect(modal.get_by_role("button", name="Approve")).to_have_count(WAITING - 1)
    grace.mouse.click(*at)
    grace.mouse.click(*at)
    grace.wait_for_timeout(1_000)
    picture(grace, "approvals-after")
    after = tops(modal)
    assert list(after) == list(before)
    assert all(abs(after[number] - before[number]) <= SLACK for number in before)
    expect(grace.get_by_role("alertdialog")).to_have_count(0)
    assert applied(data) == 1
    grace.close()
