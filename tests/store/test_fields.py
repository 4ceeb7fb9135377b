"""Each field of the table goes all the way: it is read, staged, kept and exported; what forgets one is noticed."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Table, select

from store.database import Database
from store.domain.fields import FIELDS, MOMENTS, Field, Kind, Origin, read_fields, staged_fields
from store.domain.imports import Part
from store.domain.people import EVERYTHING
from store.queries.exports.rows import (
    ITEM_COLUMNS,
    ORDER_COLUMNS,
    Selection,
    be_frugal,
    stream_items,
    stream_orders,
    titled,
)
from store.queries.imports.staging import STAGED
from store.queries.imports.upsert import kept
from store.services.exports.workbook import ITEMS, ORDERS
from store.sources.records import SPECS
from store.tables import CustomerRow, MemberRow, OrderDiscountRow, OrderItemRow, OrderRow
from store.tables.base import Base
from tests.support.builders import NOON
from tests.support.bundles import run_import, write_folder

CELLS: dict[Part, dict[str, str]] = {
    Part.CUSTOMERS: {
        "customer_id": "ANTON",
        "name": "Antonio Moreno Taquería",
        "account_name": "anton",
        "association_type": "3",
        "reseller_id": "NW-LATAM",
        "reseller_name": "Northwind Latin America",
        "account_manager": "jleverling",
        "email": "anton@example.com",
        "telephone": "030-0074321",
        "country_code": "MX",
    },
    Part.ORDERS: {
        "order_id": "10250",
        "customer_id": "ANTON",
        "service_type_code": "northwind.produce",
        "service_type_name": "Produce",
        "source_type": "2",
        "status": "3",
        "order_type": "4",
        "official_amount": "90.00",
        "amount_after_discount": "90.00",
        "currency": "EUR",
        "create_time": "2026-01-18T09:00:00Z",
        "payment_time": "2026-01-30T15:00:00.5+02:00",
        "pending_payment_end_time": "2026-02-18T09:00:00Z",
        "contract_id": "NW 7",
        "user_name": "ndavolio",
        "coupon_amount": "1.01",
        "flexipurchase_coupon_amount": "2.02",
        "stored_card_amount": "3.03",
        "commission_amount": "4.04",
        "consumed_amount": "5.05",
        "parent_order_id": "10249",
    },
    Part.ORDER_ITEMS: {
        "order_line_item_id": "10250-1",
        "order_id": "10250",
        "service_type_code": "northwind.produce",
        "service_type_name": "Produce",
        "product_id": "14",
        "product_spec_desc": "Tofu (40 - 100 g pkgs.)",
        "period_type": "2",
        "period_num": "6",
        "subscription_num": "9",
        "effective_time": "2026-01-19T00:00:00Z",
        "expire_time": "2026-07-19T00:00:00Z",
        "official_amount": "90.00",
        "amount_after_discount": "90.00",
        "discountable": "true",
        "currency": "EUR",
    },
    Part.ORDER_DISCOUNTS: {
        "order_id": "10250",
        "order_line_item_id": "10250-1",
        "discount_type": "200",
        "discount_amount": "0.00",
        "currency": "EUR",
    },
    Part.MEMBERS: {"slack_user_id": "U0NW0001", "name": "Nancy", "account_name": "ndavolio", "roles": "manager"},
}
"""A row of each part in which no field is empty."""
ROWS: dict[Part, type[Base]] = {
    Part.CUSTOMERS: CustomerRow,
    Part.ORDERS: OrderRow,
    Part.ORDER_ITEMS: OrderItemRow,
    Part.ORDER_DISCOUNTS: OrderDiscountRow,
    Part.MEMBERS: MemberRow,
}
KEPT_BY_KEY = {
    Part.CUSTOMERS: {"account_manager"},
    Part.ORDERS: {"customer_id", "service_type_code", "service_type_name"},
    Part.ORDER_ITEMS: {"order_id", "service_type_code", "service_type_name", "currency"},
    Part.ORDER_DISCOUNTS: {"order_id", "currency"},
    Part.MEMBERS: set(),
}
"""The fields of which the part's table has no column: they say to which row of another it belongs."""
NOT_SHOWN = {
    Part.CUSTOMERS: {"reseller_id", "email", "telephone"},
    Part.ORDERS: {"customer_id"},
    Part.ORDER_ITEMS: set(),
}
"""The fields that no sheet has: another one says them, or nobody is to have them in a file."""
NEW = Field("invoice_id", Kind.ID, title="Invoice")


