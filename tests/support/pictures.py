"""Amounts of orders for tests of the calculator: made by hand, or drawn by hypothesis."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import strategies as st

from store.domain.adjustments.policy import Policy
from store.domain.adjustments.pricing import OrderPicture, PricedItem
from store.domain.money import Money
from store.domain.orders.order import DiscountType, OrderStatus, PeriodType

CURRENCIES = ("JPY", "USD", "KWD")
"""Minor units of 0, 2 and 3 digits."""


def an_item(
    item_id: str, official: Money, *, discountable: bool = True, code: str = "ecs", less: int = 0
) -> PricedItem:
    """An item at that list price; `less` minor units are already taken off."""
    return PricedItem(
        order_line_item_id=item_id,
        service_type_code=code,
        product_spec_desc=f"Product {item_id}",
        period_type=PeriodType.MONTH,
        period_num=12,
        subscription_num=1,
        official_amount=official,
        amount_after_discount=official - Money.of_minor(less, official.currency),
        discountable=discountable,
    )


def a_picture(*items: PricedItem, coupons: Money | None = None) -> OrderPicture:
    """A pending order of those items; what they have taken off is a promotion."""
    currency = items[0].official_amount.currency
    official = sum(item.official_amount.minor for item in items)
    after = sum(item.amount_after_discount.minor for item in items)
    promotion = ((DiscountType.PROMOTION, Money.of_minor(official - after, currency)),)
    return OrderPicture(
        order_id="CS26",
        status=OrderStatus.PENDING_PAYMENT,
        official_amount=Money.of_minor(official, currency),
        amount_after_discount=Money.of_minor(after, currency),
        coupons_and_cards=coupons or Money.zero(currency),
        discounts=promotion if official != after else (),
        items=items,
    )


@st.composite
def pictures(draw: st.DrawFn, *, least: int = 0, discounts: bool = True) -> OrderPicture:
    """Orders of one to eight items in a currency of 0, 2 or 3 digits; list prices are at least `least` minor units."""
    currency = draw(st.sampled_from(CURRENCIES))
    count = draw(st.integers(1, 8))
    items = []
    for at in range(count):
        official = draw(st.integers(least, 500) | st.integers(least, 10**9))
        less = draw(st.integers(0, official // 20)) if discounts else 0
        items.append(
            an_item(
                # Not in the order of the lines, so that ties show which order decides.
                f"{(at * 7) % count}-{at}",
                Money.of_minor(official, currency),
                discountable=draw(st.booleans()) or at == 0,
                code=draw(st.sampled_from(["ecs", "evs", "rds"])),
                less=less,
            )
        )
    return a_picture(*items)


percents = st.integers(0, 10_000).map(lambda hundredths: Decimal(hundredths) / 100)
"""0 to 100 in hundredths."""


@st.composite
def policies(draw: st.DrawFn) -> Policy:
    """Policies with limits by product and one to three tiers."""
    bounds = sorted({*draw(st.lists(percents, max_size=2)), Decimal(100)})
    return Policy(
        draw(percents),
        tuple(draw(st.dictionaries(st.sampled_from(["evs", "rds"]), percents)).items()),
        tuple((bound, draw(st.integers(0, 2))) for bound in bounds),
    )
