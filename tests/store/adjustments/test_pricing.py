"""The calculator: what adds up, what stays within its limits, and what is refused with which figures."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from store.domain.adjustments.errors import (
    BelowCouponsAndCards,
    NotADiscount,
    NotLargerThanReplaced,
    OverMaximum,
    UnknownItem,
    WrongCurrency,
)
from store.domain.adjustments.policy import Policy
from store.domain.adjustments.pricing import (
    ByAmount,
    ByNewPrice,
    ByPercentage,
    ByResource,
    OrderPicture,
    maxima,
    maximum_discount,
    percentage_of,
    propose,
    split,
)
from store.domain.errors import DomainError
from store.domain.money import Money, total
from store.domain.orders.order import DiscountType
from tests.support.amounts import money, usd
from tests.support.effort import effort
from tests.support.pictures import a_picture, an_item, percents, pictures, policies

THOROUGH = settings(max_examples=effort(2_000, 200_000))
UNCOUNTED = pytest.mark.no_cover
"""Counting lines would double the time of thousands of examples, and the tests below run through all of them."""


TWO = a_picture(an_item("1", usd("9000.00"), less=50_000), an_item("2", usd("4100.00"), less=20_000))


@UNCOUNTED
@given(pictures(), policies(), st.data())
@THOROUGH
def test_the_parts_add_up_and_none_passes_its_limit(picture: OrderPicture, policy: Policy, data: st.DataObject) -> None:
    limits = maxima(picture, policy)
    most = total(limits, picture.currency)
    discount = Money.of_minor(data.draw(st.integers(0, most.minor)), picture.currency)
    assume(discount)
    parts = split(discount, picture.items, limits)
    assert total(parts, picture.currency) == discount
    for item, limit, part in zip(picture.items, limits, parts, strict=True):
        assert Money.zero(picture.currency) <= part <= limit
        assert item.discountable or not part


@UNCOUNTED
@given(pictures(least=1), st.data())
@THOROUGH
def test_proportion_holds_to_one_minor_unit_where_no_limit_cuts(picture: OrderPicture, data: st.DataObject) -> None:
    policy = Policy.of(100)
    limits = maxima(picture, policy)
    most = total(limits, picture.currency).minor
    discount = Money.of_minor(data.draw(st.integers(1, most)), picture.currency)
    parts = split(discount, picture.items, limits)
    remainders = {}
    for item, part in zip(picture.items, parts, strict=True):
        if not item.discountable:
            continue
        exact = Fraction(discount.minor * item.official_amount.minor, most)
        assert abs(part.minor - exact) < 1
        remainders[item.order_line_item_id] = (exact - int(exact), part.minor > int(exact))
    given_more = [rest for rest, more in remainders.values() if more]
    given_none = [rest for rest, more in remainders.values() if not more]
    assert not given_more or not given_none or min(given_more) >= max(given_none)


@UNCOUNTED
@given(pictures(), policies(), st.data())
@THOROUGH
def test_what_a_limit_cuts_off_goes_to_items_that_are_not_full(
    picture: OrderPicture, policy: Policy, data: st.DataObject
) -> None:
    limits = maxima(picture, policy)
    most = total(limits, picture.currency).minor
    assume(most)
    discount = Money.of_minor(data.draw(st.integers(1, most)), picture.currency)
    parts = split(discount, picture.items, limits)
    room = [
        (Fraction(part.minor, item.official_amount.minor), Fraction(1, item.official_amount.minor))
        for item, limit, part in zip(picture.items, limits, parts, strict=True)
        if part < limit
    ]
    for item, part in zip(picture.items, parts, strict=True):
        for rate, unit in room:
            # An item with room left has no smaller rate than one who is full, but for the last minor unit.
            own_unit = Fraction(1, item.official_amount.minor) if item.official_amount else 0
            if part:
                assert rate + unit + own_unit >= Fraction(part.minor, item.official_amount.minor)


@given(pictures(), policies(), percents)
@THOROUGH
def test_a_proposal_adds_up_or_is_refused(picture: OrderPicture, policy: Policy, percent: Decimal) -> None:
    try:
        proposal = propose(picture, ByPercentage(percent), policy)
    except DomainError:
        return
    currency = picture.currency
    assert proposal.discount <= proposal.maximum == maximum_discount(picture, policy)
    assert total([item.discount for item in proposal.items], currency) == proposal.discount
    assert total([item.after for item in proposal.items], currency) == proposal.after
    assert total([item.before for item in proposal.items], currency) == proposal.before
    assert proposal.official_amount - proposal.discount == proposal.after < proposal.before
    assert picture.replaced < proposal.discount
    exact = Fraction(picture.official_amount.minor) * Fraction(percent) / 100
    assert 0 <= exact - proposal.discount.minor < len(picture.items) + 1


@given(pictures(), policies(), st.data())
@settings(max_examples=effort(300, 20_000))
def test_an_amount_and_its_new_price_are_the_same_proposal(
    picture: OrderPicture, policy: Policy, data: st.DataObject
) -> None:
    minor = data.draw(st.integers(1, max(1, picture.official_amount.minor)))
    amount = Money.of_minor(minor, picture.currency)

    def outcome(ask: ByAmount | ByNewPrice) -> object:
        try:
            proposal = propose(picture, ask, policy)
        except DomainError as refusal:
            return repr(refusal)
        return proposal.discount, [item.discount for item in proposal.items], proposal.needed_approvals

    assert outcome(ByAmount(amount)) == outcome(ByNewPrice(picture.official_amount - amount))


def test_the_story_on_the_screen() -> None:
    proposal = propose(TWO, ByPercentage(Decimal("12.5")), Policy())
    assert proposal.before == usd("12400.00")
    assert proposal.discount == usd("1637.50")
    assert proposal.after == usd("11462.50")
    assert proposal.maximum == usd("3930.00")
    assert [item.discount for item in proposal.items] == [usd("1125.00"), usd("512.50")]
    assert [item.after for item in proposal.items] == [usd("7875.00"), usd("3587.50")]
    assert [item.before for item in proposal.items] == [usd("8500.00"), usd("3900.00")]
    assert proposal.replaced == ((DiscountType.PROMOTION, usd("700.00")),)
    assert proposal.needed_approvals == 1
    assert proposal.percentage == Decimal("12.50")


def test_a_percentage_is_rounded_down_to_the_minor_unit() -> None:
    picture = a_picture(an_item("1", usd("4903.50")))
    assert propose(picture, ByPercentage(Decimal("12.5")), Policy()).discount == usd("612.93")


def test_the_whole_percentage_that_policy_allows_is_allowed_although_items_round_down() -> None:
    picture = a_picture(*(an_item(str(at), usd("0.99")) for at in range(5)))
    assert picture.official_amount == usd("4.95")
    proposal = propose(picture, ByPercentage(Decimal(30)), Policy())
    assert proposal.discount == proposal.maximum == usd("1.45")
    with pytest.raises(OverMaximum) as refusal:
        propose(picture, ByPercentage(Decimal("30.1")), Policy())
    assert (refusal.value.discount, refusal.value.maximum) == (usd("1.48"), usd("1.45"))


def test_a_percentage_over_items_that_get_nothing_is_not_cut_to_the_maximum() -> None:
    picture = a_picture(an_item("1", usd("0.99")), an_item("2", usd("0.04"), discountable=False))
    with pytest.raises(OverMaximum):
        propose(picture, ByPercentage(Decimal(30)), Policy())


def test_ties_go_to_the_smaller_item_id_wherever_its_line_stands() -> None:
    items = [an_item(name, usd("10.00")) for name in ("c", "a", "b")]
    parts = split(usd("0.02"), items, [usd("3.00")] * 3)
    assert [part.minor for part in parts] == [0, 1, 1]


def test_maxima_are_by_product_type_rounded_down_and_nothing_where_not_discountable() -> None:
    picture = a_picture(
        an_item("1", usd("10.01"), code="ecs"),
        an_item("2", usd("10.01"), code="evs"),
        an_item("3", usd("10.01"), discountable=False),
        an_item("4", usd("0.00")),
    )
    limits = maxima(picture, Policy.of(30, {"evs": 12.5}))
    assert [limit.minor for limit in limits] == [300, 125, 0, 0]


def test_above_the_maximum_is_refused_with_both_figures() -> None:
    with pytest.raises(OverMaximum) as refusal:
        propose(TWO, ByAmount(usd("3930.01")), Policy())
    error = refusal.value
    assert (error.discount, error.maximum, error.order_line_item_id) == (usd("3930.01"), usd("3930.00"), None)
    assert propose(TWO, ByAmount(usd("3930.00")), Policy()).discount == usd("3930.00")


def test_a_discount_no_larger_than_those_it_replaces_is_refused_with_both_figures() -> None:
    for text in ("700.00", "699.99"):
        with pytest.raises(NotLargerThanReplaced) as refusal:
            propose(TWO, ByAmount(usd(text)), Policy())
        assert (refusal.value.discount, refusal.value.replaced) == (usd(text), usd("700.00"))
    assert propose(TWO, ByAmount(usd("700.01")), Policy()).after == usd("12399.99")


@pytest.mark.parametrize(
    "ask", [ByAmount(usd("0.00")), ByPercentage(Decimal(0)), ByNewPrice(usd("13100.00")), ByResource(())]
)
def test_nothing_off_is_no_discount(ask: ByAmount) -> None:
    with pytest.raises(NotADiscount) as refusal:
        propose(TWO, ask, Policy())
    assert refusal.value.discount == usd("0.00")


def test_a_price_above_list_is_no_discount() -> None:
    with pytest.raises(NotADiscount) as refusal:
        propose(TWO, ByNewPrice(usd("13100.01")), Policy())
    assert refusal.value.discount == usd("-0.01")


def test_an_amount_per_item() -> None:
    proposal = propose(TWO, ByResource((("2", usd("1200.00")),)), Policy())
    assert [item.discount for item in proposal.items] == [usd("0.00"), usd("1200.00")]
    assert proposal.after == usd("11900.00")


def test_amounts_per_item_are_refused_where_they_stand() -> None:
    with pytest.raises(OverMaximum) as over:
        propose(TWO, ByResource((("1", usd("1.00")), ("2", usd("1230.01")))), Policy())
    assert (over.value.order_line_item_id, over.value.maximum) == ("2", usd("1230.00"))
    with pytest.raises(NotADiscount) as negative:
        propose(TWO, ByResource((("1", usd("-1.00")),)), Policy())
    assert negative.value.order_line_item_id == "1"
    for amounts in ((("3", usd("1.00")),), (("1", usd("1.00")), ("1", usd("2.00")))):
        with pytest.raises(UnknownItem):
            propose(TWO, ByResource(amounts), Policy())


@pytest.mark.parametrize("figure", [money("5.000", "KWD"), money("5", "JPY")])
def test_another_currency_is_refused(figure: Money) -> None:
    for ask in (ByAmount(figure), ByNewPrice(figure), ByResource((("1", figure),))):
        with pytest.raises(WrongCurrency) as refusal:
            propose(TWO, ask, Policy())
        assert (refusal.value.given, refusal.value.currency) == (figure.currency, "USD")


def test_what_coupons_and_cards_cover_is_not_discounted_away() -> None:
    picture = a_picture(an_item("1", usd("100.00")), coupons=usd("80.00"))
    assert propose(picture, ByAmount(usd("20.00")), Policy()).after == usd("80.00")
    with pytest.raises(BelowCouponsAndCards) as refusal:
        propose(picture, ByAmount(usd("20.01")), Policy())
    assert (refusal.value.after, refusal.value.coupons_and_cards) == (usd("79.99"), usd("80.00"))


def test_the_share_of_nothing_is_nothing() -> None:
    assert percentage_of(usd("0.00"), usd("0.00")) == 0
