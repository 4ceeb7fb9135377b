"""A database that knows no signatures, brought up to date: it has a table for them, and all that it had."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import inspect, text

from store.database import Database
from store.domain.clock import system_clock
from store.services import schema
from store.services.signatures import Signatures
from tests.support.databases import bare_postgresql


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def old(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A database of the version before."""
    if request.param == "postgresql":
        with bare_postgresql() as database:
            _bring_to(database, "0004")
            yield database
    else:
        database = Database(f"sqlite:///{tmp_path / 'old.db'}")
        _bring_to(database, "0004")
        yield database
        database.close()


def _bring_to(database: Database, version: str) -> None:
    config = schema._config()
    with database.write() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, version)


def test_the_table_comes_into_a_database_with_data(old: Database) -> None:
    with old.write() as connection:
        assert not inspect(connection).has_table("signatures")
        connection.execute(text("INSERT INTO outbox_pauses VALUES ('C0SALES', :until)"), {"until": _moment(old)})
    schema.upgrade(old)
    signatures = Signatures(old, system_clock)
    assert [signatures.take("a" * 64, datetime.now(UTC)) for _ in range(2)] == [True, False]
    with old.read() as connection:
        assert connection.execute(text("SELECT recipient FROM outbox_pauses")).scalars().all() == ["C0SALES"]


def _moment(database: Database) -> object:
    return 1_772_323_200_000_000 if database.sqlite else datetime(2026, 3, 1, tzinfo=UTC)
