"""PostgreSQL's own ways: `store.queries.dialect` says what each of them is for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import BigInteger, Connection, DateTime, Index, Insert, Select, Table, bindparam, func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.schema import CreateIndex, CreateTable

_SETTINGS = (
    # Found rows are read to the last: a plan that gives the first ones soon is slow over all.
    "cursor_tuple_fraction = 1",
    # Sorting and hashing a bundle in memory; it is the only such work at a time.
    "work_mem = '64MB'",
    # Compiling statements that run once costs more than it gains.
    "jit = off",
)

_LOCK = select(func.pg_advisory_xact_lock(bindparam("lock", type_=BigInteger)))


class Postgresql:
    """Locks that are asked for; temporary tables, which are joined well without an index."""

    driver_moment = DateTime(timezone=True)
    moments_are_aware = True

    def serialise(self, connection: Connection, lock: int) -> None:
        # An advisory lock, which ends with the transaction.
        connection.execute(_LOCK, {"lock": lock})

    def lock_rows(self, connection: Connection, rows: Select[*tuple[Any, ...]]) -> None:
        connection.execute(select(func.count()).select_from(rows.subquery()))

    def insert_new(self, table: Table) -> Insert:
        # It waits for a transaction that is inserting the same value, and does nothing if that one commits.
        return insert(table).on_conflict_do_nothing().returning(*table.primary_key)

    def read_frugally(self, connection: Connection) -> None:
        connection.exec_driver_sql("SET LOCAL TIME ZONE 'UTC'")

    def sort_frugally(self, connection: Connection) -> None:
        """Its memory is the server's."""

    def begin_staging(self, connection: Connection) -> None:
        for setting in _SETTINGS:
            connection.execute(text(f"SET LOCAL {setting}"))

    def create_staged(self, connection: Connection, table: Table, *, numbered: bool) -> None:  # noqa: ARG002
        connection.execute(CreateTable(table))

    def index_staged(self, connection: Connection, index: Index) -> None:
        connection.execute(CreateIndex(index))

    def ready_staged(self, connection: Connection, tables: Iterable[Table], indexes: Iterable[Index]) -> None:  # noqa: ARG002
        self.analyse(connection, (table.name for table in tables))

    def ready_parts(self, connection: Connection, indexes: Iterable[Index]) -> None:
        for index in indexes:
            self.index_staged(connection, index)

    def copy_rows(self, connection: Connection, table: Table, rows: Sequence[tuple[Any, ...]]) -> None:
        names = ", ".join(column.name for column in table.columns)
        driver = connection.connection.driver_connection
        assert driver is not None  # noqa: S101 - a connection that is open has one
        with driver.cursor() as cursor, cursor.copy(f"COPY {table.name} ({names}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)

    def analyse(self, connection: Connection, tables: Iterable[str]) -> None:
        for table in tables:
            connection.execute(text(f"ANALYZE {table}"))
