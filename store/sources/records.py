"""How each part's fields are read from the cells of a bundle, and the staged rows made of them.

The fields are those of `store.domain.fields`. Knows no files and no database.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from operator import itemgetter
from types import GenericAlias
from typing import Annotated, Any, assert_never

from pydantic import AfterValidator, PlainValidator, StringConstraints, TypeAdapter

from store.domain.fields import MAX_ID, Field, Kind, amounts, read_fields
from store.domain.imports import Part
from store.domain.money import has_minor_unit, is_currency, minor_digits
from store.domain.orders.customers import AssociationType, search_text
from store.domain.orders.order import (
    CodedEnum,
    DiscountType,
    OrderStatus,
    OrderType,
    PeriodType,
    SourceType,
    fold_order_id,
)
from store.domain.people import InvalidMember, Member, format_roles, parse_roles
from store.domain.texts import common_form
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
        raise bad("has no visible characters")
    if len(account) > MAX_ID:
        raise bad(f"has more than {MAX_ID} characters")
    return account


@remembered
def _roles(text: str | None) -> str:
    try:
        roles = parse_roles(filled(text))
    except InvalidMember as error:
        raise bad(f"names an {error.reason}") from None
    return format_roles(roles)


_NO_CONTROLS = r"^\P{Cc}*$"
_CODES: dict[type[CodedEnum] | type[AssociationType], Callable[[str | None], int]] = {
    AssociationType: coded(AssociationType, "an association type"),
    SourceType: coded(SourceType, "a source type"),
    OrderStatus: coded(OrderStatus, "an order status"),
    OrderType: coded(OrderType, "an order type"),
    PeriodType: coded(PeriodType, "a period type"),
    DiscountType: coded(DiscountType, "a discount type"),
}


def _parser(field: Field) -> Callable[[str | None], Any] | None:
    """The parser of the field's cells; None if every text within its limits is valid."""
    match field.kind:
        case Kind.TEXT | Kind.ID | Kind.REFERENCE | Kind.USER | Kind.FOLDED:
            return None
        case Kind.ACCOUNT:
            return _account
        case Kind.ROLES:
            return _roles
        case Kind.CURRENCY:
            return _currency
        case Kind.AMOUNT:
            return amount
        case Kind.NUMBER:
            return number
        case Kind.CODE:
            assert field.codes is not None  # noqa: S101 - a code is of some
            return _CODES[field.codes]
        case Kind.TRUTH:
            return truth
        case Kind.MOMENT:
            return moment
        case Kind.END:
            return end
    assert_never(field.kind)


def _type(field: Field) -> Any:  # noqa: ANN401 - an annotated type, as pydantic reads it
    """The type of the field's cells."""
    parse = _parser(field)
    if parse is not None:
        hint: Any = Annotated[Any, PlainValidator(parse if field.empty is None else _or_empty(parse, field.empty))]
    elif field.kind is Kind.ID:
        hint = Annotated[str, StringConstraints(max_length=field.most, pattern=_NO_CONTROLS), AfterValidator(unchanged)]
    elif field.kind is Kind.REFERENCE:
        hint = Annotated[str, StringConstraints(max_length=field.most), AfterValidator(unchanged)]
    else:
        pattern = r"^[A-Z0-9]+$" if field.kind is Kind.USER else None
        hint = Annotated[str, StringConstraints(max_length=field.most, pattern=pattern)]
    return hint if field.needed or field.empty is not None else hint | None


def _or_empty(parse: Callable[[str | None], Any], empty: int | str) -> Callable[[str | None], Any]:
    return lambda text: parse(text) if text else empty


class BadCell(ValueError):
    """A cell that is wrong only in combination with the row's other cells."""

    def __init__(self, column: str, reason: str) -> None:
        super().__init__(column, reason)
        self.column = column
        self.reason = reason


StagedRow = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class PartSpec:
    """How one part is read: its columns, and how a record becomes a staged row."""

    part: Part
    fields: tuple[Field, ...]
    """The fields in a bundle, one for each column."""
    validate: Callable[[Sequence[str | None]], StagedRow]
    """The values of the cells, both in the order of `fields`. Raises pydantic's ValidationError."""
    finish: Callable[[StagedRow], StagedRow]
    """The values, then those computed from them, as in `staged_fields`. Raises BadCell."""

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the columns."""
        return tuple(field.name for field in self.fields)

    @property
    def needed(self) -> tuple[str, ...]:
        """The names of the required columns."""
        return tuple(field.name for field in self.fields if field.needed)


def _pick(part: Part, *names: str) -> Callable[[StagedRow], Any]:
    """A function that takes these fields from a row: a tuple, or for one field its value."""
    columns = [field.name for field in read_fields(part)]
    return itemgetter(*map(columns.index, names))


_customer_names = _pick(Part.CUSTOMERS, "name", "account_name")
_reseller_id, _account_manager = (_pick(Part.CUSTOMERS, name) for name in ("reseller_id", "account_manager"))


def _finish_customer(values: StagedRow) -> StagedRow:
    resellers = 1 if _reseller_id(values) else 0
    return (*values, resellers, search_text(*_customer_names(values)), common_form(_account_manager(values)))


_ORDER_AMOUNTS = amounts(Part.ORDERS)
_ONLY_UNSUBSCRIBED = ("commission_amount", "consumed_amount")
_order_id, _currency_of, _order_type = (_pick(Part.ORDERS, name) for name in ("order_id", "currency", "order_type"))
_order_amounts = _pick(Part.ORDERS, *_ORDER_AMOUNTS)
_only_unsubscribed = _pick(Part.ORDERS, *_ONLY_UNSUBSCRIBED)


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
    for column, figure in zip(_ONLY_UNSUBSCRIBED, _only_unsubscribed(values), strict=True):
        if figure:
            raise BadCell(column, "is given, but only an unsubscription has one")
    columns = [field.name for field in read_fields(Part.ORDERS)]
    return tuple(None if column in _ONLY_UNSUBSCRIBED else value for column, value in zip(columns, values, strict=True))


def _finish_part_of_order(part: Part) -> Callable[[StagedRow], StagedRow]:
    order_id = _pick(part, "order_id")
    return lambda values: (*values, _folded(order_id(values)))


def _folded(order_id: str) -> str:
    folded = fold_order_id(order_id)
    if not folded:
        raise BadCell("order_id", "has no visible characters")
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


def _spec(part: Part, finish: Callable[[StagedRow], StagedRow]) -> PartSpec:
    fields = read_fields(part)
    # As a tuple with indexes: half again as fast as by names, and there are as many as rows.
    cells: Any = GenericAlias(tuple, tuple(map(_type, fields)))
    validate: Callable[[Sequence[str | None]], StagedRow] = TypeAdapter(cells).validator.validate_python
    return PartSpec(part, fields, validate, finish)


SPECS: dict[Part, PartSpec] = {
    part: _spec(part, finish)
    for part, finish in (
        (Part.CUSTOMERS, _finish_customer),
        (Part.ORDERS, _finish_order),
        (Part.ORDER_ITEMS, _finish_part_of_order(Part.ORDER_ITEMS)),
        (Part.ORDER_DISCOUNTS, _finish_part_of_order(Part.ORDER_DISCOUNTS)),
        (Part.MEMBERS, _finish_member),
    )
}
