"""SQLite's files are for their owner alone, as exports are: they hold every customer's name and price."""

from __future__ import annotations

import os
from pathlib import Path

OWNER_ONLY = 0o600
_OTHERS = 0o077
_BESIDE = ("", "-wal", "-shm", "-journal", ".lock")
"""What SQLite and this program add to a database's name, for the files they keep beside it."""


def make_private(path: Path) -> None:
    """Makes the file, empty and its owner's alone, where there is none. SQLite gives those beside it the same mode.

    Where it cannot be made nothing happens here: SQLite says why when it opens it.
    """
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, OWNER_ONLY))
    except OSError:
        return


def readable_by_others(path: Path) -> list[Path]:
    """Which of the database's files others on this machine may read or write."""
    # SQLite keeps its files beside the one that a link leads to.
    real = path.resolve()
    files = (real.with_name(real.name + ending) for ending in _BESIDE)
    return [file for file in files if file.exists() and file.stat().st_mode & _OTHERS]


def narrow(path: Path) -> None:
    """Takes from others what they may do with the database's files, as far as this process may."""
    for file in readable_by_others(path):
        try:
            file.chmod(OWNER_ONLY)
        except OSError:
            continue
