"""Money: an exact decimal amount with its currency, whole in that currency's minor units. Never a float."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from store.domain.currencies import MINOR_DIGITS, WITHOUT_MINOR_UNIT
from store.domain.errors import DomainError

MAX_DIGITS = 18
"""The most digits of an amount in minor units: databases store it as a whole number of 64 bits."""


def is_currency(code: str) -> bool:
    """Whether the text is the code of a currency, now or in the past."""
    return code in MINOR_DIGITS


def has_minor_unit(code: str) -> bool:
    """Whether a price can be in that currency; not in gold (XAU), SDR (XDR) or no currency (XXX)."""
    return is_currency(code) and code not in WITHOUT_MINOR_UNIT


def minor_digits(currency: str) -> int:
    """Decimal places of the currency's minor unit by ISO 4217 (JPY 0, USD 2, KWD 3).

    Raises InvalidMoney for a code that is not a currency.
    """
    digits = MINOR_DIGITS.get(currency)
    if digits is None:
        raise InvalidMoney(text="", currency=currency, reason="unknown currency")
    return digits


@lru_cache(maxsize=16)
def _minor_unit(digits: int) -> Decimal:
    return Decimal(1).scaleb(-digits)


@dataclass(eq=False)
class InvalidMoney(DomainError):
    """A text or number is not an amount of its currency: unknown currency, not a number, too large or too fine."""

    text: str
    currency: str
    reason: str


@dataclass(frozen=True, slots=True)
class Money:
    """An amount of one currency, exact to the minor unit; 12.3 USD is stored as 12.30.

    Raises InvalidMoney if the amount is finer than the currency's minor unit, too large, or not a number.
    Adding or comparing two currencies raises ValueError: that is a programming error, never a person's.
    """

    amount: Decimal
    currency: str

    def __post_init__(self) -> None:
        digits = minor_digits(self.currency)
        if not self.amount.is_finite():
            raise InvalidMoney(text=str(self.amount), currency=self.currency, reason="not a number")
        if self.amount and self.amount.adjusted() + digits >= MAX_DIGITS:
            raise InvalidMoney(text=str(self.amount), currency=self.currency, reason="too large")
        # Quantizing rounds, and the comparison is exact, whatever the number of decimal places.
        whole = self.amount.quantize(_minor_unit(digits))
        if whole != self.amount:
            reason = f"{self.currency} has {digits} decimal places"
            raise InvalidMoney(text=str(self.amount), currency=self.currency, reason=reason)
        # Zero has no sign.
        object.__setattr__(self, "amount", whole if whole else abs(whole))

    @classmethod
    def of_minor(cls, minor: int, currency: str) -> Money:
        """The amount of a number of minor units (cents, fils, yen)."""
        return cls(Decimal(minor).scaleb(-minor_digits(currency)), currency)

    @classmethod
    def zero(cls, currency: str) -> Money:
        """Zero in that currency."""
        return cls(Decimal(0), currency)

    @property
    def minor(self) -> int:
        """The amount in minor units (cents, fils, yen)."""
        return int(self.amount.scaleb(minor_digits(self.currency)))

    def _same(self, other: Money) -> None:
        if self.currency != other.currency:
            raise ValueError(f"{self.currency} and {other.currency} are never added or compared")

    def __add__(self, other: Money) -> Money:
        self._same(other)
        return Money(self.amount + other.amount, self.currency)

    def __sub__(self, other: Money) -> Money:
        self._same(other)
        return Money(self.amount - other.amount, self.currency)

    def __lt__(self, other: Money) -> bool:
        self._same(other)
        return self.amount < other.amount

    def __le__(self, other: Money) -> bool:
        self._same(other)
        return self.amount <= other.amount

    def __bool__(self) -> bool:
        return self.amount != 0

    def __str__(self) -> str:
        return f"{self.currency} {self.amount:f}"


def total(amounts: list[Money] | tuple[Money, ...], currency: str) -> Money:
    """The sum of amounts that are all in that currency; zero for none."""
    result = Money.zero(currency)
    for amount in amounts:
        result = result + amount
    return result
