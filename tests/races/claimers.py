"""One of several processes that claim exports at the same moment; `tests.store.exports.test_turns` starts it."""

from __future__ import annotations

from pathlib import Path

from store.database import Database
from store.domain.clock import system_clock
from store.services.exports.work import ExportWork


def claim_all(url: str, folder: str, worker: str) -> list[int]:
    """The keys of the exports that this process got, in its own order, until none was left."""
    database = Database(url)
    work = ExportWork(database, system_clock, Path(folder))
    keys: list[int] = []
    while (claim := work.claim(worker)) is not None:
        keys.append(claim.key)
    database.close()
    return keys
