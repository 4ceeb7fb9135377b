"""Databases for tests: made once by the migrations, emptied for every test.

SQLite: a migrated file is copied. PostgreSQL: each test process has its own database, and drops it at the end.
"""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path

from alembic import command
from sqlalchemy import create_engine, make_url, text
from sqlalchemy.exc import OperationalError

from store.database import Database
from store.services import schema
from store.tables import Base

DEFAULT_URL = "postgresql+psycopg://postgres@127.0.0.1:5432/postgres"


def server_url() -> str:
    """The PostgreSQL server on which tests may make databases; the database in its address is not touched."""
    return os.environ.get("TEST_DATABASE_URL", DEFAULT_URL)


@lru_cache(maxsize=1)
def missing_server() -> str:
    """Why there is no PostgreSQL for tests; empty if there is one."""
    engine = create_engine(server_url(), connect_args={"connect_timeout": 3})
    try:
        with engine.connect():
            return ""
    except OperationalError:
        where = make_url(server_url()).render_as_string(hide_password=True)
        return f"no PostgreSQL server answers at {where}; name one in TEST_DATABASE_URL"
    finally:
        engine.dispose()


def migrated_sqlite(folder: Path) -> Path:
    """A new SQLite file in the folder with all tables and no rows, closed."""
    path = folder / "template.db"
    database = Database(f"sqlite:///{path}")
    schema.upgrade(database)
    with database.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()
    return path


@contextmanager
def sqlite_copy(template: Path, folder: Path) -> Iterator[Database]:
    """A copy of the template in the folder, opened."""
    path = folder / f"{secrets.token_hex(4)}.db"
    shutil.copy(template, path)
    database = Database(f"sqlite:///{path}")
    try:
        yield database
    finally:
        database.close()


@contextmanager
def postgresql_database() -> Iterator[Database]:
    """A new, migrated PostgreSQL database, dropped at the end."""
    with bare_postgresql() as database:
        schema.upgrade(database)
        yield database


@contextmanager
def bare_postgresql() -> Iterator[Database]:
    """A new PostgreSQL database without tables, dropped at the end."""
    name = f"order_desk_test_{secrets.token_hex(6)}"
    server = create_engine(server_url(), isolation_level="AUTOCOMMIT")
    try:
        with server.connect() as connection:
            connection.execute(text(f'CREATE DATABASE "{name}"'))
            # These databases are temporary: they may be lost in a power cut.
            connection.execute(text(f'ALTER DATABASE "{name}" SET synchronous_commit = off'))
        database = Database(make_url(server_url()).set(database=name).render_as_string(hide_password=False))
        try:
            yield database
        finally:
            database.close()
            with server.connect() as connection:
                connection.execute(text(f'DROP DATABASE "{name}" WITH (FORCE)'))
    finally:
        server.dispose()


def bring_to(database: Database, version: str) -> None:
    """Makes the tables of that version of the schema."""
    config = schema._config()
    with database.write(patient=True) as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, version)


def empty(database: Database) -> None:
    """Deletes all rows of all tables; keys count from 1 again.

    With DELETE: TRUNCATE makes the file of every table and index again, which takes far longer for so few rows.
    """
    statements = [f"DELETE FROM {table.name}" for table in reversed(Base.metadata.sorted_tables)]
    if not database.sqlite:
        from_one = "SELECT setval(seqrelid::regclass, seqstart, false) FROM pg_sequence"
        statements = ["; ".join([*statements, from_one])]
    with database.write() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)
