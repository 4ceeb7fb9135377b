"""Signatures of requests that were taken, as hashes, so that nobody's copy of one is taken again."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, Select, delete, select

from store.queries.inserts import InsertNew
from store.queries.moments import moment_in
from store.queries.query import query
from store.tables import SignatureRow

_INSERT = InsertNew(SignatureRow)


def take_signature(connection: Connection, digest: str, signed_at: datetime) -> bool:
    """Takes the signature; False: it was taken before. `digest` is a SHA-256 in hexadecimal digits."""
    return _INSERT.run(connection, digest=digest, signed_at=signed_at)


@query
def _taken(digest: str) -> Select[str]:
    return select(SignatureRow.digest).where(SignatureRow.digest == digest)


def is_taken(connection: Connection, digest: str) -> bool:
    """Whether it was taken."""
    return _taken(connection, digest).first() is not None


def forget_signatures(connection: Connection, seconds: float) -> int:
    """Forgets those that were made that number of seconds ago, by the database's clock; how many there were."""
    old = SignatureRow.signed_at < moment_in("after")
    return connection.execute(delete(SignatureRow).where(old), {"after": -seconds}).rowcount
