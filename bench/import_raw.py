"""The usual alternative to `import`: csv.reader reads the files and puts them into the same tables, without checks.

The tables, indexes and constraints are the desk's own, made by its migrations, with foreign keys; the connection has
the desk's own settings; everything is one transaction. This module assigns the keys and keeps them in dictionaries,
however large they become. `Spent` counts only the time in which the database has a chunk of rows, ready in memory.
"""

from __future__ import annotations

import csv
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import make_url

from store.domain.orders.customers import search_text
from store.domain.texts import common_form

AT_ONCE = 20_000
_DIGITS = {"USD": 2, "CNY": 2, "JPY": 0, "KWD": 3}
_EPOCH = datetime.fromisoformat("1970-01-01T00:00:00Z")
_COLUMNS = {
    "account_managers": "key, account_name, account_name_folded",
    "product_types": "key, service_type_code, service_type_name",
    "customers": "key, customer_id, name, account_name, search_text, association_type, account_manager_key, resellers, "
    "reseller_id, reseller_name, email, telephone, country_code",
    "orders": "key, order_id, order_id_folded, customer_key, account_manager_key, resellers, product_type_key, "
    "source_type, status, order_type, currency, official_amount, amount_after_discount, create_time, payment_time, "
    "pending_payment_end_time, contract_id, user_name, coupon_amount, flexipurchase_coupon_amount, stored_card_amount",
    "order_items": "key, order_line_item_id, order_key, product_type_key, product_id, product_spec_desc, period_type, "
    "period_num, subscription_num, effective_time, expire_time, official_amount, amount_after_discount, discountable",
    "order_discounts": "order_key, order_line_item_id, discount_type, discount_amount",
}
_UNIQUE = {
    "account_managers": "account_name",
    "product_types": "service_type_code",
    "customers": "customer_id",
    "orders": "order_id_folded",
    "order_items": "order_line_item_id",
}
Row = tuple[Any, ...]
Put = Callable[[str, list[Row]], None]


@dataclass(slots=True)
class Spent:
    """Seconds by the clock and of this process's CPU in which the database or its driver had the rows."""

    seconds: float = 0.0
    cpu_seconds: float = 0.0

    @contextmanager
    def counted(self) -> Iterator[None]:
        """Adds the time that its body takes."""
        start, start_cpu = time.perf_counter(), time.process_time()
        yield
        self.seconds += time.perf_counter() - start
        self.cpu_seconds += time.process_time() - start_cpu


