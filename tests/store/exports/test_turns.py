"""Requesters take turns: nobody waits for all that another has queued, however many workers there are."""

from __future__ import annotations

import multiprocessing
import random
from collections import Counter
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import event, insert, text

from handlers.exports.views import queued_text, summary_text
from handlers.kit.refusals import sentence
from store.database import Database
from store.domain.exports.errors import TooManyWaiting
from store.domain.exports.export import ExportState, FailureReason
from store.domain.exports.turns import MOST_WAITING, Waiting, in_turn
from store.domain.exports.work import Claim
from store.domain.outbox import NotSent
from store.tables import ExportRow
from tests.races.claimers import claim_all
from tests.support.builders import NOON
from tests.support.effort import effort
from tests.support.exporting import ExportDesk, a_request_key, export_all

NAMES = ("nancy", "janet", "robert", "steven")
_context = multiprocessing.get_context("forkserver")
_context.set_forkserver_preload(["tests.races.claimers"])


def served_to(desk: ExportDesk) -> list[str]:
    """The requesters, in the order in which their exports were taken up."""
    return [row[0] for row in desk.rows("SELECT requester FROM exports WHERE served IS NOT NULL ORDER BY served")]


def at_most_once_between(turns: Sequence[str], somebody: str, waits: Sequence[bool]) -> None:
    """Between two turns of this requester, while one of theirs waits, everybody else has one at most."""
    own = [at for at, who in enumerate(turns) if who == somebody]
    for first, second in pairwise(own):
        if all(waits[first:second]):
            assert max(Counter(turns[first + 1 : second]).values(), default=0) <= 1


# --- the rule


@given(st.lists(st.tuples(st.sampled_from(NAMES), st.none() | st.integers(1, 5)), max_size=40))
def test_in_turn_everybody_has_one_at_a_time(queued: list[tuple[str, int | None]]) -> None:
    last = dict(queued)
    waiting = [Waiting(key, ("T", who), last[who]) for key, (who, _) in enumerate(queued)]
    order = in_turn(waiting)
    assert sorted(order) == list(range(len(queued)))
    turns = [queued[key][0] for key in order]
    for who in set(turns):
        own = [key for key in order if queued[key][0] == who]
        assert own == sorted(own)
        until = max(at for at, one in enumerate(turns) if one == who)
        at_most_once_between(turns[: until + 1], who, [True] * len(turns))
        assert max(Counter(turns[: turns.index(who)]).values(), default=0) <= 1


def test_who_had_no_turn_yet_is_next_and_then_whose_is_longest_ago() -> None:
    waiting = [Waiting(1, ("T", "a"), 7), Waiting(2, ("T", "b"), 3), Waiting(3, ("T", "c"), None)]
    assert in_turn([*waiting, Waiting(4, ("T", "c"), None)]) == (3, 2, 1, 4)


# --- the queue


def test_the_first_export_of_another_is_next_however_many_wait(desk: ExportDesk) -> None:
    nancy, janet = desk.salesperson(), desk.salesperson("janet")
    many = [desk.queued(nancy) for _ in range(MOST_WAITING)]
    running = desk.claimed()
    assert running.key == many[0].key
    one = desk.exports.queue(janet, export_all(), a_request_key()).export
    assert one.ahead == 1
    assert desk.claimed().key == one.key
    assert [desk.claimed().key for _ in many[1:]] == [export.key for export in many[1:]]


