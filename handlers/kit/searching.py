"""Criteria as people fill them in and read them: the fields and their reader side by side, and the words. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Protocol

from slack_sdk.models.blocks import Block, Option
from slack_sdk.models.blocks.block_elements import (
    DatePickerElement,
    ExternalDataMultiSelectElement,
    ExternalDataSelectElement,
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
from store.domain.orders.criteria import MAX_TEXT, OrderCriteria
from store.domain.orders.customers import CustomerName, CustomerTab
from store.domain.orders.order import CodedEnum, OrderStatus, OrderType, ProductType
from store.domain.people import Actor

PART = "part:"
"""Value of the choice `Name contains “…”`, followed by what was typed."""
KEY = "key:"
"""Value of the choice of one customer or product type, followed by its key."""
MAX_PRODUCT_TYPES = 20


@dataclass(frozen=True, slots=True)
class Filled:
    """What a form was filled with, with the names its choices are shown by."""

    criteria: OrderCriteria
    customer: CustomerName | None = None
    product_types: tuple[ProductType, ...] = ()


def criteria_fields(filled: Filled) -> list[Block]:
    """The fields, filled in as they are given."""
    criteria = filled.criteria
    return [
        field(
            ids.CUSTOMER,
            "Customer",
            ExternalDataSelectElement(
                action_id=ids.CUSTOMER_OPTIONS,
                placeholder=plain("Type a part of the name", 150),
                min_query_length=0,
                initial_option=_customer_choice(filled),
            ),
            "Name or account name. Choose one customer, or everything that contains what you typed.",
        ),
        field(
            ids.ORDER_NO,
            "Order No.",
            PlainTextInputElement(action_id=ids.INPUT, initial_value=criteria.order_no or None, max_length=MAX_TEXT),
            "The whole number, or its beginning.",
        ),
        field(ids.STATUS, "Order Status", _several(OrderStatus, criteria.statuses)),
        field(
            ids.PRODUCT_TYPE,
            "Product Type",
            ExternalDataMultiSelectElement(
                action_id=ids.PRODUCT_TYPE_OPTIONS,
                placeholder=plain("Any", 150),
                min_query_length=0,
                max_selected_items=MAX_PRODUCT_TYPES,
                initial_options=[product_type_option(product) for product in filled.product_types] or None,
            ),
        ),
        field(ids.ORDER_TYPE, "Order Type", _several(OrderType, criteria.order_types)),
        field(ids.ORDERED_FROM, "Ordered On, from", _day_picker(criteria.ordered_from)),
        field(
            ids.ORDERED_TO,
            "Ordered On, to",
            _day_picker(criteria.ordered_to),
            "Both days included, in your own time zone.",
        ),
        field(ids.TAB_FIELD, "Show", _tabs(criteria.tab), optional=False),
    ]


def read_search(values: Mapping[str, Mapping[str, Any]]) -> OrderCriteria:
    """The criteria typed into the form. Raises InvalidCriteria naming the field, StaleScreen for foreign values."""
    customer = _choice(values, ids.CUSTOMER, ids.CUSTOMER_OPTIONS)
    tab = _choice(values, ids.TAB_FIELD, ids.INPUT) or CustomerTab.CUSTOMERS
    try:
        return OrderCriteria(
            tab=CustomerTab(tab),
            customer=customer.removeprefix(PART) if customer.startswith(PART) else "",
            customer_key=load_key(customer.removeprefix(KEY)) if customer.startswith(KEY) else None,
            order_no=_choice(values, ids.ORDER_NO, ids.INPUT),
            statuses=frozenset(OrderStatus(int(value)) for value in _choices(values, ids.STATUS, ids.INPUT)),
            product_types=frozenset(
                load_key(value.removeprefix(KEY))
                for value in _choices(values, ids.PRODUCT_TYPE, ids.PRODUCT_TYPE_OPTIONS)
            ),
            order_types=frozenset(OrderType(int(value)) for value in _choices(values, ids.ORDER_TYPE, ids.INPUT)),
            ordered_from=_day(_choice(values, ids.ORDERED_FROM, ids.INPUT)),
            ordered_to=_day(_choice(values, ids.ORDERED_TO, ids.INPUT)),
        )
    except ValueError:
        raise StaleScreen from None


def customer_options(names: Iterable[CustomerName], typed: str) -> list[Option]:
    """What the customer field offers: first all that contain what was typed, then the customers by name."""
    offered = [part_option(typed)] if typed.strip() else []
    return offered + [customer_option(name) for name in names]


def part_option(typed: str) -> Option:
    """The choice of every customer whose name contains what was typed, as far as a choice can carry it."""
    part = cut_to_value(tidy(typed))
    return option(f"Name contains “{part}”", PART + part)


def cut_to_value(text: str) -> str:
    """What of a typed text fits into a choice's value; shorter text finds more, never something else."""
    limit = OPTION_TEXT - len("Name contains “”")
    kept = cut(text, limit)
    return kept if kept == text else kept.rstrip("…")


