"""Import bundles for tests: a small valid one, for tests to bend, as a folder of CSV files or as a workbook."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from openpyxl import Workbook

from store.database import Database
from store.domain.imports import ImportReport
from store.services.imports.imports import Imports

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
Rows = list[dict[str, Any]]
Parts = dict[str, Rows]


def small_bundle() -> Parts:
    """Two customers of two account managers, three orders in three currencies, with discounts of both kinds."""
    return {
        "customers": [
            {
                "customer_id": "ALFKI",
                "name": "Alfreds Futterkiste",
                "account_name": "alfki",
                "association_type": "1",
                "reseller_id": "",
                "reseller_name": "",
                "account_manager": "NDavolio",
                "email": "",
                "telephone": "030-0074321",
                "country_code": "DE",
            },
            {
                "customer_id": "ANTON",
                "name": "Antonio Moreno Taquería",
                "account_name": "anton",
                "association_type": "Reseller",
                "reseller_id": "NW-LATAM",
                "reseller_name": "Northwind Latin America",
                "account_manager": "jleverling",
                "email": "anton@example.com",
                "telephone": "",
                "country_code": "MX",
            },
        ],
        "orders": [
            order("10248", "ALFKI", "440.00", "440.00"),
            order("10250", "ANTON", "1813", "1552", currency="JPY", status="pending payment", payment_time="")
            | {"pending_payment_end_time": "2026-12-20T23:59:59+09:00"},
            order("10251", "ALFKI", "670.800", "654.060", currency="kwd", coupon_amount="4.060"),
        ],
        "order_items": [
            item("10248-1", "10248", "168.00", "168.00"),
            item("10248-2", "10248", "272.00", "272.00", discountable="no"),
            item("10250-1", "10250", "1813", "1552"),
            item("10251-1", "10251", "100.8", "95.76"),
            item("10251-2", "10251", "570", "558.3"),
        ],
        "order_discounts": [
            discount("10250", "10250-1", "200", "200"),
            discount("10250", "10250-1", "partner-granted", "61"),
            discount("10251", "10251-1", "200", "5.04"),
            discount("10251", "10251-2", "609", "11.70"),
            discount("10251", "", "200", "5.04"),
            discount("10251", "", "609", "11.70"),
        ],
        "members": [
            {"slack_user_id": "U0NW0001", "name": "Nancy Davolio", "account_name": "ndavolio", "roles": "salesperson"},
            {"slack_user_id": "U0NW0002", "name": "Andrew Fuller", "account_name": "", "roles": "manager;admin"},
        ],
    }


def order(order_id: str, customer_id: str, official: str, after: str, **others: str) -> dict[str, Any]:
    """A row of `orders`: completed, in US dollars, without coupons, unless `others` says otherwise."""
    return {
        "order_id": order_id,
        "customer_id": customer_id,
        "service_type_code": "northwind.produce",
        "service_type_name": "Produce",
        "source_type": "2",
        "status": "5",
        "order_type": "1",
        "official_amount": official,
        "amount_after_discount": after,
        "currency": "USD",
        "create_time": "2026-01-18T09:00:00Z",
        "payment_time": "2026-01-30T15:00:00.5+02:00",
        "pending_payment_end_time": "",
        "contract_id": "",
        "user_name": "ndavolio",
        "coupon_amount": "",
        "flexipurchase_coupon_amount": "",
        "stored_card_amount": "",
        "commission_amount": "",
        "consumed_amount": "",
        "parent_order_id": "",
    } | others


def item(item_id: str, order_id: str, official: str, after: str, **others: str) -> dict[str, Any]:
    """A row of `order_items`."""
    return {
        "order_line_item_id": item_id,
        "order_id": order_id,
        "service_type_code": "northwind.produce",
        "service_type_name": "Produce",
        "product_id": "14",
        "product_spec_desc": "Tofu (40 - 100 g pkgs.)",
        "period_type": "one-time",
        "period_num": "1",
        "subscription_num": "9",
        "effective_time": "",
        "expire_time": "",
        "official_amount": official,
        "amount_after_discount": after,
        "discountable": "true",
    } | others


def discount(order_id: str, item_id: str, kind: str, amount: str) -> dict[str, Any]:
    """A row of `order_discounts`."""
    return {"order_id": order_id, "order_line_item_id": item_id, "discount_type": kind, "discount_amount": amount}


def write_folder(folder: Path, parts: Parts) -> Path:
    """The parts as CSV files in the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in parts.items():
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, _columns(rows), restval="")
            writer.writeheader()
            writer.writerows(rows)
    return folder


def write_workbook(path: Path, parts: Parts, bend: Callable[[Workbook], None] | None = None) -> Path:
    """The parts as sheets of a workbook; `bend` may change it before it is saved."""
    path.parent.mkdir(parents=True, exist_ok=True)
    book = Workbook()
    del book["Sheet"]
    for name, rows in parts.items():
        sheet = book.create_sheet(name)
        columns = _columns(rows)
        sheet.append(columns)
        for row in rows:
            sheet.append([row.get(column) or None for column in columns])
    if bend:
        bend(book)
    book.save(path)
    return path


def _columns(rows: Iterable[dict[str, Any]]) -> list[str]:
    return list(dict.fromkeys(name for row in rows for name in row))


def run_import(database: Database, path: Path, **options: Any) -> ImportReport:
    """Imports by the command line, at a fixed time."""
    return Imports(database, lambda: NOW).run(path, "command line", **options)
