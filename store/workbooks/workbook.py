"""Workbooks: rows in, one .xlsx out, as fast as text can be put together, in memory that does not grow with the rows.

Knows columns and kinds of values, but not what the rows mean, where they come from, or where the file goes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, tzinfo
from os import PathLike
from pathlib import Path
from typing import BinaryIO

from .cells import Formats
from .columns import MAX_ROWS, Page, Sheet, continued_name
from .files import no_room_said_plainly, write_atomically
from .package import PackageWriter
from .page import PageWriter
from .parts import Parts
from .sheet import SheetWriter
from .shell import Shell, WrittenSheet, frame


class WorkbookWriter:
    """A workbook being written, made by `create_workbook`."""

    def __init__(self, sheets: Sequence[Sheet | Page], formats: Formats, parts: Parts, row_limit: int) -> None:
        self._sheets = tuple(sheets)
        self._parts = parts
        self._sheet_writers = {
            sheet.name: SheetWriter(sheet, formats, parts, row_limit) for sheet in sheets if isinstance(sheet, Sheet)
        }
        self._page_writers = {page.name: PageWriter(page, formats) for page in sheets if isinstance(page, Page)}

    def sheet(self, name: str) -> SheetWriter:
        """The writer of the sheet with that name."""
        return self._sheet_writers[name]

    def page(self, name: str) -> PageWriter:
        """The writer of the page with that name."""
        return self._page_writers[name]

    def finish(self) -> list[WrittenSheet]:
        """Ends all sheets and pages, and returns them in the order of their tabs."""
        finished = {name: writer.finish() for name, writer in self._sheet_writers.items()}
        written = []
        taken = {sheet.name.casefold() for sheet in self._sheets}
        for sheet in self._sheets:
            if isinstance(sheet, Page):
                written.append(self._write_page(sheet))
                continue
            for part in finished[sheet.name]:
                name = sheet.name if part is finished[sheet.name][0] else _free_name(sheet.name, taken)
                written.append(WrittenSheet(part.number, name, sheet, part.last_row))
        return written

    def _write_page(self, page: Page) -> WrittenSheet:
        writer = self._page_writers[page.name]
        around = frame(page, writer.last_row)
        part = self._parts.begin()
        part.content.write(around.head + writer.rows_xml + around.tail)
        self._parts.finish(part)
        return WrittenSheet(part.number, page.name, page, writer.last_row)


@contextmanager
def create_workbook(
    target: str | PathLike[str] | BinaryIO,
    sheets: Sequence[Sheet | Page],
    *,
    zone: tzinfo,
    minor_digits: Callable[[str], int],
    title: str = "",
    author: str = "",
    created: datetime | None = None,
    row_limit: int = MAX_ROWS,
    scratch: Path | None = None,
) -> Iterator[WorkbookWriter]:
    """A workbook to write to in the block; it is complete when the block succeeds.

    Sheets may be written in turn. The first one goes straight into the file; another in progress at the same time is
    kept, deflated, in a nameless temporary file until the end. A sheet without rows has only its header and its filter.

    Args:
        target: a path, whose file appears complete or not at all, as from `write_atomically`; or a binary file to write
            and seek in, which the caller must make safe.
        sheets: in the order of their tabs.
        zone: the time zone in which moments are shown.
        minor_digits: decimal places of the minor unit of an ISO 4217 currency (JPY 0, USD 2, KWD 3).
        title: the workbook's, among its properties.
        author: the same.
        created: an aware moment, among its properties; now if None.
        row_limit: rows of a sheet, including its header, before it continues in `Name (2)`.
        scratch: the folder for temporary files; the system's if None.

    Raises:
        ValueError: no sheets, two with one name, or a row limit above Excel's.
        DiskFull: no room for the file or temporary ones.
        WorkbookTooLarge: the file would exceed 4 GiB.
    """
    if not sheets or len({sheet.name.casefold() for sheet in sheets}) != len(sheets):
        raise ValueError("a workbook has one sheet at least, and no two of one name")
    if not 2 <= row_limit <= MAX_ROWS:
        raise ValueError(f"a sheet has 2 to {MAX_ROWS} rows")
    moment = created or datetime.now(UTC)
    shell = Shell(title=title, author=author, created=moment, minor_digits=minor_digits)
    with ExitStack() as closing:
        if isinstance(target, str | PathLike):
            file = closing.enter_context(write_atomically(Path(target)))
        else:
            file = target
            closing.enter_context(no_room_said_plainly("the workbook"))
        package = PackageWriter(file, moment.astimezone(zone))
        for name, content in shell.first_parts():
            package.add(name, content)
        parts = Parts(package, scratch, closing)
        book = WorkbookWriter(sheets, Formats(shell, zone), parts, row_limit)
        yield book
        written = book.finish()
        parts.bring_in()
        for name, content in shell.last_parts(written):
            package.add(name, content)
        package.close()


def _free_name(name: str, taken: set[str]) -> str:
    """A name for the sheet that continues one, which no other sheet has."""
    number = 2
    while (continued := continued_name(name, number)).casefold() in taken:
        number += 1
    taken.add(continued.casefold())
    return continued
