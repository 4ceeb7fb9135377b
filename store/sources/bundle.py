"""An import bundle: a folder of CSV files, or one workbook with sheets of the same names.

Opens it and says which parts it has; what stands in their rows is for `reading`.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from store.domain.imports import REQUIRED_PARTS, BrokenBundle, Part
from store.sources.csv_files import csv_rows
from store.sources.rows import RawRow
from store.sources.workbooks import sheet_rows, unpack_workbook

Progress = Callable[[str, int, int], None]
"""Hears a file's name (or `sheet orders`), what is done of it, and of how much; the latter 0 where nobody knows."""


@dataclass(frozen=True, slots=True)
class Table:
    """One part of a bundle, as it lies on the disk."""

    part: Part
    file: str
    """What people call it: `orders.csv`, or `sheet orders`."""
    path: Path
    size: int
    """Bytes on the disk, for the progress."""
    sheet: bool

    def rows(self, position: Callable[[int], None]) -> Iterator[RawRow]:
        """The rows from the first, the header included. Raises BrokenBundle."""
        return sheet_rows(self.path, position) if self.sheet else csv_rows(self.path, self.file, position)


@dataclass(frozen=True, slots=True)
class Bundle:
    """The parts that there are, in the order in which they are read."""

    name: str
    tables: tuple[Table, ...]

    def file(self, part: Part) -> str:
        """What people call the part here."""
        return next((table.file for table in self.tables if table.part is part), part)


@contextmanager
def open_bundle(path: Path, progress: Progress) -> Iterator[Bundle]:
    """The bundle at that path. Raises BrokenBundle where it is none, or where a required part is missing."""
    if path.is_dir():
        yield Bundle(path.resolve().name, _required(_files(path), path.name, "{}.csv"))
    elif not path.exists():
        raise BrokenBundle(str(path), "is not there; give a folder of CSV files, or one .xlsx workbook")
    elif path.is_file() and path.suffix.lower() == ".xlsx":
        with tempfile.TemporaryDirectory(prefix="order-desk-") as made:
            yield Bundle(path.name, _required(_sheets(path, Path(made), progress), path.name, "sheet {}"))
    else:
        raise BrokenBundle(path.name, "is neither a folder of CSV files nor an .xlsx workbook")


def _files(folder: Path) -> list[Table]:
    there = {entry.name.lower(): entry for entry in sorted(folder.iterdir(), reverse=True) if entry.is_file()}
    found = [(part, there.get(f"{part}.csv")) for part in Part]
    return [Table(part, path.name, path, path.stat().st_size, sheet=False) for part, path in found if path]


def _sheets(path: Path, folder: Path, progress: Progress) -> list[Table]:
    try:
        names = unpack_workbook(path, folder, tuple(Part), lambda name, rows: progress(f"sheet {name}", rows, 0))
    except OSError as error:
        raise BrokenBundle(path.name, f"cannot be read: {error.strerror or error}") from None
    tables = []
    for part in Part:
        unpacked = folder / f"{part}.jsonl"
        if part in names:
            tables.append(Table(part, f"sheet {part}", unpacked, unpacked.stat().st_size, sheet=True))
    return tables


def _required(tables: list[Table], name: str, form: str) -> tuple[Table, ...]:
    there = {table.part for table in tables}
    missing = [form.format(part) for part in REQUIRED_PARTS if part not in there]
    if missing:
        raise BrokenBundle(name, f"has no {' and no '.join(missing)}; a bundle needs {', '.join(REQUIRED_PARTS)}")
    return tuple(tables)
