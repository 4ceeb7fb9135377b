"""Orders, their items and discounts, with the vendor's codes and readable names (SDK `huaweicloudsdkbssintl`)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from string import ascii_lowercase

from store.domain.money import Money
from store.domain.orders.customers import Customer, CustomerTab
from store.domain.texts import common_form, plain_form


class CodedEnum(IntEnum):
    """The vendor's number for something, with its name for people."""

    @property
    def label(self) -> str:
        """Sentence case, as screens show it."""
        return _LABELS.get((type(self), int(self)), self.name.replace("_", " ").capitalize())

    @property
    def slug(self) -> str:
        """The name for the one-line search: `pending-payment`."""
        return self.name.lower().replace("_", "-")


class OrderStatus(CodedEnum):
    """Order Status."""

    PENDING_APPROVAL = 1
    PENDING_REFUND = 2
    PROCESSING = 3
    CANCELLED = 4
    COMPLETED = 5
    PENDING_PAYMENT = 6
    PENDING_CONFIRMATION = 9
    PENDING_SHIPMENT = 10
    PENDING_RECEIPT = 11
    PENDING_PICKUP = 12
    REPLACING = 13


class OrderType(CodedEnum):
    """Order Type."""

    PURCHASE = 1
    RENEWAL = 2
    CHANGE = 3
    UNSUBSCRIPTION = 4
    YEARLY_MONTHLY_TO_PAY_PER_USE = 10
    PAY_PER_USE_TO_YEARLY_MONTHLY = 11
    FREE = 12
    TRIAL = 13
    TRIAL_TO_COMMERCIAL = 14
    FEE_ADJUSTMENT = 15


class SourceType(CodedEnum):
    """Who or what made the order."""

    CUSTOMER = 1
    AGENT = 2
    CONTRACT = 3
    DISTRIBUTOR = 4
    RESOURCE_DELETED_ON_PAGE = 5
    SUPPLEMENTARY = 6
    COMPENSATION = 7
    SYSTEM = 8


class PeriodType(CodedEnum):
    """The unit of a subscription's period."""

    DAY = 0
    WEEK = 1
    MONTH = 2
    YEAR = 3
    HOUR = 4
    ONE_TIME = 5


class DiscountType(CodedEnum):
    """Why a price is lower than the list price."""

    PROMOTION = 200
    PROMOTION_DISCOUNT_COUPON = 300
    PROMOTION_CASH_COUPON = 301
    PROMOTION_FLEXI_COUPON = 302
    AGENT_RATE = 500
    AGENT_REDUCTION = 501
    AGENT_FIXED_PRICE = 502
    REBATE_CONTRACT = 600
    CHANNEL_FRAMEWORK_CONTRACT = 601
    EARMARKED_CONTRACT = 602
    OFFLINE_DIRECT_CONTRACT = 603
    TELESALES_CONTRACT = 604
    COMMERCIAL = 605
    CHANNEL_COMMERCIAL = 606
    PARTNER_GRANTED = 607
    ORDER_PRICE_ADJUSTMENT = 609
    WAIVED = 610
    PROMOTION_OFFER = 700
    TOP_UP_ACCOUNT = 800


_LABELS: dict[tuple[type[CodedEnum], int], str] = {
    (type(member), int(member)): label
    for member, label in (
        (OrderType.YEARLY_MONTHLY_TO_PAY_PER_USE, "Yearly/monthly to pay-per-use"),
        (OrderType.PAY_PER_USE_TO_YEARLY_MONTHLY, "Pay-per-use to yearly/monthly"),
        (PeriodType.ONE_TIME, "One-time"),
        (DiscountType.PROMOTION_DISCOUNT_COUPON, "Promotion (discount coupon)"),
        (DiscountType.PROMOTION_CASH_COUPON, "Promotion (cash coupon)"),
        (DiscountType.PROMOTION_FLEXI_COUPON, "Promotion (flexi coupon)"),
        (DiscountType.PARTNER_GRANTED, "Partner-granted"),
        (DiscountType.PROMOTION_OFFER, "Promotion offer"),
    )
}
"""By type and code: numbers of two enums are equal in Python, so a member alone would not be a unique key."""


