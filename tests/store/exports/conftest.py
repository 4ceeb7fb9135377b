"""A desk whose exports go to a folder of the test's own, over each database."""

from __future__ import annotations

from pathlib import Path

import pytest

from store.database import Database
from tests.support.exporting import ExportDesk


@pytest.fixture
def desk(database: Database, tmp_path: Path) -> ExportDesk:
    return ExportDesk(database, tmp_path / "exports")


@pytest.fixture
def sqlite_desk(sqlite_database: Database, tmp_path: Path) -> ExportDesk:
    """The same over SQLite alone, for what no database changes."""
    return ExportDesk(sqlite_database, tmp_path / "exports")
