"""The database: one engine, a scope to read and a scope to write. Nothing else opens a connection.

SQLite: WAL, foreign keys on, writes begin with BEGIN IMMEDIATE (a deferred transaction that reads and then writes
fails at once when it races), synchronous FULL so that what was acknowledged survives a power cut.
PostgreSQL: READ COMMITTED; whoever needs more takes a lock, in `store.queries`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from sqlite3 import Connection as SqliteConnection

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.pool import QueuePool

BUSY_TIMEOUT_MS = 2_000
"""How long a write waits for another's: less than Slack's three seconds, so that the person is still told."""


class Database:
    """The one way to the data. `read()` and `write()` each give a connection with a transaction of its own.

    `url` is SQLAlchemy's, `sqlite:///path` or `postgresql+psycopg://…`. Raises sqlalchemy.exc.ArgumentError for
    another form. A SQLite file's folder is made if it is missing.
    """

    def __init__(self, url: str, *, pool_size: int = 20, busy_timeout_ms: int = BUSY_TIMEOUT_MS) -> None:
        parsed = make_url(url)
        self.url = parsed
        self.sqlite = parsed.get_backend_name() == "sqlite"
        if self.sqlite:
            if not parsed.database or parsed.database == ":memory:":
                raise ValueError("SQLite needs a file: several threads share the database")
            Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
            self.engine = create_engine(
                parsed,
                poolclass=QueuePool,
                pool_size=pool_size,
                max_overflow=0,
                connect_args={
                    "check_same_thread": False,
                    "timeout": busy_timeout_ms / 1000,
                    "isolation_level": None,
                },
            )
            event.listen(self.engine, "connect", _prepare_sqlite)
        else:
            self.engine = create_engine(
                parsed,
                pool_size=pool_size,
                max_overflow=0,
                pool_pre_ping=True,
                connect_args={"connect_timeout": 5, "application_name": "order-desk"},
            )

    @property
    def name(self) -> str:
        """Where the data is, without a password."""
        return self.url.render_as_string(hide_password=True)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A transaction that sees one consistent picture for its whole length, and changes nothing."""
        with self.engine.connect() as connection:
            if self.sqlite:
                connection.exec_driver_sql("BEGIN")
                try:
                    yield connection
                finally:
                    connection.exec_driver_sql("ROLLBACK")
            else:
                connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
                yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction that is committed at the end, or rolled back where an exception leaves it.

        SQLite: raises sqlalchemy.exc.OperationalError where another writer holds it longer than the busy timeout.
        """
        with self.engine.connect() as connection:
            if not self.sqlite:
                with connection.begin():
                    yield connection
                return
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            try:
                yield connection
            except BaseException:
                connection.exec_driver_sql("ROLLBACK")
                raise
            connection.exec_driver_sql("COMMIT")

    def close(self) -> None:
        """Closes all connections that are not in use."""
        self.engine.dispose()


def _prepare_sqlite(connection: SqliteConnection, _record: object) -> None:
    for pragma in (
        "journal_mode=WAL",
        "foreign_keys=ON",
        "synchronous=FULL",
        "cache_size=-65536",
        "temp_store=MEMORY",
    ):
        connection.execute(f"PRAGMA {pragma}").close()


__all__ = ["BUSY_TIMEOUT_MS", "Database", "Engine"]
