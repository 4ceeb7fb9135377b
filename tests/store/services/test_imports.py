"""A bundle comes in whole, comes in again without a change, and takes what it names as it says."""

from __future__ import annotations

import csv
import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook
from sqlalchemy import Connection, event, func, select, text

from store.database import Database
from store.domain.currencies import CURRENT
from store.domain.imports import BrokenBundle, Part
from store.domain.money import minor_digits
from store.domain.orders.criteria import OrderCriteria
from store.domain.people import Actor, Capability, Role
from store.queries.sqlite import SORTING_KIB
from store.services.audit import Audit
from store.services.imports import checks as import_checks
from store.services.imports.imports import Imports
from store.services.members import Members
from store.services.orders.orders import Orders
from store.sources.records import SPECS
from store.tables import AccountManagerRow, AuditRow, CustomerRow, OrderDiscountRow, OrderItemRow, OrderRow
from tests.support.bundles import (
    NOW,
    Parts,
    discount,
    item,
    order,
    run_import,
    small_bundle,
    write_folder,
    write_workbook,
)
from tests.support.people import a_salesperson

TABLES = ("account_managers", "customers", "product_types", "orders", "order_items", "order_discounts", "members")


def everything(database: Database) -> dict[str, list[tuple[Any, ...]]]:
    """All rows of all tables that an import writes, keys included."""
    with database.read() as connection:
        return {
            table: sorted(tuple(row) for row in connection.execute(text(f"SELECT * FROM {table}"))) for table in TABLES
        }


def audited(database: Database) -> list[tuple[str, str]]:
    with database.read() as connection:
        statement = select(AuditRow.action, AuditRow.subject).order_by(AuditRow.seq)
        return [(row.action, row.subject) for row in connection.execute(statement)]


def of_order(database: Database, order_id: str, *columns: Any) -> list[tuple[Any, ...]]:
    with database.read() as connection:
        statement = select(*columns).select_from(OrderRow).where(OrderRow.order_id == order_id)
        table = {column.class_ for column in columns} - {OrderRow}
        for other in table:
            statement = statement.join(other, other.order_key == OrderRow.key)
        return sorted(tuple(row) for row in connection.execute(statement))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_folder(tmp_path / "northwind", small_bundle())


def test_a_bundle_is_imported_with_exact_amounts_and_moments(database: Database, folder: Path) -> None:
    report = run_import(database, folder)
    assert (report.written, report.bad_count, report.bundle) == (True, 0, "northwind")
    assert {part.part: (part.read, part.new, part.changed) for part in report.parts} == {
        Part.CUSTOMERS: (2, 2, 0),
        Part.ORDERS: (3, 3, 0),
        Part.ORDER_ITEMS: (5, 5, 0),
        Part.ORDER_DISCOUNTS: (6, 6, 0),
        Part.MEMBERS: (2, 2, 0),
    }
    amounts = (OrderRow.currency, OrderRow.official_amount, OrderRow.amount_after_discount, OrderRow.coupon_amount)
    assert of_order(database, "10248", *amounts) == [("USD", 44000, 44000, 0)]
    assert of_order(database, "10250", *amounts) == [("JPY", 1813, 1552, 0)]
    assert of_order(database, "10251", *amounts) == [("KWD", 670800, 654060, 4060)]
    ((paid, due),) = of_order(database, "10248", OrderRow.payment_time, OrderRow.pending_payment_end_time)
    assert (paid.isoformat(), due) == ("2026-01-30T13:00:00.500000+00:00", None)
    ((status, due),) = of_order(database, "10250", OrderRow.status, OrderRow.pending_payment_end_time)
    assert (status, due.isoformat()) == (6, "2026-12-20T14:59:59+00:00")
    assert of_order(database, "10251", OrderDiscountRow.discount_type, OrderDiscountRow.discount_amount) == [
        (200, 5040), (200, 5040), (609, 11700), (609, 11700)
    ]  # fmt: skip
    assert of_order(database, "10248", OrderItemRow.order_line_item_id, OrderItemRow.discountable) == [
        ("10248-1", True), ("10248-2", False)
    ]  # fmt: skip


