"""What is asked of the outbox again and again costs what is still to be told, not all that was ever told."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, cast

import pytest
from sqlalchemy import event, insert, text

from store.database import Database
from store.domain.outbox import Lane, OutboxState
from store.services.outbox import Outbox
from store.tables import OutboxRow

AT = datetime(2026, 9, 1, tzinfo=UTC)
TOLD = 20_000
LANE = Lane(frozenset({"kind"}), others=False)
WHOLE = re.compile(r"SCAN outbox(?! USING (COVERING )?INDEX)|Seq Scan on outbox\b")


def fill(database: Database) -> None:
    """Very many rows that were sent, and one of each that was not."""
    states = [OutboxState.SENT] * TOLD + [OutboxState.WAITING, OutboxState.SENDING, OutboxState.PARKED]
    rows = [
        {
            "topic": f"kind/{number}",
            "kind": "kind",
            "subject_key": number,
            "recipient": "C1",
            "payload": "{}",
            "revision": 1,
            "created_at": AT,
            "state": state,
            "attempts": 0,
            "fencing": 0,
            "ambiguous": False,
            "reposted": False,
        }
        for number, state in enumerate(states)
    ]
    with database.write() as connection:
        connection.execute(insert(OutboxRow), rows)
        connection.execute(text("ANALYZE"))


def plans_of(database: Database, work: Callable[[], object]) -> list[list[str]]:
    """The plan of each statement about the outbox that the work has the database execute."""
    asked: list[tuple[str, Any]] = []

    def note(_connection: object, _cursor: object, statement: str, values: object, *_: object) -> None:
        if "outbox" in statement:
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


@pytest.mark.parametrize(
    ("statements", "work"),
    [
        pytest.param(3, lambda outbox: outbox.claim("worker"), id="claim"),
        pytest.param(3, lambda outbox: outbox.claim("worker", lane=LANE), id="claim of a lane"),
        pytest.param(1, lambda outbox: outbox.health(), id="health"),
        pytest.param(1, lambda outbox: outbox.revive({"kind": AT}), id="try again"),
    ],
)
def test_what_was_sent_is_not_gone_through(
    database: Database, statements: int, work: Callable[[Outbox], object]
) -> None:
    fill(database)
    plans = plans_of(database, lambda: work(Outbox(database)))
    assert len(plans) == statements
    for plan in plans:
        assert not [step for step in plan if WHOLE.search(step)], plan
