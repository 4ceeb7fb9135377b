"""Values as cells: for each kind of column, a function that makes the bodies of a few hundred cells at a time.

A body is everything after an opening `<c r="A1"`, including `</c>`. Nothing here knows rows, sheets or files.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime, tzinfo
from decimal import Decimal
from typing import Any, NamedTuple, TypeAlias

from .columns import Amount, Column, ColumnKind, Value
from .shell import Shell
from .text import BLANK, separate, text_bodies, text_body
from .times import LocalTimes, date_serial

Columns: TypeAlias = Sequence[Sequence[Any]]
"""The values of some rows, transposed: one sequence per column."""

Bodies: TypeAlias = Callable[[Columns], list[bytes]]
"""Makes one column's bodies. Raises TypeError, ValueError, LookupError or ArithmeticError for a value of another kind.
"""

_CLOSING = "</v></c>"
_MAX_DIGITS = 15
"""Significant digits that a spreadsheet keeps of a number. A longer one is written as text, which keeps them all."""
_EXACT_BELOW = 10**_MAX_DIGITS


class Formats:
    """The workbook's cell formats, its time zone, and its currencies as they occur."""

    def __init__(self, shell: Shell, zone: tzinfo) -> None:
        self.shell = shell
        self.times = LocalTimes(zone)
        self.currencies = _Currencies(shell)


def bodies_of(columns: Sequence[Column], index: int, formats: Formats, after: str) -> Bodies:
    """The function that makes the bodies of the column at `index`, each followed by `after`."""
    if columns[index].kind is ColumnKind.TEXT:
        return lambda values: text_bodies(values[index], after)
    make = _made(columns, index, formats)
    return lambda values: separate(make(values), after)


def _made(columns: Sequence[Column], index: int, formats: Formats) -> Callable[[Columns], list[str]]:
    column = columns[index]
    style = 0 if column.number_format is None else formats.shell.number(column.number_format)
    match column.kind:
        case ColumnKind.MONEY | ColumnKind.AMOUNT:
            beside = next(place for place, other in enumerate(columns) if other.title == column.currency)
            make = _money_bodies if column.kind is ColumnKind.MONEY else _amount_bodies
            return lambda values: make(values[index], values[beside], formats.currencies)
        case ColumnKind.DATETIME:
            return lambda values: _moment_bodies(values[index], formats)
        case ColumnKind.INTEGER:
            return lambda values: _integer_bodies(values[index], style)
        case ColumnKind.BOOLEAN:
            return lambda values: [_BOOLEANS[value] for value in values[index]]
        case ColumnKind.DATE:
            return lambda values: [BLANK if value is None else date_body(value, formats) for value in values[index]]
        case _:
            return lambda values: [BLANK if value is None else number_body(value, style) for value in values[index]]


def value_body(value: Value, formats: Formats) -> str:
    """The body of one cell next to its label, for a value of any kind."""
    match value:
        case None:
            return BLANK
        case str():
            return text_body(value, formats.shell.text_beside_label)
        case bool():
            return _BOOLEANS[value]
        case int():
            return number_body(value, formats.shell.whole_beside_label)
        case Decimal():
            return number_body(value, formats.shell.number_beside_label)
        case datetime():
            return moment_body(value, formats)
        case date():
            return date_body(value, formats)
        case Amount():
            currency = formats.currencies[value.currency]
            return _money_body(value.minor_units, currency._replace(style=currency.beside_label))


def moment_body(value: datetime, formats: Formats) -> str:
    """A moment as Excel's serial; as ISO text before March 1900, for which Excel has no serial."""
    serial = formats.times.serial(value)
    if serial is None:
        return text_body(value.isoformat(sep=" ", timespec="seconds"))
    return f' s="{formats.shell.moment}"><v>{serial}</v></c>'


def date_body(value: date, formats: Formats) -> str:
    """A date as Excel's serial; as ISO text before March 1900, for which Excel has none."""
    serial = date_serial(value)
    return text_body(value.isoformat()) if serial is None else f' s="{formats.shell.date}"><v>{serial}</v></c>'


