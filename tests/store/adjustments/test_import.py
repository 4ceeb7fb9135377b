"""An import of orders whose prices were adjusted: the adjustment stands until the source knows better."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from store.database import Database
from store.domain.adjustments.pricing import ByAmount
from store.domain.adjustments.states import AdjustmentState, Step
from store.domain.adjustments.transitions import Verb
from store.domain.imports import ImportReport
from store.domain.orders.order import OrderStatus
from store.queries.adjustments.write import lock_order
from store.services.audit import Audit
from tests.support.adjusting import Desk, a_request
from tests.support.amounts import usd
from tests.support.bundles import NOW, Parts, discount, item, order, run_import, small_bundle, write_folder

DUE = {"status": "pending payment", "payment_time": "", "pending_payment_end_time": "2027-01-16T23:59:59Z"}


def bundle(after: str = "900.00", **others: str) -> Parts:
    """The small bundle and a pending order of USD 1,000.00 list, with a promotion of what it is less than that."""
    less = f"{1000 - float(after):.2f}"
    parts = small_bundle()
    parts["orders"].append(order("11070", "ALFKI", "1000.00", after, **(DUE | others)))
    second = f"{600 - float(less):.2f}"
    parts["order_items"] += [item("11070-1", "11070", "400.00", "400.00"), item("11070-2", "11070", "600.00", second)]
    parts["order_discounts"].append(discount("11070", "11070-2", "200", less))
    return parts


class Source:
    """Bundles, written and imported one after the other."""

    def __init__(self, desk: Desk, folder: Path) -> None:
        self.desk = desk
        self.folder = folder

    def brings(self, parts: Parts, **options: Any) -> ImportReport:
        return run_import(self.desk.database, write_folder(self.folder, parts), **options)


@pytest.fixture
def desk(database: Database) -> Desk:
    return Desk(database, now=NOW)


@pytest.fixture
def source(desk: Desk, tmp_path: Path) -> Source:
    source = Source(desk, tmp_path / "bundle")
    source.brings(bundle())
    return source


def adjust(desk: Desk, amount: str, order_id: str = "11070") -> int:
    steven, andrew = desk.manager("U0STEVEN"), desk.manager()
    ((key,),) = desk.rows(f"SELECT key FROM orders WHERE order_id = '{order_id}'")
    asked = desk.submitted(steven, int(str(key)), ByAmount(usd(amount)))
    done = desk.adjustments().decide(andrew, Verb.APPROVE, asked.key, a_request())
    assert done.state is AdjustmentState.APPLIED
    return done.key


def money_of(desk: Desk) -> dict[str, list[tuple[object, ...]]]:
    of_it = "WHERE order_key = (SELECT key FROM orders WHERE order_id = '11070') ORDER BY order_line_item_id"
    return {
        "order": desk.rows("SELECT status, amount_after_discount FROM orders WHERE order_id = '11070'"),
        "items": desk.rows(f"SELECT order_line_item_id, amount_after_discount FROM order_items {of_it}"),
        "discounts": desk.rows(
            f"SELECT order_line_item_id, discount_type, discount_amount FROM order_discounts {of_it}"
        ),
    }


def test_the_amounts_from_before_leave_the_adjusted_price_and_change_nothing(desk: Desk, source: Source) -> None:
    key = adjust(desk, "250.00")
    adjusted = money_of(desk)
    assert adjusted["order"] == [(6, 75_000)]
    assert [row[1:] for row in adjusted["discounts"]] == [(609, 10_000), (609, 15_000)]
    report = source.brings(bundle())
    assert report.unchanged
    assert (report.written, report.overridden) == (True, ())
    assert money_of(desk) == adjusted
    summary = desk.adjustments().to_tell(key).summary
    assert (summary.state, summary.overridden_at) == (AdjustmentState.APPLIED, None)


def test_what_is_not_about_the_price_is_taken_over_beside_it(desk: Desk, source: Source) -> None:
    adjust(desk, "250.00")
    adjusted = money_of(desk)
    report = source.brings(bundle(user_name="somebody", pending_payment_end_time="2027-02-01T00:00:00Z"))
    assert (report.overridden, report.unchanged) == ((), False)
    assert money_of(desk) == adjusted
    assert desk.rows("SELECT user_name FROM orders WHERE order_id = '11070'") == [("somebody",)]


def test_the_amounts_from_before_the_first_of_two_leave_the_second(desk: Desk, source: Source) -> None:
    adjust(desk, "150.00")
    adjust(desk, "250.00")
    adjusted = money_of(desk)
    assert source.brings(bundle()).unchanged
    assert money_of(desk) == adjusted


def test_the_adjusted_amounts_in_any_status_are_no_difference(desk: Desk, source: Source) -> None:
    key = adjust(desk, "250.00")
    parts = bundle("750.00", status="5", payment_time="2026-11-21T00:00:00Z")
    parts["order_items"][-2]["amount_after_discount"] = "300.00"
    parts["order_items"][-1]["amount_after_discount"] = "450.00"
    parts["order_discounts"][-1:] = [
        discount("11070", "11070-1", "609", "100.00"),
        discount("11070", "11070-2", "609", "150.00"),
    ]
    report = source.brings(parts)
    assert (report.overridden, report.unchanged) == ((), False)
    assert money_of(desk)["order"] == [(5, 75_000)]
    assert desk.adjustments().to_tell(key).summary.overridden_at is None


@pytest.mark.parametrize(
    ("after", "others", "status"),
    [
        ("900.00", {"status": "5", "payment_time": "2026-11-21T00:00:00Z"}, OrderStatus.COMPLETED),
        ("900.00", {"status": "cancelled"}, OrderStatus.CANCELLED),
        ("880.00", {}, OrderStatus.PENDING_PAYMENT),
        ("900.00", {"coupon_amount": "1.00"}, OrderStatus.PENDING_PAYMENT),
    ],
)
def test_other_amounts_or_another_status_win_and_are_audited_and_reported(
    desk: Desk, source: Source, after: str, others: dict[str, str], status: OrderStatus
) -> None:
    key = adjust(desk, "250.00")
    shown = f"SELECT revision FROM outbox WHERE topic = 'adjustment.card/{key}'"
    ((before,),) = desk.rows(shown)
    dry = source.brings(bundle(after, **others), dry_run=True)
    assert desk.rows(shown) == [(before,)]
    report = source.brings(bundle(after, **others))
    # The card, which calls it applied, is drawn again.
    assert desk.rows(shown) == [(int(str(before)) + 1,)]
    (override,) = report.overridden
    assert dry.overridden == report.overridden
    assert (override.number, override.order_id) == ("PA-1001", "11070")
    assert (str(override.price), str(override.source_price)) == ("USD 750.00", f"USD {after}")
    assert (override.status, override.source_status) == (OrderStatus.PENDING_PAYMENT, status)
    assert f"11070: its source has USD {after}" in str(override)
    cents = int(after.replace(".", ""))
    money = money_of(desk)
    assert money["order"] == [(status, cents)]
    assert money["discounts"] == [("11070-2", 200, 100_000 - cents)]
    adjustment = desk.adjustments().to_tell(key)
    assert adjustment.summary.overridden_at == NOW
    assert adjustment.events[-1].step is Step.OVERRIDDEN
    audited = desk.rows("SELECT actor, subject, details FROM audit WHERE action = 'adjustment.overridden'")
    assert [row[:2] for row in audited] == [("command line", "PA-1001")]
    assert json.loads(str(audited[0][2]))["after"] == f"USD {after}"
    assert Audit(desk.database).verify(None).whole
    again = source.brings(bundle(after, **others))
    assert (again.overridden, again.unchanged) == ((), True)


def test_once_the_source_has_won_its_amounts_from_before_win_too(desk: Desk, source: Source) -> None:
    adjust(desk, "250.00")
    source.brings(bundle("880.00"))
    source.brings(bundle())
    assert money_of(desk)["order"] == [(6, 90_000)]
    later = adjust(desk, "200.00")
    assert source.brings(bundle()).unchanged
    assert money_of(desk)["order"] == [(6, 80_000)]
    assert desk.adjustments().to_tell(later).summary.superseded_by is None


def test_an_undecided_adjustment_is_stale_once_the_source_brings_other_amounts(desk: Desk, source: Source) -> None:
    steven, andrew = desk.manager("U0STEVEN"), desk.manager()
    ((key,),) = desk.rows("SELECT key FROM orders WHERE order_id = '11070'")
    asked = desk.submitted(steven, int(str(key)), ByAmount(usd("250.00")))
    assert source.brings(bundle("880.00")).overridden == ()
    done = desk.adjustments().decide(andrew, Verb.APPROVE, asked.key, a_request())
    assert done.state is AdjustmentState.STALE
    assert done.found is not None
    assert done.found.amount_after_discount == usd("880.00")


def _statements(desk: Desk, brings: Callable[[], object]) -> list[int]:
    """How many values each statement of an import is given at a time, those of staging itself left out."""
    given: list[int] = []

    def note(
        _connection: object, _cursor: object, statement: str, values: Sequence[object], _context: object, many: bool
    ) -> None:
        if not (many or statement.startswith("COPY")):
            given.append(len(values))

    event.listen(desk.database.engine, "before_cursor_execute", note)
    try:
        brings()
    finally:
        event.remove(desk.database.engine, "before_cursor_execute", note)
    return given


def test_many_adjusted_orders_cost_no_more_statements_nor_longer_ones(desk: Desk, source: Source) -> None:
    parts, numbers = bundle(), ("11071", "11072", "11073")
    for number in numbers:
        parts["orders"].append(order(number, "ALFKI", "1000.00", "1000.00", **DUE))
        parts["order_items"].append(item(f"{number}-1", number, "1000.00", "1000.00"))
    source.brings(parts)
    for number in ("11070", numbers[0]):
        adjust(desk, "250.00", number)
    of_two = _statements(desk, lambda: source.brings(parts))
    for number in numbers[1:]:
        adjust(desk, "250.00", number)
    of_four = _statements(desk, lambda: source.brings(parts))
    assert desk.rows("SELECT amount_after_discount FROM orders WHERE order_id LIKE '1107%'") == [(75_000,)] * 4
    assert of_four == of_two


@pytest.mark.postgresql
def test_an_import_waits_for_a_decision_under_way_and_sees_it(postgresql_only: Database, tmp_path: Path) -> None:
    desk = Desk(postgresql_only, now=NOW)
    source = Source(desk, tmp_path / "bundle")
    source.brings(bundle())
    ((key,),) = desk.rows("SELECT key FROM orders WHERE order_id = '11070'")
    reports: list[ImportReport] = []
    importing = threading.Thread(target=lambda: reports.append(source.brings(bundle("880.00"))))
    with postgresql_only.write() as connection:
        lock_order(connection, int(str(key)))
        importing.start()
        importing.join(timeout=1)
        assert importing.is_alive()
        assert reports == []
    importing.join()
    assert reports[0].written
