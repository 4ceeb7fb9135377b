"""Writes a sheet's rows into a workbook, and continues in a next sheet when one is full."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TypeAlias

from .cells import Formats
from .columns import Sheet
from .layout import Layout, Row
from .package import MAX_SIZE
from .parts import Parts, SheetPart
from .shell import frame

Progress: TypeAlias = Callable[[int], None]
"""Receives the number of rows so far. What it raises stops the writing, so it may also be a way to cancel."""

_ROWS_AT_ONCE = 250
"""Rows whose text still fits into a processor's cache: 200 to 400 are fastest, and 4,000 take a third longer."""
_ROOM_FOR_TAIL = 1 << 16


@dataclass(frozen=True, slots=True)
class FinishedPart:
    """A sheet, or a piece of a long one: its part's number, and its last row, where 1 is the header."""

    number: int
    last_row: int


class SheetWriter:
    """Writes the rows of one sheet, and of the sheets that continue it."""

    def __init__(self, sheet: Sheet, formats: Formats, parts: Parts, row_limit: int) -> None:
        self._sheet = sheet
        self._layout = Layout(sheet.name, sheet.columns, formats)
        self._parts = parts
        self._row_limit = row_limit
        self._rows = 0
        self._last_row = 0
        self._part: SheetPart | None = None
        self._finished: list[FinishedPart] = []

    @property
    def rows(self) -> int:
        """The rows written so far, without headers."""
        return self._rows

    def write_rows(self, rows: Iterable[Row], progress: Progress | None = None, every: int = 1000) -> int:
        """Writes the rows, each a sequence with a value per column, and returns their number.

        It may be called many times; a call costs as much as twenty rows, so pass some hundred at once or an iterable of
        all. `progress` is called after at least `every` further rows. Raises CellRejected for a value that its column
        cannot hold, and what the workbook's `minor_digits` raises for an unknown currency.
        """
        before = told = self._rows
        source = iter(rows)
        while chunk := list(islice(source, self._chunk_rows())):
            self._write(chunk)
            if progress is not None and self._rows - told >= every:
                told = self._rows
                progress(told)
        return self._rows - before

    def finish(self) -> tuple[FinishedPart, ...]:
        """Ends the sheet, and returns its part and those that continue it. A sheet without rows has only its header.

        The workbook ends its sheets itself; a sheet that ends earlier makes room in the file for the next one.
        """
        if not self._finished and self._part is None:
            self._begin()
        if self._part is not None:
            self._end(self._part)
        return tuple(self._finished)

    def _chunk_rows(self) -> int:
        left = self._row_limit - self._last_row if self._part is not None else 0
        return min(_ROWS_AT_ONCE, left or self._row_limit - 1)

    def _write(self, chunk: Sequence[Row]) -> None:
        part = self._part or self._begin()
        if self._last_row == self._row_limit:
            part = self._go_on(part)
        content = self._layout.rows(self._last_row + 1, chunk)
        if part.content.size + len(content) + _ROOM_FOR_TAIL > MAX_SIZE:
            # Long texts fill a part's 4 GiB before its rows run out.
            part = self._go_on(part)
            content = self._layout.rows(self._last_row + 1, chunk)
        part.content.write(content)
        self._last_row += len(chunk)
        self._rows += len(chunk)

    def _begin(self) -> SheetPart:
        self._part = self._parts.begin()
        self._part.content.write(frame(self._sheet, 1).head)
        self._part.content.write(self._layout.header(1, filtered=True))
        self._last_row = 1
        return self._part

    def _go_on(self, part: SheetPart) -> SheetPart:
        self._end(part)
        return self._begin()

    def _end(self, part: SheetPart) -> None:
        part.content.write(frame(self._sheet, self._last_row).tail)
        self._parts.finish(part)
        self._finished.append(FinishedPart(part.number, self._last_row))
        self._part = None
