"""The schema's version: upgraded on start, refused if it is newer; and which process may serve."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from store import migrations
from store.database import Database
from store.domain.errors import DatabaseBusy, DatabaseInUse, DatabaseUnavailable, SchemaTooNew
from store.private_files import make_private
from store.queries.locks import Lock, serialise


@cache
def head_version() -> str:
    """The version that this program uses."""
    head = ScriptDirectory.from_config(_config()).get_current_head()
    if head is None:
        raise RuntimeError("the migrations' scripts are missing from this installation")
    return head


def current_version(database: Database) -> str | None:
    """The database's version; None if it has no tables yet."""
    with database.read() as connection:
        return _version_of(connection)


def upgrade(database: Database) -> None:
    """Upgrades the schema to this program's version; does nothing if it has that already.

    Several processes may do so at once: one works, the others wait. All or nothing. The files of an SQLite database,
    which older programs made readable for everybody, become private to their owner. Raises SchemaTooNew if a newer
    program wrote the database.
    """
    database.keep_private()
    config = _config()
    with database.write(patient=True) as connection:
        serialise(connection, Lock.SCHEMA)
        found = _version_of(connection)
        if found == head_version():
            return
        if found is not None and not is_known(found):
            raise SchemaTooNew(found)
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def is_known(version: str) -> bool:
    """Whether this program knows that version of the schema."""
    return version in {script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()}


def verdict(database: Database) -> str:
    """Empty if the database can be queried, otherwise why not."""
    try:
        with database.read() as connection:
            connection.exec_driver_sql("SELECT 1")
    except DatabaseBusy:
        return "another write holds the database for too long"
    except DatabaseUnavailable as error:
        return error.reason
    return ""


@contextmanager
def hold(database: Database) -> Iterator[None]:
    """Holds the database for the one process that serves from it, until the block ends.

    SQLite: raises DatabaseInUse if another process holds it; the hold of a killed process ends with it.
    PostgreSQL: any number of processes may serve, and nothing is held.
    """
    if not database.sqlite:
        yield
        return
    path = Path(f"{database.url.database}.lock")
    make_private(path)
    with path.open("a", encoding="ascii") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise DatabaseInUse(str(database.url.database)) from None
        yield


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__path__[0])).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


def _version_of(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()
