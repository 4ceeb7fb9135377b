"""Rows in, .xlsx out. Knows no SQL and no Slack, and about the rows only what their columns say."""

from .columns import Amount, Column, ColumnKind, Page, Sheet, Value
from .errors import CellRejected, DiskFull, WorkbookError, WorkbookTooLarge
from .files import remove_unfinished, remove_unfinished_of, write_atomically
from .page import PageWriter
from .sheet import Progress, SheetWriter
from .workbook import WorkbookWriter, create_workbook

__all__ = [
    "Amount",
    "CellRejected",
    "Column",
    "ColumnKind",
    "DiskFull",
    "Page",
    "PageWriter",
    "Progress",
    "Sheet",
    "SheetWriter",
    "Value",
    "WorkbookError",
    "WorkbookTooLarge",
    "WorkbookWriter",
    "create_workbook",
    "remove_unfinished",
    "remove_unfinished_of",
    "write_atomically",
]
