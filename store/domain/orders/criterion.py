"""Search criteria described: their names, their kinds, and the values of each kind. Knows no Slack and no SQL.

Forms, lines, words, states, exports and statements follow from these descriptions: each layer has one match by kind.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import MISSING, Field, dataclass, field, fields
from datetime import date
from functools import cache
from typing import Any, assert_never, cast

from store.domain.orders.customers import CustomerTab
from store.domain.orders.errors import InvalidCriteria
from store.domain.orders.order import CodedEnum

MAX_TEXT = 200
"""The most characters of a text in a search."""
FIRST_YEAR, LAST_YEAR = 1990, 2999
"""Days outside these years are typing errors, and beyond what databases and time zones can express."""
LAST_KEY = 2**53
"""The desk's own numbers are far smaller; larger ones are made up, and databases fail on them."""


def is_key(number: int) -> bool:
    """Whether the number could be one of the desk's own numbers."""
    return 0 < number < LAST_KEY


def can_be_kept(text: str) -> bool:
    """Whether databases can store the text at all: it has no NUL and no half of a surrogate pair."""
    return not any(sign == "\x00" or "\ud800" <= sign <= "\udfff" for sign in text)


@dataclass(frozen=True, slots=True)
class OneList:
    """One of the desk's two lists: a CustomerTab; there is always one."""


@dataclass(frozen=True, slots=True)
class NamePart:
    """A part of a customer's names: a text, compared in the form of `fold`; empty: any."""

    fold: Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Picked:
    """One customer by key, picked in the form's field for a part of the name; None: any."""

    beside: str
    """The name of the criterion in whose field it is picked."""


@dataclass(frozen=True, slots=True)
class TextStart:
    """A text or its beginning, compared in the form of `fold`; empty: any."""

    fold: Callable[[str], str]
    typed: Callable[[str], str]
    """Strips what people type around the text on one line."""


@dataclass(frozen=True, slots=True)
class WholeText:
    """A whole text, compared as `fold` has it; empty: any."""

    fold: Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Codes:
    """Some of the vendor's codes: a frozenset; empty: any."""

    of: type[CodedEnum]


@dataclass(frozen=True, slots=True)
class ProductTypes:
    """Some product types by their keys: a frozenset of whole numbers; empty: any."""


@dataclass(frozen=True, slots=True)
class FirstDay:
    """The first day, included, in the viewer's own time zone: a date; None: open."""


@dataclass(frozen=True, slots=True)
class LastDay:
    """The last day, included; like FirstDay."""


@dataclass(frozen=True, slots=True)
class DaysAhead:
    """Within a number of days of 24 hours from now: what has passed already is not within; None: any time."""

    most: int


Kind = OneList | NamePart | Picked | TextStart | WholeText | Codes | ProductTypes | FirstDay | LastDay | DaysAhead


@dataclass(frozen=True, slots=True)
class Criterion:
    """One criterion, as the field of OrderCriteria describes it."""

    name: str
    """The field of OrderCriteria, and the block of the form."""
    label: str
    kind: Kind
    key: str
    """Its key in the one-line search, without the colon; empty: none."""
    help: str
    """What follows its key, for the help."""
    hint: str
    """The hint below its field in the form."""

    def checked(self, value: Any) -> Any:  # noqa: ANN401
        """The value to search by. Raises InvalidCriteria, which names the field."""
        match self.kind:
            case NamePart(fold=fold) | TextStart(fold=fold) | WholeText(fold=fold):
                return self._text(value, fold)
            case Picked():
                if value is not None and not is_key(value):
                    raise InvalidCriteria(self.name, "no such customer")
            case ProductTypes():
                if not all(map(is_key, value)):
                    raise InvalidCriteria(self.name, "no such product type")
            case FirstDay() | LastDay():
                if value is not None and not FIRST_YEAR <= value.year <= LAST_YEAR:
                    raise InvalidCriteria(self.name, f"a day between {FIRST_YEAR} and {LAST_YEAR}")
            case DaysAhead(most=most):
                if value is not None and not 1 <= value <= most:
                    raise InvalidCriteria(self.name, f"a number of days from 1 to {most:,}")
            case OneList() | Codes():
                pass
            case _:
                assert_never(self.kind)
        return value

    def kept(self, value: Any) -> Any:  # noqa: ANN401
        """The value for JSON, with one form for each meaning. None: the criterion is empty."""
        match self.kind:
            case OneList():
                return str(value)
            case NamePart() | TextStart() | WholeText() | Picked() | DaysAhead():
                return value or None
            case Codes() | ProductTypes():
                return sorted(map(int, value)) or None
            case FirstDay() | LastDay():
                return value.isoformat() if value else None
            case _:
                assert_never(self.kind)

    def restored(self, kept: Any) -> Any:  # noqa: ANN401
        """The value from the result of `kept`. Raises ValueError for anything that `kept` never returns."""
        match self.kind:
            case OneList():
                return CustomerTab(kept)
            case NamePart() | TextStart() | WholeText():
                return _of_type(str, kept)
            case Picked() | DaysAhead():
                return _of_type(int, kept)
            case Codes(of=codes):
                return frozenset(codes(_of_type(int, code)) for code in _of_type(list, kept))
            case ProductTypes():
                return frozenset(_of_type(int, key) for key in _of_type(list, kept))
            case FirstDay() | LastDay():
                return date.fromisoformat(_of_type(str, kept))
            case _:
                assert_never(self.kind)

    def _text(self, value: str, fold: Callable[[str], str]) -> str:
        text = value.strip()
        if len(text) > MAX_TEXT:
            raise InvalidCriteria(self.name, f"at most {MAX_TEXT} characters")
        if not can_be_kept(text):
            raise InvalidCriteria(self.name, "a character that no name has")
        # A text without visible characters asks for nothing.
        return text if fold(text) else ""


def criterion(
    label: str,
    kind: Kind,
    *,
    key: str = "",
    help: str = "",  # noqa: A002
    hint: str = "",
    default: Any = MISSING,  # noqa: ANN401
) -> Any:  # noqa: ANN401
    """A field of OrderCriteria with its description. Its default is the empty value of its kind."""
    told = {"criterion": (label, kind, key, help, hint)}
    return field(default=_empty(kind) if default is MISSING else default, metadata=told)


def described(of: type[Any]) -> tuple[Criterion, ...]:
    """The criteria of OrderCriteria, or of a class that adds to it, in the order in which people see them."""
    return _described(cast("Hashable", of))


@cache
def _described(of: Any) -> tuple[Criterion, ...]:  # noqa: ANN401
    return tuple(Criterion(one.name, *_description(one)) for one in fields(of))


def _description(one: Field[Any]) -> tuple[Any, ...]:
    description: tuple[Any, ...] = one.metadata["criterion"]
    return description


def _empty(kind: Kind) -> object:
    match kind:
        case OneList():
            return CustomerTab.CUSTOMERS
        case NamePart() | TextStart() | WholeText():
            return ""
        case Codes() | ProductTypes():
            return frozenset()
        case Picked() | FirstDay() | LastDay() | DaysAhead():
            return None
        case _:
            assert_never(kind)


def _of_type(kind: type[Any], value: Any) -> Any:  # noqa: ANN401
    if not isinstance(value, kind) or isinstance(value, bool):
        raise ValueError(f"{value!r:.40} is not what was kept")  # noqa: TRY004
    return value
