"""Figures as people type them: which have one reading, which are asked about, which are none."""

from __future__ import annotations

from decimal import Decimal

import pytest
from babel.numbers import format_decimal
from hypothesis import given, settings
from hypothesis import strategies as st

from store.domain.adjustments.errors import AmbiguousFigure, FigureFault, InvalidFigure
from store.domain.adjustments.figures import read_amount, read_percentage
from store.domain.money import Money, minor_digits
from tests.support.amounts import usd
from tests.support.effort import effort


@pytest.mark.parametrize("locale", ["en_US", "de_DE", "fr_FR", "de_CH", "ar_EG", "hi_IN", "ja_JP", "xx_YY", "nonsense"])
@pytest.mark.parametrize(
    "text",
    [
        "1,234.50",
        "1.234,50",
        "1234.50",
        "1234,5",
        "1 234,50",
        "1\u00a0234,50",
        "1\u202f234.50",
        "1'234.50",
        "1\u2019234.50",
        "\u0661\u066c\u0662\u0663\u0664\u066b\u0665\u0660",
        "\u06f1\u06f2\u06f3\u06f4\u066b\u06f5\u06f0",
        "\uff11\uff0c\uff12\uff13\uff14\uff0e\uff15",
        "USD 1,234.50",
        "usd1234.50",
        "1.234,50 $",
        "US$1,234.50",
        "  1234.50\u200f ",
        "1,234.500",
        "1234.500",
    ],
)
def test_what_has_one_reading_is_read_so_by_everybody(text: str, locale: str) -> None:
    assert read_amount(text, "USD", locale) == usd("1234.50")


@pytest.mark.parametrize(
    ("text", "currency", "locale", "amount"),
    [
        ("1,234", "USD", "en_US", "1234"),
        ("1.234", "USD", "de_DE", "1234"),
        ("1,234", "JPY", "ja_JP", "1234"),
        ("1,234,567", "KWD", "de_DE", "1234567"),
        ("1.234.567", "KWD", "en_US", "1234567"),
        ("12,34,567.5", "INR", "en_US", "1234567.5"),
        ("0.500", "KWD", "de_DE", "0.500"),
        ("0,5", "USD", "en_US", "0.50"),
        (".5", "USD", "en_US", "0.50"),
        ("1.2340", "KWD", "de_DE", "1.234"),
        ("1234.567", "KWD", "en_US", "1234.567"),
        ("1 234", "KWD", "en_US", "1234"),
        ("12,34", "USD", "en_US", "12.34"),
        ("0", "USD", "en_US", "0"),
        ("CA$5", "CAD", "en_US", "5"),
        ("$5", "CAD", "en_CA", "5"),
        ("5 €", "EUR", "de_DE", "5"),
        ("$.50", "USD", "en_US", "0.50"),
        ("100.5050", "IQD", "en_US", "100.505"),
        ("100.50", "RSD", "en_US", "100.50"),
    ],
)
def test_what_locale_and_currency_settle(text: str, currency: str, locale: str, amount: str) -> None:
    assert read_amount(text, currency, locale) == Money(Decimal(amount), currency)


@pytest.mark.parametrize(
    ("text", "currency", "locale", "values"),
    [
        ("1,234", "KWD", "en_US", ["1234", "1.234"]),
        ("1.234", "KWD", "en_US", ["1.234", "1234"]),
        ("1.234", "KWD", "de_DE", ["1234", "1.234"]),
        ("1.234", "KWD", "fr_FR", ["1234", "1.234"]),
        ("1.500", "USD", "en_US", ["1.500", "1500"]),
        ("1,500", "USD", "en_US", ["1500", "1.500"]),
    ],
)
def test_what_can_be_read_two_ways_is_asked_about_ones_own_way_first(
    text: str, currency: str, locale: str, values: list[str]
) -> None:
    with pytest.raises(AmbiguousFigure) as asked:
        read_amount(text, currency, locale)
    assert [reading.value for reading in asked.value.readings] == [Decimal(value) for value in values]


@pytest.mark.parametrize(
    ("text", "currency", "locale", "value"),
    [
        ("12.345", "USD", "en_US", "12345"),
        ("1,234", "USD", "de_DE", "1234"),
        ("1.234", "JPY", "en_US", "1234"),
        ("1.234", "USD", "fr_FR", "1234"),
    ],
)
def test_a_reading_that_would_be_refused_is_not_offered(text: str, currency: str, locale: str, value: str) -> None:
    with pytest.raises(AmbiguousFigure) as asked:
        read_amount(text, currency, locale)
    (reading,) = asked.value.readings
    assert (reading.value, reading.retype) == (Decimal(value), value)


