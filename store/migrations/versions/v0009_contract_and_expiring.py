"""Orders are found by their contract, and by when their items expire.

Revision ID: 0009
Revises: 0008
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_REACH = {"own": ["account_manager_key", "resellers"], "all": ["resellers"]}
_REST = ["create_time", "key", "status", "order_type", "product_type_key", "customer_key", "order_id_folded"]


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        # On a line of its own, since SQLAlchemy reads generated columns line by line where it compares schemas.
        op.execute("ALTER TABLE orders ADD COLUMN contract_id_folded TEXT\nGENERATED ALWAYS AS (upper(contract_id))")
    else:
        folded = sa.Computed('upper(contract_id COLLATE "C")', persisted=True)
        op.add_column("orders", sa.Column("contract_id_folded", sa.Text, folded))
    for whose, first in _REACH.items():
        _index(f"ix_orders_{whose}_contract", "orders", [*first, "contract_id_folded", *_REST], "contract_id_folded")
    _index("ix_order_items_expiring", "order_items", ["expire_time", "order_key", "key"], "expire_time")


def _index(name: str, table: str, columns: list[str], kept: str) -> None:
    """Of rows alone that have a value in the column `kept`."""
    given = sa.text(f"{kept} IS NOT NULL")
    op.create_index(name, table, columns, sqlite_where=given, postgresql_where=given)


def downgrade() -> None:
    op.drop_index("ix_order_items_expiring", "order_items")
    for whose in _REACH:
        op.drop_index(f"ix_orders_{whose}_contract", "orders")
    op.drop_column("orders", "contract_id_folded")
