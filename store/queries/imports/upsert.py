"""How staged rows come into a table: what differs is updated, what is new inserted, and both are counted.

Knows no table of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    FromClause,
    Insert,
    Table,
    and_,
    exists,
    func,
    insert,
    literal,
    not_,
    or_,
    select,
    true,
    update,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import GenericFunction

from store.domain.fields import MOMENTS, Kind, amounts, read_fields
from store.domain.imports import Part
from store.queries.imports.staging import ORDERS, STAGED
from store.tables import OrderRow
from store.tables.base import Base

IN_BUNDLE = select(OrderRow.key).join(ORDERS, ORDERS.c.order_id_folded == OrderRow.order_id_folded)
"""The keys of the kept orders that are staged."""


def fits(part: Part) -> ColumnElement[bool]:
    """That a staged part of an order, joined to it, is of its currency, and its amounts are not too fine for that."""
    staged = STAGED[part].c
    same = func.coalesce(staged.currency, ORDERS.c.currency) == ORDERS.c.currency
    return and_(same, *(staged[name] % ORDERS.c.scale == 0 for name in amounts(part)))


def kept(part: Part, *resolved: str) -> dict[str, ColumnElement[Any]]:
    """The part's fields as they are kept in the column of the same name; `resolved`: those that are kept otherwise."""
    staged = STAGED[part].c
    return {
        field.name: _kept(field.kind, staged[field.name]) for field in read_fields(part) if field.name not in resolved
    }


def _kept(kind: Kind, staged: ColumnElement[Any]) -> ColumnElement[Any]:
    if kind is Kind.AMOUNT:
        return staged // ORDERS.c.scale
    if kind in MOMENTS:
        return Moment(staged)
    return staged == 1 if kind is Kind.TRUTH else staged


class Moment(GenericFunction[Any]):
    """Staged microseconds since 1970 as the databases keep a moment (`tables.base.UtcTime`)."""

    type = BigInteger()
    inherit_cache = True
    name = "order_desk_moment"


@compiles(Moment, "sqlite")
def _moment_in_sqlite(element: Moment, compiler: SQLCompiler, **options: Any) -> str:  # noqa: ANN401
    return compiler.process(element.clauses, **options)


@compiles(Moment, "postgresql")
def _moment_in_postgresql(element: Moment, compiler: SQLCompiler, **options: Any) -> str:  # noqa: ANN401
    # An interval is multiplied by a float, which no longer holds every microsecond from the year 2255 on.
    moment = compiler.process(element.clauses, **options)
    seconds, rest = f"{moment} / 1000000 * interval '1 second'", f"mod({moment}, 1000000) * interval '1 microsecond'"
    return f"(timestamptz 'epoch' + {seconds} + {rest})"


@dataclass(frozen=True, slots=True)
class Merged:
    """How many rows of a part were written."""

    new: int = 0
    changed: int = 0
    removed: int = 0

    @property
    def rows(self) -> int:
        """All of them."""
        return self.new + self.changed + self.removed


class Merge:
    """The two statements that bring staged rows into a table: update what differs, insert what is not there."""

    def __init__(
        self,
        row: type[Base],
        key: str,
        line: ColumnElement[Any],
        source: FromClause,
        fits: ColumnElement[bool] | None = None,
        **values: Any,  # noqa: ANN401
    ) -> None:
        """`fits` says of a staged row that nothing of it is lost in its values; None: nothing ever is."""
        table = row.__table__
        assert isinstance(table, Table)  # noqa: S101 - every row class has one
        staged = (
            select(
                line.label("line"),
                (true() if fits is None else fits).label("fits"),
                *(value.label(name) for name, value in values.items()),
            )
            .select_from(source)
            .subquery("staged")
        )
        same = table.c[key] == staged.c[key]
        new = {name: staged.c[name] for name in values}
        differs = or_(*(table.c[name].is_distinct_from(value) for name, value in new.items() if name != key))
        self._update = update(table).values(new).where(same, differs)
        self._alike = select(func.count()).select_from(staged.join(table, same)).where(staged.c.fits, not_(differs))
        known = exists(select(literal(1)).select_from(table).where(same))
        self._insert = insert(table).from_select(
            list(new), select(*new.values()).where(not_(known)).order_by(staged.c.line)
        )

    def count_alike(self, connection: Connection) -> int:
        """How many staged rows are kept just so already, and fit."""
        return connection.execute(self._alike).scalar_one()

    def run(self, connection: Connection) -> Merged:
        """Updates, then inserts."""
        changed = connection.execute(self._update).rowcount
        return Merged(new=inserted(connection, self._insert), changed=changed)


def inserted(connection: Connection, statement: Insert) -> int:
    """Executes it, and gives how many rows it inserted."""
    return connection.execute(statement, execution_options={"preserve_rowcount": True}).rowcount
