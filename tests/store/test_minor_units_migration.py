"""A database whose amounts were kept by CLDR's digits, brought up to date: all is worth what it was."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from importlib import import_module
from typing import Any

import pytest
from sqlalchemy import BigInteger, Boolean, Connection, DateTime, MetaData, Numeric, SmallInteger, Table, insert, select
from sqlalchemy.types import Integer

from store.database import Database
from store.domain.adjustments.pricing import ByAmount, ByNewPrice, ByPercentage, ByResource
from store.domain.currencies import MINOR_DIGITS
from store.domain.money import Money, minor_digits
from store.queries.adjustments.snapshots import ask_of, discounts_of, picture_of
from store.services import schema
from tests.support.databases import bring_to

MIGRATION = import_module("store.migrations.versions.v0006_minor_units")
MOMENT = datetime(2026, 3, 1, tzinfo=UTC)
AMOUNTS = {
    "orders": (
        *("official_amount", "amount_after_discount", "coupon_amount", "flexipurchase_coupon_amount"),
        *("stored_card_amount", "commission_amount", "consumed_amount"),
    ),
    "order_items": ("official_amount", "amount_after_discount"),
    "order_discounts": ("discount_amount",),
    "adjustments": ("official_amount", "amount_before", "coupons_and_cards", "discount", "maximum"),
    "adjustment_items": ("official_amount", "amount_before", "maximum", "discount"),
}
OLD_DIGITS = {"IQD": 0, "RSD": 0, "MRO": 0, "USD": 2, "JPY": 0, "KWD": 3}

OLD_ZERO = (
    "ADP AFN ALL BIF BYR CLP DJF ESP GNF IQD IRR ISK ITL JPY KMF KPW KRW LAK LBP LUF MGA MGF MMK MRO PYG RSD RWF SLL "
    "SOS STD SYP TMM TRL UGX UYI VND VUV XAF XOF XPF YER ZMK ZWD"
)
"""What had no decimal places by Babel 2.18, which the versions before went by."""
OLD_OTHERS = {3: "BHD JOD KWD LYD OMR TND", 4: "CLF UYW"}


@pytest.fixture
def old(bare: Database) -> Database:
    """A database of the version before."""
    bring_to(bare, MIGRATION.down_revision)
    return bare


def _filled(table: Table, **given: Any) -> dict[str, Any]:
    """A row with something in each column that must have something."""
    row: dict[str, Any] = {}
    for column in table.columns:
        kind = column.type
        if column.computed is not None or (column.nullable and column.name not in given):
            continue
        if isinstance(kind, DateTime):
            row[column.name] = MOMENT
        elif isinstance(kind, Boolean):
            row[column.name] = False
        elif isinstance(kind, BigInteger | SmallInteger | Integer | Numeric):
            row[column.name] = 1
        else:
            row[column.name] = f"{column.name}"[:16]
    return row | given


def _old_rows(connection: Connection, currency: str, key: int) -> None:
    """An order of that currency with all that belongs to it, amounts 7 and up in old minor units."""
    metadata = MetaData()
    metadata.reflect(connection)

    def put(name: str, **given: Any) -> None:
        table = metadata.tables[name]
        connection.execute(insert(table).values(_filled(table, **given)))

    def amounts(name: str) -> dict[str, int]:
        return {column: 7 + at for at, column in enumerate(AMOUNTS[name])}

    if key == 1:
        put("account_managers", key=1, account_name="ann")
        put("customers", key=1, account_manager_key=1)
        put("product_types", key=1)
    put(
        "orders",
        **amounts("orders"),
        key=key,
        order_id=f"O{key}",
        order_id_folded=f"o{key}",
        currency=currency,
        customer_key=1,
        account_manager_key=1,
        product_type_key=1,
    )
    put(
        "order_items",
        key=key,
        order_key=key,
        order_line_item_id=f"O{key}-1",
        product_type_key=1,
        **amounts("order_items"),
    )
    put("order_discounts", key=key, order_key=key, **amounts("order_discounts"))
    found = {
        "order_id": f"O{key}",
        "status": 6,
        "currency": currency,
        "official_amount": 9,
        "amount_after_discount": 8,
        "coupons_and_cards": 1,
        "discounts": [[200, 1]],
        "items": [
            {
                "order_line_item_id": f"O{key}-1",
                "service_type_code": "ecs",
                "product_spec_desc": "100",
                "period_type": 2,
                "period_num": 3,
                "subscription_num": 4,
                "discountable": True,
                "official_amount": 9,
                "amount_after_discount": 8,
            }
        ],
    }
    asks = ({"amount": 5}, {"new_price": 6}, {"percentage": "5"}, {"resources": [[f"O{key}-1", 7]]})
    for at, ask in enumerate(asks):
        put(
            "adjustments",
            **amounts("adjustments"),
            key=10 * key + at,
            order_key=key,
            currency=currency,
            state="stale",
            ask=json.dumps(ask),
            policy="{}",
            replaced="[[200,3]]",
            found=json.dumps(found) if at == 0 else None,
        )
        put("adjustment_items", adjustment_key=10 * key + at, position=0, **amounts("adjustment_items"))


def test_amounts_are_worth_what_they_were(old: Database) -> None:
    with old.write() as connection:
        for key, currency in enumerate(OLD_DIGITS, 1):
            _old_rows(connection, currency, key)
    schema.upgrade(old)
    metadata = MetaData()
    with old.read() as connection:
        metadata.reflect(connection)
        tables = metadata.tables
        currencies = {row.key: row.currency for row in connection.execute(select(tables["orders"]))}
        of_row = {
            "orders": lambda row: row.key,
            "order_items": lambda row: row.order_key,
            "order_discounts": lambda row: row.order_key,
            "adjustments": lambda row: row.order_key,
            "adjustment_items": lambda row: row.adjustment_key // 10,
        }
        for name, columns in AMOUNTS.items():
            rows = connection.execute(select(tables[name])).all()
            assert len(rows) == len(OLD_DIGITS) * (4 if name.startswith("adjustment") else 1)
            for row in rows:
                currency = currencies[of_row[name](row)]
                worth = [Money.of_minor(getattr(row, column), currency).amount for column in columns]
                assert worth == [_old(7 + at, currency) for at in range(len(columns))], (name, currency)
        for row in connection.execute(select(tables["adjustments"])):
            _check_texts(row)


def _check_texts(row: Any) -> None:
    currency, item = row.currency, f"O{row.order_key}-1"
    five, six, seven = (Money(_old(minor, currency), currency) for minor in (5, 6, 7))
    asks = (ByAmount(five), ByNewPrice(six), ByPercentage(Decimal(5)), ByResource(((item, seven),)))
    assert ask_of(row.ask, currency) == asks[row.key % 10]
    assert [amount.amount for _, amount in discounts_of(row.replaced, currency)] == [_old(3, currency)]
    if row.key % 10:
        assert row.found is None
        return
    found = picture_of(row.found)
    assert found.official_amount.amount == found.items[0].official_amount.amount == _old(9, currency)
    assert found.amount_after_discount.amount == found.items[0].amount_after_discount.amount == _old(8, currency)
    assert found.coupons_and_cards.amount == found.discounts[0][1].amount == _old(1, currency)
    assert (found.items[0].product_spec_desc, found.items[0].subscription_num) == ("100", 4)


def _old(minor: int, currency: str) -> Decimal:
    return Decimal(minor).scaleb(-OLD_DIGITS[currency])


def test_every_currency_whose_minor_unit_changed_is_scaled() -> None:
    assert {code: 10 ** minor_digits(code) for code in OLD_ZERO.split() if minor_digits(code)} == MIGRATION.FACTORS
    assert all(minor_digits(code) == digits for digits, codes in OLD_OTHERS.items() for code in codes.split())
    others = (
        set(MINOR_DIGITS) - set(OLD_ZERO.split()) - {code for codes in OLD_OTHERS.values() for code in codes.split()}
    )
    assert all(minor_digits(code) == 2 for code in others)


def test_there_is_no_way_back_to_a_program_that_cannot_keep_them() -> None:
    with pytest.raises(RuntimeError, match="use a backup"):
        MIGRATION.downgrade()
