"""The audit chain's rows: appended one at a time, and read in their order. Knows no use case."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC
from typing import Any

from sqlalchemy import Connection, Row, Select, insert, select

from store.domain.audit import GENESIS, AuditEntry, AuditRecord, chain_hash
from store.queries.locks import Lock, serialise
from store.queries.query import query
from store.tables import AuditRow

_ROWS_AT_ONCE = 1_000


@query
def _head() -> Select[int, str]:
    return select(AuditRow.seq, AuditRow.hash).order_by(AuditRow.seq.desc()).limit(1)


def append_audit(connection: Connection, entry: AuditEntry) -> AuditRecord:
    """Appends the entry to the chain, in the caller's transaction, and gives it back at its place.

    One transaction at a time appends: the next waits until this one has ended, so append last.
    Raises TypeError where `details` are not JSON values, ValueError where `at` has no time zone.
    """
    if entry.at.tzinfo is None:
        raise ValueError("a moment needs its time zone")
    details = canonical(entry.details)
    entry = replace(entry, at=entry.at.astimezone(UTC), details=json.loads(details))
    serialise(connection, Lock.AUDIT)
    last = _head(connection).first()
    seq, previous_hash = (last.seq + 1, last.hash) if last else (1, GENESIS)
    record = AuditRecord(seq, entry, previous_hash, chain_hash(seq, previous_hash, entry))
    connection.execute(
        insert(AuditRow),
        {
            "seq": seq,
            "at": entry.at,
            "actor": entry.actor,
            "roles": entry.roles,
            "action": entry.action,
            "subject": entry.subject,
            "details": details,
            "origin": entry.origin,
            "previous_hash": previous_hash,
            "hash": record.hash,
        },
    )
    return record


def stream_audit(connection: Connection) -> Iterator[AuditRecord]:
    """All rows in the order of `seq`, a few in memory at a time.

    A row whose details are not the canonical JSON that was hashed is given with a hash of its own making that
    fits nothing, so that a verification of the chain finds it broken there.
    """
    chain = select(AuditRow.__table__).order_by(AuditRow.seq)
    with connection.execution_options(yield_per=_ROWS_AT_ONCE).execute(chain) as rows:
        for row in rows:
            yield _record(row)


def canonical(details: dict[str, object]) -> str:
    """The one JSON text of those details: keys sorted, no white space, ASCII only."""
    return json.dumps(details, sort_keys=True, separators=(",", ":"), ensure_ascii=True)


def _record(row: Row[*tuple[Any, ...]]) -> AuditRecord:
    try:
        details = json.loads(row.details)
        as_written = isinstance(details, dict) and canonical(details) == row.details
    except ValueError:
        details, as_written = {}, False
    entry = AuditEntry(
        at=row.at,
        actor=row.actor,
        roles=row.roles,
        action=row.action,
        subject=row.subject,
        details=details,
        origin=row.origin,
    )
    return AuditRecord(row.seq, entry, row.previous_hash, row.hash if as_written else "")
