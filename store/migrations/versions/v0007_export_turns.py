"""Claims of exports are numbered, so that requesters take turns.

Revision ID: 0007
Revises: 0006
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("exports", sa.Column("served", sa.BigInteger))
    op.create_index("ix_exports_turns", "exports", ["team_id", "requester", "served"])
    op.create_index("ix_exports_served", "exports", ["served"])


def downgrade() -> None:
    op.drop_index("ix_exports_served", "exports")
    op.drop_index("ix_exports_turns", "exports")
    op.drop_column("exports", "served")
