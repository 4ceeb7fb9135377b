"""The database's own clock: the processes that share a database need not agree on the time."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Float, bindparam, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from store.tables import UtcTime


class moment_in(FunctionElement[Any]):  # noqa: N801 - it is written in statements like an SQL function
    """The present by the database's clock, some seconds on; the argument names the parameter that says how many."""

    name = "moment_in"
    type = UtcTime()
    inherit_cache = True

    def __init__(self, parameter: str | None = None) -> None:
        super().__init__(bindparam(parameter, type_=Float) if parameter else bindparam(None, 0.0, type_=Float))


@compiles(moment_in, "postgresql")
def _in_postgresql(element: moment_in, compiler: SQLCompiler, **options: object) -> str:
    seconds = compiler.process(element.clauses, **options)
    return f"(clock_timestamp() + {seconds} * interval '1 second')"


@compiles(moment_in, "sqlite")
def _in_sqlite(element: moment_in, compiler: SQLCompiler, **options: object) -> str:
    # 'now' is one and the same moment throughout a statement; %f is seconds with three decimals, as 07.512.
    seconds = compiler.process(element.clauses, **options)
    whole = "CAST(strftime('%s', 'now') AS INTEGER) * 1000000"
    rest = "CAST(substr(strftime('%f', 'now'), 4) AS INTEGER) * 1000"
    return f"({whole} + {rest} + CAST({seconds} * 1000000 AS INTEGER))"


_PRESENT = select(moment_in())


def present_moment(connection: Connection) -> datetime:
    """What time it is by the database's clock, at this very statement."""
    present: datetime = connection.execute(_PRESENT).scalar_one()
    return present
