"""The money must add up: the identities of an order's figures, and the breakdown of what was paid."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from store.domain.money import Money, total
from store.domain.orders.errors import AmountsDoNotAddUp, NoPaymentDetails
from store.domain.orders.order import Discount, DiscountType, Order, OrderStatus, OrderType


@dataclass(frozen=True, slots=True)
class ItemAmounts:
    """The figures of one item that the identities need."""

    order_line_item_id: str
    official_amount: Money
    amount_after_discount: Money


@dataclass(frozen=True, slots=True)
class OrderAmounts:
    """The figures of one order that the identities need."""

    order_id: str
    order_type: OrderType
    official_amount: Money
    amount_after_discount: Money
    coupon_amount: Money
    flexipurchase_coupon_amount: Money
    stored_card_amount: Money

    @property
    def currency(self) -> str:
        """ISO 4217 code of all figures."""
        return self.official_amount.currency


@dataclass(frozen=True, slots=True)
class PaymentBreakdown:
    """From list price through each discount, coupon and card to cash."""

    official_amount: Money
    discounts: tuple[tuple[DiscountType, Money], ...]
    amount_after_discount: Money
    coupon_amount: Money
    flexipurchase_coupon_amount: Money
    stored_card_amount: Money
    cash: Money
    payment_time: datetime | None


def discounts_by_type(discounts: Iterable[Discount], currency: str) -> tuple[tuple[DiscountType, Money], ...]:
    """The order's discounts summed by type, in the order of the vendor's codes.

    The vendor records discounts of the order, of its items, or both; if both, they say the same twice (`check_amounts`
    holds them equal). So this uses those of the order if there are any, otherwise those of the items.
    """
    rows = list(discounts)
    of_order = [row for row in rows if row.order_line_item_id is None]
    sums: defaultdict[DiscountType, Money] = defaultdict(lambda: Money.zero(currency))
    for row in of_order or rows:
        sums[row.discount_type] = sums[row.discount_type] + row.discount_amount
    return tuple(sorted(sums.items()))


def cash_paid(amounts: OrderAmounts | Order) -> Money:
    """The cash part of the price: after discounts, less coupons and stored-value card."""
    return (
        amounts.amount_after_discount
        - amounts.coupon_amount
        - amounts.flexipurchase_coupon_amount
        - amounts.stored_card_amount
    )


def check_amounts(order: OrderAmounts, items: Sequence[ItemAmounts], discounts: Sequence[Discount]) -> None:
    """Raises AmountsDoNotAddUp with the first identity that fails, and both sides."""
    currency = order.currency

    def hold(left: Money, right: Money, what: str, item: str | None = None) -> None:
        if left != right:
            raise AmountsDoNotAddUp(order.order_id, item, f"{what}: {left} is not {right}")

    if order.order_type is OrderType.UNSUBSCRIPTION:
        hold(
            order.official_amount,
            order.amount_after_discount,
            "of an unsubscription, both amounts are the same",
        )
    _check_discounts_agree(order, discounts)
    given = total([amount for _, amount in discounts_by_type(discounts, currency)], currency)
    hold(
        order.official_amount - given,
        order.amount_after_discount,
        "list price less discounts",
    )
    of_items: defaultdict[str, list[Money]] = defaultdict(list)
    for row in discounts:
        if row.order_line_item_id is not None:
            of_items[row.order_line_item_id].append(row.discount_amount)
    for item in items:
        less = item.official_amount - total(of_items[item.order_line_item_id], currency)
        hold(
            less,
            item.amount_after_discount,
            "list price less discounts",
            item.order_line_item_id,
        )
    hold(
        total([item.official_amount for item in items], currency),
        order.official_amount,
        "list prices of the items",
    )
    after = total([item.amount_after_discount for item in items], currency)
    hold(after, order.amount_after_discount, "amounts after discount of the items")
    if cash_paid(order) < Money.zero(currency):
        raise AmountsDoNotAddUp(
            order.order_id,
            None,
            "coupons and cards are more than the amount after discount",
        )


def _check_discounts_agree(order: OrderAmounts, discounts: Sequence[Discount]) -> None:
    of_items = [row for row in discounts if row.order_line_item_id is not None]
    of_order = [row for row in discounts if row.order_line_item_id is None]
    if of_items and of_order:
        by_items = discounts_by_type(of_items, order.currency)
        by_order = discounts_by_type(of_order, order.currency)
        if by_items != by_order:
            raise AmountsDoNotAddUp(
                order.order_id,
                None,
                "the order's discounts are not those of its items, by type",
            )


def payment_breakdown(order: Order, discounts: tuple[tuple[DiscountType, Money], ...]) -> PaymentBreakdown:
    """What was paid for a completed order that is not an unsubscription.

    `discounts` are the order's, by type. Raises NoPaymentDetails for every other order, and AmountsDoNotAddUp if the
    stored figures contradict each other: a breakdown that does not add up is never shown.
    """
    unsubscription = order.order_type is OrderType.UNSUBSCRIPTION
    if order.status is not OrderStatus.COMPLETED or unsubscription:
        raise NoPaymentDetails(order.status, unsubscription)
    less = order.official_amount - total([amount for _, amount in discounts], order.currency)
    if less != order.amount_after_discount:
        what = f"list price less discounts: {less} is not {order.amount_after_discount}"
        raise AmountsDoNotAddUp(order.order_id, None, what)
    return PaymentBreakdown(
        official_amount=order.official_amount,
        discounts=discounts,
        amount_after_discount=order.amount_after_discount,
        coupon_amount=order.coupon_amount,
        flexipurchase_coupon_amount=order.flexipurchase_coupon_amount,
        stored_card_amount=order.stored_card_amount,
        cash=cash_paid(order),
        payment_time=order.payment_time,
    )
