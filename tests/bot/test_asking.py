"""Slack is asked on separate threads: how many requests wait, and that the same question is asked only once."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from bot.slack.asking import Asking, SlackSlow
from tests.support.desk import PATIENCE, eventually

LONG = 4 * PATIENCE


class Slack:
    """Answers when the test says so, and counts the questions."""

    def __init__(self) -> None:
        self.open = threading.Event()
        self.begun = threading.Semaphore(0)
        self.asked: list[str] = []
        self._lock = threading.Lock()

    def question(self, name: str) -> Callable[[], str]:
        def ask() -> str:
            with self._lock:
                self.asked.append(name)
                answer = f"{name} {len(self.asked)}"
            self.begun.release()
            assert self.open.wait(LONG)
            return answer

        return ask

    def wait_for(self, questions: int = 1) -> None:
        for _ in range(questions):
            assert self.begun.acquire(timeout=PATIENCE)


@pytest.fixture
def slack() -> Iterator[Slack]:
    made = Slack()
    yield made
    made.open.set()


@pytest.fixture
def people() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(64) as threads:
        yield threads


def _waiting(asking: Asking, key: str) -> int:
    with asking._lock:
        return sum(q.waiters for q in (asking._open.get(key), asking._following.get(key)) if q)


def ask_in_vain(asking: Asking, slack: Slack, name: str, keep: Callable[[str], None] = lambda _: None) -> None:
    """Asks, and gives up when Slack has been asked: a question given up earlier is not asked at all."""
    while name not in slack.asked:
        with pytest.raises(SlackSlow):
            asking.result(name, slack.question(name), seconds=0.2, keep=keep)


def test_twenty_who_need_slack_hold_eight_threads_and_the_others_are_sent_away(
    slack: Slack, people: ThreadPoolExecutor
) -> None:
    asking = Asking(stall_seconds=0.0)

    def ask(n: int) -> Future[str]:
        return people.submit(lambda: asking.result(n, slack.question(f"{n}"), seconds=LONG))

    first = [ask(n) for n in range(8)]
    slack.wait_for(8)
    for more in [ask(n) for n in range(8, 20)]:
        with pytest.raises(SlackSlow):
            more.result(PATIENCE)
    assert not any(one.done() for one in first)
    slack.open.set()
    assert len({one.result(PATIENCE) for one in first}) == 8
    assert len(slack.asked) == 8
    assert ask(21).result(PATIENCE)


def test_who_finds_all_places_taken_gets_the_next_that_is_free(slack: Slack, people: ThreadPoolExecutor) -> None:
    asking = Asking(waiting=1, stall_seconds=LONG)
    first = people.submit(lambda: asking.result(1, slack.question("1"), seconds=LONG))
    slack.wait_for()
    second = people.submit(lambda: asking.result(2, slack.question("2"), seconds=LONG))
    eventually(lambda: asking._in_lobby == 1, "somebody who waits for a place")
    slack.open.set()
    assert first.result(PATIENCE) == "1 1"
    assert second.result(PATIENCE) == "2 2"


def test_while_slack_answers_a_hundred_who_ask_at_once_are_all_answered(people: ThreadPoolExecutor) -> None:
    asking = Asking(stall_seconds=LONG)
    asked = [people.submit(asking.result, number, lambda: "it", seconds=LONG) for number in range(100)]
    assert [one.result(PATIENCE) for one in asked] == ["it"] * 100


def test_who_waited_for_a_place_takes_what_somebody_else_was_given_meanwhile(
    slack: Slack, people: ThreadPoolExecutor
) -> None:
    asking = Asking(waiting=1, stall_seconds=LONG)
    kept: list[str] = []

    def ask() -> Future[str]:
        def have() -> str | None:
            return kept[0] if kept else None

        return people.submit(
            lambda: asking.result("ann", slack.question("ann"), seconds=LONG, keep=kept.append, have=have)
        )

    first = ask()
    slack.wait_for()
    more = [ask() for _ in range(5)]
    eventually(lambda: asking._in_lobby == 5, "five who wait for a place")
    slack.open.set()
    assert {one.result(PATIENCE) for one in (first, *more)} == {"ann 1"}


def test_the_same_asked_at_once_is_asked_once(slack: Slack, people: ThreadPoolExecutor) -> None:
    asking = Asking()
    kept: list[str] = []
    all_ = [
        people.submit(lambda: asking.result("ann", slack.question("ann"), seconds=LONG, keep=kept.append))
        for _ in range(8)
    ]
    eventually(lambda: _waiting(asking, "ann") == 8, "eight who wait")
    slack.open.set()
    assert {one.result(PATIENCE) for one in all_} == {"ann 1"}
    assert kept == ["ann 1"]
    assert not asking._open


def test_who_needs_a_fresh_answer_gets_one_that_was_asked_for_after_them_and_shares_it(
    slack: Slack, people: ThreadPoolExecutor
) -> None:
    asking = Asking()

    def ask(*, fresh: bool) -> Future[str]:
        return people.submit(lambda: asking.result("ann", slack.question("ann"), seconds=LONG, fresh=fresh))

    old = ask(fresh=False)
    slack.wait_for()
    fresh = [ask(fresh=True) for _ in range(5)]
    eventually(lambda: _waiting(asking, "ann") == 6, "six who wait")
    slack.open.set()
    assert old.result(PATIENCE) == "ann 1"
    assert {one.result(PATIENCE) for one in fresh} == {"ann 2"}
    assert len(slack.asked) == 2


def test_an_answer_that_was_overtaken_is_neither_kept_nor_given_to_who_asks_later(
    slack: Slack, people: ThreadPoolExecutor
) -> None:
    asking = Asking()
    kept: list[str] = []

    def ask() -> Future[str]:
        return people.submit(lambda: asking.result("ann", slack.question("ann"), seconds=LONG, keep=kept.append))

    before = ask()
    slack.wait_for()
    asking.outdate("ann")
    after = ask()
    eventually(lambda: _waiting(asking, "ann") == 2, "two who wait")
    slack.open.set()
    assert before.result(PATIENCE) == "ann 1"
    assert after.result(PATIENCE) == "ann 2"
    assert kept == ["ann 2"]


def test_who_waits_too_long_is_told_so_and_what_comes_then_is_kept(slack: Slack) -> None:
    asking = Asking()
    kept: list[str] = []
    with pytest.raises(SlackSlow):
        asking.result("ann", slack.question("ann"), seconds=0.0, keep=kept.append)
    ask_in_vain(asking, slack, "bob", kept.append)
    slack.open.set()
    eventually(lambda: not asking._open, "an end of all questions")
    assert "bob" in {text[:3] for text in kept}


def test_a_question_that_nobody_waits_for_any_longer_is_not_asked(slack: Slack) -> None:
    asking = Asking(threads=1)
    ask_in_vain(asking, slack, "first")
    for number in range(50):
        with pytest.raises(SlackSlow):
            asking.result(number, slack.question("late"), seconds=0.0)
    slack.open.set()
    eventually(lambda: not asking._open, "an end of all questions")
    assert slack.asked == ["first"]


def test_what_is_asked_ahead_is_bounded_and_holds_nobody(slack: Slack) -> None:
    asking = Asking()
    kept: list[str] = []
    for number in range(20):
        asking.ask_ahead(number, slack.question("ahead"), kept.append)
        asking.ask_ahead(number, slack.question("ahead"), kept.append)
    slack.wait_for(4)
    slack.open.set()
    eventually(lambda: not asking._open, "an end of all questions")
    assert len(kept) == len(slack.asked) == 4
    asking.ask_ahead("more", slack.question("more"), kept.append)
    eventually(lambda: len(kept) == 5, "room again")


def test_what_goes_wrong_is_told_to_all_who_wait_and_ends_the_question() -> None:
    asking = Asking()

    def fail() -> str:
        raise ConnectionResetError

    for _ in range(2):
        with pytest.raises(ConnectionResetError):
            asking.result("ann", fail, seconds=LONG)
    assert not asking._open


def test_once_the_process_ends_nothing_is_asked() -> None:
    asking = Asking()
    asking.close()
    with pytest.raises(SlackSlow):
        asking.result("ann", lambda: "ann", seconds=LONG)
