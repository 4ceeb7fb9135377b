"""The database: one engine, a scope to read and a scope to write. Nothing else opens a connection.

SQLite: WAL, foreign keys on, writes begin with BEGIN IMMEDIATE (a deferred transaction that reads and then writes
fails at once when it races), synchronous FULL so that what was acknowledged survives a power cut.
PostgreSQL: READ COMMITTED; whoever needs more takes a lock, in `store.queries`.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from sqlite3 import Connection as SqliteConnection
from tempfile import TemporaryDirectory

from psycopg import errors as psycopg_errors
from sqlalchemy import Connection, Engine, FromClause, create_engine, event
from sqlalchemy.dialects.sqlite.base import SQLiteCompiler
from sqlalchemy.exc import DatabaseError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.pool import QueuePool

from store.database_url import beside, parse
from store.domain.errors import DatabaseBusy, DatabaseUnavailable
from store.private_files import make_private, narrow

BUSY_TIMEOUT_MS = 2_000
"""How long a write waits for another's: less than Slack's three seconds, so that the person is still told."""
_PATIENTLY = "SET LOCAL lock_timeout = 0"
_WITHOUT_WAITING = "SET LOCAL synchronous_commit = off"

BULK_TIMEOUT_MS = 60_000
"""How long bulk work waits to write: nobody in Slack waits for it, and it has much to lose."""

LOCKED = (
    psycopg_errors.LockNotAvailable,
    psycopg_errors.DeadlockDetected,
    psycopg_errors.SerializationFailure,
    psycopg_errors.QueryCanceled,
)
"""What PostgreSQL says where another transaction was in the way."""

_MAPPED = 2**31 - 2**16
"""Bytes of the file that are mapped: as many as SQLite is built for."""

STAGING = "staging"
"""The name under which SQLite knows the file in which bulk work is prepared; PostgreSQL uses temporary tables."""


@dataclass(slots=True)
class Bulk:
    """One connection on which rows are staged and judged, and then merged into the data, in two steps.

    SQLite stages in a file of its own, so that the data's one write lock is held for the merge alone. PostgreSQL does
    it all in one transaction: temporary tables, which others never see, end with it.
    """

    connection: Connection
    kept: bool = False
    """Whether the merge is done, and to be kept."""

    @contextmanager
    def stage(self) -> Iterator[Connection]:
        """Where the staged tables are made, filled and asked; the data is only read."""
        with self._transaction("BEGIN", keep=True):
            yield self.connection

    @contextmanager
    def merge(self, *, keep: bool) -> Iterator[Connection]:
        """Where the data is changed, as one transaction; undone at the end unless `keep`, and where it raises."""
        with self._transaction("BEGIN IMMEDIATE", keep=keep):
            yield self.connection
        self.kept = keep

    @contextmanager
    def _transaction(self, begin: str, *, keep: bool) -> Iterator[None]:
        if self.connection.dialect.name != "sqlite":
            yield
            return
        self.connection.exec_driver_sql(begin)
        try:
            yield
        except BaseException:
            self.connection.exec_driver_sql("ROLLBACK")
            raise
        self.connection.exec_driver_sql("COMMIT" if keep else "ROLLBACK")


class _HintingCompiler(SQLiteCompiler):
    """SQLAlchemy's own leaves hints of tables out for SQLite, which has them: `INDEXED BY …`, and CROSS before JOIN."""

    def get_from_hint_text(self, table: FromClause, text: str | None) -> str | None:  # noqa: ARG002
        return text


