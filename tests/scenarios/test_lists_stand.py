"""The list on a person's screen keeps its order: a decided row stays where it is, with its outcome."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from store.database import Database
from store.domain.adjustments.policy import Policy
from store.domain.people import Actor, Member, Role
from tests.scenarios.test_adjust_price import rows
from tests.scenarios.test_approvals_by_policy import TIERS
from tests.support.adjusting import Desk as Tables
from tests.support.desk import Desk, eventually, running_desk
from tests.support.people import TEAM

NANCY = Actor(Member(TEAM, "U0NANCY", "Nancy Davolio", "nancy", frozenset({Role.SALESPERSON})))


def waiting(database: Database, count: int) -> list[str]:
    """Makes this number of adjustments wait; returns their numbers, in the order of the list."""
    tables = Tables(database)
    tables.now = datetime.now(UTC)
    orders = [tables.order() for _ in range(count)]
    tables.change("UPDATE orders SET pending_payment_end_time = NULL")
    tables.change("UPDATE adjustments SET deadline = NULL")
    return [tables.submitted(NANCY, order).number for order in orders]


@pytest.fixture
def desk(database: Database, tmp_path: Path) -> Iterator[Desk]:
    with running_desk(database, tmp_path) as running:
        yield running


def test_who_comes_too_late_reads_it_in_the_row_and_every_row_stays(desk: Desk) -> None:
    numbers = waiting(desk.database, 3)
    andrew, laura = desk.person("U0ANDREW"), desk.person("U0LAURA")
    laura.open("/approvals")
    andrew.open("/approvals")
    andrew.press("Approve")
    laura.press("Approve")
    assert rows(laura) == rows(andrew) == numbers
    assert "approved and applied by Andrew Fuller" in laura.screen
    assert "Your click changed nothing." in laura.screen
    assert laura.buttons().count("Approve") == 2
    # The next redrawing shows the outcome at the same index.
    laura.press("Approve")
    assert rows(laura) == numbers
    assert "Your click changed nothing." not in laura.screen
    assert laura.screen.count("Order price adjusted successfully") == 2


def test_a_rejection_leaves_the_second_page_as_it_was(desk: Desk) -> None:
    numbers = waiting(desk.database, 13)
    laura = desk.person("U0LAURA")
    laura.open("/approvals")
    assert rows(laura) == numbers[:10]
    laura.press("Next ›")
    assert rows(laura) == numbers[10:]
    laura.press("Reject")
    laura.fill("Reason", "Too much.")
    laura.submit()
    eventually(lambda: "Rejected by Laura Callahan" in laura.screen, "the list, drawn again")
    assert rows(laura) == numbers[10:]
    assert "12 adjustments wait" in laura.screen
    assert "11–13 of 13" in laura.screen
    laura.press("‹ Previous")
    assert rows(laura) == numbers[:10]


def test_what_is_decided_elsewhere_keeps_its_place_in_the_next_drawing(desk: Desk) -> None:
    numbers = waiting(desk.database, 11)
    andrew, laura = desk.person("U0ANDREW"), desk.person("U0LAURA")
    laura.open("/approvals")
    andrew.open("/approvals")
    for _ in range(2):
        andrew.press("Approve")
    laura.click("Approve", laura.modal)
    eventually(lambda: laura.buttons().count("Approve") == 8, "the list, drawn again")
    assert rows(laura) == numbers[:10]
    assert "1–10 of 11" in laura.screen
    laura.press("Next ›")
    assert rows(laura) == numbers[10:]


def test_the_question_tells_both_prices_and_that_another_must_follow(database: Database, tmp_path: Path) -> None:
    with running_desk(database, tmp_path, **TIERS) as desk:
        tables = Tables(database, policy=Policy.of(tiers=TIERS["desk_approval_tiers"]))
        tables.now = datetime.now(UTC)
        tables.order()
        tables.change("UPDATE orders SET pending_payment_end_time = NULL")
        key = tables.rows("SELECT key FROM orders")[0][0]
        tables.submitted(NANCY, int(str(key)))
        andrew = desk.person("U0ANDREW")
        view = andrew.open("/approvals")
        asked = andrew.question("Approve")
        assert "USD 12,400.00 → USD 11,462.50" in asked
        assert "1,637.50 off (12.5 % of list price; at most 30 %)" in asked
        assert "It is not applied yet: 1 more manager must approve." in asked
        assert andrew.click("Approve", view, agreed=False).failure == "not_sent"
        assert "waiting for 2 managers" in andrew.screen
        andrew.press("Approve")
        assert "Approved by Andrew Fuller" in andrew.screen
        assert "It waits for 1 more manager" in andrew.screen
        laura = desk.person("U0LAURA")
        laura.open("/approvals")
        assert "The price is applied at once." in laura.question("Approve")
