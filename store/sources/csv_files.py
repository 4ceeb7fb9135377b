"""One CSV file as rows of cells: UTF-8, commas between cells, quotes doubled inside quotes (RFC 4180).

As in Excel, a first line `sep=;` sets another separator. A fault of the whole file (its encoding, a NUL, its quoting)
raises BrokenBundle with the line; the reader of rows reports what is wrong in one row. Knows no columns.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from store.domain.imports import BrokenBundle
from store.sources.containers import SAVE_CSV, Form, look_at
from store.sources.rows import RawRow

MAX_LINE = 4 * 1024 * 1024
"""Bytes of one line: a file without line ends must not fill the memory."""
_BLOCK = 1024 * 1024
_ROWS_PER_WORD = 1_000
_SEP = re.compile(rb'"?sep=([^\x80-\xff"\r\n])"?(?:\r\n|\r|\n)', re.IGNORECASE)
_FIRST_LINE = re.compile(rb"[^\r\n]*")
_SEPARATORS = {b";": "semicolon", b"\t": "tab", b"|": "bar"}
_FEWEST = 2
"""If a first line without commas has this many other separators, it is the header: every part has four columns or more.
"""


@dataclass(frozen=True, slots=True)
class Beginning:
    """What comes before the first row of a file."""

    skipped: int
    """Bytes."""
    lines: int
    separator: str


def csv_rows(path: Path, file: str, position: Callable[[int], None], separator: str | None = None) -> Iterator[RawRow]:
    """The rows of a CSV file, the header first, without empty lines. `position` receives the bytes read so far.

    The separator is a comma, or what the file itself says, unless it is passed. The bytes are examined first, in
    blocks, so that the lines of a good file need not be. Raises BrokenBundle with `file` and the line.
    """
    try:
        found = look_at(path)
        if found.form is Form.UTF_16:
            raise BrokenBundle(file, "is UTF-16; save it as “CSV UTF-8”", 1)
        if found.form not in (Form.TEXT, Form.EMPTY):
            raise BrokenBundle(file, f"{found.what}, not a CSV file; {found.advice or SAVE_CSV}", 1)
        with path.open("rb") as binary:
            beginning = _inspect(binary, file, separator)
        with path.open("rb") as binary:
            binary.seek(beginning.skipped)
            with io.TextIOWrapper(binary, encoding="utf-8", newline="") as text:
                yield from _rows(text, binary, file, beginning, position)
    except OSError as error:
        raise BrokenBundle(file, f"cannot be read: {error.strerror or error}") from None


def _rows(
    text: io.TextIOWrapper, binary: io.BufferedReader, file: str, beginning: Beginning, position: Callable[[int], None]
) -> Iterator[RawRow]:
    reader = csv.reader(text, strict=True, delimiter=beginning.separator)
    before = beginning.lines + 1
    begins = before
    try:
        for number, cells in enumerate(reader):
            if cells:
                yield begins, cells
            begins = reader.line_num + before
            if number % _ROWS_PER_WORD == 0:
                position(binary.tell())
    except csv.Error as error:
        raise BrokenBundle(file, _why(error), begins) from None


def _why(error: csv.Error) -> str:
    if "field limit" in str(error):
        return f"has a cell of more than {csv.field_size_limit():,} characters; maybe a quote is never closed"
    return f"the quoting is broken: {error}"


def _inspect(binary: io.BufferedReader, file: str, separator: str | None) -> Beginning:
    """Finds what comes before the first row. Raises BrokenBundle if the bytes are not lines of UTF-8 text."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    lines, unended = 0, 0
    beginning = Beginning(0, 0, separator or ",")
    while block := binary.read(_BLOCK):
        if lines == unended == 0:
            beginning = _begin(block, separator)
        if b"\0" in block:
            raise BrokenBundle(file, "has a NUL byte, which no text has", _line_of(block, block.index(b"\0"), lines))
        held = len(decoder.getstate()[0])
        try:
            decoder.decode(block)
        except UnicodeDecodeError as error:
            line = _line_of(block, max(error.start - held, 0), lines)
            raise BrokenBundle(file, "is not UTF-8; save it as “CSV UTF-8”", line) from None
        if lines == unended == 0 and separator is None and not beginning.lines:
            _refuse_other_separators(block[beginning.skipped :], file)
        lines += block.count(b"\n")
        last = max(block.rfind(b"\n"), block.rfind(b"\r"))
        unended = unended + len(block) if last < 0 else len(block) - last - 1
        if unended > MAX_LINE:
            raise BrokenBundle(file, "is longer than any row", lines + 1)
    if decoder.getstate()[0]:
        raise BrokenBundle(file, "ends in the middle of a character; it is not UTF-8, or was cut", lines + 1)
    return beginning


def _line_of(block: bytes, place: int, lines_before: int) -> int:
    return lines_before + block.count(b"\n", 0, place) + 1


def _begin(block: bytes, separator: str | None) -> Beginning:
    skipped = 0
    # Each program that handled the file may have added its own mark.
    while block.startswith(codecs.BOM_UTF8, skipped):
        skipped += len(codecs.BOM_UTF8)
    said = _SEP.match(block, skipped)
    if said and separator is None:
        return Beginning(said.end(), 1, said[1].decode("ascii"))
    return Beginning(skipped, 0, separator or ",")


def _refuse_other_separators(block: bytes, file: str) -> None:
    first = _FIRST_LINE.match(block.lstrip(b"\r\n"))
    line = first[0] if first else b""
    if b"," in line:
        return
    for separator, name in _SEPARATORS.items():
        if line.count(separator) >= _FEWEST:
            raise BrokenBundle(
                file,
                f"its cells are separated by {name}s and must be separated by commas; save it as “CSV UTF-8”, or say "
                f"so in a first line: sep= and a {name}",
                1,
            )
