"""An index for the parked rows of the outbox, like that for the waiting ones.

Revision ID: 0004
Revises: 0003
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    parked = sa.text("state IN ('parked')")
    op.create_index("ix_outbox_parked", "outbox", ["kind", "created_at"], sqlite_where=parked, postgresql_where=parked)


def downgrade() -> None:
    op.drop_index("ix_outbox_parked", "outbox")
