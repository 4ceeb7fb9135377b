"""A database that knows no signatures, brought up to date: it has a table for them, and all that it had."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import inspect, text

from store.database import Database
from store.domain.clock import system_clock
from store.services import schema
from store.services.signatures import Signatures
from tests.support.databases import bring_to


def test_the_table_comes_into_a_database_with_data(bare: Database) -> None:
    bring_to(bare, "0004")
    with bare.write() as connection:
        assert not inspect(connection).has_table("signatures")
        connection.execute(text("INSERT INTO outbox_pauses VALUES ('C0SALES', :until)"), {"until": _moment(bare)})
    schema.upgrade(bare)
    signatures = Signatures(bare, system_clock)
    assert [signatures.take("a" * 64, datetime.now(UTC)) for _ in range(2)] == [True, False]
    with bare.read() as connection:
        assert connection.execute(text("SELECT recipient FROM outbox_pauses")).scalars().all() == ["C0SALES"]


def _moment(database: Database) -> object:
    return 1_772_323_200_000_000 if database.sqlite else datetime(2026, 3, 1, tzinfo=UTC)
