"""Databases full of orders for benchmarks: filled once by the databases themselves, the same for each size, and kept.

    python -m bench.orders_data --orders 1000000 --databases sqlite postgresql

SQLite files are kept in the folder that BENCH_DIR names (`var/bench`), PostgreSQL databases as `order_desk_bench_N`
on the server of TEST_DATABASE_URL. Every order has one item. An unfinished database has another name, and is made
again. 5,000,000 orders take about ten minutes and 5 GB for each of the two.

The book: the number of customers is a twentieth of the orders, at most 50,000; a quarter are resellers', and the
busiest one has half a per cent of all orders. There is a salesperson for every hundred customers (at least 20); the
first has 10 % of all orders. Orders are spread over three years; nine numbers in ten follow time (`CS` and the second),
one is arbitrary (`PA…`).
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import Any

from sqlalchemy import Connection, create_engine, func, insert, make_url, select, text

from store.database import Database
from store.domain.orders.customers import search_text
from store.domain.texts import common_form
from store.services import schema
from store.tables import AccountManagerRow, CustomerRow, OrderRow, ProductTypeRow
from tests.support.databases import missing_server, server_url

KINDS = ("sqlite", "postgresql")
BUSIEST = "salesperson-001"
"""The account name of the salesperson with 10 % of all orders."""
PRODUCTS = 40
_MOST_CUSTOMERS, _MOST_SALESPEOPLE = 50_000, 500
_SEED = 20
_AT_ONCE = 100_000

# Parts of names, and how often each occurs in a hundred.
_FIRST = {
    "Harper": 12, "Acme": 8, "Müller": 8, "Łódź": 5, "北京": 10, "上海": 8, "深圳市": 6, "東京": 8, "株式会社さくら": 5,
    "서울": 7, "Ωμέγα": 4, "شركة الخليج": 5, "Крылов": 5, "São João": 6, "Çelik": 3,
}  # fmt: skip
_SECOND = {
    "Trading": 24, "科技": 14, "Logistics": 12, "データ": 10, "네트워크": 8, "Präzisionstechnik": 8, "云计算": 8,
    "& Sons": 8, "للتقنية": 4, "Вычисления": 3, "Quarry": 1,
}  # fmt: skip
_LAST = {"Ltd": 40, "GmbH": 15, "有限公司": 25, "Inc.": 20}

_NUMBERS = {
    "sqlite": "WITH RECURSIVE numbers(n) AS (SELECT :first UNION ALL SELECT n + 1 FROM numbers WHERE n < :last)",
    "postgresql": "WITH numbers AS (SELECT generate_series(CAST(:first AS bigint), CAST(:last AS bigint)) AS n)",
}
_MOMENT = {"sqlite": "({}) * 1000000", "postgresql": "to_timestamp({})"}
_SECOND_OF = {
    "sqlite": "substr(strftime('%Y%m%d%H%M%S', ordered, 'unixepoch'), 3)",
    "postgresql": "to_char(to_timestamp(ordered) AT TIME ZONE 'UTC', 'YYMMDDHH24MISS')",
}
_PADDED = {"sqlite": "substr('0000000000' || ({}), -{})", "postgresql": "lpad(CAST({} AS text), {}, '0')"}
# Each draws a number below 2^31 - 1 from n, a different one for each n.
_DRAWS = """drawn AS (SELECT n, 1690000000 + n * 94608000 / :orders AS ordered, n * 742938285 % 2147483647 AS a,
    n * 950706376 % 2147483647 % 1000000 AS b, n * 1226874159 % 2147483647 % 1000 AS c,
    n * 62089911 % 2147483647 % 1000 AS d, n * 1343714438 % 2147483647 % 1000 AS e FROM numbers)"""
_ORDERS = """
INSERT INTO orders (key, order_id, order_id_folded, customer_key, account_manager_key, resellers, product_type_key,
    source_type, status, order_type, currency, official_amount, amount_after_discount, create_time, payment_time,
    pending_payment_end_time, contract_id, user_name, coupon_amount, flexipurchase_coupon_amount, stored_card_amount)
{numbers}, {draws}, made AS (SELECT *, CASE WHEN a % 10 = 0 THEN 'PA' || {any_number}
        ELSE 'CS' || {second} || {serial} END AS number,
    CASE WHEN n > :orders * 99 / 100 AND c < 400 THEN 6 WHEN c < 860 THEN 5 WHEN c < 940 THEN 4 WHEN c < 960 THEN 3
        WHEN c < 970 THEN 6 WHEN c < 975 THEN 1 WHEN c < 980 THEN 2 WHEN c < 984 THEN 9 WHEN c < 988 THEN 10
        WHEN c < 992 THEN 11 WHEN c < 996 THEN 12 ELSE 13 END AS status,
    CASE WHEN d < 600 THEN 1 WHEN d < 850 THEN 2 WHEN d < 920 THEN 3 WHEN d < 950 THEN 4 WHEN d < 960 THEN 10
        WHEN d < 970 THEN 11 WHEN d < 980 THEN 12 WHEN d < 990 THEN 13 WHEN d < 995 THEN 14 ELSE 15 END AS order_type,
    1000 + a % 5000000 AS official FROM drawn)
