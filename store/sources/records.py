"""The columns of each part of a bundle, what their cells may say, and the rows that are staged from them.

Field names are the vendor's (SDK `huaweicloudsdkbssintl`: CustomerOrderV2, OrderLineItemEntityV2, DiscountItemV2).
Knows no file and no database.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from operator import itemgetter
from typing import Annotated, Any

from pydantic import PlainValidator, StringConstraints, TypeAdapter
from typing_extensions import TypedDict

from store.domain.customers import AssociationType, search_text
from store.domain.errors import InvalidMember, InvalidMoney
from store.domain.imports import Part
from store.domain.money import minor_digits
from store.domain.orders import DiscountType, OrderStatus, OrderType, PeriodType, SourceType, fold_order_id
from store.domain.people import Member, format_roles, parse_roles
from store.sources.values import AMOUNT_DIGITS, amount, bad, coded, filled, moment, number, truth

MAX_ID = 64
MAX_CODE = 128
MAX_NAME = 300
"""Characters of a customer's name: even where each folds to three, PostgreSQL's index of names holds them."""
MAX_TEXT = 10_000


def _currency(text: str | None) -> str:
    code = filled(text).upper()
    try:
        minor_digits(code)
    except InvalidMoney:
        raise bad("is no currency; write its ISO 4217 code, such as USD") from None
    return code


def _account(text: str | None) -> str:
    account = filled(text).lower()
    if len(account) > MAX_ID:
        raise bad(f"has more than {MAX_ID} characters")
    return account


def _optional_account(text: str | None) -> str:
    return _account(text) if text else ""


def _amount_or_zero(text: str | None) -> int:
    return amount(text) if text else 0


def _roles(text: str | None) -> str:
    try:
        roles = parse_roles(filled(text))
    except InvalidMember as error:
        raise bad(f"names an {error.reason}") from None
    return format_roles(roles)


_NO_CONTROLS = r"^\P{Cc}*$"
Id = Annotated[str, StringConstraints(max_length=MAX_ID, pattern=_NO_CONTROLS)]
UserId = Annotated[str, StringConstraints(max_length=32, pattern=r"^[A-Z0-9]+$")]
Code = Annotated[str, StringConstraints(max_length=MAX_CODE, pattern=_NO_CONTROLS)]
Name = Annotated[str, StringConstraints(max_length=MAX_NAME)]
Text = Annotated[str, StringConstraints(max_length=MAX_TEXT)]
Country = Annotated[str, StringConstraints(max_length=8)]
Account = Annotated[str, PlainValidator(_account)]
OptionalAccount = Annotated[str, PlainValidator(_optional_account)]
Currency = Annotated[str, PlainValidator(_currency)]
OptionalCurrency = Currency | None
Roles = Annotated[str, PlainValidator(_roles)]
Amount = Annotated[int, PlainValidator(amount)]
AmountOrZero = Annotated[int, PlainValidator(_amount_or_zero)]
OptionalAmount = Amount | None
Moment = Annotated[int, PlainValidator(moment)]
OptionalMoment = Moment | None
Number = Annotated[int, PlainValidator(number)]
OptionalNumber = Number | None
Truth = Annotated[int, PlainValidator(truth)]
Association = Annotated[int, PlainValidator(coded(AssociationType, "association type"))]
Source = Annotated[int, PlainValidator(coded(SourceType, "source type"))]
Status = Annotated[int, PlainValidator(coded(OrderStatus, "order status"))]
Type = Annotated[int, PlainValidator(coded(OrderType, "order type"))]
Period = Annotated[int, PlainValidator(coded(PeriodType, "period type"))]
Discounted = Annotated[int, PlainValidator(coded(DiscountType, "discount type"))]


class CustomerRecord(TypedDict):
    """A row of `customers`."""

    customer_id: Id
    name: Name
    account_name: Id
    association_type: Association
    account_manager: Account
    reseller_id: Id | None
    reseller_name: Name | None
    email: Name | None
    telephone: Id | None
    country_code: Country | None


class OrderRecord(TypedDict):
    """A row of `orders`. Amounts are in ten-thousandths of the currency's unit, times in microseconds since 1970."""

    order_id: Id
    customer_id: Id
    service_type_code: Code
    service_type_name: Text
    source_type: Source
    status: Status
    order_type: Type
    official_amount: Amount
    amount_after_discount: Amount
    currency: Currency
    create_time: Moment
    payment_time: OptionalMoment
    pending_payment_end_time: OptionalMoment
    contract_id: Name | None
    user_name: Name | None
    coupon_amount: AmountOrZero
    flexipurchase_coupon_amount: AmountOrZero
    stored_card_amount: AmountOrZero
    commission_amount: OptionalAmount
    consumed_amount: OptionalAmount
    parent_order_id: Id | None


class OrderItemRecord(TypedDict):
    """A row of `order_items`. Its currency is its order's; a bundle may repeat it."""

    order_line_item_id: Id
    order_id: Id
    service_type_code: Code
    service_type_name: Text
    product_id: Name
    product_spec_desc: Text
    period_type: Period
    period_num: OptionalNumber
    subscription_num: Number
    effective_time: OptionalMoment
    expire_time: OptionalMoment
    official_amount: Amount
    amount_after_discount: Amount
    discountable: Truth
    currency: OptionalCurrency


