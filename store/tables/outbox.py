"""What is still to be told, and what was asked already: both written in the transaction that made the news."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, Boolean, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from store.tables.base import Base, Key, UtcTime

_OPEN = text("state IN ('waiting', 'sending')")
_PARKED = text("state IN ('parked')")


class OutboxRow(Base):
    """Something to tell, once. What the kinds mean is known to their sender alone."""

    __tablename__ = "outbox"

    key: Mapped[int] = mapped_column(Key, primary_key=True, autoincrement=True)
    topic: Mapped[str] = mapped_column(String(128), unique=True)
    """What makes it one thing to tell, as `adjustment.card/17`: a second row about it cannot be."""
    kind: Mapped[str] = mapped_column(String(64))
    subject_key: Mapped[int] = mapped_column(BigInteger)
    recipient: Mapped[str] = mapped_column(String(64))
    thread_of: Mapped[int | None] = mapped_column(ForeignKey("outbox.key"))
    payload: Mapped[str] = mapped_column(Text)
    """JSON of ids, and of what a person wrote or agreed to: the sender reads the data again."""
    revision: Mapped[int] = mapped_column(BigInteger)
    """Counts the changes that are to be shown."""
    created_at: Mapped[datetime] = mapped_column(UtcTime)
    state: Mapped[str] = mapped_column(String(16))
    attempts: Mapped[int] = mapped_column(BigInteger)
    next_attempt_at: Mapped[datetime | None] = mapped_column(UtcTime)
    lease_until: Mapped[datetime | None] = mapped_column(UtcTime)
    worker: Mapped[str | None] = mapped_column(String(64))
    fencing: Mapped[int] = mapped_column(BigInteger)
    """Counts the claims: who settles with an older number has lost the row."""
    ambiguous: Mapped[bool] = mapped_column(Boolean)
    """Whether an earlier attempt may have reached Slack."""
    reposted: Mapped[bool] = mapped_column(Boolean)
    slack_channel: Mapped[str | None] = mapped_column(String(32))
    slack_ts: Mapped[str | None] = mapped_column(String(32))
    last_error: Mapped[str | None] = mapped_column(String(64))

    __table_args__ = (
        Index("ix_outbox_open", "key", sqlite_where=_OPEN, postgresql_where=_OPEN),
        Index("ix_outbox_parked", "kind", "created_at", sqlite_where=_PARKED, postgresql_where=_PARKED),
        Index("ix_outbox_thread", "thread_of"),
    )


class OutboxPauseRow(Base):
    """A recipient that Slack wants left alone until then."""

    __tablename__ = "outbox_pauses"

    recipient: Mapped[str] = mapped_column(String(64), primary_key=True)
    until: Mapped[datetime] = mapped_column(UtcTime)


class DeliveryRow(Base):
    """A request that had its effect: the same one again has none. It is somebody's, for one action."""

    __tablename__ = "deliveries"

    request_key: Mapped[str] = mapped_column(String(255), primary_key=True)
    action: Mapped[str] = mapped_column(String(64), primary_key=True)
    team_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    slack_user_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    subject_key: Mapped[int | None] = mapped_column(BigInteger)
    at: Mapped[datetime] = mapped_column(UtcTime)

    __table_args__ = (Index("ix_deliveries_at", "at"),)


class SignatureRow(Base):
    """A signed request that was taken, by the hash of its signature: nobody's copy of it is taken again."""

    __tablename__ = "signatures"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    signed_at: Mapped[datetime] = mapped_column(UtcTime)