def number_body(value: Decimal | int, style: int) -> str:
    """A number with all its digits; as text if a spreadsheet would round it."""
    if not isinstance(value, Decimal | int):
        raise TypeError("a Decimal or an int is expected")
    if isinstance(value, Decimal) and not value.is_finite():
        raise ValueError("a finite number is expected")
    return _number_text_body(f"{value:f}" if isinstance(value, Decimal) else f"{value:d}", style)


class _Currency(NamedTuple):
    """The parts of one currency's cells: their opening, the minor units in one unit, the decimals of each of these, the
    cell format.
    """

    opening: str
    units: int
    decimals: tuple[str, ...]
    style: int
    beside_label: int


_NO_CURRENCY = _Currency("", 0, (), 0, 0)
"""Used where an amount is missing; an amount that is present fails on it, since none is divisible by its 0 units.
"""


class _Currencies(dict[str | None, _Currency]):
    """Currencies by code, each made when it first occurs."""

    def __init__(self, shell: Shell) -> None:
        super().__init__({None: _NO_CURRENCY, "": _NO_CURRENCY})
        self._shell = shell

    def __missing__(self, code: str | None) -> _Currency:
        if not isinstance(code, str):
            raise TypeError("a currency is text")
        style, beside_label, digits = self._shell.currency(code)
        units = 10**digits
        decimals = tuple(f".{part:0{digits}d}" for part in range(units)) if digits else ("",)
        made = self[code] = _Currency(_opening(style), units, decimals, style, beside_label)
        return made


def _money_bodies(values: Sequence[int | None], codes: Sequence[str | None], currencies: _Currencies) -> list[str]:
    # Nearly all amounts are ordinary; a call for each of them would double the time.
    return [
        f"{opening}{value // units}{decimals[value % units]}</v></c>"
        if value is not None and 0 <= value < _EXACT_BELOW
        else _money_body(value, currencies[code])
        for value, code, (opening, units, decimals, _, _) in zip(
            values, codes, map(currencies.__getitem__, codes), strict=True
        )
    ]


def _money_body(value: int | None, currency: _Currency) -> str:
    if value is None:
        return BLANK
    sign = "-" if value < 0 else ""
    whole, part = divmod(abs(value), currency.units)
    return _number_text_body(f"{sign}{whole:d}{currency.decimals[part]}", currency.style)


def _amount_bodies(
    values: Sequence[Decimal | int | None], codes: Sequence[str | None], currencies: _Currencies
) -> list[str]:
    return [
        BLANK if value is None else _amount_body(value, currencies[code])
        for value, code in zip(values, codes, strict=True)
    ]


def _amount_body(value: Decimal | int, currency: _Currency) -> str:
    if currency is _NO_CURRENCY:
        raise TypeError("an amount needs its currency")
    return number_body(value, currency.style)


def _integer_bodies(values: Sequence[int | None], style: int) -> list[str]:
    opening = _opening(style)
    return [
        BLANK
        if value is None
        else f"{opening}{value:d}{_CLOSING}"
        if -_EXACT_BELOW < value < _EXACT_BELOW
        else _number_text_body(f"{value:d}", style)
        for value in values
    ]


def _moment_bodies(values: Sequence[datetime | None], formats: Formats) -> list[str]:
    serials = formats.times.serials(values)
    opening = _opening(formats.shell.moment)
    return [
        f"{opening}{serial}</v></c>" if serial is not None else BLANK if value is None else moment_body(value, formats)
        for value, serial in zip(values, serials, strict=True)
    ]


def _number_text_body(digits: str, style: int) -> str:
    significant = digits.lstrip("-").replace(".", "").strip("0")
    return text_body(digits) if len(significant) > _MAX_DIGITS else f"{_opening(style)}{digits}{_CLOSING}"


def _opening(style: int) -> str:
    return f' s="{style}"><v>' if style else "><v>"


_BOOLEANS = {None: BLANK, False: ' t="b"><v>0</v></c>', True: ' t="b"><v>1</v></c>'}
