"""The workbook around the rows: openpyxl makes it, and it is written before and after them.

openpyxl knows styles, views, filters, names and properties well, and is slow only with rows. So it makes all other
parts of the package, from empty sheets. Nothing here knows how a cell is written.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from typing import NamedTuple
from zipfile import ZipFile

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from .columns import ColumnKind, Page, Sheet
from .text import cleaned

# Written before the sheets: programs that identify files by their first bytes look for these names there.
_FIRST_PARTS = ("_rels/.rels", "docProps/app.xml", "docProps/core.xml")
_NUMBERED_PART = re.compile(r"(?<=/xl/worksheets/sheet)(\d+)(?=\.xml)")
_SHEET_DATA = re.compile(r"<sheetData\s*/>|<sheetData>\s*</sheetData>")
_DIMENSION = re.compile(r"<dimension [^>]*/>")
_FONT = "Calibri"
_FONT_SIZE = 11
_HEADER_FILL = "E7ECF2"
_HEADER_LINE = "8A97A8"
_TOP = Alignment(vertical="top")
_WRAPPED = Alignment(wrap_text=True, vertical="top")
_LEFT = Alignment(horizontal="left")
_RIGHT = Alignment(horizontal="right", vertical="top")
_CURRENCY_CODE = re.compile("[A-Z]{3}")


class CurrencyStyle(NamedTuple):
    """The format of one currency's amounts: indices of cell formats, and the decimal places of its minor unit."""

    style: int
    beside_label: int
    digits: int


@dataclass(frozen=True, slots=True)
class Frame:
    """The XML of a worksheet around its rows: everything before and after the contents of `<sheetData>`."""

    head: bytes
    tail: bytes


@dataclass(frozen=True, slots=True)
class WrittenSheet:
    """A sheet whose part is written: the part's number, the name on its tab, and its last row."""

    part: int
    name: str
    kind: Sheet | Page
    last_row: int


def part_name(number: int) -> str:
    """The name of a sheet's part in the package."""
    return f"xl/worksheets/sheet{number}.xml"


class Shell:
    """The workbook without its rows. Cell formats are assigned as indices while the rows are written."""

    def __init__(self, *, title: str, author: str, created: datetime, minor_digits: Callable[[str], int]) -> None:
        self._minor_digits = minor_digits
        self._book = Workbook()
        self._styled_on = self._only_sheet()
        properties = self._book.properties
        properties.title = cleaned(title)
        properties.creator = cleaned(author)
        properties.created = created.astimezone(UTC).replace(tzinfo=None)
        line = Side(style="thin", color=_HEADER_LINE)
        border = Border(bottom=line)
        self.header = self._style(bold=True, fill=_HEADER_FILL, border=border, align=_WRAPPED)
        self.header_of_numbers = self._style(bold=True, fill=_HEADER_FILL, border=border, align=_RIGHT)
        self.heading = self._style(bold=True, size=_FONT_SIZE + 3)
        self.label = self._style(bold=True, align=_TOP)
        self.text_beside_label = self._style(align=_WRAPPED)
        self.number_beside_label = self._style(align=_LEFT)
        self.whole_beside_label = self._style(number_format="#,##0", align=_LEFT)
        # Nobody compares dates digit by digit as figures, so they are aligned with the start of their title.
        self.date = self._style(number_format="yyyy-mm-dd", align=_LEFT)
        self.moment = self._style(number_format="yyyy-mm-dd hh:mm:ss", align=_LEFT)

    def number(self, number_format: str) -> int:
        """The index of the cell format for numbers shown in Excel's number_format."""
        return self._style(number_format=number_format)

    def currency(self, code: str) -> CurrencyStyle:
        """The format of the currency's amounts, as `USD 12,400.00`; sums of them stay numbers.

        Raises ValueError if `code` is not an ISO 4217 code, and what the workbook's `minor_digits` raises for an
        unknown currency.
        """
        if not _CURRENCY_CODE.fullmatch(code):
            raise ValueError("a currency is three capital letters")
        digits = self._minor_digits(code)
        # The code is written as in Excel's own currency formats, so that spreadsheet programs recognise money.
        shown = f"[${code}] #,##0" + ("." + "0" * digits if digits else "")
        return CurrencyStyle(self.number(shown), self._style(number_format=shown, align=_LEFT), digits)

    def first_parts(self) -> list[tuple[str, bytes]]:
        """Names and contents of the parts before the sheets."""
        package = self._saved()
        return [(name, package.read(name)) for name in _FIRST_PARTS]

    def last_parts(self, written: Sequence[WrittenSheet]) -> list[tuple[str, bytes]]:
        """Names and contents of all other parts except the sheets themselves, which are named in the order of their
        tabs.
        """
        for sheet in written:
            _dress(self._book.create_sheet(sheet.name), sheet.kind, sheet.last_row)
        self._book.remove(self._styled_on)
        self._book.active = 0
        package = self._saved()

        def renumbered(match: re.Match[str]) -> str:
            return str(written[int(match[0]) - 1].part)

        parts = []
        for name in package.namelist():
            if name in _FIRST_PARTS or name.startswith("xl/worksheets/"):
                continue
            content = package.read(name)
            if name in {"[Content_Types].xml", "xl/_rels/workbook.xml.rels"}:
                # openpyxl numbers the parts by their tabs; a continued sheet got its number when it was continued.
                content = _NUMBERED_PART.sub(renumbered, content.decode()).encode()
            parts.append((name, content))
        return parts

    def _saved(self) -> ZipFile:
        file = BytesIO()
        self._book.save(file)
        return ZipFile(file)

    def _only_sheet(self) -> Worksheet:
        (sheet,) = self._book.worksheets
        return sheet

    def _style(
        self,
        *,
        number_format: str = "General",
        bold: bool = False,
        size: int = _FONT_SIZE,
        fill: str | None = None,
        border: Border | None = None,
        align: Alignment | None = None,
    ) -> int:
        cell = WriteOnlyCell(self._styled_on)
        cell.number_format = number_format
        if bold or size != _FONT_SIZE:
            cell.font = Font(name=_FONT, size=size, bold=bold)
        if fill is not None:
            cell.fill = PatternFill("solid", fgColor=fill)
        if border is not None:
            cell.border = border
        if align is not None:
            cell.alignment = align
        return int(cell.style_id)


