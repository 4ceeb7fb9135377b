"""PostgreSQL: how it is connected to, read and written, and what its errors mean.

READ COMMITTED; for more, take a lock of `store.queries`. Nobody waits long for a client that is frozen or gone:
a client that stops between two statements of a transaction keeps its locks. The server ends such a session after
IDLE_TIMEOUT_MS, and notices by TCP if the host or network is gone. A client that finds its session ended has changed
nothing.
https://www.postgresql.org/docs/15/runtime-config-client.html, and runtime-config-connection.html for TCP
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from psycopg import Connection as PsycopgConnection
from psycopg import errors as psycopg_errors
from sqlalchemy import URL, Connection, create_engine, event
from sqlalchemy.exc import DatabaseError, InternalError, OperationalError

from store.database_url import beside
from store.domain.clock import Deadline
from store.domain.errors import DatabaseBusy, DatabaseUnavailable, DomainError, Unconfirmed
from store.transactions import POOL_SECONDS, judge, noting

IDLE_TIMEOUT_MS = 5_000
"""How long a session may be idle inside a transaction, while its locks hold up all other writers."""
MERGE_IDLE_TIMEOUT_MS = 15_000
"""The same for bulk work while it writes: it would lose more."""
LEISURELY_TIMEOUT_MS = 600_000
"""The same without locks that others need: bulk work that prepares, an export that reads."""
_PEER_GONE_MS = 10_000
"""After this long without a TCP answer, the other end counts as gone."""
_CHECK_MS = 2_000
"""How often the server checks, while a statement runs or waits, whether its client still exists."""
_NOTICED = 0.05
"""The server is told again only if the time left is less than it was told by this many seconds."""

_LOCKED = (
    psycopg_errors.LockNotAvailable,
    psycopg_errors.DeadlockDetected,
    psycopg_errors.SerializationFailure,
    psycopg_errors.QueryCanceled,
    psycopg_errors.IdleInTransactionSessionTimeout,
)
"""PostgreSQL's errors if another transaction was in the way, or this one was: it was undone as a whole."""
_CLOSED = (psycopg_errors.ReadOnlySqlTransaction,)
"""Its error if it takes no writes, like a standby."""

_WITHOUT_WAITING = "SET LOCAL synchronous_commit = off"
_GRANT = "SELECT set_config('lock_timeout', %(milliseconds)s, true)"
_PATIENTLY = (
    "SELECT set_config('lock_timeout', '0', true), set_config('idle_in_transaction_session_timeout', %(idle)s, true)"
)
_DEADLINE = "order_desk_deadline"


def _connect_args(lock_timeout_ms: int, idle_timeout_ms: int) -> dict[str, Any]:
    """Connection arguments for psycopg: keepalives on both ends, and the limits of each session."""
    bounds = {
        "lock_timeout": lock_timeout_ms,
        "idle_in_transaction_session_timeout": idle_timeout_ms,
        "tcp_keepalives_idle": 5,
        "tcp_keepalives_interval": 2,
        "tcp_keepalives_count": 3,
        "tcp_user_timeout": _PEER_GONE_MS,
        # PostgreSQL estimates a search's statement as expensive, and then compiles it for longer than it runs.
        "jit": "off",
    }
    return {
        "connect_timeout": 5,
        "application_name": "order-desk",
        # Statements are few and always the same, and planning a search costs more than running it.
        "prepare_threshold": 1,
        "options": " ".join(f"-c {name}={value}" for name, value in bounds.items()),
        "keepalives": 1,
        "keepalives_idle": 5,
        "keepalives_interval": 2,
        "keepalives_count": 3,
        "tcp_user_timeout": _PEER_GONE_MS,
    }


def _look_after_client(connection: PsycopgConnection[Any], _record: object) -> None:
    """Makes the server end a statement whose client is gone, if its platform can tell."""
    with suppress(psycopg_errors.InvalidParameterValue), connection.transaction():
        connection.execute(f"SET client_connection_check_interval = {_CHECK_MS}")


def _wait_patiently(connection: Connection, idle_ms: int) -> None:
    """Makes the transaction wait for its locks however long that takes, and limits its idle time."""
    connection.exec_driver_sql(_PATIENTLY, {"idle": str(idle_ms)})


