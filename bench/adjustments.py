"""Price adjustments through the sandbox workspace: the time until the card appears and until it shows the outcome.

    python -m bench.adjustments --adjustments 200 --at-a-time 8 --json result.json

The bot is a separate process, `python -m bot serve --http`, and gets signed HTTP on loopback; this process is Slack and
its people. Each salesperson works with their own manager and orders, all at the same time: they open the form, fill it
in and submit it; when the card is in the approvals channel, the manager clicks Approve. Measured, in milliseconds: from
the submission to its acknowledgement and to the card, and from the click to its acknowledgement and to the card's final
state, each at the moment at which the workspace has it. The first adjustment of each pair is not counted. p99 is the
smallest value that 99 % do not exceed; with fewer than 100 adjustments, the slowest.

The databases are new: a SQLite file in the folder for temporary files (set TMPDIR for another), and a PostgreSQL
database on the server of TEST_DATABASE_URL, if it answers. Both keep what was acknowledged through a power cut.
"""

from __future__ import annotations

import argparse
import re
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from dataclasses import asdict, dataclass, fields
from datetime import timedelta
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Lock

from rich.console import Console

from bench.report import Report, Spread
from sandbox.errors import NotThereError
from sandbox.values import Change, Delivered, Message
from sandbox.workspace import Workspace
from store.database import Database
from store.domain.adjustments.states import AdjustmentState
from store.domain.clock import system_clock
from store.domain.orders.order import DiscountType
from store.domain.people import Member, Role
from store.services.members import Members
from tests.support.builders import ItemRow, a_customer, an_order
from tests.support.databases import migrated_sqlite, missing_server, postgresql_database, sqlite_copy
from tests.support.desk import Reader, eventually, make_workspace
from tests.support.processes import served

_PATIENCE = 30.0
"""Seconds after which a missing card counts as failed: the outbox has tried again by then."""
_POLICY = {"DESK_APPROVAL_TIERS": "[[100, 1]]", "DESK_MAX_DISCOUNT_PERCENT": "30"}
_ORDER_ID = re.compile(r"BENCH-\d+")


@dataclass(frozen=True, slots=True)
class Times:
    """One adjustment: its submission and its approval, in milliseconds."""

    submit_ack: float
    submit_to_card: float
    click_ack: float
    click_to_final_card: float


_LABELS = {
    "submit_ack": "Submit → acknowledged",
    "submit_to_card": "Submit → card",
    "click_ack": "Approve → acknowledged",
    "click_to_final_card": "Approve → final card",
}


@dataclass(frozen=True, slots=True)
class Run:
    """All measurements on one database; `database` is its name and version, `failed` has the reasons, one a line."""

    database: str
    seconds: float
    times: tuple[Times, ...]
    failed: tuple[str, ...]

    def figures(self) -> dict[str, Spread]:
        """Each way in milliseconds; empty if all failed."""
        if not self.times:
            return {}
        return {field.name: Spread.of(getattr(times, field.name) for times in self.times) for field in fields(Times)}


class Cards:
    """The approvals channel, watched without a break: each state of each card, and when it appeared."""

    def __init__(self, workspace: Workspace, channel_id: str, order_ids: Sequence[str]) -> None:
        self._workspace = workspace
        self._channel_id = channel_id
        self._lock = Lock()
        self._shown: dict[str, Message] = {}
        self._states: dict[str, SimpleQueue[tuple[float, Message]]] = {number: SimpleQueue() for number in order_ids}

    def look(self, change: Change) -> None:
        """Records the cards that are new or changed."""
        if change.channel != self._channel_id:
            return
        now = time.perf_counter()
        with self._lock:
            for message in self._workspace.bot_messages(self._channel_id):
                found = _ORDER_ID.search(message.text)
                if found and self._shown.get(message.ts) is not message:
                    self._shown[message.ts] = message
                    self._states[found.group()].put((now, message))

    def wait(self, order_id: str, state: AdjustmentState) -> tuple[float, Message]:
        """When the order's card first showed that state, by `time.perf_counter`, and the card."""
        until = time.perf_counter() + _PATIENCE
        while True:
            try:
                at, card = self._states[order_id].get(timeout=max(0.0, until - time.perf_counter()))
            except Empty:
                raise AssertionError(f"no card that is {state.label.lower()} within {_PATIENCE:g} s") from None
            if f", {state.label.lower()}:" in card.text:
                return at, card


