"""Alembic's environment: runs the scripts on the connection that `store.services.schema` gives, in its transaction."""

from __future__ import annotations

from alembic import context

from store.tables import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    # SQLite changes a table by making it again; PostgreSQL is not touched by this.
    render_as_batch=True,
)
context.run_migrations()
