"""A search typed on one line behind `/orders`: `acme status:pending-payment type:renewal since:2026-01-01 resellers`.

Its form is the same as the search form's; what it cannot read is answered with the keys or values that exist.
Product types are named here as typed, and looked up by whoever runs the search.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TypeVar

from store.domain.errors import InvalidCriteria
from store.domain.orders.criteria import OrderCriteria
from store.domain.orders.customers import CustomerTab
from store.domain.orders.order import CodedEnum, OrderStatus, OrderType

CodedT = TypeVar("CodedT", bound=CodedEnum)

KEYS = ("customer", "no", "status", "type", "product", "since", "until", "last")
_WORDS = re.compile(r'(?:(?P<key>[A-Za-z_-]+):)?(?:"(?P<quoted>[^"]*)"?|(?P<bare>\S*))(?:\s+|$)')
_LIKE_A_NUMBER = re.compile(r"[A-Za-z]{0,6}-?\d[\dA-Za-z-]{3,}")
_LAST = re.compile(r"(\d{1,4})([dwmy])")
_DAYS = {"d": 1, "w": 7, "m": 30, "y": 365}
_CURLY = str.maketrans({"“": '"', "”": '"', "„": '"'})


class UnknownWord(InvalidCriteria):
    """A key or value that there is none of; the reason names those that exist."""


@dataclass(frozen=True, slots=True)
class Line:
    """What a line says: criteria without product types, and the product types as they were typed."""

    criteria: OrderCriteria
    product_types: tuple[str, ...] = ()


def parse_line(text: str, today: date) -> Line:
    """Reads the line; `today` is the viewer's. Raises InvalidCriteria, saying what there is instead."""
    line = _Reader(today)
    text = text.translate(_CURLY).strip()
    position = 0
    while position < len(text):
        match = _WORDS.match(text, position)
        if match is None or match.end() == position:
            raise UnknownWord("line", f"“{text[position:][:40]}” cannot be read")
        position = match.end()
        key, quoted, bare = match.group("key"), match.group("quoted"), match.group("bare")
        line.take(key.lower() if key else None, bare if quoted is None else quoted, quoted=quoted is not None)
    return line.result()


class _Reader:
    def __init__(self, today: date) -> None:
        self.today = today
        self.names: list[str] = []
        self.product_types: list[str] = []
        self.criteria = OrderCriteria()
        self.by_key: dict[str, Callable[[str], None]] = {
            "customer": self.names.append,
            "no": self._number,
            "status": self._statuses,
            "type": self._order_types,
            "product": self._products,
            "since": self._since,
            "until": self._until,
            "last": self._last,
        }

    def take(self, key: str | None, value: str, *, quoted: bool) -> None:
        if key is None:
            self._free_word(value, quoted=quoted)
        elif key not in self.by_key:
            raise UnknownWord("line", f"there is no “{key}:”. There are " + ", ".join(f"{known}:" for known in KEYS))
        elif not value.strip(", "):
            raise UnknownWord("line", f"“{key}:” needs a value right behind the colon")
        else:
            self.by_key[key](value)

    def result(self) -> Line:
        return Line(replace(self.criteria, customer=" ".join(self.names)), tuple(self.product_types))

    def _free_word(self, word: str, *, quoted: bool) -> None:
        if not quoted and word.lower() in ("resellers", "reseller"):
            self.criteria = replace(self.criteria, tab=CustomerTab.RESELLERS_CUSTOMERS)
        elif not quoted and not self.criteria.order_no and _looks_like_order_no(word):
            self._number(word)
        else:
            self.names.append(word)

    def _number(self, value: str) -> None:
        if self.criteria.order_no:
            raise InvalidCriteria("order_no", "one number at a time")
        self.criteria = replace(self.criteria, order_no=value)

    def _statuses(self, value: str) -> None:
        found = {_choose("status", OrderStatus, part) for part in _parts(value)}
        self.criteria = replace(self.criteria, statuses=self.criteria.statuses | found)

    def _order_types(self, value: str) -> None:
        found = {_choose("type", OrderType, part) for part in _parts(value)}
        self.criteria = replace(self.criteria, order_types=self.criteria.order_types | found)

    def _products(self, value: str) -> None:
        self.product_types.extend(_parts(value))

    def _since(self, value: str) -> None:
        self.criteria = replace(self.criteria, ordered_from=_day("since", value))

    def _until(self, value: str) -> None:
        self.criteria = replace(self.criteria, ordered_to=_day("until", value))

    def _last(self, value: str) -> None:
        match = _LAST.fullmatch(value.lower())
        if match is None or int(match.group(1)) == 0:
            raise UnknownWord("line", f"“last:{value}” cannot be read. Say last:30d, last:4w, last:3m or last:1y")
        days = int(match.group(1)) * _DAYS[match.group(2)]
        try:
            first = self.today - timedelta(days=days - 1)
        except OverflowError:
            raise InvalidCriteria("ordered_from", "that is too long ago") from None
        self.criteria = replace(self.criteria, ordered_from=first, ordered_to=self.today)


def _looks_like_order_no(word: str) -> bool:
    return bool(_LIKE_A_NUMBER.fullmatch(word)) and sum(sign.isdigit() for sign in word) >= 3


def _parts(value: str) -> list[str]:
    return [part.strip() for part in value.split(",") if part.strip()]


def _choose(key: str, kind: type[CodedT], text: str) -> CodedT:
    wanted = text.casefold().replace("_", "-").replace(" ", "-")
    for member in kind:
        if wanted in (member.slug, str(int(member))):
            return member
    near = [member for member in kind if member.slug.startswith(wanted)]
    if len(near) == 1:
        return near[0]
    there_are = ", ".join(member.slug for member in near or kind)
    fits = "fits several" if near else "is none"
    raise UnknownWord("line", f"“{key}:{text}” {fits} of those there are: {there_are}")


def _day(key: str, value: str) -> date:
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise UnknownWord("line", f"“{key}:{value}” is no day. Write it as {key}:2026-03-31") from None
