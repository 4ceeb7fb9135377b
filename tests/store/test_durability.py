"""What waits for the disk and what does not: what was acknowledged, and what would be done again without harm."""

from __future__ import annotations

import pytest
from sqlalchemy import Connection, event

from store.database import Database
from store.domain.outbox import News, Place, Sent
from store.queries.outbox import add_news
from store.services.outbox import Outbox
from tests.support.builders import NOON


def waits(connection: Connection) -> bool:
    """Whether the present transaction waits for the disk when it is committed."""
    if connection.dialect.name == "sqlite":
        return bool(connection.exec_driver_sql("PRAGMA synchronous").scalar_one() == 2)
    return bool(connection.exec_driver_sql("SHOW synchronous_commit").scalar_one() == "on")


@pytest.fixture
def durable(database: Database) -> Database:
    if not database.sqlite:
        # Tests' own databases let a power cut take everything.
        with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql(f'ALTER DATABASE "{database.url.database}" SET synchronous_commit = on')
        database.engine.dispose()
    return database


def test_a_write_waits_for_the_disk_unless_it_is_said_that_it_need_not(durable: Database) -> None:
    with durable.write() as connection:
        assert waits(connection)
    with durable.write(durable=False) as connection:
        assert not waits(connection)
    with pytest.raises(KeyError), durable.write(durable=False):
        raise KeyError
    # On the very same connection, whatever came before.
    with durable.write() as connection:
        assert waits(connection)


def test_claiming_waits_for_the_disk_and_settling_does_not(durable: Database) -> None:
    outbox, seen = Outbox(durable), list[bool]()

    def look(connection: Connection, _cursor: object, statement: str, *_: object) -> None:
        if statement.startswith("UPDATE outbox"):
            seen.append(waits(connection))

    with durable.write() as connection:
        add_news(connection, News("card/1", "adjustment.card", 1, "approvals"), NOON)
    event.listen(durable.engine, "before_cursor_execute", look)
    (item,) = outbox.claim("worker")
    assert outbox.settle(item, Sent(Place("C0APPROVALS", "1")))
    assert seen == [True, False]


def test_only_who_serves_maps_the_file(sqlite_database: Database) -> None:
    def mapped(database: Database) -> int:
        with database.read() as connection:
            return int(connection.exec_driver_sql("PRAGMA mmap_size").scalar_one())

    serving = Database(sqlite_database.url.render_as_string(hide_password=False), mapped=True)
    assert mapped(sqlite_database) == 0
    assert mapped(serving) > 2**30
    serving.close()