def customer_option(name: CustomerName) -> Option:
    """A customer to choose; the account name stands behind, which tells two of the same name apart."""
    account = cut(clean(name.account_name), 20)
    return option(
        f"{cut(clean(name.name), OPTION_TEXT - 23)} ({account})" if account else clean(name.name), f"{KEY}{name.key}"
    )


def product_type_option(product: ProductType) -> Option:
    """A product type to choose."""
    return option(product.service_type_name or product.service_type_code, f"{KEY}{product.key}")


def _customer_choice(filled: Filled) -> Option | None:
    if filled.customer:
        return customer_option(filled.customer)
    return part_option(filled.criteria.customer) if filled.criteria.customer else None


def _several(kind: type[CodedEnum], chosen: Iterable[CodedEnum]) -> StaticMultiSelectElement:
    return StaticMultiSelectElement(
        action_id=ids.INPUT,
        placeholder=plain("Any", 150),
        options=[option(member.label, str(int(member))) for member in kind],
        initial_options=[option(member.label, str(int(member))) for member in sorted(chosen)] or None,
    )


def _day_picker(day: date | None) -> DatePickerElement:
    return DatePickerElement(action_id=ids.INPUT, initial_date=day.isoformat() if day else None)


def _tabs(tab: CustomerTab) -> RadioButtonsElement:
    choices = {member: option(member.label, member.value) for member in CustomerTab}
    return RadioButtonsElement(action_id=ids.INPUT, options=list(choices.values()), initial_option=choices[tab])


def _element(values: Mapping[str, Mapping[str, Any]], block_id: str, action_id: str) -> Mapping[str, Any]:
    return values.get(block_id, {}).get(action_id) or {}


def _choice(values: Mapping[str, Mapping[str, Any]], block_id: str, action_id: str) -> str:
    return element_value(_element(values, block_id, action_id))


def _choices(values: Mapping[str, Mapping[str, Any]], block_id: str, action_id: str) -> list[str]:
    return [
        str(chosen.get("value", "")) for chosen in _element(values, block_id, action_id).get("selected_options") or []
    ]


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def filled(criteria: OrderCriteria, actor: Actor, deps: Deps) -> Filled:
    """The criteria with the names of what they name by key. Raises CustomerNotFound."""
    products = deps.orders.product_types(actor, criteria.product_types) if criteria.product_types else ()
    customer = deps.orders.customer(actor, criteria.customer_key) if criteria.customer_key is not None else None
    return Filled(criteria, customer, products)


def submitted_criteria(values: Mapping[str, Mapping[str, Any]], actor: Actor, deps: Deps) -> OrderCriteria:
    """The criteria typed into the fields; one customer picked by name is looked for in that customer's list.

    Raises InvalidCriteria naming the field, StaleScreen, CustomerNotFound.
    """
    criteria = read_search(values)
    if criteria.customer_key is None:
        return criteria
    return replace(criteria, tab=deps.orders.customer(actor, criteria.customer_key).tab)


def criteria_text(filled: Filled, actor: Actor) -> str:
    """What was searched by, as `Customer “acme” · Pending payment · 1 Oct – 31 Oct 2026`; escaped."""
    return _criteria_in(shown, filled, actor)


def criteria_words(filled: Filled, actor: Actor) -> str:
    """The same as it is kept, for whatever shows it: not escaped."""
    return _criteria_in(_plain_words, filled, actor)


def _plain_words(text: str, limit: int = 200) -> str:
    return cut(tidy(text), limit)


class _Words(Protocol):
    def __call__(self, text: str, limit: int = 200, /) -> str: ...


def _criteria_in(words: _Words, filled: Filled, actor: Actor) -> str:
    criteria, customer = filled.criteria, filled.customer
    parts = []
    if customer:
        parts.append(f"Customer {words(customer.name)}")
    if criteria.customer:
        parts.append(f"Customer “{words(criteria.customer)}”")
    if criteria.order_no:
        parts.append(f"Order No. {words(criteria.order_no)}")
    if criteria.statuses:
        parts.append(" or ".join(status.label for status in sorted(criteria.statuses)))
    if filled.product_types:
        parts.append(" or ".join(words(product.service_type_name, 60) for product in filled.product_types))
    if criteria.order_types:
        parts.append(" or ".join(order_type.label for order_type in sorted(criteria.order_types)))
    parts.extend(_days(criteria, actor))
    return " · ".join(parts) or "All orders"


def _days(criteria: OrderCriteria, actor: Actor) -> list[str]:
    first, last = criteria.ordered_from, criteria.ordered_to
    if first and last:
        if first == last:
            return [f"Ordered on {day_text(first, actor)}"]
        return [f"Ordered {day_text(first, actor)} – {day_text(last, actor)}"]
    if first:
        return [f"Ordered since {day_text(first, actor)}"]
    return [f"Ordered until {day_text(last, actor)}"] if last else []
