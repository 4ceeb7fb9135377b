"""People who stop being full members can no longer read, and a slow Slack delays only those it is asked about."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pytest

from bot.slack.asking import WAITING
from handlers.kit.interaction import LATE
from sandbox.values import Json
from store.database import Database
from store.domain.people import Member, Role
from tests.scenarios.test_adjust_price import ask_for, make_orders
from tests.support.desk import PATIENCE, PEOPLE, Desk, eventually, running_desk, words
from tests.support.wire import a_command, calls, get, moment, sent_to, settled

CROWD = tuple(Member("", f"U0CROWD{n}", f"Manager {n}", "", frozenset({Role.MANAGER})) for n in range(20))


@pytest.fixture(params=[False, True], ids=["HTTP", "Socket Mode"])
def desk(request: pytest.FixtureRequest, sqlite_database: Database, tmp_path: Path) -> Iterator[Desk]:
    make_orders(sqlite_database)
    with running_desk(sqlite_database, tmp_path, people=(*PEOPLE, *CROWD), socket_mode=request.param) as running:
        yield running


@pytest.fixture(params=[False, True], ids=["HTTP", "Socket Mode"])
def hasty_desk(request: pytest.FixtureRequest, sqlite_database: Database, tmp_path: Path) -> Iterator[Desk]:
    """A desk that gives up when Slack does."""
    make_orders(sqlite_database)
    people = (*PEOPLE, *CROWD)
    with running_desk(sqlite_database, tmp_path, people=people, socket_mode=request.param, late=LATE) as running:
        yield running


def _look_ups(desk: Desk) -> int:
    return sum(sent.method == "users.info" for sent in desk.workspace.sent)


def _told(desk: Desk, user: str, since: tuple[int, int]) -> str:
    """What the bot told them since then; waits until it is more than an acknowledgement."""
    return "".join(text for text in sent_to(desk.workspace, since)[user] if text != "null")


def _send(desk: Desk, payload: Json) -> None:
    kind = "command" if "command" in payload else payload["type"]
    assert desk.workspace.delivery.send(kind, payload).ok


def test_a_member_reads_without_slack_being_asked_each_time(desk: Desk) -> None:
    nancy = desk.person("U0NANCY")
    for _ in range(5):
        nancy.open("/orders acme")
        nancy.close()
    assert _look_ups(desk) == 1


@pytest.mark.parametrize("changed", [{"is_restricted": True}, {"deleted": True}, {"team_id": "T0ELSEWHERE"}], ids=str)
def test_who_is_no_full_member_any_longer_stops_reading_at_slacks_word(desk: Desk, changed: Json) -> None:
    nancy = desk.person("U0NANCY")
    nancy.open("/orders acme")
    assert "ADJ-1001" in nancy.screen
    desk.workspace.change_user("U0NANCY", **changed)
    told = desk.workspace.announce("U0NANCY")
    assert told is not None
    assert told.ok
    settled(desk)
    since = moment(desk.workspace)
    _send(desk, a_command(desk.workspace, "U0NANCY", "acme"))
    said = eventually(lambda: _told(desk, "U0NANCY", since), "a refusal")
    assert "of this workspace only" in said
    assert "ADJ-1001" not in said


def test_a_word_of_somebodys_change_calls_slack_for_nothing(desk: Desk) -> None:
    desk.person("U0NANCY").open("/orders acme")
    settled(desk)
    asked = calls(desk)
    for user in ("U0NANCY", "U0LAURA", "U0STRANGER", desk.workspace.bot.id):
        for _ in range(2):
            told = desk.workspace.announce(user)
            assert told is not None
            assert told.ok
    settled(desk)
    assert calls(desk) == asked


def test_while_slack_tells_nothing_of_twenty_who_decide_everybody_else_is_answered(hasty_desk: Desk) -> None:
    desk = hasty_desk
    ask_for(desk)
    card = desk.card("PA-1001", "waiting for 1 manager")
    nancy = desk.person("U0NANCY")
    nancy.close()
    asked = _look_ups(desk)
    desk.workspace.faults.add("users.info", "slow:4.5", times=200)
    with ThreadPoolExecutor(len(CROWD)) as crowd:
        clicks = [crowd.submit(desk.person(one.slack_user_id).click, "Approve", card) for one in CROWD]
        nancy.open("/orders acme")
        assert "ADJ-1001" in nancy.screen
        assert get(desk.url, "/healthz")[0] == 200
        assert all(click.result().ok for click in clicks)
    for one in CROWD:
        told = eventually(partial(desk.person(one.slack_user_id).private_messages, card.channel), "a word")
        assert "did not say just now whether you still belong" in told[-1]
    assert "waiting for 1 manager" in words(desk.cards()[0])
    assert _look_ups(desk) - asked <= len(CROWD)
    desk.workspace.faults.clear()
    # The question in progress ends first.
    decider = desk.person(CROWD[0].slack_user_id)
    mention = f"<@{CROWD[0].slack_user_id}>"
    eventually(lambda: decider.click("Approve", card).ok and mention in words(desk.cards()[0]), "a decision")


def test_half_of_the_answering_threads_never_wait_for_slack(
    sqlite_database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_orders(sqlite_database)
    # So that a busy machine changes nothing: Slack is slow, and nobody gives up earlier.
    monkeypatch.setattr("bot.wiring.SLACK_TIMEOUT", PATIENCE)
    with running_desk(sqlite_database, tmp_path, people=(*PEOPLE, *CROWD)) as desk:
        ask_for(desk)
        card = desk.card("PA-1001", "waiting for 1 manager")
        nancy = desk.person("U0NANCY")
        nancy.close()
        desk.workspace.faults.add("users.info", "slow:10", times=200)
        with ThreadPoolExecutor(len(CROWD)) as crowd:
            clicks = [crowd.submit(desk.person(one.slack_user_id).click, "Approve", card) for one in CROWD]
            eventually(lambda: sum(click.done() for click in clicks) == len(CROWD) - WAITING, "all others sent away")
            nancy.open("/orders acme")
            assert get(desk.url, "/healthz")[0] == 200
            assert sum(not click.done() for click in clicks) == WAITING
            assert all(click.result().ok for click in clicks)
