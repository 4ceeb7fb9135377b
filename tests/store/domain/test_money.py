"""Money is exact to the minor unit, whatever the currency."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from store.domain.currencies import CURRENT
from store.domain.money import MAX_DIGITS, InvalidMoney, Money, has_minor_unit, is_currency, minor_digits, total

CURRENCIES = {"JPY": 0, "USD": 2, "EUR": 2, "CNY": 2, "KWD": 3, "BHD": 3, "RSD": 2, "IQD": 3, "CLF": 4}
LARGEST = 10**MAX_DIGITS - 1
currencies = st.sampled_from(sorted(CURRENCIES))
minors = st.one_of(st.integers(-(10**6), 10**6), st.integers(-LARGEST, LARGEST))
decimals = st.one_of(
    st.decimals(allow_nan=True, allow_infinity=True),
    st.decimals(min_value=-(10**9), max_value=10**9, places=3),
    st.builds(
        lambda number, places: Decimal(number).scaleb(-places), st.integers(-(10**12), 10**12), st.integers(0, 5)
    ),
)


@pytest.mark.parametrize(("currency", "digits"), CURRENCIES.items())
def test_currencies_have_their_minor_units(currency: str, digits: int) -> None:
    assert minor_digits(currency) == digits
    assert is_currency(currency)


def test_every_currency_of_iso_4217_has_its_minor_unit() -> None:
    found: dict[int, set[str]] = {}
    for code in CURRENT:
        found.setdefault(minor_digits(code), set()).add(code)
    assert {digits: len(codes) for digits, codes in found.items()} == {0: 17, 2: 139, 3: 7, 4: 2}
    assert found[3] == {"BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"}
    assert found[4] == {"CLF", "UYW"}
    # These have none by CLDR, and what ISO says is what counts.
    assert {"AFN", "ALL", "IRR", "KPW", "LAK", "LBP", "MGA", "MMK", "RSD", "SOS", "SYP", "YER"} <= found[2]
    assert all(has_minor_unit(code) for code in CURRENT)


@pytest.mark.parametrize("code", ["XAU", "XAG", "XPT", "XPD", "XDR", "XSU", "XUA", "XBA", "XBD", "XTS", "XXX"])
def test_what_has_no_minor_unit_is_known_and_priced_in_by_nobody(code: str) -> None:
    assert is_currency(code)
    assert code not in CURRENT
    assert not has_minor_unit(code)


@pytest.mark.parametrize(("code", "digits"), [("BGN", 2), ("HRK", 2), ("SLL", 2), ("DEM", 2), ("ITL", 0)])
def test_currencies_of_former_times_are_read(code: str, digits: int) -> None:
    assert (minor_digits(code), has_minor_unit(code), code in CURRENT) == (digits, True, False)


@pytest.mark.parametrize("code", ["", "usd", "XQX", "US$", "EURO"])
def test_a_code_that_is_no_currency_is_refused(code: str) -> None:
    assert not is_currency(code)
    with pytest.raises(InvalidMoney) as refused:
        minor_digits(code)
    assert (refused.value.currency, refused.value.reason) == (code, "unknown currency")


@settings(max_examples=2_000)
@given(minor=minors, currency=currencies)
def test_minor_units_go_there_and_back(minor: int, currency: str) -> None:
    money = Money.of_minor(minor, currency)
    assert money.minor == minor
    assert Fraction(money.amount) == Fraction(minor, 10 ** CURRENCIES[currency])
    assert money.amount.as_tuple().exponent == -CURRENCIES[currency]
    assert Money(money.amount, currency) == money
    assert bool(money) == (minor != 0)
    assert str(money) == f"{currency} {money.amount:f}"


@settings(max_examples=2_000)
@given(amount=decimals, currency=currencies)
def test_an_amount_is_kept_exactly_or_refused(amount: Decimal, currency: str) -> None:
    unit = Fraction(1, 10 ** CURRENCIES[currency])
    possible = amount.is_finite() and Fraction(amount) % unit == 0 and abs(Fraction(amount) / unit) <= LARGEST
    if possible:
        assert Fraction(Money(amount, currency).amount) == Fraction(amount)
    else:
        with pytest.raises(InvalidMoney):
            Money(amount, currency)


@settings(max_examples=2_000)
@given(numbers=st.lists(st.integers(-(10**15), 10**15), max_size=6), currency=currencies)
def test_sums_and_differences_are_those_of_minor_units(numbers: list[int], currency: str) -> None:
    amounts = [Money.of_minor(number, currency) for number in numbers]
    assert total(amounts, currency).minor == sum(numbers)
    assert total(tuple(amounts), currency).currency == currency
    for left, one in zip(amounts, numbers, strict=True):
        for right, other in zip(amounts, numbers, strict=True):
            assert (left - right).minor == one - other
            assert (left + right).minor == one + other
            assert (left < right) == (one < other)
            assert (left <= right) == (one <= other)
            assert (left == right) == (one == other)
            assert (hash(left) == hash(right)) or one != other


@pytest.mark.parametrize(
    ("text", "currency", "reason"),
    [
        ("1.5", "JPY", "JPY has 0 decimal places"),
        ("0.001", "USD", "USD has 2 decimal places"),
        ("0.0001", "KWD", "KWD has 3 decimal places"),
        ("1." + "0" * 40 + "1", "USD", "USD has 2 decimal places"),
        ("1" + "0" * 16, "USD", "too large"),
        ("1" + "0" * 400 + ".01", "USD", "too large"),
    ],
)
def test_what_is_too_fine_or_too_large_is_refused_and_never_rounded(text: str, currency: str, reason: str) -> None:
    with pytest.raises(InvalidMoney) as refused:
        Money(Decimal(text), currency)
    assert (refused.value.currency, refused.value.reason) == (currency, reason)


def test_an_amount_is_shown_with_all_its_places() -> None:
    assert str(Money(Decimal("12.3"), "USD")) == "USD 12.30"
    assert str(Money(Decimal(-7), "KWD")) == "KWD -7.000"
    assert str(Money(Decimal("-0.00"), "USD")) == "USD 0.00"
    assert str(Money(Decimal("0E+30"), "JPY")) == "JPY 0"
    assert str(Money(Decimal("1E+3"), "JPY")) == "JPY 1000"
    assert Money.zero("USD") == Money(Decimal(0), "USD")


def test_two_currencies_are_never_added_or_compared() -> None:
    dollar, yen = Money.of_minor(100, "USD"), Money.of_minor(100, "JPY")
    for mixed in (lambda: dollar + yen, lambda: dollar - yen, lambda: dollar < yen, lambda: dollar <= yen):
        with pytest.raises(ValueError, match="USD and JPY are never added or compared"):
            mixed()
    with pytest.raises(ValueError, match="never added"):
        total([yen], "USD")
