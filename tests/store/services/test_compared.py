"""What is typed is found however it is written, in searches, suggestions and exports, and by its account manager."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from store.database import Database
from store.domain.orders.criteria import OrderCriteria
from store.domain.people import Actor
from store.queries.exports.rows import count_orders
from store.services.orders.orders import Orders
from tests.support.builders import NOON, a_customer, an_order
from tests.support.databases import empty
from tests.support.people import a_manager, a_salesperson
from tests.support.spellings import spellings

NAMES = (
    ("nordwind logistik", "Nordwind\u00a0Logistik GmbH"),
    ("brücke", "Bru\u0308cke & Co"),
    ("Bru\u0308cke", "Zur Brücke"),
    ("istanbul", "İstanbul Ltd"),
    ("İSTANBUL", "istanbul ticaret"),
    ("O’Neill", "O'Neill & Sons"),
    ("O'Neill", "O’Neill & Sons"),
    ("ABC", "ＡＢＣ商事"),
    ("ａｂｃ", "abc"),
    ("acme corp", "Ac\u200bme\ufeff Co\u00adrp"),
    ("meyer-söhne", "Meyer\u2011Söhne"),
    ("two spaces", "Two  Spaces"),
    ("meyer & s", "Meyer & Söhne"),
)


@pytest.mark.parametrize(("typed", "kept"), NAMES)
def test_a_name_is_found_in_searches_suggestions_and_exports(database: Database, typed: str, kept: str) -> None:
    an_order(database, "CS26000001", customer_key=a_customer(database, name=kept, account_manager="nancy"))
    an_order(database, "CS26000002", customer_key=a_customer(database, name="Else", account_manager="nancy"))
    for actor in (a_manager(), a_salesperson("nancy")):
        assert numbers(database, actor, OrderCriteria(customer=typed)) == ["CS26000001"]
        names, _ = Orders(database).suggest_customers(actor, typed, None, 10)
        assert [name.name for name in names] == [kept]
        with database.read() as connection:
            assert count_orders(connection, actor.reach, OrderCriteria(customer=typed), "UTC", NOON).value == 1


def test_what_nobody_sees_asks_for_nothing(database: Database) -> None:
    an_order(database, "CS26000001", customer_key=a_customer(database))
    assert numbers(database, a_manager(), OrderCriteria(customer="\u200b", order_no="\ufeff")) == ["CS26000001"]
    assert [name.name for name in Orders(database).suggest_customers(a_manager(), "\u200b", None, 10)[0]]


@pytest.mark.parametrize(
    "typed", ["cs26–000001", "#CS26-000001", "CS26-000001.", "ＣＳ２６－000001", "\u200bCS26-000001", "cs26\u20110000"]
)
def test_an_order_is_found_by_its_number(database: Database, typed: str) -> None:
    an_order(database, "CS26-000001", customer_key=a_customer(database, account_manager="nancy"))
    for actor in (a_manager(), a_salesperson("nancy")):
        assert numbers(database, actor, OrderCriteria(order_no=typed)) == ["CS26-000001"]
        with database.read() as connection:
            assert count_orders(connection, actor.reach, OrderCriteria(order_no=typed), "UTC", NOON).value == 1
    if typed[-1] in "1.":
        assert Orders(database).find_key(a_manager(), typed)


@settings(max_examples=60)
@given(data=st.data())
def test_however_a_name_and_a_number_are_written_they_are_found(database: Database, data: st.DataObject) -> None:
    empty(database)
    name = data.draw(st.sampled_from([typed for typed, _ in NAMES]))
    manager = data.draw(spellings("ann o'lee"))
    customer = a_customer(database, name=data.draw(spellings(name)), account_manager=manager)
    an_order(database, data.draw(spellings("CS26-00001")), customer_key=customer)
    for actor in (a_manager(), a_salesperson(data.draw(spellings("ann o'lee")))):
        found = numbers(database, actor, OrderCriteria(customer=data.draw(spellings(name))))
        assert len(found) == 1
        assert numbers(database, actor, OrderCriteria(order_no=data.draw(spellings("CS26-00001")))) == found
        assert Orders(database).suggest_customers(actor, data.draw(spellings(name)), None, 10)[0]
    assert numbers(database, a_salesperson("ann lee"), OrderCriteria()) == []


def numbers(database: Database, actor: Actor, criteria: OrderCriteria) -> list[str]:
    return [row.order_id for row in Orders(database).search(actor, criteria).rows]
