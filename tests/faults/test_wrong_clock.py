"""A machine whose clock is wrong: decisions by time follow the database's clock, and the operator is told."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from bot.wiring import Bot
from sandbox.server import SandboxServer
from store.database import Database
from store.domain.clock import system_clock
from store.services.health import APART_SECONDS, DatabaseClock
from store.services.members import Members
from tests.faults.wrong_clock import AHEAD
from tests.scenarios.test_adjust_price import ask_for, make_orders
from tests.support.desk import PATIENCE, PEOPLE, Desk, eventually, make_workspace
from tests.support.processes import told_address
from tests.support.wire import get

ROOT = Path(__file__).parents[2]


@contextmanager
def wrong_desk(database: Database, folder: Path) -> Iterator[tuple[Desk, str]]:
    """The desk, served by a machine two hours ahead, and its address."""
    members = Members(database, system_clock)
    for member in PEOPLE:
        members.set("command line", member)
    workspace, sales, approvals = make_workspace()
    with SandboxServer(workspace) as server:
        environment = {
            **os.environ,
            "SLACK_BOT_TOKEN": workspace.bot_token,
            "SLACK_SIGNING_SECRET": workspace.signing_secret,
            "SLACK_API_URL": server.api_url,
            "DATABASE_URL": database.url.render_as_string(hide_password=False),
            "DESK_EXPORT_DIR": str(folder / "exports"),
            "DESK_APPROVALS_CHANNEL": approvals.id,
            "PORT": "0",
            "LOG_FORMAT": "json",
        }
        with (folder / "log").open("wb") as log:
            command = [sys.executable, "-m", "tests.faults.wrong_clock", "serve", "--http"]
            process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)
        try:
            url = told_address(process, folder / "log")
            workspace.deliver_to_http(f"{url}/slack/events")
            nobody: Bot = None  # type: ignore[assignment]
            yield Desk(workspace, nobody, database, sales, approvals), url
        finally:
            process.kill()
            process.wait()


def state(database: Database, number: int) -> str:
    with database.read() as connection:
        return str(connection.execute(text(f"SELECT state FROM adjustments WHERE key = {number}")).scalar_one())


def payable_until(database: Database, order: str, moment: datetime) -> None:
    with database.write() as connection:
        value = moment if not database.sqlite else int(moment.timestamp() * 1_000_000)
        for table, where in (("orders", "order_id = :order"), ("adjustments", _OF_ORDER)):
            column = "pending_payment_end_time" if table == "orders" else "deadline"
            statement = text(f"UPDATE {table} SET {column} = :moment WHERE {where}")
            connection.execute(statement, {"moment": value, "order": order})


_OF_ORDER = "order_key = (SELECT key FROM orders WHERE order_id = :order)"


def test_two_hours_ahead_nothing_payable_expires_and_it_is_not_ready(database: Database, tmp_path: Path) -> None:
    make_orders(database)
    payable_until(database, "ADJ-1001", datetime.now(UTC) + AHEAD / 2)
    with wrong_desk(database, tmp_path) as (desk, url):
        ask_for(desk)
        ask_for(desk, "U0STEVEN", "STE-1001")
        card = desk.card("waiting for 1 manager", "STE-1001")
        payable_until(database, "STE-1001", datetime.now(UTC) - timedelta(seconds=1))
        eventually(lambda: state(database, 2) == "expired", "what is due")
        assert state(database, 1) == "pending"
        assert card.ts != desk.cards()[0].ts
        assert desk.person("U0ANDREW").click("Approve", desk.cards()[0]).ok
        eventually(lambda: state(database, 1) == "applied", "an approval in time")
        status, said = get(url, "/readyz")
        assert (status, json.loads(said)["clock"]) == (503, "not ok")
        log = (tmp_path / "log").read_text()
    assert re.search("this machine's clock is 7,[12][0-9]{2} s ahead of the database's", log)


def test_the_clock_is_the_databases_and_this_machines_does_not_matter(database: Database) -> None:
    ticks = 0.0
    clock = DatabaseClock(database, lambda: ticks)
    begun = clock()
    assert abs(begun - datetime.now(UTC)) < timedelta(seconds=PATIENCE)
    ticks = 7_200.0
    assert clock() == begun + AHEAD
    clock.look()
    assert abs(clock() - datetime.now(UTC)) < timedelta(seconds=PATIENCE)


@pytest.mark.parametrize(("off", "said"), [(0, ""), (-8, "8 s behind"), (8, "8 s ahead of"), (7_200, "7,200 s ahead")])
def test_a_machine_whose_clock_is_wrong_is_told_how_far(sqlite_database: Database, off: int, said: str) -> None:
    assert abs(off) > APART_SECONDS or not off
    clock = DatabaseClock(sqlite_database, lambda: 0.0)
    verdict = clock.verdict(lambda: clock() + timedelta(seconds=off))
    assert said in verdict
    assert bool(verdict) is bool(said)
