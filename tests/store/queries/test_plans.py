"""Every statement of a search goes down its own index, on both databases: the plans are pinned.

The tables are filled, since PostgreSQL reads a small table whole, and rightly.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any, cast

import pytest
from sqlalchemy import Connection, Dialect, event, text
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg

from store.database import Database
from store.domain.orders.criteria import OrderCriteria
from store.domain.people import EVERYTHING, Actor, Member, Reach, Role
from store.queries.orders.customers import Named, keys_named
from store.queries.orders.products import list_product_types
from store.queries.orders.search import WALKING
from store.queries.orders.walk import Path as Way
from store.queries.orders.walk import Walk
from store.queries.orders.walks import (
    Statement,
    all_at_once,
    count_of,
    keys_expiring,
    keys_expiring_of,
    keys_numbered,
    near_page_of,
    page_and_total_of,
    page_if_few,
    page_of,
    sample_of,
    span_of,
    weeks_of,
)
from store.services.orders.orders import Orders
from tests.support.databases import postgresql_database, sqlite_copy

ORDERS = 20_000
CUSTOMERS = "customer_id, name, account_name, search_text, association_type, account_manager_key, resellers"
COLUMNS = (
    "order_id, order_id_folded, customer_key, account_manager_key, resellers, product_type_key, source_type, status,"
    " order_type, currency, official_amount, amount_after_discount, create_time, coupon_amount,"
    " flexipurchase_coupon_amount, stored_card_amount, contract_id"
)
ITEMS = (
    "order_line_item_id, order_key, product_type_key, product_id, product_spec_desc, period_type, subscription_num,"
    " expire_time, official_amount, amount_after_discount, discountable"
)


def fill(connection: Connection, *, sqlite: bool) -> None:
    """40 account managers with 50 customers each, and orders for two years, evenly."""
    numbers = "WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < {})"
    no, yes = ("0", "1") if sqlite else ("false", "true")
    resellers = f"CASE WHEN n % 5 = 0 THEN {yes} ELSE {no} END"
    number = "printf('CS%08d', n)" if sqlite else "'CS' || lpad(n::text, 8, '0')"
    moment = "1700000000000000 + n * 3000000000" if sqlite else "to_timestamp(1700000000 + n * 3000)"
    contract = "CASE WHEN n % 10 = 0 THEN 'HW-' || n % 70 END"
    later = "1710000000000000 + n * 3000000000" if sqlite else "to_timestamp(1710000000 + n * 3000)"
    codes = "n % 20 + 1, 1, n % 6 + 1, n % 3 + 1, 'USD', 1, 1"
    made = {
        "account_managers (account_name, account_name_folded)": (40, "'m' || n, 'm' || n"),
        "product_types (service_type_code, service_type_name)": (20, "'p' || n, 'p' || n"),
        f"customers ({CUSTOMERS})": (
            2_000,
            f"'c' || n, 'Name ' || n, 'acc' || n, 'name ' || n || 'acc' || n, 1, n % 40 + 1, {resellers}",
        ),
        f"orders ({COLUMNS})": (
            ORDERS,
            f"{number}, {number}, n % 2000 + 1, n % 40 + 1, {resellers}, {codes}, {moment}, 0, 0, 0, {contract}",
        ),
        f"order_items ({ITEMS})": (ORDERS, f"'i' || n, n, 1, '', '', 2, 1, {later}, 1, 1, {yes}"),
    }
    for table, (rows, values) in made.items():
        connection.execute(text(f"INSERT INTO {table} {numbers.format(rows)} SELECT {values} FROM numbers"))
    connection.execute(text("ANALYZE"))


@pytest.fixture(scope="module")
def filled_sqlite(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    with sqlite_copy(sqlite_template, tmp_path_factory.mktemp("plans")) as database:
        with database.write() as connection:
            fill(connection, sqlite=True)
        yield database


@pytest.fixture(scope="module")
def filled_postgresql() -> Iterator[Database]:
    with postgresql_database() as database:
        with database.write() as connection:
            fill(connection, sqlite=False)
        with database.engine.connect() as connection:
            connection.execution_options(isolation_level="AUTOCOMMIT").execute(
                text("VACUUM ANALYZE orders, order_items")
            )
        yield database


PLAIN: Dialect = PGDialect_psycopg()  # type: ignore[no-untyped-call]
NUMBERED: Dialect = PGDialect_psycopg(paramstyle="numeric_dollar")  # type: ignore[no-untyped-call]

WAYS = [
    Walk(Way.NEWEST, own=False, sqlite=False),
    Walk(Way.NEWEST, own=False, sqlite=False).judging(["product_types"]),
    Walk(Way.NEWEST, own=False, sqlite=False).judging(["order_no"]),
    Walk(Way.STATUS, own=False, sqlite=False),
    Walk(Way.STATUS, own=False, sqlite=False).judging(["product_types", "order_no"]),
    Walk(Way.STATUS, own=False, sqlite=False).judging(["customer_key"]),
    Walk(Way.PRODUCT, own=False, sqlite=False),
    Walk(Way.PRODUCT, own=False, sqlite=False).judging(["order_no"]),
    Walk(Way.CUSTOMER, own=False, sqlite=False),
    Walk(Way.CONTRACT, own=False, sqlite=False),
    Walk(Way.CONTRACT, own=False, sqlite=False).judging(
        ["statuses", "order_types", "product_types", "customer_key", "order_no", "expiring"]
    ),
    Walk(Way.NEWEST, own=False, sqlite=False).judging(["contract_id", "expiring"]),
    Walk(Way.STATUS, own=False, sqlite=False).judging(["expiring"]),
    Walk(Way.PRODUCT, own=False, sqlite=False).judging(["contract_id", "expiring"]),
    Walk(Way.CUSTOMER, own=False, sqlite=False).judging(["expiring"]),
    Walk(Way.CUSTOMER, own=False, sqlite=False).judging(["statuses", "order_types", "product_types", "order_no"]),
    Walk(Way.NUMBER, own=False, sqlite=False).judging(["order_no"]),
    Walk(Way.NUMBER, own=False, sqlite=False).judging(
        ["order_no", "statuses", "order_types", "product_types", "customer_key"]
    ),
    Walk(Way.NUMBER, own=False, sqlite=False).judging(["order_no", "contract_id"]),
    Walk(Way.NUMBER, own=False, sqlite=False).judging(["order_no", "expiring"]),
    Walk(Way.KEY, own=False, sqlite=False).judging(["statuses", "order_types", "product_types", "customer_key"]),
    Walk(Way.KEY, own=False, sqlite=False).judging(["order_no", "contract_id", "expiring"]),
]


def told(walk: Walk) -> str:
    judged = "".join(f" {name}" for name in sorted(walk.judged))
    place = f"{'' if walk.forward else ' back'}{' all days' if walk.all_days else ''}"
    return f"{walk.path.value}{' own' if walk.own else ''}{judged}{place}"


WALKS = [
    replace(walk, own=own, forward=forward, judged=walk.judged | named)
    for walk, own, forward, named in product(WAYS, (True, False), (True, False), (frozenset({"customer"}), frozenset()))
]
WALKS += [replace(walk, all_days=True) for walk in WALKS if walk.forward and walk.path is not Way.KEY]


def statements(walk: Walk) -> list[Statement]:
    if walk.path is Way.KEY:
        return [all_at_once(walk, 1001)]
    made = [page_of(walk), count_of(walk, 1001), page_and_total_of(walk, 1001), all_at_once(walk, 1001)]
    made.append(page_if_few(walk, 1001))
    if walk.path is Way.NUMBER:
        return [*made, weeks_of(walk), span_of(walk)]
    if walk.path is Way.NEWEST:
        made.append(near_page_of(walk))
        made += [sample_of(walk, 200, name) for name in ("order_no", "contract_id") if name not in walk.judged]
    return made


@pytest.mark.parametrize("walk", WALKS, ids=told)
def test_sqlite_walks_one_index(filled_sqlite: Database, walk: Walk) -> None:
    walk = replace(walk, sqlite=True)
    with filled_sqlite.read() as connection:
        for statement in statements(walk):
            compiled = statement.compile(dialect=connection.dialect)
            nothing = (None,) * len(compiled.positiontup or ())
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {compiled}", nothing)
            steps = [row[3] for row in plan]
            used = {index for step in steps for index in re.findall(r"INDEX ((?:ix|uq)_orders\w*)", step)}
            assert used == ({walk.path.index(own=walk.own)} if walk.path is not Way.KEY else set()), steps
            if "order_items" in str(compiled):
                assert any("SEARCH e USING INDEX ix_order_items_order" in step for step in steps), steps
            # What is left to scan are lists, and what the statement itself has made.
            scanned = [
                step for step in steps if re.match(r"SCAN (o|n|h|i|orders|customers|c)\b(?!.*ix_customers)", step)
            ]
            assert not scanned, steps


@pytest.mark.postgresql
@pytest.mark.parametrize("walk", WALKS, ids=told)
def test_postgresql_walks_one_index_whatever_the_values(filled_postgresql: Database, walk: Walk) -> None:
    with filled_postgresql.read() as connection:
        connection.execute(WALKING)
        for statement in statements(walk):
            sql = str(statement.compile(dialect=NUMBERED)).replace("%", "%%")
            values = len(set(re.findall(r"\$\d+", sql)))
            connection.exec_driver_sql(f"PREPARE walk AS {sql}")
            plan = "\n".join(
                connection.exec_driver_sql(f"EXPLAIN EXECUTE walk ({', '.join(['NULL'] * values)})").scalars()
            )
            connection.exec_driver_sql("DEALLOCATE walk")
            used = set(re.findall(r"using ((?:ix|uq)_orders\w*)", plan))
            assert used == ({walk.path.index(own=walk.own)} if walk.path is not Way.KEY else set()), plan
            assert "Seq Scan on orders" not in plan, plan
            if "order_items" in sql:
                assert "using ix_order_items_order" in plan, plan
                assert "Seq Scan on order_items" not in plan, plan
            assert not re.search(r"Bitmap .* on (ix|uq)_orders", plan), plan


EXPIRING = [
    Walk(Way.NEWEST, own=own, sqlite=False).judging(judged)
    for own, judged in product(
        (True, False),
        ((), ("statuses", "order_types", "product_types", "customer_key"), ("customer", "order_no", "contract_id")),
    )
]


@pytest.mark.parametrize("walk", EXPIRING, ids=told)
@pytest.mark.parametrize("kind", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def test_what_expires_is_looked_up_by_when_it_does(request: pytest.FixtureRequest, kind: str, walk: Walk) -> None:
    database: Database = request.getfixturevalue(f"filled_{kind}")
    with database.read() as connection:
        if kind == "sqlite":
            for statement in (keys_expiring(2_001), keys_expiring_of(replace(walk, sqlite=True), 1001)):
                compiled = statement.compile(dialect=connection.dialect)
                nothing = (None,) * len(compiled.positiontup or ())
                steps = [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {compiled}", nothing)]
                assert "COVERING INDEX ix_order_items_expiring" in steps[0], steps
                assert not [step for step in steps if re.match(r"SCAN (o|i|f|orders|order_items)\b", step)], steps
            return
        connection.execute(WALKING)
        for statement in (keys_expiring(2_001), keys_expiring_of(walk, 1001)):
            sql = str(statement.compile(dialect=NUMBERED)).replace("%", "%%")
            values = ", ".join(["NULL"] * len(set(re.findall(r"\$\d+", sql))))
            connection.exec_driver_sql(f"PREPARE walk AS {sql}")
            plan = "\n".join(connection.exec_driver_sql(f"EXPLAIN EXECUTE walk ({values})").scalars())
            connection.exec_driver_sql("DEALLOCATE walk")
            assert "using ix_order_items_expiring" in plan, plan
            assert "Seq Scan on orders" not in plan, plan
            assert "Seq Scan on order_items" not in plan, plan


def test_numbers_are_looked_up_in_their_own_index(filled_sqlite: Database) -> None:
    with filled_sqlite.read() as connection:
        compiled = keys_numbered(300).compile(dialect=connection.dialect)
        steps = [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {compiled}", ("a", "b", 0))]
    assert len(steps) == 1
    assert steps[0].startswith("SEARCH orders USING COVERING INDEX sqlite_autoindex_orders")


@pytest.mark.postgresql
def test_letters_are_looked_up_in_their_index(filled_postgresql: Database) -> None:
    sql = str(keys_named(Named(sqlite=False, own=False, by_letters=True)).compile(dialect=PLAIN))
    values = {"resellers": False, "text": "77acc77", "letters": ["77", "7a"], "strpos_1": 0}
    with filled_postgresql.read() as connection:
        plan = "\n".join(connection.exec_driver_sql(f"EXPLAIN {sql}", values).scalars())
    assert "ix_customers_letters" in plan


@pytest.mark.parametrize("reach", [EVERYTHING, Reach("m7")], ids=["all", "own"])
@pytest.mark.parametrize("kind", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def test_product_types_are_looked_up_one_by_one_and_no_orders_gone_through(
    request: pytest.FixtureRequest, kind: str, reach: Reach
) -> None:
    database: Database = request.getfixturevalue(f"filled_{kind}")
    asked: list[tuple[str, object]] = []

    def note(_connection: object, _cursor: object, statement: str, values: object, *_: object) -> None:
        asked.append((statement, values))

    event.listen(database.engine, "before_cursor_execute", note)
    try:
        with database.read() as connection:
            assert list_product_types(connection, reach)
    finally:
        event.remove(database.engine, "before_cursor_execute", note)
    ((statement, values),) = [one for one in asked if one[0].startswith("SELECT")]
    with database.read() as connection:
        plan = connection.exec_driver_sql(
            f"{'EXPLAIN' if kind == 'postgresql' else 'EXPLAIN QUERY PLAN'} {statement}", cast("Any", values)
        )
        steps = [str(row[-1]) for row in plan]
    index = f"ix_orders_{'all' if reach.everything else 'own'}_product"
    assert set(re.findall(r"(?:ix|uq)_orders\w*", " ".join(steps))) == {index}, steps
    looked = [step for step in steps if ("Index Cond" in step or index in step) and "product_type_key" in step]
    assert len(looked) == 2, steps
    assert all("resellers" in step and "ANY" not in step for step in looked), steps
    assert not any("Seq Scan on orders" in step for step in steps), steps


@pytest.mark.postgresql
def test_postgresql_plans_a_search_once_and_not_for_each_who_asks(filled_postgresql: Database) -> None:
    everybody = Actor(Member("T1", "U1", "Manager", "", frozenset({Role.MANAGER})))
    for _ in range(10):
        Orders(filled_postgresql).search(everybody, OrderCriteria())
    with filled_postgresql.read() as connection:
        planned = connection.execute(
            text("SELECT generic_plans FROM pg_prepared_statements WHERE statement LIKE '%service_type_name%'")
        )
        assert planned.scalar_one() > 1
