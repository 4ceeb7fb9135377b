"""Works on the exports that wait: one at a time, on a thread of its own. Any number of processes may do the same.

The table is the queue, and tells who may go on: a worker that was paused past its lease, or whose export was
cancelled, hears of it at its next step and stops. The workbook is written by a process of its own; that ends with this
one, and what it had not finished is given back at once.
"""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Callable
from time import monotonic

import structlog

from bot.exports.hold import Ended, Failed, Hold, LeftAlone, Passed
from bot.exports.posting import Posting
from bot.metrics import Metrics
from store.domain.clock import Clock
from store.domain.errors import DatabaseBusy, DatabaseUnavailable
from store.domain.exports.errors import TamperedFileName
from store.domain.exports.export import ExportStep, FailureReason
from store.domain.exports.work import WITH_FILE, Claim, NotWritten, Written, retry_seconds
from store.services.exports.process import Writing
from store.services.exports.work import LEASE_SECONDS, ExportWork

log = structlog.get_logger(__name__)

IDLE_SECONDS = 1.0
"""How long what another process queued, or a wait that ends, may go unnoticed."""
LOOK_SECONDS = 0.2
"""How soon the end of the writing, or of the process, is noticed."""


class ExportWorker:
    """Runs until it is stopped. `told` wakes the sender of what waits in the outbox."""

    def __init__(
        self,
        *,
        work: ExportWork,
        posting: Posting,
        metrics: Metrics,
        clock: Clock,
        told: Callable[[], None],
        lease_seconds: float = LEASE_SECONDS,
    ) -> None:
        self._exports = work
        self._posting = posting
        self._metrics = metrics
        self._clock = clock
        self._told = told
        self._lease_seconds = lease_seconds
        self._name = f"{socket.gethostname()[:40]}:{os.getpid()}"
        self._news = threading.Event()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="exports", daemon=True)
        self._revoked = ""
        self._silent_until = 0.0

    def start(self) -> None:
        """Works from now on on what waits, and what will."""
        self._thread.start()

    def wake(self) -> None:
        """There may be something to do."""
        self._news.set()

    def end(self) -> None:
        """Takes up nothing more; what it has at hand is given back as soon as it can be. Returns at once."""
        self._stopping.set()
        self._news.set()

    def stop(self, seconds: float) -> None:
        """Ends, and waits so long for what is at hand. What does not end goes on elsewhere once its lease is over."""
        self.end()
        if self._thread.is_alive():
            self._thread.join(seconds)

    def verdict(self) -> str:
        """Empty where all is well, else why nothing is exported."""
        if self._revoked:
            return f"no export is posted: Slack refuses the bot token ({self._revoked})"
        return "" if self._thread.is_alive() or self._stopping.is_set() else "the worker on exports has ended"

    # --- what the clock brings

    def recover(self) -> None:
        """Gives up what no worker survives, and looks how much is still to be done."""
        given_up = self._exports.recover()
        if given_up:
            log.warning("exports were given up", count=len(given_up))
            self._told()
        health = self._exports.health()
        self._metrics.exports_waiting.set(health.waiting)
        self._metrics.exports_in_progress.set(health.in_progress)
        self._metrics.exports_failed.set(health.failed)
        age = (self._clock() - health.oldest).total_seconds() if health.oldest else 0.0
        self._metrics.exports_oldest_seconds.set(max(age, 0.0))

    def expire(self) -> None:
        """Deletes the files whose time is over."""
        deleted = self._exports.expire(self._clock())
        if deleted:
            log.info("files of exports were deleted", count=len(deleted))
            self._told()

    # --- the thread

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._news.clear()
            claim = self._claim()
            if claim is None:
                self._news.wait(IDLE_SECONDS)
            else:
                self._work(claim)

    def _claim(self) -> Claim | None:
        if monotonic() < self._silent_until:
            return None
        self._revoked = ""
        try:
            return self._exports.claim(self._name, self._lease_seconds)
        except TamperedFileName as error:
            log.error(  # noqa: TRY400 - a traceback would tell nothing more
                "the database names a file of an export that is none of the desk's", export=error.number
            )
            self._told()
            return None
        except Exception:
            log.exception("the exports could not be read")
            return None

    def _work(self, claim: Claim) -> None:
        with structlog.contextvars.bound_contextvars(export=claim.export.number, attempt=claim.export.attempts):
            log.info("export taken up", step=str(claim.step))
            self._told()
            try:
                outcome = self._outcome(claim)
            except Exception:
                # The lease ends, and the worker that claims it then goes on from the last step that was noted.
                log.exception("what became of an export could not be written")
                outcome = "lost"
            self._metrics.exports_worked.labels(outcome).inc()
            log.info("export put down", outcome=outcome)
            self._told()

    def _outcome(self, claim: Claim) -> str:
        """Brings it as far as it goes, and writes down what became of it; says it in a word."""
        try:
            return self._go_on(Hold(self._exports, claim, self._stopping, self._told))
        except Passed:
            return "passed_on"
        except Ended:
            self._exports.release(claim)
            return "given_back"
        except LeftAlone as wait:
            if wait.revoked:
                self._revoked = wait.revoked
                self._silent_until = monotonic() + wait.seconds
            self._exports.release(claim, wait.seconds)
            return "given_back"
        except Failed as failed:
            return self._fail(claim, failed)
        except (DatabaseBusy, DatabaseUnavailable):
            return self._fail(claim, Failed(FailureReason.DATABASE, retry_seconds(claim.export.attempts)))
        except Exception as error:
            log.exception("an export could not be worked on")
            again = retry_seconds(claim.export.attempts)
            return self._fail(claim, Failed(FailureReason.UNKNOWN, again, type(error).__name__))

    def _fail(self, claim: Claim, failed: Failed) -> str:
        log.warning("an attempt at an export failed", reason=str(failed.reason), detail=failed.detail)
        self._metrics.export_failures.labels(str(failed.reason)).inc()
        held = self._exports.fail(
            claim, failed.reason, failed.again_after, detail=failed.detail[:200], rewrite=failed.rewrite
        )
        if not held:
            # Another worker has it, and may have found the file in its channel meanwhile.
            return "passed_on"
        if failed.withdraw:
            self._posting.withdraw(failed.withdraw)
        return "failed" if failed.again_after is None else "put_off"

    def _go_on(self, hold: Hold) -> str:
        claim = hold.claim
        if claim.step not in WITH_FILE:
            with self._metrics.export_seconds.labels("write").time():
                self._write(hold)
        with self._metrics.export_seconds.labels("post").time():
            self._posting.post(hold)
        return "posted" if self._exports.finish(claim) else "passed_on"

    def _write(self, hold: Hold) -> None:
        claim = hold.claim
        hold.move(ExportStep.WRITING)
        with self._exports.write(claim) as writing:
            outcome = _watched(writing, hold)
        if isinstance(outcome, NotWritten):
            again = None if outcome.lasting else retry_seconds(claim.export.attempts)
            raise Failed(outcome.reason, again, outcome.detail, rewrite=True)
        hold.move(ExportStep.WRITTEN, **outcome.facts())
        self._posting.check_rights(claim)


def _watched(writing: Writing, hold: Hold) -> Written | NotWritten:
    """What came of the writing. Raises Ended, Passed, in whose course it is ended."""
    while True:
        outcome = writing.wait(LOOK_SECONDS)
        if isinstance(outcome, Written):
            return outcome
        # An end that the whole process group hears of ends the writing too, which then has not failed.
        hold.beat(writing.rows_done, writing.rows_total)
        if outcome is not None:
            return outcome
