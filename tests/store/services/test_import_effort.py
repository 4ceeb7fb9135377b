"""What an import costs depends on the bundle, and not on what the desk has already."""

from __future__ import annotations

from pathlib import Path
from sqlite3 import Connection

from sqlalchemy import event

from store.database import Database
from store.services import schema
from tests.support.bundles import item, order, run_import, small_bundle, write_folder

_STEPS_AT_ONCE = 100


def _steps(folder: Path, orders: int) -> int:
    """Hundreds of steps of SQLite's machine, of a bundle of three orders at a desk that has that number of others."""
    database = Database(f"sqlite:///{folder / str(orders)}.db")
    schema.upgrade(database)
    kept = small_bundle()
    kept["orders"] = [order(f"9{n:07}", "ALFKI", "10", "10") for n in range(orders)]
    kept["order_items"] = [item(f"9{n:07}-1", f"9{n:07}", "10", "10") for n in range(orders)]
    del kept["order_discounts"]
    assert run_import(database, write_folder(folder / f"kept-{orders}", kept)).written
    database.close()
    steps = 0

    def count() -> None:
        nonlocal steps
        steps += 1

    @event.listens_for(database.engine, "connect")
    def prepare(connection: Connection, _record: object) -> None:
        connection.set_progress_handler(count, _STEPS_AT_ONCE)

    assert run_import(database, write_folder(folder / f"bundle-{orders}", small_bundle())).written
    database.close()
    return steps


def test_a_small_bundle_costs_no_more_at_a_large_desk(tmp_path: Path) -> None:
    """Both desks are large enough for SQLite to know their size; a walk through all orders shows at once."""
    small, large = _steps(tmp_path, 2_600), _steps(tmp_path, 7_800)
    assert large < small * 1.5
