"""Rows as the XML of a worksheet: one compiled function per layout of columns, fed with a few hundred rows at a time.

Columns are made one after the other, then woven into rows by a single f-string; cell by cell is ten times as slow.
Nothing here knows of files, or where a sheet begins and ends.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

from openpyxl.utils import get_column_letter

from .cells import Formats, bodies_of
from .columns import Column
from .errors import CellRejected
from .text import text_body

Row: TypeAlias = Sequence[object]
Weave: TypeAlias = Callable[[range, Sequence[Sequence[str]]], str]

_NOT_OF_ITS_KIND = (TypeError, ValueError, LookupError, ArithmeticError, AttributeError)


class Layout:
    """How the rows of some columns are written, and their header."""

    def __init__(self, sheet: str, columns: tuple[Column, ...], formats: Formats) -> None:
        self._sheet = sheet
        self._columns = columns
        self._header_style = formats.shell.header
        self._bodies = [bodies_of(columns, index, formats) for index in range(len(columns))]
        self._weave = _compiled(len(columns))

    def header(self, number: int) -> bytes:
        """The row of titles, as the row of that number (from 1)."""
        titles = [[text_body(column.title, self._header_style)] for column in self._columns]
        return self._weave(range(number, number + 1), titles).encode()

    def rows(self, first: int, rows: Sequence[Row]) -> bytes:
        """The rows, the first of them with that number (from 1). Raises CellRejected for a value that its column
        cannot hold.
        """
        try:
            columns = list(zip(*rows, strict=True))
            if len(columns) != len(self._columns):
                raise self._rejection(first, rows)
            bodies = [make(columns) for make in self._bodies]
        except _NOT_OF_ITS_KIND:
            # Not chained: such errors quote the value, and they are logged.
            raise self._rejection(first, rows) from None
        return self._weave(range(first, first + len(rows)), bodies).encode()

    def _rejection(self, first: int, rows: Sequence[Row]) -> CellRejected:
        """Finds the first value at fault, by making its cell alone."""
        for number, row in enumerate(rows, first):
            if len(row) != len(self._columns):
                reason = f"the row has {len(row)} values for {len(self._columns)} columns"
                return CellRejected(sheet=self._sheet, row=number, column=self._columns[0].title, reason=reason)
            alone = [(value,) for value in row]
            for column, make, value in zip(self._columns, self._bodies, row, strict=True):
                try:
                    make(alone)
                except _NOT_OF_ITS_KIND:
                    reason = f"a value of type {type(value).__name__} cannot be written as {column.kind.value}"
                    return CellRejected(sheet=self._sheet, row=number, column=column.title, reason=reason)
        raise AssertionError("rows that fail together fail apart")


def _compiled(columns: int) -> Weave:
    """A function of row numbers and the columns' bodies that gives the rows' XML.

    Its source holds nothing but letters of columns, so that no value can ever become code.
    """
    names = [f"c{index}" for index in range(columns)]
    cells = "".join(f'<c r="{get_column_letter(index)}{{n}}"{{{name}}}' for index, name in enumerate(names, 1))
    row = f"f'<row r=\"{{n}}\">{cells}</row>'"
    source = f"lambda numbers, columns: ''.join([{row} for n, {', '.join(names)} in zip(numbers, *columns)])"
    weave: Weave = eval(source, {})  # noqa: S307  # see above
    return weave
