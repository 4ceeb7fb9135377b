"""Import bundles for benchmarks: the same CSV files for the same number of orders, kept between runs.

An order has one to three items, two of five items have their own discount; four orders make about seventeen rows. The
`changed` bundle has the same orders, items and discounts with other amounts. Sums add up in both.
"""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path

SEED = 20261125
VERSION = 1
"""Raise it when the same number of orders is to make other files: kept files are then no longer used."""
_ORDERS_PER_CUSTOMER = 20
_CUSTOMERS_PER_MANAGER = 100
_PRODUCTS = 120
_FIRST = datetime(2021, 1, 1, tzinfo=UTC)
_SECONDS = 5 * 365 * 86_400
_NAMES = (
    *("Harper & Sons", "北京云计算有限公司", "Müller GmbH", "株式会社東京データ", "서울전자", "Acme Trading Ltd"),
    *(
        "上海网络技术",
        "Société Générale d’Énergie",
        "شركة النور",
        "Lindqvist Handels AB",
        "Casa Pérez",
        "Kowalski i Syn",
    ),
)
_CURRENCIES = ("USD", "USD", "USD", "CNY", "CNY", "JPY", "KWD")
_DIGITS = {"USD": 2, "CNY": 2, "JPY": 0, "KWD": 3}
_STATUSES = (5, 5, 5, 5, 5, 5, 5, 4, 6, 3)
_AT_ONCE = 20_000
_HEADERS = {
    "customers": "customer_id,name,account_name,association_type,reseller_id,reseller_name,account_manager,email,"
    "telephone,country_code",
    "orders": "order_id,customer_id,service_type_code,service_type_name,source_type,status,order_type,official_amount,"
    "amount_after_discount,currency,create_time,payment_time,pending_payment_end_time,contract_id,user_name,"
    "coupon_amount,flexipurchase_coupon_amount,stored_card_amount,commission_amount,consumed_amount,parent_order_id",
    "order_items": "order_line_item_id,order_id,service_type_code,service_type_name,product_id,product_spec_desc,"
    "period_type,period_num,subscription_num,effective_time,expire_time,official_amount,amount_after_discount,"
    "discountable",
    "order_discounts": "order_id,order_line_item_id,discount_type,discount_amount",
}


def bundles(folder: Path, orders: int) -> tuple[Path, Path]:
    """The folders of the bundle and of the changed one; makes them if the folder does not have them yet."""
    return tuple(_kept(folder / f"import-v{VERSION}-{orders}-{name}", orders, name) for name in ("new", "changed"))  # type: ignore[return-value]


def count_rows(bundle: Path) -> int:
    """The number of rows of all files, without headers."""
    rows = 0
    for name in _HEADERS:
        with (bundle / f"{name}.csv").open("rb") as file:
            while block := file.read(1 << 20):
                rows += block.count(b"\n")
        rows -= 1
    return rows


def _kept(path: Path, orders: int, name: str) -> Path:
    if path.exists():
        return path
    unfinished = path.with_name(f"{path.name}.part")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(parents=True)
    _write(unfinished, orders, more=0 if name == "new" else 10)
    unfinished.rename(path)
    return path


def _write(folder: Path, orders: int, more: int) -> None:
    """Writes the files; `more` raises the list prices of items, in minor units. Ten also changes the discounts."""
    customers = max(orders // _ORDERS_PER_CUSTOMER, 1)
    files = {name: (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") for name in _HEADERS}
    try:
        for name, header in _HEADERS.items():
            files[name].write(header + "\n")
        files["customers"].writelines(_customers(customers))
        parts: dict[str, list[str]] = {name: [] for name in ("orders", "order_items", "order_discounts")}
        numbers = _orders(orders, customers, more, *parts.values())
        while sum(1 for _ in islice(numbers, _AT_ONCE)):
            for name, lines in parts.items():
                files[name].writelines(lines)
                lines.clear()
    finally:
        for file in files.values():
            file.close()


def _customers(customers: int) -> Iterator[str]:
    managers = max(customers // _CUSTOMERS_PER_MANAGER, 1)
    for n in range(customers):
        name = f"{_NAMES[n % len(_NAMES)]} {n:05}"
        reseller = f"R{n % 50:03},Reseller {n % 50}" if n % 7 == 0 else ","
        yield (
            f"C{n:07},{name},account{n:05},{3 if n % 7 == 0 else 1},{reseller},seller{n % managers:03},"
            f"desk{n}@example.com,+49 30 {n:07},DE\n"
        )


def _orders(
    orders: int, customers: int, more: int, order_lines: list[str], item_lines: list[str], discount_lines: list[str]
) -> Iterator[int]:
    """Adds the lines of each order to the lists, and yields the number of orders so far; in order of time."""
    rng = random.Random(SEED)
    whole = rng.random
    for n in range(1, orders + 1):
        moment = _FIRST + timedelta(seconds=n * _SECONDS // orders)
        ordered, paid = (
            moment.strftime("%Y-%m-%dT%H:%M:%SZ"),
            (moment + timedelta(hours=7)).strftime("%Y-%m-%dT%H:%M:%SZ"),
        )
        order_id = f"CS{moment:%y%m}{n:010}"
        currency = _CURRENCIES[n % len(_CURRENCIES)]
        written = _amounts(_DIGITS[currency])
        product = int(whole() * _PRODUCTS)
        official_sum, after_sum = 0, 0
        for place in range(1, 2 + n % 3):
            official = 1_000 + int(whole() * 5_000_000) + more
            less = official // 10 if whole() < 0.6 else 0
            official_sum += official
            after_sum += official - less
            item_id = f"{order_id}-{place}"
            item_lines.append(
                f"{item_id},{order_id},hws.service.type.s{product:03},Cloud service {product:03},"
                f'P{int(whole() * 5_000):05},"c7.{place}xlarge, {n % 64} vCPUs, 通用计算",'
                f"2,{1 + n % 12},{1 + n % 4},{paid},,{written(official)},"
                f"{written(official - less)},{'true' if place < 3 else 'false'}\n"
            )
            if less:
                discount_lines.append(f"{order_id},{item_id},200,{written(less)}\n")
        status = _STATUSES[int(whole() * len(_STATUSES))]
        payment, deadline = (paid, "") if status == 5 else ("", "2030-01-01T00:00:00Z" if status == 6 else "")
        order_lines.append(
            f"{order_id},C{int(whole() * customers):07},hws.service.type.s{product:03},Cloud service {product:03},"
            f"{1 + n % 3},{status},{1 + n % 3},{written(official_sum)},{written(after_sum)},{currency},{ordered},"
            f"{payment},{deadline},{f'HT-{n}' if n % 3 == 0 else ''},user{n % 9_000}@example.com,0,0,0,,,\n"
        )
        yield n


def _amounts(digits: int) -> Callable[[int], str]:
    if digits == 0:
        return str
    return lambda minor: f"{(text := str(minor))[:-digits]}.{text[-digits:]}"
