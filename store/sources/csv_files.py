"""One CSV file as rows of cells: UTF-8, a comma between cells, quotes doubled inside quotes (RFC 4180).

Whatever breaks the file as a whole (its encoding, a NUL, its quoting) raises BrokenBundle with the line; what is
wrong in one row is for the reader of rows to say. Knows no column.
"""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Callable, Iterator
from pathlib import Path

from store.domain.imports import BrokenBundle
from store.sources.rows import RawRow

MAX_LINE = 4 * 1024 * 1024
"""Bytes of one line: a file without line ends must not fill the memory."""
_BLOCK = 1024 * 1024
_ROWS_PER_WORD = 1_000


def csv_rows(path: Path, file: str, position: Callable[[int], None]) -> Iterator[RawRow]:
    """The rows of a CSV file, the header first, empty lines left out. `position` hears the bytes read so far.

    The bytes are looked through first, in blocks, so that no line of a good file has to be. Raises BrokenBundle
    naming `file` and the line.
    """
    try:
        with path.open("rb") as binary:
            _inspect(binary, file)
        with path.open("rb") as binary, io.TextIOWrapper(binary, encoding="utf-8-sig", newline="") as text:
            yield from _rows(text, binary, file, position)
    except OSError as error:
        raise BrokenBundle(file, f"cannot be read: {error.strerror or error}") from None


def _rows(
    text: io.TextIOWrapper, binary: io.BufferedReader, file: str, position: Callable[[int], None]
) -> Iterator[RawRow]:
    reader = csv.reader(text, strict=True)
    begins = 1
    try:
        for number, cells in enumerate(reader):
            if cells:
                yield begins, cells, None
            begins = reader.line_num + 1
            if number % _ROWS_PER_WORD == 0:
                position(binary.tell())
    except csv.Error as error:
        raise BrokenBundle(file, f"the quoting is broken: {error}", begins) from None


def _inspect(binary: io.BufferedReader, file: str) -> None:
    """Raises BrokenBundle where the bytes are no UTF-8 text in lines."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    lines, unended = 0, 0
    while block := binary.read(_BLOCK):
        if lines == unended == 0:
            _refuse_other_formats(block, file)
        if b"\0" in block:
            raise BrokenBundle(file, "holds a NUL byte, which no text does", _line_of(block, block.index(b"\0"), lines))
        held = len(decoder.getstate()[0])
        try:
            decoder.decode(block)
        except UnicodeDecodeError as error:
            line = _line_of(block, max(error.start - held, 0), lines)
            raise BrokenBundle(file, "is not UTF-8; save it as “CSV UTF-8”", line) from None
        lines += block.count(b"\n")
        last = max(block.rfind(b"\n"), block.rfind(b"\r"))
        unended = unended + len(block) if last < 0 else len(block) - last - 1
        if unended > MAX_LINE:
            raise BrokenBundle(file, "is longer than any row", lines + 1)
    if decoder.getstate()[0]:
        raise BrokenBundle(file, "ends in the middle of a character; it is not UTF-8, or was cut", lines + 1)


def _line_of(block: bytes, place: int, lines_before: int) -> int:
    return lines_before + block.count(b"\n", 0, place) + 1


def _refuse_other_formats(beginning: bytes, file: str) -> None:
    if beginning.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise BrokenBundle(file, "is UTF-16; save it as “CSV UTF-8”", 1)
    if beginning.startswith(b"PK\x03\x04"):
        raise BrokenBundle(file, "is a workbook or another archive, not a CSV file", 1)