class _Hurry:
    """Ends each wait of a transaction with its deadline. `granted`: how many seconds a session waits for a lock."""

    def __init__(self, granted: float) -> None:
        self._granted = granted

    def begin(self, connection: Connection, deadline: Deadline) -> None:
        """Starts on this connection."""
        connection.execution_options(**{_DEADLINE: [deadline, self._granted]})

    def before_statement(self, connection: Connection, *_statement: object) -> None:
        """For SQLAlchemy's `before_cursor_execute`: tells the server if less time is left than it would wait.

        Raises DatabaseBusy if no time is left. A transaction that waits for nothing tells the server nothing.
        """
        going: list[Any] | None = connection.get_execution_options().get(_DEADLINE)
        if going is None:
            return
        deadline, granted = going
        left = deadline.left()
        if left <= 0:
            raise DatabaseBusy
        if left < granted - _NOTICED:
            # Before the statement below, which comes here, too.
            going[1] = left
            connection.exec_driver_sql(_GRANT, {"milliseconds": str(max(int(left * 1000), 1))})


@dataclass(slots=True)
class PostgresqlBulk:
    """Does it all in one transaction: temporary tables, which others never see, end with it."""

    connection: Connection
    kept: bool = False
    """Whether the merge is done and to be committed."""

    @contextmanager
    def stage(self) -> Iterator[Connection]:
        _wait_patiently(self.connection, LEISURELY_TIMEOUT_MS)
        yield self.connection

    @contextmanager
    def merge(self, *, keep: bool) -> Iterator[Connection]:
        _wait_patiently(self.connection, MERGE_IDLE_TIMEOUT_MS)
        yield self.connection
        self.kept = keep


class PostgresqlBackend:
    """A server's database. `leisurely`: it may take its time between two statements."""

    def __init__(self, url: URL, *, pool_size: int, busy_timeout_ms: int, leisurely: bool) -> None:
        idle_ms = LEISURELY_TIMEOUT_MS if leisurely else IDLE_TIMEOUT_MS
        self.engine = create_engine(
            url,
            hide_parameters=True,
            pool_size=pool_size,
            max_overflow=0,
            pool_timeout=POOL_SECONDS,
            pool_pre_ping=True,
            connect_args=beside(url, _connect_args(busy_timeout_ms, idle_ms)),
        )
        event.listen(self.engine, "connect", _look_after_client)
        self._hurry = _Hurry(busy_timeout_ms / 1000)
        self._hurried = self.engine.execution_options()
        event.listen(self._hurried, "before_cursor_execute", self._hurry.before_statement)
        # Sent with the BEGIN, which saves a round trip.
        self._reading = self.engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        with self._reading.connect() as connection:
            yield connection
            # There is nothing to commit, but psycopg forgets all prepared statements on a rollback.
            connection.commit()

    @contextmanager
    def write(self, until: Deadline | None, *, patient: bool, durable: bool) -> Iterator[Connection]:
        engine = self.engine if until is None else self._hurried
        with engine.connect() as connection:
            if until is not None:
                self._hurry.begin(connection, until)
            transaction = connection.begin()
            with transaction:
                if patient:
                    _wait_patiently(connection, LEISURELY_TIMEOUT_MS)
                if not durable:
                    connection.exec_driver_sql(_WITHOUT_WAITING)
                yield connection
                judge(until)
                with noting(), _confirmed():
                    transaction.commit()

    @contextmanager
    def bulk(self) -> Iterator[PostgresqlBulk]:
        with self.engine.connect() as connection, connection.begin() as transaction:
            bulk = PostgresqlBulk(connection)
            yield bulk
            if not bulk.kept:
                transaction.rollback()

    def fact_of(self, error: DatabaseError) -> DomainError | None:
        if isinstance(error, OperationalError | InternalError):
            if isinstance(error.orig, _LOCKED):
                return DatabaseBusy()
            if isinstance(error, InternalError) and not isinstance(error.orig, _CLOSED):
                return None
            return DatabaseUnavailable(str(error.orig).strip().splitlines()[0])
        return DatabaseUnavailable(str(error.orig)) if type(error) is DatabaseError else None


@contextmanager
def _confirmed() -> Iterator[None]:
    """Used around a commit: if the connection is lost without an answer, the commit may have been done."""
    try:
        yield
    except OperationalError as error:
        if getattr(error.orig, "sqlstate", None) is None:
            raise Unconfirmed(str(error.orig).strip().splitlines()[0]) from error
        raise
