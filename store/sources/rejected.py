"""The file of what an import rejected: where each row stands, why, and the row itself, to be mended and given again."""

from __future__ import annotations

import contextlib
import csv
import json
from collections.abc import Iterable, Iterator
from pathlib import Path

from store.domain.imports import BadRow, BrokenBundle
from store.sources.bundle import Bundle, Table
from store.sources.rows import RawRow

COLUMNS = ("file", "line", "column", "value", "reason", "row")
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def write_rejected(path: Path, bundle: Bundle, bad_rows: Iterable[BadRow]) -> None:
    """Writes a CSV with one line for each bad row, which come in the order of the bundle's files and lines.

    The bundle is read once more for the rows as they stand, so that none had to be kept. The file appears whole or not
    at all. Raises BrokenBundle where it cannot be written.
    """
    unfinished = path.with_name(f".{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with unfinished.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(COLUMNS)
            for bad, row in _with_rows(bundle, bad_rows):
                writer.writerow((bad.file, bad.line, bad.column, _safe(bad.value), bad.reason, row))
        unfinished.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):
            unfinished.unlink()
        reason = f"cannot be written ({error.strerror or error}), so nothing was imported"
        raise BrokenBundle(str(path), reason) from None


def _with_rows(bundle: Bundle, bad_rows: Iterable[BadRow]) -> Iterator[tuple[BadRow, str]]:
    tables = {table.file: table for table in bundle.tables}
    reading: _Rows | None = None
    for bad in bad_rows:
        if reading is None or reading.file != bad.file:
            reading = _Rows(tables[bad.file])
        yield bad, reading.at(bad.line)


class _Rows:
    """The rows of one file, asked for by ever larger lines."""

    def __init__(self, table: Table) -> None:
        self.file = table.file
        self._rows = table.rows(lambda _done: None)
        self._row: RawRow = next(self._rows)
        self._header = self._row[1]

    def at(self, line: int) -> str:
        """The row that begins on that line, as a JSON object by column."""
        while self._row[0] < line:
            self._row = next(self._rows)
        names, cells = self._header, self._row[1]
        columns = dict(zip(names, cells, strict=False))
        beyond = cells[len(names) :]
        return json.dumps(columns | ({"": beyond} if beyond else {}), ensure_ascii=False)


def _safe(value: str) -> str:
    """The value as a spreadsheet shows it and never runs it."""
    return f"'{value}" if value.startswith(_FORMULA_STARTS) else value
