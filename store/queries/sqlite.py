"""SQLite's own ways: `store.queries.dialect` says what each of them is for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import BigInteger, Column, Connection, Index, Insert, MetaData, Select, Table, text
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.schema import CreateTable

from store.sqlite import STAGING

SORTING_KIB = 8_192
"""What may be held of each set that is sorted. With as much as its cache, several sorted at once make the end of an
import the peak of its memory, and gain no time.
"""
_LOOKED_AT = "PRAGMA analysis_limit=400"
"""Rows of each index that it looks at to know how a table is: some hundred say enough."""


class Sqlite:
    """One writer at a time; temporary tables in a file of their own; joins by index alone."""

    driver_moment = BigInteger()
    moments_are_aware = False

    def serialise(self, connection: Connection, lock: int) -> None:
        """It has one writer as it is."""

    def lock_rows(self, connection: Connection, rows: Select[*tuple[Any, ...]]) -> None:
        """It has one writer as it is."""

    def insert_new(self, table: Table) -> Insert:
        return insert(table).on_conflict_do_nothing().returning(*table.primary_key)

    def read_frugally(self, connection: Connection) -> None:
        for pragma in ("cache_size=-16384", "temp_store=FILE"):
            connection.exec_driver_sql(f"PRAGMA {pragma}").close()

    def sort_frugally(self, connection: Connection) -> None:
        # Whatever sorts may hold as much as the cache of pages.
        connection.execute(text(f"PRAGMA cache_size=-{SORTING_KIB}"))

    def begin_staging(self, connection: Connection) -> None:
        """It needs no other settings."""

    def create_staged(self, connection: Connection, table: Table, *, numbered: bool) -> None:
        # The line is SQLite's own row number, so that the order of the file needs no sorting.
        columns = [Column(each.name, each.type, primary_key=numbered and each.name == "line") for each in table.c]
        connection.execute(CreateTable(Table(table.name, MetaData(), *columns, schema=STAGING)))

    def index_staged(self, connection: Connection, index: Index) -> None:
        columns = ", ".join(column.name for column in index.columns)
        table = index.table
        assert table is not None  # noqa: S101 - each was made on one
        connection.execute(text(f"CREATE INDEX {STAGING}.{index.name} ON {table.name} ({columns})"))

    def ready_staged(self, connection: Connection, tables: Iterable[Table], indexes: Iterable[Index]) -> None:  # noqa: ARG002
        # It joins by index alone. Without knowing sizes it would walk the desk's orders, however many there are, to
        # look for each in the bundle.
        for index in indexes:
            self.index_staged(connection, index)
        connection.execute(text(_LOOKED_AT))
        connection.execute(text(f"ANALYZE {STAGING}"))

    def ready_parts(self, connection: Connection, indexes: Iterable[Index]) -> None:
        """They have their indexes already."""

    def copy_rows(self, connection: Connection, table: Table, rows: Sequence[tuple[Any, ...]]) -> None:
        names = ", ".join(column.name for column in table.columns)
        marks = ", ".join("?" * len(table.columns))
        connection.exec_driver_sql(f"INSERT INTO {table.name} ({names}) VALUES ({marks})", list(rows))  # noqa: S608 - our own names

    def analyse(self, connection: Connection, tables: Iterable[str]) -> None:
        connection.execute(text(_LOOKED_AT))
        for table in tables:
            connection.execute(text(f"ANALYZE main.{table}"))
