"""The money must add up: an order whose figures do is taken, and one that is changed anywhere is refused."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from store.domain.money import Money, total
from store.domain.orders.amounts import (
    ItemAmounts,
    OrderAmounts,
    PaymentBreakdown,
    cash_paid,
    check_amounts,
    discounts_by_type,
    payment_breakdown,
)
from store.domain.orders.customers import AssociationType, Customer
from store.domain.orders.errors import AmountsDoNotAddUp, NoPaymentDetails
from store.domain.orders.order import Discount, DiscountType, Order, OrderStatus, OrderType, ProductType, SourceType
from tests.support.amounts import usd

KINDS = (DiscountType.PROMOTION, DiscountType.COMMERCIAL, DiscountType.PARTNER_GRANTED)
PAID_AT = datetime(2026, 3, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Figures:
    """An order's figures, with those of its items and its discounts."""

    order: OrderAmounts
    items: tuple[ItemAmounts, ...]
    discounts: tuple[Discount, ...]

    def check(self) -> None:
        check_amounts(self.order, self.items, self.discounts)


@st.composite
def figures(draw: st.DrawFn) -> Figures:
    """Figures that add up: discounts of the items, of the order, of both, or none."""
    currency = draw(st.sampled_from(("JPY", "USD", "KWD", "IQD", "RSD", "CLF")))

    def money(minor: int) -> Money:
        return Money.of_minor(minor, currency)

    unsubscription = draw(st.booleans()) and draw(st.booleans())
    given_by = draw(st.sampled_from(("items", "order", "both"))) if not unsubscription else "none"
    items, of_items = [], []
    for place in range(draw(st.integers(1, 5))):
        listed = draw(st.integers(0, 10**9))
        less = 0
        for kind in draw(st.lists(st.sampled_from(KINDS), max_size=3)) if given_by in ("items", "both") else ():
            amount = draw(st.integers(0, listed - less))
            less += amount
            of_items.append(Discount(kind, money(amount), f"I{place}"))
        items.append(ItemAmounts(f"I{place}", money(listed), money(listed - less)))
    discounts = of_items
    if given_by == "both":
        discounts = [*of_items, *(Discount(kind, sums) for kind, sums in discounts_by_type(of_items, currency))]
    official = total([item.official_amount for item in items], currency)
    after = total([item.amount_after_discount for item in items], currency)
    if given_by == "order":
        # Without discounts of its own, an item is at its list price; the order's discounts then come to nothing.
        discounts = [Discount(kind, money(0)) for kind in draw(st.lists(st.sampled_from(KINDS), max_size=2))]
    coupons = []
    left = after.minor
    for _ in range(3):
        coupons.append(money(draw(st.integers(0, left))))
        left -= coupons[-1].minor
    order_type = (
        OrderType.UNSUBSCRIPTION if unsubscription else draw(st.sampled_from((OrderType.PURCHASE, OrderType.CHANGE)))
    )
    return Figures(OrderAmounts("O1", order_type, official, after, *coupons), tuple(items), tuple(discounts))


@settings(max_examples=2_000)
@given(adding_up=figures())
def test_figures_that_add_up_are_taken(adding_up: Figures) -> None:
    adding_up.check()
    order, currency = adding_up.order, adding_up.order.currency
    by_type = discounts_by_type(adding_up.discounts, currency)
    assert order.official_amount - total([amount for _, amount in by_type], currency) == order.amount_after_discount
    assert [kind for kind, _ in by_type] == sorted({discount.discount_type for discount in adding_up.discounts})
    paid = cash_paid(order)
    assert paid >= Money.zero(currency)
    coupons = order.coupon_amount + order.flexipurchase_coupon_amount + order.stored_card_amount
    assert paid + coupons == order.amount_after_discount


@settings(max_examples=2_000)
@given(adding_up=figures(), data=st.data())
def test_a_figure_that_is_changed_anywhere_is_found(adding_up: Figures, data: st.DataObject) -> None:
    order, items, discounts = adding_up.order, adding_up.items, adding_up.discounts
    step = Money.of_minor(data.draw(st.integers(1, 10**6)), order.currency)
    places = ["official", "after", "item official", "item after", "coupon", "no items"]
    place = data.draw(st.sampled_from([*places, "discount"] if discounts else places))
    item = data.draw(st.integers(0, len(items) - 1))
    match place:
        case "official":
            order = replace(order, official_amount=order.official_amount + step)
        case "after":
            order = replace(order, amount_after_discount=order.amount_after_discount + step)
        case "item official":
            changed = replace(items[item], official_amount=items[item].official_amount + step)
            items = (*items[:item], changed, *items[item + 1 :])
        case "item after":
            changed = replace(items[item], amount_after_discount=items[item].amount_after_discount + step)
            items = (*items[:item], changed, *items[item + 1 :])
        case "coupon":
            order = replace(order, coupon_amount=order.coupon_amount + cash_paid(order) + step)
        case "discount":
            one = data.draw(st.integers(0, len(discounts) - 1))
            dearer = replace(discounts[one], discount_amount=discounts[one].discount_amount + step)
            discounts = (*discounts[:one], dearer, *discounts[one + 1 :])
        case "no items":
            items = (*items, ItemAmounts("more", step, step))
    with pytest.raises(AmountsDoNotAddUp) as refused:
        check_amounts(order, items, discounts)
    assert refused.value.order_id == "O1"
    assert refused.value.what


