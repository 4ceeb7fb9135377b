"""The number of statements of each screen: few, and as many for little data as for much, without BEGIN and COMMIT."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event

from store.database import Database
from store.domain.orders.order import DiscountType, OrderStatus
from tests.support.builders import ItemRow, a_customer, an_order
from tests.support.databases import sqlite_copy
from tests.support.desk import Desk, running_desk

MOST = {
    "form": 1,
    "typing ahead, customers": 2,
    "typing ahead, product types": 2,
    "results": 4,
    "next page": 4,
    "details": 8,
    "payment details": 3,
    "adjust form": 5,
    "history": 4,
    "one attempt": 4,
    "approvals": 4,
    "export form": 1,
    "export history": 3,
}
"""By screen. One statement of each looks up the member who asks."""
_BESIDE = ("BEGIN", "COMMIT", "ROLLBACK", "PRAGMA ", "INSERT INTO signatures ")


@contextmanager
def counted(taken: dict[str, int], screen: str) -> Iterator[None]:
    """Counts the statements of the requests answered in this context, without those of the clock's ticks.

    None of them may write, so that a screen can be acknowledged before it is read. The guard's write of the request's
    signature is not part of the screen, and neither are the connection's settings for it.
    """
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        answering = threading.current_thread().name.startswith(("waitress", "after"))
        if answering and not statement.startswith(_BESIDE):
            seen.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield
    finally:
        event.remove(Engine, "before_cursor_execute", note)
    taken[screen] = len(seen)
    assert [statement for statement in seen if statement.startswith(("INSERT", "UPDATE", "DELETE"))] == [], screen


def make_orders(database: Database, number: int, items: int) -> None:
    """Pending orders of a customer of nancy's, with the given number of items each; and one that is paid."""
    acme = a_customer(database, name="Acme GmbH", account_name="acme", account_manager="nancy")
    for place in range(number):
        an_order(
            database,
            f"ADJ-{place:04}",
            customer_key=acme,
            official_amount=f"{100 * items}.00",
            amount_after_discount=f"{90 * items}.00",
            create_time=datetime(2026, 3, 2, 12, tzinfo=UTC) + timedelta(minutes=place),
            pending_payment_end_time=datetime.now(UTC) + timedelta(days=2),
            items=[ItemRow("100.00", "90.00") for _ in range(items)],
            discounts=[(DiscountType.PROMOTION, f"{10 * items}.00")],
            item_discounts=[(item, DiscountType.PROMOTION, "10.00") for item in range(items)],
        )
    an_order(
        database,
        "PAID-0001",
        customer_key=acme,
        status=OrderStatus.COMPLETED,
        create_time=datetime(2026, 4, 1, tzinfo=UTC),
        items=[ItemRow()],
    )


def each_screen(desk: Desk, orders: int, items: int, attempts: int) -> dict[str, int]:
    """Walks through all screens, after adjustments of the given number of orders: the statements of each."""
    taken: dict[str, int] = {}

    def see(screen: str, act: Callable[[], object]) -> None:
        with counted(taken, screen):
            act()

    nancy, laura = desk.person("U0NANCY"), desk.person("U0LAURA")
    for place in range(attempts):
        order = f"ADJ-{place:04}"
        nancy.open(f"/orders {order}")
        nancy.pick(order, "Adjust Price")
        nancy.fill("Reason", "They sign this week.")
        nancy.fill("Amount off, in USD", f"{20 * items}.00")
        nancy.submit()
        desk.card(f"PA-{1001 + place}")
        nancy.person.close(nancy.modal.id, whole_stack=True)
    see("form", lambda: nancy.open("/orders"))
    see("typing ahead, customers", lambda: nancy.offered("Customer", "acm"))
    see("typing ahead, product types", lambda: nancy.offered("Product Type", "a"))
    see("results", nancy.submit)
    if "Next" in " ".join(nancy.buttons()):
        see("next page", lambda: nancy.press(next(label for label in nancy.buttons() if "Next" in label)))
        nancy.press(next(label for label in nancy.buttons() if "Previous" in label))
    see("details", lambda: nancy.pick("PAID-0001", "View Order Details"))
    nancy.close()
    see("payment details", lambda: nancy.pick("PAID-0001", "Payment Details"))
    nancy.person.close(nancy.modal.id, whole_stack=True)
    nancy.open("/orders acme")
    see("adjust form", lambda: nancy.pick(f"ADJ-{orders - 1:04}", "Adjust Price"))
    nancy.person.close(nancy.modal.id, whole_stack=True)
    see("history", lambda: nancy.open("/adjustments"))
    see("one attempt", lambda: nancy.pick("PA-1001", "Items"))
    nancy.person.close(nancy.modal.id, whole_stack=True)
    see("approvals", lambda: laura.open("/approvals"))
    see("export form", lambda: laura.open("/export"))
    see("export history", lambda: laura.open("/export-history"))
    return taken


def test_a_screen_takes_few_statements_and_no_more_for_much(sqlite_template: Path, tmp_path: Path) -> None:
    taken: list[dict[str, int]] = []
    for orders, items, attempts in ((2, 1, 1), (14, 9, 3)):
        with sqlite_copy(sqlite_template, tmp_path) as database:
            make_orders(database, orders, items)
            with running_desk(database, tmp_path) as desk:
                taken.append(each_screen(desk, orders, items, attempts))
    little, much = taken
    assert much.keys() == MOST.keys()
    assert {screen: number for screen, number in much.items() if number > MOST[screen]} == {}
    assert little == {screen: number for screen, number in much.items() if screen in little}
