"""Inserting what may be there already, in the way of each database."""

from __future__ import annotations

from sqlalchemy import Connection, Table

from store.queries.dialect import DIALECTS
from store.tables.base import Base


class InsertNew:
    """A prebuilt INSERT that does nothing where a row with one of the unique values is there.

    What comes back, and not the driver's count of rows, says whether there is a new one.
    """

    def __init__(self, row: type[Base]) -> None:
        table = row.__table__
        assert isinstance(table, Table)  # noqa: S101 - every row class has one
        self._statements = {name: dialect.insert_new(table) for name, dialect in DIALECTS.items()}

    def run(self, connection: Connection, **values: object) -> bool:
        """Whether the row was inserted."""
        return connection.execute(self._statements[connection.dialect.name], values).first() is not None
