"""Reads the cells of a bundle from their texts: codes, amounts, times, whole numbers, yes and no.

An invalid text raises a PydanticCustomError whose message follows the value in a sentence, as in `“12,50” is not an
amount`. None means an empty cell, which is an error for all of them. Knows no files and no tables.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, TypeVar, cast

from pydantic_core import PydanticCustomError

from store.domain.orders.criterion import FIRST_YEAR, LAST_YEAR
from store.domain.orders.customers import AssociationType
from store.domain.orders.order import CodedEnum
from store.domain.texts import common_form

AMOUNT_DIGITS = 4
"""Decimal places of amounts until their currency is known: no currency has more."""
MAX_WHOLE_DIGITS = 12
"""Amounts are below a million million, so that an order's sums fit into the databases' whole numbers."""
MAX_LENGTH = 64
"""The most characters of an amount or a time: a longer text is invalid, and must not be remembered."""
MAX_NUMBER = 2**31 - 1

_REMEMBERED = 8_192
"""Amounts and times remembered with their texts: an order's appear again in its items, and many are zero."""
_FEW = 256
"""Texts remembered for a column of few different values; none of them is long."""
Parser = TypeVar("Parser", bound=Callable[..., Any])
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECONDS = 1_000_000
_DAY_SECONDS = 86_400
_FIRST_MOMENT, _END = (
    int((datetime(year, 1, 1, tzinfo=UTC) - _EPOCH).total_seconds()) * _MICROSECONDS
    for year in (FIRST_YEAR, LAST_YEAR + 1)
)
_NO_AMOUNT = "is not an amount, such as 1234.50"
_SCIENTIFIC = re.compile(r"[+-]?\d+(?:[.,]\d+)?[eE]\+\d+", re.ASCII)
_NOT_IN_NAMES = re.compile(r"[^a-z0-9]+")
_TRUTH = {
    **dict.fromkeys(("true", "yes", "1"), 1),
    **dict.fromkeys(("false", "no", "0"), 0),
}


def remembered(parser: Parser) -> Parser:
    """Remembers the results for the last few texts, for columns with repeated values; errors are not remembered."""
    return cast("Parser", lru_cache(_FEW)(parser))


def bad(reason: str) -> PydanticCustomError:
    """The error with that reason."""
    return PydanticCustomError("desk", "{reason}", {"reason": reason})


def filled(text: str | None) -> str:
    """The text of a cell that must not be empty."""
    if text is None:
        raise bad("is empty")
    return text


def unchanged(text: str) -> str:
    """An id as it is, unless a spreadsheet has turned it into a number such as `1.23457E+17`."""
    if "+" in text and _SCIENTIFIC.fullmatch(text):
        raise bad(
            "is an id that a spreadsheet has changed into a number; copy it from its source again, into a column "
            "formatted as Text"
        )
    return text


@lru_cache(_REMEMBERED)
def amount(text: str | None) -> int:
    """An amount, in ten-thousandths of its currency's unit, from a plain decimal text such as `1234.50`.

    Read as whole numbers, never through a float. Whether it is too fine for its currency is checked once that is known.
    """
    text = text or filled(text)
    if len(text) > MAX_LENGTH:
        raise bad(_NO_AMOUNT)
    whole, _, part = text.partition(".")
    digits = whole + part
    if not (digits.isdigit() and digits.isascii()):
        return _minus_zero(text)
    if len(part) > AMOUNT_DIGITS:
        part = part.rstrip("0")
        if len(part) > AMOUNT_DIGITS:
            raise bad("has more decimal places than any currency")
    if len(whole) > MAX_WHOLE_DIGITS and len(whole.lstrip("0")) > MAX_WHOLE_DIGITS:
        raise bad(f"is too large: an amount has at most {MAX_WHOLE_DIGITS} digits before the point")
    return int(whole + part.ljust(AMOUNT_DIGITS, "0"))


def _minus_zero(text: str) -> int:
    """Zero, which spreadsheets also write as `-0.00`; raises for anything else that is not an amount."""
    digits = text[1:].replace(".", "", 1)
    if not (text.startswith("-") and digits.isdigit() and digits.isascii()):
        raise bad(_NO_AMOUNT)
    if digits.strip("0"):
        raise bad("is negative")
    return 0


@lru_cache(_REMEMBERED)
def moment(text: str | None) -> int:
    """A moment, in microseconds since 1970 in UTC, from an ISO 8601 time with its zone.

    It is in the years that searches know, in UTC: the first moment of 1990 is valid, that of 3000 is not.
    """
    text = text or filled(text)
    value = _time(text)
    if value.tzinfo is None:
        raise bad("has no time zone; write it as 2026-01-31T09:00:00Z")
    since = value - _EPOCH
    microseconds = (since.days * _DAY_SECONDS + since.seconds) * _MICROSECONDS + since.microseconds
    if not _FIRST_MOMENT <= microseconds < _END:
        raise bad(f"is not a time between the years {FIRST_YEAR} and {LAST_YEAR}")
    return microseconds


def end(text: str | None) -> int | None:
    """The moment at which something ends, as from `moment`; None if it never does.

    Sources write *never* as the last day of their calendars, 9999-12-31, with or without a zone or a time of day. In
    UTC it may have begun the day before.
    """
    if text and text.startswith("9999"):
        value = _time(text)
        if (value.month, value.day) == (12, 31) or (value.tzinfo and (value.month, value.day) == (12, 30)):
            return None
    return moment(text)


def _time(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text[:MAX_LENGTH])
    except ValueError:
        raise bad("is not an ISO 8601 time, such as 2026-01-31T09:00:00Z") from None


@remembered
def number(text: str | None) -> int:
    """A whole number that is not negative."""
    text = text or filled(text)
    if text.startswith("-") and text.strip("-0") == "" and text.count("-") == 1:
        text = "0"
    if not (text.isascii() and text.isdigit()):
        raise bad("is not a whole number")
    if len(text) > len(str(MAX_NUMBER)) or (value := int(text)) > MAX_NUMBER:
        raise bad(f"is more than {MAX_NUMBER}")
    return value


@remembered
def truth(text: str | None) -> int:
    """1 for true, yes, 1; 0 for false, no, 0; in any case."""
    value = _TRUTH.get(common_form(text or filled(text)))
    if value is None:
        raise bad("is neither true nor false")
    return value


def coded(kind: type[CodedEnum] | type[AssociationType], what: str) -> Callable[[str | None], int]:
    """The parser of a coded field: the code itself, its label, or its name, in any case.

    `pending payment`, `Pending-Payment`, `PENDING_PAYMENT` and `6` are the same.
    """
    codes = {str(int(one)): int(one) for one in kind}
    named = {_plain(name): int(one) for one in kind for name in (one.label, one.name)}

    @remembered
    def parse(text: str | None) -> int:
        text = text or filled(text)
        code = codes.get(text)
        if code is None:
            code = named.get(_plain(text))
        if code is None:
            offered = ", ".join(f"{int(one)} {one.label}" for one in kind)
            raise bad(f"is not {what}; there are {offered}")
        return code

    return parse


def _plain(text: str) -> str:
    return _NOT_IN_NAMES.sub("-", common_form(text)).strip("-")
