"""Amounts are stored in minor units by ISO 4217, instead of CLDR's digits.

Nothing changes its value: 100 IQD, stored as 100, becomes 100000.

Revision ID: 0006
Revises: 0005
"""

from __future__ import annotations

import json
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_HUNDRED = "AFN ALL IRR KPW LAK LBP MGA MMK MRO RSD SLL SOS STD SYP TMM YER ZMK ZWD"
FACTORS = {**dict.fromkeys(_HUNDRED.split(), 100), "IQD": 1000}
"""The new minor units in one old one, for the currencies whose minor units changed."""

_OF_ORDERS = (
    *("official_amount", "amount_after_discount", "coupon_amount", "flexipurchase_coupon_amount"),
    *("stored_card_amount", "commission_amount", "consumed_amount"),
)
_OF_PARTS = {
    "order_items": ("official_amount", "amount_after_discount"),
    "order_discounts": ("discount_amount",),
}
_OF_ADJUSTMENTS = ("official_amount", "amount_before", "coupons_and_cards", "discount", "maximum")
_OF_ADJUSTMENT_ITEMS = ("official_amount", "amount_before", "maximum", "discount")

Json = Any


def upgrade() -> None:
    connection = op.get_bind()
    for currency, factor in FACTORS.items():
        _scale_orders(connection, currency, factor)
        _scale_adjustments(connection, currency, factor)
    _scale_texts(connection)


def downgrade() -> None:
    raise RuntimeError("the older program has no way to keep amounts such as 100.505 IQD; use a backup")


def _scale_orders(connection: sa.Connection, currency: str, factor: int) -> None:
    orders = sa.table("orders", sa.column("key"), sa.column("currency"), *map(sa.column, _OF_ORDERS))
    of_currency = orders.c.currency == currency
    # The parts first: they are found by their orders, and both must still be unchanged.
    for name, columns in _OF_PARTS.items():
        part = sa.table(name, sa.column("order_key"), *map(sa.column, columns))
        keys = sa.select(orders.c.key).where(of_currency)
        connection.execute(sa.update(part).where(part.c.order_key.in_(keys)).values(_times(part, columns, factor)))
    connection.execute(sa.update(orders).where(of_currency).values(_times(orders, _OF_ORDERS, factor)))


def _scale_adjustments(connection: sa.Connection, currency: str, factor: int) -> None:
    adjustments = sa.table("adjustments", sa.column("key"), sa.column("currency"), *map(sa.column, _OF_ADJUSTMENTS))
    items = sa.table("adjustment_items", sa.column("adjustment_key"), *map(sa.column, _OF_ADJUSTMENT_ITEMS))
    of_currency = adjustments.c.currency == currency
    keys = sa.select(adjustments.c.key).where(of_currency)
    changed = _times(items, _OF_ADJUSTMENT_ITEMS, factor)
    connection.execute(sa.update(items).where(items.c.adjustment_key.in_(keys)).values(changed))
    connection.execute(sa.update(adjustments).where(of_currency).values(_times(adjustments, _OF_ADJUSTMENTS, factor)))


def _times(table: sa.TableClause, columns: tuple[str, ...], factor: int) -> dict[str, sa.ColumnElement[Any]]:
    return {name: table.c[name] * factor for name in columns}


def _scale_texts(connection: sa.Connection) -> None:
    names = ("key", "currency", "ask", "replaced", "found")
    adjustments = sa.table("adjustments", *map(sa.column, names))
    rows = connection.execute(
        sa.select(adjustments).where(sa.or_(adjustments.c.currency.in_(FACTORS), adjustments.c.found.is_not(None)))
    ).all()
    for row in rows:
        factor = FACTORS.get(row.currency, 1)
        connection.execute(
            sa.update(adjustments)
            .where(adjustments.c.key == row.key)
            .values(
                ask=_text(scale_ask(json.loads(row.ask), factor)),
                replaced=_text(_pairs(json.loads(row.replaced), factor)),
                found=None if row.found is None else _text(scale_picture(json.loads(row.found))),
            )
        )


def _text(value: Json) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"))


def scale_ask(ask: Json, factor: int) -> Json:
    """The figure as it was given; a percentage stays."""
    scaled = {name: value * factor if name in ("amount", "new_price") else value for name, value in ask.items()}
    if "resources" in scaled:
        scaled["resources"] = _pairs(scaled["resources"], factor)
    return scaled


def scale_picture(picture: Json) -> Json:
    """An order as it was found, in the currency that it had."""
    factor = FACTORS.get(picture["currency"], 1)
    whole = ("official_amount", "amount_after_discount", "coupons_and_cards")
    return {
        **picture,
        **{name: picture[name] * factor for name in whole},
        "discounts": _pairs(picture["discounts"], factor),
        "items": [
            {**item, **{name: item[name] * factor for name in ("official_amount", "amount_after_discount")}}
            for item in picture["items"]
        ],
    }


def _pairs(pairs: Json, factor: int) -> Json:
    return [[name, amount * factor] for name, amount in pairs]