def test_every_currency_of_iso_4217_is_taken_to_its_smallest_unit(database: Database, tmp_path: Path) -> None:
    parts = small_bundle()
    codes = sorted(CURRENT)
    texts = {code: f"{Decimal(100_505).scaleb(-minor_digits(code)):f}" for code in codes}
    assert (texts["RSD"], texts["IQD"], texts["JPY"]) == ("1005.05", "100.505", "100505")
    parts["orders"] = [order(f"O-{code}", "ALFKI", texts[code], texts[code], currency=code) for code in codes]
    parts["order_items"] = [item(f"O-{code}-1", f"O-{code}", texts[code], texts[code]) for code in codes]
    del parts["order_discounts"]
    report = run_import(database, write_folder(tmp_path / "all", parts))
    assert (report.written, report.bad_rows) == (True, ())
    with database.read() as connection:
        kept = connection.execute(select(OrderRow.currency, OrderRow.official_amount)).all()
    assert sorted(tuple(row) for row in kept) == [(code, 100_505) for code in codes]


def test_customers_and_their_orders_stand_in_the_right_list(database: Database, folder: Path) -> None:
    run_import(database, folder)
    with database.read() as connection:
        rows = connection.execute(
            select(CustomerRow.customer_id, CustomerRow.search_text, CustomerRow.resellers, OrderRow.resellers)
            .join(OrderRow, OrderRow.customer_key == CustomerRow.key)
            .where(OrderRow.order_id.in_(["10248", "10250"]))
            .order_by(CustomerRow.customer_id)
        ).all()
    assert [tuple(row) for row in rows] == [
        ("ALFKI", "alfreds futterkiste\nalfki", False, False),
        ("ANTON", "antonio moreno taquería\nanton", True, True),
    ]


def seen_by(database: Database, account_name: str) -> set[str]:
    """The numbers of the orders that a salesperson of that account name sees."""
    return {row.order_id for row in Orders(database).search(a_salesperson(account_name), OrderCriteria()).rows}


@pytest.mark.parametrize(
    ("of_customers", "of_member"),
    [("mu\u0308ller", "müller"), ("Ann\u00a0Lee", "ann lee"), ("ann lee\u200b", "ANN  LEE"), ("O’Neill", "o'neill")],
)
def test_a_salesperson_sees_the_customers_that_carry_their_name_however_it_is_written(
    database: Database, tmp_path: Path, of_customers: str, of_member: str
) -> None:
    parts = small_bundle()
    parts["customers"][0]["account_manager"] = of_customers
    parts["members"][0]["account_name"] = of_member
    folder = write_folder(tmp_path / "northwind", parts)
    run_import(database, folder)
    nancy, _ = Members(database, lambda: NOW).list()
    assert {row.order_id for row in Orders(database).search(Actor(nancy), OrderCriteria()).rows} == {"10248", "10251"}
    assert seen_by(database, of_customers) == {"10248", "10251"}
    assert seen_by(database, "somebody") == set()
    # The name in another spelling is nobody new, and moves nobody's customers.
    before = everything(database)
    parts["customers"][0]["account_manager"] = of_member
    report = run_import(database, write_folder(tmp_path / "northwind", parts))
    assert report.unchanged
    assert everything(database) == before


def test_one_account_manager_in_several_spellings_is_one(database: Database, tmp_path: Path) -> None:
    parts = small_bundle()
    for customer, name in zip(parts["customers"], ("müller", "MU\u0308LLER\u200b"), strict=True):
        customer["account_manager"] = name
    run_import(database, write_folder(tmp_path / "northwind", parts))
    with database.read() as connection:
        assert connection.execute(select(func.count()).select_from(AccountManagerRow)).scalar_one() == 1


@pytest.mark.parametrize("value", ["\u200b", "\u00ad\ufeff"])
def test_an_account_manager_of_whom_nothing_is_seen_is_refused(database: Database, tmp_path: Path, value: str) -> None:
    parts = small_bundle()
    parts["customers"][0]["account_manager"] = value
    report = run_import(database, write_folder(tmp_path / "northwind", parts))
    assert not report.written
    assert [(row.column, row.reason) for row in report.bad_rows if row.column == "account_manager"] == [
        ("account_manager", "has no visible characters")
    ]


