"""A program of its own that turns the sheets of a workbook into lines of JSON, inside limits of memory and time.

It reads what may be hostile, so it runs in a child process that holds no token and no connection, imports nothing
of the desk, and writes only into the folder it is given. Each sheet becomes `<name>.jsonl`, a line a row:
`[row, [cell, …], {place: why the cell is no text}]`. On its standard output: `{"sheet", "rows"}` as it goes on, and
last `{"sheets": […]}` or `{"error", "sheet"}`.
"""

from __future__ import annotations

import contextlib
import json
import math
import re
import resource
import sys
import zipfile
from collections.abc import Iterator, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any, NoReturn

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import parse as parse_xml
from openpyxl import load_workbook
from openpyxl.utils import get_column_letter

MAX_MEMORY = 1536 * 1024 * 1024
MAX_CPU_SECONDS = 1200
MAX_ENTRIES = 1_000
MAX_UNPACKED = 4 * 1024**3
MAX_ENTRY_IN_MEMORY = 256 * 1024 * 1024
"""Bytes of a part that a reader of workbooks holds whole: the shared texts, the styles, the workbook itself."""
MAX_RATIO = 200
"""How many times larger a part may be than it is packed; sheets of figures reach 30, a bomb a thousand."""
RATIO_COUNTS_FROM = 8 * 1024 * 1024
MAX_ROWS = 1_048_576
MAX_COLUMNS = 16_384
ROWS_PER_WORD = 5_000

_MERGED = re.compile(rb"<(?:\w+:)?mergeCell\s[^>]*?ref\s*=\s*[\"']([A-Z0-9:]{1,40})[\"']")
_CHUNK = 1024 * 1024
_NUL_OR_SURROGATE = re.compile("[\x00\ud800-\udfff]")
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"


class Refused(Exception):
    """Why the workbook is not taken, in words for a person."""

    def __init__(self, reason: str, sheet: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.sheet = sheet


def main(path: str, folder: str, wanted: Sequence[str]) -> int:
    """Unpacks the wanted sheets of the workbook into the folder. Gives 0, or 1 where it refused."""
    limit()
    try:
        found = unpack(Path(path), Path(folder), wanted)
    except Refused as refused:
        _say(error=refused.reason, sheet=refused.sheet)
        return 1
    except Exception as error:  # noqa: BLE001 - whatever a hostile file makes its readers raise, it cannot be read
        _say(error=_why(error), sheet="")
        return 1
    _say(sheets=found)
    return 0


def _why(error: BaseException) -> str:
    # openpyxl wraps what its reader of XML raised.
    cause = error.__cause__ or error
    if isinstance(cause, MemoryError):
        return f"needs more than {MAX_MEMORY // 1024**2} MB of memory to be read"
    if isinstance(cause, DefusedXmlException):
        return "holds XML that a workbook never needs (entities or a document type)"
    return "is no workbook (.xlsx) that can be read; open it and save it anew"


def limit() -> None:
    """Lowers, for good, what this process may take of memory and time."""
    # Not every system lets a process limit its memory; the caps below hold without it.
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY, MAX_MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (MAX_CPU_SECONDS, MAX_CPU_SECONDS))


def _say(**words: object) -> None:
    print(json.dumps(words), flush=True)


def unpack(path: Path, folder: Path, wanted: Sequence[str]) -> list[str]:
    """Unpacks those of the wanted sheets that there are, and names them. Raises Refused, or what its readers raise."""
    if not zipfile.is_zipfile(path):
        raise Refused("is no workbook (.xlsx): it is not even an archive")
    with zipfile.ZipFile(path) as archive:
        _guard(archive)
        parts = _sheet_parts(archive)
        names = {name.strip().lower(): name for name in parts}
        for name in wanted:
            if name in names:
                _refuse_merged(archive, parts[names[name]], name)
    found = [name for name in wanted if name in names]
    with contextlib.closing(load_workbook(path, read_only=True, data_only=False, keep_links=False)) as workbook:
        for name in found:
            _write_sheet(workbook[names[name]], name, folder)
    return found


def _write_sheet(sheet: Any, name: str, folder: Path) -> None:  # noqa: ANN401 - openpyxl's sheets of two kinds
    if not hasattr(sheet, "reset_dimensions"):
        raise Refused("is a chart, not a table", name)
    # What a sheet says of its own size is not to be trusted, and would pad every row up to it.
    sheet.reset_dimensions()
    with (folder / f"{name}.jsonl").open("w", encoding="ascii") as out:
        for row in _rows(sheet.iter_rows(), name):
            out.write(json.dumps(row))
            out.write("\n")


