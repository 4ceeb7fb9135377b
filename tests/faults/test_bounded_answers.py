"""However Slack refuses to show an answer, the bot makes few calls for it, and logs few lines."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from bot.metrics import Metrics
from bot.slack.follow_up import FollowUp
from bot.wiring import web_client
from handlers.adjustments import ids as adjusting
from handlers.adjustments.state import AdjustmentHistoryState
from handlers.kit.interaction import read_ask
from handlers.kit.replies import say_in_channel
from sandbox.values import Json
from store.database import Database
from store.domain.adjustments.transitions import Verb
from store.domain.errors import DatabaseUnavailable
from store.domain.outbox import News
from tests.scenarios.test_adjust_price import ask_for, make_orders
from tests.support.databases import sqlite_copy
from tests.support.desk import Desk, running_desk
from tests.support.logs import captured_logs
from tests.support.wire import a_command, a_view, an_action, an_event, calls, deliver, settled

NANCY, LAURA = "U0NANCY", "U0LAURA"
METHODS = (
    "views.open",
    "views.push",
    "views.update",
    "views.publish",
    "chat.update",
    "chat.postEphemeral",
    "chat.postMessage",
    "conversations.open",
)
KINDS = (
    "429",
    "500",
    "503",
    "lost_before",
    "lost_after",
    "error:internal_error",
    "error:fatal_error",
    "error:ratelimited",
    "error:messages_tab_disabled",
    "error:cannot_dm_bot",
    "error:user_not_found",
    "error:channel_not_found",
    "error:user_not_in_channel",
    "error:expired_trigger_id",
    "error:account_inactive",
    "error:some_code_of_tomorrow",
)
MOST_CALLS = 6
"""Twice the screen and its follow-up, if answers were lost; a private message, and a direct message."""


@pytest.fixture(scope="module")
def desk(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    folder = tmp_path_factory.mktemp("bounded")
    with sqlite_copy(sqlite_template, folder) as database:
        make_orders(database)
        with running_desk(database, folder) as running:
            ask_for(running)
            running.card("PA-1001")
            running.settled()
            yield running


@pytest.fixture(autouse=True)
def _well_again(desk: Desk) -> Iterator[None]:
    yield
    desk.workspace.faults.clear()


def _made(desk: Desk, since: int) -> list[str]:
    """The calls since then, except lookups of people."""
    return [method for method in calls(desk, since) if method != "users.info"]


def _command(desk: Desk, line: str, **changed: str) -> Json:
    name, _, rest = line.partition(" ")
    payload = a_command(desk.workspace, NANCY, rest, name)
    return payload | ({"response_url": f"{payload['response_url']}-gone"} if changed else {})


def _own_approval(desk: Desk, *, modal: bool) -> Json:
    """A refusal that a listener raises: nobody withdraws another member's adjustment."""
    view = a_view(desk.workspace, LAURA, adjusting.HISTORY, AdjustmentHistoryState().dump()) if modal else None
    return an_action(desk.workspace, LAURA, adjusting.pressed(Verb.WITHDRAW), "1", view=view)


WAYS: dict[str, Callable[[Desk], Json]] = {
    "a modal opened": partial(_command, line="/orders"),
    "words beside a command": partial(_command, line="/orders colour:red", gone="yes"),
    "help beside a command": partial(_command, line="/orders help", gone="yes"),
    "a modal over a modal": lambda desk: an_action(
        desk.workspace, NANCY, "order.details", "1", view=a_view(desk.workspace, NANCY, "orders.results", "{}")
    ),
    "a modal redrawn": lambda desk: an_action(
        desk.workspace, NANCY, "orders.refine", view=a_view(desk.workspace, NANCY, "orders.results", "{}")
    ),
    "a modal from a message": lambda desk: an_action(desk.workspace, NANCY, "order.details", "1"),
    "a refusal over a modal": partial(_own_approval, modal=True),
    "a refusal in a channel": partial(_own_approval, modal=False),
    "an old button": lambda desk: an_action(desk.workspace, NANCY, "of.yesterday"),
    "the Home tab": lambda desk: an_event(desk.workspace, NANCY),
    "a stranger": lambda desk: an_action(desk.workspace, "U0STRANGER", "order.details", "1"),
}