@dataclass(frozen=True, slots=True)
class Pair:
    """A salesperson, and the manager who approves their adjustments."""

    salesperson: Reader
    manager: Reader
    cards: Cards

    def adjust(self, order_id: str) -> Times:
        """Submits and approves an adjustment of one order. Raises AssertionError if a step fails."""
        self._fill_form(order_id)
        start = time.perf_counter()
        submission = _acknowledged(self.salesperson.person.submit(self.salesperson.modal.id))
        appeared, card = self.cards.wait(order_id, AdjustmentState.PENDING)
        clicked = time.perf_counter()
        click = _acknowledged(self.manager.click("Approve", card))
        final, _ = self.cards.wait(order_id, AdjustmentState.APPLIED)
        return Times(submission, (appeared - start) * 1000, click, (final - clicked) * 1000)

    def _fill_form(self, order_id: str) -> None:
        person = self.salesperson
        if person.person.modals():
            person.person.close(person.modal.id, whole_stack=True)
        person.open(f"/orders {order_id}")
        person.pick(order_id, "Adjust Price")
        person.fill("Reason", "Competes with a quote of 11,500; they sign this week.")
        person.fill("Amount off, in USD", "1637.50")
        eventually(lambda: "*11,462.50*" in person.screen, "the preview")


def _acknowledged(delivered: Delivered) -> float:
    if not delivered.ok or delivered.ack_ms is None:
        raise AssertionError(f"{delivered.kind}: {delivered.failure} {delivered.detail}")
    return delivered.ack_ms


def run(name: str, database: Database, adjustments: int, at_a_time: int) -> Run:
    """Measures `adjustments` adjustments, after one more for each pair, by `at_a_time` pairs at a time."""
    people = [member for place in range(at_a_time) for member in _members(place)]
    for member in people:
        Members(database, system_clock).set("command line", member)
    first = [_orders(database, place, 1, "9") for place in range(at_a_time)]
    counted = [_orders(database, place, len(range(place, adjustments, at_a_time)), "1") for place in range(at_a_time)]
    workspace, sales, approvals = make_workspace(people)
    cards = Cards(workspace, approvals.id, [number for each in (*first, *counted) for number in each])
    readers = [Reader(workspace.person(member.slack_user_id), sales.id) for member in people]
    pairs = [Pair(*both, cards) for both in zip(readers[::2], readers[1::2], strict=True)]
    workspace.subscribe(cards.look)
    with (
        tempfile.TemporaryDirectory() as folder,
        served(workspace, database, Path(folder), DESK_APPROVALS_CHANNEL=approvals.id, **_POLICY),
        ThreadPoolExecutor(at_a_time) as threads,
    ):
        list(threads.map(_adjust_all, pairs, first))
        start = time.perf_counter()
        done = [one for some in threads.map(_adjust_all, pairs, counted) for one in some]
        seconds = time.perf_counter() - start
    times = tuple(one for one in done if isinstance(one, Times))
    return Run(name, seconds, times, tuple(one for one in done if isinstance(one, str)))


def _members(place: int) -> tuple[Member, Member]:
    return (
        Member("", f"U0SALES{place}", f"Salesperson {place}", f"sales{place}", frozenset({Role.SALESPERSON})),
        Member("", f"U0MANAGER{place}", f"Manager {place}", "", frozenset({Role.MANAGER})),
    )


