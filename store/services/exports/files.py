"""The files of exports: random names in one folder, for their owner alone, and nothing left behind. Knows no export.

What the database holds of a file is its name. A path is made of it here only, and only if it is one of the desk's own
making: who can write the database is not to have the machine's files sent, or written over.
"""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Collection
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

from store.workbooks import remove_unfinished

LEFT_BEHIND = timedelta(hours=1)
"""A file that belongs to nothing, and was not touched for so long, is what a killed process left."""

_STORED_NAME = re.compile(r"[0-9a-f]{32}\.xlsx", re.ASCII)


def new_name() -> str:
    """What a new file is to be called; nobody can guess it."""
    return f"{secrets.token_hex(16)}.xlsx"


def make_folder(folder: Path) -> None:
    """Makes the folder, for its owner alone, where it is missing."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)


def path_of(folder: Path, stored_name: str | None) -> Path | None:
    """Where the file so called is, or will be; None for no name, for one that `new_name` did not make, and where a
    symbolic link stands.
    """
    if not stored_name or not _STORED_NAME.fullmatch(stored_name):
        return None
    path = folder / stored_name
    return None if path.is_symlink() else path


def remove(folder: Path, stored_name: str | None) -> None:
    """Removes the file, where there is one. One that cannot be removed now is left to `sweep`."""
    path = path_of(folder, stored_name)
    if path is not None:
        with suppress(OSError):
            path.unlink()


def sweep(folder: Path, known: Collection[str]) -> int:
    """Removes what killed processes left in the folder, and tells how many files; `known` are the names to keep."""
    removed = remove_unfinished(folder, LEFT_BEHIND)
    oldest = time.time() - LEFT_BEHIND.total_seconds()
    for path in folder.glob("*.xlsx"):
        with suppress(OSError):
            if path.name not in known and path.lstat().st_mtime < oldest:
                path.unlink()
                removed += 1
    return removed