@dataclass(frozen=True, slots=True)
class ProductType:
    """Product Type: the vendor's service type."""

    key: int
    """The desk's own number of it; means nothing to a person."""
    service_type_code: str
    service_type_name: str


@dataclass(frozen=True, slots=True)
class OrderSummary:
    """An order as lists show it."""

    key: int
    """The desk's own number of the order, which buttons carry."""
    order_id: str
    customer_name: str
    tab: CustomerTab
    status: OrderStatus
    order_type: OrderType
    service_type_name: str
    official_amount: Money
    amount_after_discount: Money
    create_time: datetime
    payment_time: datetime | None
    pending_payment_end_time: datetime | None


@dataclass(frozen=True, slots=True)
class OrderItem:
    """A line of an order."""

    key: int
    order_line_item_id: str
    service_type_code: str
    service_type_name: str
    product_id: str
    product_spec_desc: str
    period_type: PeriodType
    period_num: int | None
    subscription_num: int
    effective_time: datetime | None
    expire_time: datetime | None
    official_amount: Money
    amount_after_discount: Money
    discountable: bool


@dataclass(frozen=True, slots=True)
class Discount:
    """A discount of an order, or of the item in `order_line_item_id`."""

    discount_type: DiscountType
    discount_amount: Money
    order_line_item_id: str | None = None


@dataclass(frozen=True, slots=True)
class Order:
    """A complete order, without its items."""

    key: int
    order_id: str
    customer: Customer
    product_type: ProductType
    source_type: SourceType
    status: OrderStatus
    order_type: OrderType
    official_amount: Money
    amount_after_discount: Money
    create_time: datetime
    payment_time: datetime | None
    pending_payment_end_time: datetime | None
    contract_id: str | None
    user_name: str | None
    coupon_amount: Money
    flexipurchase_coupon_amount: Money
    stored_card_amount: Money
    commission_amount: Money | None
    consumed_amount: Money | None
    parent_order_id: str | None

    @property
    def currency(self) -> str:
        """ISO 4217 code of all amounts of the order."""
        return self.official_amount.currency


@dataclass(frozen=True, slots=True)
class OrderDetails:
    """The contents of the details screen: the order, its discounts, and one page of its items."""

    order: Order
    discounts: tuple[tuple[DiscountType, Money], ...]
    """By type, in the order of the vendor's codes."""
    items: tuple[OrderItem, ...]
    item_count: int
    items_offset: int
    """The number of items before those shown."""


def fold_order_id(order_id: str) -> str:
    """The order number in the form for comparison: its common form, in capitals."""
    if order_id.isascii() and order_id.replace("-", "").isalnum():
        # The result of that form for nearly all; a bundle has each number several times.
        return order_id.upper()
    return common_form(order_id).upper()


def typed_order_id(text: str) -> str:
    """An order number, or its beginning, from what people type: `#CS26000001` and `CS26000001.` are that number."""
    return plain_form(text).lstrip(_BEFORE).rstrip(_BEHIND)


def fold_typed_order_id(text: str) -> str:
    """A typed order number, in the form for comparison."""
    return fold_order_id(typed_order_id(text))


def fold_contract_id(text: str) -> str:
    """A Contract ID as it is compared: letters of ASCII in capitals, as databases fold the column."""
    return plain_form(text).translate(_CAPITALS)


_CAPITALS = {ord(letter): letter.upper() for letter in ascii_lowercase}
_BEFORE, _BEHIND = "#\"'( ", ".,;:!?\"') "


MAX_ORDER_ID = 64
"""Characters of an order number."""
FIRST_SURROGATE, AFTER_SURROGATES, LAST_CODE_POINT = 0xD800, 0xE000, 0x10FFFF


def end_of_beginning(number: str) -> str:
    """The least text above all order numbers, by code points, that begin with this one, which must not be empty."""
    last = ord(number[-1]) + 1
    if last > LAST_CODE_POINT:
        return number + chr(LAST_CODE_POINT) * MAX_ORDER_ID
    # Surrogates are not characters: the next one after the last code point before them is the first after them.
    return number[:-1] + chr(AFTER_SURROGATES if FIRST_SURROGATE <= last < AFTER_SURROGATES else last)