def test_the_parts_of_a_bundle_find_each_other_however_their_keys_are_written(
    database: Database, tmp_path: Path
) -> None:
    run_import(database, write_folder(tmp_path / "northwind", small_bundle()))
    before = everything(database)
    parts = small_bundle()
    parts["orders"][0]["customer_id"] = "ａｌｆｋｉ"
    parts["orders"][1]["customer_id"] = "Anton\u200b"
    parts["orders"][2]["order_id"] = "10251\u200b"
    parts["order_items"][0]["order_id"] = "１０２４８"
    parts["order_discounts"][0]["order_line_item_id"] = "10250–1"
    parts["order_discounts"][1]["order_line_item_id"] = "10250\u20111"
    parts["order_discounts"][4]["order_id"] = "\u200e10251"
    respelt = write_folder(tmp_path / "respelt" / "northwind", parts)
    report = run_import(database, respelt)
    assert (report.written, report.bad_rows) == (True, ())
    # The order's own number is shown as it came last; what points to others keeps their spelling.
    assert report.parts[1].changed == 1
    parts["orders"][2]["order_id"] = "10251"
    assert run_import(database, write_folder(tmp_path / "again" / "northwind", parts)).written
    assert everything(database) == before
    assert run_import(database, write_folder(tmp_path / "again" / "northwind", parts)).unchanged


def test_a_key_that_could_be_two_things_is_neither(database: Database, tmp_path: Path) -> None:
    parts = small_bundle()
    parts["customers"].append(parts["customers"][0] | {"customer_id": "alfki"})
    parts["orders"][0]["customer_id"] = "Alfki"
    report = run_import(database, write_folder(tmp_path / "northwind", parts))
    assert [(row.column, row.value, row.reason) for row in report.bad_rows] == [
        ("customer_id", "Alfki", "is not a customer that is known")
    ]
    parts["orders"][0]["customer_id"] = "alfki"
    assert run_import(database, write_folder(tmp_path / "northwind", parts)).written


def test_members_are_kept_with_an_audit_row_each(database: Database, folder: Path) -> None:
    run_import(database, folder)
    nancy, andrew = Members(database, lambda: NOW).list()
    assert nancy.account_name == "ndavolio"
    assert nancy.roles == frozenset({Role.SALESPERSON})
    assert andrew.can(Capability.KEEP_MEMBERS)
    assert audited(database) == [
        ("member.set", "U0NW0001"),
        ("member.set", "U0NW0002"),
        ("bundle.import", "northwind"),
    ]
    assert Audit(database).verify(None).whole


def test_the_same_bundle_again_changes_nothing_and_says_so(database: Database, folder: Path) -> None:
    run_import(database, folder)
    before, rows = everything(database), audited(database)
    report = run_import(database, folder)
    assert report.unchanged
    assert [(part.new, part.changed, part.removed) for part in report.parts] == [(0, 0, 0)] * 5
    assert [part.unchanged for part in report.parts] == [2, 3, 5, 6, 2]
    assert everything(database) == before
    assert audited(database) == rows


def test_a_workbook_says_the_same_as_its_folder(database: Database, folder: Path, tmp_path: Path) -> None:
    run_import(database, folder)
    before = everything(database)
    report = run_import(database, write_workbook(tmp_path / "northwind.xlsx", small_bundle()))
    assert (report.unchanged, report.bundle) == (True, "northwind.xlsx")
    assert [part.file for part in report.parts][:2] == ["sheet customers", "sheet orders"]
    assert everything(database) == before


