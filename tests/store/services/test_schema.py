"""The schema: the migrations make what the tables say, and a database from the future is refused."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor, wait

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import inspect, text

from store.database import Database
from store.domain.errors import DatabaseInUse, SchemaTooNew
from store.queries.locks import Lock, serialise
from store.services import schema
from store.tables import Base


def test_migrations_make_exactly_what_the_tables_say(database: Database) -> None:
    made_by_migration_only: list[str | None] = []

    def include(_object: object, name: str | None, kind: str, reflected: bool, _compared: object) -> bool:
        by_hand = reflected and kind in ("index", "table") and re.search("customers_(letters|text)", str(name))
        if by_hand:
            made_by_migration_only.append(name)
        return not by_hand

    options = {"compare_type": True, "compare_server_default": True, "include_object": include}
    with database.read() as connection:
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, Base.metadata) == []
        made = {"customers_letters"} if database.sqlite else {"ix_customers_letters", "ix_customers_text"}
        assert made <= set(made_by_migration_only)
        found = inspect(connection)
        for table in Base.metadata.sorted_tables:
            columns = {column["name"]: column for column in found.get_columns(table.name)}
            assert list(columns) == [column.name for column in table.columns]
            # Collations are not compared by Alembic, and paging by number leans on them.
            for column in table.columns:
                wanted = getattr(column.type.dialect_impl(connection.dialect), "collation", None)
                assert getattr(columns[column.name]["type"], "collation", None) == wanted, column


def test_a_new_database_is_brought_to_this_version_and_stays_there(bare: Database) -> None:
    assert schema.current_version(bare) is None
    schema.upgrade(bare)
    assert schema.current_version(bare) == schema.head_version()
    schema.upgrade(bare)
    assert schema.current_version(bare) == schema.head_version()


def test_several_processes_may_bring_it_up_to_date_at_once(bare: Database) -> None:
    failures: list[BaseException] = []

    def work() -> None:
        try:
            schema.upgrade(bare)
        except BaseException as failure:  # noqa: BLE001
            failures.append(failure)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert schema.current_version(bare) == schema.head_version()


def test_it_waits_for_whoever_writes_longer_than_a_click_may(bare: Database) -> None:
    """As where several start at once, and one works for longer than a person would wait for it."""
    url = bare.url.render_as_string(hide_password=False)
    rival, hurried = Database(url, leisurely=True), Database(url, busy_timeout_ms=1)
    try:
        with ThreadPoolExecutor(2) as others:
            with rival.write() as connection:
                serialise(connection, Lock.SCHEMA)
                upgrading = [others.submit(schema.upgrade, hurried) for _ in range(2)]
                # Far longer than `hurried` waits for anything else.
                assert not wait(upgrading, timeout=0.5).done
            for one in upgrading:
                one.result()
        assert schema.current_version(bare) == schema.head_version()
    finally:
        rival.close()
        hurried.close()


def test_a_database_of_a_newer_program_is_refused_and_left_alone(database: Database) -> None:
    with database.write() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    try:
        with pytest.raises(SchemaTooNew) as refused:
            schema.upgrade(database)
        assert refused.value.found == "9999"
        assert schema.current_version(database) == "9999"
    finally:
        with database.write() as connection:
            connection.execute(text("UPDATE alembic_version SET version_num = :head"), {"head": schema.head_version()})


_HOLDER = """
import sys
from store.database import Database
from store.services import schema
with schema.hold(Database(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_one_process_at_a_time_serves_from_a_sqlite_file(sqlite_database: Database) -> None:
    url = sqlite_database.url.render_as_string()
    holder = subprocess.Popen(
        [sys.executable, "-c", _HOLDER, url], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(DatabaseInUse) as refused, schema.hold(sqlite_database):
            pytest.fail("two held it")
        assert refused.value.path == sqlite_database.url.database
        os.kill(holder.pid, signal.SIGKILL)
        holder.wait()
    with schema.hold(sqlite_database):
        pass
    with schema.hold(sqlite_database):
        pass


@pytest.mark.postgresql
def test_any_number_of_processes_serve_from_postgresql(postgresql_only: Database) -> None:
    with schema.hold(postgresql_only), schema.hold(postgresql_only):
        pass
