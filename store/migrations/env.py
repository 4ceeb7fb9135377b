"""Alembic's environment: runs the scripts on the connection from `store.services.schema`, in its transaction."""

from __future__ import annotations

from alembic import context

from store.tables import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    # SQLite changes a table by creating it again; this has no effect on PostgreSQL.
    render_as_batch=True,
)
context.run_migrations()
