"""However often and in whatever order Slack delivers something, it takes effect once."""

from __future__ import annotations

import random
import secrets
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from time import time

import pytest

from sandbox.values import Delivered, Json
from store.database import Database
from store.domain.people import Member, Role
from tests.support.builders import a_customer, an_order
from tests.support.desk import Desk, eventually, running_desk
from tests.support.effort import effort
from tests.support.wire import a_command, a_submission, a_view, an_action, an_event, deliver

USERS = tuple(f"U0SALES{number}" for number in range(8))
"""Several people, because one person's modals replace each other."""
KINDS = 5


def _payloads(desk: Desk, number: int) -> Json:
    workspace, user = desk.workspace, USERS[number % len(USERS)]
    match number % KINDS:
        case 0:
            return a_command(workspace, user, "acme")
        case 1:
            return a_command(workspace, user, "")
        case 2:
            return an_action(workspace, user, "orders.form")
        case 3:
            return a_submission(workspace, user, a_view(workspace, user, "orders.search"))
        case _:
            return an_event(workspace, user)


@pytest.mark.parametrize("socket_mode", [False, True], ids=["http", "socket mode"])
def test_what_is_delivered_many_times_in_any_order_has_one_effect(
    sqlite_database: Database, tmp_path: Path, *, socket_mode: bool
) -> None:
    seed = secrets.randbelow(10**9)
    print(f"seed {seed}")
    chance = random.Random(seed)
    an_order(sqlite_database, "CS260001", customer_key=a_customer(sqlite_database))
    people = [Member("", user, user, "nancy", frozenset({Role.SALESPERSON})) for user in USERS]
    with running_desk(sqlite_database, tmp_path, socket_mode=socket_mode, people=people) as desk:
        workspace = desk.workspace
        workspace.triggers.seconds = 600.0
        workspace.ack_seconds = 30.0
        eventually(lambda: not socket_mode or len(workspace.delivery.sockets._all()) == 2, "the connections")
        payloads = [_payloads(desk, number) for number in range(effort(75, 5_000))]
        deliveries = [(payload, repeat) for payload in payloads for repeat in range(4)]
        chance.shuffle(deliveries)
        started = int(time())

        def send(delivery: tuple[Json, int]) -> int | None:
            payload, repeat = delivery
            while True:
                if socket_mode:
                    kind = "command" if "command" in payload else str(payload["type"])
                    status = workspace.delivery.duplicate(Delivered(kind, payload), attempt=repeat + 1).ack_status
                else:
                    # Each has its own second: the guard would refuse identical requests.
                    status = deliver(desk, payload, started - repeat)[0]
                # Not acknowledged, because on a busy machine the first took too long: it may come again.
                if status not in (503, None):
                    return status

        with ThreadPoolExecutor(6) as pool:
            assert set(pool.map(send, deliveries)) == {200}
        openings = sum("command" in payload or payload["type"] == "block_actions" for payload in payloads)
        events = sum(payload.get("type") == "event_callback" for payload in payloads)
        eventually(lambda: _calls(desk)["views.publish"] == events, "all Home tabs")
        eventually(lambda: _calls(desk)["views.open"] == openings, "all modals")
        desk.bot.stop()
        made = _calls(desk)
        repeated = [line for line in desk.bot.metrics.render().decode().splitlines() if 'outcome="done"' in line]
    assert made == {"views.open": openings, "views.publish": events}
    used = Counter(sent.arguments.get("trigger_id") for sent in workspace.sent if sent.method == "views.open")
    assert set(used.values()) == {1}
    assert all(sent.answer and sent.answer["ok"] for sent in workspace.sent)
    # The work itself was done once for each, not only its visible part.
    assert sum(float(line.rpartition(" ")[2]) for line in repeated if "requests_total" in line) == len(payloads)


def _calls(desk: Desk) -> Counter[str]:
    return Counter(sent.method for sent in tuple(desk.workspace.sent) if sent.method.startswith("views."))