def _meant(field: Field, text: str) -> Any:
    """What a cell says, as it is kept."""
    if field.kind is Kind.AMOUNT:
        return int(Decimal(text) * 100)
    if field.kind in MOMENTS:
        return datetime.fromisoformat(text)
    if field.kind in (Kind.NUMBER, Kind.CODE):
        return int(text)
    return text == "true" if field.kind is Kind.TRUTH else text


def _shown(field: Field, text: str) -> Any:
    """What a cell says, as a sheet shows it."""
    return field.codes(int(text)).label if field.codes else _meant(field, text)


@pytest.fixture
def imported(database: Database, tmp_path: Path) -> Database:
    report = run_import(database, write_folder(tmp_path / "bundle", {part: [row] for part, row in CELLS.items()}))
    assert (report.bad_rows, report.written) == ((), True)
    return database


def _all_of_it() -> Selection:
    return Selection(EVERYTHING, None, "UTC", NOON)


@pytest.mark.parametrize("part", list(Part))
def test_a_field_is_read_and_staged(part: Part) -> None:
    assert set(SPECS[part].columns) == set(CELLS[part])
    staged = tuple(column.name for column in STAGED[part].columns)
    assert staged == ("line", *(field.name for field in staged_fields(part)))


@pytest.mark.parametrize("part", list(Part))
def test_a_field_is_kept(imported: Database, part: Part) -> None:
    table = ROWS[part].__table__
    assert isinstance(table, Table)
    with imported.read() as connection:
        row = connection.execute(select(table)).mappings().one()
    fields = {field.name: field for field in read_fields(part)}
    assert fields.keys() - row.keys() == KEPT_BY_KEY[part]
    for name in fields.keys() & row.keys():
        assert row[name] == _meant(fields[name], CELLS[part][name]), name


@pytest.mark.parametrize("part", [Part.CUSTOMERS, Part.ORDERS, Part.ORDER_ITEMS])
def test_a_field_is_exported_under_its_title(imported: Database, part: Part) -> None:
    columns, sheet, stream = (
        (ITEM_COLUMNS, ITEMS, stream_items) if part is Part.ORDER_ITEMS else (ORDER_COLUMNS, ORDERS, stream_orders)
    )
    with imported.read() as connection:
        be_frugal(connection)
        (row,) = stream(connection, _all_of_it())
    values = dict(zip([column.title for column in sheet.columns], row, strict=True))
    read = read_fields(part)
    assert {field.name for field in read if not field.title} == NOT_SHOWN[part]
    for field in read:
        if field.title:
            assert values[field.title] == _shown(field, CELLS[part][field.name]), field.name
    assert {field for field in FIELDS[part] if field.title} <= columns.keys()


def test_what_an_export_reckons_has_its_column_too(imported: Database) -> None:
    with imported.read() as connection:
        be_frugal(connection)
        (row,) = stream_orders(connection, _all_of_it())
    values = {field.name: value for field, value in zip(ORDER_COLUMNS, row, strict=True)}
    reckoned = {field.name for field in ORDER_COLUMNS if field.origin is Origin.EXPORT}
    assert {name: values[name] for name in reckoned} == {
        "tab": "Resellers' Customers",
        "discount": 0,
        "paid_amount": None,
    }


@pytest.mark.parametrize("part", [Part.CUSTOMERS, Part.ORDERS, Part.ORDER_ITEMS])
def test_a_field_without_a_column_is_noticed_at_once(monkeypatch: pytest.MonkeyPatch, part: Part) -> None:
    monkeypatch.setitem(FIELDS, part, (*FIELDS[part], NEW))
    with pytest.raises(KeyError, match=NEW.name):
        kept(part)
    reckoned = {field.name: OrderRow.key for field in FIELDS[part] if field is not NEW}
    with pytest.raises(AttributeError, match=NEW.name):
        titled(part, ROWS[part], **reckoned)
