"""Workbooks written in memory, and read back three ways: by openpyxl, by calamine, and as the XML that they are."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from io import BytesIO
from typing import Any
from zipfile import ZipFile

from defusedxml.ElementTree import fromstring
from openpyxl import Workbook, load_workbook
from python_calamine import CalamineWorkbook

from store.domain.money import minor_digits
from store.workbooks import Column, Page, Sheet, WorkbookWriter, create_workbook

_NAMESPACE = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def written(
    sheets: Sequence[Sheet | Page], fill: Callable[[WorkbookWriter], object], *, zone: tzinfo = UTC, **options: Any
) -> bytes:
    """The workbook that fill writes."""
    file = BytesIO()
    with create_workbook(file, sheets, zone=zone, minor_digits=minor_digits, created=NOON, **options) as book:
        fill(book)
    return file.getvalue()


def sheet_of(columns: Sequence[Column], rows: Iterable[Sequence[object]], **options: Any) -> bytes:
    """A workbook of one sheet, Orders, with those rows."""
    sheet = Sheet("Orders", tuple(columns))
    return written([sheet], lambda book: book.sheet("Orders").write_rows(rows), **options)


def opened(content: bytes) -> Workbook:
    return load_workbook(BytesIO(content))


def seen_by_calamine(content: bytes, sheet: str = "Orders") -> list[list[Any]]:
    """All cells of a sheet; empty ones are empty text."""
    rows: list[list[Any]] = CalamineWorkbook.from_object(BytesIO(content)).get_sheet_by_name(sheet).to_python()
    return rows


@dataclass(frozen=True, slots=True)
class RawCell:
    """A cell as the file has it: its reference, type, index of cell format, and text, with Excel's escapes undone."""

    reference: str
    type: str
    style: int
    text: str


def raw_cells(content: bytes, part: int = 1) -> list[list[RawCell]]:
    """All cells of a sheet's part, row by row, read by an XML parser."""
    root = fromstring(ZipFile(BytesIO(content)).read(f"xl/worksheets/sheet{part}.xml"))
    return [[_raw(cell) for cell in row.iter(f"{_NAMESPACE}c")] for row in root.iter(f"{_NAMESPACE}row")]


def _raw(cell: Any) -> RawCell:
    value = cell.find(f"{_NAMESPACE}v")
    text = cell.find(f"{_NAMESPACE}is/{_NAMESPACE}t")
    shown = unescaped(text.text or "") if text is not None else value.text if value is not None else ""
    return RawCell(cell.get("r"), cell.get("t", "n"), int(cell.get("s", "0")), shown)


def unescaped(text: str) -> str:
    """What Excel makes of a text: `_x0041_` is A (ECMA-376 part 1, 22.9.2.19)."""
    return re.sub("_x([0-9A-Fa-f]{4})_", lambda match: chr(int(match[1], 16)), text)
