"""Price adjustments, the news about them, and the requests that have taken effect.

Revision ID: 0002
Revises: 0001
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer, "sqlite")
MOMENT = sa.BigInteger().with_variant(sa.DateTime(timezone=True), "postgresql")


def upgrade() -> None:
    _adjustments()
    _parts_of_adjustments()
    _outbox()
    _deliveries()


def downgrade() -> None:
    for table in (
        "deliveries",
        "outbox_pauses",
        "outbox",
        "adjustment_events",
        "adjustment_items",
        "adjustments",
    ):
        op.drop_table(table)


def _partial_index(name: str, table: str, columns: list[str], where: str, *, unique: bool = False) -> None:
    condition = sa.text(where)
    op.create_index(name, table, columns, unique=unique, sqlite_where=condition, postgresql_where=condition)


def _adjustments() -> None:
    op.create_table(
        "adjustments",
        sa.Column("key", KEY, autoincrement=True, nullable=False),
        sa.Column("order_key", KEY, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("mode", sa.String(16), nullable=False),
        sa.Column("ask", sa.Text, nullable=False),
        sa.Column("policy", sa.Text, nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("official_amount", sa.BigInteger, nullable=False),
        sa.Column("amount_before", sa.BigInteger, nullable=False),
        sa.Column("coupons_and_cards", sa.BigInteger, nullable=False),
        sa.Column("discount", sa.BigInteger, nullable=False),
        sa.Column("maximum", sa.BigInteger, nullable=False),
        sa.Column("replaced", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("team_id", sa.String(32), nullable=False),
        sa.Column("requester", sa.String(32), nullable=False),
        sa.Column("requester_name", sa.Text, nullable=False),
        sa.Column("submitted_at", MOMENT, nullable=False),
        sa.Column("deadline", MOMENT),
        sa.Column("next_reminder_at", MOMENT),
        sa.Column("needed_approvals", sa.SmallInteger, nullable=False),
        sa.Column("approvals", sa.SmallInteger, nullable=False),
        sa.Column("closed_at", MOMENT),
        sa.Column("closed_by_team", sa.String(32)),
        sa.Column("closed_by", sa.String(32)),
        sa.Column("closed_by_name", sa.Text),
        sa.Column("close_reason", sa.Text, nullable=False),
        sa.Column("found", sa.Text),
        sa.Column("superseded_by", KEY),
        sa.Column("overridden_at", MOMENT),
        sa.PrimaryKeyConstraint("key", name="pk_adjustments"),
        sa.ForeignKeyConstraint(["order_key"], ["orders.key"], name="fk_adjustments_order_key"),
        sa.ForeignKeyConstraint(["superseded_by"], ["adjustments.key"], name="fk_adjustments_superseded_by"),
    )
    op.create_index("ix_adjustments_order", "adjustments", ["order_key", "key"])
    _partial_index("uq_adjustments_undecided", "adjustments", ["order_key"], "state = 'pending'", unique=True)
    _partial_index("ix_adjustments_reminder", "adjustments", ["next_reminder_at"], "state = 'pending'")


def _parts_of_adjustments() -> None:
    op.create_table(
        "adjustment_items",
        sa.Column("adjustment_key", KEY, nullable=False),
        sa.Column("position", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("order_line_item_id", sa.String(64), nullable=False),
        sa.Column("service_type_code", sa.String(128), nullable=False),
        sa.Column("product_spec_desc", sa.Text, nullable=False),
        sa.Column("period_type", sa.SmallInteger, nullable=False),
        sa.Column("period_num", sa.BigInteger),
        sa.Column("subscription_num", sa.BigInteger, nullable=False),
        sa.Column("official_amount", sa.BigInteger, nullable=False),
        sa.Column("amount_before", sa.BigInteger, nullable=False),
        sa.Column("discountable", sa.Boolean, nullable=False),
        sa.Column("maximum", sa.BigInteger, nullable=False),
        sa.Column("discount", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("adjustment_key", "position", name="pk_adjustment_items"),
        sa.ForeignKeyConstraint(["adjustment_key"], ["adjustments.key"], name="fk_adjustment_items_adjustment_key"),
    )
    op.create_table(
        "adjustment_events",
        sa.Column("key", KEY, autoincrement=True, nullable=False),
        sa.Column("adjustment_key", KEY, nullable=False),
        sa.Column("step", sa.String(16), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("team_id", sa.String(32)),
        sa.Column("slack_user_id", sa.String(32)),
        sa.Column("name", sa.Text),
        sa.Column("reason", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_adjustment_events"),
        sa.ForeignKeyConstraint(["adjustment_key"], ["adjustments.key"], name="fk_adjustment_events_adjustment_key"),
    )
    op.create_index("ix_adjustment_events_adjustment", "adjustment_events", ["adjustment_key", "key"])
    _partial_index(
        "uq_adjustment_events_outcome",
        "adjustment_events",
        ["adjustment_key"],
        "step IN ('applied', 'rejected', 'withdrawn', 'expired', 'stale')",
        unique=True,
    )
    _partial_index(
        "uq_adjustment_events_approval",
        "adjustment_events",
        ["adjustment_key", "team_id", "slack_user_id"],
        "step = 'approved'",
        unique=True,
    )


def _outbox() -> None:
    op.create_table(
        "outbox",
        sa.Column("key", KEY, autoincrement=True, nullable=False),
        sa.Column("topic", sa.String(128), nullable=False),
        sa.Column("kind", sa.String(64), nullable=False),
        sa.Column("subject_key", sa.BigInteger, nullable=False),
        sa.Column("recipient", sa.String(64), nullable=False),
        sa.Column("thread_of", KEY),
        sa.Column("payload", sa.Text, nullable=False),
        sa.Column("revision", sa.BigInteger, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("attempts", sa.BigInteger, nullable=False),
        sa.Column("next_attempt_at", MOMENT),
        sa.Column("lease_until", MOMENT),
        sa.Column("worker", sa.String(64)),
        sa.Column("fencing", sa.BigInteger, nullable=False),
        sa.Column("ambiguous", sa.Boolean, nullable=False),
        sa.Column("reposted", sa.Boolean, nullable=False),
        sa.Column("slack_channel", sa.String(32)),
        sa.Column("slack_ts", sa.String(32)),
        sa.Column("last_error", sa.String(64)),
        sa.PrimaryKeyConstraint("key", name="pk_outbox"),
        sa.UniqueConstraint("topic", name="uq_outbox_topic"),
        sa.ForeignKeyConstraint(["thread_of"], ["outbox.key"], name="fk_outbox_thread_of"),
    )
    _partial_index("ix_outbox_open", "outbox", ["key"], "state IN ('waiting', 'sending')")
    op.create_index("ix_outbox_thread", "outbox", ["thread_of"])
    op.create_table(
        "outbox_pauses",
        sa.Column("recipient", sa.String(64), nullable=False),
        sa.Column("until", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("recipient", name="pk_outbox_pauses"),
    )


def _deliveries() -> None:
    op.create_table(
        "deliveries",
        sa.Column("request_key", sa.String(255), nullable=False),
        sa.Column("action", sa.String(64), nullable=False),
        sa.Column("team_id", sa.String(32), nullable=False),
        sa.Column("slack_user_id", sa.String(32), nullable=False),
        sa.Column("subject_key", sa.BigInteger),
        sa.Column("at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("request_key", "action", "team_id", "slack_user_id", name="pk_deliveries"),
    )
    op.create_index("ix_deliveries_at", "deliveries", ["at"])
