"""Three processes of three deciders each, all at one adjustment in one moment: it has one outcome, once."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from store.database import Database
from store.domain.adjustments.policy import Policy
from store.domain.adjustments.pricing import ByPercentage
from store.services.audit import Audit
from tests.support.adjusting import Desk, a_request
from tests.support.desk import eventually
from tests.support.effort import effort

PROCESSES, THREADS = 3, 3
ROUNDS = effort(100, 5_000)
MANAGERS = [f"U0M{at}" for at in range(PROCESSES * THREADS)]
pytestmark = pytest.mark.timeout(effort(300, 50_000))


class Rivals:
    """The processes, ready to start at one moment over any database."""

    def __init__(self) -> None:
        command = [sys.executable, "-m", "tests.races.rival"]
        self.processes = [
            subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            for _ in range(PROCESSES)
        ]

    def at_once(self, desk: Desk, acts: list[dict[str, Any]]) -> list[str]:
        """What came of each act, in their order; they are dealt out to the processes."""
        told = {"url": desk.database.url.render_as_string(hide_password=False), "start": time.time() + 0.01}
        for at, process in enumerate(self.processes):
            assert process.stdin is not None
            process.stdin.write(json.dumps({**told, "acts": acts[at::PROCESSES]}) + "\n")
            process.stdin.flush()
        results = [""] * len(acts)
        for at, process in enumerate(self.processes):
            assert process.stdout is not None
            results[at::PROCESSES] = json.loads(process.stdout.readline())
        return results

    def close(self) -> None:
        for process in self.processes:
            process.communicate()


@pytest.fixture(scope="module")
def rivals() -> Iterator[Rivals]:
    made = Rivals()
    yield made
    made.close()


@pytest.fixture
def desk(database: Database) -> Desk:
    desk = Desk(database, Policy.of(tiers=[(20, 1), (100, 2)]))
    for user in MANAGERS:
        desk.manager(user)
    return desk


def outcomes(desk: Desk, key: int) -> list[object]:
    return [
        row[0]
        for row in desk.rows(
            f"SELECT step FROM adjustment_events WHERE adjustment_key = {key}"
            " AND step IN ('applied', 'rejected', 'withdrawn', 'expired', 'stale')"
        )
    ]


def check_one_of_everything(desk: Desk, keys: list[int]) -> None:
    """One outcome, one audit row and one word of it, for each adjustment; and nothing of the audit is lost."""
    for statement in (
        "SELECT subject_key FROM outbox WHERE kind = 'adjustment.outcome'",
        "SELECT adjustment_key FROM adjustment_events WHERE step IN ('applied', 'rejected', 'withdrawn', 'expired')",
    ):
        assert Counter(row[0] for row in desk.rows(statement)) == dict.fromkeys(keys, 1)
    audited = desk.rows("SELECT subject FROM audit WHERE action NOT IN ('adjustment.submitted', 'adjustment.approved')")
    assert Counter(row[0] for row in audited) == {f"PA-{1000 + key}": 1 for key in keys}
    assert Audit(desk.database).verify(None).whole


def test_the_race_is_seen_where_the_guard_is_off(desk: Desk, rivals: Rivals) -> None:
    nancy = desk.salesperson()

    def decided_twice() -> bool:
        key = desk.submitted(nancy, desk.order()).key
        results = rivals.at_once(desk, [{"do": "unguarded", "key": key} for _ in MANAGERS])
        return results.count("rejected") > 1

    # On a busy machine they seldom meet.
    eventually(decided_twice, "a decision that was made twice")


def test_nine_deciders_and_one_outcome(desk: Desk, rivals: Rivals) -> None:
    """Approvals, rejections, the requester and the clock, all at once."""
    steven = desk.manager("U0STEVEN")
    made, seen = [], Counter[str]()
    for turn in range(ROUNDS):
        key = desk.submitted(steven, desk.order()).key
        made.append(key)
        acts: list[dict[str, Any]] = [
            {"do": "approve" if (at + turn) % 2 else "reject", "user": user, "key": key, "request": a_request()}
            for at, user in enumerate(MANAGERS)
        ]
        acts[turn % 9] = {"do": "withdraw", "user": "U0STEVEN", "key": key, "request": a_request()}
        acts[(turn + 4) % 9] = {"do": "expire", "key": key}
        results = Counter(rivals.at_once(desk, acts))
        decided = {state: results.pop(state, 0) for state in ("applied", "rejected", "withdrawn", "expired")}
        assert sum(decided.values()) == 1, (decided, results)
        assert set(results) <= {"AlreadyDecided", "not expired"}
        (outcome,) = (state for state, number in decided.items() if number)
        assert outcomes(desk, key) == [outcome]
        seen[outcome] += 1
    check_one_of_everything(desk, made)
    assert len(seen) > 1


def test_two_of_nine_approvals_count_where_two_are_needed(desk: Desk, rivals: Rivals) -> None:
    nancy = desk.salesperson()
    made = []
    for _ in range(effort(20, 1_000)):
        order = desk.order()
        key = desk.submitted(nancy, order, ByPercentage(Decimal(25))).key
        made.append(key)
        acts = [{"do": "approve", "user": user, "key": key, "request": a_request()} for user in MANAGERS]
        results = Counter(rivals.at_once(desk, acts))
        assert results == {"pending": 1, "applied": 1, "AlreadyDecided": 7}
        (price,) = desk.rows(f"SELECT amount_after_discount FROM orders WHERE key = {order}")
        assert price == (982_500,)
    check_one_of_everything(desk, made)


def test_one_request_delivered_nine_times_has_one_effect(desk: Desk, rivals: Rivals) -> None:
    nancy = desk.salesperson()
    for turn in range(effort(20, 1_000)):
        key = desk.submitted(nancy, desk.order()).key
        acts = [{"do": "approve", "user": "U0M0", "key": key, "request": f"click {turn}"} for _ in MANAGERS]
        assert Counter(rivals.at_once(desk, acts)) == {"applied": 9}
        assert outcomes(desk, key) == ["applied"]
        order = desk.order()
        acts = [{"do": "submit", "user": "U0M0", "order": order, "request": f"draft {turn}"} for _ in MANAGERS]
        (answer,) = Counter(rivals.at_once(desk, acts)).items()
        assert answer[1] == 9
        assert answer[0].startswith("PA-")


def test_nine_submissions_for_one_order_leave_one_undecided(desk: Desk, rivals: Rivals) -> None:
    for _ in range(effort(20, 1_000)):
        order = desk.order()
        acts = [{"do": "submit", "user": user, "order": order, "request": a_request()} for user in MANAGERS]
        results = Counter(rivals.at_once(desk, acts))
        assert results.pop("NotAdjustable") == 8
        assert len(results) == 1
        assert len(desk.rows(f"SELECT key FROM adjustments WHERE order_key = {order}")) == 1
