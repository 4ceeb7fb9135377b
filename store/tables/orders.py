"""Orders, their items and their discounts. Amounts are whole numbers of the currency's minor units."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import (
    BigInteger,
    Boolean,
    ColumnElement,
    Computed,
    ForeignKey,
    Index,
    Integer,
    SmallInteger,
    String,
    Text,
    text,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.sql.compiler import SQLCompiler

from store.tables.base import Base, Key, UtcTime


class _Week(ColumnElement[int]):
    """The week of `create_time` since 1970, as a generated column says it."""

    inherit_cache = True
    type = Integer()


@compiles(_Week, "sqlite")
def _week_in_sqlite(_element: _Week, _compiler: SQLCompiler, **_options: object) -> str:
    return "create_time / 604800000000"


@compiles(_Week, "postgresql")
def _week_in_postgresql(_element: _Week, _compiler: SQLCompiler, **_options: object) -> str:
    # As PostgreSQL itself writes it, so that Alembic sees no difference.
    seconds = "date_part('epoch'::text, create_time - to_timestamp(0::double precision))"
    return f"floor({seconds} / 604800::double precision)::integer"


class _ContractFolded(ColumnElement[str]):
    """`contract_id` as `domain.orders.order.fold_contract_id` has it: databases fold letters of ASCII alike."""

    inherit_cache = True
    type = Text()


@compiles(_ContractFolded, "sqlite")
def _contract_in_sqlite(_element: _ContractFolded, _compiler: SQLCompiler, **_options: object) -> str:
    return "upper(contract_id)"


@compiles(_ContractFolded, "postgresql")
def _contract_in_postgresql(_element: _ContractFolded, _compiler: SQLCompiler, **_options: object) -> str:
    return 'upper(contract_id COLLATE "C")'


class ProductTypeRow(Base):
    """A product type (the vendor's service type)."""

    __tablename__ = "product_types"

    key: Mapped[int] = mapped_column(Key, primary_key=True, autoincrement=True)
    service_type_code: Mapped[str] = mapped_column(String(128), unique=True)
    service_type_name: Mapped[str] = mapped_column(Text)


_TIME = ("create_time", "key")
_WHOSE = {"own": ("account_manager_key", "resellers"), "all": ("resellers",)}
_REST = ("customer_key", "order_id_folded")


class OrderRow(Base):
    """An order.

    `account_manager_key` and `resellers` repeat the customer's, so that reach, tab and newest-first are one index;
    a change of a customer's changes them here in the same transaction.
    """

    __tablename__ = "orders"

    key: Mapped[int] = mapped_column(Key, primary_key=True, autoincrement=True)
    order_id: Mapped[str] = mapped_column(String(64))
    order_id_folded: Mapped[str] = mapped_column(
        String(64, collation="C").with_variant(String(64), "sqlite"), unique=True
    )
    """`domain.orders.fold_order_id`, sorted by code point so that a beginning is a range."""
    customer_key: Mapped[int] = mapped_column(ForeignKey("customers.key"))
    account_manager_key: Mapped[int] = mapped_column(ForeignKey("account_managers.key"))
    resellers: Mapped[bool] = mapped_column(Boolean)
    product_type_key: Mapped[int] = mapped_column(ForeignKey("product_types.key"))
    source_type: Mapped[int] = mapped_column(SmallInteger)
    status: Mapped[int] = mapped_column(SmallInteger)
    order_type: Mapped[int] = mapped_column(SmallInteger)
    currency: Mapped[str] = mapped_column(String(3))
    official_amount: Mapped[int] = mapped_column(BigInteger)
    amount_after_discount: Mapped[int] = mapped_column(BigInteger)
    create_time: Mapped[datetime] = mapped_column(UtcTime)
    payment_time: Mapped[datetime | None] = mapped_column(UtcTime)
    pending_payment_end_time: Mapped[datetime | None] = mapped_column(UtcTime)
    contract_id: Mapped[str | None] = mapped_column(Text)
    user_name: Mapped[str | None] = mapped_column(Text)
    coupon_amount: Mapped[int] = mapped_column(BigInteger)
    flexipurchase_coupon_amount: Mapped[int] = mapped_column(BigInteger)
    stored_card_amount: Mapped[int] = mapped_column(BigInteger)
    commission_amount: Mapped[int | None] = mapped_column(BigInteger)
    consumed_amount: Mapped[int | None] = mapped_column(BigInteger)
    parent_order_id: Mapped[str | None] = mapped_column(String(64))

    ordered_week: Mapped[int] = mapped_column(Integer, Computed(_Week(), persisted=True))
    """Weeks since 1970 of `create_time`, kept by the database itself: see `ix_orders_all_number`."""

    contract_id_folded: Mapped[str | None] = mapped_column(Text, Computed(_ContractFolded()))
    """Kept by the database itself; SQLite computes it for each row that is read, and keeps it in the index only."""

    # Every search walks one of these backwards from a point, or merges several of them (store.queries.orders.search).
    # Each pair is alike: of one account manager, for salespeople; and of all, for who sees all orders.
    # The last columns let a walk judge a row without fetching it: what a search may ask is in each of them.
    __table_args__ = (
        *(
            Index(f"ix_orders_{whose}_{name}", *first, *columns)
            for whose, first in _WHOSE.items()
            for name, columns in {
                "newest": (*_TIME, *_REST),
                "status": ("status", "order_type", *_TIME, *_REST),
                "product": ("product_type_key", "status", "order_type", *_TIME, *_REST),
                # Within one week numbers are sorted: the newest orders of a beginning are found week by week, wherever
                # the numbers run with time (`CS2603…` is a month) and wherever they do not.
                "number": (
                    *("ordered_week", "order_id_folded", *_TIME),
                    *("status", "order_type", "product_type_key", "customer_key"),
                ),
            }.items()
        ),
        *(
            Index(
                f"ix_orders_{whose}_contract",
                *(*first, "contract_id_folded", *_TIME),
                *("status", "order_type", "product_type_key", *_REST),
                sqlite_where=text("contract_id_folded IS NOT NULL"),
                postgresql_where=text("contract_id_folded IS NOT NULL"),
            )
            for whose, first in _WHOSE.items()
        ),
        Index(
            "ix_orders_customer",
            *("customer_key", *_TIME, "status", "order_type", "product_type_key", "order_id_folded"),
        ),
    )


class OrderItemRow(Base):
    """A line of an order; money is in the order's currency."""

    __tablename__ = "order_items"

    key: Mapped[int] = mapped_column(Key, primary_key=True, autoincrement=True)
    order_line_item_id: Mapped[str] = mapped_column(String(64), unique=True)
    order_key: Mapped[int] = mapped_column(ForeignKey("orders.key"))
    product_type_key: Mapped[int] = mapped_column(ForeignKey("product_types.key"))
    product_id: Mapped[str] = mapped_column(Text)
    product_spec_desc: Mapped[str] = mapped_column(Text)
    period_type: Mapped[int] = mapped_column(SmallInteger)
    period_num: Mapped[int | None] = mapped_column(BigInteger)
    subscription_num: Mapped[int] = mapped_column(BigInteger)
    effective_time: Mapped[datetime | None] = mapped_column(UtcTime)
    expire_time: Mapped[datetime | None] = mapped_column(UtcTime)
    official_amount: Mapped[int] = mapped_column(BigInteger)
    amount_after_discount: Mapped[int] = mapped_column(BigInteger)
    discountable: Mapped[bool] = mapped_column(Boolean)

    __table_args__ = (
        Index("ix_order_items_order", "order_key", "key"),
        Index(
            "ix_order_items_expiring",
            *("expire_time", "order_key", "key"),
            sqlite_where=text("expire_time IS NOT NULL"),
            postgresql_where=text("expire_time IS NOT NULL"),
        ),
    )


class OrderDiscountRow(Base):
    """A discount of an order, or of one of its items where `order_line_item_id` is set."""

    __tablename__ = "order_discounts"

    key: Mapped[int] = mapped_column(Key, primary_key=True, autoincrement=True)
    order_key: Mapped[int] = mapped_column(ForeignKey("orders.key"))
    order_line_item_id: Mapped[str | None] = mapped_column(String(64))
    discount_type: Mapped[int] = mapped_column(SmallInteger)
    discount_amount: Mapped[int] = mapped_column(BigInteger)

    __table_args__ = (Index("ix_order_discounts_order", "order_key", "key"),)