class Life:
    """Exports queued, taken up, failed, put off, given back and cancelled in any order, by several workers."""

    def __init__(self, desk: ExportDesk, seed: int) -> None:
        self.desk = desk
        self.chance = random.Random(seed)
        self.people = [desk.salesperson(name) for name in NAMES]
        self.held: list[Claim] = []
        self.turns: list[str] = []
        self.waits: dict[str, list[bool]] = {actor.member.slack_user_id: [] for actor in self.people}

    def step(self) -> None:
        self.chance.choices((self.queue, self.claim, self.end, self.cancel), (5, 4, 3, 1))[0]()

    def queue(self) -> None:
        try:
            self.desk.queued(self.chance.choice(self.people))
        except TooManyWaiting:
            assert max(waiting(self.desk).values()) == MOST_WAITING

    def claim(self) -> None:
        before, expected = waiting(self.desk), ahead(self.desk)
        found = self.desk.work.claim("worker")
        assert (found is None) == (not before)
        if found is None:
            return
        assert expected[found.key] == min(expected.values())
        assert found.key not in {one.key for one in self.held}
        self.held.append(found)
        self.turns.append(found.export.requester.slack_user_id)
        for who, waited in self.waits.items():
            waited.append(before[who] > (who == self.turns[-1]))

    def end(self) -> None:
        if not self.held:
            return
        one = self.held.pop(self.chance.randrange(len(self.held)))
        assert self.chance.choice(
            (
                lambda: self.desk.work.fail(one, FailureReason.FOLDER),
                lambda: self.desk.work.fail(one, FailureReason.SLACK, 0.0),
                lambda: self.desk.work.release(one),
            )
        )()

    def cancel(self) -> None:
        keys = [row[0] for row in self.desk.rows("SELECT key FROM exports WHERE state = 'waiting'")]
        if keys:
            self.desk.exports.cancel(self.desk.manager(), self.chance.choice(keys), a_request_key())


@pytest.mark.parametrize("seed", range(effort(6, 300)))
def test_whatever_happens_nobody_waits_for_two_of_anybody(desk: ExportDesk, seed: int) -> None:
    life = Life(desk, seed)
    for _ in range(effort(60, 300)):
        life.step()
    for who, waited in life.waits.items():
        at_most_once_between(life.turns, who, waited)
    assert len(set(life.turns)) > 1


def waiting(desk: ExportDesk) -> Counter[str]:
    return Counter(row[0] for row in desk.rows("SELECT requester FROM exports WHERE state = 'waiting'"))


def ahead(desk: ExportDesk) -> dict[int, int]:
    """What Export History says of all that wait."""
    page = desk.exports.history(desk.manager())
    found = {row.key: row.ahead for row in page.rows if row.ahead is not None}
    while page.next is not None:
        page = desk.exports.history(desk.manager(), page.next)
        found |= {row.key: row.ahead for row in page.rows if row.ahead is not None}
    return found


def test_processes_that_claim_at_once_keep_the_turns_and_take_none_twice(desk: ExportDesk) -> None:
    for number, name in enumerate(NAMES):
        actor = desk.salesperson(name)
        for _ in range(MOST_WAITING - 2 * number):
            desk.queued(actor)
    keys = {row[0] for row in desk.rows("SELECT key FROM exports")}
    expected = in_turn(
        Waiting(key, ("T", who), None) for key, who in desk.rows("SELECT key, requester FROM exports ORDER BY key")
    )
    url = desk.database.url.render_as_string(hide_password=False)
    with _context.Pool(4) as pool:
        claimed = pool.starmap(claim_all, [(url, str(desk.folder), f"worker {at}") for at in range(4)])
    taken = [key for of_one in claimed for key in of_one]
    assert len(taken) == len(set(taken))
    assert set(taken) == keys
    assert tuple(row[0] for row in desk.rows("SELECT key FROM exports ORDER BY served")) == expected
    assert [sorted(of_one, key=expected.index) for of_one in claimed] == claimed


def test_what_is_to_be_posted_holds_up_nobody_and_takes_no_turn(desk: ExportDesk) -> None:
    nancy, janet = desk.salesperson(), desk.salesperson("janet")
    desk.queued(nancy)
    claim = desk.claimed()
    desk.written(claim)
    first, second = desk.queued(janet), desk.queued(nancy)
    assert ahead(desk) == {first.key: 0, second.key: 1}
    assert desk.posting.settle(desk.uploaded(claim), NotSent("http_500", 0.0), reason=FailureReason.SLACK)
    assert [desk.claimed().key for _ in range(2)] == [first.key, second.key]
    assert served_to(desk) == ["U0NANCY", "U0JANET", "U0NANCY"]


# --- how many wait


