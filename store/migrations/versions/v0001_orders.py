"""Members, customers, orders and the audit chain.

Revision ID: 0001
Revises:
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer, "sqlite")
MOMENT = sa.BigInteger().with_variant(sa.DateTime(timezone=True), "postgresql")


def upgrade() -> None:
    _people()
    _customers()
    _orders()
    _parts_of_orders()


def downgrade() -> None:
    for table in (
        "order_discounts",
        "order_items",
        "orders",
        "product_types",
        "customers",
        "account_managers",
        "audit",
        "workspaces",
        "members",
    ):
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION letter_pairs(text)")
    else:
        op.execute("DROP TABLE customers_letters")


def _people() -> None:
    op.create_table(
        "members",
        sa.Column("team_id", sa.String(32), nullable=False),
        sa.Column("slack_user_id", sa.String(32), nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("account_name", sa.String(64), nullable=False),
        sa.Column("roles", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("team_id", "slack_user_id", name="pk_members"),
    )
    op.create_table(
        "workspaces",
        sa.Column("team_id", sa.String(32), nullable=False),
        sa.Column("met_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("team_id", name="pk_workspaces"),
    )
    op.create_table(
        "audit",
        sa.Column("seq", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("actor", sa.String(80), nullable=False),
        sa.Column("roles", sa.String(64), nullable=False),
        sa.Column("action", sa.String(64), nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("details", sa.Text, nullable=False),
        sa.Column("origin", sa.Text, nullable=False),
        sa.Column("previous_hash", sa.String(64), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_audit"),
    )


def _customers() -> None:
    op.create_table(
        "account_managers",
        sa.Column("key", KEY, autoincrement=True, nullable=False),
        sa.Column("account_name", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_account_managers"),
        sa.UniqueConstraint("account_name", name="uq_account_managers_account_name"),
    )
    op.create_table(
        "customers",
        sa.Column("key", KEY, autoincrement=True, nullable=False),
        sa.Column("customer_id", sa.String(64), nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("account_name", sa.Text, nullable=False),
        sa.Column("search_text", sa.Text(collation="C").with_variant(sa.Text, "sqlite"), nullable=False),
        sa.Column("association_type", sa.SmallInteger, nullable=False),
        sa.Column("account_manager_key", KEY, nullable=False),
        sa.Column("resellers", sa.Boolean, nullable=False),
        sa.Column("reseller_id", sa.String(64)),
        sa.Column("reseller_name", sa.Text),
        sa.Column("email", sa.Text),
        sa.Column("telephone", sa.Text),
        sa.Column("country_code", sa.String(8)),
        sa.PrimaryKeyConstraint("key", name="pk_customers"),
        sa.UniqueConstraint("customer_id", name="uq_customers_customer_id"),
        sa.ForeignKeyConstraint(
            ["account_manager_key"], ["account_managers.key"], name="fk_customers_account_manager_key"
        ),
    )
    op.create_index("ix_customers_own", "customers", ["account_manager_key", "resellers", "search_text", "key"])
    op.create_index("ix_customers_all", "customers", ["resellers", "search_text", "key"])
    if op.get_bind().dialect.name == "postgresql":
        _letters_in_postgresql()
        op.create_index("ix_customers_text", "customers", ["key"], postgresql_include=["search_text"])
    else:
        _letters_in_sqlite()


def _letters_in_postgresql() -> None:
    # Like pg_trgm for three letters and more, but for two: names in Chinese are searched by two. It needs no extension,
    # which the owner of a database may not be allowed to create.
    op.execute(
        "CREATE FUNCTION letter_pairs(content text) RETURNS text[] LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS "
        "$$ SELECT array_agg(DISTINCT substr(content, i, 2)) FROM generate_series(1, length(content) - 1) i $$"
    )
    op.execute("CREATE INDEX ix_customers_letters ON customers USING gin (letter_pairs(search_text))")


def _letters_in_sqlite() -> None:
    # Three letters at a time; the text itself stays with the customer, and triggers keep both in step.
    op.execute(
        "CREATE VIRTUAL TABLE customers_letters USING fts5(search_text, content='customers', content_rowid='key', "
        "columnsize=0, tokenize='trigram case_sensitive 1')"
    )
    added = "INSERT INTO customers_letters(rowid, search_text) VALUES (new.key, new.search_text);"
    removed = (
        "INSERT INTO customers_letters(customers_letters, rowid, search_text) "
        "VALUES ('delete', old.key, old.search_text);"
    )
    for moment, what in {
        "AFTER INSERT": added,
        "AFTER DELETE": removed,
        "AFTER UPDATE OF key, search_text": removed + added,
    }.items():
        name = f"customers_letters_{moment.split()[1].lower()}"
        op.execute(f"CREATE TRIGGER {name} {moment} ON customers BEGIN {what} END")


def _orders() -> None:
    if op.get_bind().dialect.name == "postgresql":
        # As PostgreSQL itself writes it, so that Alembic sees no difference.
        seconds = "date_part('epoch'::text, create_time - to_timestamp(0::double precision))"
        week = f"floor({seconds} / 604800::double precision)::integer"
    else:
        week = "create_time / 604800000000"
    op.create_table(
        "product_types",
        sa.Column("key", KEY, autoincrement=True, nullable=False),
        sa.Column("service_type_code", sa.String(128), nullable=False),
        sa.Column("service_type_name", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_product_types"),
        sa.UniqueConstraint("service_type_code", name="uq_product_types_service_type_code"),
    )
    op.create_table(
        "orders",
        sa.Column("key", KEY, autoincrement=True, nullable=False),
        sa.Column("order_id", sa.String(64), nullable=False),
        sa.Column(
            "order_id_folded", sa.String(64, collation="C").with_variant(sa.String(64), "sqlite"), nullable=False
        ),
        sa.Column("customer_key", KEY, nullable=False),
        sa.Column("account_manager_key", KEY, nullable=False),
        sa.Column("resellers", sa.Boolean, nullable=False),
        sa.Column("product_type_key", KEY, nullable=False),
        sa.Column("source_type", sa.SmallInteger, nullable=False),
        sa.Column("status", sa.SmallInteger, nullable=False),
        sa.Column("order_type", sa.SmallInteger, nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("official_amount", sa.BigInteger, nullable=False),
        sa.Column("amount_after_discount", sa.BigInteger, nullable=False),
        sa.Column("create_time", MOMENT, nullable=False),
        sa.Column("payment_time", MOMENT),
        sa.Column("pending_payment_end_time", MOMENT),
        sa.Column("contract_id", sa.Text),
        sa.Column("user_name", sa.Text),
        sa.Column("coupon_amount", sa.BigInteger, nullable=False),
        sa.Column("flexipurchase_coupon_amount", sa.BigInteger, nullable=False),
        sa.Column("stored_card_amount", sa.BigInteger, nullable=False),
        sa.Column("commission_amount", sa.BigInteger),
        sa.Column("consumed_amount", sa.BigInteger),
        sa.Column("parent_order_id", sa.String(64)),
        sa.Column("ordered_week", sa.Integer, sa.Computed(week, persisted=True), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_orders"),
        sa.UniqueConstraint("order_id_folded", name="uq_orders_order_id_folded"),
        sa.ForeignKeyConstraint(["customer_key"], ["customers.key"], name="fk_orders_customer_key"),
        sa.ForeignKeyConstraint(
            ["account_manager_key"], ["account_managers.key"], name="fk_orders_account_manager_key"
        ),
        sa.ForeignKeyConstraint(["product_type_key"], ["product_types.key"], name="fk_orders_product_type_key"),
    )
    own, all_ = ["account_manager_key", "resellers"], ["resellers"]
    newest = ["create_time", "key", "customer_key", "order_id_folded"]
    status = ["status", "order_type", *newest]
    product = ["product_type_key", *status]
    number = ["ordered_week", "order_id_folded", "create_time", "key"]
    number += ["status", "order_type", "product_type_key", "customer_key"]
    for name, columns in {"newest": newest, "status": status, "product": product, "number": number}.items():
        op.create_index(f"ix_orders_own_{name}", "orders", own + columns)
        op.create_index(f"ix_orders_all_{name}", "orders", all_ + columns)
    op.create_index(
        "ix_orders_customer",
        "orders",
        ["customer_key", "create_time", "key", "status", "order_type", "product_type_key", "order_id_folded"],
    )


def _parts_of_orders() -> None:
    op.create_table(
        "order_items",
        sa.Column("key", KEY, autoincrement=True, nullable=False),
        sa.Column("order_line_item_id", sa.String(64), nullable=False),
        sa.Column("order_key", KEY, nullable=False),
        sa.Column("product_type_key", KEY, nullable=False),
        sa.Column("product_id", sa.Text, nullable=False),
        sa.Column("product_spec_desc", sa.Text, nullable=False),
        sa.Column("period_type", sa.SmallInteger, nullable=False),
        sa.Column("period_num", sa.BigInteger),
        sa.Column("subscription_num", sa.BigInteger, nullable=False),
        sa.Column("effective_time", MOMENT),
        sa.Column("expire_time", MOMENT),
        sa.Column("official_amount", sa.BigInteger, nullable=False),
        sa.Column("amount_after_discount", sa.BigInteger, nullable=False),
        sa.Column("discountable", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_order_items"),
        sa.UniqueConstraint("order_line_item_id", name="uq_order_items_order_line_item_id"),
        sa.ForeignKeyConstraint(["order_key"], ["orders.key"], name="fk_order_items_order_key"),
        sa.ForeignKeyConstraint(["product_type_key"], ["product_types.key"], name="fk_order_items_product_type_key"),
    )
    op.create_index("ix_order_items_order", "order_items", ["order_key", "key"])
    op.create_table(
        "order_discounts",
        sa.Column("key", KEY, autoincrement=True, nullable=False),
        sa.Column("order_key", KEY, nullable=False),
        sa.Column("order_line_item_id", sa.String(64)),
        sa.Column("discount_type", sa.SmallInteger, nullable=False),
        sa.Column("discount_amount", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_order_discounts"),
        sa.ForeignKeyConstraint(["order_key"], ["orders.key"], name="fk_order_discounts_order_key"),
    )
    op.create_index("ix_order_discounts_order", "order_discounts", ["order_key", "key"])
