"""The names of a currency that people type with an amount: its code, signs and names, in many languages.

An order has one currency, in which people type amounts. So a sign or word that several currencies share (`$`, `kr`,
`¥`, dollar, franc) means the order's own if it can; one that belongs only to other currencies (`€`, `US$`, yen) never
does. Signs and names are CLDR's, from Babel; a few common ones that CLDR does not have are listed here.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

from babel import Locale, UnknownLocaleError
from babel.core import get_global
from babel.languages import get_territory_language_info
from babel.numbers import get_currency_name

from store.domain.currencies import CURRENT, FUNDS
from store.domain.money import is_currency
from store.domain.texts import common_form

_FIRST = ("en", "en_001")
"""English for regions whose currency is the dollar, and for others, which write `US$`."""
_MORE = (
    *("ar", "cs", "da", "de", "es", "fi", "fr", "fr_CA", "he", "hi", "hu", "id", "it", "ja", "ko", "nb", "nl", "pl"),
    *("pt", "ro", "ru", "sv", "th", "tr", "uk", "vi", "zh", "zh_Hant"),
)
"""Languages whose names are accepted in addition to the person's own. Loaded on demand: they take 30 MB."""
_BESIDE = {
    "AED": ("Dh", "Dhs"),
    "AUD": ("A$", "AU$"),
    "BDT": ("Tk",),
    "CAD": ("C$", "CAN$"),
    "CHF": ("Fr", "SFr"),
    "CNY": ("RMB", "元", "圆", "圓"),
    "EGP": ("E£", "LE"),
    "HKD": ("元", "圓"),
    "JPY": ("円", "圓"),
    "LKR": ("Rs",),
    "MOP": ("元", "圓"),
    "MUR": ("Rs",),
    "NPR": ("Rs",),
    "PEN": ("S/.",),
    "RUB": ("руб", "р"),
    "SAR": ("SR",),
    "SCR": ("Rs",),
    "SGD": ("S$", "SG$"),
    "TRY": ("TL",),
    "TWD": ("元", "圓"),
    "UAH": ("грн",),
    "VND": ("đ",),
}
_LIKE_THOUSANDS = frozenset("bkmt")
"""Letters that are a currency's sign somewhere, and mean a thousand or a million everywhere."""
_SHORTEST = 3
"""The fewest letters of a word that may stand for a whole name, in Latin script: no `de`, no `of`."""
_COUNTS = (1, 2, 5, 100)
"""Numbers with which the languages use all forms of a name."""


def is_own(word: str, currency: str, locale: str) -> bool:
    """Whether people of that locale may call the currency so; several words at once, too, as `US$ USD`."""
    folded = fold(word)
    return _is_own(folded, _first_names(currency, locale)) or _is_own(folded, _all_names(currency, locale))


def _is_own(folded: str, names: frozenset[str]) -> bool:
    """Whether the text consists only of names, one after the other. Each position is examined once: there are too many
    ways to divide a text to try them all.
    """
    ends = {0}
    longest = max(map(len, names), default=0)
    for end in range(1, len(folded) + 1):
        if any(begin in ends and folded[begin:end] in names for begin in range(max(end - longest, 0), end)):
            ends.add(end)
    return len(folded) in ends


def is_anothers(word: str, currency: str, locale: str) -> bool:
    """Whether the word contains a sign, a code or a name of another currency; `USD -` contains none for a dollar."""
    bare = word.strip("".join(char for char in set(word) if not (char.isalnum() or _is_sign(char))))
    if is_own(bare, currency, locale):
        return False
    signs = any(map(_is_sign, bare))
    codes = any(is_currency(part) for part in re.findall(r"[^\W\d_]+", bare.upper()))
    return signs or codes or fold(bare) in _names_of_all(locale)


def _is_sign(char: str) -> bool:
    return unicodedata.category(char) == "Sc"


def fold(word: str) -> str:
    """The word in the common form for comparison, without white space and the dot of an abbreviation."""
    plain = common_form(word)
    kept = "".join(char for char in plain if not char.isspace() and unicodedata.category(char) != "Cf")
    return kept[:-1] if len(kept) > 1 and kept[-1] == "." and kept[-2].isalpha() else kept


@lru_cache(maxsize=256)
def _first_names(currency: str, locale: str) -> frozenset[str]:
    """The names that nearly everybody uses for it."""
    locales = (locale_of(locale), *map(Locale.parse, _FIRST))
    return _usable(currency, (name for where in locales for name in _symbols(currency, where)))


@lru_cache(maxsize=256)
def _all_names(currency: str, locale: str) -> frozenset[str]:
    locales = [locale_of(locale), *map(Locale.parse, (*_FIRST, *_MORE)), *_at_home(currency)]
    names = {name for where in locales for name in (*_symbols(currency, where), *_words(currency, where))}
    return _usable(currency, (*names, *_BESIDE.get(currency, ())))


def _usable(currency: str, names: Iterator[str] | tuple[str, ...]) -> frozenset[str]:
    folded = {fold(name) for name in names} - _LIKE_THOUSANDS - {""}
    return frozenset({name for name in folded if not is_currency(name.upper())} | {currency.casefold()})


def _symbols(currency: str, locale: Locale) -> Iterator[str]:
    """Its sign there, and the bare sign in it: `CA$` and `$`."""
    symbol = locale.currency_symbols.get(currency, "")
    yield symbol
    yield from filter(_is_sign, symbol)


def _words(currency: str, locale: Locale) -> Iterator[str]:
    """Its names there, and their single words: `Japanese yen` and `yen`."""
    if currency in FUNDS or currency not in locale.currencies:
        return
    for name in {locale.currencies[currency], *(get_currency_name(currency, count, locale) for count in _COUNTS)}:
        yield name
        for word in re.findall(r"[^\W\d_]+", name):
            if len(word) >= _SHORTEST or not word.isascii():
                yield word


@lru_cache(maxsize=16)
def _names_of_all(locale: str) -> frozenset[str]:
    """Signs and names of all currencies in use today, in the person's language and in English."""
    names = {name for beside in _BESIDE.values() for name in beside}
    for where in (locale_of(locale), *map(Locale.parse, _FIRST)):
        for currency in CURRENT:
            names.update((*_symbols(currency, where), *_words(currency, where)))
    return frozenset({fold(name) for name in names} - _LIKE_THOUSANDS - {""})


def _at_home(currency: str) -> list[Locale]:
    """The locales of the territory in the code, where the currency has its shortest sign."""
    territory = currency[:2]
    tender = get_global("territory_currencies").get(territory, ())
    if currency not in {each[0] for each in tender}:
        return []
    languages = get_territory_language_info(territory)
    official = (code for code, facts in languages.items() if facts["official_status"])
    return [found for code in official if (found := _parsed(f"{code}_{territory}"))]


@lru_cache(maxsize=256)
def locale_of(name: str) -> Locale:
    """The locale of that name; American English if there is none."""
    return _parsed(name.replace("-", "_")) or Locale("en", "US")


def _parsed(name: str) -> Locale | None:
    try:
        return Locale.parse(name)
    except (UnknownLocaleError, ValueError):
        return None
