"""Workbooks: rows in, one .xlsx out, as fast as text can be put together and in memory that does not grow with the
rows.

Knows columns and kinds of values, and nothing of what the rows are about, where they come from, or where the file goes.
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
    """A workbook being written; made by create_workbook."""

    def __init__(self, sheets: Sequence[Sheet | Page], formats: Formats, parts: Parts, row_limit: int) -> None:
        self._sheets = tuple(sheets)
        self._parts = parts
        self._sheet_writers = {
            sheet.name: SheetWriter(sheet, formats, parts, row_limit) for sheet in sheets if isinstance(sheet, Sheet)
        }
        self._page_writers = {page.name: PageWriter(page, formats) for page in sheets if isinstance(page, Page)}

    def sheet(self, name: str) -> SheetWriter:
        """The writer of the sheet so called."""
        return self._sheet_writers[name]

    def page(self, name: str) -> PageWriter:
        """The writer of the page so called."""
        return self._page_writers[name]

    def finish(self) -> list[WrittenSheet]:
        """End all sheets and pages, and tell them in the order of their tabs."""
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
    """A workbook to write to in the block; it is whole when the block ends well.

    Sheets may be fed in turn. The one fed first goes straight into the file; one fed beside it is kept, deflated, in
    a nameless temporary file until the end. A sheet that is never fed has its header and its filter alone.

    Args:
        target: a path, whose file then appears whole or not at all, as write_atomically says; or a binary file to
            write and seek in, which the caller makes safe.
        sheets: in the order of their tabs.
        zone: the time zone that moments are shown in.
        minor_digits: decimal places of the minor unit of an ISO 4217 currency (JPY 0, USD 2, KWD 3).
        title: the workbook's, among its properties.
        author: the same.
        created: an aware moment, among its properties; now if it is None.
        row_limit: rows of a sheet, its header among them, before it goes on in `Name (2)`.
        scratch: the folder for temporary files; the system's if it is None.

    Raises:
        ValueError: no sheets, two of one name, or a row limit beyond Excel's.
        DiskFull: no room for the file or for temporary ones.
        WorkbookTooLarge: the file would pass 4 GiB.
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
    """The name of the next sheet that one goes on in, which no other sheet has."""
    number = 2
    while (continued := continued_name(name, number)).casefold() in taken:
        number += 1
    taken.add(continued.casefold())
    return continued
