"""A page of a workbook: facts, and small tables, below one another. It is made in memory."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from .cells import Formats, value_body
from .columns import Column, Value, check_columns
from .layout import Layout, Row
from .text import text_body


class PageWriter:
    """Writes a page from its top down; an empty row stands between blocks."""

    def __init__(self, name: str, formats: Formats) -> None:
        self._name = name
        self._formats = formats
        self._rows: list[bytes] = []
        self._last_row = 0

    @property
    def last_row(self) -> int:
        """The number of the last row written so far, from 1."""
        return self._last_row

    @property
    def rows_xml(self) -> bytes:
        """All rows so far, as a worksheet's XML has them."""
        return b"".join(self._rows)

    def heading(self, text: str) -> None:
        """A line that says what comes below."""
        self._next_block()
        self._add_row(text_body(text, self._formats.shell.heading))

    def facts(self, facts: Iterable[tuple[str, Value]]) -> None:
        """A row for each fact: what it is, in bold, and beside it its value."""
        self._next_block()
        for label, value in facts:
            self._add_row(text_body(label, self._formats.shell.label), value_body(value, self._formats))

    def table(self, columns: Sequence[Column], rows: Iterable[Row]) -> None:
        """A row of titles, in bold, and the rows. Raises as a sheet's write_rows does."""
        check_columns(tuple(columns))
        self._next_block()
        layout = Layout(self._name, tuple(columns), self._formats)
        table = list(rows)
        self._rows.append(layout.header(self._last_row + 1))
        if table:
            self._rows.append(layout.rows(self._last_row + 2, table))
        self._last_row += 1 + len(table)

    def _next_block(self) -> None:
        if self._last_row:
            self._last_row += 1

    def _add_row(self, *bodies: str) -> None:
        self._last_row += 1
        number = self._last_row
        cells = "".join(f'<c r="{letter}{number}"{body}' for letter, body in zip("AB", bodies, strict=False))
        self._rows.append(f'<row r="{number}">{cells}</row>'.encode())