def test_numbers_in_a_workbook_are_read_by_their_shortest_decimal_text(database: Database, tmp_path: Path) -> None:
    parts = small_bundle()
    for name, columns in {
        "orders": ("order_id", "status", "order_type", "official_amount", "amount_after_discount", "source_type"),
        "order_items": ("order_id", "official_amount", "amount_after_discount", "subscription_num", "product_id"),
        "order_discounts": ("order_id", "discount_amount"),
    }.items():
        for row in parts[name]:
            for column in columns:
                value = row[column]
                if value.replace(".", "").isdecimal():
                    row[column] = float(value)
    parts["order_items"][0]["discountable"] = True
    assert run_import(database, write_workbook(tmp_path / "floats.xlsx", parts)).bad_count == 0
    amounts = (OrderRow.official_amount, OrderRow.amount_after_discount)
    assert of_order(database, "10251", *amounts) == [(670800, 654060)]
    assert of_order(database, "10251", OrderItemRow.official_amount) == [(100800,), (570000,)]


def test_what_differs_is_changed_and_nothing_else(database: Database, folder: Path) -> None:
    run_import(database, folder)
    parts = small_bundle()
    parts["orders"][1] |= {"status": "Cancelled", "contract_id": "C-1"}
    parts["order_items"][0]["product_spec_desc"] = "Queso"
    report = run_import(database, write_folder(folder, parts))
    changed = {part.part: (part.new, part.changed, part.removed) for part in report.parts}
    assert changed[Part.ORDERS] == changed[Part.ORDER_ITEMS] == (0, 1, 0)
    assert changed[Part.CUSTOMERS] == changed[Part.ORDER_DISCOUNTS] == (0, 0, 0)
    assert of_order(database, "10250", OrderRow.status, OrderRow.contract_id) == [(4, "C-1")]
    assert audited(database)[-1] == ("bundle.import", "northwind")


def test_items_and_discounts_that_an_order_has_no_more_are_removed(database: Database, folder: Path) -> None:
    run_import(database, folder)
    parts = small_bundle()
    parts["orders"] = [order("10251", "ALFKI", "100.8", "95.76", currency="KWD")]
    parts["order_items"] = [item("10251-1", "10251", "100.8", "95.76")]
    parts["order_discounts"] = [discount("10251", "10251-1", "605", "5.04")]
    report = run_import(database, write_folder(folder, parts))
    counts = {part.part: (part.new, part.changed, part.unchanged, part.removed) for part in report.parts}
    assert counts[Part.ORDERS] == (0, 1, 0, 0)
    assert counts[Part.ORDER_ITEMS] == (0, 0, 1, 1)
    assert counts[Part.ORDER_DISCOUNTS] == (1, 0, 0, 4)
    assert of_order(database, "10251", OrderDiscountRow.discount_type) == [(605,)]
    assert len(of_order(database, "10248", OrderItemRow.order_line_item_id)) == 2


def test_sqlite_sorts_changed_discounts_in_little_memory(sqlite_database: Database, folder: Path) -> None:
    run_import(sqlite_database, folder)
    held: list[int] = []

    def look(connection: Connection, _cursor: object, statement: str, *_: object) -> None:
        if statement.startswith(("DELETE FROM order_discounts", "INSERT INTO order_discounts")):
            # Of pages, and of each thing that is sorted; negative: in KiB.
            held.append(-connection.exec_driver_sql("PRAGMA cache_size").scalar_one())

    event.listen(sqlite_database.engine, "before_cursor_execute", look)
    parts = small_bundle()
    parts["order_discounts"][0]["discount_amount"] = "199"
    parts["order_discounts"][1]["discount_amount"] = "62"
    assert run_import(sqlite_database, write_folder(folder, parts)).parts[3].new == 2
    assert held == [SORTING_KIB] * 2


def test_discounts_that_are_alike_are_counted(database: Database, folder: Path) -> None:
    parts = small_bundle()
    twice = [discount("10250", "10250-1", "200", "130.50"), discount("10250", "10250-1", "200", "130.50")]
    parts["orders"][1] |= {"currency": "USD"}
    parts["order_discounts"] = [*twice, *parts["order_discounts"][2:]]
    run_import(database, write_folder(folder, parts))
    assert of_order(database, "10250", OrderDiscountRow.discount_amount) == [(13050,), (13050,)]
    assert run_import(database, folder).unchanged
    three = [discount("10250", "10250-1", "200", "130.50"), *[discount("10250", "10250-1", "200", "65.25")] * 2]
    parts["order_discounts"][:2] = three
    report = run_import(database, write_folder(folder, parts))
    assert next((part.new, part.removed) for part in report.parts if part.part is Part.ORDER_DISCOUNTS) == (2, 1)
    assert of_order(database, "10250", OrderDiscountRow.discount_amount) == [(6525,), (6525,), (13050,)]


