"""Every criterion goes everywhere: form, reader, words, line, help, errors, states, kept exports, searches, exports.

A criterion that is added has a sample here. A layer that forgets it fails by name.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pytest

from handlers.help.views import help_blocks
from handlers.kit.refusals import sentence
from handlers.kit.searching import Filled, criteria_fields, criteria_text, read_search
from handlers.kit.state import SearchState, load_state
from handlers.orders.line import parse_line
from sandbox.state import initial, places
from store.database import Database
from store.domain.exports.export import Destination, ExportRequest, Scope
from store.domain.orders.criteria import OrderCriteria, UnknownCriterion
from store.domain.orders.criterion import NamePart, Picked, TextStart, criterion, described
from store.domain.orders.customers import CustomerName, CustomerTab
from store.domain.orders.errors import InvalidCriteria
from store.domain.orders.order import OrderStatus, OrderType, ProductType
from store.domain.people import EVERYTHING, Reach
from store.queries.exports.criteria import criteria_of, request_hash
from store.queries.exports.criteria import criteria_text as kept_text
from store.queries.exports.rows import Selection, stream_orders
from store.queries.orders import where
from store.queries.orders.search import search_orders
from tests.support.builders import NOON, ItemRow, a_customer, a_product_type, an_order
from tests.support.people import a_manager

TODAY = NOON.date()
NAMES = [one.name for one in described(OrderCriteria)]


@dataclass(frozen=True)
class Sample:
    """A value that some orders of `orders` have, in three spellings; `words` empty: nothing is said of it."""

    value: Any
    line: str
    words: str


SAMPLES = {
    "customer": Sample("wool", "customer:wool", "Customer “wool”"),
    "customer_key": Sample(1, "", "Customer Acme Wool"),
    "order_no": Sample("CS1", "no:CS1", "Order No. CS1"),
    "statuses": Sample(frozenset({OrderStatus.COMPLETED}), "status:completed", "Completed"),
    "product_types": Sample(frozenset({1}), "product:elastic", "Elastic"),
    "order_types": Sample(frozenset({OrderType.RENEWAL}), "type:renewal", "Renewal"),
    "ordered_from": Sample(TODAY, f"since:{TODAY}", "Ordered since Mar 2, 2026"),
    "ordered_to": Sample(TODAY, f"until:{TODAY}", "Ordered until Mar 2, 2026"),
    "contract_id": Sample("HW-7", "contract:HW-7", "Contract ID HW-7"),
    "expiring": Sample(30, "expiring:30d", "Expiring within 30 days"),
    "tab": Sample(CustomerTab.RESELLERS_CUSTOMERS, "resellers", ""),
}


@pytest.fixture
def orders(database: Database) -> Database:
    """Orders of which each sample chooses some, and never all."""
    first = a_product_type(database, "one", "Elastic")
    assert first == 1
    acme = a_customer(database, name="Acme Wool", account_name="acme")
    assert acme == 1
    other = a_customer(database, name="Other", account_name="other")
    resold = a_customer(database, name="Resold", account_name="resold", reseller_id="R1")
    an_order(
        database,
        "CS1",
        customer_key=acme,
        service_type_code="one",
        status=OrderStatus.COMPLETED,
        order_type=OrderType.RENEWAL,
        user_name="ann",
        contract_id="hw-7",
        items=[ItemRow(expire_time=NOON + timedelta(days=30)), ItemRow(expire_time=NOON)],
    )
    expired, later = ItemRow(expire_time=NOON), ItemRow(expire_time=NOON + timedelta(days=30, microseconds=1))
    early, late = NOON - timedelta(days=3), NOON + timedelta(days=3)
    an_order(database, "CT2", customer_key=other, service_type_code="two", create_time=early, items=[expired, later])
    an_order(database, "CT3", customer_key=other, service_type_code="two", create_time=late, contract_id="HW-77")
    an_order(database, "CT4", customer_key=resold, service_type_code="two")
    return database


def filled(criteria: OrderCriteria) -> Filled:
    customer = CustomerName(1, "Acme Wool", "acme", CustomerTab.CUSTOMERS) if criteria.customer_key else None
    products = tuple(ProductType(key, "one", "Elastic") for key in criteria.product_types)
    return Filled(criteria, customer, products)


def sent(criteria: OrderCriteria) -> dict[str, dict[str, Any]]:
    """The form's values, filled in with the criteria and sent as it is."""
    found = places([block.to_dict() for block in criteria_fields(filled(criteria))])
    return {place.block["block_id"]: {place.element["action_id"]: initial(place.element)} for place in found}


def searched(database: Database, criteria: OrderCriteria, reach: Reach = EVERYTHING) -> list[str]:
    with database.read() as connection:
        page = search_orders(connection, reach, criteria, "UTC", None, NOON)
    assert page.total.value == len(page.rows)
    return [row.order_id for row in page.rows]


def exported(database: Database, criteria: OrderCriteria, reach: Reach = EVERYTHING) -> list[str]:
    with database.read() as connection:
        return [row[0] for row in stream_orders(connection, Selection(reach, criteria, "UTC", NOON))]


def test_every_criterion_has_a_sample_a_label_and_a_column() -> None:
    assert sorted(SAMPLES) == sorted(NAMES) == sorted(where.COLUMNS)
    assert all(one.label for one in described(OrderCriteria))
    keys = [one.key for one in described(OrderCriteria) if one.key]
    assert len(keys) == len(set(keys))


