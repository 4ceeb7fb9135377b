"""The members of the desk, and the workspace they are of."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from store.tables.base import Base, UtcTime


class MemberRow(Base):
    """A member, by Slack's team id and user id. The team is empty until the desk first meets its workspace."""

    __tablename__ = "members"

    team_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    slack_user_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    account_name: Mapped[str] = mapped_column(String(64))
    roles: Mapped[str] = mapped_column(String(64))
    """As `salesperson;manager`."""
    account_name_folded: Mapped[str] = mapped_column(Text, server_default=text("''"))
    """`domain.texts.common_form` of the account name, as account managers have it."""


class WorkspaceRow(Base):
    """The one Slack workspace that this database belongs to; no row before the first `serve`."""

    __tablename__ = "workspaces"

    team_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    met_at: Mapped[datetime] = mapped_column(UtcTime)
