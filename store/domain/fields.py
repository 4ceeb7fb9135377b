"""The fields of orders, items, discounts, customers and members: the one table from which their handling follows.

Reading (`store.sources.records`), staging and merging (`store.queries.imports`), and the columns of an export
(`store.queries.exports.rows`, `store.services.exports.workbook`) follow from it.
Names are the vendor's (SDK `huaweicloudsdkbssintl`: CustomerOrderV2, OrderLineItemEntityV2, DiscountItemV2).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto

from store.domain.imports import Part
from store.domain.orders.customers import AssociationType
from store.domain.orders.order import CodedEnum, DiscountType, OrderStatus, OrderType, PeriodType, SourceType

MAX_ID = 64
MAX_CODE = 128
MAX_NAME = 300
"""Characters of a customer's name."""
MAX_TEXT = 10_000


class Kind(Enum):
    """The kind of a field's values."""

    TEXT = auto()
    ID = auto()
    REFERENCE = auto()
    """Like an id, but with any characters."""
    FOLDED = auto()
    """An order number in the form for comparison."""
    ACCOUNT = auto()
    """A login name, in lower case."""
    USER = auto()
    """Slack's id of a person."""
    ROLES = auto()
    CURRENCY = auto()
    AMOUNT = auto()
    """Staged in ten-thousandths of the currency's unit, stored in its minor units."""
    NUMBER = auto()
    CODE = auto()
    """One of the vendor's codes."""
    TRUTH = auto()
    MOMENT = auto()
    END = auto()
    """A moment that may never come; None then."""


_WHOLE = frozenset({Kind.AMOUNT, Kind.NUMBER, Kind.CODE, Kind.TRUTH, Kind.MOMENT, Kind.END})
MOMENTS = frozenset({Kind.MOMENT, Kind.END})


class Origin(Enum):
    """The origin of a field's values."""

    BUNDLE = auto()
    STAGING = auto()
    """Computed from the row that is read, and staged after its fields."""
    EXPORT = auto()
    """Computed from stored values, for the sheet alone."""


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a part."""

    name: str
    kind: Kind
    most: int = MAX_ID
    """The most characters of a text."""
    needed: bool = True
    """Whether a bundle must have the column, with a value in each row."""
    empty: int | str | None = None
    """The value of an empty cell, if the field is not needed."""
    codes: type[CodedEnum] | type[AssociationType] | None = None
    """The codes, if the field has them."""
    origin: Origin = Origin.BUNDLE
    title: str = ""
    """The title of its column in an export; empty: it has no column."""
    width: float | None = None
    """The width of that column, in characters; None to fit."""

    @property
    def whole(self) -> bool:
        """Whether it is staged as a whole number."""
        return self.kind in _WHOLE


_ORDER_ID = Field("order_id", Kind.ID, title="Order No.", width=22)
_FOLDED = Field("order_id_folded", Kind.FOLDED, origin=Origin.STAGING)
_PRODUCT_TYPE = (
    Field("service_type_name", Kind.TEXT, MAX_TEXT, title="Product Type", width=28),
    Field("service_type_code", Kind.ID, MAX_CODE, title="Product Type Code", width=26),
)
_PRICE = (
    Field("official_amount", Kind.AMOUNT, title="Official Amount"),
    Field("discount", Kind.AMOUNT, origin=Origin.EXPORT, title="Discount"),
    Field("amount_after_discount", Kind.AMOUNT, title="Amount After Discount", width=25),
)
CURRENCY = Field("currency", Kind.CURRENCY, title="Currency", width=12)
_CURRENCY_OF_ORDER = Field("currency", Kind.CURRENCY, needed=False, title=CURRENCY.title, width=CURRENCY.width)
"""The currency of the row's order; a bundle may repeat it."""

