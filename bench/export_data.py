"""A database full of orders for benchmarks, made by the database itself: the same orders for the same number."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, func, insert, select, text

from store.database import Database
from store.domain.customers import search_text
from store.tables import AccountManagerRow, CustomerRow, OrderRow, ProductTypeRow

_MANAGERS = 50
_PRODUCTS = 40
_NAMES = (
    "Harper & Sons",
    "北京云计算有限公司",
    "Müller GmbH",
    "株式会社東京データ",
    "서울전자",
    "Acme Trading Ltd",
    "上海网络技术",
)
_AT_ONCE = 100_000

_NUMBERS = {
    "sqlite": "WITH RECURSIVE numbers(n) AS (SELECT :first UNION ALL SELECT n + 1 FROM numbers WHERE n < :last) ",
    "postgresql": "WITH numbers AS (SELECT generate_series(CAST(:first AS bigint), CAST(:last AS bigint)) AS n) ",
}
_MOMENT = {
    "sqlite": "(1700000000 + {seconds}) * 1000000",
    "postgresql": "to_timestamp(1700000000 + {seconds})",
}
_ORDERS = """
INSERT INTO orders (key, order_id, order_id_folded, customer_key, account_manager_key, resellers, product_type_key,
    source_type, status, order_type, currency, official_amount, amount_after_discount, create_time, payment_time,
    pending_payment_end_time, contract_id, user_name, coupon_amount, flexipurchase_coupon_amount, stored_card_amount)
{numbers}
SELECT n, 'CS' || (2600000000000000 + n), 'CS' || (2600000000000000 + n), customers.key, customers.account_manager_key,
    customers.resellers, 1 + n * 7 % :products, 1 + n % 3,
    CASE n % 10 WHEN 0 THEN 6 WHEN 1 THEN 3 WHEN 2 THEN 4 ELSE 5 END,
    1 + n % 3, CASE n % 7 WHEN 0 THEN 'JPY' WHEN 1 THEN 'CNY' WHEN 2 THEN 'CNY' ELSE 'USD' END,
    1000 + n * 7919 % 5000000, 1000 + n * 7919 % 5000000 - n * 7919 % 5000000 / 10, {ordered},
    CASE WHEN n % 10 > 2 THEN {paid} END, {deadline},
    CASE WHEN n % 3 = 0 THEN 'HT-' || n END, 'user' || (n % 9000) || '@example.com', 0, 0, 0
FROM numbers JOIN customers ON customers.key = 1 + n * 31 % :customers
"""
_ITEMS = """
INSERT INTO order_items (order_line_item_id, order_key, product_type_key, product_id, product_spec_desc, period_type,
    period_num, subscription_num, effective_time, expire_time, official_amount, amount_after_discount, discountable)
SELECT order_id || '-1', key, product_type_key, 'P' || (key % 5000),
    'c7.' || (key % 16) || 'xlarge, ' || (key % 64) || ' vCPUs, 通用计算', 2, 1 + key % 12, 1 + key % 4, payment_time,
    pending_payment_end_time, official_amount, amount_after_discount, key % 5 > 0
FROM orders WHERE key BETWEEN :first AND :last ORDER BY key
"""


def fill(database: Database, orders: int) -> None:
    """Makes so many orders with an item each, where there are none; raises ValueError where there are others."""
    with database.write() as connection:
        found = connection.execute(select(func.count()).select_from(OrderRow)).scalar_one()
        if found:
            if found != orders:
                raise ValueError(f"the database has {found:,} orders already, not {orders:,}")
            return
        customers = max(100, min(50_000, orders // 20))
        _insert(connection, AccountManagerRow, _managers())
        _insert(connection, ProductTypeRow, _products())
        _insert(connection, CustomerRow, _customers(customers))
        for first in range(1, orders + 1, _AT_ONCE):
            _orders(connection, first, min(first + _AT_ONCE - 1, orders), customers)
    with database.engine.connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT").exec_driver_sql("ANALYZE")


def _orders(connection: Connection, first: int, last: int, customers: int) -> None:
    name = connection.dialect.name
    ordered = "n * 60"
    statement = _ORDERS.format(
        numbers=_NUMBERS[name],
        ordered=_MOMENT[name].format(seconds=ordered),
        paid=_MOMENT[name].format(seconds=f"{ordered} + 3600"),
        deadline=_MOMENT[name].format(seconds=f"{ordered} + 604800"),
    )
    values = {"first": first, "last": last, "products": _PRODUCTS, "customers": customers}
    connection.execute(text(statement), values)
    connection.execute(text(_ITEMS), {"first": first, "last": last})


def _insert(connection: Connection, table: type[Any], rows: Iterator[dict[str, object]]) -> None:
    connection.execute(insert(table), list(rows))


def _managers() -> Iterator[dict[str, object]]:
    for key in range(1, _MANAGERS + 1):
        yield {"key": key, "account_name": f"manager-{key:03d}"}


def _products() -> Iterator[dict[str, object]]:
    for key in range(1, _PRODUCTS + 1):
        yield {"key": key, "service_type_code": f"hws.service.type.{key}", "service_type_name": f"Cloud Service {key}"}


def _customers(number: int) -> Iterator[dict[str, object]]:
    for key in range(1, number + 1):
        name, account = f"{_NAMES[key % len(_NAMES)]} {key}", f"account-{key:05d}"
        yield {
            "key": key,
            "customer_id": f"C{key:08d}",
            "name": name,
            "account_name": account,
            "search_text": search_text(name, account),
            "association_type": 1 if key % 4 else 3,
            "account_manager_key": 1 + key % _MANAGERS,
            "resellers": key % 4 == 0,
            "reseller_id": None if key % 4 else f"R{key % 40}",
            "reseller_name": None if key % 4 else f"Reseller {key % 40}",
            "country_code": ("DE", "CN", "JP", "US")[key % 4],
        }
