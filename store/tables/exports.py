"""Exports: what was asked for, how far it has come, what is in its file, and what happened to it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from store.tables.base import Base, Key, UtcTime

_OPEN = text("state IN ('waiting', 'in_progress')")
_COMPLETED = text("state = 'completed'")


class ExportRow(Base):
    """An export. The table is the queue of those that are to be written: by who holds a row's lease."""

    __tablename__ = "exports"

    key: Mapped[int] = mapped_column(Key, primary_key=True, autoincrement=True)
    state: Mapped[str] = mapped_column(String(16))
    step: Mapped[str | None] = mapped_column(String(16))
    scope: Mapped[str] = mapped_column(String(16))
    criteria: Mapped[str | None] = mapped_column(Text)
    """JSON; NULL: all orders within reach."""
    criteria_text: Mapped[str] = mapped_column(Text)
    channel_id: Mapped[str | None] = mapped_column(String(32))
    """NULL: a direct message to the requester."""
    channel_name: Mapped[str] = mapped_column(Text)
    confirmed_people: Mapped[int | None] = mapped_column(BigInteger)
    request: Mapped[str] = mapped_column(String(64))
    """A hash of what was asked for: two of one person are the same where these are."""
    team_id: Mapped[str] = mapped_column(String(32))
    requester: Mapped[str] = mapped_column(String(32))
    """Slack user id."""
    requester_name: Mapped[str] = mapped_column(Text)
    time_zone: Mapped[str] = mapped_column(String(64))
    locale: Mapped[str] = mapped_column(String(32))
    queued_at: Mapped[datetime] = mapped_column(UtcTime)
    waiting_since: Mapped[datetime] = mapped_column(UtcTime)
    """When it was queued, or queued again."""
    started_at: Mapped[datetime | None] = mapped_column(UtcTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcTime)
    finished_by_team: Mapped[str | None] = mapped_column(String(32))
    finished_by: Mapped[str | None] = mapped_column(String(32))
    finished_by_name: Mapped[str | None] = mapped_column(Text)
    deleted_at: Mapped[datetime | None] = mapped_column(UtcTime)
    rows_done: Mapped[int] = mapped_column(BigInteger)
    rows_total: Mapped[int | None] = mapped_column(BigInteger)
    orders: Mapped[int | None] = mapped_column(BigInteger)
    items: Mapped[int | None] = mapped_column(BigInteger)
    size: Mapped[int | None] = mapped_column(BigInteger)
    stored_name: Mapped[str | None] = mapped_column(String(64))
    """The file's random name in the export folder."""
    file_reach: Mapped[str | None] = mapped_column(String(64))
    """Whose orders the file holds: an account name; empty: all orders; NULL: there is no file."""
    slack_file_id: Mapped[str | None] = mapped_column(String(32))
    """Of the file that stands in its channel."""
    failure: Mapped[str | None] = mapped_column(String(32))
    failure_detail: Mapped[str] = mapped_column(String(200))
    attempts: Mapped[int] = mapped_column(BigInteger)
    """Claims since it was queued, or queued again."""
    next_attempt_at: Mapped[datetime | None] = mapped_column(UtcTime)
    lease_until: Mapped[datetime | None] = mapped_column(UtcTime)
    worker: Mapped[str | None] = mapped_column(String(64))
    fencing: Mapped[int] = mapped_column(BigInteger)
    """Counts the claims: who moves it with an older number has lost it."""
    served: Mapped[int | None] = mapped_column(BigInteger)
    """Numbers the claims of all exports: a requester's highest says when they had their last turn."""

    __table_args__ = (
        Index("ix_exports_open", "key", sqlite_where=_OPEN, postgresql_where=_OPEN),
        Index("ix_exports_requester", "team_id", "requester", "key"),
        Index("ix_exports_turns", "team_id", "requester", "served"),
        Index("ix_exports_served", "served"),
        Index("ix_exports_completed", "finished_at", sqlite_where=_COMPLETED, postgresql_where=_COMPLETED),
    )


class ExportCustomerRow(Base):
    """A customer whose orders are in the file of a salesperson's export.

    Customers pass from one account manager to another: with these rows it is known whether somebody may still see all
    that is in the file.
    """

    __tablename__ = "export_customers"

    export_key: Mapped[int] = mapped_column(ForeignKey("exports.key"), primary_key=True)
    customer_key: Mapped[int] = mapped_column(ForeignKey("customers.key"), primary_key=True)


class ExportEventRow(Base):
    """A step of an export's life."""

    __tablename__ = "export_events"

    key: Mapped[int] = mapped_column(Key, primary_key=True, autoincrement=True)
    export_key: Mapped[int] = mapped_column(ForeignKey("exports.key"))
    what: Mapped[str] = mapped_column(String(16))
    at: Mapped[datetime] = mapped_column(UtcTime)
    team_id: Mapped[str | None] = mapped_column(String(32))
    slack_user_id: Mapped[str | None] = mapped_column(String(32))
    name: Mapped[str | None] = mapped_column(Text)
    detail: Mapped[str] = mapped_column(String(256))

    __table_args__ = (Index("ix_export_events_export", "export_key", "key"),)