def executemany(path: str, bundle: Path, spent: Spent) -> None:
    """Upserts the bundle into the SQLite file with executemany."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for pragma in ("foreign_keys=ON", "synchronous=FULL", "cache_size=-65536", "temp_store=MEMORY"):
            connection.execute(f"PRAGMA {pragma}")
        known = connection.execute("SELECT count(*) FROM orders").fetchone()[0] > 0

        def put(table: str, rows: list[Row]) -> None:
            names = _COLUMNS[table].split(", ")
            statement = f"INSERT INTO {table} ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})"
            if table in _UNIQUE:
                news = ", ".join(f"{name} = excluded.{name}" for name in names if name not in ("key", _UNIQUE[table]))
                statement += f" ON CONFLICT ({_UNIQUE[table]}) DO " + (f"UPDATE SET {news}" if news else "NOTHING")
            elif known:
                orders = [(key,) for key in {row[0] for row in rows}]
                connection.executemany("DELETE FROM order_discounts WHERE order_key = ?", orders)
            connection.executemany(statement, rows)

        connection.execute("BEGIN IMMEDIATE")
        _put_all(bundle, put, _microseconds, spent)
        with spent.counted():
            connection.execute("COMMIT")


def copy(url: str, bundle: Path, spent: Spent) -> None:
    """Copies the bundle into empty tables of PostgreSQL."""
    address = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(address) as connection:

        def put(table: str, rows: list[Row]) -> None:
            with connection.cursor() as cursor, cursor.copy(f"COPY {table} ({_COLUMNS[table]}) FROM STDIN") as copying:
                for row in rows:
                    copying.write_row(row)

        # COPY reads ISO 8601 itself.
        _put_all(bundle, put, lambda text: text or None, spent)
        with spent.counted():
            connection.commit()


def _put_all(bundle: Path, put: Put, moment: Callable[[str], Any], spent: Spent) -> None:
    for table, rows in _tables(bundle, moment):
        waiting = iter(rows)
        while chunk := list(islice(waiting, AT_ONCE)):
            with spent.counted():
                put(table, chunk)


def _tables(bundle: Path, moment: Callable[[str], Any]) -> Iterator[tuple[str, Iterable[Row]]]:
    """The rows of each table, in an order that foreign keys allow."""
    managers: dict[str, int] = {}
    products: dict[str, tuple[int, str]] = {}
    for row in _read(bundle, "customers"):
        managers.setdefault(row[6], len(managers) + 1)
    for file in ("orders", "order_items"):
        for row in _read(bundle, file):
            products.setdefault(row[2], (len(products) + 1, row[3]))
    yield "account_managers", [(key, name, common_form(name)) for name, key in managers.items()]
    yield "product_types", [(key, code, name) for code, (key, name) in products.items()]
    customers: dict[str, tuple[int, int, bool]] = {}
    yield "customers", _customers(bundle, managers, customers)
    orders: dict[str, tuple[int, int]] = {}
    yield "orders", _orders(bundle, customers, products, orders, moment)
    yield "order_items", _items(bundle, products, orders, moment)
    yield (
        "order_discounts",
        (
            (orders[row[0]][0], row[1] or None, row[2], _minor(row[3], orders[row[0]][1]))
            for row in _read(bundle, "order_discounts")
        ),
    )


def _customers(bundle: Path, managers: dict[str, int], known: dict[str, tuple[int, int, bool]]) -> Iterator[Row]:
    for key, row in enumerate(_read(bundle, "customers"), start=1):
        customer_id, name, account, association, reseller_id, reseller, manager, email, telephone, country = row
        known[customer_id] = key, managers[manager], bool(reseller_id)
        folded = search_text(name, account)
        yield (
            *(key, customer_id, name, account, folded, association, managers[manager], bool(reseller_id)),
            *(reseller_id or None, reseller or None, email, telephone, country),
        )


def _orders(
    bundle: Path,
    customers: dict[str, tuple[int, int, bool]],
    products: dict[str, tuple[int, str]],
    known: dict[str, tuple[int, int]],
    moment: Callable[[str], Any],
) -> Iterator[Row]:
    for key, row in enumerate(_read(bundle, "orders"), start=1):
        digits = _DIGITS[row[9]]
        known[row[0]] = key, digits
        yield (
            *(key, row[0], row[0].upper(), *customers[row[1]], products[row[2]][0], row[4], row[5], row[6], row[9]),
            *(_minor(row[7], digits), _minor(row[8], digits), moment(row[10]), moment(row[11]), moment(row[12])),
            *(row[13] or None, row[14], _minor(row[15], digits), _minor(row[16], digits), _minor(row[17], digits)),
        )


def _items(
    bundle: Path,
    products: dict[str, tuple[int, str]],
    orders: dict[str, tuple[int, int]],
    moment: Callable[[str], Any],
) -> Iterator[Row]:
    for key, row in enumerate(_read(bundle, "order_items"), start=1):
        order_key, digits = orders[row[1]]
        yield (
            *(key, row[0], order_key, products[row[2]][0], row[4], row[5], row[6], row[7], row[8]),
            *(moment(row[9]), moment(row[10]), _minor(row[11], digits), _minor(row[12], digits), row[13] == "true"),
        )


def _read(bundle: Path, name: str) -> Iterator[list[str]]:
    with (bundle / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        rows = csv.reader(file)
        next(rows)
        yield from rows


def _minor(text: str, digits: int) -> int:
    whole, _, part = text.partition(".")
    return int(whole + part.ljust(digits, "0"))


def _microseconds(text: str) -> int | None:
    return int((datetime.fromisoformat(text) - _EPOCH).total_seconds()) * 1_000_000 if text else None