SELECT n, number, number, customers.key, customers.account_manager_key, customers.resellers,
    1 + e * e * :products / 1000000, 1 + a % 3, status, order_type,
    CASE a % 7 WHEN 0 THEN 'JPY' WHEN 1 THEN 'CNY' WHEN 2 THEN 'CNY' ELSE 'USD' END,
    official, official - CASE a % 3 WHEN 0 THEN official / 10 ELSE 0 END, {ordered},
    CASE WHEN status = 5 THEN {paid} END, {deadline},
    CASE WHEN a % 3 = 0 THEN 'HT-' || n END, 'user' || (a % 9000) || '@example.com', 0, 0, 0
FROM made JOIN customers ON customers.key = 1 + b * b / 1000000 * :customers / 1000000
ORDER BY n
"""
_ITEMS = """
INSERT INTO order_items (order_line_item_id, order_key, product_type_key, product_id, product_spec_desc, period_type,
    period_num, subscription_num, effective_time, expire_time, official_amount, amount_after_discount, discountable)
SELECT order_id || '-1', key, product_type_key, 'P' || (key % 5000),
    'c7.' || (key % 16) || 'xlarge, ' || (key % 64) || ' vCPUs, 通用计算', 2, 1 + key % 12, 1 + key % 4, payment_time,
    pending_payment_end_time, official_amount, amount_after_discount, key % 5 > 0
FROM orders WHERE key BETWEEN :first AND :last ORDER BY key
"""
_INDEXES_IN_SQLITE = (
    "SELECT 'DROP INDEX ' || name, sql FROM sqlite_master WHERE type = 'index' AND tbl_name = '{}' AND sql"
)
_INDEXES_IN_SQLITE += " IS NOT NULL"
_INDEXES_IN_POSTGRESQL = """
SELECT 'ALTER TABLE {0} DROP CONSTRAINT ' || conname,
    'ALTER TABLE {0} ADD CONSTRAINT ' || conname || ' ' || pg_get_constraintdef(oid)