class OrderDiscountRecord(TypedDict):
    """A row of `order_discounts`: of an item, or of the order where no item is named."""

    order_id: Id
    order_line_item_id: Id | None
    discount_type: Discounted
    discount_amount: Amount
    currency: OptionalCurrency


class MemberRecord(TypedDict):
    """A row of `members`."""

    slack_user_id: UserId
    name: Name
    account_name: OptionalAccount
    roles: Roles


class BadCell(ValueError):
    """A cell that is wrong only beside the row's other cells."""

    def __init__(self, column: str, reason: str) -> None:
        super().__init__(column, reason)
        self.column = column
        self.reason = reason


StagedRow = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class PartSpec:
    """How one part is read: its columns, and how a record becomes a staged row."""

    part: Part
    columns: tuple[str, ...]
    optional: frozenset[str]
    validate: Callable[[Mapping[str, str | None]], dict[str, Any]]
    """Raises pydantic's ValidationError."""
    finish: Callable[[dict[str, Any]], StagedRow]
    """The record's values, in the order of `columns`, and behind them what is reckoned from them. Raises BadCell."""
    reckoned: tuple[str, ...]
    """The names of what `finish` adds."""


def _finish_customer(record: dict[str, Any]) -> StagedRow:
    resellers = 1 if record["reseller_id"] else 0
    return (*record.values(), resellers, search_text(record["name"], record["account_name"]))


_ORDER_AMOUNTS = (
    "official_amount",
    "amount_after_discount",
    "coupon_amount",
    "flexipurchase_coupon_amount",
    "stored_card_amount",
    "commission_amount",
    "consumed_amount",
)


_order_amounts = itemgetter(*_ORDER_AMOUNTS)


@lru_cache
def _scale(currency: str) -> int:
    return int(10 ** (AMOUNT_DIGITS - minor_digits(currency)))


def _finish_order(record: dict[str, Any]) -> StagedRow:
    scale = _scale(record["currency"])
    for figure in _order_amounts(record):
        if figure and figure % scale:
            column = next(name for name in _ORDER_AMOUNTS if record[name] == figure)
            raise BadCell(column, too_fine(record["currency"]))
    if record["order_type"] != OrderType.UNSUBSCRIPTION:
        for column in ("commission_amount", "consumed_amount"):
            if record[column]:
                raise BadCell(column, "is given, but only an unsubscription has one")
            record[column] = None
    return (*record.values(), _folded(record), scale)


def _finish_part_of_order(record: dict[str, Any]) -> StagedRow:
    return (*record.values(), _folded(record))


def _folded(record: dict[str, Any]) -> str:
    folded = fold_order_id(record["order_id"])
    if len(folded) > MAX_ID:
        raise BadCell("order_id", f"has more than {MAX_ID} characters")
    return folded


def _finish_member(record: dict[str, Any]) -> StagedRow:
    try:
        Member("", record["slack_user_id"], record["name"], record["account_name"], parse_roles(record["roles"]))
    except InvalidMember as error:
        raise BadCell("roles", f"cannot be: {error.reason}") from None
    return tuple(record.values())


def too_fine(currency: str) -> str:
    """Why an amount is not one of that currency."""
    return f"is too fine: {currency} has {minor_digits(currency)} decimal places"


def _spec(
    part: Part,
    record: type,
    optional_columns: tuple[str, ...],
    finish: Callable[[dict[str, Any]], StagedRow],
    *reckoned: str,
) -> PartSpec:
    columns = tuple(record.__annotations__)
    validate = TypeAdapter(record).validator.validate_python
    return PartSpec(part, columns, frozenset(optional_columns), validate, finish, reckoned)


SPECS: dict[Part, PartSpec] = {
    spec.part: spec
    for spec in (
        _spec(
            Part.CUSTOMERS,
            CustomerRecord,
            ("reseller_id", "reseller_name", "email", "telephone", "country_code"),
            _finish_customer,
            "resellers",
            "search_text",
        ),
        _spec(
            Part.ORDERS,
            OrderRecord,
            (
                "payment_time",
                "pending_payment_end_time",
                "contract_id",
                "user_name",
                "coupon_amount",
                "flexipurchase_coupon_amount",
                "stored_card_amount",
                "commission_amount",
                "consumed_amount",
                "parent_order_id",
            ),
            _finish_order,
            "order_id_folded",
            "scale",
        ),
        _spec(
            Part.ORDER_ITEMS,
            OrderItemRecord,
            ("period_num", "effective_time", "expire_time", "currency"),
            _finish_part_of_order,
            "order_id_folded",
        ),
        _spec(
            Part.ORDER_DISCOUNTS,
            OrderDiscountRecord,
            ("order_line_item_id", "currency"),
            _finish_part_of_order,
            "order_id_folded",
        ),
        _spec(Part.MEMBERS, MemberRecord, ("account_name",), _finish_member),
    )
}
