"""The file of the rows that an import rejected: their positions, reasons and contents, to be fixed and imported again.

`rejected_rows` reads it. Each row is one cell in JSON, which a spreadsheet program leaves alone; it would change ids
that look like numbers or dates, and run what looks like a formula.
"""

from __future__ import annotations

import contextlib
import csv
import io
import json
import os
from collections.abc import Iterable, Iterator
from itertools import count
from pathlib import Path
from typing import BinaryIO

from store.domain.imports import BadRow, BrokenBundle
from store.sources.kinds import shown
from store.sources.rejected_rows import COLUMNS
from store.sources.rows import RawRow
from store.sources.source import Source, SourcePart
from store.workbooks.errors import DiskFull
from store.workbooks.files import write_atomically

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def write_rejected(path: Path, source: Source, bad_rows: Iterable[BadRow]) -> Path:
    """Writes a CSV with one line for each bad row, which come in the order of the source's parts and lines.

    The source is read once more for the rows as they stand, so that none had to be kept; a row that is bad for several
    reasons comes with the first of them. The file appears complete or not at all, private to its owner, and begins with
    a byte order mark, as Excel needs. If the name is taken, the next free one is used: `orders-rejected-2.csv`. Returns
    the file's path. Raises BrokenBundle if it cannot be written.
    """
    taken: Path | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        taken = _take_name(path)
        with write_atomically(taken) as binary:
            _write(binary, source, bad_rows)
    except BaseException as error:
        if taken:
            with contextlib.suppress(OSError):
                taken.unlink()
        if isinstance(error, OSError | DiskFull):
            why = getattr(error, "strerror", None) or error
            raise BrokenBundle(str(path), f"cannot be written ({why}), so nothing was imported") from None
        raise
    return taken


def _write(binary: BinaryIO, source: Source, bad_rows: Iterable[BadRow]) -> None:
    file = io.TextIOWrapper(binary, encoding="utf-8-sig", newline="")
    writer = csv.writer(file)
    writer.writerow(COLUMNS)
    for bad, row in _with_rows(source, bad_rows):
        writer.writerow((bad.file, bad.line, bad.column, _safe(bad.value), bad.reason, row))
    # Its owner closes it.
    file.detach()


def _take_name(path: Path) -> Path:
    """Creates an empty file of that name, or of the next free one, so that nothing is overwritten."""
    for number in count(1):
        free = path if number == 1 else path.with_stem(f"{path.stem}-{number}")
        with contextlib.suppress(FileExistsError):
            os.close(os.open(free, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
            return free
    raise AssertionError("there is always a next number")


def _with_rows(source: Source, bad_rows: Iterable[BadRow]) -> Iterator[tuple[BadRow, str]]:
    parts = {part.file: part for part in source.parts}
    reading: _Rows | None = None
    for bad in bad_rows:
        if reading is None or reading.file != bad.file:
            reading = _Rows(parts[bad.file])
        yield bad, reading.at(bad.line)


class _Rows:
    """The rows of one file, requested in rising order of lines."""

    def __init__(self, part: SourcePart) -> None:
        self.file = part.file
        self._padded = part.layout.grid
        self._rows = part.rows(lambda _done: None)
        self._row: RawRow = next(self._rows)
        self._header = [shown(cell) for cell in self._row[1]]
        self._given = 0

    def at(self, line: int) -> str:
        """The row that begins on that line, as a JSON object by column; empty if it was returned before."""
        if line == self._given:
            return ""
        self._given = line
        while self._row[0] < line:
            self._row = next(self._rows)
        names, cells = self._header, self._row[1]
        if self._padded:
            cells = cells + [""] * (len(names) - len(cells))
        columns = {name: cell for name, cell in zip(names, cells, strict=False) if name}
        beyond = cells[len(names) :]
        return json.dumps(columns | ({"": beyond} if beyond else {}), ensure_ascii=False)


def _safe(value: str) -> str:
    """The value in a form that a spreadsheet shows and never runs."""
    return f"'{value}" if value.startswith(_FORMULA_STARTS) else value