@pytest.mark.no_cover
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("way", WAYS)
def test_an_answer_is_given_up_after_few_calls(desk: Desk, way: str, kind: str) -> None:
    payload = WAYS[way](desk)
    for method in METHODS:
        desk.workspace.faults.add(method, kind, times=10_000)
    since = len(desk.workspace.sent)
    with captured_logs() as logs:
        assert deliver(desk, payload)[0] == 200
        settled(desk)
    made = _made(desk, since)
    assert len(made) <= MOST_CALLS, made
    assert logs.getvalue().count("\n") <= MOST_CALLS + 3
    assert "Traceback" not in logs.getvalue()


@pytest.mark.parametrize("kind", KINDS)
def test_what_was_done_waits_in_the_outbox_and_not_in_calls(
    sqlite_database: Database, tmp_path: Path, kind: str
) -> None:
    make_orders(sqlite_database)
    with running_desk(sqlite_database, tmp_path) as desk:
        ask_for(desk)
        desk.card("PA-1001")
        desk.settled()
        nancy = desk.person(NANCY)
        nancy.close()
        view = nancy.open("/adjustments")
        for method in METHODS:
            desk.workspace.faults.add(method, kind, times=10_000)
        since = len(desk.workspace.sent)
        nancy.click("Withdraw", view)
        settled(desk)
        made = _made(desk, since)
        screens = [method for method in made if method == "views.update"]
        assert len(screens) <= 2
        # The outbox tells the card, the outcome and the message, each again only after a growing pause.
        assert len(made) - len(screens) <= 9, made
        desk.workspace.faults.clear()


def test_sixteen_clicks_at_once_are_sixteen_times_as_many_calls_at_most(desk: Desk) -> None:
    for method in METHODS:
        desk.workspace.faults.add(method, "500", times=10_000)
    since = len(desk.workspace.sent)
    for _ in range(16):
        deliver(desk, an_action(desk.workspace, NANCY, "order.details", "1"))
    settled(desk)
    made = _made(desk, since)
    assert len(made) <= 16 * MOST_CALLS


def test_what_slack_wants_left_alone_is_not_asked_by_the_next_click(sqlite_database: Database, tmp_path: Path) -> None:
    # This test has its own desk, because the bot does not call what Slack limited in an earlier test.
    make_orders(sqlite_database)
    with running_desk(sqlite_database, tmp_path) as desk:
        for method in METHODS:
            desk.workspace.faults.add(method, "429", times=10_000, retry_after=600)
        payloads = [an_action(desk.workspace, LAURA, "order.details", "1") for _ in range(5)]
        since = len(desk.workspace.sent)
        for payload in payloads:
            deliver(desk, payload)
            settled(desk)
    made = _made(desk, since)
    assert sorted(made) == ["chat.postEphemeral", "chat.postMessage", "views.open"]


def test_what_was_done_is_told_at_once_where_it_cannot_be_kept(desk: Desk) -> None:
    def full(_news: News) -> None:
        raise DatabaseUnavailable("disk is full")

    ask = read_ask(an_action(desk.workspace, LAURA, adjusting.pressed(Verb.WITHDRAW), "1"))
    assert ask is not None
    desk.workspace.faults.add("chat.postEphemeral", "error:channel_not_found", times=10_000)
    client = web_client(desk.bot._settings)
    said = "PA-1001 was withdrawn, although nobody can write that down."
    done = replace(say_in_channel(ask, said), done=True)
    FollowUp(client, Metrics(), full).make(ask, done, "REF")
    desk.told(LAURA, said)
