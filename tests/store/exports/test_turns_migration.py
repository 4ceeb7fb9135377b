"""A database from before requesters took turns is brought up to date, and the exports in it take turns from then on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import text

from store.database import Database
from store.domain.clock import system_clock
from store.services import schema
from store.services.exports.work import ExportWork
from tests.support.databases import bare_postgresql


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def before(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A database of the version before."""
    if request.param == "postgresql":
        with bare_postgresql() as database:
            _bring_to_the_version_before(database)
            yield database
    else:
        database = Database(f"sqlite:///{tmp_path / 'before.db'}")
        _bring_to_the_version_before(database)
        yield database
        database.close()


def _bring_to_the_version_before(database: Database) -> None:
    config = schema._config()
    scripts = ScriptDirectory.from_config(config).walk_revisions()
    (wanted,) = (script.down_revision for script in scripts if script.module.__name__.endswith("export_turns_py"))
    with database.write() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, str(wanted))


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
