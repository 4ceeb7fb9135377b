"""One CSV file as rows of cells: UTF-8, a comma between cells, quotes doubled inside quotes (RFC 4180).

Whatever breaks the file as a whole (its encoding, a NUL, its quoting) raises BrokenBundle with the line; what is
wrong in one row is for the reader of rows to say. Knows no column.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from store.domain.imports import BrokenBundle
from store.sources.rows import RawRow

MAX_LINE = 4 * 1024 * 1024
"""Characters of one line: a file without line ends must not fill the memory."""


def csv_rows(path: Path, file: str, position: Callable[[int], None]) -> Iterator[RawRow]:
    """The rows of a CSV file, the header first, empty lines left out. `position` hears the bytes read so far.

    Raises BrokenBundle naming `file` and the line.
    """
    try:
        with path.open("rb") as binary:
            _refuse_other_encodings(binary.peek(4)[:4], file)
            yield from _rows(binary, file, position)
    except OSError as error:
        raise BrokenBundle(file, f"cannot be read: {error.strerror or error}") from None


def _rows(binary: io.BufferedReader, file: str, position: Callable[[int], None]) -> Iterator[RawRow]:
    lines = _Lines(binary, file, position)
    reader = csv.reader(lines, strict=True)
    begins = 1
    try:
        for cells in reader:
            if cells:
                yield RawRow(begins, cells)
            begins = reader.line_num + 1
    except csv.Error as error:
        raise BrokenBundle(file, f"the quoting is broken: {error}", begins) from None
    finally:
        lines.let_go()


class _Lines:
    """The file's lines as text, one at a time, each looked at for what no CSV holds."""

    def __init__(self, binary: io.BufferedReader, file: str, position: Callable[[int], None]) -> None:
        # A strict decoder would name a byte's place in its buffer, not in a line: broken bytes are let through as
        # lone surrogates, which valid UTF-8 never holds, and found in their line.
        self._text = io.TextIOWrapper(binary, encoding="utf-8-sig", errors="surrogateescape", newline="")
        self._binary = binary
        self._file = file
        self._position = position
        self._line = 0

    def let_go(self) -> None:
        """Leaves the file to whoever opened it, also where reading ends in the middle."""
        self._text.detach()

    def __iter__(self) -> Iterator[str]:
        for line in iter(partial(self._text.readline, MAX_LINE), ""):
            self._line += 1
            if len(line) == MAX_LINE:
                raise BrokenBundle(self._file, "is longer than any row", self._line)
            if "\x00" in line:
                raise BrokenBundle(self._file, "holds a NUL byte, which no text does", self._line)
            if not line.isascii():
                self._check_encoding(line)
            if self._line % 1_000 == 0:
                self._position(self._binary.tell())
            yield line

    def _check_encoding(self, line: str) -> None:
        try:
            line.encode("utf-8")
        except UnicodeEncodeError:
            raise BrokenBundle(self._file, "is not UTF-8; save it as “CSV UTF-8”", self._line) from None


def _refuse_other_encodings(beginning: bytes, file: str) -> None:
    if beginning.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise BrokenBundle(file, "is UTF-16; save it as “CSV UTF-8”", 1)
    if beginning.startswith(b"PK\x03\x04"):
        raise BrokenBundle(file, "is a workbook or another archive, not a CSV file", 1)
