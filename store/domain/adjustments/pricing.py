"""The calculator of price adjustments: one for preview, submission, decision and application.

Works on a picture of an order's money. Exact: whole minor units and fractions, never a float. Knows neither who asks
nor whether the order may be adjusted at all; those are rules of `store.domain.adjustments.adjustment`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction

from store.domain.adjustments.errors import (
    BelowCouponsAndCards,
    NotADiscount,
    NotLargerThanReplaced,
    OverMaximum,
    UnknownItem,
    WrongCurrency,
)
from store.domain.adjustments.policy import Policy
from store.domain.money import Money, total
from store.domain.orders.order import DiscountType, OrderStatus, PeriodType


@dataclass(frozen=True, slots=True)
class PricedItem:
    """A line of an order, as far as an adjustment is judged on it."""

    order_line_item_id: str
    service_type_code: str
    product_spec_desc: str
    period_type: PeriodType
    period_num: int | None
    subscription_num: int
    official_amount: Money
    amount_after_discount: Money
    discountable: bool


@dataclass(frozen=True, slots=True)
class OrderPicture:
    """What an adjustment is judged on. Two pictures are equal where nothing that matters has changed."""

    order_id: str
    status: OrderStatus
    official_amount: Money
    amount_after_discount: Money
    coupons_and_cards: Money
    """What coupons, flexi coupons and stored-value cards already cover."""
    discounts: tuple[tuple[DiscountType, Money], ...]
    """The order's, by type, in the order of the vendor's codes: what an adjustment would replace."""
    items: tuple[PricedItem, ...]

    @property
    def currency(self) -> str:
        """ISO 4217 code of all figures."""
        return self.official_amount.currency

    @property
    def replaced(self) -> Money:
        """The sum of the discounts that an adjustment would replace."""
        return total([amount for _, amount in self.discounts], self.currency)


@dataclass(frozen=True, slots=True)
class ByAmount:
    """*Adjust Order Price*: this much off the list price."""

    discount: Money


@dataclass(frozen=True, slots=True)
class ByPercentage:
    """*Adjust Order Price*: this percentage of the list price off, rounded down to the minor unit."""

    percentage: Decimal


@dataclass(frozen=True, slots=True)
class ByNewPrice:
    """*Adjust Order Price*: this is to be the price after discount."""

    price: Money


@dataclass(frozen=True, slots=True)
class ByResource:
    """*Adjust Resource Price*: an amount off per item, by order_line_item_id; items not named get none."""

    amounts: tuple[tuple[str, Money], ...]


Ask = ByAmount | ByPercentage | ByNewPrice | ByResource


@dataclass(frozen=True, slots=True)
class ProposedItem:
    """An item with what it may get and what it is to get."""

    item: PricedItem
    maximum: Money
    discount: Money

    @property
    def before(self) -> Money:
        """The price after the discounts that there are now."""
        return self.item.amount_after_discount

    @property
    def after(self) -> Money:
        """The price after the adjustment."""
        return self.item.official_amount - self.discount


@dataclass(frozen=True, slots=True)
class Proposal:
    """What an adjustment would do: before and after, item by item. The items' discounts are the order's exactly."""

    picture: OrderPicture
    ask: Ask
    policy: Policy
    items: tuple[ProposedItem, ...]
    discount: Money
    maximum: Money
    needed_approvals: int
    """How many different managers must approve it; 0: it is applied at once."""

    @property
    def official_amount(self) -> Money:
        """The list price, from which the discount is counted."""
        return self.picture.official_amount

    @property
    def before(self) -> Money:
        """The order's price after the discounts that there are now."""
        return self.picture.amount_after_discount

    @property
    def after(self) -> Money:
        """The order's price after the adjustment."""
        return self.picture.official_amount - self.discount

    @property
    def replaced(self) -> tuple[tuple[DiscountType, Money], ...]:
        """The discounts that no longer apply, by type."""
        return self.picture.discounts

    @property
    def percentage(self) -> Decimal:
        """The discount in percent of list price, to two decimal places: to be shown, never to be judged by."""
        return percentage_of(self.discount, self.picture.official_amount)


def percentage_of(discount: Money, official_amount: Money) -> Decimal:
    """That share of the list price in percent, to two decimal places; 0 of nothing."""
    if not official_amount:
        return Decimal(0)
    exact = Decimal(discount.minor * 100) / Decimal(official_amount.minor)
    return exact.quantize(Decimal("0.01"), ROUND_HALF_EVEN)


def maxima(picture: OrderPicture, policy: Policy) -> tuple[Money, ...]:
    """What each item may get at most, in the items' order: its percentage of list price, rounded down; else 0."""
    return tuple(
        Money.of_minor(_percent_of(item.official_amount, policy.percent_for(item.service_type_code)), picture.currency)
        if item.discountable and item.official_amount.minor > 0
        else Money.zero(picture.currency)
        for item in picture.items
    )


