"""Figures as people type them: read in the person's locale where that settles it, asked about where it does not.

`1.234,50` and `1,234.50` can each be read in one way only, in any locale. `1,234` cannot: it is a thousand and
more, or one and a bit. It is taken as the person's locale has it only where the other reading is impossible, being
finer than the currency or above 100 %; never guessed. What is asked about offers possible readings only. Separators
are CLDR's, by Babel.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from store.domain.adjustments.errors import AmbiguousFigure, FigureFault, InvalidFigure, Reading
from store.domain.currency_names import is_anothers, is_own, locale_of
from store.domain.money import Money, minor_digits

MOST_DIGITS = 15
"""More than any price has, and within what databases keep as whole minor units."""

_DIRECTION_MARKS = dict.fromkeys([0x200E, 0x200F, 0x061C, *range(0x202A, 0x202F), *range(0x2066, 0x206A)])
_SEPARATORS = {
    **dict.fromkeys("\u00a0\u2007\u2009\u202f\t", " "),
    **dict.fromkeys("\u2019\u02bc\u2032\uff07`", "'"),
    **dict.fromkeys("\uff0c\u060c", ","),
    "\uff0e": ".",
    **dict.fromkeys("\u2212\u2012\u2013\ufe63\uff0d", "-"),
    **dict.fromkeys("\u066a\uff05\ufe6a", "%"),
}
_ARABIC_DECIMAL, _ARABIC_GROUP = "\u066b", "\u066c"
_GROUPED = tuple(
    # Groups of three, and the Indian way: groups of two before the last three. A group never follows a bare zero.
    re.compile(rf"[1-9]\d{{0,2}}(?:{mark}\d{{3}})+|[1-9]\d?(?:{mark}\d{{2}})*{mark}\d{{3}}")
    for mark in (r"\.", ",", " ", "'", _ARABIC_GROUP)
)


@dataclass(frozen=True, slots=True)
class _Way:
    """A way in which a text can be read, and whether it is the person's own."""

    value: Decimal
    own: bool


def read_amount(text: str, currency: str, locale: str) -> Money:
    """An amount of that currency, with or without its code or sign, as someone of that locale types it.

    Raises InvalidFigure saying what is wrong, or AmbiguousFigure with each reading that is possible.
    """
    plain = _plain(text)
    if "%" in plain:
        raise InvalidFigure(text, FigureFault.PERCENT_SIGN)
    if plain.startswith("-"):
        # Before the currency is looked for, which may stand behind the sign: `-$5`.
        raise InvalidFigure(text, FigureFault.NEGATIVE)
    digits = minor_digits(currency)
    bare = _without_currency(text, plain, currency, locale)
    value = _read(text, bare, locale, lambda value: _decimal_places(value) <= digits)
    if value is None:
        raise InvalidFigure(text, FigureFault.TOO_FINE, digits)
    return Money(value, currency)


def read_percentage(text: str, locale: str) -> Decimal:
    """A percentage of at most 100, with or without its sign: 12.5 for `12.5 %`.

    Raises InvalidFigure saying what is wrong, or AmbiguousFigure with each reading that is possible.
    """
    plain = _plain(text)
    bare = plain.removeprefix("%") if plain.startswith("%") else plain.removesuffix("%")
    value = _read(text, bare.strip(), locale, lambda value: value <= 100)
    if value is None:
        raise InvalidFigure(text, FigureFault.OVER_HUNDRED)
    return value


def _plain(text: str) -> str:
    """The text with ASCII digits, and one sign for each kind of separator."""
    marks = text.translate(_DIRECTION_MARKS)
    signs = (str(unicodedata.decimal(char)) if char.isdecimal() else _SEPARATORS.get(char, char) for char in marks)
    return "".join(signs).strip()


def _without_currency(text: str, plain: str, currency: str, locale: str) -> str:
    """The number alone, where what stands around it is the currency; raises InvalidFigure where that is another."""
    number = re.search(r"[0-9](?:.*[0-9])?", plain, re.DOTALL)
    around: tuple[str, ...] = (plain,)
    if number is not None:
        before, after = plain[: number.start()], plain[number.end() :]
        # A sign may end in a dot, as `Rs.` does; else what stands right before the digits is the number's.
        named = before.strip()
        if named and not is_own(named, currency, locale):
            named = named.rstrip("-., " + _ARABIC_DECIMAL)
        around = tuple(filter(None, (named, after.strip())))
        if all(is_own(word, currency, locale) for word in around):
            return f"{before.strip()[len(named) :]}{number.group()}".strip()
    if any(is_anothers(word, currency, locale) for word in around):
        raise InvalidFigure(text, FigureFault.OTHER_CURRENCY)
    return plain


@lru_cache(maxsize=256)
def _marks(locale: str) -> tuple[str, str]:
    """The locale's own marks before decimals and between groups, with Latin digits."""
    symbols = locale_of(locale).number_symbols["latn"]
    return _plain(symbols["decimal"]), _SEPARATORS.get(symbols["group"], symbols["group"])


def _decimal_places(value: Decimal) -> int:
    exponent = value.normalize().as_tuple().exponent
    return max(0, -int(exponent))


def _read(text: str, bare: str, locale: str, possible: Callable[[Decimal], bool]) -> Decimal | None:
    """The one value that the text can have; None where it has no possible one."""
    if bare.startswith("-"):
        raise InvalidFigure(text, FigureFault.NEGATIVE)
    if sum(char.isdigit() for char in bare) > MOST_DIGITS:
        raise InvalidFigure(text, FigureFault.TOO_LONG)
    own_mark, own_group = _marks(locale)
    ways = _ways(bare, own_mark, own_group)
    if not ways:
        raise InvalidFigure(text, FigureFault.NOT_A_NUMBER)
    left = [way for way in ways if possible(way.value)]
    if len(left) > 1 or (left and len(ways) > 1 and not left[0].own):
        shown = sorted(left, key=lambda way: not way.own)
        raise AmbiguousFigure(text, tuple(Reading(way.value, _retype(way.value, own_mark)) for way in shown))
    return left[0].value if left else None


def _ways(bare: str, own_mark: str, own_group: str) -> list[_Way]:
    """All ways to read it: as a whole number, and with each mark that may stand before its decimals."""
    ways = []
    whole = _whole(bare)
    if whole is not None:
        ways.append(_Way(Decimal(whole), own=not {".", ","} & (set(bare) - {own_group})))
    for mark in (".", ",", _ARABIC_DECIMAL):
        before, found, after = bare.partition(mark)
        if not found or re.fullmatch(r"\d+", after) is None:
            continue
        whole = _whole(before or "0")
        if whole is not None:
            ways.append(_Way(Decimal(f"{whole}.{after}"), own=mark in (own_mark, _ARABIC_DECIMAL)))
    return ways


def _whole(text: str) -> str | None:
    """The digits of a whole number, grouped properly or not at all; None for anything else."""
    if re.fullmatch(r"\d+", text) or any(pattern.fullmatch(text) for pattern in _GROUPED):
        return re.sub(r"\D", "", text)
    return None


def _retype(value: Decimal, own_mark: str) -> str:
    """The value as a text without grouping that can be read in one way only.

    Three decimals could be a group of thousands, so that they get a zero more.
    """
    if not _decimal_places(value):
        return f"{value.to_integral_value():f}"
    whole, _, decimals = f"{value:f}".partition(".")
    return f"{whole}{own_mark}{decimals}" + ("0" if len(decimals) == 3 else "")
