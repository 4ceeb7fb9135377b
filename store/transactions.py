"""What the transactions of both databases have in common: their interface, and what is noted of them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Protocol

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DatabaseError

from store.domain.clock import Deadline
from store.domain.errors import DatabaseBusy, DomainError

POOL_SECONDS = 5.0
"""How long a caller waits for a connection, if all are in use."""


@dataclass(slots=True)
class Kept:
    """The outcome of a request's writes, for the code that tells the person: see `watch_writes`."""

    anything: bool = False
    """Whether something was committed."""


_WATCHED: ContextVar[Kept | None] = ContextVar("watched", default=None)


@contextmanager
def watch_writes() -> Iterator[Kept]:
    """Notes whether `Database.write` commits anything in this context."""
    kept = Kept()
    token = _WATCHED.set(kept)
    try:
        yield kept
    finally:
        _WATCHED.reset(token)


@contextmanager
def noting() -> Iterator[None]:
    """Used around a commit."""
    yield
    kept = _WATCHED.get()
    if kept is not None:
        kept.anything = True


def judge(until: Deadline | None) -> None:
    """Raises DatabaseBusy if the deadline has passed."""
    if until is not None and until.left() <= 0:
        raise DatabaseBusy


class Bulk(Protocol):
    """One connection on which rows are first staged and judged, and then merged into the data."""

    def stage(self) -> AbstractContextManager[Connection]:
        """The connection on which staged tables are created, filled and queried; the data is only read."""

    def merge(self, *, keep: bool) -> AbstractContextManager[Connection]:
        """The connection on which the data is changed, in one transaction; undone on errors, and unless `keep`."""


class Backend(Protocol):
    """The way to connect to, read and write one kind of database: see `store.database.Database`."""

    engine: Engine

    def read(self) -> AbstractContextManager[Connection]: ...

    def write(self, until: Deadline | None, *, patient: bool, durable: bool) -> AbstractContextManager[Connection]: ...

    def bulk(self) -> AbstractContextManager[Bulk]: ...

    def fact_of(self, error: DatabaseError) -> DomainError | None:
        """The desk's error for a driver's error about the database itself; None for an error of a statement."""
