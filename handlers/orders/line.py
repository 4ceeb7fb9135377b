"""A search typed on one line behind `/orders`: `acme status:pending-payment type:renewal since:2026-01-01 resellers`.

It finds the same as the search form. If it cannot be read, the answer names the keys or values that exist. The line
keeps product types as typed; the caller looks them up.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import Enum
from typing import Any, TypeVar, assert_never

from store.domain.orders.criteria import OrderCriteria
from store.domain.orders.criterion import (
    Codes,
    Criterion,
    DaysAhead,
    FirstDay,
    LastDay,
    NamePart,
    OneList,
    Picked,
    ProductTypes,
    TextStart,
    WholeText,
    described,
)
from store.domain.orders.customers import CustomerTab
from store.domain.orders.errors import InvalidCriteria
from store.domain.orders.order import CodedEnum, typed_order_id
from store.domain.texts import common_form, plain_form

CodedT = TypeVar("CodedT", bound=CodedEnum)

LAST = "last"
"""The key for the last days until today: it sets both days at once."""
KEYS = (*(one.key for one in described(OrderCriteria) if one.key), LAST)
_QUOTED = r'"(?P<double>[^"]*)(?:"|$)|\'(?P<single>.+?)\'(?=[\s,]|$)'
"""The line's end closes an open double quote; a single quote is mostly an apostrophe: `O'Neill`."""
_WORD = re.compile(rf"(?:(?P<key>[A-Za-z_-]+):)?(?:{_QUOTED}|(?P<bare>\S*))")
_ONE_OF_MANY = re.compile(rf"\s*(?:{_QUOTED}|(?P<bare>[^\s,]+))")
_COMMAS = re.compile(r"\s*,[\s,]*")
_NEXT_KEY = re.compile(rf"\s*(?:{'|'.join(KEYS)}):", re.IGNORECASE)
_SPACE = re.compile(r"\s*")
_LIKE_A_NUMBER = re.compile(r"[A-Za-z]{0,6}-?\d[\dA-Za-z-]{3,}")
_LEAST_DIGITS = 3
_FEW_DIGITS = re.compile(r"\d{4,7}")
"""Next to other words, more likely a part of a name, as in `4711 Parfum`, than an order number."""
_SPAN = re.compile(r"(\d{1,4})([dwmy])")
_DAYS = {"d": 1, "w": 7, "m": 30, "y": 365}
_NOT_IN_NAMES = re.compile(r"[\W_]+")


class UnknownWord(InvalidCriteria):
    """A key or value that does not exist; the reason names those that do."""


@dataclass(frozen=True, slots=True)
class Line:
    """The contents of a line: criteria without product types, and the product types as typed."""

    criteria: OrderCriteria
    product_types: tuple[str, ...] = ()


def parse_line(text: str, today: date, kind: type[OrderCriteria] = OrderCriteria) -> Line:
    """Reads the line, with any kind of quotes, dashes, spaces and widths; `today` is the viewer's day.

    Raises InvalidCriteria, which says what exists instead.
    """
    line = _LineReader(today, kind)
    text = plain_form(text)
    position = 0
    while position < len(text):
        match = _WORD.match(text, position)
        if match is None or match.end() == position:
            raise UnknownWord("line", f"“{text[position:][:40]}” cannot be read")
        key = match["key"].lower() if match["key"] else None
        if (several := line.several(key)) is not None:
            values, position = _values(text, match.end("key") + 1)
            line.take_all(several, values)
        else:
            value, quoted = _value(match)
            line.take(key, value, quoted=quoted)
            position = match.end()
        position = _end(_SPACE, text, position)
    return line.result()


def _value(match: re.Match[str]) -> tuple[str, bool]:
    for name in ("double", "single"):
        if match[name] is not None:
            return match[name], True
    return match["bare"], False


def _values(text: str, position: int) -> tuple[list[str], int]:
    """The values after a key, separated by commas and ended by a space; and the position where they end."""
    values: list[str] = []
    if text[position : position + 1] in ("", " "):
        return values, position
    while not _NEXT_KEY.match(text, position := _end(_COMMAS, text, position)):
        match = _ONE_OF_MANY.match(text, position)
        if match is None:
            break
        value, quoted = _value(match)
        values.append(value.strip() if quoted else value)
        position = match.end()
        if not _COMMAS.match(text, position):
            break
    return [value for value in values if value.strip(", ")], position


def _end(pattern: re.Pattern[str], text: str, position: int) -> int:
    match = pattern.match(text, position)
    return match.end() if match else position


class _Number(Enum):
    """Whether a word is an order number."""

    NO = 0
    ALONE = 1
    """If no other word is next to it: `4711` is mostly a number, and `4711 Parfum` a name."""
    YES = 2


@dataclass(frozen=True, slots=True)
class _Word:
    text: str
    number: _Number = _Number.NO


class _LineReader:
    def __init__(self, today: date, kind: type[OrderCriteria]) -> None:
        self.today = today
        self.words: list[_Word] = []
        """Words without a key, and those of the customer's key."""
        self.product_types: list[str] = []
        self.criteria = kind()
        self.by_key = {one.key: one for one in described(kind) if one.key}

    def several(self, key: str | None) -> Criterion | None:
        """The criterion of the key, if it takes several values separated by commas."""
        one = self.by_key.get(key or "")
        return one if one is not None and isinstance(one.kind, Codes | ProductTypes) else None

    def take(self, key: str | None, value: str, *, quoted: bool) -> None:
        if key is None:
            self._free_word(value, quoted=quoted)
        elif key not in self.by_key and key != LAST:
            known = ", ".join(f"{known}:" for known in (*self.by_key, LAST))
            raise UnknownWord("line", f"there is no “{key}:”. There are {known}")
        elif not value.strip(", "):
            raise _no_value(key)
        elif key == LAST:
            self._last(value if quoted else value.rstrip(",;"))
        else:
            self._take_one(self.by_key[key], value if quoted else value.rstrip(",;"))

    def _take_one(self, one: Criterion, value: str) -> None:
        match one.kind:
            case NamePart():
                self.words.append(_Word(value))
            case TextStart() | WholeText():
                self._take_text(one, value)
            case FirstDay() | LastDay():
                self._set(one.name, _day(one.key, value))
            case DaysAhead():
                self._set(one.name, _days(one.key, value))
            case OneList() | Picked() | Codes() | ProductTypes():
                raise AssertionError(f"{one.name} is not one value behind a key")
            case _:
                assert_never(one.kind)

    def take_all(self, one: Criterion, values: list[str]) -> None:
        if not values:
            raise _no_value(one.key)
        if isinstance(one.kind, Codes):
            chosen = frozenset(_choose(one.key, one.kind.of, value) for value in _parts(values))
            self._set(one.name, getattr(self.criteria, one.name) | chosen)
        else:
            self.product_types.extend(values)

    def result(self) -> Line:
        number = self._number_among_words()
        if number is not None:
            self._take_text(self.by_key["no"], self.words.pop(number).text)
        self._set("customer", " ".join(word.text for word in self.words))
        return Line(self.criteria, tuple(self.product_types))

    def _set(self, name: str, value: object) -> None:
        # An error here names the criterion, whose value is checked when it is set.
        values: dict[str, Any] = {name: value}
        self.criteria = replace(self.criteria, **values)

    def _free_word(self, word: str, *, quoted: bool) -> None:
        if not quoted and word.lower() in ("resellers", "reseller"):
            self._set("tab", CustomerTab.RESELLERS_CUSTOMERS)
        else:
            self.words.append(_Word(word, _Number.NO if quoted else _read_as_number(word)))

    def _number_among_words(self) -> int | None:
        """The index of the word that is the order number, if no key named one."""
        if self.criteria.order_no:
            return None
        wanted = (_Number.ALONE, _Number.YES) if len(self.words) == 1 else (_Number.YES,)
        return next((place for place, word in enumerate(self.words) if word.number in wanted), None)

    def _take_text(self, one: Criterion, value: str) -> None:
        if getattr(self.criteria, one.name):
            raise InvalidCriteria(one.name, "only one at a time")
        text = one.kind.typed(value) if isinstance(one.kind, TextStart) else value
        if not text:
            # `#` alone leaves nothing; without this check, the search would return all orders.
            raise _no_value(one.key)
        self._set(one.name, text)

    def _last(self, value: str) -> None:
        try:
            first = self.today - timedelta(days=_days(LAST, value) - 1)
        except OverflowError:
            raise InvalidCriteria("ordered_from", "that is too long ago") from None
        self.criteria = replace(self.criteria, ordered_from=first, ordered_to=self.today)