class Database:
    """The one way to the data. `read()` and `write()` each give a connection with a transaction of its own.

    `url` is SQLAlchemy's, `sqlite:///path` or `postgresql+psycopg://…`; DatabaseUnavailable for another. A SQLite
    file's folder is made if it is missing, and a new file is its owner's alone. `mapped`: SQLite reads the file as
    memory, which halves the time of a search in a large one; the file's pages then count as the process's memory,
    although the system may take them back.
    """

    def __init__(
        self, url: str, *, pool_size: int = 20, busy_timeout_ms: int = BUSY_TIMEOUT_MS, mapped: bool = False
    ) -> None:
        parsed = parse(url)
        self.url = parsed
        self.sqlite = parsed.get_backend_name() == "sqlite"
        self._busy_seconds = busy_timeout_ms / 1000
        self._writing = threading.Lock()
        if self.sqlite:
            path = Path(str(parsed.database))
            _make_folder(path)
            self.engine = create_engine(
                parsed,
                hide_parameters=True,
                poolclass=QueuePool,
                pool_size=pool_size,
                max_overflow=0,
                connect_args={
                    "check_same_thread": False,
                    "timeout": busy_timeout_ms / 1000,
                    "isolation_level": None,
                },
            )
            self.engine.dialect.statement_compiler = _HintingCompiler
            event.listen(self.engine, "do_connect", lambda *_: make_private(path))
            event.listen(self.engine, "connect", _prepare_sqlite)
            if mapped:
                event.listen(self.engine, "connect", _map_sqlite)
            self._reading = self.engine
        else:
            self.engine = create_engine(
                parsed,
                hide_parameters=True,
                pool_size=pool_size,
                max_overflow=0,
                pool_pre_ping=True,
                connect_args=beside(
                    parsed,
                    {
                        "connect_timeout": 5,
                        "application_name": "order-desk",
                        # Statements are few and always the same; to plan one of a search's costs more than to run it.
                        "prepare_threshold": 1,
                        # A search's statement is estimated to be dear, and then compiled for longer than it runs.
                        "options": f"-c lock_timeout={busy_timeout_ms} -c jit=off",
                    },
                ),
            )
            # Said with the BEGIN, which spares a way there and back.
            self._reading = self.engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)

    @property
    def name(self) -> str:
        """Where the data is, without a password."""
        return self.url.render_as_string(hide_password=True)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A transaction that sees one consistent picture for its whole length, and changes nothing.

        Raises DatabaseUnavailable where the database cannot be reached or used.
        """
        with _told(), self._reading.connect() as connection:
            if not self.sqlite:
                yield connection
                # There is nothing to keep, but psycopg forgets all prepared statements where it rolls back.
                connection.commit()
                return
            connection.exec_driver_sql("BEGIN")
            try:
                yield connection
            finally:
                connection.exec_driver_sql("ROLLBACK")

    @contextmanager
    def write(self, *, patient: bool = False, durable: bool = True) -> Iterator[Connection]:
        """A transaction that is committed at the end, or rolled back where an exception leaves it.

        `patient`: in PostgreSQL it takes its turn however long that takes, as what nobody waits for in Slack.
        Not `durable`: it does not wait for the disk. A power cut may undo it, whole, until the next transaction that
        does wait; the end of the process does not.
        Raises DatabaseBusy where another writer holds what is needed for too long, DatabaseUnavailable where the
        database cannot be reached or used.
        """
        with _told(), self.engine.connect() as connection:
            if not self.sqlite:
                with connection.begin():
                    if patient:
                        connection.exec_driver_sql(_PATIENTLY)
                    if not durable:
                        connection.exec_driver_sql(_WITHOUT_WAITING)
                    yield connection
                return
            with self._turn(), _synchronous(connection, durable=durable):
                connection.exec_driver_sql("BEGIN IMMEDIATE")
                try:
                    yield connection
                except BaseException:
                    connection.exec_driver_sql("ROLLBACK")
                    raise
                connection.exec_driver_sql("COMMIT")

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """Writers of this process take turns here: SQLite itself makes them sleep and try again, for much longer."""
        if not self._writing.acquire(timeout=self._busy_seconds):
            raise DatabaseBusy
        try:
            yield
        finally:
            self._writing.release()

    @contextmanager
    def bulk(self) -> Iterator[Bulk]:
        """A connection for bulk work: what is prepared on it holds up no other writer, and is gone at its end."""
        if not self.sqlite:
            with _told(), self.engine.connect() as connection, connection.begin() as transaction:
                connection.exec_driver_sql(_PATIENTLY)
                bulk = Bulk(connection)
                yield bulk
                if not bulk.kept:
                    transaction.rollback()
            return
        with _told(), TemporaryDirectory(prefix="order-desk-") as folder, self.engine.connect() as connection:
            # Closed at the end instead of going back: it has another database attached, and sorts on the disk.
            connection.detach()
            connection.exec_driver_sql("PRAGMA temp_store=FILE")
            connection.exec_driver_sql(f"PRAGMA busy_timeout={BULK_TIMEOUT_MS}")
            staging = Path(folder) / "staging.db"
            make_private(staging)
            connection.exec_driver_sql(f"ATTACH ? AS {STAGING}", (str(staging),))
            for pragma in ("journal_mode=OFF", "synchronous=OFF", "cache_size=-32768"):
                connection.exec_driver_sql(f"PRAGMA {STAGING}.{pragma}")
            yield Bulk(connection)

    def keep_private(self) -> None:
        """Takes the files of an SQLite database that others can read from these others."""
        if self.sqlite:
            narrow(Path(str(self.url.database)))

    def close(self) -> None:
        """Closes all connections that are not in use."""
        self.engine.dispose()


def _make_folder(path: Path) -> None:
    folder = path.parent
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DatabaseUnavailable(f"the folder {folder} cannot be made: {error.strerror}") from None


@contextmanager
def _told() -> Iterator[None]:
    """Turns what a driver says of the database itself into a fact of the desk's."""
    try:
        yield
    except OperationalError as error:
        if isinstance(error.orig, LOCKED) or "database is locked" in str(error.orig):
            raise DatabaseBusy from error
        raise DatabaseUnavailable(str(error.orig).strip().splitlines()[0]) from error
    except PoolTimeoutError as error:
        raise DatabaseBusy from error
    except DatabaseError as error:
        # Only of this very class is what SQLite says of a file that is none of its own, or broken.
        if type(error) is not DatabaseError:
            raise
        raise DatabaseUnavailable(str(error.orig)) from error


@contextmanager
def _synchronous(connection: Connection, *, durable: bool) -> Iterator[None]:
    """How the transaction is committed; SQLite takes it of the connection, between two transactions."""
    if durable:
        yield
        return
    connection.exec_driver_sql("PRAGMA synchronous=NORMAL")
    try:
        yield
    finally:
        connection.exec_driver_sql("PRAGMA synchronous=FULL")


def _prepare_sqlite(connection: SqliteConnection, _record: object) -> None:
    for pragma in (
        "journal_mode=WAL",
        "foreign_keys=ON",
        "synchronous=FULL",
        "cache_size=-65536",
        "temp_store=MEMORY",
    ):
        connection.execute(f"PRAGMA {pragma}").close()


def _map_sqlite(connection: SqliteConnection, _record: object) -> None:
    connection.execute(f"PRAGMA mmap_size={_MAPPED}").close()


__all__ = ["BUSY_TIMEOUT_MS", "STAGING", "Bulk", "Database", "Engine"]