FROM pg_constraint WHERE conrelid = CAST('{0}' AS regclass) AND contype IN ('f', 'u')
UNION ALL
SELECT 'DROP INDEX ' || indexname, indexdef FROM pg_indexes
WHERE tablename = '{0}' AND indexname NOT IN (SELECT conname FROM pg_constraint)
"""
"""With the constraints that would be checked row by row."""


def customers_of(orders: int) -> int:
    """The number of customers in a book of that number of orders."""
    return max(200, min(_MOST_CUSTOMERS, orders // 20))


def salespeople_of(orders: int) -> int:
    """The number of account managers in a book of that number of orders."""
    return max(20, min(_MOST_SALESPEOPLE, customers_of(orders) // 100))


@contextmanager
def filled(kind: str, orders: int, *, pool_size: int = 20, mapped: bool = False) -> Iterator[Database]:
    """The kept database of that number of orders, made if missing; its schema is brought up to date.

    `kind` is one of KINDS; PostgreSQL must answer: see `missing_server`. `mapped` is as in `Database`.
    """
    url = _sqlite(orders) if kind == "sqlite" else _postgresql(orders)
    database = Database(url, pool_size=pool_size, mapped=mapped)
    try:
        schema.upgrade(database)
        yield database
    finally:
        database.close()


def _sqlite(orders: int) -> str:
    path = Path(os.environ.get("BENCH_DIR", "var/bench")).resolve() / f"orders-{orders}.db"
    if not path.exists():
        unfinished = path.with_suffix(".part")
        for left in (unfinished, Path(f"{unfinished}-wal"), Path(f"{unfinished}-shm")):
            left.unlink(missing_ok=True)
        _make(f"sqlite:///{unfinished}", orders)
        unfinished.rename(path)
    return f"sqlite:///{path}"


def _postgresql(orders: int) -> str:
    name = f"order_desk_bench_{orders}"
    server = create_engine(server_url(), isolation_level="AUTOCOMMIT")
    try:
        with server.connect() as connection:
            found = connection.execute(text("SELECT 1 FROM pg_database WHERE datname = :name"), {"name": name})
            if found.first() is None:
                connection.execute(text(f'DROP DATABASE IF EXISTS "{name}_part"'))
                connection.execute(text(f'CREATE DATABASE "{name}_part"'))
                _make(_on_server(f"{name}_part"), orders)
                connection.execute(text(f'ALTER DATABASE "{name}_part" RENAME TO "{name}"'))
    finally:
        server.dispose()
    return _on_server(name)


def _on_server(name: str) -> str:
    return make_url(server_url()).set(database=name).render_as_string(hide_password=False)


def _make(url: str, orders: int) -> None:
    database = Database(url)
    schema.upgrade(database)
    fill(database, orders)
    database.close()


def fill(database: Database, orders: int) -> None:
    """Makes that number of orders with an item each if there are none; raises ValueError if there are others."""
    # Outside of transactions, except those begun here: SQLite ignores this pragma inside of one.
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        found = connection.execute(select(func.count()).select_from(OrderRow)).scalar_one()
        if found:
            if found != orders:
                raise ValueError(f"the database has {found:,} orders already, not {orders:,}")
            return
        faster = (
            ("PRAGMA foreign_keys=OFF", "PRAGMA synchronous=OFF")
            if database.sqlite
            else (
                "SET synchronous_commit = off",
                "SET maintenance_work_mem = '512MB'",
            )
        )
        for setting in faster:
            connection.exec_driver_sql(setting)
        _people(connection, orders)
        for table in ("orders", "order_items"):
            _fill_without_indexes(connection, table, orders)
        connection.exec_driver_sql("ANALYZE" if database.sqlite else "VACUUM ANALYZE")
        # The connection's settings end with it.
        connection.invalidate()


def _fill_without_indexes(connection: Connection, table: str, orders: int) -> None:
    """An index built over existing rows costs a fraction of one that grows with them."""
    of_database = _INDEXES_IN_SQLITE if connection.dialect.name == "sqlite" else _INDEXES_IN_POSTGRESQL
    indexes = connection.exec_driver_sql(of_database.format(table)).all()
    for drop, _ in indexes:
        connection.exec_driver_sql(drop)
    statement = _orders_statement(connection.dialect.name) if table == "orders" else _ITEMS
    for first in range(1, orders + 1, _AT_ONCE):
        values: dict[str, int] = {"first": first, "last": min(first + _AT_ONCE - 1, orders)}
        if table == "orders":
            values |= {"orders": orders, "products": PRODUCTS, "customers": customers_of(orders)}
        connection.execute(text(statement), values)
    for _, create in indexes:
        connection.exec_driver_sql(create)


def _orders_statement(dialect: str) -> str:
    moment, padded = _MOMENT[dialect], _PADDED[dialect]
    return _ORDERS.format(
        numbers=_NUMBERS[dialect],
        draws=_DRAWS,
        any_number=padded.format("a", 10),
        second=_SECOND_OF[dialect],
        serial=padded.format("n % 100000", 5),
        ordered=moment.format("ordered"),
        paid=moment.format("ordered + 3600"),
        deadline=moment.format("ordered + 604800"),
    )


def _people(connection: Connection, orders: int) -> None:
    salespeople = range(1, salespeople_of(orders) + 1)
    made: dict[type[Any], list[dict[str, object]]] = {
        AccountManagerRow: [
            {"key": key, "account_name": name, "account_name_folded": common_form(name)}
            for key, name in ((key, f"salesperson-{key:03d}") for key in salespeople)
        ],
        ProductTypeRow: [
            {"key": key, "service_type_code": f"hws.service.type.{key}", "service_type_name": f"Cloud Service {key}"}
            for key in range(1, PRODUCTS + 1)
        ],
        CustomerRow: list(_customers(customers_of(orders), salespeople_of(orders))),
    }
    for table, rows in made.items():
        connection.execute(insert(table), rows)


def _customers(number: int, salespeople: int) -> Iterator[dict[str, object]]:
    chance = Random(_SEED)  # repeatable, not secret

    def part(parts: dict[str, int]) -> str:
        return chance.choices(list(parts), list(parts.values()))[0]

    for key in range(1, number + 1):
        name, account = f"{part(_FIRST)} {part(_SECOND)} {part(_LAST)}", f"account-{key:05d}"
        resellers = key // 10 % 4 == 0
        yield {
            "key": key,
            "customer_id": f"C{key:08d}",
            "name": name,
            "account_name": account,
            "search_text": search_text(name, account),
            "association_type": 3 if resellers else 1,
            # Every tenth customer has a tenth of the orders, although the largest customers are few.
            "account_manager_key": 1 if key % 10 == 3 else 2 + key * 7919 % (salespeople - 1),
            "resellers": resellers,
            "reseller_id": f"R{key % 40}" if resellers else None,
            "reseller_name": f"Reseller {key % 40}" if resellers else None,
            "country_code": ("DE", "CN", "JP", "US")[key % 4],
        }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--orders", type=int, default=1_000_000)
    parser.add_argument("--databases", nargs="+", choices=KINDS, default=list(KINDS))
    asked = parser.parse_args()
    for kind in asked.databases:
        if kind == "postgresql" and missing_server():
            print(f"PostgreSQL is left out: {missing_server()}")
            continue
        start = time.perf_counter()
        with filled(kind, asked.orders) as database:
            print(f"{database.name} has {asked.orders:,} orders ({time.perf_counter() - start:.0f} s)", flush=True)


if __name__ == "__main__":
    main()