def test_one_person_may_have_only_so_many_waiting_and_is_told_what_to_do(desk: ExportDesk) -> None:
    nancy, janet, manager = desk.salesperson(), desk.salesperson("janet"), desk.manager()
    failed = desk.queued(nancy)
    assert desk.work.fail(desk.claimed(), FailureReason.FOLDER)
    waiting = [desk.queued(nancy) for _ in range(MOST_WAITING)]
    # What was asked for a moment ago is that export, and no new one.
    assert desk.exports.queue(nancy, export_all(), a_request_key()).again
    with pytest.raises(TooManyWaiting) as refused:
        desk.queued(nancy)
    assert sentence(refused.value).text == (
        "10 exports of yours are already waiting, and no more may wait at once. Nothing was queued. "
        "Try again once one of them is done, or cancel one in /export-history."
    )
    with pytest.raises(TooManyWaiting) as refused:
        desk.exports.retry(manager, failed.key, a_request_key())
    assert "10 exports of its requester are already waiting" in sentence(refused.value).text
    assert desk.exports.to_tell(failed.key).state is ExportState.FAILED
    assert desk.queued(janet).state is ExportState.WAITING
    # One that is cancelled makes room for one.
    desk.exports.cancel(nancy, waiting[3].key, a_request_key())
    assert desk.exports.retry(nancy, failed.key, a_request_key()).state is ExportState.WAITING
    with pytest.raises(TooManyWaiting):
        desk.queued(nancy)


def test_a_refused_request_leaves_nothing_and_the_same_click_is_served_later(desk: ExportDesk) -> None:
    nancy = desk.salesperson()
    for _ in range(MOST_WAITING):
        desk.queued(nancy)
    desk.claimed()
    desk.queued(nancy)
    desk.now = desk.now.replace(hour=23)
    with pytest.raises(TooManyWaiting):
        desk.exports.queue(nancy, export_all(), "click")
    desk.claimed()
    assert not desk.exports.queue(nancy, export_all(), "click").again


def test_how_many_are_ahead_is_told_where_it_is_true(desk: ExportDesk) -> None:
    nancy, janet = desk.salesperson(), desk.salesperson("janet")
    for _ in range(3):
        desk.queued(nancy)
    desk.claimed()
    queued = desk.exports.queue(janet, export_all(), a_request_key())
    assert "1 export is ahead of it" in queued_text(queued)
    shown = [summary_text(row, nancy) for row in desk.exports.history(nancy).rows]
    assert "3 exports are ahead of it" in shown[0]
    assert "2 exports are ahead of it" in shown[1]
    assert "ahead" not in shown[2]


# --- what it costs


def test_what_was_exported_once_is_not_gone_through(desk: ExportDesk) -> None:
    nancy = desk.salesperson()
    desk.queued(nancy)
    with desk.database.write() as connection:
        row = dict(connection.execute(text("SELECT * FROM exports")).mappings().one())
        kept = {name: value for name, value in row.items() if value is not None and name != "key"}
        done = {**kept, "state": "completed", "queued_at": NOON, "waiting_since": NOON, "attempts": 1, "fencing": 1}
        rows = [{**done, "served": number, "requester": f"U0{number % 99}"} for number in range(20_000)]
        connection.execute(insert(ExportRow), rows)
        connection.execute(text("ANALYZE"))
    history = plans_of(desk.database, lambda: desk.exports.queue(nancy, export_all(), "click"))
    claims = plans_of(desk.database, lambda: desk.work.claim("worker"))
    assert len(claims) > 3
    for plan in [*history, *claims]:
        assert not [step for step in plan if "SCAN exports" in step and "USING" not in step], plan
        assert not [step for step in plan if "Seq Scan on exports" in step], plan


def plans_of(database: Database, work: Callable[[], object]) -> list[list[str]]:
    """The plan of each statement about exports that the work has the database execute."""
    asked: list[tuple[str, Any]] = []

    def note(_connection: object, _cursor: object, statement: str, values: object, *_: object) -> None:
        if "FROM exports" in statement or "UPDATE exports" in statement:
            asked.append((statement, values))

    event.listen(database.engine, "before_cursor_execute", note)
    try:
        work()
    finally:
        event.remove(database.engine, "before_cursor_execute", note)
    explain = "EXPLAIN QUERY PLAN" if database.sqlite else "EXPLAIN"
    with database.write() as connection:
        return [
            [str(row[-1]) for row in connection.exec_driver_sql(f"{explain} {statement}", cast("Any", values))]
            for statement, values in asked
        ]
