"""The sample bundle is the same from the same seed, is imported without a bad row, and has one of everything."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.demo.data import MANY_ITEMS, make_bundle
from store.database import Database
from store.domain.imports import Part
from store.domain.orders.customers import AssociationType
from store.domain.orders.order import OrderStatus, OrderType
from store.services.imports.imports import Imports

NOW = datetime(2026, 11, 22, 12, 30, 15, 123456, tzinfo=UTC)


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sample")
    make_bundle(folder, orders=5_000, now=NOW)
    return folder


def rows(bundle: Path, name: str) -> Iterator[dict[str, str]]:
    with (bundle / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def test_the_same_seed_gives_the_same_bytes(tmp_path: Path) -> None:
    for name, seed in (("a", 7), ("b", 7), ("c", 8)):
        make_bundle(tmp_path / name, orders=50, seed=seed, now=NOW)
    a, b, c = ({path.name: path.read_bytes() for path in (tmp_path / name).iterdir()} for name in ("a", "b", "c"))
    assert a == b
    assert a["orders.csv"] != c["orders.csv"]


def test_it_is_imported_whole_and_again_without_a_change(database: Database, bundle: Path) -> None:
    imports = Imports(database, lambda: NOW)
    report = imports.run(bundle, "command line")
    assert [str(row) for row in report.bad_rows] == []
    assert {part.part: part.new for part in report.parts}[Part.ORDERS] == 5_000
    assert imports.run(bundle, "command line").unchanged


def test_every_status_and_type_and_several_currencies_occur(bundle: Path) -> None:
    orders = list(rows(bundle, "orders"))
    assert {int(row["status"]) for row in orders} == {int(one) for one in OrderStatus}
    assert {int(row["order_type"]) for row in orders} == {int(one) for one in OrderType}
    assert {row["currency"] for row in orders} == {"USD", "EUR", "JPY", "KWD", "CNY", "BRL"}
    assert len({row["discount_type"] for row in rows(bundle, "order_discounts")}) > 10
    for column in ("coupon_amount", "flexipurchase_coupon_amount", "stored_card_amount"):
        assert any(float(row[column]) for row in orders)
    assert any(row["commission_amount"] and row["consumed_amount"] for row in orders)


def test_pending_orders_run_out_soon_later_and_some_already_have(bundle: Path) -> None:
    due = [
        datetime.fromisoformat(row["pending_payment_end_time"])
        for row in rows(bundle, "orders")
        if int(row["status"]) == OrderStatus.PENDING_PAYMENT
    ]
    assert any(moment < NOW for moment in due)
    assert any(NOW < moment < NOW + timedelta(hours=6) for moment in due)
    assert any(NOW + timedelta(days=1) < moment for moment in due)


def test_orders_are_of_the_two_years_before_now(bundle: Path) -> None:
    made = [datetime.fromisoformat(row["create_time"]) for row in rows(bundle, "orders")]
    assert NOW - timedelta(days=731) < min(made) < NOW - timedelta(days=600)
    assert NOW - timedelta(days=1) < max(made) < NOW


def test_customers_are_of_many_countries_both_associations_and_resellers(bundle: Path) -> None:
    customers = list(rows(bundle, "customers"))
    assert 110 <= len(customers) <= 130
    assert len({row["name"] for row in customers}) == len(customers)
    assert {row["association_type"] for row in customers} <= {
        *(str(int(one)) for one in AssociationType),
        *(one.label for one in AssociationType),
    }
    assert len({row["reseller_id"] for row in customers if row["reseller_id"]}) >= 2
    assert max(len(row["name"]) for row in customers) == 200
    names = "".join(row["name"] for row in customers)
    for sign in "株ش云éŁ🎉":
        assert sign in names, sign


def test_an_order_has_very_many_items_and_some_are_parts_of_another(bundle: Path) -> None:
    items = Counter(row["order_id"] for row in rows(bundle, "order_items"))
    assert max(items.values()) == MANY_ITEMS == 300
    parents = Counter(row["parent_order_id"] for row in rows(bundle, "orders") if row["parent_order_id"])
    assert set(parents.values()) <= {1, 2, 3}
    assert max(parents.values()) > 1


def test_the_people_of_the_desk_are_there(bundle: Path) -> None:
    members = list(rows(bundle, "members"))
    assert Counter(row["roles"] for row in members) == {
        "salesperson": 3,
        "manager": 1,
        "salesperson;manager": 1,
        "admin": 1,
    }
    assert all(row["slack_user_id"].startswith("U0") for row in members)
    managers = {row["account_manager"] for row in rows(bundle, "customers")}
    assert managers == {row["account_name"] for row in members if row["roles"] == "salesperson"}
