"""The columns of each part of a bundle, what their cells may say, and the rows that are staged from them.

Field names are the vendor's (SDK `huaweicloudsdkbssintl`: CustomerOrderV2, OrderLineItemEntityV2, DiscountItemV2).
Knows no file and no database.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from operator import itemgetter
from types import GenericAlias
from typing import Annotated, Any, get_args, get_type_hints

from pydantic import AfterValidator, PlainValidator, StringConstraints, TypeAdapter
from typing_extensions import TypedDict

from store.domain.imports import Part
from store.domain.money import has_minor_unit, is_currency, minor_digits
from store.domain.orders.customers import AssociationType, search_text
from store.domain.orders.order import DiscountType, OrderStatus, OrderType, PeriodType, SourceType, fold_order_id
from store.domain.people import InvalidMember, Member, format_roles, parse_roles
from store.domain.texts import common_form
from store.sources.kinds import CellKind
from store.sources.values import (
    AMOUNT_DIGITS,
    amount,
    bad,
    coded,
    end,
    filled,
    moment,
    number,
    remembered,
    truth,
    unchanged,
)

MAX_ID = 64
MAX_CODE = 128
MAX_NAME = 300
"""Characters of a customer's name."""
MAX_TEXT = 10_000


@remembered
def _currency(text: str | None) -> str:
    code = common_form(filled(text)).upper()
    if not is_currency(code):
        raise bad("is not a currency; write its ISO 4217 code, such as USD")
    if not has_minor_unit(code):
        raise bad("has no minor unit in ISO 4217, so that no price is in it; write a currency's code, such as USD")
    return code


def _account(text: str | None) -> str:
    account = unchanged(filled(text)).lower()
    if not common_form(account):
        raise bad("holds nothing that is seen")
    if len(account) > MAX_ID:
        raise bad(f"has more than {MAX_ID} characters")
    return account


def _optional_account(text: str | None) -> str:
    return _account(text) if text else ""


def _end_or_none(text: str | None) -> int | None:
    return end(text) if text else None


def _amount_or_zero(text: str | None) -> int:
    return amount(text) if text else 0


@remembered
def _roles(text: str | None) -> str:
    try:
        roles = parse_roles(filled(text))
    except InvalidMember as error:
        raise bad(f"names an {error.reason}") from None
    return format_roles(roles)


_NO_CONTROLS = r"^\P{Cc}*$"
Id = Annotated[str, StringConstraints(max_length=MAX_ID, pattern=_NO_CONTROLS), AfterValidator(unchanged)]
LongId = Annotated[str, StringConstraints(max_length=MAX_NAME), AfterValidator(unchanged)]
UserId = Annotated[str, StringConstraints(max_length=32, pattern=r"^[A-Z0-9]+$")]
Code = Annotated[str, StringConstraints(max_length=MAX_CODE, pattern=_NO_CONTROLS), AfterValidator(unchanged)]
Name = Annotated[str, StringConstraints(max_length=MAX_NAME)]
Text = Annotated[str, StringConstraints(max_length=MAX_TEXT)]
Country = Annotated[str, StringConstraints(max_length=8)]
Account = Annotated[str, PlainValidator(_account)]
OptionalAccount = Annotated[str, PlainValidator(_optional_account)]
Currency = Annotated[str, PlainValidator(_currency)]
OptionalCurrency = Currency | None
Roles = Annotated[str, PlainValidator(_roles)]
Amount = Annotated[int, PlainValidator(amount), CellKind.AMOUNT]
AmountOrZero = Annotated[int, PlainValidator(_amount_or_zero), CellKind.AMOUNT]
OptionalAmount = Amount | None
Moment = Annotated[int, PlainValidator(moment), CellKind.MOMENT]
OptionalMoment = Moment | None
End = Annotated[int | None, PlainValidator(_end_or_none), CellKind.MOMENT]
Number = Annotated[int, PlainValidator(number), CellKind.NUMBER]
OptionalNumber = Number | None
Truth = Annotated[int, PlainValidator(truth), CellKind.TRUTH]
Association = Annotated[int, PlainValidator(coded(AssociationType, "an association type")), CellKind.CODE]
Source = Annotated[int, PlainValidator(coded(SourceType, "a source type")), CellKind.CODE]
Status = Annotated[int, PlainValidator(coded(OrderStatus, "an order status")), CellKind.CODE]
Type = Annotated[int, PlainValidator(coded(OrderType, "an order type")), CellKind.CODE]
Period = Annotated[int, PlainValidator(coded(PeriodType, "a period type")), CellKind.CODE]
Discounted = Annotated[int, PlainValidator(coded(DiscountType, "a discount type")), CellKind.CODE]


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
    """A row of `orders`. Amounts are in ten-thousandths of the currency's unit, times in microseconds since 1970.

    An order that is never too late to pay (`pending_payment_end_time` of 9999-12-31) has no end to wait for: None.
    """

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
    pending_payment_end_time: End
    contract_id: LongId | None
    user_name: LongId | None
    coupon_amount: AmountOrZero
    flexipurchase_coupon_amount: AmountOrZero
    stored_card_amount: AmountOrZero
    commission_amount: OptionalAmount
    consumed_amount: OptionalAmount
    parent_order_id: Id | None