def frame(kind: Sheet | Page, last_row: int) -> Frame:
    """The XML around a sheet's rows. Its head does not depend on `last_row`, so it can be written first."""
    book = Workbook()
    (sheet,) = book.worksheets
    _dress(sheet, kind, last_row)
    file = BytesIO()
    book.save(file)
    xml = ZipFile(file).read(part_name(1)).decode()
    # openpyxl counted the cells that it knows: none. The element may be left out, and a wrong one hides rows from
    # some readers.
    xml = _DIMENSION.sub("", xml)
    head, tail = _SHEET_DATA.split(xml)
    if isinstance(kind, Sheet):
        tail = tail.replace("</worksheet>", _digits_are_text(kind) + "</worksheet>")
    return Frame(f"{head}<sheetData>".encode(), f"</sheetData>{tail}".encode())


def _dress(sheet: Worksheet, kind: Sheet | Page, last_row: int) -> None:
    """Adds what a sheet has in addition to its rows."""
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    if isinstance(kind, Page):
        widths: Sequence[float] = kind.widths
        sheet.sheet_view.showGridLines = False
    else:
        widths = [column.shown_width for column in kind.columns]
        sheet.freeze_panes = f"{get_column_letter(kind.frozen_columns + 1)}2"
        sheet.auto_filter.ref = f"A1:{get_column_letter(len(kind.columns))}{last_row}"
        sheet.print_title_rows = "1:1"
    for index, width in enumerate(widths, 1):
        sheet.column_dimensions[get_column_letter(index)].width = width


def _digits_are_text(sheet: Sheet) -> str:
    """Stops Excel from marking each order number of digits alone as a mistake; openpyxl has no setting for it."""
    letters = [
        get_column_letter(index) for index, column in enumerate(sheet.columns, 1) if column.kind is ColumnKind.TEXT
    ]
    ranges = " ".join(f"{letter}1:{letter}1048576" for letter in letters)
    return f'<ignoredErrors><ignoredError sqref="{ranges}" numberStoredAsText="1"/></ignoredErrors>' if letters else ""
