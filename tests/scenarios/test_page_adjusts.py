"""A price adjusted in a real browser: a salesperson asks in one window, a manager decides in a second one."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from bot.demo.demo import Started
from tests.support.demo import GRACE, KENJI, dialog, running_demo, type_line, window

pytestmark = pytest.mark.chromium


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Started]:
    with running_demo(tmp_path_factory.mktemp("demo"), 2000) as started:
        yield started


def picture(page: Page, name: str) -> None:
    folder = os.environ.get("PICTURES_DIR")
    if folder:
        page.screenshot(path=Path(folder) / f"{name}.png")


def open_form(page: Page) -> None:
    """Opens the form of the first order whose price may be adjusted and whose items leave room for it."""
    results = dialog(page, "Customer Orders")
    for menu in results.get_by_role("button", name=re.compile("More|Operation|options|menu", re.I)).all():
        menu.click()
        expect(page.get_by_role("menuitem", name="View Order Details")).to_be_visible()
        entry = page.get_by_role("menuitem", name="Adjust Price")
        if not entry.count():
            page.keyboard.press("Escape")
            continue
        entry.click()
        form = dialog(page, "Adjust Price")
        if form.get_by_role("button", name="Submit").count():
            return
        page.keyboard.press("Escape")
        expect(results).to_be_visible()
    raise AssertionError("no order on the page may be adjusted")


def test_asked_in_one_window_and_decided_in_another(browser: Browser, demo: Started) -> None:
    workspace = demo.workspace
    approvals = next(channel for channel in workspace.channels() if channel.name == "price-approvals")
    kenji = window(browser, demo, KENJI)
    type_line(kenji, "/orders status:pending-payment")
    open_form(kenji)
    form = dialog(kenji, "Adjust Price")
    most = re.search(r"at most ([\d.,]*\d)", form.inner_text())
    assert most is not None
    form.get_by_label(re.compile("Amount off, in")).press_sequentially(most.group(1), delay=30)
    expect(form).to_contain_text(f"− {most.group(1)} (")
    expect(form).to_contain_text("Needs 1 manager.")
    expect(form).to_contain_text("This affects your incentives")
    form.get_by_label("Reason").fill("Competes with a quote; they sign this week.")
    picture(kenji, "adjust-form")
    form.get_by_role("button", name="Submit").click()
    submitted = dialog(kenji, re.compile("Adjustment PA-"))
    expect(submitted).to_contain_text("was submitted")
    grace = window(browser, demo, GRACE, approvals.id)
    expect(grace.get_by_text("waiting for 1 manager")).to_be_visible()
    picture(grace, "approval-card")
    there = window(browser, demo, KENJI, workspace.im(KENJI).id)
    expect(there.get_by_text("Order price adjusted successfully")).to_have_count(0)
    grace.get_by_role("button", name="Approve").click()
    question = grace.get_by_role("alertdialog")
    expect(question).to_contain_text("The price is applied at once.")
    picture(grace, "approve-question")
    question.get_by_role("button", name="Approve").click()
    expect(grace.get_by_role("button", name="Approve")).to_have_count(0)
    expect(grace.get_by_text("Order price adjusted successfully").first).to_be_visible()
    picture(grace, "decided-card")
    expect(there.get_by_text("Order price adjusted successfully").first).to_be_visible()
    there.keyboard.press("Escape")
    there.keyboard.press("Escape")
    picture(there, "outcome")
    for page in (kenji, grace, there):
        page.close()
