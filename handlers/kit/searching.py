"""Criteria as people fill them in and read them: the fields, their reader next to them, and the words. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Protocol, assert_never

from slack_sdk.models.blocks import Block, Option
from slack_sdk.models.blocks.block_elements import (
    DatePickerElement,
    ExternalDataMultiSelectElement,
    ExternalDataSelectElement,
    InputInteractiveElement,
    NumberInputElement,
    PlainTextInputElement,
    RadioButtonsElement,
    StaticMultiSelectElement,
)

from handlers.kit import ids
from handlers.kit.blocks import OPTION_TEXT, clean, cut, field, option, plain, shown, tidy
from handlers.kit.deps import Deps
from handlers.kit.formats import day_text
from handlers.kit.interaction import element_value
from handlers.kit.state import StaleScreen, load_key
from store.domain.orders.criteria import OrderCriteria
from store.domain.orders.criterion import (
    MAX_TEXT,
    Codes,
    Criterion,
    DaysAhead,
    FirstDay,
    LastDay,
    NamePart,
    OneList,
    Picked,
    ProductTypes,
    TextStart,
    WholeText,
    described,
)
from store.domain.orders.customers import CustomerName, CustomerTab
from store.domain.orders.order import ProductType
from store.domain.people import Actor

PART = "part:"
"""Value of the choice `Name contains “…”`, before what was typed."""
KEY = "key:"
"""Value of the choice of one customer or product type, before its key."""
MAX_PRODUCT_TYPES = 20


@dataclass(frozen=True, slots=True)
class Filled:
    """The contents of a form, with the names of its choices."""

    criteria: OrderCriteria
    customer: CustomerName | None = None
    product_types: tuple[ProductType, ...] = ()


def criteria_fields(filled: Filled) -> list[Block]:
    """The fields with their contents."""
    criteria = filled.criteria
    fields = ((one, _input(one, getattr(criteria, one.name), filled)) for one in described(type(criteria)))
    return [
        field(one.name, one.label, element, one.hint, optional=not isinstance(one.kind, OneList))
        for one, element in fields
        if element is not None
    ]


def _input(one: Criterion, value: Any, filled: Filled) -> InputInteractiveElement | None:  # noqa: ANN401
    """The input of a criterion, with its value. None: it is chosen in the field of another criterion."""
    match one.kind:
        case NamePart():
            return ExternalDataSelectElement(
                action_id=ids.CUSTOMER_OPTIONS,
                placeholder=plain("Type a part of the name", 150),
                min_query_length=0,
                initial_option=_customer_choice(value, filled),
            )
        case Picked():
            return None
        case TextStart() | WholeText():
            return PlainTextInputElement(action_id=ids.INPUT, initial_value=value or None, max_length=MAX_TEXT)
        case DaysAhead(most=most):
            return NumberInputElement(
                action_id=ids.INPUT,
                is_decimal_allowed=False,
                initial_value=str(value) if value else None,
                min_value="1",
                max_value=str(most),
            )
        case Codes(of=codes):
            return StaticMultiSelectElement(
                action_id=ids.INPUT,
                placeholder=plain("Any", 150),
                options=[option(member.label, str(int(member))) for member in codes],
                initial_options=[option(member.label, str(int(member))) for member in sorted(value)] or None,
            )
        case ProductTypes():
            return ExternalDataMultiSelectElement(
                action_id=ids.PRODUCT_TYPE_OPTIONS,
                placeholder=plain("Any", 150),
                min_query_length=0,
                max_selected_items=MAX_PRODUCT_TYPES,
                initial_options=[product_type_option(product) for product in filled.product_types] or None,
            )
        case FirstDay() | LastDay():
            return DatePickerElement(action_id=ids.INPUT, initial_date=value.isoformat() if value else None)
        case OneList():
            choices = {member: option(member.label, member.value) for member in CustomerTab}
            return RadioButtonsElement(
                action_id=ids.INPUT, options=list(choices.values()), initial_option=choices[value]
            )
        case _:
            assert_never(one.kind)


def read_search(values: Mapping[str, Mapping[str, Any]], kind: type[OrderCriteria] = OrderCriteria) -> OrderCriteria:
    """The criteria typed into the form. Raises InvalidCriteria, naming the field; StaleScreen for foreign values."""
    try:
        given = {one.name: _given(one, values) for one in described(kind)}
    except ValueError:
        raise StaleScreen from None
    return kind(**{name: value for name, value in given.items() if value is not None})


def _given(one: Criterion, values: Mapping[str, Mapping[str, Any]]) -> Any:  # noqa: ANN401
    """The form's value for a criterion; None if it is empty. Raises ValueError, StaleScreen."""
    match one.kind:
        case NamePart():
            chosen = _choice(values, one.name, ids.CUSTOMER_OPTIONS)
            return chosen.removeprefix(PART) if chosen.startswith(PART) else None
        case Picked(beside=field_name):
            chosen = _choice(values, field_name, ids.CUSTOMER_OPTIONS)
            return load_key(chosen.removeprefix(KEY)) if chosen.startswith(KEY) else None
        case TextStart() | WholeText():
            return _choice(values, one.name, ids.INPUT)
        case DaysAhead():
            number = _choice(values, one.name, ids.INPUT)
            return int(number) if number else None
        case Codes(of=codes):
            return frozenset(codes(int(value)) for value in _choices(values, one.name, ids.INPUT))
        case ProductTypes():
            chosen_keys = _choices(values, one.name, ids.PRODUCT_TYPE_OPTIONS)
            return frozenset(load_key(value.removeprefix(KEY)) for value in chosen_keys)
        case FirstDay() | LastDay():
            text = _choice(values, one.name, ids.INPUT)
            return date.fromisoformat(text) if text else None
        case OneList():
            chosen = _choice(values, one.name, ids.INPUT)
            return CustomerTab(chosen) if chosen else None
        case _:
            assert_never(one.kind)


