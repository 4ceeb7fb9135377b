"""The sides of the benchmark of searches: the desk's service, its statements alone through SQLAlchemy and through the
raw driver, and paging by OFFSET.

Each side has its own connection to the same database. Costs are by the clock and in CPU: of this process, and of
PostgreSQL's process for the connection if it runs on this machine (Linux counts both to the nanosecond).
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ParamSpec

import psycopg
from sqlalchemy import Executable, event
from sqlalchemy.orm import Query, Session

from bench.search_asked import Asked
from store.database import Database
from store.domain.orders.criteria import PAGE_SIZE, Cursor, OrderPage
from store.domain.orders.customers import CustomerTab
from store.domain.orders.order import fold_order_id
from store.domain.texts import common_form
from store.services.orders.orders import Orders
from store.tables import AccountManagerRow, CustomerRow, OrderRow, ProductTypeRow

Given = ParamSpec("Given")
Sent = list[tuple[str, Any]]
"""Statements with their parameters, as the driver gets them."""
Executed = list[tuple[Executable, Any]]
"""Statements with their values, as SQLAlchemy gets them."""


@dataclass(frozen=True, slots=True)
class Cost:
    """The cost of one search, in milliseconds."""

    wall: float
    cpu: float


class Meter:
    """Measures work on a connection; the id is that of its PostgreSQL process, if any."""

    def __init__(self, backend: int | None) -> None:
        self._backend = Path(f"/proc/{backend}/schedstat") if backend else None
        if self._backend and not self._backend.exists():
            self._backend = None

    def cost(self, work: Callable[Given, object], *given: Given.args, **named: Given.kwargs) -> Cost:
        """Runs the work once."""
        theirs, mine, start = self._theirs(), time.process_time_ns(), time.perf_counter_ns()
        work(*given, **named)
        end, mine, theirs = time.perf_counter_ns(), time.process_time_ns() - mine, self._theirs() - theirs
        return Cost((end - start) / 1e6, (mine + theirs) / 1e6)

    def _theirs(self) -> int:
        return int(self._backend.read_text(encoding="ascii").split()[0]) if self._backend else 0


class Service:
    """The desk: what the listener of a search calls."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._orders = Orders(database)
        with database.read() as connection:
            backend = None
            if not database.sqlite:
                backend = connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
        self.meter = Meter(backend)

    def search(self, asked: Asked, cursor: Cursor | None) -> OrderPage:
        """Returns a page."""
        return self._orders.search(asked.actor, asked.criteria, cursor)

    def sent(self, asked: Asked, cursor: Cursor | None) -> Sent:
        """What a search sends to the database."""
        sent: Sent = []

        def note(_c: object, _cursor: object, statement: str, parameters: object, _context: object, _m: object) -> None:
            sent.append((statement, parameters))

        event.listen(self._database.engine, "before_cursor_execute", note)
        try:
            self.search(asked, cursor)
        finally:
            event.remove(self._database.engine, "before_cursor_execute", note)
        return sent

    def executed(self, asked: Asked, cursor: Cursor | None) -> Executed:
        """What a search has SQLAlchemy execute, in one transaction."""
        executed: Executed = []

        def note(_c: object, statement: Executable | str, many: Any, values: Any, _options: object) -> None:  # noqa: ANN401
            # The texts that begin and end the transaction.
            if not isinstance(statement, str):
                executed.append((statement, many or values))

        event.listen(self._database.engine, "before_execute", note)
        try:
            self.search(asked, cursor)
        finally:
            event.remove(self._database.engine, "before_execute", note)
        return executed

    def run(self, executed: Executed) -> None:
        """Runs the statements of a search alone: nothing is built from the rows."""
        with self._database.read() as connection:
            for statement, values in executed:
                result = connection.execute(statement, values)
                if result.returns_rows:
                    result.all()


class Raw:
    """The driver alone: it sends its statements, and fetches all rows."""

    def __init__(self, connection: sqlite3.Connection | psycopg.Connection[Any], meter: Meter) -> None:
        self._connection = connection
        self.meter = meter

    def run(self, sent: Sent) -> None:
        """Runs one search, as one transaction."""
        cursor: Any = self._connection.cursor()
        for statement, parameters in sent:
            cursor.execute(statement, parameters)
            if cursor.description:
                cursor.fetchall()
        if isinstance(self._connection, psycopg.Connection):
            # SQLite's transaction is among the statements.
            self._connection.commit()


@contextmanager
def raw_driver(database: Database) -> Iterator[Raw]:
    """A connection as the desk makes it, without SQLAlchemy."""
    if database.sqlite:
        file = sqlite3.connect(str(database.url.database), isolation_level=None)
        for pragma in ("journal_mode=WAL", "cache_size=-65536", "temp_store=MEMORY", "mmap_size=2147418112"):
            file.execute(f"PRAGMA {pragma}")
        try:
            yield Raw(file, Meter(None))
        finally:
            file.close()
        return
    url = database.url.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(url, options="-c jit=off") as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        connection.read_only = True
        yield Raw(connection, Meter(connection.info.backend_pid))


class Orm:
    """The usual alternative: a query of the ORM with its count, and OFFSET. The indexes are the desk's."""

    def __init__(self, database: Database) -> None:
        self._engine = database.engine
        with database.read() as connection:
            backend = None
            if not database.sqlite:
                backend = connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
        self.meter = Meter(backend)

    def search(self, asked: Asked, page: int | None) -> int:
        """Reads the page with that number, from 0; the last if None. Returns the number of orders."""
        with Session(self._engine) as session:
            query = _query(session, asked)
            total = query.count()
            offset = max(total - 1, 0) // PAGE_SIZE * PAGE_SIZE if page is None else page * PAGE_SIZE
            query.order_by(OrderRow.create_time.desc(), OrderRow.key.desc()).offset(offset).limit(PAGE_SIZE).all()
            return total


def _query(session: Session, asked: Asked) -> Query[Any]:
    wanted = asked.criteria
    query: Query[Any] = (
        session.query(OrderRow, CustomerRow.name, ProductTypeRow.service_type_name)
        .join(CustomerRow, CustomerRow.key == OrderRow.customer_key)
        .join(ProductTypeRow, ProductTypeRow.key == OrderRow.product_type_key)
        .filter(OrderRow.resellers == (wanted.tab is CustomerTab.RESELLERS_CUSTOMERS))
    )
    if not asked.actor.reach.everything:
        query = query.join(AccountManagerRow, AccountManagerRow.key == OrderRow.account_manager_key)
        query = query.filter(AccountManagerRow.account_name_folded == asked.actor.reach.compared)
    if wanted.customer_key is not None:
        query = query.filter(OrderRow.customer_key == wanted.customer_key)
    if wanted.customer:
        query = query.filter(CustomerRow.search_text.contains(common_form(wanted.customer), autoescape=True))
    if wanted.order_no:
        query = query.filter(OrderRow.order_id_folded.startswith(fold_order_id(wanted.order_no), autoescape=True))
    if wanted.statuses:
        query = query.filter(OrderRow.status.in_(wanted.statuses))
    if wanted.order_types:
        query = query.filter(OrderRow.order_type.in_(wanted.order_types))
    if wanted.product_types:
        query = query.filter(OrderRow.product_type_key.in_(wanted.product_types))
    first, until = wanted.span(asked.actor.time_zone)
    if first:
        query = query.filter(OrderRow.create_time >= first)
    if until:
        query = query.filter(OrderRow.create_time < until)
    return query
