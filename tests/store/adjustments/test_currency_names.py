"""The order's own currency by whatever name it is typed, and never another's."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from babel import Locale
from babel.numbers import get_currency_name, get_currency_symbol
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from store.domain.adjustments.errors import AmbiguousFigure, FigureFault, InvalidFigure
from store.domain.adjustments.figures import read_amount
from store.domain.currencies import CURRENT, FUNDS
from store.domain.currency_names import fold
from store.domain.money import Money, minor_digits
from tests.support.effort import effort

LOCALES = (
    *("en_US", "en_CA", "en_AU", "de_DE", "fr_FR", "fr_CA", "es_MX", "pt_BR", "sv_SE", "ru_RU", "ar_EG", "hi_IN"),
    *("ja_JP", "ko_KR", "zh_CN", "zh_TW", "th_TH", "vi_VN", "tr_TR", "el_GR", "sr_RS", "fa_IR"),
)
SHAPES = ("{} 100", "{}100", "100 {}", "100{}", "{} 100 {}", "\u200e{}\u00a0100")
BENDS: tuple[Callable[[str], str], ...] = (str, str.lower, str.upper, str.title)
PAID_WITH = sorted(CURRENT - FUNDS)
THOUSANDS = {"k", "m", "b", "t"}

currencies = st.sampled_from(PAID_WITH)
locales = st.sampled_from(LOCALES)


def hundred(currency: str) -> Money:
    return Money.of_minor(100 * 10 ** minor_digits(currency), currency)


def refused(text: str, currency: str, locale: str) -> FigureFault:
    with pytest.raises(InvalidFigure) as refusal:
        read_amount(text, currency, locale)
    return refusal.value.fault


@pytest.mark.parametrize("locale", ["en_US", "de_DE", "zh_CN"])
@pytest.mark.parametrize(
    ("text", "currency"),
    [
        ("\uffe5100", "CNY"),
        ("\uffe5100", "JPY"),
        ("¥100", "CNY"),
        ("¥100", "JPY"),
        ("CN¥100", "CNY"),
        ("100元", "CNY"),
        ("100 元", "TWD"),
        ("RMB 100", "CNY"),
        ("rmb100", "CNY"),
        ("100 yuan", "CNY"),
        ("人民币100", "CNY"),
        ("100円", "JPY"),
        ("100 yen", "JPY"),
        ("100 Euro", "EUR"),
        ("100 euros", "EUR"),
        ("EURO 100", "EUR"),
        ("€ 100 EUR", "EUR"),
        ("C$100", "CAD"),
        ("CA$100", "CAD"),
        ("$100 CAD", "CAD"),
        ("A$100", "AUD"),
        ("S$100", "SGD"),
        ("HK$100", "HKD"),
        ("$100 USD", "USD"),
        ("US$ 100 USD", "USD"),
        ("USD $100", "USD"),
        ("100 dollars", "USD"),
        ("100 US dollars", "USD"),
        ("100 Dollar", "AUD"),
        ("100 dólares", "USD"),
        ("R$ 100", "BRL"),
        ("Rs. 100", "INR"),
        ("Rs.100", "PKR"),
        ("₹100", "INR"),
        ("Fr. 100", "CHF"),
        ("100 Franken", "CHF"),
        ("100 kr", "SEK"),
        ("100 kr.", "DKK"),
        ("100 Kronen", "NOK"),
        ("100 zł", "PLN"),
        ("100 Kč", "CZK"),
        ("100 руб.", "RUB"),
        ("100 ₽", "RUB"),
        ("100 грн", "UAH"),
        ("100 TL", "TRY"),
        ("£100", "GBP"),
        ("100 pounds", "GBP"),
        ("100원", "KRW"),
        ("฿100", "THB"),
        ("د.إ.\u200f 100", "AED"),
    ],
)
def test_the_orders_own_currency_under_its_other_signs_and_names(text: str, currency: str, locale: str) -> None:
    assert read_amount(text, currency, locale) == hundred(currency)


@pytest.mark.parametrize("locale", ["en_US", "en_CA", "de_DE", "zh_CN", "es_CO"])
@pytest.mark.parametrize(
    ("text", "currency"),
    [
        ("€100", "USD"),
        ("100 Euro", "USD"),
        ("100 Euro", "CHE"),
        ("£100", "USD"),
        ("¥100", "USD"),
        ("100元", "USD"),
        ("100元", "EUR"),
        ("RMB 100", "JPY"),
        ("CN¥100", "JPY"),
        ("JP¥100", "CNY"),
        ("100円", "CNY"),
        ("100 yen", "CNY"),
        ("C$100", "USD"),
        ("C$100", "COP"),
        ("C$100 USD", "USD"),
        ("C$100 USD", "CAD"),
        ("US$100", "CAD"),
        ("US$100", "MXN"),
        ("A$100", "USD"),
        ("HK$100", "SGD"),
        ("$100 USD", "CAD"),
        ("$100 CAD", "USD"),
        ("100 US dollars", "AUD"),
        ("100 Canadian dollars", "USD"),
        ("₹100", "PKR"),
        ("R$100", "USD"),
        ("฿100", "USD"),
        ("100 ₽", "UAH"),
        ("100 XAU", "USD"),
    ],
)
def test_another_currency_is_never_taken_for_the_orders(text: str, currency: str, locale: str) -> None:
    assert refused(text, currency, locale) is FigureFault.OTHER_CURRENCY


@pytest.mark.parametrize("text", ["100K", "100 k", "100M", "5m", "1B"])
@pytest.mark.parametrize(
    ("currency", "locale"), [("ZMW", "en_ZM"), ("PGK", "en_PG"), ("MMK", "my_MM"), ("USD", "en_US")]
)
def test_letters_that_mean_thousands_are_no_currency(text: str, currency: str, locale: str) -> None:
    assert refused(text, currency, locale) is FigureFault.NOT_A_NUMBER


@pytest.mark.parametrize("currency", [each for each in PAID_WITH if "Dollar" in Locale("en").currencies.get(each, "")])
@pytest.mark.parametrize("locale", ["en_US", "ja_JP"])
def test_the_dollars_sign_is_every_dollars(currency: str, locale: str) -> None:
    for text in ("$100", "100 $", "\uff04100", "100 dollars", f"$100 {currency}", f"{currency} $ 100"):
        assert read_amount(text, currency, locale) == hundred(currency)


def names(currency: str, locale: str) -> list[str]:
    where = Locale.parse(locale)
    if currency not in where.currencies:
        return []
    return [where.currencies[currency], *(get_currency_name(currency, count, where) for count in (1, 2, 5, 100))]


@given(currencies, locales, st.sampled_from(BENDS), st.sampled_from(SHAPES), st.data())
@settings(max_examples=effort(400, 40_000), deadline=None)
def test_every_currency_is_read_by_its_signs_and_names(
    currency: str, locale: str, bend: Callable[[str], str], shape: str, data: st.DataObject
) -> None:
    called = [currency, get_currency_symbol(currency, Locale.parse(locale)), *names(currency, locale)]
    name = data.draw(st.sampled_from([each for each in called if fold(each) not in THOUSANDS]))
    assume(fold(bend(name)) == fold(name))
    assert read_amount(shape.format(bend(name), currency), currency, locale) == hundred(currency)


def test_a_sign_that_is_not_seen_is_none() -> None:
    # CLDR has such a one for the escudo of Cape Verde, whose cents stand behind a dollar's sign.
    sign = get_currency_symbol("CVE", Locale("pt", "CV"))
    assert sign == "\u200b"
    assert read_amount(f"100{sign}", "CVE", "pt_CV") == hundred("CVE")


@given(currencies, currencies, locales, st.data())
@settings(max_examples=effort(400, 40_000), deadline=None)
def test_no_currency_is_read_by_what_is_anothers_alone(own: str, other: str, locale: str, data: st.DataObject) -> None:
    assume(own != other)
    where = Locale.parse("en_001")
    called = [other, get_currency_symbol(other, where), *names(other, "en")]
    name = data.draw(st.sampled_from([each for each in called if fold(each) not in THOUSANDS]))
    shared = {fold(get_currency_symbol(own, Locale.parse(each))) for each in (*LOCALES, "en_001", "da_DK", "nb_NO")}
    # The bare signs that several currencies share are settled by the order.
    assume(fold(name) not in shared and name not in ("$", "£", "¥"))
    shape = data.draw(st.sampled_from(["{} 100", "{}100", "100 {}", "100{}", "{} 100 " + own, own + " {}100"]))
    assert refused(shape.format(name), own, locale) is FigureFault.OTHER_CURRENCY


@given(currencies, locales, st.text(max_size=6), st.text(max_size=6))
@settings(max_examples=effort(400, 40_000), deadline=None)
def test_whatever_stands_around_a_number_is_read_or_refused(
    currency: str, locale: str, before: str, after: str
) -> None:
    try:
        assert read_amount(f"{before}100{after}", currency, locale).currency == currency
    except (InvalidFigure, AmbiguousFigure) as refusal:
        assert refusal.text == f"{before}100{after}"  # noqa: PT017


def test_a_text_that_divides_into_names_in_very_many_ways_is_read_at_once() -> None:
    # Both words of the name are names, and so is the whole: 300 of them could be divided in 2 ** 300 ways.
    assert read_amount(f"{'미국 달러' * 300} 1", "USD", "en_US") == Money.of_minor(100, "USD")
    assert refused(f"{'미국 달러' * 300}x 1", "USD", "en_US") is FigureFault.NOT_A_NUMBER


def test_a_text_of_very_many_names_is_read() -> None:
    assert read_amount(f"{'kr' * 1400} 1", "SEK", "sv_SE") == Money.of_minor(100, "SEK")


def test_a_name_with_a_dash_is_read_with_any_dash() -> None:
    for dash in ("\u2013", "-", "\u2212", "\u2011"):
        assert read_amount(f"法郎 (CFA{dash}BCEAO) 100", "XOF", "zh_TW") == hundred("XOF")
