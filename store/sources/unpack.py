"""A separate program that turns the sheets of a workbook into lines of JSON, within limits of memory and time.

Its input may be hostile, so it runs in a child process that holds no token and no connection, knows no data of the
desk, and writes only into the given folder. Each sheet becomes `<name>.jsonl` with a line for each row, `[row, [cell,
…]]`, and cells as in `store.sources.cells`. On its standard output it writes `{"sheet", "rows"}` as it goes on, and at
the end `{"sheets": […], "others": […]}` or `{"error", "sheet"}`.
"""

from __future__ import annotations

import contextlib
import json
import re
import resource
import sys
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NoReturn

from defusedxml.common import DefusedXmlException

from store.sources.cells import encode
from store.sources.packages import Refused, open_package

MAX_MEMORY = 1536 * 1024 * 1024
MAX_CPU_SECONDS = 1200
MAX_ROWS = 1_048_576
MAX_COLUMNS = 16_384
ROWS_PER_WORD = 5_000

_MERGED = re.compile(rb"<(?:\w+:)?mergeCell\s[^>]*?ref\s*=\s*[\"']([A-Z0-9:]{1,40})[\"']")
_CHUNK = 1024 * 1024


def main(path: str, folder: str, wanted: Sequence[str]) -> int:
    """Unpacks the wanted sheets of the workbook into the folder. Returns 0, or 1 if it refused."""
    limit()
    try:
        found, others = unpack(Path(path), Path(folder), wanted)
    except Refused as refused:
        _say(error=refused.reason, sheet=refused.sheet)
        return 1
    except Exception as error:  # noqa: BLE001 - whatever a hostile file makes its readers raise, it cannot be read
        _say(error=_why(error), sheet="")
        return 1
    _say(sheets=found, others=others)
    return 0


def _why(error: BaseException) -> str:
    # openpyxl wraps the errors of its XML reader.
    cause = error.__cause__ or error
    if isinstance(cause, MemoryError):
        return f"needs more than {MAX_MEMORY // 1024**2} MB of memory to be read"
    if isinstance(cause, DefusedXmlException):
        return "holds XML that a workbook never needs (entities or a document type)"
    if isinstance(cause, zipfile.BadZipFile | zlib.error | EOFError):
        return "is an archive that was cut or damaged; get it again from its source"
    if isinstance(cause, SyntaxError):
        return f"holds XML that is broken ({cause}); open it in a spreadsheet program and save it again"
    return "is a workbook that cannot be read; open it in a spreadsheet program and save it again"


def limit() -> None:
    """Permanently limits the memory and time of this process."""
    # Not every system lets a process limit its memory; the limits below work without it.
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY, MAX_MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (MAX_CPU_SECONDS, MAX_CPU_SECONDS))


def _say(**words: object) -> None:
    print(json.dumps(words), flush=True)


def unpack(path: Path, folder: Path, wanted: Sequence[str]) -> tuple[list[str], list[str]]:
    """Unpacks the wanted sheets that exist, and returns their names and those of the other sheets.

    Raises Refused, or what its readers raise.
    """
    with path.open("rb") as file:
        package = open_package(file, path.name)
        with contextlib.closing(package.wb) as workbook:
            parts = package.sheet_parts()
            names = _wanted(parts, wanted)
            for name, sheet in names.items():
                _refuse_merged(package.archive, parts[sheet], name)
            for name, sheet in names.items():
                _write_sheet(workbook[sheet], name, folder)
    return list(names), [sheet for sheet in parts if sheet not in names.values()]


def _wanted(parts: dict[str, str], wanted: Sequence[str]) -> dict[str, str]:
    """The wanted sheets' names in the workbook, by the wanted names."""
    found: dict[str, str] = {}
    for sheet in parts:
        name = " ".join(sheet.split()).lower()
        if name in found:
            raise Refused(f"appears twice, as “{found[name]}” and “{sheet}”; keep one of them", name)
        if name in wanted:
            found[name] = sheet
    return {name: found[name] for name in wanted if name in found}


def _write_sheet(sheet: Any, name: str, folder: Path) -> None:  # noqa: ANN401 - openpyxl's sheets of two kinds
    if not hasattr(sheet, "reset_dimensions"):
        raise Refused("is a chart, not a table", name)
    # A sheet's stated size is not reliable, and would pad every row up to it.
    sheet.reset_dimensions()
    with (folder / f"{name}.jsonl").open("w", encoding="ascii") as out:
        for row in _rows(sheet.iter_rows(), name):
            out.write(json.dumps(row))
            out.write("\n")


def _refuse_merged(archive: zipfile.ZipFile, part: str, sheet: str) -> None:
    if part not in archive.namelist():
        raise Refused("is missing from the workbook's archive; the file is damaged, get it again", sheet)
    before = b""
    with archive.open(part) as stream:
        while chunk := stream.read(_CHUNK):
            found = _MERGED.search(before + chunk)
            if found:
                raise Refused(
                    f"has merged cells ({found.group(1).decode()}); unmerge them, a value in each cell", sheet
                )
            before = chunk[-200:]


def _rows(rows: Iterator[Any], sheet: str) -> Iterator[tuple[int, list[Any]]]:
    number = 0
    for number, row in enumerate(rows, start=1):
        if number > MAX_ROWS:
            raise Refused(f"has more than {MAX_ROWS} rows", sheet)
        if number % ROWS_PER_WORD == 0:
            _say(sheet=sheet, rows=number)
        cells = [_cell(cell) for cell in row]
        while cells and cells[-1] == "":
            cells.pop()
        if cells:
            yield number, cells
    _say(sheet=sheet, rows=number)


def _cell(cell: Any) -> Any:  # noqa: ANN401 - a cell may hold whatever Excel can
    value = cell.value
    # Most cells are texts; their format says nothing.
    number_format = cell.number_format if type(value) in (int, float) else None
    return encode(value, cell.data_type, number_format)


def _start() -> NoReturn:
    path, folder, *wanted = sys.argv[1:]
    sys.exit(main(path, folder, wanted))


if __name__ == "__main__":
    _start()