def test_orders_move_along_with_their_customer(database: Database, folder: Path) -> None:
    run_import(database, folder)
    parts = small_bundle()
    parts["customers"][0] |= {"account_manager": "afuller", "reseller_id": "R-1"}
    only = {name: (rows if name == "customers" else []) for name, rows in parts.items()}
    for name in ("orders", "order_items"):
        only[name] = [dict.fromkeys(parts[name][0], "")]
    del only["members"], only["order_discounts"]
    (folder / "members.csv").unlink()
    (folder / "order_discounts.csv").unlink()
    report = run_import(database, write_folder(folder, only))
    assert [(part.read, part.changed) for part in report.parts] == [(2, 1), (0, 0), (0, 0)]
    with database.read() as connection:
        rows = connection.execute(
            text(
                "SELECT orders.order_id, account_name, orders.resellers FROM orders"
                " JOIN account_managers ON account_managers.key = orders.account_manager_key ORDER BY orders.order_id"
            )
        ).all()
    assert [(row[0], row[1], bool(row[2])) for row in rows] == [
        ("10248", "afuller", True), ("10250", "jleverling", True), ("10251", "afuller", True)
    ]  # fmt: skip


def test_optional_columns_and_files_may_be_missing(database: Database, tmp_path: Path) -> None:
    parts = small_bundle()
    slim: Parts = {
        name: [{key: value for key, value in row.items() if key in SPECS[Part(name)].needed} for row in rows]
        for name, rows in parts.items()
        if name in ("customers", "orders", "order_items")
    }
    slim["orders"], slim["order_items"] = slim["orders"][:1], slim["order_items"][:2]
    report = run_import(database, write_folder(tmp_path / "slim", slim))
    assert (report.bad_count, report.written) == (0, True)
    assert of_order(database, "10248", OrderRow.payment_time, OrderRow.coupon_amount) == [(None, 0)]


def test_columns_stand_in_any_order_and_case(database: Database, folder: Path) -> None:
    run_import(database, folder)
    shuffled = {
        name: [{key.upper(): row[key] for key in reversed(row)} for row in rows]
        for name, rows in small_bundle().items()
    }
    assert run_import(database, write_folder(folder, shuffled)).unchanged


def test_the_number_of_an_order_is_one_in_any_case(database: Database, folder: Path) -> None:
    parts = small_bundle()
    parts["orders"][0]["order_id"] = "cs-Ab"
    for row in parts["order_items"][:2]:
        row["order_id"] = "CS-aB"
    assert run_import(database, write_folder(folder, parts)).bad_count == 0
    assert len(of_order(database, "cs-Ab", OrderItemRow.order_line_item_id)) == 2


def test_a_dry_run_says_what_it_would_do_and_does_nothing(database: Database, folder: Path) -> None:
    before = everything(database)
    report = run_import(database, folder, dry_run=True)
    assert (report.written, report.dry_run, report.unchanged) == (False, True, False)
    assert [part.new for part in report.parts] == [2, 3, 5, 6, 2]
    assert everything(database) == before
    assert audited(database) == []
    assert run_import(database, folder).written


def test_one_bad_row_and_nothing_is_written(database: Database, folder: Path, tmp_path: Path) -> None:
    parts = small_bundle()
    parts["orders"][0]["status"] = "asleep"
    report = run_import(database, write_folder(folder, parts), rejected_path=tmp_path / "rejected.csv")
    assert (report.written, report.bad_count) == (False, 1)
    assert str(report.bad_rows[0]).startswith(
        "orders.csv, line 2: status “asleep” is not an order status; there are 1 P"
    )
    assert all(not rows for rows in everything(database).values())
    assert audited(database) == []
    assert not (tmp_path / "rejected.csv").exists()