def _orders(database: Database, place: int, number: int, series: str) -> list[str]:
    customer = a_customer(
        database, name=f"Customer {place}", account_name=f"account{place}", account_manager=f"sales{place}"
    )
    order_ids = [f"BENCH-{series}{place:03}{each:05}" for each in range(number)]
    for order_id in order_ids:
        an_order(
            database,
            order_id,
            customer_key=customer,
            official_amount="13100.00",
            amount_after_discount="12400.00",
            pending_payment_end_time=system_clock() + timedelta(days=2),
            items=[ItemRow("9000.00", "8519.08"), ItemRow("4100.00", "3880.92")],
            discounts=[(DiscountType.PROMOTION, "700.00")],
            item_discounts=[(0, DiscountType.PROMOTION, "480.92"), (1, DiscountType.PROMOTION, "219.08")],
        )
    return order_ids


def _adjust_all(pair: Pair, order_ids: Sequence[str]) -> list[Times | str]:
    """The result for each order: its times, or why it failed; the others go on."""
    done: list[Times | str] = []
    for order_id in order_ids:
        try:
            done.append(pair.adjust(order_id))
        except (AssertionError, NotThereError) as error:
            done.append(f"{order_id}: {str(error)[:300]}")
    return done


@contextmanager
def _sqlite() -> Iterator[tuple[str, Database]]:
    with tempfile.TemporaryDirectory() as folder, sqlite_copy(migrated_sqlite(Path(folder)), Path(folder)) as database:
        yield f"SQLite {sqlite3.sqlite_version}", database


@contextmanager
def _postgresql() -> Iterator[tuple[str, Database]]:
    with postgresql_database() as database:
        # Test databases may lose writes in a power cut; the figures are for a desk that does not.
        with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql(f'ALTER DATABASE "{database.url.database}" SET synchronous_commit = on')
            version = connection.exec_driver_sql("SHOW server_version").scalar_one()
        yield f"PostgreSQL {str(version).split()[0]}", database


_DATABASES: dict[str, Callable[[], AbstractContextManager[tuple[str, Database]]]] = {
    "sqlite": _sqlite,
    "postgresql": _postgresql,
}


def report_of(report: Report, runs: Sequence[Run], at_a_time: int) -> None:
    """A row for each way on each database, the failures, and each adjustment's times for the JSON document."""
    report.facts += [
        f"{one.database}: {len(one.times):,} adjustments in {one.seconds:.1f} s, {len(one.failed):,} failed"
        for one in runs
    ]
    report.facts += [f"failed on {one.database}: {reason}" for one in runs for reason in one.failed]
    report.add_table(
        f"{at_a_time} at a time, in milliseconds",
        ("Database", "What", "p50", "p99", "Slowest"),
        [
            (one.database, _LABELS[name], spread.p50, spread.p99, spread.max)
            for one in runs
            for name, spread in one.figures().items()
        ],
    )
    report.figures = {
        "at_a_time": at_a_time,
        "runs": [
            {
                "database": one.database,
                "seconds": one.seconds,
                "adjustments": len(one.times),
                "failed": one.failed,
                "milliseconds": {name: asdict(spread) for name, spread in one.figures().items()},
                "each": [asdict(times) for times in one.times],
            }
            for one in runs
        ],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--adjustments", type=int, default=200, help="number on each database")
    parser.add_argument("--at-a-time", type=int, default=8, help="pairs of a salesperson and a manager")
    parser.add_argument("--databases", nargs="+", choices=_DATABASES, default=list(_DATABASES))
    parser.add_argument("--json", type=Path, help="also write the figures to this file")
    asked = parser.parse_args()
    if min(asked.adjustments, asked.at_a_time) < 1:
        parser.error("--adjustments and --at-a-time are at least 1")
    console, report, runs = Console(), Report("Price adjustments"), []
    for kind in asked.databases:
        if kind == "postgresql" and missing_server():
            console.print(f"PostgreSQL is left out: {missing_server()}", markup=False)
            continue
        with _DATABASES[kind]() as (name, database):
            runs.append(run(name, database, asked.adjustments, asked.at_a_time))
    report_of(report, runs, asked.at_a_time)
    report.show(console)
    if asked.json:
        report.write(asked.json)
    if not runs or any(one.failed for one in runs):
        sys.exit(1)


if __name__ == "__main__":
    main()
