"""Finding and reading an order, by mouse and keyboard, in a real browser, in the demo that people start."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from bot.demo.demo import Started
from tests.support.demo import GRACE, LIN, MATEUS, dialog, running_demo, type_line, window

pytestmark = pytest.mark.chromium


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Started]:
    with running_demo(tmp_path_factory.mktemp("demo"), 400) as started:
        yield started


def choose_from_menu(page: Page, modal: Locator, entry: str) -> None:
    modal.get_by_role("button", name=re.compile("More|Operation|options|menu", re.I)).first.click()
    page.get_by_role("menuitem", name=entry).click()


def test_a_salesperson_finds_an_order_reads_it_and_what_was_paid(browser: Browser, demo: Started) -> None:
    page = window(browser, demo, LIN)
    type_line(page, "/orders")
    form = dialog(page, "Customer Orders")
    form.get_by_role("combobox", name="Order Status").click()
    page.get_by_role("option", name="Completed", exact=True).click()
    page.keyboard.press("Escape")
    form.get_by_role("combobox", name="Order Type").click()
    page.get_by_role("option", name="Purchase", exact=True).click()
    page.keyboard.press("Escape")
    form.get_by_role("button", name="Search").click()
    expect(form).to_contain_text(re.compile(r"\d+ orders"))
    expect(form).to_contain_text("Completed · Purchase")
    expect(form).to_contain_text("1–10 of")
    form.get_by_role("button", name="Next ›").click()
    expect(form).to_contain_text("11–20 of")
    form.get_by_role("button", name="‹ Previous").click()
    expect(form).to_contain_text("1–10 of")
    choose_from_menu(page, form, "View Order Details")
    details = dialog(page, "Order details")
    expect(details).to_contain_text("Account manager")
    expect(details).to_contain_text("lin.chen")
    expect(details).to_contain_text("Items")
    details.get_by_role("button", name="Payment Details").click()
    payment = dialog(page, "Payment Details")
    expect(payment).to_contain_text("Paid Amount (cash)")
    page.keyboard.press("Escape")
    expect(dialog(page, "Order details")).to_contain_text("Account manager")
    page.keyboard.press("Escape")
    expect(dialog(page, "Customer Orders")).to_contain_text("1–10 of")
    page.close()


def test_by_keyboard_alone_in_one_line(browser: Browser, demo: Started) -> None:
    page = window(browser, demo, MATEUS)
    page.get_by_label("Message #sales").focus()
    page.keyboard.type("/orders status:pending-payment")
    page.keyboard.press("Enter")
    results = dialog(page, "Customer Orders")
    expect(results).to_contain_text("Pending payment")
    expect(results).not_to_contain_text("Completed")
    results.get_by_role("button", name="Resellers' Customers").focus()
    page.keyboard.press("Enter")
    expect(results.get_by_role("button", name="Resellers' Customers ✓")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.close()


def test_a_manager_sees_everybodys_orders_and_a_stranger_nothing(browser: Browser, demo: Started) -> None:
    counts = []
    for person in (MATEUS, GRACE):
        page = window(browser, demo, person)
        type_line(page, "/orders last:2y")
        text = dialog(page, "Customer Orders").inner_text()
        found = re.search(r"([\d.,]+)\+? orders", text)
        assert found is not None, text
        counts.append(int(re.sub(r"\D", "", found.group(1))))
        page.keyboard.press("Escape")
        page.close()
    assert counts[1] > counts[0] > 0
    newcomer = next(user for user in demo.workspace.users() if user.name == "newcomer")
    page = window(browser, demo, newcomer.id)
    type_line(page, "/orders")
    expect(page.get_by_text("you are not one yet")).to_be_visible()
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.close()


def test_an_order_is_shared_where_somebody_may_not_see_it_in_short(browser: Browser, demo: Started) -> None:
    page = window(browser, demo, LIN)
    type_line(page, "/orders")
    form = dialog(page, "Customer Orders")
    form.get_by_role("button", name="Search").click()
    expect(form).to_contain_text(re.compile(r"\d+ orders"))
    choose_from_menu(page, form, "View Order Details")
    details = dialog(page, "Order details")
    customer = details.get_by_text(re.compile("^Customer")).first.inner_text().partition("Customer")[2].strip()
    assert customer
    details.get_by_role("button", name="Share").click()
    share = dialog(page, "Share")
    where = share.get_by_role("combobox", name="Channel")
    expect(where).to_have_value("#sales")
    where.click()
    expect(page.get_by_role("option")).to_have_text([re.compile("#sales"), "#random"])
    page.get_by_role("option", name="#random").click()
    share.get_by_label("Note").fill("Who knows them?")
    share.get_by_role("button", name="Share", exact=True).click()
    expect(share).to_contain_text("Order Desk is not in that channel")
    where.click()
    page.get_by_role("option", name="#sales").click()
    share.get_by_role("button", name="Share", exact=True).click()
    asked = dialog(page, "Who will see it")
    expect(asked).to_contain_text(re.compile(r"\d people in #sales may not see order"))
    asked.get_by_role("button", name="Share", exact=True).click()
    expect(dialog(page, "Share")).to_contain_text("is on its way to #sales")
    card = page.get_by_role("article").filter(has_text="Who knows them?")
    for _ in range(3):
        page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(card).to_contain_text("Shared by @Lin Chen")
    expect(card).not_to_contain_text(customer)
    page.close()
    other = window(browser, demo, MATEUS)
    card = other.get_by_role("article").filter(has_text="Who knows them?")
    card.get_by_role("button", name="View Order Details").click()
    expect(other.get_by_text("There is no such order among those you can see")).to_be_visible()
    other.close()
