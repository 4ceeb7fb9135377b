"""The files of exports: random names in one folder, for their owner alone, and nothing left behind. Knows no export."""

from __future__ import annotations

import time
from collections.abc import Collection
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

from store.workbooks import remove_unfinished

LEFT_BEHIND = timedelta(hours=1)
"""A file that belongs to nothing, and was not touched for so long, is what a killed process left."""


def make_folder(folder: Path) -> None:
    """Makes the folder, for its owner alone, where it is missing."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)


def path_of(folder: Path, stored_name: str | None) -> Path | None:
    """Where the file so called is; None for no name, and for one that would lead out of the folder."""
    if not stored_name or stored_name.startswith(".") or Path(stored_name).name != stored_name:
        return None
    return folder / stored_name


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
