"""A page of a workbook: facts and small tables below one another. It is made in memory."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import ceil
from unicodedata import east_asian_width

from .cells import Formats, value_body
from .columns import Column, Page, Value, check_columns
from .layout import Layout, Row
from .text import cleaned, text_body

_LINE_POINTS = 15.0
_HEADING_POINTS = 21.0
_MAX_POINTS = 409.0  # Excel's highest row
_DEFAULT_WIDTH = 8.0
_FILLED = 0.85  # of a line, as words are not cut


class PageWriter:
    """Writes a page from the top down, with an empty row between blocks."""

    def __init__(self, page: Page, formats: Formats) -> None:
        self._page = page
        self._formats = formats
        self._rows: list[bytes] = []
        self._last_row = 0

    @property
    def last_row(self) -> int:
        """The number of the last row so far, from 1."""
        return self._last_row

    @property
    def rows_xml(self) -> bytes:
        """All rows so far, as worksheet XML."""
        return b"".join(self._rows)

    def heading(self, text: str) -> None:
        """Writes a line that names what follows."""
        self._next_block()
        self._add_row(text_body(text, self._formats.shell.heading), height=_HEADING_POINTS)

    def facts(self, facts: Iterable[tuple[str, Value]]) -> None:
        """Writes a row for each fact: its name, in bold, and its value."""
        self._next_block()
        for label, value in facts:
            lines = self._lines(value) if isinstance(value, str) else 1
            bodies = text_body(label, self._formats.shell.label), value_body(value, self._formats)
            self._add_row(*bodies, height=lines * _LINE_POINTS if lines > 1 else None)

    def table(self, columns: Sequence[Column], rows: Iterable[Row]) -> None:
        """Writes a row of titles, in bold, and the rows. Raises what a sheet's `write_rows` raises."""
        check_columns(tuple(columns))
        self._next_block()
        layout = Layout(self._page.name, tuple(columns), self._formats)
        table = list(rows)
        self._rows.append(layout.header(self._last_row + 1, filtered=False))
        if table:
            self._rows.append(layout.rows(self._last_row + 2, table))
        self._last_row += 1 + len(table)

    def _next_block(self) -> None:
        if self._last_row:
            self._last_row += 1

    def _lines(self, text: str) -> int:
        """The number of lines of a wrapped value: spreadsheet programs do not compute it themselves on opening."""
        room = max(1.0, self._page.widths[1] * _FILLED) if len(self._page.widths) > 1 else _DEFAULT_WIDTH
        return sum(max(1, ceil(_shown_width(line) / room)) for line in cleaned(text).split("\n"))

    def _add_row(self, *bodies: str, height: float | None = None) -> None:
        self._last_row += 1
        number = self._last_row
        cells = "".join(f'<c r="{letter}{number}"{body}' for letter, body in zip("AB", bodies, strict=False))
        tall = "" if height is None else f' ht="{min(height, _MAX_POINTS):g}" customHeight="1"'
        self._rows.append(f'<row r="{number}"{tall}>{cells}</row>'.encode())


def _shown_width(text: str) -> int:
    """Its width in characters of the default font; CJK characters take two."""
    return sum(2 if east_asian_width(character) in "WF" else 1 for character in text)
