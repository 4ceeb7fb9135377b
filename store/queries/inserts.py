"""Inserting what may be there already, in the way of each database."""

from __future__ import annotations

from sqlalchemy import Connection, inspect
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import DeclarativeBase


class InsertNew:
    """A prebuilt INSERT that does nothing where a row with one of the unique values is there.

    PostgreSQL: it waits for a transaction that is inserting the same value, and does nothing if that one commits.
    """

    def __init__(self, table: type[DeclarativeBase]) -> None:
        # What comes back, and not the driver's count of rows, says whether there is a new one.
        key = inspect(table).primary_key
        self._statements = {
            "sqlite": sqlite.insert(table).on_conflict_do_nothing().returning(*key),
            "postgresql": postgresql.insert(table).on_conflict_do_nothing().returning(*key),
        }

    def run(self, connection: Connection, **values: object) -> bool:
        """Whether the row was inserted."""
        return connection.execute(self._statements[connection.dialect.name], values).first() is not None
