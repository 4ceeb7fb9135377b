"""A desk over each database."""

from __future__ import annotations

import pytest

from store.database import Database
from tests.support.adjusting import Desk


@pytest.fixture
def desk(database: Database) -> Desk:
    return Desk(database)
