"""Kinds of columns, and the meaning of a sheet's cells in each of them.

A cell of a sheet has its own kind. Whether that fits the column is judged before the cell becomes a text: afterwards, a
date that a spreadsheet made of an order number looks like any other text. Knows no files.
"""

from __future__ import annotations

import math
from decimal import Decimal
from typing import Any

from store.domain.fields import MOMENTS, Kind
from store.sources.rows import Cell
from store.sources.values import AMOUNT_DIGITS

SHEET_DIGITS = 15
"""The significant digits that a spreadsheet keeps of a number (Excel's specifications and limits); others are invented.
"""
_FIRST_TOO_LONG = 10**SHEET_DIGITS
_FINEST = Decimal(1).scaleb(-AMOUNT_DIGITS)
_RESIDUE = _FINEST / 1_000
"""How far a number may differ from the finest unit of any currency and still be the residue of adding binary fractions:
ten of them, each below a hundred million, leave less. A finer price that somebody wrote differs a hundred times as
much.
"""


class Unfit(ValueError):
    """A cell of the wrong kind for its column; the message follows what the cell shows."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


_TEXT_ADVICE = "format the column as Text, and enter it again"
_MOMENT_ADVICE = "format the column as Text, and write it with its time zone, as 2026-01-31T09:00:00Z"
_ADVICE = {
    Kind.AMOUNT: "format the column as Number, and enter the amount again",
    Kind.NUMBER: "format the column as Number, and enter the number again",
    Kind.CODE: "format the column as Text, and enter the code again",
    Kind.TRUTH: "write true or false",
    Kind.MOMENT: _MOMENT_ADVICE,
    Kind.END: _MOMENT_ADVICE,
}
"""For the kinds that are not plain text: text is used exactly as typed."""
_NEVER_FIT = {
    "formula": "is a formula; keep values only",
    "error": "is an error value of the spreadsheet; enter the value itself",
    "broken": "has a character that no text can have",
    "long": "is longer than any cell may be",
}
_MISFITS = {
    "date": "is a date of the spreadsheet",
    "time": "is a time of the spreadsheet",
    "percent": "is a percentage",
}
_NEVER = "9999-12-31"


def text_of(cell: Cell, kind: Kind) -> str:
    """The text of a sheet's cell in a column of that kind. Raises Unfit if it does not fit the column."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        if kind is not Kind.TRUTH:
            raise _misfit("is a yes-or-no value of the spreadsheet", kind)
        return str(cell).lower()
    if isinstance(cell, int | float):
        return _number(cell, kind)
    what = cell[0]
    if what in _NEVER_FIT:
        raise Unfit(_NEVER_FIT[what])
    if what == "format":
        if kind not in _ADVICE:
            raise _misfit(f"is a number that its format “{cell[2]}” shows with zeros or signs of its own", kind)
        return _number(cell[1], kind)
    if kind in MOMENTS and what == "date":
        # This means the same in every time zone.
        if cell[1].startswith(_NEVER):
            return str(cell[1])
        raise _misfit("is a date of the spreadsheet, which has no time zone", kind)
    raise _misfit(_MISFITS[what], kind)


def shown(cell: Cell) -> str:
    """What a cell shows, for messages to people."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return str(cell).upper()
    if isinstance(cell, int | float):
        return _plain(cell)
    if cell[0] == "percent":
        return f"{_plain(cell[1] * 100)}%"
    return _plain(cell[1]) if cell[0] == "format" else str(cell[1])


def is_cell(value: Any) -> bool:  # noqa: ANN401 - anything that JSON can say
    """Whether a value from JSON is a cell."""
    if isinstance(value, float):
        return math.isfinite(value)
    if not isinstance(value, list):
        return isinstance(value, str | bool | int)
    match value:
        case ["format", int() | float() as number, str()] | ["percent", int() | float() as number]:
            return math.isfinite(number)
        case [str(what), str()]:
            return what in _NEVER_FIT or what in _MISFITS
    return False


def _misfit(reason: str, kind: Kind) -> Unfit:
    return Unfit(f"{reason}; {_ADVICE.get(kind, _TEXT_ADVICE)}")


def _number(value: float, kind: Kind) -> str:
    if kind not in _ADVICE:
        if abs(value) >= _FIRST_TOO_LONG:
            raise _misfit(f"is a number of more than the {SHEET_DIGITS} digits that a spreadsheet keeps", kind)
        if value != int(value):
            raise _misfit("is a number with a fraction, of which a spreadsheet does not keep every sign", kind)
        return str(int(value))
    if kind in MOMENTS:
        raise _misfit("is a number", kind)
    return _sheet_number(value)


def _sheet_number(value: float) -> str:
    """A number as a plain decimal text, with the digits that a spreadsheet keeps, without the residue of its sums."""
    if isinstance(value, int):
        return str(value)
    # Remove the sign of a minus zero.
    text = repr(value + 0)
    whole, _, part = text.partition(".")
    if "e" not in text and len(whole) + len(part) <= SHEET_DIGITS and len(part) <= AMOUNT_DIGITS:
        return whole if part == "0" else text
    exact = Decimal(f"{value:.{SHEET_DIGITS}g}")
    nearest = round(exact, AMOUNT_DIGITS)
    return _decimal((nearest if abs(exact - nearest) < _RESIDUE else exact) + 0)


def _decimal(value: Decimal) -> str:
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _plain(value: float) -> str:
    return _decimal(Decimal(repr(value)))
