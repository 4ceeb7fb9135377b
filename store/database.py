"""The database: one engine, a context manager to read and one to write. Nothing else opens a connection.

The peculiarities of each kind of database are in `store.sqlite` and `store.postgresql`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection
from sqlalchemy.exc import DatabaseError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from store.database_url import parse
from store.domain.clock import Deadline
from store.domain.errors import DatabaseBusy
from store.postgresql import PostgresqlBackend
from store.private_files import narrow
from store.sqlite import SqliteBackend
from store.transactions import Backend, Bulk
from store.work import Workers

BUSY_TIMEOUT_MS = 2_000
"""How long a write waits for another's: less than Slack's three seconds, so that the person still gets an answer."""


class Database:
    """The one way to the data. `read()` and `write()` each provide a connection with a transaction of its own.

    `url` is SQLAlchemy's, `sqlite:///path` or `postgresql+psycopg://…`; DatabaseUnavailable for any other. The folder
    of an SQLite file is created if missing, and a new file is private to its owner. `mapped`: SQLite reads the file as
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
        self.url = parse(url)
        self.sqlite = self.url.get_backend_name() == "sqlite"
        self.backend: Backend
        if self.sqlite:
            self.backend = SqliteBackend(self.url, pool_size=pool_size, busy_timeout_ms=busy_timeout_ms, mapped=mapped)
        else:
            self.backend = PostgresqlBackend(
                self.url, pool_size=pool_size, busy_timeout_ms=busy_timeout_ms, leisurely=leisurely
            )
        self.engine = self.backend.engine
        self.workers = Workers()
        """Who of this process is woken by what a write leaves to be done."""

    @property
    def name(self) -> str:
        """The location of the data, without a password."""
        return self.url.render_as_string(hide_password=True)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A transaction that sees one consistent snapshot for its whole length, and changes nothing.

        Raises DatabaseUnavailable if the database cannot be reached or used.
        """
        with self._told(), self.backend.read() as connection:
            yield connection

    @contextmanager
    def write(
        self, *, until: Deadline | None = None, patient: bool = False, durable: bool = True
    ) -> Iterator[Connection]:
        """A transaction that commits at the end, or rolls back if an exception leaves it.

        `until`: every wait ends then, and the time is checked once more just before the commit: a change that would
        come too late to be reported has no effect. For everything that a person requests; see `Actor.deadline`.
        `patient`: it waits for its turn however long that takes, for work that nobody in Slack waits for; in SQLite,
        where a stopped process may hold the file for ever, up to PATIENT_SECONDS.
        Not `durable`: it does not wait for the disk. A power cut may undo it as a whole, until the next transaction
        that does wait; the end of the process does not.
        Raises DatabaseBusy if another writer holds what is needed for too long, or `until` has passed;
        DatabaseUnavailable if the database cannot be reached or used; Unconfirmed if it was lost during the commit.
        """
        with (
            self.workers.woken() as begin,
            self._told(),
            self.backend.write(until, patient=patient, durable=durable) as connection,
        ):
            begin(connection)
            yield connection

    @contextmanager
    def bulk(self) -> Iterator[Bulk]:
        """A connection for bulk work: preparing holds up no other writer, and leaves nothing behind."""
        with self._told(), self.backend.bulk() as bulk:
            yield bulk

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Turns a driver's errors about the database itself into the desk's."""
        try:
            yield
        except PoolTimeoutError as error:
            raise DatabaseBusy from error
        except DatabaseError as error:
            fact = self.backend.fact_of(error)
            if fact is None:
                raise
            raise fact from error

    def keep_private(self) -> None:
        """Makes the files of an SQLite database private, if others can read them."""
        if self.sqlite:
            narrow(Path(str(self.url.database)))

    def close(self) -> None:
        """Closes all unused connections."""
        self.engine.dispose()
