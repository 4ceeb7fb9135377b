"""Cells say exactly what they say: amounts to the last digit, times to the microsecond, codes by any of their names."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from pydantic_core import PydanticCustomError

from store.domain.imports import Part
from store.domain.money import InvalidMoney, Money
from store.domain.orders.customers import AssociationType
from store.domain.orders.order import CodedEnum, DiscountType, OrderStatus, OrderType, PeriodType, SourceType
from store.sources.records import SPECS, BadCell
from store.sources.values import amount, coded, end, moment, number, truth, unchanged
from tests.support.bundles import order, small_bundle

PLAIN = re.compile(r"\d+\.?\d*|\.\d+|-(?:0+\.?0*|\.0+)", re.ASCII)
"""Spreadsheets write nothing with a minus, too."""
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
    with pytest.raises(
        PydanticCustomError, match="is not an order status; there are 1 Pending approval, 2 Pending refund"
    ):
        coded(OrderStatus, "an order status")(text)


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


@pytest.mark.parametrize(
    ("text", "inside"),
    [
        ("1990-01-01T00:00:00Z", True),
        ("1990-06-01T00:00:00Z", True),
        ("1989-12-31T23:59:59.999999Z", False),
        ("1990-01-01T00:00:00+01:00", False),
        ("1989-12-31T23:00:00-01:00", True),
        ("2999-12-31T23:59:59.999999Z", True),
        ("2999-12-31T23:59:59-01:00", False),
        ("3000-01-01T00:59:59+01:00", True),
        ("3000-01-01T00:00:00Z", False),
        ("0001-01-01T00:00:00+14:00", False),
        ("9999-12-31T23:59:59Z", False),
        ("9999-12-31T23:59:59-14:00", False),
    ],
)
def test_the_bounds_that_the_words_name_are_those_in_force(text: str, inside: bool) -> None:
    if inside:
        assert moment(text) == end(text)
        return
    with pytest.raises(PydanticCustomError, match="is not a time between the years 1990 and 2999"):
        moment(text)


@pytest.mark.parametrize(
    "text",
    [
        "9999-12-31T23:59:59Z", "9999-12-31T00:00:00+08:00", "9999-12-30T16:00:00Z", "9999-12-31T23:59:59.999999-11:00",
        "9999-12-31", "9999-12-31T23:59:59", "9999-12-31 00:00:00",
    ],
)  # fmt: skip
def test_what_never_ends_has_no_end(text: str) -> None:
    assert end(text) is None


@pytest.mark.parametrize("text", ["9999-01-01T00:00:00Z", "9999-12-30", "9999-12-29T00:00:00Z", "9998-12-31T00:00:00Z"])
def test_another_day_so_far_away_is_a_mistake(text: str) -> None:
    with pytest.raises(PydanticCustomError, match=r"is not a time between|has no time zone"):
        end(text)


@pytest.mark.parametrize("text", ["-0", "-0.00", "-0.0000", "-.0", "-0.", "-0.000000", "-000"])
def test_minus_zero_is_zero(text: str) -> None:
    assert amount(text) == 0


@given(st.decimals("0.0001", 10**11, allow_nan=False, places=4))
def test_less_than_zero_is_negative(value: Decimal) -> None:
    with pytest.raises(PydanticCustomError, match=r"^is negative$"):
        amount(f"-{value:f}")


CHANGED = [
    "1.23457E+17",
    "2.61E+15",
    "1E+05",
    "1,23457E+17",
    "1.2345678901234598e+17",
    "-1.5E+12",
    "1.23456789012346E+017",
]


@pytest.mark.parametrize("text", CHANGED)
def test_an_id_that_a_spreadsheet_has_changed_is_refused(text: str) -> None:
    with pytest.raises(PydanticCustomError, match="is an id that a spreadsheet has changed into a number"):
        unchanged(text)


@pytest.mark.parametrize("text", ["1E5", "E+17", "1.5E+", "A1E+05", "1E+05B", "+49 30 0074321", "1E-05", "٣E+05", ""])
def test_other_ids_are_as_they_stand(text: str) -> None:
    assert unchanged(text) == text


IDS = {
    Part.CUSTOMERS: ("customer_id", "account_name", "account_manager", "reseller_id", "telephone"),
    Part.ORDERS: ("order_id", "customer_id", "service_type_code", "contract_id", "user_name", "parent_order_id"),
    Part.ORDER_ITEMS: ("order_line_item_id", "order_id", "service_type_code", "product_id"),
    Part.ORDER_DISCOUNTS: ("order_id", "order_line_item_id"),
    Part.MEMBERS: ("account_name",),
}


@pytest.mark.parametrize("part", list(Part))
def test_every_column_of_ids_is_looked_at(part: Part) -> None:
    spec = SPECS[part]
    good = small_bundle()[part][0]
    for column in IDS[part]:
        cells = good | {column: "1.23457E+17"}
        with pytest.raises(ValidationError) as refused:
            spec.validate([cells.get(name) or None for name in spec.columns])
        assert spec.columns[int(refused.value.errors()[0]["loc"][0])] == column
        assert "a spreadsheet has changed" in str(refused.value)


def test_numbers_and_truths() -> None:
    assert number("-0") == 0
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


def test_words_of_a_file_are_compared_in_their_common_form() -> None:
    status = coded(OrderStatus, "order status")
    for text in ("Pending\u00a0Payment", "pending–payment", "ＰＥＮＤＩＮＧ payment", "pending\u200b-payment"):
        assert status(text) == OrderStatus.PENDING_PAYMENT
    assert (truth("ＹＥＳ"), truth("no\u200b")) == (1, 0)
