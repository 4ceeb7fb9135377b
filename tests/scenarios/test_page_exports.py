"""Orders exported in a real browser: requested on the results, watched, downloaded, opened, found in the history."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import pytest
from openpyxl import load_workbook
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import text

from bot.demo.demo import Started
from store.database import Database
from store.domain.money import minor_digits
from store.domain.orders.order import OrderStatus
from tests.support.demo import LIN, dialog, running_demo, type_line, window

pytestmark = pytest.mark.chromium

MADE_MS = 60_000
"""Seconds in which an export is written and posted, on a machine where all tests run at once."""

_ORDERS = """
SELECT orders.order_id, orders.currency, orders.official_amount, orders.amount_after_discount FROM orders
JOIN account_managers ON account_managers.key = orders.account_manager_key
WHERE account_managers.account_name = 'lin.chen' AND orders.status = :status AND NOT orders.resellers
"""


@dataclass(frozen=True)
class Place:
    """The demo, and its database."""

    demo: Started
    database: Database


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp("demo")
    with running_demo(folder, 400) as started:
        database = Database(f"sqlite:///{folder / 'order-desk.db'}")
        yield Place(started, database)
        database.close()


def kept(place: Place) -> dict[str, tuple[str, Decimal, Decimal]]:
    """Lin's completed orders of her customers, as in the database: currency, list price, after discount."""
    with place.database.read() as connection:
        rows = connection.execute(text(_ORDERS), {"status": int(OrderStatus.COMPLETED)}).all()
    return {
        row.order_id: (
            row.currency,
            *(Decimal(minor).scaleb(-minor_digits(row.currency)) for minor in row[2:]),
        )
        for row in rows
    }


def same_in_the_workbook(path: Path, kept_orders: dict[str, tuple[str, Decimal, Decimal]]) -> None:
    """Each order is in the file with its amounts, and the summary has their sums."""
    book = load_workbook(path)
    titles, *rows = book["Orders"].iter_rows(values_only=True)
    at = [titles.index(title) for title in ("Order No.", "Currency", "Official Amount", "Amount After Discount")]
    written = {str(row[at[0]]): (row[at[1]], *(Decimal(str(row[i])) for i in at[2:])) for row in rows}
    assert written == kept_orders
    sums: defaultdict[str, list[Decimal]] = defaultdict(lambda: [Decimal(0), Decimal(0), Decimal(0)])
    for currency, *amounts in kept_orders.values():
        sums[currency] = [held + more for held, more in zip(sums[currency], (Decimal(1), *amounts), strict=True)]
    summary = {row[1]: row for row in book["Summary"].iter_rows(values_only=True) if row[0] == "All"}
    assert {
        currency: [Decimal(str(row[2])), Decimal(str(row[3])), Decimal(str(row[5]))]
        for currency, row in summary.items()
    } == sums
    book.close()


def download(page: Page, folder: Path) -> Path:
    """Clicks on the last visible file."""
    link = page.get_by_role("link", name=re.compile(r"^Download Orders .* EX-1\.xlsx$"))
    expect(link.last).to_be_visible()
    with page.expect_download() as caught:
        link.last.click()
    path = folder / caught.value.suggested_filename
    caught.value.save_as(path)
    return path


def test_asked_for_watched_downloaded_and_found_again(browser: Browser, place: Place, tmp_path: Path) -> None:
    workspace, kept_orders = place.demo.workspace, kept(place)
    assert len(kept_orders) > 10
    workspace.faults.add("files.completeUploadExternal", "slow:2")
    page = window(browser, place.demo, LIN)
    type_line(page, "/orders status:completed")
    dialog(page, "Customer Orders").get_by_role("button", name="Export").click()
    form = dialog(page, "Export")
    expect(form).to_contain_text(f"{len(kept_orders)} orders")
    form.get_by_role("button", name="Export", exact=True).click()
    question = dialog(page, "Who will see it")
    expect(question).to_contain_text("may not see these")
    question.get_by_role("button", name="Post it there").click()
    expect(dialog(page, "Export")).to_contain_text("EX-1 is queued")
    bar = page.get_by_text(re.compile(r"[▓░]{20} "))
    expect(bar).to_be_visible()
    expect(bar).to_contain_text("100 %", timeout=MADE_MS)
    expect(page.get_by_text("Records exported successfully")).to_be_visible(timeout=MADE_MS)
    expect(page.get_by_text(f"Completed · {len(kept_orders)} orders")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    same_in_the_workbook(download(page, tmp_path), kept_orders)
    type_line(page, "/export-history")
    history = dialog(page, "Export History")
    history.get_by_role("button", name=re.compile("More", re.I)).first.click()
    page.get_by_role("menuitem", name="Download").click()
    expect(history).to_contain_text("is on its way to your direct messages")
    page.goto(f"{place.demo.address}?as={LIN}&channel={workspace.im(LIN).id}")
    page.keyboard.press("Escape")
    expect(page.get_by_text("as you asked in Export History")).to_be_visible(timeout=MADE_MS)
    same_in_the_workbook(download(page, tmp_path), kept_orders)
    page.close()
