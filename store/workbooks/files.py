"""Files that appear complete or not at all, readable only by their owner.

Knows nothing of workbooks: any writer of a binary file may use it.
"""

from __future__ import annotations

import errno
import os
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import BinaryIO

from .errors import DiskFull

_ENDING = ".unfinished"
_OWNER_ONLY = 0o600
# EFBIG is a limit on a process's files, EDQUOT one on a user's: for the person who waits, both mean no room.
_NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


@contextmanager
def write_atomically(path: Path) -> Iterator[BinaryIO]:
    """A binary file to write and seek in. When the block succeeds, it gets its name and replaces any earlier file.

    It is created in the same folder, with mode 0600, and reaches the disk before it is renamed; then the folder does.
    If the block fails, nothing is left. Raises DiskFull if there is no room, and OSError for other failures of the
    disk.
    """
    unfinished = path.with_name(f".{secrets.token_hex(16)}{_ENDING}")
    with no_room_said_plainly(path.name):
        descriptor = os.open(unfinished, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, _OWNER_ONLY)
        try:
            with os.fdopen(descriptor, "w+b") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            unfinished.replace(path)
        except BaseException:
            with suppress(FileNotFoundError):
                unfinished.unlink()
            raise
        _sync_folder(path.parent)


@contextmanager
def no_room_said_plainly(name: str) -> Iterator[None]:
    """Turns the system's errors of a full disk into DiskFull for the file of that name."""
    try:
        yield
    except OSError as error:
        if error.errno in _NO_ROOM:
            raise DiskFull(name) from error
        raise


def remove_unfinished(folder: Path, older_than: timedelta) -> int:
    """Removes what killed processes left of files in the folder, and returns how many; younger ones may still be in
    progress.
    """
    oldest = time.time() - older_than.total_seconds()
    removed = 0
    for path in folder.glob(f".*{_ENDING}"):
        with suppress(FileNotFoundError):
            if path.lstat().st_mtime < oldest:
                path.unlink()
                removed += 1
    return removed


def remove_unfinished_of(pid: int) -> None:
    """Removes the unnamed files that a process is writing, because it is about to be killed. Only Linux says which they
    are; elsewhere `remove_unfinished` finds them later.
    """
    with suppress(OSError):
        for descriptor in Path(f"/proc/{pid}/fd").iterdir():
            path = descriptor.readlink()
            if path.name.startswith(".") and path.name.endswith(_ENDING):
                path.unlink()


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
