"""The posting of exports' files, which the outbox brings to Slack: what may be posted, and what became of it.

The rights are judged each time a file is about to go a step further. The row of the outbox and the export are settled
in one transaction, and only by who holds the row.
"""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection

from store.database import Database
from store.domain.clock import Clock
from store.domain.exports.export import ExportFile, ExportStep, FailureReason
from store.domain.exports.rules import why_not_any_more
from store.domain.exports.work import MOST_ATTEMPTS
from store.domain.outbox import Ambiguous, NotSent, OutboxItem, Rejected, SendOutcome, Sent
from store.queries.exports import posting as posting_rows
from store.queries.exports import records as rows
from store.queries.exports.queue import ClaimOf
from store.queries.outbox import settle_item
from store.services.exports import records
from store.services.exports.files import path_of, remove
from store.services.exports.people import find_asker

_WRITTEN_AGAIN = frozenset({FailureReason.REACH_CHANGED, FailureReason.FILE_LOST})


class Posting:
    """`folder` and `admins`: as `Exports` has them. An item is of the kind `records.FILE`."""

    def __init__(self, database: Database, clock: Clock, folder: Path, *, admins: frozenset[str] = frozenset()) -> None:
        self._database = database
        self._clock = clock
        self._folder = folder
        self._admins = admins

    def file(self, item: OutboxItem) -> ExportFile | FailureReason | None:
        """The file, where its requester may have it as things stand now, else the reason; None: it is no longer to be
        posted, since the export was cancelled, has failed, or is completed.
        """
        key = item.subject_key
        with self._database.read() as connection:
            if not posting_rows.is_written(connection, _claim(item)):
                return None
            export = rows.get_export(connection, key)
            member = find_asker(connection, export.requester, self._admins)
            of_file, lost = rows.reach_of_file(connection, key, member.reach) if member else (None, 0)
            barred = why_not_any_more(member, of_file, lost)
            if member is None or barred is not None:
                return barred
            path = path_of(self._folder, rows.find_stored_name(connection, key))
            return ExportFile(export, path, member) if path else FailureReason.TAMPERED

    def intend(self, item: OutboxItem) -> bool:
        """Notes that the file is about to be posted: it is too late to cancel. False: it was cancelled before."""
        with self._database.write() as connection:
            if not posting_rows.about_to_post(connection, _claim(item)):
                return False
            rows.add_event(connection, item.subject_key, ExportStep.COMPLETING, self._clock(), None)
            return True

    def settle(
        self, item: OutboxItem, outcome: SendOutcome, slack_file_id: str = "", reason: FailureReason | None = None
    ) -> bool:
        """What became of an attempt. False: another worker has the item; nothing was written.

        `slack_file_id`: of the file that stands in its channel; empty: none does. `reason`: why there is none. Where
        it can be written again, it waits for that; else a file that is refused makes the export fail.
        """
        stored = None
        with self._database.write() as connection:
            now = self._clock()
            # What becomes of a file that is refused is the export's to say, so its row is over.
            if not settle_item(connection, item, Sent(None) if isinstance(outcome, Rejected) else outcome, now):
                return False
            attempts = posting_rows.hold_written(connection, _claim(item))
            if attempts is None:
                return True
            if slack_file_id:
                self._complete(connection, item, slack_file_id)
            elif isinstance(outcome, Sent | Rejected):
                stored = rows.find_stored_name(connection, item.subject_key)
                detail = outcome.code if isinstance(outcome, Rejected) else ""
                self._refuse(connection, item, reason or FailureReason.UNKNOWN, detail, attempts)
            elif isinstance(outcome, NotSent | Ambiguous) and reason is not None:
                posting_rows.note_failure(connection, _claim(item), reason, outcome.code)
                records.note_put_off(connection, item.subject_key, reason, outcome.code, now)
        remove(self._folder, stored)
        return True

    def _complete(self, connection: Connection, item: OutboxItem, slack_file_id: str) -> None:
        key, now = item.subject_key, self._clock()
        posting_rows.complete(connection, _claim(item), slack_file_id, now)
        rows.add_event(connection, key, ExportStep.POSTED, now, None, slack_file_id)
        records.show_progress(connection, key)
        records.audit(connection, rows.get_export(connection, key), "post", None, now)

    def _refuse(
        self, connection: Connection, item: OutboxItem, reason: FailureReason, detail: str, attempts: int
    ) -> None:
        key, now = item.subject_key, self._clock()
        # A reason that the desk found itself needs no code of Slack's beside it.
        detail = "" if detail == reason else detail
        if reason in _WRITTEN_AGAIN and attempts < MOST_ATTEMPTS:
            posting_rows.write_again(connection, _claim(item), reason, detail)
            rows.forget_customers(connection, key)
            records.note_put_off(connection, key, reason, detail, now)
        else:
            records.fail(connection, _claim(item), reason, detail, now)


def _claim(item: OutboxItem) -> ClaimOf:
    """Of the export, by which the file was written."""
    return ClaimOf(item.subject_key, int(str(item.payload["claim"])))
