"""Work that must be done by one transaction at a time, whatever the database."""

from __future__ import annotations

from enum import IntEnum

from sqlalchemy import Connection

from store.queries.dialect import dialect_of


class Lock(IntEnum):
    """What is serialised, by the number PostgreSQL knows it by. The numbers are the desk's own: never reuse one."""

    SCHEMA = 0x6F64_0001
    AUDIT = 0x6F64_0002
    MEMBERS = 0x6F64_0003
    IMPORT = 0x6F64_0004
    EXPORTS = 0x6F64_0005
    EXPORT_CLAIMS = 0x6F64_0006


def serialise(connection: Connection, lock: Lock) -> None:
    """Waits until no other transaction holds the lock, and holds it until this one ends.

    Callers that need several take them in the order of their numbers, the audit's excepted, which is always last.
    """
    dialect_of(connection).serialise(connection, int(lock))
