"""What a caller says about a workbook before its rows come: its sheets, their columns, the kinds of their values.

Plain values; nothing here knows how cells are written.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import TypeAlias

# https://support.microsoft.com/office/excel-specifications-and-limits-1672b34d-7043-467e-8e27-269d656771c3
MAX_ROWS = 1_048_576
MAX_COLUMNS = 16_384
MAX_WIDTH = 255.0
_MAX_NAME = 31
_FORBIDDEN_IN_NAMES = re.compile(r"[\[\]:*?/\\\x00-\x1f]|^'|'$")


class ColumnKind(Enum):
    """The kind of a column's values, which decides what its cells become. None is an empty cell in every kind."""

    TEXT = "text"
    """str; empty text is an empty cell."""
    INTEGER = "integer"
    """int"""
    NUMBER = "number"
    """Decimal or int, shown in the column's number_format."""
    MONEY = "money"
    """int, counted in the minor unit of the row's currency (cents, fils, yen)."""
    AMOUNT = "amount"
    """Decimal or int, counted in the row's currency itself (dollars)."""
    DATETIME = "datetime"
    """An aware datetime, shown in the workbook's time zone, to the second."""
    DATE = "date"
    """date"""
    BOOLEAN = "boolean"
    """bool"""


_WIDTHS = {
    ColumnKind.TEXT: 18.0,
    ColumnKind.INTEGER: 10.0,
    ColumnKind.NUMBER: 12.0,
    ColumnKind.MONEY: 20.0,
    ColumnKind.AMOUNT: 20.0,
    ColumnKind.DATETIME: 20.0,
    ColumnKind.DATE: 12.0,
    ColumnKind.BOOLEAN: 9.0,
}
_ROOM_FOR_FILTER_BUTTON = 4


@dataclass(frozen=True, slots=True)
class Amount:
    """Money in a fact on a page: a number of minor units (cents, fils, yen) of an ISO 4217 currency."""

    minor_units: int
    currency: str


Value: TypeAlias = str | bool | int | Decimal | datetime | date | Amount | None
"""The types of a fact on a page."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a sheet.

    `width` is in characters of the default font, None to fit the kind and the title. `currency` is the title of the
    text column in the same rows with each row's ISO 4217 code; MONEY and AMOUNT need it. `number_format` is Excel's,
    such as `0.00%`, only for INTEGER and NUMBER.
    """

    title: str
    kind: ColumnKind = ColumnKind.TEXT
    width: float | None = None
    currency: str | None = None
    number_format: str | None = None

    def __post_init__(self) -> None:
        if (self.currency is not None) != (self.kind in {ColumnKind.MONEY, ColumnKind.AMOUNT}):
            raise ValueError(f"{self.title}: a currency column is named by columns of money, and by no others")
        if self.number_format is not None and self.kind not in {ColumnKind.INTEGER, ColumnKind.NUMBER}:
            raise ValueError(f"{self.title}: only columns of integers and numbers take a number format")
        if self.width is not None and not 0 < self.width <= MAX_WIDTH:
            raise ValueError(f"{self.title}: a width is above 0 and at most {MAX_WIDTH:g}")

    @property
    def shown_width(self) -> float:
        """The width in characters, as given or to fit."""
        if self.width is not None:
            return self.width
        return min(MAX_WIDTH, max(_WIDTHS[self.kind], float(len(self.title) + _ROOM_FOR_FILTER_BUTTON)))


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet of rows under one header, which is frozen and has a filter; any length.

    `frozen_columns` stay visible when a person scrolls to the right.
    """

    name: str
    columns: tuple[Column, ...]
    frozen_columns: int = 0

    def __post_init__(self) -> None:
        check_name(self.name)
        if not 1 <= len(self.columns) <= MAX_COLUMNS:
            raise ValueError(f"{self.name}: a sheet has 1 to {MAX_COLUMNS} columns")
        check_columns(self.columns)


@dataclass(frozen=True, slots=True)
class Page:
    """A small sheet of facts and tables below one another; `widths` are those of its columns, in characters."""

    name: str
    widths: tuple[float, ...] = (28.0, 56.0)

    def __post_init__(self) -> None:
        check_name(self.name)


def check_columns(columns: tuple[Column, ...]) -> None:
    """Raises ValueError if two columns share a title, or a currency column is missing or not of text."""
    kinds = {column.title: column.kind for column in columns}
    if len(kinds) != len(columns):
        raise ValueError("two columns of one sheet have the same title")
    for column in columns:
        if column.currency is not None and kinds.get(column.currency) is not ColumnKind.TEXT:
            raise ValueError(f"{column.title}: {column.currency} is not a text column of the same sheet")


def check_name(name: str) -> None:
    """Raises ValueError for a sheet name that Excel refuses: too long, empty, or with a forbidden character."""
    if not 1 <= len(name) <= _MAX_NAME or _FORBIDDEN_IN_NAMES.search(name):
        raise ValueError(f"{name!r} cannot be the name of a sheet: 1 to {_MAX_NAME} characters, none of []:*?/\\")


def continued_name(name: str, number: int) -> str:
    """The name of a sheet's continuation, `Orders (2)`, cut to stay valid."""
    ending = f" ({number})"
    return name[: _MAX_NAME - len(ending)].rstrip() + ending