def _guard(archive: zipfile.ZipFile) -> None:
    entries = archive.infolist()
    if len(entries) > MAX_ENTRIES:
        raise Refused(f"holds {len(entries)} parts; a workbook has at most {MAX_ENTRIES}")
    if len({entry.filename for entry in entries}) != len(entries):
        raise Refused("holds two parts of the same name")
    total = 0
    for entry in entries:
        total += entry.file_size
        packed = max(entry.compress_size, 1)
        if entry.flag_bits & 1:
            raise Refused("is protected by a password")
        if entry.file_size > RATIO_COUNTS_FROM and entry.file_size / packed > MAX_RATIO:
            raise Refused(f"unpacks to {entry.file_size // packed} times its size: it is made to fill the memory")
        if entry.file_size > MAX_ENTRY_IN_MEMORY and "/worksheets/" not in entry.filename:
            raise Refused(f"holds a part of {entry.file_size // 1024**2} MB, {entry.filename!r:.80}")
    if total > MAX_UNPACKED:
        raise Refused(f"unpacks to {total // 1024**2} MB; at most {MAX_UNPACKED // 1024**2} MB are taken")


def _sheet_parts(archive: zipfile.ZipFile) -> dict[str, str]:
    """The part of the archive in which each sheet stands, by the sheet's name."""
    try:
        with archive.open("xl/workbook.xml") as part:
            book = list(parse_xml(part).iter())
        with archive.open("xl/_rels/workbook.xml.rels") as part:
            relations = list(parse_xml(part).iter())
    except KeyError:
        raise Refused("is no workbook (.xlsx): it has no sheets") from None
    targets = {one.get("Id"): str(one.get("Target", "")) for one in relations}
    parts = {}
    for one in book:
        if one.tag.endswith("}sheet"):
            target = targets.get(one.get(_RELATION), "")
            parts[str(one.get("name", ""))] = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
    return parts


def _refuse_merged(archive: zipfile.ZipFile, part: str, sheet: str) -> None:
    before = b""
    with archive.open(part) as stream:
        while chunk := stream.read(_CHUNK):
            found = _MERGED.search(before + chunk)
            if found:
                raise Refused(
                    f"has merged cells ({found.group(1).decode()}); unmerge them, a value in each cell", sheet
                )
            before = chunk[-200:]


def _rows(rows: Iterator[Any], sheet: str) -> Iterator[tuple[int, list[str], dict[int, str]]]:
    number = 0
    for number, row in enumerate(rows, start=1):
        if number > MAX_ROWS:
            raise Refused(f"has more than {MAX_ROWS} rows", sheet)
        if number % ROWS_PER_WORD == 0:
            _say(sheet=sheet, rows=number)
        cells, bad = [], {}
        for place, cell in enumerate(row):
            value = cell.value
            if value is None or value == "":
                cells.append("")
                continue
            try:
                cells.append(_text(value, cell.data_type))
            except ValueError as error:
                cells.append(str(value)[:80].encode("utf-8", "replace").decode().replace("\x00", " "))
                bad[place] = f"{error} (cell {get_column_letter(place + 1)}{number})"
        while cells and not cells[-1]:
            cells.pop()
        if cells:
            yield number, cells, bad
    _say(sheet=sheet, rows=number)


def _text(value: Any, data_type: str) -> str:  # noqa: ANN401 - a cell may hold whatever Excel can
    """A cell as the text a CSV would hold. Raises ValueError saying why there is none."""
    if data_type == "f":
        raise ValueError("is a formula; keep values only")
    if data_type == "e":
        raise ValueError("is an error value of the spreadsheet")
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return _shortest(value)
    if isinstance(value, str):
        if _NUL_OR_SURROGATE.search(value):
            raise ValueError("holds a character that no text does")
        return value
    if hasattr(value, "isoformat"):
        return str(value.isoformat())
    raise ValueError("is neither text, number, time nor true or false")


def _shortest(value: float) -> str:
    """The shortest decimal text that reads back as this very float, without an exponent; 12.0 is `12`."""
    if not math.isfinite(value):
        raise ValueError("is no number")
    text = format(Decimal(repr(value)), "f")
    return text.removesuffix(".0")


def _start() -> NoReturn:
    path, folder, *wanted = sys.argv[1:]
    sys.exit(main(path, folder, wanted))


if __name__ == "__main__":
    _start()