def _read_as_number(word: str) -> _Number:
    number = typed_order_id(word)
    if not _LIKE_A_NUMBER.fullmatch(number) or sum(sign.isdigit() for sign in number) < _LEAST_DIGITS:
        return _Number.NO
    return _Number.ALONE if _FEW_DIGITS.fullmatch(number) and not word.startswith("#") else _Number.YES


def _no_value(key: str) -> UnknownWord:
    return UnknownWord("line", f"“{key}:” needs a value right after the colon")


def _parts(values: Iterable[str]) -> list[str]:
    """Values of a field whose labels have no comma: inside quotes, too, commas separate values."""
    return [part.strip() for value in values for part in value.split(",") if part.strip()]


def _choose(key: str, kind: type[CodedT], text: str) -> CodedT:
    wanted = _slug(text)
    for member in kind:
        if wanted in (member.slug, str(int(member)), _slug(member.label)):
            return member
    near = [member for member in kind if wanted and member.slug.startswith(wanted)]
    if len(near) == 1:
        return near[0]
    there_are = ", ".join(member.slug for member in near or kind)
    fits = "fits several" if near else "is none"
    raise UnknownWord("line", f"“{key}:{text}” {fits} of those there are: {there_are}")


def _slug(text: str) -> str:
    return _NOT_IN_NAMES.sub("-", common_form(text)).strip("-")


def _days(key: str, value: str) -> int:
    match = _SPAN.fullmatch(value.lower().rstrip("."))
    if match is None or int(match.group(1)) == 0:
        said = f"“{key}:{value}” cannot be read. Say {key}:30d, {key}:4w, {key}:3m or {key}:1y"
        raise UnknownWord("line", said)
    return int(match.group(1)) * _DAYS[match.group(2)]


def _day(key: str, value: str) -> date:
    try:
        return date.fromisoformat(value.rstrip("."))
    except ValueError:
        raise UnknownWord("line", f"“{key}:{value}” is not a date. Write it as {key}:2026-03-31") from None
