"""Reads a file of rejected rows, as `rejected` writes it, as a source with the parts of its rows.

It may have been fixed in a spreadsheet program, sorted, and saved with another separator.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, TextIO

from store.domain.imports import BrokenBundle, Part, shorten
from store.sources.containers import HEAD
from store.sources.csv_files import csv_rows
from store.sources.kinds import is_cell
from store.sources.names import shown_name
from store.sources.source import RowLayout
from store.sources.workbooks import UnpackedPart

COLUMNS = ("file", "line", "column", "value", "reason", "row")
_SEPARATORS = ",;\t"
_LAYOUT = RowLayout("line", "file", texts=False, grid=False)
Row = dict[str, Any]


def find_separator(path: Path) -> str | None:
    """The separator of a file of rejected rows; None if it is another file. Raises OSError."""
    with path.open("rb") as file:
        head = file.read(HEAD).decode("utf-8", "replace").lstrip("\ufeff")
    first = head.splitlines()[0] if head.strip() else ""
    return next((one for one in _SEPARATORS if _is_header(next(csv.reader([first], delimiter=one), []))), None)


class RejectedSource:
    """A file of rejected rows, which may have come from files or sheets."""

    left_alone: tuple[str, ...] = ()

    def __init__(self, path: Path, separator: str, folder: Path) -> None:
        """Unpacks the parts into the folder. Raises BrokenBundle if it contains no rows, or one that cannot be read."""
        self.name = shown_name(path)
        self.parts = tuple(
            UnpackedPart(part, f"{self.name} ({part})", file, file.stat().st_size, _LAYOUT)
            for part, file in _unpack(path, self.name, separator, folder).items()
        )


def _unpack(path: Path, name: str, separator: str, folder: Path) -> dict[Part, Path]:
    """Writes the rows of each part into a file, its columns first, as lines of `[line, [cell, …]]`."""
    columns: dict[Part, dict[str, None]] = {}
    for _, part, row in _rows(path, name, separator):
        columns.setdefault(part, {}).update(dict.fromkeys(column for column in row if column))
    if not columns:
        raise BrokenBundle(name, "holds no rows")
    names = {part: list(columns[part]) for part in Part if part in columns}
    files = {part: folder / f"{part}.jsonl" for part in names}
    with ExitStack() as opened:
        out = {part: opened.enter_context(file.open("w", encoding="ascii")) for part, file in files.items()}
        for part, file in out.items():
            _write(file, 1, names[part])
        for line, part, row in _rows(path, name, separator):
            _write(out[part], line, _cells(row, names[part]))
    return files


def _write(file: TextIO, line: int, cells: list[Any]) -> None:
    file.write(json.dumps([line, cells]))
    file.write("\n")


def _cells(row: Row, names: list[str]) -> list[Any]:
    """A row as it was: one with too few or too many cells remains so."""
    present = [place for place, name in enumerate(names) if name in row]
    width = present[-1] + 1 if present else 0
    beyond: list[Any] = row.get("", [])
    return [row.get(name, "") for name in names[:width]] + beyond


def _rows(path: Path, name: str, separator: str) -> Iterator[tuple[int, Part, Row]]:
    rows = csv_rows(path, name, lambda _done: None, separator)
    next(rows)
    for line, cells in rows:
        if not any(cells):
            continue
        if len(cells) != len(COLUMNS):
            raise BrokenBundle(name, f"has {len(cells)} cells, and the header has {len(COLUMNS)}", line)
        file, *_, text = cells
        if not text.strip():
            continue
        part = next((part for part in Part if _is_of(file.strip().lower(), part)), None)
        if part is None:
            raise BrokenBundle(name, f"the file “{shorten(file)}” is not a part of a bundle", line)
        row = _row(text)
        if row is None:
            raise BrokenBundle(name, "the row is not the JSON object that it was; write texts in double quotes", line)
        if any(column != value for column, value in row.items()):
            yield line, part, row


def _is_of(file: str, part: Part) -> bool:
    return file in (f"{part}.csv", f"sheet {part}") or file.endswith(f" ({part})")


def _row(text: str) -> Row | None:
    """The row, or None if the text is not one. A row that only names its columns is the header itself."""
    try:
        row = json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return None
    if not isinstance(row, dict):
        return None
    beyond = row.get("", [])
    good = isinstance(beyond, list) and all(map(is_cell, beyond))
    return row if good and all(is_cell(value) for name, value in row.items() if name) else None


def _refuse(constant: str) -> None:
    raise ValueError(constant)


def _is_header(cells: list[str]) -> bool:
    return tuple(cell.strip().lower() for cell in cells) == COLUMNS
