"""A desk whose exports go to a folder of the test's own, over each database."""

from __future__ import annotations

from pathlib import Path

import pytest

from store.database import Database
from tests.support.exporting import ExportDesk


@pytest.fixture
def desk(database: Database, tmp_path: Path) -> ExportDesk:
    return ExportDesk(database, tmp_path / "exports")
