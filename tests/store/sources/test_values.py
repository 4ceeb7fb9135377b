"""Cells say exactly what they say: amounts to the last digit, times to the microsecond, codes by any of their names."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic_core import PydanticCustomError

from store.domain.errors import InvalidMoney
from store.domain.imports import Part
from store.domain.money import Money
from store.domain.orders.customers import AssociationType
from store.domain.orders.order import CodedEnum, DiscountType, OrderStatus, OrderType, PeriodType, SourceType
from store.sources.records import SPECS, BadCell
from store.sources.values import amount, coded, moment, number, truth
from tests.support.bundles import order

PLAIN = re.compile(r"\d+\.?\d*|\.\d+", re.ASCII)
CODED = (OrderStatus, OrderType, SourceType, PeriodType, DiscountType, AssociationType)


@pytest.mark.parametrize("kind", CODED)
def test_a_code_is_known_by_its_number_its_label_and_its_name_in_any_case(
    kind: type[CodedEnum] | type[AssociationType],
) -> None:
    parse = coded(kind, "code")
    for one in kind:
        names = (str(int(one)), one.label, one.label.upper(), one.name, one.name.lower().replace("_", "-"))
        assert {parse(name) for name in names} == {int(one)}


@pytest.mark.parametrize("text", ["7", "06", "6.0", "٦", "pending", "-", "pending payment 6"])
def test_what_is_no_code_names_those_there_are(text: str) -> None:
    with pytest.raises(PydanticCustomError, match="is no order status; there are 1 Pending approval, 2 Pending refund"):
        coded(OrderStatus, "order status")(text)


@given(st.decimals(0, 10**12, allow_nan=False, places=4).filter(lambda value: value < 10**12))
def test_an_amount_is_its_decimal_exactly(value: Decimal) -> None:
    assert Decimal(amount(f"{value:f}")).scaleb(-4) == value


@given(st.text(alphabet="0123456789.-+eE_ ٣,'", max_size=8))
def test_a_text_is_an_amount_where_it_is_money_that_is_not_negative(text: str) -> None:
    try:
        # Of all currencies, the finest.
        expected = Money(Decimal(text), "CLF").amount if PLAIN.fullmatch(text) else None
    except InvalidMoney:
        expected = None
    if expected is None:
        with pytest.raises(PydanticCustomError):
            amount(text)
    else:
        assert Decimal(amount(text)).scaleb(-4) == expected


@given(
    st.datetimes(
        datetime(1992, 1, 1),  # noqa: DTZ001 - hypothesis puts the zones on itself
        datetime(2900, 1, 1),  # noqa: DTZ001
        timezones=st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes))),
    )
)
def test_a_moment_is_the_same_however_its_zone_is_written(value: datetime) -> None:
    since = moment(value.isoformat())
    assert datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=since) == value
    assert moment(value.astimezone(UTC).isoformat().replace("+00:00", "Z")) == since


def test_numbers_and_truths() -> None:
    assert [number(text) for text in ("0", "007", "2147483647")] == [0, 7, 2147483647]
    assert [truth(text) for text in ("true", "FALSE", "Yes", "no", "1", "0")] == [1, 0, 1, 0, 1, 0]
    for text in ("-1", "1.5", "2147483648", "9" * 5000, "²"):
        with pytest.raises(PydanticCustomError):
            number(text)
    with pytest.raises(PydanticCustomError):
        truth("maybe")


@pytest.mark.parametrize(
    ("currency", "text", "fits"),
    [("JPY", "1", True), ("JPY", "1.0", True), ("JPY", "1.5", False), ("USD", "1.23", True), ("USD", "1.234", False),
     ("KWD", "1.234", True), ("KWD", "1.2345", False), ("usd", "1.2300", True)],
)  # fmt: skip
def test_an_amount_fits_its_orders_currency_or_is_refused(currency: str, text: str, fits: bool) -> None:
    spec = SPECS[Part.ORDERS]
    cells = order("1", "A", text, text, currency=currency)
    values = spec.validate([cells[name] or None for name in spec.columns])
    if fits:
        assert spec.finish(values)
    else:
        with pytest.raises(BadCell):
            spec.finish(values)
