"""SQLite: how it is connected to, read and written.

WAL, foreign keys on, writes begin with BEGIN IMMEDIATE (a deferred transaction that reads and then writes fails at once
when it races), synchronous FULL so that what was acknowledged survives a power cut.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from sqlite3 import Connection as SqliteConnection
from tempfile import TemporaryDirectory

from sqlalchemy import URL, Connection, FromClause, create_engine, event
from sqlalchemy.dialects.sqlite.base import SQLiteCompiler
from sqlalchemy.exc import DatabaseError, OperationalError
from sqlalchemy.pool import QueuePool

from store.domain.clock import Deadline
from store.domain.errors import DatabaseBusy, DatabaseUnavailable, DomainError
from store.private_files import make_private
from store.transactions import POOL_SECONDS, judge, noting

PATIENT_SECONDS = 600.0
"""How long a patient write waits for others: longer than the upgrade of a large database takes."""
BULK_TIMEOUT_MS = 60_000
"""How long bulk work waits to write: nobody in Slack waits for it, and it would lose much work."""
STAGING = "staging"
"""SQLite's name for the file in which bulk work is prepared."""
_MAPPED = 2**31 - 2**16
"""Bytes of the file that are mapped: the most for which SQLite is built."""
_PREPARED = ("journal_mode=WAL", "foreign_keys=ON", "synchronous=FULL", "cache_size=-65536", "temp_store=MEMORY")


class _HintingCompiler(SQLiteCompiler):
    """SQLAlchemy's compiler omits table hints for SQLite, which has them: `INDEXED BY …`, and CROSS before JOIN."""

    def get_from_hint_text(self, table: FromClause, text: str | None) -> str | None:  # noqa: ARG002
        return text


@dataclass(slots=True)
class SqliteBulk:
    """Stages in a separate file, so that only the merge holds the data's one write lock."""

    connection: Connection

    @contextmanager
    def stage(self) -> Iterator[Connection]:
        with _transaction(self.connection, "BEGIN", "COMMIT"):
            yield self.connection

    @contextmanager
    def merge(self, *, keep: bool) -> Iterator[Connection]:
        with _transaction(self.connection, "BEGIN IMMEDIATE", "COMMIT" if keep else "ROLLBACK"):
            yield self.connection


class SqliteBackend:
    """A file. `mapped`: SQLite reads it as memory."""

    def __init__(self, url: URL, *, pool_size: int, busy_timeout_ms: int, mapped: bool) -> None:
        """Creates its folder if it is missing; raises DatabaseUnavailable if that fails."""
        self._busy_seconds = busy_timeout_ms / 1000
        self.writing = threading.Lock()
        """Held by the one writer of this process."""
        path = Path(str(url.database))
        _make_folder(path)
        self.engine = create_engine(
            url,
            hide_parameters=True,
            poolclass=QueuePool,
            pool_size=pool_size,
            max_overflow=0,
            pool_timeout=POOL_SECONDS,
            connect_args={"check_same_thread": False, "timeout": self._busy_seconds, "isolation_level": None},
        )
        self.engine.dialect.statement_compiler = _HintingCompiler
        pragmas = (*_PREPARED, f"mmap_size={_MAPPED}") if mapped else _PREPARED

        def prepare(connection: SqliteConnection, _record: object) -> None:
            for pragma in pragmas:
                connection.execute(f"PRAGMA {pragma}").close()

        event.listen(self.engine, "do_connect", lambda *_: make_private(path))
        event.listen(self.engine, "connect", prepare)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        with self.engine.connect() as connection, _transaction(connection, "BEGIN", "ROLLBACK"):
            yield connection

    @contextmanager
    def write(self, until: Deadline | None, *, patient: bool, durable: bool) -> Iterator[Connection]:
        seconds = PATIENT_SECONDS if patient else self._busy_seconds
        with (
            self.engine.connect() as connection,
            self._turn(_granted(seconds, until)),
            _synchronous(connection, durable=durable),
            # Within this process it has the turn; another process may hold the file.
            _waiting(connection, _granted(seconds, until), self._busy_seconds),
        ):
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            try:
                judge(until)
                yield connection
                judge(until)
            except BaseException:
                connection.exec_driver_sql("ROLLBACK")
                raise
            with noting():
                connection.exec_driver_sql("COMMIT")

    @contextmanager
    def _turn(self, seconds: float) -> Iterator[None]:
        """Writers of this process take turns here: SQLite itself makes them sleep and retry, for much longer."""
        if not self.writing.acquire(timeout=seconds):
            raise DatabaseBusy
        try:
            yield
        finally:
            self.writing.release()

    @contextmanager
    def bulk(self) -> Iterator[SqliteBulk]:
        with TemporaryDirectory(prefix="order-desk-") as folder, self.engine.connect() as connection:
            # Closed at the end, not returned to the pool: it has another database attached, and sorts on the disk.
            connection.detach()
            connection.exec_driver_sql("PRAGMA temp_store=FILE")
            connection.exec_driver_sql(f"PRAGMA busy_timeout={BULK_TIMEOUT_MS}")
            staging = Path(folder) / "staging.db"
            make_private(staging)
            connection.exec_driver_sql(f"ATTACH ? AS {STAGING}", (str(staging),))
            for pragma in ("journal_mode=OFF", "synchronous=OFF", "cache_size=-32768"):
                connection.exec_driver_sql(f"PRAGMA {STAGING}.{pragma}")
            yield SqliteBulk(connection)

    def fact_of(self, error: DatabaseError) -> DomainError | None:
        if isinstance(error, OperationalError):
            said = str(error.orig)
            return DatabaseBusy() if "database is locked" in said else DatabaseUnavailable(said.strip().splitlines()[0])
        # Only this exact class means that the file is not SQLite's, or is broken.
        return DatabaseUnavailable(str(error.orig)) if type(error) is DatabaseError else None


def _make_folder(path: Path) -> None:
    folder = path.parent
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DatabaseUnavailable(f"the folder {folder} cannot be made: {error.strerror}") from None


@contextmanager
def _transaction(connection: Connection, begin: str, end: str) -> Iterator[None]:
    """From one of these statements to the other, or to ROLLBACK if it raises."""
    connection.exec_driver_sql(begin)
    try:
        yield
    except BaseException:
        connection.exec_driver_sql("ROLLBACK")
        raise
    connection.exec_driver_sql(end)


def _granted(seconds: float, until: Deadline | None) -> float:
    """The seconds for the next wait."""
    return seconds if until is None else min(seconds, max(until.left(), 0.0))


@contextmanager
def _waiting(connection: Connection, seconds: float, usually: float) -> Iterator[None]:
    """How long SQLite waits for another process, which is a setting of the connection."""
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
    """How the transaction commits; SQLite takes it from the connection, between two transactions."""
    if durable:
        yield
        return
    connection.exec_driver_sql("PRAGMA synchronous=NORMAL")
    try:
        yield
    finally:
        connection.exec_driver_sql("PRAGMA synchronous=FULL")
