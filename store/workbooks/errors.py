"""The errors of writing a workbook, with messages that say what to do next."""

from __future__ import annotations


class WorkbookError(Exception):
    """A workbook could not be written; nothing of it remains under its name."""


class DiskFull(WorkbookError):
    """There was no room left for the file or its temporary parts."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"There is no room left on the disk for {name}. It was not written, and its unfinished part is removed. "
            "Free some space, then try again."
        )
        self.name = name


class CellRejected(WorkbookError):
    """A value that its column cannot hold.

    The message never contains the value: messages go to logs, and what people may see must not.
    """

    def __init__(self, *, sheet: str, row: int, column: str, reason: str) -> None:
        super().__init__(f"Sheet {sheet}, row {row}, column {column}: {reason}")
        self.sheet = sheet
        self.row = row
        self.column = column
        self.reason = reason


class WorkbookTooLarge(WorkbookError):
    """The file exceeded 4 GiB, more than spreadsheet programs open."""

    def __init__(self) -> None:
        super().__init__(
            "The workbook is larger than 4 GiB, which no spreadsheet opens. Narrow the search and try again."
        )