def maximum_discount(picture: OrderPicture, policy: Policy) -> Money:
    """Maximum Discount of the order: the sum of its items'."""
    return total(maxima(picture, policy), picture.currency)


def propose(picture: OrderPicture, ask: Ask, policy: Policy) -> Proposal:
    """What was asked, worked out to the minor unit.

    Raises WrongCurrency, UnknownItem, NotADiscount, OverMaximum, NotLargerThanReplaced, BelowCouponsAndCards; each
    with its figures.
    """
    limits = maxima(picture, policy)
    maximum = total(limits, picture.currency)
    if isinstance(ask, ByResource):
        shares = _shares_by_resource(picture, ask, limits)
        discount = total(shares, picture.currency)
        _check_discount(picture, discount, maximum)
    else:
        discount = _discount_of_order(picture, ask, policy, maximum)
        _check_discount(picture, discount, maximum)
        shares = split(discount, picture.items, limits)
    return Proposal(
        picture=picture,
        ask=ask,
        policy=policy,
        items=tuple(
            ProposedItem(item, limit, share) for item, limit, share in zip(picture.items, limits, shares, strict=True)
        ),
        discount=discount,
        maximum=maximum,
        needed_approvals=policy.approvals_for(discount, picture.official_amount),
    )


def split(discount: Money, items: Sequence[PricedItem], limits: Sequence[Money]) -> tuple[Money, ...]:
    """The discount over the items, in proportion to their list prices, none above its limit; the parts add up exactly.

    What a limit cuts off goes to the other items, again in proportion. Minor units that proportion cannot place go to
    the largest remainders; ties to the smaller order_line_item_id. `discount` is at most the sum of the limits.
    """
    parts = [0] * len(items)
    rest = discount.minor
    open_items = [at for at, limit in enumerate(limits) if limit.minor > 0]
    while True:
        weight = sum(items[at].official_amount.minor for at in open_items)
        shares = {at: Fraction(rest * items[at].official_amount.minor, weight) for at in open_items}
        full = [at for at in open_items if shares[at] > limits[at].minor]
        if not full:
            break
        for at in full:
            parts[at] = limits[at].minor
            rest -= parts[at]
        open_items = [at for at in open_items if at not in full]
    for at, share in shares.items():
        parts[at] = int(share)
    left = rest - sum(int(share) for share in shares.values())
    # Only shares with a remainder get a unit more, and those lie below their limits: no part can pass its own.
    by_remainder = sorted(open_items, key=lambda at: (-(shares[at] - int(shares[at])), items[at].order_line_item_id))
    for at in by_remainder[:left]:
        parts[at] += 1
    return tuple(Money.of_minor(part, discount.currency) for part in parts)


def _percent_of(amount: Money, percent: Decimal) -> int:
    return int(amount.minor * Fraction(percent) / 100 // 1)


def _discount_of_order(
    picture: OrderPicture, ask: ByAmount | ByPercentage | ByNewPrice, policy: Policy, maximum: Money
) -> Money:
    if isinstance(ask, ByAmount):
        _check_currency(ask.discount, picture)
        return ask.discount
    if isinstance(ask, ByNewPrice):
        _check_currency(ask.price, picture)
        return picture.official_amount - ask.price
    discount = Money.of_minor(_percent_of(picture.official_amount, ask.percentage), picture.currency)
    allowed = all(
        item.discountable and ask.percentage <= policy.percent_for(item.service_type_code)
        for item in picture.items
        if item.official_amount
    )
    # A percentage that every item may have is within policy: only the items' own rounding makes it pass the maximum.
    return min(discount, maximum) if allowed else discount


def _shares_by_resource(picture: OrderPicture, ask: ByResource, limits: Sequence[Money]) -> tuple[Money, ...]:
    given: dict[str, Money] = {}
    known = {item.order_line_item_id for item in picture.items}
    for item_id, amount in ask.amounts:
        if item_id not in known or item_id in given:
            raise UnknownItem(item_id)
        _check_currency(amount, picture)
        if amount < Money.zero(picture.currency):
            raise NotADiscount(amount, item_id)
        given[item_id] = amount
    nothing = Money.zero(picture.currency)
    shares = tuple(given.get(item.order_line_item_id, nothing) for item in picture.items)
    for item, share, limit in zip(picture.items, shares, limits, strict=True):
        if limit < share:
            raise OverMaximum(share, limit, item.order_line_item_id)
    return shares


def _check_currency(amount: Money, picture: OrderPicture) -> None:
    if amount.currency != picture.currency:
        raise WrongCurrency(amount.currency, picture.currency)


def _check_discount(picture: OrderPicture, discount: Money, maximum: Money) -> None:
    if discount <= Money.zero(picture.currency):
        raise NotADiscount(discount)
    if maximum < discount:
        raise OverMaximum(discount, maximum)
    if discount <= picture.replaced:
        raise NotLargerThanReplaced(discount, picture.replaced)
    after = picture.official_amount - discount
    if after < picture.coupons_and_cards:
        raise BelowCouponsAndCards(after, picture.coupons_and_cards)