def customer_options(names: Iterable[CustomerName], typed: str) -> list[Option]:
    """The options of the customer field: first every name with the typed text, then the customers by name."""
    offered = [part_option(typed)] if typed.strip() else []
    return offered + [customer_option(name) for name in names]


def part_option(typed: str) -> Option:
    """The choice of every customer whose name contains the typed text, as much of it as a choice can carry."""
    part = cut_to_value(tidy(typed))
    return option(f"Name contains “{part}”", PART + part)


def cut_to_value(text: str) -> str:
    """The part of a typed text that fits into a choice's value; a shorter text finds more, never something else."""
    limit = OPTION_TEXT - len("Name contains “”")
    kept = cut(text, limit)
    return kept if kept == text else kept.rstrip("…")


def customer_option(name: CustomerName) -> Option:
    """A customer to choose; the account name after it tells two customers of the same name apart."""
    account = cut(clean(name.account_name), 20)
    return option(
        f"{cut(clean(name.name), OPTION_TEXT - 23)} ({account})" if account else clean(name.name), f"{KEY}{name.key}"
    )


def product_type_option(product: ProductType) -> Option:
    """A product type to choose."""
    return option(product.service_type_name or product.service_type_code, f"{KEY}{product.key}")


def _customer_choice(part: str, filled: Filled) -> Option | None:
    if filled.customer:
        return customer_option(filled.customer)
    return part_option(part) if part else None


def _element(values: Mapping[str, Mapping[str, Any]], block_id: str, action_id: str) -> Mapping[str, Any]:
    return values.get(block_id, {}).get(action_id) or {}


def _choice(values: Mapping[str, Mapping[str, Any]], block_id: str, action_id: str) -> str:
    return element_value(_element(values, block_id, action_id))


def _choices(values: Mapping[str, Mapping[str, Any]], block_id: str, action_id: str) -> list[str]:
    return [
        str(chosen.get("value", "")) for chosen in _element(values, block_id, action_id).get("selected_options") or []
    ]


def filled(criteria: OrderCriteria, actor: Actor, deps: Deps) -> Filled:
    """The criteria, with the names of what they hold as keys. Raises CustomerNotFound."""
    products = deps.orders.product_types(actor, criteria.product_types) if criteria.product_types else ()
    customer = deps.orders.customer(actor, criteria.customer_key) if criteria.customer_key is not None else None
    return Filled(criteria, customer, products)


def submitted_criteria(values: Mapping[str, Mapping[str, Any]], actor: Actor, deps: Deps) -> OrderCriteria:
    """The criteria typed into the fields; a customer chosen by name is searched in that customer's list.

    Raises InvalidCriteria, which names the field; StaleScreen, CustomerNotFound.
    """
    criteria = read_search(values)
    if criteria.customer_key is None:
        return criteria
    return replace(criteria, tab=deps.orders.customer(actor, criteria.customer_key).tab)


def criteria_text(filled: Filled, actor: Actor) -> str:
    """The criteria of a search, as `Customer “acme” · Pending payment · 1 Oct – 31 Oct 2026`; escaped."""
    return _criteria_in(shown, filled, actor)


def criteria_words(filled: Filled, actor: Actor) -> str:
    """The same unescaped, as it is stored; each screen escapes it."""
    return _criteria_in(_plain_words, filled, actor)


def _plain_words(text: str, limit: int = 200) -> str:
    return cut(tidy(text), limit)


class _Words(Protocol):
    def __call__(self, text: str, limit: int = 200, /) -> str: ...


def _criteria_in(words: _Words, filled: Filled, actor: Actor) -> str:
    said = (_said(one, words, filled, actor) for one in filled.criteria.asked)
    return " · ".join(part for part in said if part) or "All orders"


def _said(one: Criterion, words: _Words, filled: Filled, actor: Actor) -> str:
    """The words for a criterion that is filled in; empty if there is nothing to say."""
    value = getattr(filled.criteria, one.name)
    match one.kind:
        case NamePart():
            return f"{one.label} “{words(value)}”"
        case Picked():
            return f"{one.label} {words(filled.customer.name)}" if filled.customer else ""
        case TextStart() | WholeText():
            return f"{one.label} {words(value)}"
        case DaysAhead():
            return f"{one.label} within {value} {'day' if value == 1 else 'days'}"
        case Codes():
            return " or ".join(code.label for code in sorted(value))
        case ProductTypes():
            return " or ".join(words(product.service_type_name, 60) for product in filled.product_types)
        case FirstDay():
            last = filled.criteria.ordered_to
            if last is None:
                return f"Ordered since {day_text(value, actor)}"
            if last == value:
                return f"Ordered on {day_text(value, actor)}"
            return f"Ordered {day_text(value, actor)} – {day_text(last, actor)}"
        case LastDay():
            # With a first day, that criterion has named both.
            return "" if filled.criteria.ordered_from else f"Ordered until {day_text(value, actor)}"
        case OneList():
            return ""
        case _:
            assert_never(one.kind)
