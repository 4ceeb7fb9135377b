"""A database of before the common form: its texts are compared as new ones are, and are shown as they were."""

from __future__ import annotations

import pytest
from alembic import command
from sqlalchemy import text

from store.database import Database
from store.domain.orders.criteria import OrderCriteria
from store.domain.people import Actor
from store.services import schema
from store.services.members import Members
from store.services.orders.orders import Orders
from tests.support.builders import NOON
from tests.support.databases import bring_to
from tests.support.people import TEAM, a_manager

BEFORE = "0007"
MANAGERS = ("mu\u0308ller", "müller", "ann lee\u200b", "robert")
CUSTOMERS = {
    1: ("C1", "Nordwind\u00a0Logistik", 1),
    2: ("C2", "İstanbul O’Neill", 2),
    3: ("C3", "Plain", 3),
    4: ("C4", "Plain 4", 4),
}
ORDERS = {1: ("CS–1", 1), 2: ("cs2\u200b", 2), 3: ("CS-3", 3), 4: ("ＣＳ－３", 4), 5: ("A B", 4), 6: ("\u200b", 4)}


@pytest.fixture
def old(bare: Database) -> Database:
    """A filled database as the version before left it."""
    _fill(bare)
    return bare


def _fill(database: Database) -> None:
    bring_to(database, BEFORE)
    moment = "1760000000000000" if database.sqlite else "now()"
    with database.write(patient=True) as connection:

        def put(statement: str, **values: object) -> None:
            connection.execute(text(statement), values)

        for key, name in enumerate(MANAGERS, 1):
            put("INSERT INTO account_managers (key, account_name) VALUES (:key, :name)", key=key, name=name)
        for key, (customer_id, name, manager) in CUSTOMERS.items():
            put(
                "INSERT INTO customers (key, customer_id, name, account_name, search_text, association_type,"
                " account_manager_key, resellers) VALUES (:key, :id, :name, 'x', :folded, 1, :manager, :no)",
                key=key,
                id=customer_id,
                name=name,
                manager=manager,
                no=False,
                folded=f"{name}\nx".casefold(),
            )
        put("INSERT INTO product_types (key, service_type_code, service_type_name) VALUES (1, 'p', 'P')")
        for key, (number, customer) in ORDERS.items():
            put(
                "INSERT INTO orders (key, order_id, order_id_folded, customer_key, account_manager_key, resellers,"
                " product_type_key, source_type, status, order_type, currency, official_amount, amount_after_discount,"
                " create_time, coupon_amount, flexipurchase_coupon_amount, stored_card_amount)"
                f" VALUES (:key, :number, :folded, :customer, :manager, :no, 1, 1, 5, 1, 'USD', 1, 1, {moment},"
                " 0, 0, 0)",
                key=key,
                number=number,
                folded=number.strip().upper(),
                customer=customer,
                manager=CUSTOMERS[customer][2],
                no=False,
            )
        for user, name in (("U1", "müller"), ("U2", "ann\u00a0lee"), ("U3", "\u200b")):
            put(
                "INSERT INTO members (team_id, slack_user_id, name, account_name, roles)"
                " VALUES (:team, :user, 'N', :name, 'salesperson')",
                team=TEAM,
                user=user,
                name=name,
            )
        put(
            "INSERT INTO exports (key, state, scope, criteria, criteria_text, channel_name, request, team_id,"
            " requester, requester_name, time_zone, locale, queued_at, waiting_since, rows_done, attempts, fencing,"
            " failure_detail)"
            """ VALUES (1, 'completed', 'selected', '{"customer":"a &amp; b"}', """
            "'Customer “a &amp; b &lt;c&gt; &amp;amp;”', '', 'r', 'T', 'U', 'N',"
            f" 'UTC', 'en_US', {moment}, {moment}, 0, 0, 0, '')"
        )


def test_what_was_stored_is_compared_in_its_common_form_and_shown_as_it_was(old: Database) -> None:
    schema.upgrade(old)
    orders = Orders(old)

    def found(actor: Actor, **criteria: str) -> set[str]:
        return {row.order_id for row in orders.search(actor, OrderCriteria(**criteria)).rows}  # type: ignore[arg-type]

    manager = a_manager()
    assert found(manager, customer="nordwind logistik") == {"CS–1"}
    assert found(manager, customer="istanbul o'neill") == {"cs2\u200b"}
    assert found(manager, order_no="cs-1") == {"CS–1"}
    assert found(manager, order_no="CS2") == {"cs2\u200b"}
    # Two orders of one number: the first has it, and the other is found by everything else.
    assert found(manager, order_no="CS-3") == {"CS-3"}
    assert found(manager, customer="plain 4") == {"ＣＳ－３", "A B", "\u200b"}
    muller, ann, unseen = Members(old, lambda: NOON).list()
    assert (muller.account_name, ann.account_name) == ("müller", "ann\u00a0lee")
    # Of this name nothing was seen; it is told by an escape, and is nobody's customers'.
    assert unseen.account_name == "\\u200b"
    assert found(Actor(unseen)) == set()
    assert found(Actor(muller)) == {"CS–1", "cs2\u200b"}
    assert found(Actor(ann)) == {"CS-3"}
    with old.read() as connection:
        rows = connection.execute(text("SELECT account_name, account_name_folded FROM account_managers ORDER BY key"))
        assert [tuple(row) for row in rows] == [
            ("mu\u0308ller", "müller"),
            ("ann lee\u200b", "ann lee"),
            ("robert", "robert"),
        ]
        kept = connection.execute(text("SELECT criteria, criteria_text FROM exports")).one()
        assert tuple(kept) == ('{"customer":"a & b"}', "Customer “a & b <c> &amp;”")


def test_the_way_back_leaves_no_column_behind(old: Database) -> None:
    schema.upgrade(old)
    config = schema._config()
    with old.write(patient=True) as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, BEFORE)
    schema.upgrade(old)
    assert schema.current_version(old) == schema.head_version()
