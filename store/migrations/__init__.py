"""Alembic's scripts: how a database is brought from one version of the schema to the next."""
