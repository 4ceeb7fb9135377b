"""The database: one engine, a scope to read and a scope to write. Nothing else opens a connection.

SQLite: WAL, foreign keys on, writes begin with BEGIN IMMEDIATE (a deferred transaction that reads and then writes
fails at once when it races), synchronous FULL so that what was acknowledged survives a power cut.
PostgreSQL: READ COMMITTED; for more, take a lock of `store.queries`. Its bounds of time: `store.postgresql`.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from sqlite3 import Connection as SqliteConnection
from tempfile import TemporaryDirectory

from sqlalchemy import Connection, Engine, FromClause, create_engine, event
from sqlalchemy.dialects.sqlite.base import SQLiteCompiler
from sqlalchemy.exc import DatabaseError, InternalError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.pool import QueuePool

from store.database_url import beside, parse
from store.domain.clock import Deadline
from store.domain.errors import DatabaseBusy, DatabaseUnavailable, Unconfirmed
from store.postgresql import (
    CLOSED,
    IDLE_TIMEOUT_MS,
    LEISURELY_TIMEOUT_MS,
    LOCKED,
    MERGE_IDLE_TIMEOUT_MS,
    Hurry,
    connect_args,
    look_after_client,
    wait_patiently,
)
from store.private_files import make_private, narrow

BUSY_TIMEOUT_MS = 2_000
"""How long a write waits for another's: less than Slack's three seconds, so that the person is still told."""
_WITHOUT_WAITING = "SET LOCAL synchronous_commit = off"

POOL_SECONDS = 5.0
"""How long a caller waits for a connection, where all are in use."""
PATIENT_SECONDS = 600.0
"""How long a patient write waits for others in SQLite: longer than a large database takes to be brought up to date."""
BULK_TIMEOUT_MS = 60_000
"""How long bulk work waits to write: nobody in Slack waits for it, and it has much to lose."""

_MAPPED = 2**31 - 2**16
"""Bytes of the file that are mapped: as many as SQLite is built for."""

STAGING = "staging"
"""The name under which SQLite knows the file in which bulk work is prepared; PostgreSQL uses temporary tables."""


@dataclass(slots=True)
class Kept:
    """What became of the writes of a request, for the code that tells the person: see `watch_writes`."""

    anything: bool = False
    """Whether something was committed."""


_WATCHED: ContextVar[Kept | None] = ContextVar("watched", default=None)


@contextmanager
def watch_writes() -> Iterator[Kept]:
    """Notes whether `Database.write` commits anything in this context meanwhile."""
    kept = Kept()
    token = _WATCHED.set(kept)
    try:
        yield kept
    finally:
        _WATCHED.reset(token)


@contextmanager
def _noting() -> Iterator[None]:
    """Around a commit."""
    yield
    kept = _WATCHED.get()
    if kept is not None:
        kept.anything = True


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
        self._bound(LEISURELY_TIMEOUT_MS)
        with self._transaction("BEGIN", keep=True):
            yield self.connection

    @contextmanager
    def merge(self, *, keep: bool) -> Iterator[Connection]:
        """Where the data is changed, as one transaction; undone at the end unless `keep`, and where it raises."""
        self._bound(MERGE_IDLE_TIMEOUT_MS)
        with self._transaction("BEGIN IMMEDIATE", keep=keep):
            yield self.connection
        self.kept = keep

    def _bound(self, idle_ms: int) -> None:
        if self.connection.dialect.name != "sqlite":
            wait_patiently(self.connection, idle_ms)

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
    although the system may take them back. `leisurely`: it only reads, and may take its time between two statements.
    """

    def __init__(
        self,
        url: str,
        *,
        pool_size: int = 20,
        busy_timeout_ms: int = BUSY_TIMEOUT_MS,
        mapped: bool = False,
        leisurely: bool = False,
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
                pool_timeout=POOL_SECONDS,
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
            idle_ms = LEISURELY_TIMEOUT_MS if leisurely else IDLE_TIMEOUT_MS
            self.engine = create_engine(
                parsed,
                hide_parameters=True,
                pool_size=pool_size,
                max_overflow=0,
                pool_timeout=POOL_SECONDS,
                pool_pre_ping=True,
                connect_args=beside(parsed, connect_args(busy_timeout_ms, idle_ms)),
            )
            event.listen(self.engine, "connect", look_after_client)
            self._hurry = Hurry(self._busy_seconds)
            self._hurried = self.engine.execution_options()
            event.listen(self._hurried, "before_cursor_execute", self._hurry.before_statement)
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
    def write(
        self, *, until: Deadline | None = None, patient: bool = False, durable: bool = True
    ) -> Iterator[Connection]:
        """A transaction that is committed at the end, or rolled back where an exception leaves it.

        `until`: each wait ends with it, and what is left is judged last before the commit: what comes too late to be
        heard of has no effect. For all that a person asks for; see `Actor.deadline`.
        `patient`: it takes its turn however long that takes, as what nobody waits for in Slack; in SQLite, where a
        process that is stopped may hold the file for ever, up to PATIENT_SECONDS.
        Not `durable`: it does not wait for the disk. A power cut may undo it, whole, until the next transaction that
        does wait; the end of the process does not.
        Raises DatabaseBusy where another writer holds what is needed for too long, or `until` has passed;
        DatabaseUnavailable where the database cannot be reached or used; Unconfirmed where it went away in the commit.
        """
        if self.sqlite:
            seconds = PATIENT_SECONDS if patient else self._busy_seconds
            with (
                _told(),
                self.engine.connect() as connection,
                self._in_sqlite(connection, seconds, until, durable=durable),
            ):
                yield connection
            return
        engine = self.engine if until is None else self._hurried
        with _told(), engine.connect() as connection:
            if until is not None:
                self._hurry.begin(connection, until)
            transaction = connection.begin()
            with transaction:
                if patient:
                    wait_patiently(connection, LEISURELY_TIMEOUT_MS)
                if not durable:
                    connection.exec_driver_sql(_WITHOUT_WAITING)
                yield connection
                _judge(until)
                with _noting(), _confirmed():
                    transaction.commit()

    @contextmanager
    def _in_sqlite(
        self, connection: Connection, seconds: float, until: Deadline | None, *, durable: bool
    ) -> Iterator[None]:
        with (
            self._turn(_granted(seconds, until)),
            _synchronous(connection, durable=durable),
            # Within this process it is its turn; another process may hold the file.
            _waiting(connection, _granted(seconds, until), self._busy_seconds),
        ):
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            try:
                _judge(until)
                yield
                _judge(until)
            except BaseException:
                connection.exec_driver_sql("ROLLBACK")
                raise
            with _noting():
                connection.exec_driver_sql("COMMIT")

    @contextmanager
    def _turn(self, seconds: float) -> Iterator[None]:
        """Writers of this process take turns here: SQLite itself makes them sleep and try again, for much longer."""
        if not self._writing.acquire(timeout=seconds):
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
    except (OperationalError, InternalError) as error:
        if isinstance(error.orig, LOCKED) or "database is locked" in str(error.orig):
            raise DatabaseBusy from error
        if isinstance(error, InternalError) and not isinstance(error.orig, CLOSED):
            raise
        raise DatabaseUnavailable(str(error.orig).strip().splitlines()[0]) from error
    except PoolTimeoutError as error:
        raise DatabaseBusy from error
    except DatabaseError as error:
        # Only of this very class is what SQLite says of a file that is none of its own, or broken.
        if type(error) is not DatabaseError:
            raise
        raise DatabaseUnavailable(str(error.orig)) from error


def _granted(seconds: float, until: Deadline | None) -> float:
    """Seconds of the next wait."""
    return seconds if until is None else min(seconds, max(until.left(), 0.0))


def _judge(until: Deadline | None) -> None:
    if until is not None and until.left() <= 0:
        raise DatabaseBusy


@contextmanager
def _confirmed() -> Iterator[None]:
    """Around a commit: where the connection is lost without a word, it may have been done."""
    try:
        yield
    except OperationalError as error:
        if getattr(error.orig, "sqlstate", None) is None:
            raise Unconfirmed(str(error.orig).strip().splitlines()[0]) from error
        raise


@contextmanager
def _waiting(connection: Connection, seconds: float, usually: float) -> Iterator[None]:
    """How long SQLite waits for another process; it takes that of the connection."""
    if seconds == usually:
        yield
        return
    connection.exec_driver_sql(f"PRAGMA busy_timeout={int(seconds * 1000)}")
    try:
        yield
    finally:
        connection.exec_driver_sql(f"PRAGMA busy_timeout={int(usually * 1000)}")


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


__all__ = ["BUSY_TIMEOUT_MS", "STAGING", "Bulk", "Database", "Engine", "Kept", "watch_writes"]
