"""Exports, the customers in their files, and what happened to them.

Revision ID: 0003
Revises: 0002
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer, "sqlite")
MOMENT = sa.BigInteger().with_variant(sa.DateTime(timezone=True), "postgresql")


def upgrade() -> None:
    _exports()
    _parts_of_exports()


def downgrade() -> None:
    for table in ("export_events", "export_customers", "exports"):
        op.drop_table(table)


def _partial_index(name: str, columns: list[str], where: str) -> None:
    condition = sa.text(where)
    op.create_index(name, "exports", columns, sqlite_where=condition, postgresql_where=condition)


def _exports() -> None:
    op.create_table(
        "exports",
        sa.Column("key", KEY, autoincrement=True, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("step", sa.String(16)),
        sa.Column("scope", sa.String(16), nullable=False),
        sa.Column("criteria", sa.Text),
        sa.Column("criteria_text", sa.Text, nullable=False),
        sa.Column("channel_id", sa.String(32)),
        sa.Column("channel_name", sa.Text, nullable=False),
        sa.Column("confirmed_people", sa.BigInteger),
        sa.Column("request", sa.String(64), nullable=False),
        sa.Column("team_id", sa.String(32), nullable=False),
        sa.Column("requester", sa.String(32), nullable=False),
        sa.Column("requester_name", sa.Text, nullable=False),
        sa.Column("time_zone", sa.String(64), nullable=False),
        sa.Column("locale", sa.String(32), nullable=False),
        sa.Column("queued_at", MOMENT, nullable=False),
        sa.Column("waiting_since", MOMENT, nullable=False),
        sa.Column("started_at", MOMENT),
        sa.Column("finished_at", MOMENT),
        sa.Column("finished_by_team", sa.String(32)),
        sa.Column("finished_by", sa.String(32)),
        sa.Column("finished_by_name", sa.Text),
        sa.Column("deleted_at", MOMENT),
        sa.Column("rows_done", sa.BigInteger, nullable=False),
        sa.Column("rows_total", sa.BigInteger),
        sa.Column("orders", sa.BigInteger),
        sa.Column("items", sa.BigInteger),
        sa.Column("size", sa.BigInteger),
        sa.Column("stored_name", sa.String(64)),
        sa.Column("file_reach", sa.String(64)),
        sa.Column("slack_file_id", sa.String(32)),
        sa.Column("failure", sa.String(32)),
        sa.Column("failure_detail", sa.String(200), nullable=False),
        sa.Column("attempts", sa.BigInteger, nullable=False),
        sa.Column("next_attempt_at", MOMENT),
        sa.Column("lease_until", MOMENT),
        sa.Column("worker", sa.String(64)),
        sa.Column("fencing", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_exports"),
    )
    _partial_index("ix_exports_open", ["key"], "state IN ('waiting', 'in_progress')")
    op.create_index("ix_exports_requester", "exports", ["team_id", "requester", "key"])
    _partial_index("ix_exports_completed", ["finished_at"], "state = 'completed'")


def _parts_of_exports() -> None:
    op.create_table(
        "export_customers",
        sa.Column("export_key", KEY, nullable=False),
        sa.Column("customer_key", KEY, nullable=False),
        sa.PrimaryKeyConstraint("export_key", "customer_key", name="pk_export_customers"),
        sa.ForeignKeyConstraint(["export_key"], ["exports.key"], name="fk_export_customers_export_key"),
        sa.ForeignKeyConstraint(["customer_key"], ["customers.key"], name="fk_export_customers_customer_key"),
    )
    op.create_table(
        "export_events",
        sa.Column("key", KEY, autoincrement=True, nullable=False),
        sa.Column("export_key", KEY, nullable=False),
        sa.Column("what", sa.String(16), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("team_id", sa.String(32)),
        sa.Column("slack_user_id", sa.String(32)),
        sa.Column("name", sa.Text),
        sa.Column("detail", sa.String(256), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_export_events"),
        sa.ForeignKeyConstraint(["export_key"], ["exports.key"], name="fk_export_events_export_key"),
    )
    op.create_index("ix_export_events_export", "export_events", ["export_key", "key"])
