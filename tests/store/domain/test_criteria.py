"""Criteria: what cannot be meant is refused by its field, and days are those of the viewer."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from store.domain.orders.criteria import MOST_DAYS_AHEAD, OrderCriteria
from store.domain.orders.criterion import FIRST_YEAR, LAST_KEY, LAST_YEAR, MAX_TEXT, can_be_kept, is_key
from store.domain.orders.errors import InvalidCriteria

ZONES = sorted(available_timezones() - {"localtime", "Factory"})


def test_texts_are_taken_without_the_space_around_them() -> None:
    criteria = OrderCriteria(customer="  Acme  Ltd ", order_no="\tCS1\n")
    assert (criteria.customer, criteria.order_no) == ("Acme  Ltd", "CS1")
    assert OrderCriteria(customer=" " + "x" * MAX_TEXT + " ").customer == "x" * MAX_TEXT


@pytest.mark.parametrize(
    ("values", "field", "reason"),
    [
        ({"customer": "x" * (MAX_TEXT + 1)}, "customer", "at most 200 characters"),
        ({"order_no": "x" * (MAX_TEXT + 1)}, "order_no", "at most 200 characters"),
        ({"customer": "a\x00b"}, "customer", "a character that no name has"),
        ({"order_no": "\ud800"}, "order_no", "a character that no name has"),
        ({"contract_id": "x" * (MAX_TEXT + 1)}, "contract_id", "at most 200 characters"),
        ({"expiring": 0}, "expiring", "a number of days from 1 to 3,650"),
        ({"expiring": MOST_DAYS_AHEAD + 1}, "expiring", "a number of days from 1 to 3,650"),
        ({"customer_key": 0}, "customer_key", "no such customer"),
        ({"customer_key": LAST_KEY}, "customer_key", "no such customer"),
        ({"product_types": frozenset({1, -1})}, "product_types", "no such product type"),
        ({"ordered_from": date(FIRST_YEAR - 1, 12, 31)}, "ordered_from", "a day between 1990 and 2999"),
        ({"ordered_to": date(LAST_YEAR + 1, 1, 1)}, "ordered_to", "a day between 1990 and 2999"),
        (
            {"ordered_from": date(2026, 2, 2), "ordered_to": date(2026, 2, 1)},
            "ordered_to",
            "the last day is before the first",
        ),
    ],
)
def test_what_cannot_be_meant_is_refused_by_its_field(values: dict[str, object], field: str, reason: str) -> None:
    with pytest.raises(InvalidCriteria) as refused:
        OrderCriteria(**values)  # type: ignore[arg-type]
    assert (refused.value.field, refused.value.reason) == (field, reason)


def test_bounds_are_taken() -> None:
    first, last = date(FIRST_YEAR, 1, 1), date(LAST_YEAR, 12, 31)
    criteria = OrderCriteria(
        customer_key=LAST_KEY - 1, product_types=frozenset({1}), ordered_from=first, ordered_to=last
    )
    for zone in ("Pacific/Kiritimati", "Etc/GMT+12"):
        begin, end = criteria.span(zone)
        assert begin is not None
        assert end is not None
        assert begin < end


def test_open_days_have_no_moment() -> None:
    assert OrderCriteria().span("UTC") == (None, None)


@settings(max_examples=2_000)
@given(
    zone=st.sampled_from(ZONES),
    day=st.dates(date(1995, 1, 1), date(2037, 12, 30)),
    days=st.integers(0, 40),
    minutes=st.integers(-3 * 24 * 60, 45 * 24 * 60),
)
def test_a_moment_is_within_the_days_where_the_viewers_clock_says_so(
    zone: str, day: date, days: int, minutes: int
) -> None:
    last = day + timedelta(days=days)
    begin, end = OrderCriteria(ordered_from=day, ordered_to=last).span(zone)
    assert begin is not None
    assert end is not None
    moment = datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(minutes=minutes)
    assert (begin <= moment < end) == (day <= moment.astimezone(ZoneInfo(zone)).date() <= last)
    assert begin.utcoffset() == end.utcoffset() == timedelta(0)


def test_the_day_of_a_change_of_the_clocks_is_as_long_as_it_is() -> None:
    for day, hours in ((date(2026, 3, 8), 23), (date(2026, 11, 1), 25), (date(2026, 7, 1), 24)):
        begin, end = OrderCriteria(ordered_from=day, ordered_to=day).span("America/New_York")
        assert begin is not None
        assert end is not None
        assert end - begin == timedelta(hours=hours)


@pytest.mark.parametrize(
    ("number", "expected"), [(1, True), (0, False), (-1, False), (LAST_KEY - 1, True), (LAST_KEY, False)]
)
def test_keys_are_small_and_positive(number: int, expected: bool) -> None:
    assert is_key(number) is expected


@pytest.mark.parametrize(("text", "expected"), [("", True), ("日本 😀", True), ("\x00", False), ("a\udfff", False)])
def test_what_databases_can_keep(text: str, expected: bool) -> None:
    assert can_be_kept(text) is expected