FIELDS: dict[Part, tuple[Field, ...]] = {
    Part.CUSTOMERS: (
        Field("name", Kind.TEXT, MAX_NAME, title="Customer", width=30),
        Field("account_name", Kind.ID, title="Account Name", width=20),
        Field("customer_id", Kind.ID, title="Customer ID", width=20),
        Field("tab", Kind.TEXT, origin=Origin.EXPORT, title="List", width=20),
        Field("association_type", Kind.CODE, codes=AssociationType, title="Association", width=14),
        Field("reseller_id", Kind.ID, needed=False),
        Field("reseller_name", Kind.TEXT, MAX_NAME, needed=False, title="Reseller", width=24),
        Field("country_code", Kind.TEXT, 8, needed=False, title="Country", width=11),
        Field("account_manager", Kind.ACCOUNT, title="Account Manager", width=20),
        Field("email", Kind.TEXT, MAX_NAME, needed=False),
        Field("telephone", Kind.ID, needed=False),
        Field("resellers", Kind.TRUTH, origin=Origin.STAGING),
        Field("search_text", Kind.TEXT, origin=Origin.STAGING),
        Field("account_manager_folded", Kind.TEXT, origin=Origin.STAGING),
    ),
    Part.ORDERS: (
        _ORDER_ID,
        Field("customer_id", Kind.ID),
        *_PRODUCT_TYPE,
        Field("status", Kind.CODE, codes=OrderStatus, title="Order Status", width=20),
        Field("order_type", Kind.CODE, codes=OrderType, title="Order Type", width=18),
        Field("source_type", Kind.CODE, codes=SourceType, title="Source", width=14),
        Field("create_time", Kind.MOMENT, title="Ordered On"),
        Field("payment_time", Kind.MOMENT, needed=False, title="Paid On"),
        Field("pending_payment_end_time", Kind.END, needed=False, title="Pay By"),
        CURRENCY,
        *_PRICE,
        Field("coupon_amount", Kind.AMOUNT, needed=False, empty=0, title="Coupons"),
        Field("flexipurchase_coupon_amount", Kind.AMOUNT, needed=False, empty=0, title="Flexi Coupons"),
        Field("stored_card_amount", Kind.AMOUNT, needed=False, empty=0, title="Stored-Value Card"),
        Field("paid_amount", Kind.AMOUNT, origin=Origin.EXPORT, title="Paid Amount"),
        Field("commission_amount", Kind.AMOUNT, needed=False, title="Commission"),
        Field("consumed_amount", Kind.AMOUNT, needed=False, title="Consumed Amount"),
        Field("contract_id", Kind.REFERENCE, MAX_NAME, needed=False, title="Contract", width=20),
        Field("user_name", Kind.REFERENCE, MAX_NAME, needed=False, title="Placed By", width=24),
        Field("parent_order_id", Kind.ID, needed=False, title="Combined Order No.", width=24),
        _FOLDED,
        Field("scale", Kind.NUMBER, origin=Origin.STAGING),
    ),
    Part.ORDER_ITEMS: (
        _ORDER_ID,
        Field("order_line_item_id", Kind.ID, title="Item No.", width=26),
        *_PRODUCT_TYPE,
        Field("product_id", Kind.REFERENCE, MAX_NAME, title="Product ID", width=24),
        Field("product_spec_desc", Kind.TEXT, MAX_TEXT, title="Specification", width=40),
        Field("period_type", Kind.CODE, codes=PeriodType, title="Period", width=12),
        Field("period_num", Kind.NUMBER, needed=False, title="Periods", width=12),
        Field("subscription_num", Kind.NUMBER, title="Quantity", width=12),
        Field("effective_time", Kind.MOMENT, needed=False, title="Effective On"),
        Field("expire_time", Kind.END, needed=False, title="Expires On"),
        _CURRENCY_OF_ORDER,
        *_PRICE,
        Field("discountable", Kind.TRUTH, title="Discountable", width=16),
        _FOLDED,
    ),
    Part.ORDER_DISCOUNTS: (
        _ORDER_ID,
        Field("order_line_item_id", Kind.ID, needed=False),
        Field("discount_type", Kind.CODE, codes=DiscountType),
        Field("discount_amount", Kind.AMOUNT),
        _CURRENCY_OF_ORDER,
        _FOLDED,
    ),
    Part.MEMBERS: (
        Field("slack_user_id", Kind.USER, 32),
        Field("name", Kind.TEXT, MAX_NAME),
        Field("account_name", Kind.ACCOUNT, needed=False, empty=""),
        Field("roles", Kind.ROLES),
    ),
}
"""By part, in the order of the columns in bundles and sheets."""


def read_fields(part: Part) -> tuple[Field, ...]:
    """The fields that a bundle contains."""
    return _of(part, Origin.BUNDLE)


def staged_fields(part: Part) -> tuple[Field, ...]:
    """The staged fields: those that a bundle contains, then those computed from them."""
    return read_fields(part) + _of(part, Origin.STAGING)


def amounts(part: Part) -> tuple[str, ...]:
    """The names of the amounts that a bundle contains."""
    return tuple(field.name for field in read_fields(part) if field.kind is Kind.AMOUNT)


def _of(part: Part, origin: Origin) -> tuple[Field, ...]:
    return tuple(field for field in FIELDS[part] if field.origin is origin)
