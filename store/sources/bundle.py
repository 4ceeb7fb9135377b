"""Opens the path of a source: a folder of CSV files, a workbook, or a file of rejected rows."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

from store.domain.imports import REQUIRED_PARTS, BrokenBundle
from store.sources.containers import SAVE_AS, Form, look_at
from store.sources.folder import FolderSource
from store.sources.names import shown_name
from store.sources.rejected_rows import RejectedSource, find_separator
from store.sources.source import Progress, Source
from store.sources.workbooks import WorkbookSource

_EXPECTED = "give a folder of CSV files, or one .xlsx workbook"


@contextmanager
def open_bundle(path: Path, progress: Progress) -> Iterator[Source]:
    """The source at that path. Raises BrokenBundle if it is not one, or if a required part is missing."""
    unpacked = nullcontext("") if path.is_dir() else tempfile.TemporaryDirectory(prefix="order-desk-")
    with unpacked as made:
        try:
            source = FolderSource(path) if path.is_dir() else _file(path, Path(made), progress)
        except OSError as error:
            raise BrokenBundle(shown_name(path), f"cannot be read: {error.strerror or error}") from None
        yield source


def _file(path: Path, folder: Path, progress: Progress) -> Source:
    """The source in a file, recognised by its first bytes, not by its name. Raises BrokenBundle."""
    name = shown_name(path)
    if not path.exists():
        raise BrokenBundle(name, f"is not there; {_EXPECTED}")
    if not path.is_file():
        raise BrokenBundle(name, f"is not a file or a folder; {_EXPECTED}")
    found = look_at(path)
    if found.form is Form.ARCHIVE:
        return WorkbookSource(path, folder, progress)
    if found.form is Form.TEXT:
        return _text(path, name, folder)
    if found.form is Form.EMPTY:
        raise BrokenBundle(name, f"{found.what}; {_EXPECTED}")
    raise BrokenBundle(name, f"{found.what}; {found.advice or SAVE_AS}")


def _text(path: Path, name: str, folder: Path) -> Source:
    """A text file is a bundle only as a file of rejected rows."""
    separator = find_separator(path)
    if separator is None:
        what = "is one file of text" if path.suffix.lower() == ".csv" else "is text, not a workbook"
        files = ", ".join(f"{part}.csv" for part in REQUIRED_PARTS)
        raise BrokenBundle(
            name, f"{what}; give a folder with {files}, or one .xlsx workbook with sheets of these names"
        )
    return RejectedSource(path, separator, folder)
