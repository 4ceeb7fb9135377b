"""Price adjustments: what was asked and judged, item by item, and the steps of their lives.

Amounts are whole numbers of the currency's minor units.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, Boolean, ForeignKey, Index, SmallInteger, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from store.tables.base import Base, Key, UtcTime

_PENDING = text("state = 'pending'")
_APPROVED = text("step = 'approved'")
_OUTCOME = text("step IN ('applied', 'rejected', 'withdrawn', 'expired', 'stale')")


class AdjustmentRow(Base):
    """A price adjustment. What it was judged on never changes; only its state and what came of it do."""

    __tablename__ = "adjustments"

    key: Mapped[int] = mapped_column(Key, primary_key=True, autoincrement=True)
    order_key: Mapped[int] = mapped_column(ForeignKey("orders.key"))
    state: Mapped[str] = mapped_column(String(16))
    mode: Mapped[str] = mapped_column(String(16))
    ask: Mapped[str] = mapped_column(Text)
    """JSON: the figure as it was given."""
    policy: Mapped[str] = mapped_column(Text)
    """JSON: the policy that it was judged under."""
    currency: Mapped[str] = mapped_column(String(3))
    official_amount: Mapped[int] = mapped_column(BigInteger)
    amount_before: Mapped[int] = mapped_column(BigInteger)
    coupons_and_cards: Mapped[int] = mapped_column(BigInteger)
    discount: Mapped[int] = mapped_column(BigInteger)
    maximum: Mapped[int] = mapped_column(BigInteger)
    replaced: Mapped[str] = mapped_column(Text)
    """JSON: the order's discounts by type, as `[[200, 70000]]`."""
    reason: Mapped[str] = mapped_column(Text)
    team_id: Mapped[str] = mapped_column(String(32))
    requester: Mapped[str] = mapped_column(String(32))
    """Slack user id."""
    requester_name: Mapped[str] = mapped_column(Text)
    submitted_at: Mapped[datetime] = mapped_column(UtcTime)
    deadline: Mapped[datetime | None] = mapped_column(UtcTime)
    """The order's payment deadline as the desk plans by it: as on submission, until the source moves it."""
    next_reminder_at: Mapped[datetime | None] = mapped_column(UtcTime)
    needed_approvals: Mapped[int] = mapped_column(SmallInteger)
    approvals: Mapped[int] = mapped_column(SmallInteger)
    closed_at: Mapped[datetime | None] = mapped_column(UtcTime)
    closed_by_team: Mapped[str | None] = mapped_column(String(32))
    closed_by: Mapped[str | None] = mapped_column(String(32))
    closed_by_name: Mapped[str | None] = mapped_column(Text)
    close_reason: Mapped[str] = mapped_column(Text)
    found: Mapped[str | None] = mapped_column(Text)
    """JSON: the order as it was found, where the adjustment is stale."""
    superseded_by: Mapped[int | None] = mapped_column(ForeignKey("adjustments.key"))
    overridden_at: Mapped[datetime | None] = mapped_column(UtcTime)
    """When the source brought other figures than the adjustment's, and won."""

    __table_args__ = (
        Index("ix_adjustments_order", "order_key", "key"),
        Index(
            "uq_adjustments_undecided",
            "order_key",
            unique=True,
            sqlite_where=_PENDING,
            postgresql_where=_PENDING,
        ),
        Index("ix_adjustments_reminder", "next_reminder_at", sqlite_where=_PENDING, postgresql_where=_PENDING),
    )


class AdjustmentItemRow(Base):
    """An item as it was judged, and what it is to get."""

    __tablename__ = "adjustment_items"

    adjustment_key: Mapped[int] = mapped_column(ForeignKey("adjustments.key"), primary_key=True)
    position: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    """From 0, in the order of the order's lines."""
    order_line_item_id: Mapped[str] = mapped_column(String(64))
    service_type_code: Mapped[str] = mapped_column(String(128))
    product_spec_desc: Mapped[str] = mapped_column(Text)
    period_type: Mapped[int] = mapped_column(SmallInteger)
    period_num: Mapped[int | None] = mapped_column(BigInteger)
    subscription_num: Mapped[int] = mapped_column(BigInteger)
    official_amount: Mapped[int] = mapped_column(BigInteger)
    amount_before: Mapped[int] = mapped_column(BigInteger)
    discountable: Mapped[bool] = mapped_column(Boolean)
    maximum: Mapped[int] = mapped_column(BigInteger)
    discount: Mapped[int] = mapped_column(BigInteger)


class AdjustmentEventRow(Base):
    """A step of an adjustment's life: at most one outcome, and one approval of each manager."""

    __tablename__ = "adjustment_events"

    key: Mapped[int] = mapped_column(Key, primary_key=True, autoincrement=True)
    adjustment_key: Mapped[int] = mapped_column(ForeignKey("adjustments.key"))
    step: Mapped[str] = mapped_column(String(16))
    at: Mapped[datetime] = mapped_column(UtcTime)
    team_id: Mapped[str | None] = mapped_column(String(32))
    slack_user_id: Mapped[str | None] = mapped_column(String(32))
    name: Mapped[str | None] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Text)

    __table_args__ = (
        Index("ix_adjustment_events_adjustment", "adjustment_key", "key"),
        Index(
            "uq_adjustment_events_outcome",
            "adjustment_key",
            unique=True,
            sqlite_where=_OUTCOME,
            postgresql_where=_OUTCOME,
        ),
        Index(
            "uq_adjustment_events_approval",
            "adjustment_key",
            "team_id",
            "slack_user_id",
            unique=True,
            sqlite_where=_APPROVED,
            postgresql_where=_APPROVED,
        ),
    )
