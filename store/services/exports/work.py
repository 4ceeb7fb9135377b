"""The writing of exports: each by one worker at a time, under a lease; and what the clock does for them.

Each use case is one transaction, and the table is the queue: one conditional write decides; the events, the audit and
what is to be told stand beside it. A file that is written is news: `Posting` says what becomes of it.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

from store.database import Database
from store.domain.clock import Clock
from store.domain.exports.export import RETENTION, ExportStep, FailureReason, Happening
from store.domain.exports.work import MOST_ATTEMPTS, Claim, ExportHealth, Written
from store.domain.leases import LEASE_SECONDS
from store.queries.exports import queue as queue_rows
from store.queries.exports import records as rows
from store.queries.exports.queue import ClaimOf
from store.queries.locks import Lock, serialise
from store.services.exports import records
from store.services.exports.files import make_folder, new_name, remove, sweep
from store.services.exports.process import Writing

AT_ONCE = 100
"""How many exports one tick of the clock sees to."""


class ExportWork:
    """`folder` and `admins`: as `Exports` has them. `retention`: how long files are kept."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        folder: Path,
        retention: timedelta = RETENTION,
        *,
        admins: frozenset[str] = frozenset(),
    ) -> None:
        self._database = database
        self._clock = clock
        self._folder = folder
        self._retention = retention
        self._admins = admins
        make_folder(folder)

    def claim(self, worker: str, lease_seconds: float = LEASE_SECONDS) -> Claim | None:
        """The export that is to be written next, for this worker alone; None where none is due. Requesters take turns.

        `worker` is a name of at most 64 characters, for people who look into the table. An export whose worker's lease
        ran out is due as well, and is written from the beginning.
        """
        with self._database.read() as connection:
            if not queue_rows.any_due(connection, MOST_ATTEMPTS):
                return None
        with self._database.write() as connection:
            serialise(connection, Lock.EXPORT_CLAIMS)
            due = queue_rows.next_due(connection, MOST_ATTEMPTS)
            if due is None:
                return None
            path = self._folder / new_name()
            fencing = queue_rows.take_export(connection, due.key, worker, lease_seconds, path.name)
            rows.add_event(connection, due.key, ExportStep.CLAIMED, self._clock(), None, worker)
            records.show_progress(connection, due.key)
            claim = Claim(rows.get_export(connection, due.key), fencing, str(path), lease_seconds)
        remove(self._folder, due.stored_name)
        return claim

    def heartbeat(
        self, claim: Claim, rows_done: int | None = None, rows_total: int | None = None, *, show: bool = False
    ) -> bool:
        """Makes the lease as long as at first, and notes how far the writing is.

        False: the export is no longer this worker's, or was cancelled: stop, and leave it. `show`: the progress message
        is to show it; at most once a second.
        """
        with self._database.write() as connection:
            held = queue_rows.beat(connection, claim, rows_done, rows_total)
            if held and show:
                records.show_progress(connection, claim.key)
            return held

    def begin(self, claim: Claim) -> bool:
        """Notes that its writing begins; the lease is long again. False: it is no longer this worker's."""
        with self._database.write() as connection:
            now = self._clock()
            if not queue_rows.begin_writing(connection, claim, now):
                return False
            rows.add_event(connection, claim.key, ExportStep.WRITING, now, None)
            return True

    def finish(self, claim: Claim, written: Written) -> bool:
        """Hands its file to the outbox, to be posted; the worker is done with it. False: it is no longer its own."""
        with self._database.write() as connection:
            now = self._clock()
            if not queue_rows.end_writing(connection, claim, written):
                return False
            if not written.reach.everything:
                rows.put_customers(connection, claim.key, written.customers)
            rows.add_event(connection, claim.key, ExportStep.WRITTEN, now, None)
            records.tell_file(connection, claim.export, claim.fencing, now)
            records.show_progress(connection, claim.key)
            return True

    def fail(self, claim: Claim, reason: FailureReason, again_after: float | None = None, *, detail: str = "") -> bool:
        """An attempt failed. It is made again after `again_after` seconds. Where that is None, or it was the last of
        MOST_ATTEMPTS, the export has failed and its requester is told.

        `detail`: at most 200 characters, no value of any order. False: it is no longer this worker's.
        """
        with self._database.write() as connection:
            now = self._clock()
            attempts = queue_rows.attempts_of(connection, claim)
            if attempts is None:
                return False
            if again_after is None or attempts >= MOST_ATTEMPTS:
                records.fail(connection, claim, reason, detail, now)
            else:
                queue_rows.put_off(connection, claim, reason, detail, again_after)
                records.note_put_off(connection, claim.key, reason, detail, now)
        remove(self._folder, Path(claim.path).name)
        return True

    def release(self, claim: Claim) -> bool:
        """Gives it back, since the process ends; the attempt is not counted. False: it is no longer this worker's."""
        with self._database.write() as connection:
            if not queue_rows.give_back(connection, claim):
                return False
            rows.add_event(connection, claim.key, Happening.GIVEN_BACK, self._clock(), None)
            records.show_progress(connection, claim.key)
            return True

    def write(self, claim: Claim) -> Writing:
        """Starts the process that writes the claim's workbook; use it in a `with` block."""
        return Writing(self._database, claim, self._admins)

    def recover(self) -> tuple[int, ...]:
        """Gives up the exports whose workers died too often; the keys of those that this call gave up.

        What else a dead worker left is claimed again by itself, once its lease has run out.
        """
        with self._database.read() as connection:
            claims = queue_rows.list_worn_out(connection, MOST_ATTEMPTS, AT_ONCE)
        return tuple(claim.key for claim in claims if self._give_up(claim))

    def expire(self, now: datetime) -> tuple[int, ...]:
        """Deletes the files whose retention is over, and what killed processes left in the folder; the keys of the
        exports whose file is deleted by this call.
        """
        with self._database.read() as connection:
            keys = rows.list_expired(connection, now - self._retention, AT_ONCE)
        deleted = tuple(key for key in keys if self._delete(key, now))
        with self._database.read() as connection:
            known = rows.list_stored_names(connection)
        sweep(self._folder, known)
        return deleted

    def health(self) -> ExportHealth:
        """How many exports wait and run, since when, and how many ended well and badly."""
        with self._database.read() as connection:
            return queue_rows.export_health(connection)

    def _give_up(self, claim: ClaimOf) -> bool:
        with self._database.write() as connection:
            if not queue_rows.hold_worn_out(connection, claim, MOST_ATTEMPTS):
                return False
            stored = rows.find_stored_name(connection, claim.key)
            records.fail(connection, claim, FailureReason.GAVE_UP, "", self._clock())
        remove(self._folder, stored)
        return True

    def _delete(self, key: int, now: datetime) -> bool:
        with self._database.write() as connection:
            stored = rows.find_stored_name(connection, key)
            if not rows.delete_export(connection, key, now):
                return False
            rows.add_event(connection, key, Happening.DELETED, now, None)
            records.audit(connection, rows.get_export(connection, key), "delete", None, now)
        remove(self._folder, stored)
        return True
