"""An import bundle: a folder of CSV files, one workbook with sheets of the same names, or a file of rejected rows.

Opens it and says which parts it has; what stands in their rows is for `reading`.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from store.domain.imports import REQUIRED_PARTS, BrokenBundle, Part, shorten
from store.sources.containers import SAVE_AS, Form, look_at
from store.sources.csv_files import csv_rows
from store.sources.names import refuse_slips, shown_name
from store.sources.rejected_rows import find_separator, unpack_rejected
from store.sources.rows import RawRow
from store.sources.workbooks import unpack_workbook, unpacked_rows

Progress = Callable[[str, int, int], None]
"""Hears a file's name (or `sheet orders`), what is done of it, and of how much; the latter 0 where nobody knows."""
_NAMED = 10
"""Names of other files or sheets that a refusal repeats."""
_EXPECTED = "give a folder of CSV files, or one .xlsx workbook"


class Source(StrEnum):
    """Where the rows of a part come from."""

    CSV = "csv"
    SHEET = "sheet"
    REJECTED = "rejected"
    """A file of rejected rows, which may have come from either."""


@dataclass(frozen=True, slots=True)
class Table:
    """One part of a bundle, as it lies on the disk."""

    part: Part
    file: str
    """What people call it: `orders.csv`, or `sheet orders`."""
    path: Path
    size: int
    """Bytes on the disk, for the progress."""
    source: Source

    def rows(self, position: Callable[[int], None]) -> Iterator[RawRow]:
        """The rows from the first, the header included. Raises BrokenBundle."""
        if self.source is Source.CSV:
            return csv_rows(self.path, self.file, position)
        return unpacked_rows(self.path, position)


@dataclass(frozen=True, slots=True)
class Bundle:
    """The parts that there are, in the order in which they are read."""

    name: str
    tables: tuple[Table, ...]
    left_alone: tuple[str, ...] = ()
    """The names of the files or sheets beside them, which are not parts of a bundle."""

    @property
    def unit(self) -> str:
        """What the bundle's rows stand on, in a word: files have lines, sheets have rows."""
        return "row" if any(table.source is Source.SHEET for table in self.tables) else "line"

    def file(self, part: Part) -> str:
        """What people call the part here."""
        return next((table.file for table in self.tables if table.part is part), part)


@contextmanager
def open_bundle(path: Path, progress: Progress) -> Iterator[Bundle]:
    """The bundle at that path. Raises BrokenBundle where it is none, or where a required part is missing."""
    unpacked = nullcontext("") if path.is_dir() else tempfile.TemporaryDirectory(prefix="order-desk-")
    with unpacked as made:
        try:
            bundle = _folder(path) if path.is_dir() else _file(path, Path(made), progress)
        except OSError as error:
            raise BrokenBundle(shown_name(path), f"cannot be read: {error.strerror or error}") from None
        yield bundle


def _folder(folder: Path) -> Bundle:
    name = shown_name(folder)
    entries = sorted(entry for entry in folder.iterdir() if entry.is_file() and not entry.name.startswith((".", "~$")))
    there: dict[str, list[Path]] = {}
    for entry in entries:
        there.setdefault(entry.name.lower(), []).append(entry)
    tables = []
    for part in Part:
        files = there.pop(f"{part}.csv", [])
        if len(files) > 1:
            names = " and ".join(file.name for file in files)
            raise BrokenBundle(name, f"has {part}.csv twice, as {names}; keep one of them")
        tables += [Table(part, file.name, file, file.stat().st_size, Source.CSV) for file in files]
    others = [shown_name(entry) for entries in there.values() for entry in entries]
    refuse_slips("", others, (table.part for table in tables))
    return Bundle(name, _required(tables, name, "{}.csv", others), tuple(others))


def _file(path: Path, folder: Path, progress: Progress) -> Bundle:
    name = shown_name(path)
    if not path.exists():
        raise BrokenBundle(name, f"is not there; {_EXPECTED}")
    if not path.is_file():
        raise BrokenBundle(name, f"is not a file or a folder; {_EXPECTED}")
    found = look_at(path)
    if found.form is Form.ARCHIVE:
        return _workbook(path, name, folder, progress)
    if found.form is Form.TEXT:
        return _text(path, name, folder)
    if found.form is Form.EMPTY:
        raise BrokenBundle(name, f"{found.what}; {_EXPECTED}")
    raise BrokenBundle(name, f"{found.what}; {found.advice or SAVE_AS}")


def _workbook(path: Path, name: str, folder: Path, progress: Progress) -> Bundle:
    heard = lambda sheet, rows: progress(f"sheet {sheet}", rows, 0)  # noqa: E731
    names, others = unpack_workbook(path, name, folder, tuple(Part), heard)
    tables = []
    for part in Part:
        if part in names:
            unpacked = folder / f"{part}.jsonl"
            tables.append(Table(part, f"sheet {part}", unpacked, unpacked.stat().st_size, Source.SHEET))
    refuse_slips("sheet ", others, (table.part for table in tables))
    left_alone = tuple(f"sheet {shorten(other)}" for other in others)
    return Bundle(name, _required(tables, name, "sheet {}", left_alone), left_alone)


def _text(path: Path, name: str, folder: Path) -> Bundle:
    """A file of text is a bundle only as a file of rejected rows."""
    separator = find_separator(path)
    if separator is None:
        what = "is one file of text" if path.suffix.lower() == ".csv" else "is text, not a workbook"
        files = ", ".join(f"{part}.csv" for part in REQUIRED_PARTS)
        raise BrokenBundle(
            name, f"{what}; give a folder with {files}, or one .xlsx workbook with sheets of these names"
        )
    unpacked = unpack_rejected(path, name, separator, folder)
    return Bundle(
        name,
        tuple(
            Table(part, f"{name} ({part})", file, file.stat().st_size, Source.REJECTED)
            for part, file in unpacked.items()
        ),
    )


def _required(tables: list[Table], name: str, form: str, others: Iterable[str]) -> tuple[Table, ...]:
    there = {table.part for table in tables}
    missing = [form.format(part) for part in REQUIRED_PARTS if part not in there]
    if missing:
        beside = f"; it has {', '.join(sorted(others)[:_NAMED])}" if others else ""
        raise BrokenBundle(
            name, f"has no {' and no '.join(missing)}; a bundle needs {', '.join(REQUIRED_PARTS)}{beside}"
        )
    return tuple(tables)
