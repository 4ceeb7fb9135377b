"""SQLite's files are private to their owner, as exports are: they contain every customer's name and price."""

from __future__ import annotations

import os
from pathlib import Path

OWNER_ONLY = 0o600
_OTHERS = 0o077
_BESIDE = ("", "-wal", "-shm", "-journal", ".lock")
"""The suffixes that SQLite and this program add to a database's name, for the files next to it."""


def make_private(path: Path) -> None:
    """Creates the file, empty and private, if it does not exist. SQLite gives the files next to it the same mode.

    Does nothing if it cannot be created: SQLite says why when it opens it.
    """
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, OWNER_ONLY))
    except OSError:
        return


def readable_by_others(path: Path) -> list[Path]:
    """The files of the database that others on this machine may read or write."""
    # SQLite keeps its files next to the one that a link leads to.
    real = path.resolve()
    files = (real.with_name(real.name + ending) for ending in _BESIDE)
    return [file for file in files if file.exists() and file.stat().st_mode & _OTHERS]


def narrow(path: Path) -> None:
    """Removes other people's rights to the database's files, as far as this process may."""
    for file in readable_by_others(path):
        try:
            file.chmod(OWNER_ONLY)
        except OSError:
            continue