def test_the_identity_that_fails_is_named_with_both_sides() -> None:
    nothing = usd("0")
    order = OrderAmounts("O1", OrderType.PURCHASE, usd("100"), usd("80"), nothing, nothing, nothing)
    item = ItemAmounts("I1", usd("100"), usd("80"))
    twenty = Discount(DiscountType.PROMOTION, usd("20"), "I1")
    check_amounts(order, [item], [twenty])

    def refusal(order: OrderAmounts, items: list[ItemAmounts], discounts: list[Discount]) -> tuple[str | None, str]:
        with pytest.raises(AmountsDoNotAddUp) as refused:
            check_amounts(order, items, discounts)
        return refused.value.order_line_item_id, refused.value.what

    assert refusal(order, [item], []) == (None, "list price less discounts: USD 100.00 is not USD 80.00")
    other = replace(twenty, order_line_item_id="I2")
    assert refusal(order, [item], [other]) == ("I1", "list price less discounts: USD 100.00 is not USD 80.00")
    of_order = Discount(DiscountType.COMMERCIAL, usd("20"))
    assert refusal(order, [item], [twenty, of_order]) == (
        None,
        "the order's discounts are not those of its items, by type",
    )
    gone = replace(order, order_type=OrderType.UNSUBSCRIPTION)
    assert refusal(gone, [item], [twenty])[1].startswith("of an unsubscription, both amounts are the same")
    assert refusal(order, [], [twenty]) == (None, "list prices of the items: USD 0.00 is not USD 100.00")
    short = [item, ItemAmounts("I2", usd("0"), usd("0"))]
    check_amounts(order, short, [twenty])
    dear = replace(order, stored_card_amount=usd("80.01"))
    assert refusal(dear, [item], [twenty]) == (None, "coupons and cards are more than the amount after discount")
    check_amounts(replace(order, stored_card_amount=usd("80")), [item], [twenty])


def an_order(status: OrderStatus, order_type: OrderType = OrderType.PURCHASE) -> Order:
    return Order(
        key=1,
        order_id="O1",
        customer=Customer(1, "C1", "Acme", "acme", AssociationType.REFERRAL, "nancy"),
        product_type=ProductType(1, "svc", "Service"),
        source_type=SourceType.CUSTOMER,
        status=status,
        order_type=order_type,
        official_amount=usd("100"),
        amount_after_discount=usd("80"),
        create_time=PAID_AT,
        payment_time=PAID_AT,
        pending_payment_end_time=None,
        contract_id=None,
        user_name=None,
        coupon_amount=usd("10"),
        flexipurchase_coupon_amount=usd("5"),
        stored_card_amount=usd("1"),
        commission_amount=None,
        consumed_amount=None,
        parent_order_id=None,
    )


def test_the_breakdown_goes_from_list_price_to_cash() -> None:
    discounts = ((DiscountType.PROMOTION, usd("15")), (DiscountType.COMMERCIAL, usd("5")))
    assert payment_breakdown(an_order(OrderStatus.COMPLETED), discounts) == PaymentBreakdown(
        official_amount=usd("100"),
        discounts=discounts,
        amount_after_discount=usd("80"),
        coupon_amount=usd("10"),
        flexipurchase_coupon_amount=usd("5"),
        stored_card_amount=usd("1"),
        cash=usd("64"),
        payment_time=PAID_AT,
    )


@pytest.mark.parametrize("status", OrderStatus)
@pytest.mark.parametrize("order_type", OrderType)
def test_only_completed_orders_that_are_no_unsubscription_have_payment_details(
    status: OrderStatus, order_type: OrderType
) -> None:
    order, discounts = an_order(status, order_type), ((DiscountType.PROMOTION, usd("20")),)
    if status is OrderStatus.COMPLETED and order_type is not OrderType.UNSUBSCRIPTION:
        assert payment_breakdown(order, discounts).cash == usd("64")
        return
    with pytest.raises(NoPaymentDetails) as refused:
        payment_breakdown(order, discounts)
    assert refused.value.status is status
    assert refused.value.unsubscription == (order_type is OrderType.UNSUBSCRIPTION)


def test_a_breakdown_that_does_not_add_up_is_never_shown() -> None:
    with pytest.raises(AmountsDoNotAddUp, match=r"USD 81\.00 is not USD 80\.00"):
        payment_breakdown(an_order(OrderStatus.COMPLETED), ((DiscountType.PROMOTION, usd("19")),))
