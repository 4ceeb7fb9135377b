"""A database from before requesters took turns is brought up to date, and the exports in it take turns from then on."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import text

from store.database import Database
from store.domain.clock import system_clock
from store.services import schema
from store.services.exports.work import ExportWork
from tests.support.databases import bring_to


@pytest.fixture
def before(bare: Database) -> Database:
    """A database of the version before."""
    bring_to(bare, "0006")
    return bare


def test_exports_that_wait_take_turns_after_the_upgrade(before: Database, tmp_path: Path) -> None:
    at = 0 if before.sqlite else "2026-09-01T12:00:00Z"
    row = text(
        "INSERT INTO exports (state, scope, criteria_text, channel_name, request, team_id, requester, requester_name,"
        " time_zone, locale, queued_at, waiting_since, rows_done, failure_detail, attempts, fencing)"
        " VALUES (:state, 'all', '', '', 'x', 'T', :who, '', 'UTC', 'en_US', :at, :at, 0, '', 0, 0)"
    )
    queued = [("completed", "U1"), ("waiting", "U1"), ("waiting", "U1"), ("waiting", "U2")]
    with before.write() as connection:
        for state, who in queued:
            connection.execute(row, {"state": state, "who": who, "at": at})
    schema.upgrade(before)
    work = ExportWork(before, system_clock, tmp_path / "exports")
    claims = [work.claim("worker") for _ in range(3)]
    assert [claim.key for claim in claims if claim] == [2, 4, 3]
