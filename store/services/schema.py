"""The schema's version: brought up to date on start, refused where it is from the future; and who may serve."""

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
    """The version that this program knows how to use."""
    head = ScriptDirectory.from_config(_config()).get_current_head()
    if head is None:
        raise RuntimeError("the migrations' scripts are missing from this installation")
    return head


def current_version(database: Database) -> str | None:
    """The database's version; None: it has no tables yet."""
    with database.read() as connection:
        return _version_of(connection)


def upgrade(database: Database) -> None:
    """Brings the schema up to this program's version; nothing happens where it is there already.

    Several processes may do so at once: one works, the others wait. All or nothing.
    The files of an SQLite database become their owner's alone, which older programs made readable for everybody.
    Raises SchemaTooNew where a newer program wrote the database.
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
    """Empty where the database can be asked, else why not."""
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
    """Holds the database for the one process that serves from it, for as long as the scope lasts.

    SQLite: raises DatabaseInUse where another process holds it; a killed holder's hold ends with it.
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
