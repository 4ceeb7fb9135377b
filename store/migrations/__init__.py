"""Alembic's scripts, which upgrade a database from one version of the schema to the next."""