@pytest.mark.parametrize("locale", ["en_US", "de_DE", "fr_FR", "ar_EG"])
@pytest.mark.parametrize("text", ["1,234", "1.234"])
def test_the_offered_texts_can_be_read_in_one_way_only(text: str, locale: str) -> None:
    with pytest.raises(AmbiguousFigure) as asked:
        read_amount(text, "KWD", locale)
    for reading in asked.value.readings:
        assert read_amount(reading.retype, "KWD", locale).amount == reading.value


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", FigureFault.NOT_A_NUMBER),
        ("a lot", FigureFault.NOT_A_NUMBER),
        ("1,2,3", FigureFault.NOT_A_NUMBER),
        ("1.2.3", FigureFault.NOT_A_NUMBER),
        ("1,23,4", FigureFault.NOT_A_NUMBER),
        ("5.", FigureFault.NOT_A_NUMBER),
        ("1e3", FigureFault.NOT_A_NUMBER),
        ("12\u00b2", FigureFault.NOT_A_NUMBER),
        ("\u00bd", FigureFault.NOT_A_NUMBER),
        ("+5", FigureFault.NOT_A_NUMBER),
        ("1 2 3", FigureFault.NOT_A_NUMBER),
        ("0,123,456", FigureFault.NOT_A_NUMBER),
        ("=1+1", FigureFault.NOT_A_NUMBER),
        ("-5", FigureFault.NEGATIVE),
        ("\u22125", FigureFault.NEGATIVE),
        ("USD -5", FigureFault.NEGATIVE),
        ("-$5", FigureFault.NEGATIVE),
        ("\u2212USD 5", FigureFault.NEGATIVE),
        ("12.345678", FigureFault.TOO_FINE),
        ("0.001", FigureFault.TOO_FINE),
        ("9" * 16, FigureFault.TOO_LONG),
        ("EUR 5", FigureFault.OTHER_CURRENCY),
        ("\u20ac5", FigureFault.OTHER_CURRENCY),
        ("5 %", FigureFault.PERCENT_SIGN),
        ("100K", FigureFault.NOT_A_NUMBER),
        ("$", FigureFault.NOT_A_NUMBER),
        ("5 USD -", FigureFault.NOT_A_NUMBER),
        ("5 apples", FigureFault.NOT_A_NUMBER),
    ],
)
def test_what_is_no_amount_says_why(text: str, fault: FigureFault) -> None:
    with pytest.raises(InvalidFigure) as refusal:
        read_amount(text, "USD", "en_US")
    assert refusal.value.fault is fault
    assert refusal.value.text == text


def test_too_fine_names_the_currencys_decimal_places() -> None:
    with pytest.raises(InvalidFigure) as refusal:
        read_amount("1.5", "JPY", "en_US")
    assert (refusal.value.fault, refusal.value.digits) == (FigureFault.TOO_FINE, 0)


@pytest.mark.parametrize("locale", ["en_US", "de_DE", "tr_TR", "ar_EG"])
@pytest.mark.parametrize(
    "text", ["12.5", "12,5", "12.5 %", "12,5%", "%12,5", "\u0661\u0662\u066b\u0665\u066a", "12.50\u00a0%"]
)
def test_percentages(text: str, locale: str) -> None:
    assert read_percentage(text, locale) == Decimal("12.5")


def test_percentages_above_a_hundred_and_those_with_two_readings() -> None:
    with pytest.raises(InvalidFigure) as over:
        read_percentage("101 %", "en_US")
    assert over.value.fault is FigureFault.OVER_HUNDRED
    assert read_percentage("1.234", "en_US") == Decimal("1.234")
    with pytest.raises(AmbiguousFigure) as asked:
        read_percentage("1.234", "de_DE")
    assert [reading.retype for reading in asked.value.readings] == ["1,2340"]


@given(
    st.integers(0, 10**12),
    st.sampled_from(["JPY", "USD", "KWD", "IQD", "RSD", "CLF"]),
    st.sampled_from(["en_US", "de_DE", "fr_FR", "de_CH", "ar_EG", "hi_IN", "pl_PL", "sv_SE", "es_ES", "fa_IR"]),
)
@settings(max_examples=effort(500, 50_000))
def test_what_the_desk_writes_can_be_typed_back(minor: int, currency: str, locale: str) -> None:
    money = Money.of_minor(minor, currency)
    digits = minor_digits(currency)
    pattern = "#,##0" + ("." + "0" * digits if digits else "")
    written = format_decimal(money.amount, pattern, locale=locale, numbering_system="default")
    try:
        assert read_amount(written, currency, locale) == money
    except AmbiguousFigure as asked:
        assert asked.readings[0].value == money.amount  # noqa: PT017 - a question names its own reading first


@given(st.text(alphabet="0123456789.,' -%$USD\u066b\u066c\u0661", max_size=14), st.sampled_from(["en_US", "de_DE"]))
@settings(max_examples=effort(500, 50_000))
def test_any_text_is_read_asked_about_or_refused(text: str, locale: str) -> None:
    def amount(typed: str) -> Decimal:
        return read_amount(typed, "USD", locale).amount

    for read in (amount, lambda typed: read_percentage(typed, locale)):
        try:
            read(text)
        except AmbiguousFigure as question:
            # Figures typed as they are offered are understood, and not refused.
            offered = {reading.retype: reading.value for reading in question.readings}
            assert offered == {typed: read(typed) for typed in offered} != {}
        except InvalidFigure as refusal:
            assert refusal.text == text  # noqa: PT017
