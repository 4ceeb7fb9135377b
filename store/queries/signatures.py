"""Signatures of requests that were taken, as hashes, so that nobody's copy of one is taken again."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, select

from store.queries.inserts import InsertNew
from store.queries.moments import moment_in
from store.tables import SignatureRow

_INSERT = InsertNew(SignatureRow)
_FORGET = delete(SignatureRow).where(SignatureRow.signed_at < moment_in("after"))
_TAKEN = select(SignatureRow.digest).where(SignatureRow.digest == bindparam("digest"))


def take_signature(connection: Connection, digest: str, signed_at: datetime) -> bool:
    """Takes the signature; False: it was taken before. `digest` is a SHA-256 in hexadecimal digits."""
    return _INSERT.run(connection, digest=digest, signed_at=signed_at)


def is_taken(connection: Connection, digest: str) -> bool:
    """Whether it was taken."""
    return connection.execute(_TAKEN, {"digest": digest}).first() is not None


def forget_signatures(connection: Connection, seconds: float) -> int:
    """Forgets those that were made that number of seconds ago, by the database's clock; how many there were."""
    return connection.execute(_FORGET, {"after": -seconds}).rowcount
