"""Rows as the XML of a worksheet, a few hundred at a time.

Columns are made one after the other, as bytes, and then woven into rows by a single join; cell by cell takes many times
as long. Nothing here knows files, or where a sheet begins and ends.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import TypeAlias

from openpyxl.utils import get_column_letter

from .cells import Formats, bodies_of
from .columns import Column, ColumnKind
from .errors import CellRejected
from .text import text_body

Row: TypeAlias = Sequence[object]

_FIGURES = {ColumnKind.INTEGER, ColumnKind.NUMBER, ColumnKind.MONEY, ColumnKind.AMOUNT}
_NOT_OF_ITS_KIND = (TypeError, ValueError, LookupError, ArithmeticError, AttributeError)


class Layout:
    """Writes rows of some columns, and their header."""

    def __init__(self, sheet: str, columns: tuple[Column, ...], formats: Formats) -> None:
        self._sheet = sheet
        self._columns = columns
        self._shell = formats.shell
        # What follows a cell: the beginning of the next one, up to its row's number.
        after = [f'<c r="{get_column_letter(index)}' for index in range(2, len(columns) + 1)] + ["</row>"]
        self._bodies = [bodies_of(columns, index, formats, after[index]) for index in range(len(columns))]

    def header(self, number: int, *, filtered: bool) -> bytes:
        """The row of titles, with that row number (from 1); `filtered`: with filter buttons on the right."""
        cells = []
        for index, column in enumerate(self._columns, 1):
            at_right = column.kind in _FIGURES and not filtered
            style = self._shell.header_of_numbers if at_right else self._shell.header
            cells.append(f'<c r="{get_column_letter(index)}{number}"{text_body(column.title, style)}')
        return f'<row r="{number}">{"".join(cells)}</row>'.encode()

    def rows(self, first: int, rows: Sequence[Row]) -> bytes:
        """The rows; `first` is the number of the first one (from 1).

        Raises CellRejected for a value that its column cannot hold.
        """
        try:
            columns = list(zip(*rows, strict=True))
            if len(columns) != len(self._columns):
                raise self._rejection(first, rows)
            bodies = [make(columns) for make in self._bodies]
        except _NOT_OF_ITS_KIND:
            # Not chained: such errors quote the value, and they are logged.
            raise self._rejection(first, rows) from None
        numbers = range(first, first + len(rows))
        beginnings = [b'<row r="%d"><c r="A' % number for number in numbers]
        references = [b'%d"' % number for number in numbers]
        pieces = [beginnings]
        for cells in bodies:
            pieces += [references, cells]
        return b"".join(chain.from_iterable(zip(*pieces, strict=True)))

    def _rejection(self, first: int, rows: Sequence[Row]) -> CellRejected:
        """Finds the first bad value, by making each cell alone."""
        for number, row in enumerate(rows, first):
            if len(row) != len(self._columns):
                reason = f"the row has {len(row)} values for {len(self._columns)} columns"
                return CellRejected(sheet=self._sheet, row=number, column=self._columns[0].title, reason=reason)
            alone = [(value,) for value in row]
            for column, make, value in zip(self._columns, self._bodies, row, strict=True):
                try:
                    make(alone)
                except _NOT_OF_ITS_KIND:
                    kind = (
                        column.kind.value if column.currency is None else f"{column.kind.value} of the row's currency"
                    )
                    reason = f"a value of type {type(value).__name__} cannot be written as {kind}"
                    return CellRejected(sheet=self._sheet, row=number, column=column.title, reason=reason)
        raise AssertionError("rows that fail together fail apart")
