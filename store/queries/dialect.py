"""What the two databases are asked for in ways of their own: `store.queries.sqlite`, `store.queries.postgresql`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Protocol

from sqlalchemy import Connection, Index, Insert, Select, Table
from sqlalchemy.types import TypeEngine

from store.queries.postgresql import Postgresql
from store.queries.sqlite import Sqlite


class Dialect(Protocol):
    """One database's ways."""

    @property
    def driver_moment(self) -> TypeEngine[Any]:
        """The type of a moment that comes as its driver gives it: converting each by itself costs more than its row."""

    @property
    def moments_are_aware(self) -> bool:
        """Whether its driver gives moments as aware datetimes; else as microseconds since 1970."""

    def serialise(self, connection: Connection, lock: int) -> None:
        """Waits until no other transaction holds the lock, and holds it until this one ends."""

    def lock_rows(self, connection: Connection, rows: Select[*tuple[Any, ...]]) -> None:
        """Holds these rows, selected for update, until the transaction ends."""

    def insert_new(self, table: Table) -> Insert:
        """An INSERT that does nothing where a row with one of the unique values is there; else it gives its key."""

    def read_frugally(self, connection: Connection) -> None:
        """Has a connection that reads everything once keep little in memory; moments come in UTC."""

    def sort_frugally(self, connection: Connection) -> None:
        """Has what follows in the transaction hold little of each of several sets that it sorts at once."""

    def begin_staging(self, connection: Connection) -> None:
        """Readies the transaction for bulk work."""

    def create_staged(self, connection: Connection, table: Table, *, numbered: bool) -> None:
        """Makes a table for the time of the work. `numbered`: no two of its rows have the same line."""

    def index_staged(self, connection: Connection, index: Index) -> None:
        """Makes an index of such a table."""

    def ready_staged(self, connection: Connection, tables: Iterable[Table], indexes: Iterable[Index]) -> None:
        """Readies such tables, filled, for being joined to others."""

    def ready_parts(self, connection: Connection, indexes: Iterable[Index]) -> None:
        """Readies them for being asked row by row."""

    def copy_rows(self, connection: Connection, table: Table, rows: Sequence[tuple[Any, ...]]) -> None:
        """Adds rows to such a table, the values in the order of its columns."""

    def analyse(self, connection: Connection, tables: Iterable[str]) -> None:
        """Tells the planner of queries how large the desk's tables have become."""


DIALECTS: dict[str, Dialect] = {"sqlite": Sqlite(), "postgresql": Postgresql()}


def dialect_of(connection: Connection) -> Dialect:
    """The ways of the database that it leads to."""
    return DIALECTS[connection.dialect.name]
