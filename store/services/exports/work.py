"""The work on exports: each by one worker at a time, under a lease, posted once; and what the clock does for them.

Each use case is one transaction, and the table is the queue: one conditional write decides; the events, the audit and
what is to be told stand beside it. Knows no Slack: what is told is written to the outbox, by the kinds that
`store.services.exports.records` names.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from pathlib import Path
from typing import Unpack

from sqlalchemy import Connection

from store.database import Database
from store.domain.clock import Clock
from store.domain.exports.errors import TamperedFileName
from store.domain.exports.export import RETENTION, Export, ExportStep, FailureReason, Happening
from store.domain.exports.rules import why_not_any_more
from store.domain.exports.work import FROM, MOST_ATTEMPTS, WITH_FILE, Claim, ExportFacts, ExportHealth, Sending
from store.domain.people import Member
from store.queries.exports import queue as queue_rows
from store.queries.exports import records as rows
from store.queries.locks import Lock, serialise
from store.services.exports import records
from store.services.exports.files import make_folder, new_name, path_of, remove, sweep
from store.services.exports.people import count_outsiders, find_asker
from store.services.exports.process import Writing

LEASE_SECONDS = 30.0
"""Longer than a heartbeat and one call of Slack with its time-out; a dead worker's export waits so long."""
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
        """The export that is next, for this worker alone; None where none is due. Requesters take turns.

        `worker` is a name of at most 64 characters, for people who look into the table. An export whose worker's lease
        ran out is due as well, and goes on from where it was: written again, unless its file is whole and still there,
        or its bytes are in Slack already. Raises TamperedFileName where that is of none of the desk's files: the export
        has failed, and no file was touched.
        """
        with self._database.read() as connection:
            if not queue_rows.any_due(connection, MOST_ATTEMPTS):
                return None
        with self._database.write() as connection:
            serialise(connection, Lock.EXPORT_CLAIMS)
            due = queue_rows.next_due(connection, MOST_ATTEMPTS)
            if due is None:
                return None
            known = path_of(self._folder, due.stored_name)
            goes_on = self._goes_on(due, known)
            path = known if goes_on and known else self._folder / new_name()
            step = due.step if goes_on and due.step else ExportStep.CLAIMED
            fencing = queue_rows.take_export(connection, due.key, worker, lease_seconds, step, path.name)
            # What may be posted already needs no file to go on.
            tampered = due.stored_name and known is None and due.step is not ExportStep.COMPLETING
            if tampered:
                self._fail(connection, due.key, fencing, FailureReason.TAMPERED, "", self._clock())
            else:
                rows.add_event(connection, due.key, ExportStep.CLAIMED, self._clock(), None, worker)
                records.show_progress(connection, due.key)
            export = rows.get_export(connection, due.key)
            claim = Claim(export, fencing, step, str(path), lease_seconds)
        if tampered:
            raise TamperedFileName(export.number)
        if not goes_on:
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

    def move(self, claim: Claim, step: ExportStep, **facts: Unpack[ExportFacts]) -> bool:
        """Notes that this step is reached, before whatever comes after it is begun; the lease is long again.

        False: the export is no longer this worker's, or was cancelled: stop, and leave it. Raises ValueError for a step
        that does not follow, and for POSTED, which is `finish`.
        """
        if step not in FROM or step is ExportStep.POSTED:
            raise ValueError(f"nothing moves to {step}")
        with self._database.write() as connection:
            now = self._clock()
            if not queue_rows.advance(connection, claim, step, facts, now):
                return False
            if "reach" in facts and not facts["reach"].everything:
                rows.put_customers(connection, claim.key, facts.get("customers", ()))
            rows.add_event(connection, claim.key, step, now, None, facts.get("slack_file_id", ""))
            if step is ExportStep.WRITTEN:
                records.show_progress(connection, claim.key)
            return True

    def finish(self, claim: Claim) -> bool:
        """Notes that it is posted: completed. False: it is no longer this worker's."""
        with self._database.write() as connection:
            now = self._clock()
            if not queue_rows.complete(connection, claim, now):
                return False
            rows.add_event(connection, claim.key, ExportStep.POSTED, now, None)
            export = rows.get_export(connection, claim.key)
            records.show_progress(connection, claim.key)
            records.audit(connection, export, "post", None, now)
            return True

    def fail(
        self,
        claim: Claim,
        reason: FailureReason,
        again_after: float | None = None,
        *,
        detail: str = "",
        rewrite: bool = False,
    ) -> bool:
        """An attempt failed. It is made again after `again_after` seconds. Where that is None, or it was the last of
        MOST_ATTEMPTS, the export has failed and its requester is told.

        At COMPLETING an attempt never counts as the last, since it may be posted: say None only when Slack has said
        that it is not. `rewrite`: the next attempt writes the file again. `detail`: at most 200 characters, no value of
        any order. False: it is no longer this worker's.
        """
        with self._database.write() as connection:
            now = self._clock()
            state = queue_rows.find_held(connection, claim)
            if state is None:
                return False
            last = state.attempts >= MOST_ATTEMPTS and state.step is not ExportStep.COMPLETING
            final = again_after is None or last
            if final:
                self._fail(connection, claim.key, claim.fencing, reason, detail, now)
            else:
                queue_rows.put_off(connection, claim, reason, detail, again_after or 0.0, rewrite=rewrite)
                rows.add_event(connection, claim.key, Happening.PUT_OFF, now, None, f"{reason} {detail}".strip())
                records.show_progress(connection, claim.key)
        if final or rewrite:
            remove(self._folder, Path(claim.path).name)
        return True

    def release(self, claim: Claim, again_after: float = 0.0) -> bool:
        """Gives it back as it is, for `again_after` seconds: the process ends, or Slack asks to be left alone.

        The attempt is not counted. False: it is no longer this worker's.
        """
        with self._database.write() as connection:
            if not queue_rows.give_back(connection, claim, again_after):
                return False
            rows.add_event(connection, claim.key, Happening.GIVEN_BACK, self._clock(), None)
            records.show_progress(connection, claim.key)
            return True

    def write(self, claim: Claim) -> Writing:
        """Starts the process that writes the claim's workbook; use it in a `with` block."""
        return Writing(self._database, claim, self._admins)

    def sending(self, claim: Claim) -> Sending:
        """How the sending of its file has gone so far."""
        with self._database.read() as connection:
            return rows.sending_of(connection, claim.key)

    def rights(self, claim: Claim) -> FailureReason | None:
        """Why the export cannot go on for who asked for it, as things stand now; None where it can.

        To be asked right after the move to WRITTEN, which notes what the file holds, and again just before posting.
        REACH_CHANGED is fixed by writing it again (`fail` with `rewrite`); the others are not.
        """
        with self._database.read() as connection:
            member = self._requester(connection, claim.export)
            of_file, lost = rows.reach_of_file(connection, claim.key, member.reach) if member else (None, 0)
            return why_not_any_more(member, of_file, lost)

    def outsiders_of(self, claim: Claim, slack_user_ids: Collection[str]) -> int:
        """How many of these people may not see all that who asked for the export sees: as `Exports.outsiders` counts
        them, when posting.
        """
        with self._database.read() as connection:
            member = self._requester(connection, claim.export)
            if member is None:
                return len(set(slack_user_ids))
            return count_outsiders(connection, member.team_id, member.reach, slack_user_ids)

    def recover(self) -> tuple[int, ...]:
        """Gives up the exports whose workers died too often; the keys of those that this call gave up.

        What else a dead worker left is claimed again by itself, once its lease has run out.
        """
        with self._database.read() as connection:
            keys = queue_rows.list_worn_out(connection, MOST_ATTEMPTS, AT_ONCE)
        return tuple(key for key in keys if self._give_up(key))

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

    @staticmethod
    def _goes_on(due: queue_rows.Due, path: Path | None) -> bool:
        """Whether the next worker need not write it again."""
        if due.step not in WITH_FILE:
            return False
        if due.step in {ExportStep.UPLOADED, ExportStep.COMPLETING}:
            return True
        return path is not None and path.exists()

    def _fail(
        self, connection: Connection, key: int, fencing: int, reason: FailureReason, detail: str, now: datetime
    ) -> None:
        queue_rows.set_failed(connection, key, fencing, reason, detail, now)
        rows.forget_customers(connection, key)
        rows.add_event(connection, key, Happening.FAILED, now, None, f"{reason} {detail}".strip())
        export = rows.get_export(connection, key)
        records.show_progress(connection, key)
        records.tell_failed(connection, export, fencing, now)
        records.audit(connection, export, "fail", None, now, reason=str(reason))

    def _give_up(self, key: int) -> bool:
        with self._database.write() as connection:
            fencing = queue_rows.hold_worn_out(connection, key, MOST_ATTEMPTS)
            if fencing is None:
                return False
            stored = rows.find_stored_name(connection, key)
            self._fail(connection, key, fencing, FailureReason.GAVE_UP, "", self._clock())
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

    def _requester(self, connection: Connection, export: Export) -> Member | None:
        return find_asker(connection, export.requester, self._admins)
