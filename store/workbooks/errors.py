"""What can go wrong while a workbook is written, each said so that a person knows what to do next."""

from __future__ import annotations


class WorkbookError(Exception):
    """A workbook could not be written; nothing of it stays under its name."""


class DiskFull(WorkbookError):
    """There was no room left for the file or for its temporary parts."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"There is no room left on the disk for {name}. It was not written, and its unfinished part is removed. "
            "Free some space, then try again."
        )
        self.name = name


class CellRejected(WorkbookError):
    """A value that its column cannot hold.

    The value itself is never named: messages go to logs, and what a person may see does not.
    """

    def __init__(self, *, sheet: str, row: int, column: str, reason: str) -> None:
        super().__init__(f"Sheet {sheet}, row {row}, column {column}: {reason}")
        self.sheet = sheet
        self.row = row
        self.column = column
        self.reason = reason


class WorkbookTooLarge(WorkbookError):
    """The file passed 4 GiB, more than spreadsheets open."""

    def __init__(self) -> None:
        super().__init__(
            "The workbook is larger than 4 GiB, which no spreadsheet opens. Narrow the search and try again."
        )