@pytest.mark.parametrize("name", NAMES)
def test_a_criterion_comes_back_from_the_form_the_modal_and_the_kept_export(name: str) -> None:
    criteria = OrderCriteria(**{name: SAMPLES[name].value})
    assert read_search(sent(criteria)) == criteria
    assert load_state(SearchState, SearchState(criteria=criteria).dump()).criteria == criteria
    assert criteria_of(kept_text(criteria)) == criteria
    assert name in json.loads(kept_text(criteria))
    any_other = ExportRequest(Scope.SELECTED, OrderCriteria(), "", Destination())
    this = ExportRequest(Scope.SELECTED, criteria, "", Destination())
    assert request_hash(this, "UTC") != request_hash(any_other, "UTC")


@pytest.mark.parametrize("name", NAMES)
def test_a_criterion_is_said_in_words_in_the_help_and_at_its_error(name: str) -> None:
    (one,) = (one for one in described(OrderCriteria) if one.name == name)
    sample = SAMPLES[name]
    criteria = OrderCriteria(**{name: sample.value})
    assert criteria_text(filled(criteria), a_manager()) == (sample.words or "All orders")
    assert sentence(InvalidCriteria(name, "wrong")).text.startswith(f"{one.label}: wrong")
    helped = json.dumps([block.to_dict() for block in help_blocks(a_manager())])
    assert f"`{one.key or 'resellers'}" in helped


@pytest.mark.parametrize("name", [name for name in NAMES if SAMPLES[name].line])
def test_a_criterion_is_typed_on_one_line(name: str) -> None:
    line = parse_line(SAMPLES[name].line, TODAY)
    if name == "product_types":
        assert line.product_types == ("elastic",)
    else:
        assert line.criteria == OrderCriteria(**{name: SAMPLES[name].value})


@pytest.mark.parametrize("name", NAMES)
def test_search_and_export_select_the_same_orders(orders: Database, name: str) -> None:
    criteria = OrderCriteria(**{name: SAMPLES[name].value})
    for reach in (EVERYTHING, Reach("nancy")):
        found = searched(orders, criteria, reach)
        assert 0 < len(found) < 4
        assert found != searched(orders, OrderCriteria(), reach)
        assert exported(orders, criteria, reach) == found
    assert exported(orders, criteria, Reach("margaret")) == searched(orders, criteria, Reach("margaret")) == []


@dataclass(frozen=True, slots=True)
class Wider(OrderCriteria):
    """The criteria with one more."""

    placed_by: str = criterion("Placed By", TextStart(str.lower, str.strip), key="by", help="who placed it")


def test_a_criterion_that_is_added_is_refused_until_it_has_a_column(
    orders: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    wider = Wider(placed_by="Ann")
    for select in (searched, exported):
        with pytest.raises(UnknownCriterion, match="placed_by"):
            select(orders, wider)
    # An export that was kept with it is not read without it.
    with pytest.raises(UnknownCriterion, match="placed_by"):
        criteria_of(kept_text(wider))
    monkeypatch.setitem(where.COLUMNS, "placed_by", "user_name")
    monkeypatch.setitem(where.KINDS, "placed_by", described(Wider)[-1].kind)
    assert searched(orders, wider) == exported(orders, wider) == ["CS1"]
    both = Wider(placed_by="b", statuses=frozenset({OrderStatus.COMPLETED}))
    assert searched(orders, both) == exported(orders, both) == []


def test_a_criterion_that_is_added_goes_everywhere_by_its_description() -> None:
    wider = Wider(placed_by="Ann")
    assert read_search(sent(wider), Wider) == wider
    assert parse_line("by:Ann", TODAY, Wider).criteria == wider
    assert Wider.restored(json.loads(kept_text(wider))) == wider
    assert criteria_text(Filled(wider), a_manager()) == "Placed By Ann"
    with pytest.raises(InvalidCriteria, match="colour") as refused:
        parse_line("colour:red", TODAY, Wider)
    assert "by:, last:" in refused.value.reason
    with pytest.raises(InvalidCriteria) as too_long:
        Wider(placed_by="x" * 201)
    assert too_long.value.field == "placed_by"


def test_kept_exports_of_before_are_read() -> None:
    kept = (
        '{"customer":"acme","order_no":"CS1","order_types":[2],"ordered_from":"2026-01-01","product_types":[3],'
        '"statuses":[5,6],"tab":"resellers_customers"}'
    )
    criteria = criteria_of(kept)
    assert criteria == OrderCriteria(
        customer="acme",
        order_no="CS1",
        order_types=frozenset({OrderType.RENEWAL}),
        ordered_from=date(2026, 1, 1),
        product_types=frozenset({3}),
        statuses=frozenset({OrderStatus.COMPLETED, OrderStatus.PENDING_PAYMENT}),
        tab=CustomerTab.RESELLERS_CUSTOMERS,
    )
    assert kept_text(criteria) == kept
    assert criteria_of('{"customer_key":4,"tab":"customers"}') == OrderCriteria(customer_key=4)


@pytest.mark.parametrize(
    "kept",
    [
        {"colour": "red"},
        {"statuses": [99]},
        {"statuses": 5},
        {"statuses": ["5"]},
        {"customer": 5},
        {"customer_key": True},
        {"product_types": ["x"]},
        {"ordered_from": "yesterday"},
        {"tab": "everything"},
    ],
)
def test_what_no_criteria_leave_is_not_read(kept: dict[str, Any]) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - whatever the value, of one kind
        OrderCriteria.restored(kept)


def test_the_field_of_a_pick_is_that_of_a_names_part() -> None:
    kinds = {one.name: one.kind for one in described(OrderCriteria)}
    beside = [kind.beside for kind in kinds.values() if isinstance(kind, Picked)]
    assert all(isinstance(kinds[name], NamePart) for name in beside)
