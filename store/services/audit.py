"""The audit: proof that no row was changed, added, moved or removed."""

from __future__ import annotations

from store.database import Database
from store.domain.audit import GENESIS, AuditRecord, AuditVerdict, chain_hash
from store.queries.audit import stream_audit


class Audit:
    """The audit chain as a whole."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def verify(self, head: str | None = None) -> AuditVerdict:
        """Checks the chain from its beginning, and returns the first row that does not fit.

        `head` is a hash that the chain once had at its end, noted outside of the database. Without it, rows cut off the
        end are not found, nor a chain that was rewritten as a whole. The verdict's rows and head are those of the part
        that fits.
        """
        last, rows = GENESIS, 0
        wanted = head.strip().lower() if head else GENESIS
        witnessed = 0
        try:
            with self._database.read() as connection:
                for record in stream_audit(connection):
                    reason = _misfit(record, rows + 1, last)
                    if reason:
                        return AuditVerdict(rows, last, rows + 1, reason)
                    last, rows = record.hash, rows + 1
                    if last == wanted:
                        witnessed = rows
        except (TypeError, OverflowError):
            # SQLite stores any value in any column: even a moment may not be one.
            return AuditVerdict(rows, last, rows + 1, "the row cannot be read")
        if wanted != GENESIS and not witnessed:
            return AuditVerdict(
                rows, last, None, "no row has the given hash: rows were cut off the end, or all rewritten"
            )
        return AuditVerdict(rows, last, witnessed=witnessed)


def _misfit(record: AuditRecord, seq: int, previous_hash: str) -> str:
    if record.seq > seq:
        return "the row is missing"
    if record.seq < seq:
        return f"the desk did not write row {record.seq}, which comes before it"
    if record.previous_hash != previous_hash:
        return "the row does not name the hash of the one before it"
    if record.hash != chain_hash(record.seq, record.previous_hash, record.entry):
        return "the row is not what was hashed"
    return ""