def test_the_good_rows_come_in_and_an_order_whole_or_not_at_all(
    database: Database, folder: Path, tmp_path: Path
) -> None:
    parts = small_bundle()
    parts["order_items"][1]["discountable"] = "perhaps"
    parts["orders"][1]["customer_id"] = "NOBODY"
    parts["order_items"].append(item("77-1", "77", "1", "1"))
    rejected = tmp_path / "out" / "rejected.csv"
    report = run_import(database, write_folder(folder, parts), skip_invalid=True, rejected_path=rejected)
    assert (report.written, report.bad_count, report.rejected_path) == (True, 3, rejected)
    assert {part.part: (part.read, part.new, part.rejected) for part in report.parts} == {
        Part.CUSTOMERS: (2, 2, 0),
        Part.ORDERS: (3, 1, 2),
        Part.ORDER_ITEMS: (6, 2, 4),
        Part.ORDER_DISCOUNTS: (6, 4, 2),
        Part.MEMBERS: (2, 2, 0),
    }
    with database.read() as connection:
        assert connection.execute(select(OrderRow.order_id)).scalars().all() == ["10251"]
    with rejected.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["file"], row["line"], row["column"]) for row in rows] == [
        ("orders.csv", "2", ""),
        ("orders.csv", "3", "customer_id"),
        ("order_items.csv", "2", ""),
        ("order_items.csv", "3", "discountable"),
        ("order_items.csv", "4", ""),
        ("order_items.csv", "7", "order_id"),
        ("order_discounts.csv", "2", ""),
        ("order_discounts.csv", "3", ""),
    ]
    assert rows[3]["value"] == "perhaps"
    assert json.loads(rows[3]["row"])["order_line_item_id"] == "10248-2"
    assert Audit(database).verify(None).whole


def test_a_rejected_customers_orders_are_rejected_too(database: Database, folder: Path) -> None:
    parts = small_bundle()
    parts["customers"][0]["association_type"] = "2"
    report = run_import(database, write_folder(folder, parts), skip_invalid=True)
    assert [(row.file, row.line, row.column) for row in report.bad_rows] == [
        ("customers.csv", 2, "association_type"),
        ("orders.csv", 2, "customer_id"),
        ("orders.csv", 4, "customer_id"),
    ]
    assert "own row was rejected" in report.bad_rows[1].reason
    assert [part.new for part in report.parts] == [1, 1, 1, 2, 2]


def test_a_column_that_nobody_knows_stops_it_unless_the_bad_is_left_out(database: Database, folder: Path) -> None:
    parts = small_bundle()
    for row in parts["orders"]:
        row["cupon_amount"] = "1"
    report = run_import(database, write_folder(folder, parts))
    assert not report.written
    assert "the column “cupon_amount” is not a column of orders" in str(report.bad_rows[0])
    assert run_import(database, folder, skip_invalid=True).written