class OrderItemRecord(TypedDict):
    """A row of `order_items`. Its currency is its order's; a bundle may repeat it.

    What never expires (`expire_time` of 9999-12-31) has no time at which it does: None.
    """

    order_line_item_id: Id
    order_id: Id
    service_type_code: Code
    service_type_name: Text
    product_id: LongId
    product_spec_desc: Text
    period_type: Period
    period_num: OptionalNumber
    subscription_num: Number
    effective_time: OptionalMoment
    expire_time: End
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
    kinds: dict[str, CellKind]
    """What the cells of each column say."""
    optional: frozenset[str]
    validate: Callable[[Sequence[str | None]], StagedRow]
    """The values that cells say, both in the order of `columns`. Raises pydantic's ValidationError."""
    finish: Callable[[StagedRow], StagedRow]
    """The values, and behind them what is reckoned from them. Raises BadCell."""
    reckoned: tuple[str, ...]
    """The names of what `finish` adds."""


def _places(record: type) -> dict[str, int]:
    return {name: place for place, name in enumerate(record.__annotations__)}


_CUSTOMER = _places(CustomerRecord)
_customer_names = itemgetter(_CUSTOMER["name"], _CUSTOMER["account_name"])
_account_manager = itemgetter(_CUSTOMER["account_manager"])


def _finish_customer(values: StagedRow) -> StagedRow:
    resellers = 1 if values[_CUSTOMER["reseller_id"]] else 0
    return (*values, resellers, search_text(*_customer_names(values)), common_form(_account_manager(values)))


_ORDER = _places(OrderRecord)
_ORDER_AMOUNTS = (
    "official_amount",
    "amount_after_discount",
    "coupon_amount",
    "flexipurchase_coupon_amount",
    "stored_card_amount",
    "commission_amount",
    "consumed_amount",
)
_ONLY_UNSUBSCRIBED = ("commission_amount", "consumed_amount")
_order_id, _currency_of, _order_type = (itemgetter(_ORDER[name]) for name in ("order_id", "currency", "order_type"))
_order_amounts = itemgetter(*(_ORDER[name] for name in _ORDER_AMOUNTS))
_only_unsubscribed = itemgetter(*(_ORDER[name] for name in _ONLY_UNSUBSCRIBED))


@lru_cache
def _scale(currency: str) -> int:
    return int(10 ** (AMOUNT_DIGITS - minor_digits(currency)))


def _finish_order(values: StagedRow) -> StagedRow:
    currency = _currency_of(values)
    scale = _scale(currency)
    for place, figure in enumerate(_order_amounts(values)):
        if figure and figure % scale:
            raise BadCell(_ORDER_AMOUNTS[place], too_fine(currency))
    if _only_unsubscribed(values) != (None, None) and _order_type(values) != OrderType.UNSUBSCRIPTION:
        values = _without_unsubscribed(values)
    return (*values, _folded(_order_id(values)), scale)


def _without_unsubscribed(values: StagedRow) -> StagedRow:
    for column in _ONLY_UNSUBSCRIBED:
        if values[_ORDER[column]]:
            raise BadCell(column, "is given, but only an unsubscription has one")
    nothing = {_ORDER[column] for column in _ONLY_UNSUBSCRIBED}
    return tuple(None if place in nothing else value for place, value in enumerate(values))


def _finish_part_of_order(record: type) -> Callable[[StagedRow], StagedRow]:
    order_id = itemgetter(_places(record)["order_id"])
    return lambda values: (*values, _folded(order_id(values)))


def _folded(order_id: str) -> str:
    folded = fold_order_id(order_id)
    if not folded:
        raise BadCell("order_id", "holds nothing that is seen")
    if len(folded) > MAX_ID:
        raise BadCell("order_id", f"has more than {MAX_ID} characters")
    return folded


def _finish_member(values: StagedRow) -> StagedRow:
    slack_user_id, name, account_name, roles = values
    try:
        Member("", slack_user_id, name, account_name, parse_roles(roles))
    except InvalidMember as error:
        raise BadCell("roles", f"cannot be: {error.reason}") from None
    return values


def too_fine(currency: str) -> str:
    """Why an amount is not one of that currency."""
    return f"is too fine: {currency} has {minor_digits(currency)} decimal places"


def _kind(hint: Any) -> CellKind:  # noqa: ANN401 - a type, or an optional one
    """The kind that a column's type is annotated with; text where it names none."""
    marks = getattr(hint, "__metadata__", ())
    found = next((mark for mark in marks if isinstance(mark, CellKind)), None)
    return found or next((kind for kind in map(_kind, get_args(hint)) if kind is not CellKind.TEXT), CellKind.TEXT)


def _spec(
    part: Part,
    record: type,
    optional_columns: tuple[str, ...],
    finish: Callable[[StagedRow], StagedRow],
    *reckoned: str,
) -> PartSpec:
    columns = tuple(record.__annotations__)
    # As a tuple, whose cells have their places: half again as fast as by names, and there are as many as rows.
    hints = get_type_hints(record, include_extras=True)
    cells: Any = GenericAlias(tuple, tuple(hints.values()))
    validate: Callable[[Sequence[str | None]], StagedRow] = TypeAdapter(cells).validator.validate_python
    kinds = {name: _kind(hint) for name, hint in hints.items()}
    return PartSpec(part, columns, kinds, frozenset(optional_columns), validate, finish, reckoned)


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
            "account_manager_folded",
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
            _finish_part_of_order(OrderItemRecord),
            "order_id_folded",
        ),
        _spec(
            Part.ORDER_DISCOUNTS,
            OrderDiscountRecord,
            ("order_line_item_id", "currency"),
            _finish_part_of_order(OrderDiscountRecord),
            "order_id_folded",
        ),
        _spec(Part.MEMBERS, MemberRecord, ("account_name",), _finish_member),
    )
}
