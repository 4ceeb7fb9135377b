"""What adjustments keep as JSON: the figure as it was given, the policy, and an order as it was found.

Amounts are whole minor units; percentages are texts, since JSON's numbers are floats to many readers.
"""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

from store.domain.adjustments.policy import Policy
from store.domain.adjustments.pricing import (
    Ask,
    ByAmount,
    ByNewPrice,
    ByPercentage,
    ByResource,
    OrderPicture,
    PricedItem,
)
from store.domain.money import Money
from store.domain.orders.order import DiscountType, OrderStatus, PeriodType

Discounts = tuple[tuple[DiscountType, Money], ...]


def ask_text(ask: Ask) -> str:
    """The figure as it was given."""
    if isinstance(ask, ByAmount):
        return _text({"amount": ask.discount.minor})
    if isinstance(ask, ByPercentage):
        return _text({"percentage": str(ask.percentage)})
    if isinstance(ask, ByNewPrice):
        return _text({"new_price": ask.price.minor})
    return _text({"resources": [[item_id, amount.minor] for item_id, amount in ask.amounts]})


def ask_of(text: str, currency: str) -> Ask:
    """The figure that ask_text wrote."""
    kept = json.loads(text)
    if "amount" in kept:
        return ByAmount(Money.of_minor(kept["amount"], currency))
    if "percentage" in kept:
        return ByPercentage(Decimal(kept["percentage"]))
    if "new_price" in kept:
        return ByNewPrice(Money.of_minor(kept["new_price"], currency))
    return ByResource(tuple((item_id, Money.of_minor(minor, currency)) for item_id, minor in kept["resources"]))


def policy_values(policy: Policy) -> dict[str, object]:
    """The policy as JSON values."""
    return {
        "max_percent": str(policy.max_percent),
        "by_product": {code: str(percent) for code, percent in policy.by_product},
        "tiers": [[str(bound), needed] for bound, needed in policy.tiers],
    }


def policy_text(policy: Policy) -> str:
    """The policy that an adjustment was judged under."""
    return _text(policy_values(policy))


def policy_of(text: str) -> Policy:
    """The policy that policy_text wrote."""
    kept = json.loads(text)
    return Policy.of(kept["max_percent"], kept["by_product"], kept["tiers"])


def discounts_text(discounts: Discounts) -> str:
    """Discounts by type."""
    return _text([[int(kind), amount.minor] for kind, amount in discounts])


def discounts_of(text: str, currency: str) -> Discounts:
    """The discounts that discounts_text wrote."""
    return _discounts(json.loads(text), currency)


def picture_text(picture: OrderPicture) -> str:
    """An order as it was found."""
    return _text(
        {
            "order_id": picture.order_id,
            "status": int(picture.status),
            "currency": picture.currency,
            "official_amount": picture.official_amount.minor,
            "amount_after_discount": picture.amount_after_discount.minor,
            "coupons_and_cards": picture.coupons_and_cards.minor,
            "discounts": [[int(kind), amount.minor] for kind, amount in picture.discounts],
            "items": [
                {
                    "order_line_item_id": item.order_line_item_id,
                    "service_type_code": item.service_type_code,
                    "product_spec_desc": item.product_spec_desc,
                    "period_type": int(item.period_type),
                    "period_num": item.period_num,
                    "subscription_num": item.subscription_num,
                    "official_amount": item.official_amount.minor,
                    "amount_after_discount": item.amount_after_discount.minor,
                    "discountable": item.discountable,
                }
                for item in picture.items
            ],
        }
    )


def picture_of(text: str) -> OrderPicture:
    """The order that picture_text wrote."""
    kept = json.loads(text)
    currency = kept["currency"]

    def money(minor: int) -> Money:
        return Money.of_minor(minor, currency)

    return OrderPicture(
        order_id=kept["order_id"],
        status=OrderStatus(kept["status"]),
        official_amount=money(kept["official_amount"]),
        amount_after_discount=money(kept["amount_after_discount"]),
        coupons_and_cards=money(kept["coupons_and_cards"]),
        discounts=_discounts(kept["discounts"], currency),
        items=tuple(
            PricedItem(
                order_line_item_id=item["order_line_item_id"],
                service_type_code=item["service_type_code"],
                product_spec_desc=item["product_spec_desc"],
                period_type=PeriodType(item["period_type"]),
                period_num=item["period_num"],
                subscription_num=item["subscription_num"],
                official_amount=money(item["official_amount"]),
                amount_after_discount=money(item["amount_after_discount"]),
                discountable=item["discountable"],
            )
            for item in kept["items"]
        ),
    )


def _discounts(kept: list[list[int]], currency: str) -> Discounts:
    return tuple((DiscountType(kind), Money.of_minor(minor, currency)) for kind, minor in kept)


def _text(value: Any) -> str:  # noqa: ANN401 - any JSON value
    return json.dumps(value, sort_keys=True, separators=(",", ":"))
