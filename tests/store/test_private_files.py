"""Who may read the files of an SQLite database: their owner alone, whatever the process's mask says."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from store.database import Database
from store.private_files import readable_by_others
from store.services import schema


@pytest.fixture(autouse=True)
def _no_mask() -> Iterator[None]:
    """The mask of a process that takes nothing from anybody."""
    before = os.umask(0)
    yield
    os.umask(before)


def modes(folder: Path) -> dict[str, int]:
    return {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}


def test_a_new_database_and_all_beside_it_is_its_owners_alone(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'desk.db'}")
    schema.upgrade(database)
    with schema.hold(database), database.write() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = version_num"))
        found = modes(tmp_path)
    assert found.keys() == {"desk.db", "desk.db-wal", "desk.db-shm", "desk.db.lock"}
    assert set(found.values()) == {0o600}
    database.close()


def test_an_older_database_becomes_its_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / "desk.db"
    old = Database(f"sqlite:///{path}")
    schema.upgrade(old)
    with old.write() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = version_num"))
        for file in tmp_path.iterdir():
            file.chmod(0o664)
    (tmp_path / "desk.db.lock").touch(0o666)
    (tmp_path / "elsewhere.db").symlink_to(path)
    assert len(readable_by_others(tmp_path / "elsewhere.db")) == 4
    new = Database(f"sqlite:///{tmp_path / 'elsewhere.db'}")
    schema.upgrade(new)
    assert not readable_by_others(path)
    new.close()
    old.close()


def test_what_bulk_work_prepares_is_its_owners_alone(sqlite_database: Database) -> None:
    with sqlite_database.bulk() as bulk, bulk.stage() as connection:
        connection.execute(text("CREATE TABLE staging.t (x)"))
        (path,) = [Path(row.file) for row in connection.execute(text("PRAGMA database_list")) if row.name == "staging"]
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


@pytest.mark.postgresql
def test_options_of_the_address_are_kept_beside_our_own(postgresql: Database) -> None:
    url = postgresql.url.update_query_dict({"options": "-c work_mem=5MB", "application_name": "my-desk"})
    database = Database(url.render_as_string(hide_password=False))
    with database.read() as connection:
        shown = [connection.exec_driver_sql(f"SHOW {name}").scalar_one() for name in ("work_mem", "jit")]
        name = connection.exec_driver_sql("SHOW application_name").scalar_one()
    assert (shown, name) == (["5MB", "off"], "my-desk")
    database.close()