def test_the_rejected_have_the_header_where_the_header_is_what_is_bad(
    database: Database, folder: Path, tmp_path: Path
) -> None:
    parts = small_bundle()
    parts["orders"][0]["cupon_amount"] = "1"
    write_folder(folder, parts | {"orders": parts["orders"][:1]})
    (folder / "order_discounts.csv").write_text("order_id,order_line_item_id,discount_type,discount_amount,why\n")
    report = run_import(database, folder, skip_invalid=True, rejected_path=tmp_path / "r.csv")
    assert report.written
    with (tmp_path / "r.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = [(row["file"], row["line"], json.loads(row["row"])) for row in csv.DictReader(file)]
    of_orders, *_, of_discounts = rows
    assert of_orders[:2] == ("orders.csv", "1")
    assert of_orders[2]["cupon_amount"] == "cupon_amount"
    assert of_discounts[:2] == ("order_discounts.csv", "1")
    assert of_discounts[2]["why"] == "why"


def test_the_rejected_cannot_be_written_so_nothing_is_imported(
    database: Database, folder: Path, tmp_path: Path
) -> None:
    parts = small_bundle()
    parts["orders"][0]["status"] = "asleep"
    (tmp_path / "file").write_text("")
    with pytest.raises(BrokenBundle, match="cannot be written"):
        run_import(
            database, write_folder(folder, parts), skip_invalid=True, rejected_path=tmp_path / "file" / "rejected.csv"
        )
    assert all(not rows for rows in everything(database).values())


def test_a_rejected_value_is_no_formula(database: Database, folder: Path, tmp_path: Path) -> None:
    parts = small_bundle()
    parts["orders"][0]["status"] = "=HYPERLINK(1)"
    run_import(database, write_folder(folder, parts), skip_invalid=True, rejected_path=tmp_path / "r.csv")
    with (tmp_path / "r.csv").open(encoding="utf-8-sig", newline="") as file:
        assert next(csv.DictReader(file))["value"] == "'=HYPERLINK(1)"


def test_the_last_admin_is_not_imported_away(database: Database, folder: Path) -> None:
    run_import(database, folder)
    before = everything(database)
    parts = small_bundle()
    parts["members"][1]["roles"] = "manager"
    parts["customers"][0]["name"] = "Other"
    with pytest.raises(BrokenBundle, match="without an admin"):
        run_import(database, write_folder(folder, parts))
    assert everything(database) == before


def test_members_belong_to_the_desks_workspace(database: Database, folder: Path) -> None:
    members = Members(database, lambda: NOW)
    members.meet_workspace("T0DESK")
    run_import(database, folder)
    assert {member.team_id for member in members.list()} == {"T0DESK"}
    assert run_import(database, folder).unchanged


def test_progress_is_heard_for_each_file_and_ends_at_its_size(database: Database, folder: Path) -> None:
    heard: dict[str, tuple[int, int]] = {}
    run_import(database, folder, progress=lambda file, done, of: heard.update({file: (done, of)}))
    sizes = {path.name: path.stat().st_size for path in folder.iterdir()}
    assert {file: progress for file, progress in heard.items() if file in sizes} == {
        file: (size, size) for file, size in sizes.items()
    }
    assert heard["writing"] == (4, 4)


def test_all_bad_rows_are_counted_and_the_first_are_held(database: Database, folder: Path, tmp_path: Path) -> None:
    parts = small_bundle()
    parts["order_discounts"] += [discount("10248", "10248-1", "999", "1") for _ in range(6000)]
    rejected = tmp_path / "rejected.csv"
    report = run_import(database, write_folder(folder, parts), skip_invalid=True, rejected_path=rejected)
    assert (report.bad_count, len(report.bad_rows)) == (6000, 1000)
    assert len(rejected.read_text("utf-8").splitlines()) == 1 + 6000 + 1 + 2


def test_an_item_of_another_order_stays_there(database: Database, folder: Path) -> None:
    run_import(database, folder)
    parts = small_bundle()
    parts["orders"] = [order("999", "ALFKI", "168", "168")]
    parts["order_items"] = [item("10248-1", "999", "168", "168")]
    parts["order_discounts"] = [discount("999", "", "200", "0")]
    report = run_import(database, write_folder(folder, parts), skip_invalid=True)
    assert [(row.column, row.reason) for row in report.bad_rows] == [
        ("order_line_item_id", "is already an item of another order, 10248")
    ]
    with database.read() as connection:
        assert connection.execute(select(func.count()).select_from(OrderRow)).scalar() == 3


def test_many_items_keep_the_order_of_the_file(database: Database, folder: Path) -> None:
    parts = small_bundle()
    parts["orders"] = [order("1", "ALFKI", "3000", "3000")]
    parts["order_items"] = [item(f"1-{n}", "1", "10", "10") for n in reversed(range(300))]
    parts["order_discounts"] = [discount("1", "", "200", "0")]
    run_import(database, write_folder(folder, parts))
    with database.read() as connection:
        kept = connection.execute(select(OrderItemRow.order_line_item_id).order_by(OrderItemRow.key)).scalars().all()
    assert kept == [f"1-{n}" for n in reversed(range(300))]


NEVER = ["9999-12-31T23:59:59Z", "9999-12-31", "9999-12-31T00:00:00+08:00"]


@pytest.mark.parametrize("never", NEVER)
@pytest.mark.parametrize("sheet", [False, True])
def test_what_never_ends_is_kept_without_an_end(database: Database, tmp_path: Path, never: str, sheet: bool) -> None:
    parts = small_bundle()
    parts["orders"][1]["pending_payment_end_time"] = never
    parts["order_items"][0]["expire_time"] = never
    write = write_workbook if sheet else write_folder
    report = run_import(database, write(tmp_path / "never.xlsx", parts))
    assert (report.bad_count, report.written) == (0, True)
    with database.read() as connection:
        ends = connection.execute(select(OrderRow.pending_payment_end_time).where(OrderRow.order_id == "10250"))
        expiries = connection.execute(select(OrderItemRow.expire_time))
        assert (ends.scalars().all(), set(expiries.scalars())) == ([None], {None})
    parts["orders"][1]["pending_payment_end_time"] = parts["order_items"][0]["expire_time"] = ""
    assert run_import(database, write(tmp_path / "empty.xlsx", parts)).unchanged


def test_the_last_day_of_a_calendar_is_never_also_as_a_date_of_a_sheet(database: Database, tmp_path: Path) -> None:
    def bend(book: Workbook) -> None:
        book["order_items"]["K2"] = datetime(9999, 12, 31)  # noqa: DTZ001 - spreadsheets know no zones
        assert book["order_items"]["K1"].value == "expire_time"

    parts = small_bundle()
    parts["order_items"][0]["expire_time"] = "-"
    assert run_import(database, write_workbook(tmp_path / "b.xlsx", parts, bend)).written


def test_the_first_and_the_last_moment_are_kept_and_found(database: Database, tmp_path: Path) -> None:
    parts = small_bundle()
    parts["orders"][0]["create_time"] = "1990-01-01T00:00:00Z"
    parts["orders"][1]["create_time"] = "2999-12-31T23:59:59.999999Z"
    assert run_import(database, write_folder(tmp_path / "b", parts)).written
    with database.read() as connection:
        kept = connection.execute(select(OrderRow.create_time).order_by(OrderRow.create_time)).scalars().all()
    assert (kept[0], kept[-1]) == (
        datetime(1990, 1, 1, tzinfo=UTC),
        datetime(2999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
    )


def test_too_many_parts_of_an_order_are_taken_for_a_mistake(
    database: Database, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_checks, "MAX_PARTS", 3)
    report = run_import(database, folder)
    assert [str(row) for row in report.bad_rows] == [
        "orders.csv, line 4: order_id “10251” has 2 items and 4 discounts; at most 3 of each are taken"
    ]


def test_the_audit_says_who_imported_in_which_role(database: Database, folder: Path) -> None:
    run_import(database, folder)
    parts = small_bundle()
    parts["customers"][0]["name"] = "Alfreds Futterkiste KG"
    Imports(database, lambda: NOW).run(write_folder(folder, parts), "/U0NW0002", origin="a test")
    with database.read() as connection:
        last = connection.execute(select(AuditRow).order_by(AuditRow.seq.desc()).limit(1)).one()
    assert (last.actor, last.roles, last.origin) == ("/U0NW0002", "manager;admin", "a test")
    assert json.loads(last.details)["customers.csv"] == {
        "read": 2, "new": 0, "changed": 1, "unchanged": 1, "removed": 0, "rejected": 0
    }  # fmt: skip


def test_two_imports_of_one_bundle_at_once_write_it_once(database: Database, folder: Path) -> None:
    with ThreadPoolExecutor(2) as pool:
        reports = list(pool.map(lambda _: run_import(database, folder), range(2)))
    assert sorted(sum(part.new for part in report.parts) for report in reports) == [0, 18]
    assert Audit(database).verify(None).whole
    assert run_import(database, folder).unchanged


def test_others_may_write_while_a_bundle_is_read(sqlite_database: Database, folder: Path) -> None:
    written = []

    def meanwhile(file: str, _done: int, _of: int) -> None:
        if file == "checking":
            with sqlite_database.write() as connection:
                connection.execute(
                    text(
                        "INSERT INTO account_managers (account_name, account_name_folded)"
                        " SELECT name, name FROM (SELECT 'meanwhile-' || hex(randomblob(4)) AS name)"
                    )
                )
            written.append(file)

    assert run_import(sqlite_database, folder, progress=meanwhile).written
    assert written
