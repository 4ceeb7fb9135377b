"""The orders' screens as values: what stands on them, in whose figures and times, and what they offer."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from handlers.kit.blocks import clean, cut, fit, shown, tidy, units
from handlers.kit.escapes import escape
from handlers.kit.formats import moment_text, money_text, number, quantity_text, time_left
from handlers.orders.words import deadline_text
from store.domain.money import Money
from store.domain.orders.order import OrderItem, PeriodType
from store.domain.people import Actor, Member, Role

NOW = datetime(2026, 10, 3, 14, 5, tzinfo=UTC)


def _actor(locale: str = "en_GB", time_zone: str = "Europe/Berlin") -> Actor:
    return Actor(Member("T0", "U0", "N", "n", frozenset({Role.SALESPERSON})), time_zone, locale)


@pytest.mark.parametrize(
    ("amount", "currency", "locale", "shown_as"),
    [
        ("12400.00", "USD", "en_US", "USD 12,400.00"),
        ("12400.00", "USD", "de_DE", "USD 12.400,00"),
        ("12400", "JPY", "ja_JP", "JPY 12,400"),
        ("0.001", "KWD", "en_GB", "KWD 0.001"),
        ("9999999999999.99", "EUR", "fr_FR", "EUR 9\u202f999\u202f999\u202f999\u202f999,99"),
        ("1234567.50", "INR", "en_IN", "INR 12,34,567.50"),
    ],
)
def test_money_has_all_its_places_in_the_viewers_signs(amount: str, currency: str, locale: str, shown_as: str) -> None:
    assert money_text(Money(Decimal(amount), currency), _actor(locale)) == shown_as


@pytest.mark.parametrize(
    ("locale", "time_zone", "shown_as"),
    [
        ("en_GB", "Europe/Berlin", "3 Oct 2026, 16:05"),
        ("en_US", "America/Los_Angeles", "Oct 3, 2026, 7:05\u202fAM"),
        ("de_DE", "Europe/Berlin", "03.10.2026, 16:05"),
        ("ja_JP", "Asia/Tokyo", "2026/10/03, 23:05"),
        ("en_GB", "Pacific/Kiritimati", "4 Oct 2026, 04:05"),
    ],
)
def test_a_moment_is_of_the_viewers_zone_and_locale(locale: str, time_zone: str, shown_as: str) -> None:
    assert moment_text(NOW, _actor(locale, time_zone)) == shown_as


@pytest.mark.parametrize(
    ("left", "said"),
    [
        (timedelta(days=2, hours=1), "2 days left"),
        (timedelta(days=53, hours=23), "53 days left"),
        (timedelta(days=1, hours=23, minutes=59), "1 day, 23 hours left"),
        (timedelta(days=1, minutes=59), "1 day left"),
        (timedelta(hours=23, minutes=59), "23 hours left"),
        (timedelta(hours=1, minutes=59), "1 hour, 59 minutes left"),
        (timedelta(seconds=59), "less than a minute left"),
        (timedelta(hours=5), "5 hours left"),
        (timedelta(minutes=1), "1 minute left"),
        (timedelta(0), ""),
        (timedelta(days=-1), ""),
    ],
)
def test_how_long_is_left(left: timedelta, said: str) -> None:
    assert time_left(NOW + left, NOW) == said
    assert deadline_text(NOW + left, NOW, _actor()).endswith(f"({said or 'passed'})")


def test_numbers_are_grouped() -> None:
    assert number(35000, _actor("en_US")) == "35,000"


@pytest.mark.parametrize(
    ("period_type", "period_num", "many", "said"),
    [
        (PeriodType.MONTH, 12, 2, "12 months × 2"),
        (PeriodType.YEAR, 1, 1, "1 year × 1"),
        (PeriodType.ONE_TIME, None, 3, "One-time × 3"),
        (PeriodType.HOUR, None, 1, "Hour × 1"),
    ],
)
def test_a_period_reads_as_people_say_it(period_type: PeriodType, period_num: int | None, many: int, said: str) -> None:
    money = Money(Decimal("1.00"), "USD")
    values: dict[str, Any] = {
        "key": 1,
        "order_line_item_id": "1",
        "service_type_code": "c",
        "service_type_name": "n",
        "product_id": "p",
        "product_spec_desc": "s",
        "period_type": period_type,
        "period_num": period_num,
        "subscription_num": many,
        "effective_time": None,
        "expire_time": None,
        "official_amount": money,
        "amount_after_discount": money,
        "discountable": True,
    }
    assert quantity_text(OrderItem(**values)) == said


def test_text_of_the_data_is_one_line_cut_and_escaped() -> None:
    assert tidy(" a\x00b\r\n\tc\u2028d ") == "a b c d"
    assert tidy("abc\u202edef\u2066") == "abcdef"
    assert clean("acme") == "acme"
    assert clean("שלום") == "\u2068שלום\u2069"
    assert escape("<!channel> & <@U1>") == "&lt;!channel&gt; &amp; &lt;@U1&gt;"
    assert shown("<b>" * 100, 5) == "&lt;b&gt;&lt;…"
    assert cut("👩" * 10, 6) == "👩👩…"
    assert units(cut("👩" * 100, 75)) <= 75
    assert cut("\u2068" + "ש" * 50 + "\u2069", 10).endswith("…\u2069")


@pytest.mark.parametrize("length", range(1, 12))
def test_what_is_escaped_is_never_cut_within_a_sign(length: int) -> None:
    kept = fit("&amp;&lt;x&gt;", length)
    assert units(kept) <= length
    for whole in ("&amp;", "&lt;", "&gt;"):
        kept = kept.replace(whole, "")
    assert "&" not in kept


def test_a_token_of_slacks_is_never_cut_open() -> None:
    assert fit("paid <!date^1^{date}|x> now", 12) == "paid …"
    assert fit("short", 100) == "short"
