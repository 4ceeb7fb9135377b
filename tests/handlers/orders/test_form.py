"""The search form's builder and its reader agree: what it is filled with is what it gives back."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.kit.blocks import OPTION_TEXT, OPTION_VALUE, tidy, units
from handlers.kit.searching import Filled, customer_option, cut_to_value, part_option, product_type_option, read_search
from handlers.kit.state import PlaceState, SearchState, StaleScreen, load_state
from handlers.orders.form import search_modal
from sandbox.limits import check_view
from sandbox.state import initial, places
from store.domain.orders.criteria import MOST_DAYS_AHEAD, OrderCriteria
from store.domain.orders.customers import CustomerName, CustomerTab
from store.domain.orders.errors import InvalidCriteria
from store.domain.orders.order import OrderStatus, OrderType, ProductType

_ANY = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=60)
_LINE = _ANY.map(tidy)
_NAMES = st.builds(CustomerName, st.integers(1, 10**15), _ANY, _ANY, st.sampled_from(CustomerTab))
_PRODUCTS = st.lists(
    st.builds(ProductType, st.integers(1, 10**15), _ANY, _ANY), max_size=20, unique_by=lambda product: product.key
)
_DAYS = st.one_of(st.none(), st.dates(date(2000, 1, 1), date(2030, 12, 31)))


@st.composite
def _filled(draw: st.DrawFn) -> Filled:
    customer = draw(st.one_of(st.none(), _NAMES))
    products = tuple(draw(_PRODUCTS))
    first, last = sorted([draw(_DAYS) or date(2015, 5, 5), draw(_DAYS) or date(2015, 5, 5)])
    criteria = OrderCriteria(
        tab=draw(st.sampled_from(CustomerTab)),
        customer="" if customer else cut_to_value(draw(_LINE)),
        customer_key=customer.key if customer else None,
        order_no=draw(_LINE),
        contract_id=draw(_LINE),
        expiring=draw(st.one_of(st.none(), st.integers(1, MOST_DAYS_AHEAD))),
        statuses=draw(st.frozensets(st.sampled_from(OrderStatus))),
        product_types=frozenset(product.key for product in products),
        order_types=draw(st.frozensets(st.sampled_from(OrderType))),
        ordered_from=draw(st.sampled_from([None, first])),
        ordered_to=draw(st.sampled_from([None, last])),
    )
    return Filled(criteria, customer, products)


def _values(filled: Filled) -> dict[str, dict[str, Any]]:
    """The form as Slack would send it, if nobody changed anything."""
    found = places(check_view(search_modal(filled, PlaceState()).to_dict(), "modal")["blocks"])
    return {place.block["block_id"]: {place.element["action_id"]: initial(place.element)} for place in found}


@given(_filled())
def test_a_form_that_is_sent_as_it_was_filled_searches_the_same(filled: Filled) -> None:
    assert read_search(_values(filled)) == filled.criteria


@given(_filled())
def test_a_search_is_remembered_as_it_was(filled: Filled) -> None:
    state = SearchState(criteria=filled.criteria)
    assert load_state(SearchState, state.dump()).criteria == filled.criteria


def test_an_untouched_form_searches_everything() -> None:
    assert read_search(_values(Filled(OrderCriteria()))) == OrderCriteria()
    assert read_search({}) == OrderCriteria()


@given(_ANY, _NAMES, st.builds(ProductType, st.integers(1, 10**15), _ANY, _ANY))
def test_every_choice_fits(typed: str, name: CustomerName, product: ProductType) -> None:
    for choice in (part_option(typed), customer_option(name), product_type_option(product)):
        made = choice.to_dict()
        assert 0 < units(made["text"]["text"]) <= OPTION_TEXT
        assert units(made["value"]) <= OPTION_VALUE


@pytest.mark.parametrize(
    ("field", "element"),
    [
        ("statuses", {"input": {"selected_options": [{"value": "99"}]}}),
        ("statuses", {"input": {"selected_options": [{"value": "x"}]}}),
        ("order_types", {"input": {"selected_options": [{}]}}),
        ("product_types", {"product_type.suggest": {"selected_options": [{"value": "key:-1"}]}}),
        ("product_types", {"product_type.suggest": {"selected_options": [{"value": "key:" + "9" * 30}]}}),
        ("customer", {"customer.suggest": {"selected_option": {"value": "key:x"}}}),
        ("customer", {"customer.suggest": {"selected_option": {"value": "key:"}}}),
        ("ordered_from", {"input": {"selected_date": "2026-02-30"}}),
        ("expiring", {"input": {"value": "soon"}}),
        ("tab", {"input": {"selected_option": {"value": "everything"}}}),
    ],
)
def test_values_that_no_form_has_are_of_another_screen(field: str, element: dict[str, Any]) -> None:
    with pytest.raises(StaleScreen):
        read_search({field: element})


def test_days_in_the_wrong_order_are_named() -> None:
    with pytest.raises(InvalidCriteria) as raised:
        read_search(
            {
                "ordered_from": {"input": {"selected_date": "2026-03-02"}},
                "ordered_to": {"input": {"selected_date": "2026-03-01"}},
            }
        )
    assert raised.value.field == "ordered_to"
