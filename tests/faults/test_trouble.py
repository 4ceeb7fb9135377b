"""Every tenth Slack call fails, every click comes three times, and three processes serve one database.

What was acknowledged is done once; when the trouble ends, everything has been told once, and the outbox is empty.
"""

from __future__ import annotations

import random
import secrets
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from time import time

import pytest

from bot.wiring import Bot
from handlers.adjustments import ids
from handlers.adjustments.state import AdjustmentFormState, ReasonState
from handlers.kit.ids import INPUT
from sandbox.values import Json
from store.database import Database
from store.domain.adjustments.transitions import Verb
from store.services.audit import Audit
from store.services.outbox import Outbox
from tests.scenarios.test_adjust_price import audit_rows
from tests.support.adjusting import Desk as Tables
from tests.support.desk import Desk, eventually, running_desk, words
from tests.support.effort import effort
from tests.support.wire import a_submission, a_view, an_action, deliver

KINDS = ("429", "500", "503", "lost_before", "lost_after", "error:internal_error")
TIMES = 3
"""How often each payload is delivered."""
ENDS = ("approve", "reject", "withdraw")
STATES = {"approve": "applied", "reject": "rejected", "withdraw": "withdrawn"}


class People:
    """People who adjust prices: they repeat what has had no effect yet, as people do."""

    def __init__(self, desks: list[Desk], tables: Tables, seed: int) -> None:
        self.desks, self.tables, self.chance = desks, tables, random.Random(seed)
        self.workspace = desks[0].workspace
        self.started = int(time())

    def deliver(self, payload: Json) -> None:
        """Delivers each copy to any of the processes, with its own second: the guard refuses identical requests."""
        for again in range(TIMES):
            # On a busy machine there may be no answer in time: it is lost, as Slack's answers are.
            with suppress(TimeoutError):
                assert deliver(self.chance.choice(self.desks), payload, self.started - again)[0] == 200

    def state(self, order: int) -> tuple[int, str] | None:
        found = self.tables.rows(f"SELECT key, state FROM adjustments WHERE order_key = {order}")
        assert len(found) < 2
        return (int(str(found[0][0])), str(found[0][1])) if found else None

    def story(self, order: int, end: str) -> None:
        """A price adjustment is submitted, and then decided or withdrawn."""
        draft = f"draft-{order}"
        while (asked := self.state(order)) is None:
            self.deliver(self._form(order, draft))
        key = asked[0]
        while self.state(order) == (key, "pending"):
            self.deliver(self._end(key, end, draft))
        assert self.state(order) == (key, STATES[end])

    def _form(self, order: int, draft: str) -> Json:
        values = {
            ids.FIGURE: {ids.TYPED: {"type": "plain_text_input", "value": "1637.50"}},
            ids.REASON: {INPUT: {"type": "plain_text_input", "value": "They sign this week."}},
        }
        view = a_view(self.workspace, "U0NANCY", ids.FORM, AdjustmentFormState(order=order, draft=draft).dump(), values)
        return a_submission(self.workspace, "U0NANCY", view)

    def _end(self, key: int, end: str, draft: str) -> Json:
        if end == "approve":
            return an_action(self.workspace, "U0LAURA", ids.pressed(Verb.APPROVE), f"{key}")
        if end == "withdraw":
            return an_action(self.workspace, "U0NANCY", ids.pressed(Verb.WITHDRAW), f"{key}")
        reason = {ids.REASON: {INPUT: {"type": "plain_text_input", "value": "Too much."}}}
        view = a_view(
            self.workspace,
            "U0LAURA",
            ids.reason_form(Verb.REJECT),
            ReasonState(adjustment=key, draft=draft).dump(),
            reason,
        )
        return a_submission(self.workspace, "U0LAURA", view)


@pytest.mark.timeout(effort(180, 20_000))
def test_whatever_fails_everything_is_done_and_told_once(database: Database, tmp_path: Path) -> None:
    seed = secrets.randbelow(10**9)
    print(f"seed {seed}")
    stories = effort(9, 3_000)
    tables = Tables(database)
    orders = [tables.order() for _ in range(stories)]
    tables.change("UPDATE orders SET pending_payment_end_time = NULL")
    with running_desk(database, tmp_path) as desk:
        # One SQLite database serves one process; on PostgreSQL, several bots share the work.
        others = [] if database.sqlite else [_another(desk) for _ in range(2)]
        try:
            people = People([desk, *(replace(desk, bot=bot) for bot in others)], tables, seed)
            desk.workspace.faults.at_random(0.1, KINDS, seed)
            with ThreadPoolExecutor(4) as threads:
                list(threads.map(people.story, orders, (ENDS[at % 3] for at in range(stories))))
            desk.workspace.faults.clear()
            outbox = Outbox(database)
            eventually(lambda: outbox.health().waiting == 0, "an empty outbox", seconds=90)
        finally:
            for bot in others:
                bot.stop()
        assert outbox.health().parked == 0
        cards = [words(card) for card in desk.cards()]
        told = [words(message) for message in desk.workspace.bot_messages(desk.workspace.im("U0NANCY").id)]
    wanted = Counter(STATES[ENDS[at % 3]] for at in range(stories))
    assert Counter(state for card in cards for state in wanted if f", {state}:" in card) == wanted
    assert len(cards) == stories
    outcomes = [line for line in told if "PA-" in line and "was withdrawn." not in line.splitlines()[0]]
    numbers = Counter(f"PA-{1001 + at}" for at in range(stories))
    assert Counter(number for number in numbers for line in outcomes if number in line) == numbers
    done = Counter(action.removeprefix("adjustment.") for action in audit_rows(desk) if "adjustment." in action)
    assert done == {"submitted": stories, **wanted}
    assert Audit(database).verify(None).whole


def _another(desk: Desk) -> Bot:
    bot = Bot(desk.bot._settings, socket_mode=False)
    bot.start()
    return bot
