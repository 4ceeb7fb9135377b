"""What the tests of the store share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from store.database import Database
from tests.support.databases import bare_postgresql


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def bare(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A database without a table; of SQLite, in a folder that is not there yet."""
    if request.param == "postgresql":
        with bare_postgresql() as database:
            yield database
    else:
        database = Database(f"sqlite:///{tmp_path / 'new' / 'bare.db'}")
        yield database
        database.close()
