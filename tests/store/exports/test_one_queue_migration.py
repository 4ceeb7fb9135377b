"""Exports that were on their way to Slack when the desk was brought up to date are posted by the outbox, once."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import text

from store.database import Database
from store.domain.clock import system_clock
from store.domain.exports.export import ExportFile, ExportState, ExportStep
from store.domain.outbox import Sent
from store.domain.people import Member, Role
from store.services import schema
from store.services.exports.exports import Exports
from store.services.exports.posting import Posting
from store.services.exports.work import ExportWork
from store.services.members import Members
from store.services.outbox import Outbox
from tests.support.databases import bring_to

NAME = "a" * 32 + ".xlsx"
STEPS = (
    ("in_progress", "writing", 3),
    ("in_progress", "written", 3),
    ("waiting", "uploading", 4),
    ("in_progress", "uploaded", 5),
    ("waiting", "completing", 6),
    ("completed", "posted", 7),
    ("cancelled", "uploaded", 8),
)


@pytest.fixture
def before(bare: Database) -> Database:
    """A database of the version before, with an export at each step."""
    _fill(bare)
    return bare


def _fill(database: Database) -> None:
    at = 0 if database.sqlite else "2026-09-01T12:00:00Z"
    bring_to(database, "0009")
    export = text(
        "INSERT INTO exports (key, state, step, scope, criteria_text, channel_id, channel_name, request, team_id,"
        " requester, requester_name, time_zone, locale, queued_at, waiting_since, rows_done, failure_detail, attempts,"
        " fencing, stored_name, file_reach, slack_file_id, lease_until, next_attempt_at, worker)"
        " VALUES (:key, :state, :step, 'all', '', :channel, '', 'x', 'T0DESK', 'U0ANDREW', '', 'UTC', 'en_US', :at,"
        " :at, 0, '', 1, :fencing, :stored, '', :file, :at, :at, 'dead')"
    )
    event = text(
        "INSERT INTO export_events (export_key, what, at, detail) VALUES (:key, :what, :at, :detail)",
    )
    with database.write(patient=True) as connection:
        for key, (state, step, fencing) in enumerate(STEPS, 1):
            values = {"key": key, "state": state, "step": step, "fencing": fencing, "at": at, "stored": NAME}
            channel, file = None if key == 2 else "C0SALES", None if step in {"writing", "written"} else f"F0{key}"
            connection.execute(export, {**values, "channel": channel, "file": file})
            happened = [("queued", ""), ("uploading", "F0OLD"), ("failed", ""), ("retried", ""), ("uploading", "F0ONE")]
            happened += [("put_off", "not_shared"), ("uploading", f"F0{key}"), ("put_off", "slack no_answer")]
            for what, detail in [*happened, ("put_off", "not_shared"), ("put_off", "not_shared")]:
                connection.execute(event, {"key": key, "what": what, "at": at, "detail": detail})


def test_each_goes_on_from_where_it_was(before: Database, tmp_path: Path) -> None:
    schema.upgrade(before)
    members = Members(before, system_clock)
    members.meet_workspace("T0DESK")
    members.set("command line", Member("T0DESK", "U0ANDREW", "Andrew", "", frozenset({Role.MANAGER})))
    items = {item.subject_key: item for item in Outbox(before).claim("worker")}
    assert {key: (item.kind, item.recipient) for key, item in items.items()} == {
        2: ("export.file", "U0ANDREW"),
        **dict.fromkeys((3, 4, 5), ("export.file", "C0SALES")),
    }
    assert {key: item.payload for key, item in items.items()} == {
        2: {"claim": 3},
        3: {"claim": 4},
        4: {"claim": 5, "uploaded": "F04"},
        5: {"claim": 6, "file": "F05", "earlier": ["F0ONE"], "looks": 2},
    }
    exports, posting = Exports(before, system_clock, tmp_path), Posting(before, system_clock, tmp_path)
    for key, item in items.items():
        export = exports.to_tell(key)
        assert export.state is ExportState.IN_PROGRESS
        assert export.step is (ExportStep.COMPLETING if key == 5 else ExportStep.WRITTEN)
        assert isinstance(posting.file(item), ExportFile)
        assert posting.intend(item)
        assert posting.settle(item, Sent(None), f"F0{key}")
        assert exports.to_tell(key).state is ExportState.COMPLETED
    claim = ExportWork(before, system_clock, tmp_path).claim("worker")
    assert claim is not None
    assert (claim.key, claim.fencing) == (1, 4)
    assert exports.to_tell(7).state is ExportState.CANCELLED
    assert Outbox(before).claim("worker") == ()
