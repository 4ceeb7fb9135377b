"""Ids that Slack does not make: a request with one is answered like any other."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from sqlalchemy import func, select

from sandbox import payloads
from sandbox.values import Json
from store.database import Database
from store.tables import DeliveryRow, ExportRow
from tests.support.clocks import standing_clock
from tests.support.desk import running_desk
from tests.support.logs import captured_logs
from tests.support.wire import a_submission, a_view, an_action, an_event, deliver

NANCY = "U0NANCY"


@pytest.mark.parametrize("odd", ["1" * 100_000, "1.2\x003", "\ud800", "ü" * 300], ids=["long", "zero", "half", "wide"])
def test_an_odd_id_of_a_request_is_no_failure_and_still_means_one_effect(
    database: Database, tmp_path: Path, odd: str
) -> None:
    with captured_logs() as logs, running_desk(database, tmp_path, clock=standing_clock()) as desk:
        workspace = desk.workspace

        def send(payload: Json) -> int:
            return deliver(desk, payload)[0]

        first = payloads.command(workspace, workspace.user(NANCY), workspace.im(NANCY), "/export", "all")
        # A form or a Web API call cannot carry half a surrogate pair.
        typed = odd.encode("utf-8", "replace").decode()
        assert send(first | {"trigger_id": typed}) == 200
        with database.read() as connection:
            key = connection.execute(select(ExportRow.key)).scalar_one()
        again = an_action(workspace, NANCY, "export.send_instead", str(key)) | {"trigger_id": f"{typed}."}
        assert send(again) == 200
        assert send({**again, "token": "another"}) == 200
        view = a_view(workspace, NANCY, "orders.search")
        assert send(a_submission(workspace, NANCY, {**view, "hash": odd})) == 200
        assert send({**an_event(workspace, NANCY), "event_id": odd}) == 200
    assert not [line for line in map(json.loads, logs.getvalue().splitlines()) if "exception" in line]
    with database.read() as connection:
        taken = select(func.count()).select_from(DeliveryRow).where(DeliveryRow.action == "export.queue")
        assert connection.execute(taken).scalar_one() == 2
