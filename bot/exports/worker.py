"""Writes the exports that wait: one at a time, on a thread of its own. Any number of processes may do the same.

The table is the queue, and tells who may go on: a worker that was paused past its lease, or whose export was
cancelled, hears of it at its next step and stops. The workbook is written by a process of its own; that ends with this
one, and what it had not finished is given back at once. The outbox posts what is written.
"""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic

import structlog

from bot.metrics import Metrics
from bot.runner import Passed, Pulse, Runner
from store.domain.clock import Clock
from store.domain.errors import DatabaseBusy, DatabaseUnavailable
from store.domain.exports.export import FailureReason
from store.domain.exports.work import Claim, NotWritten, Written
from store.domain.leases import backoff_seconds
from store.services.exports.process import Writing
from store.services.exports.work import ExportWork

log = structlog.get_logger(__name__)

LOOK_SECONDS = 0.2
"""How soon the end of the writing, or of the process, is noticed."""
SHOW_SECONDS = 1.5
"""Slack is shown how far it is so often at most, and only where it has come further: Slack takes fifty updates of
messages a minute from the whole app, and cards need theirs. https://docs.slack.dev/reference/methods/chat.update"""


class ExportWorker(Runner):
    """`told` wakes the senders of what waits in the outbox."""

    def __init__(self, *, work: ExportWork, metrics: Metrics, clock: Clock, told: Callable[[], None]) -> None:
        super().__init__("exports")
        self._exports = work
        self._metrics = metrics
        self._clock = clock
        self._told = told

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

    def turn(self) -> bool:
        """Writes the export that is next; False: none is due."""
        claim = self._exports.claim(self.worker)
        if claim is None:
            return False
        with structlog.contextvars.bound_contextvars(export=claim.export.number, attempt=claim.export.attempts):
            log.info("export taken up")
            self._told()
            try:
                outcome = self._outcome(claim)
            except Exception:
                # The lease ends, and the worker that claims it then writes it from the beginning.
                log.exception("what became of an export could not be written")
                outcome = "lost"
            self._metrics.exports_worked.labels(outcome).inc()
            log.info("export put down", outcome=outcome)
            self._told()
        return True

    def _outcome(self, claim: Claim) -> str:
        """Writes it, and notes what became of it; says it in a word."""
        try:
            with self._metrics.export_seconds.time():
                written = self._written(claim)
            if isinstance(written, Written):
                return "written" if self._exports.finish(claim, written) else "passed_on"
        except Passed:
            return "given_back" if self.stopping.is_set() and self._exports.release(claim) else "passed_on"
        except (DatabaseBusy, DatabaseUnavailable):
            written = NotWritten(FailureReason.DATABASE)
        except Exception as error:
            log.exception("an export could not be worked on")
            written = NotWritten(FailureReason.UNKNOWN, type(error).__name__)
        return self._fail(claim, written)

    def _fail(self, claim: Claim, failed: NotWritten) -> str:
        log.warning("an attempt at an export failed", reason=str(failed.reason), detail=failed.detail)
        self._metrics.export_failures.labels(str(failed.reason)).inc()
        again = None if failed.lasting else backoff_seconds(claim.export.attempts)
        if not self._exports.fail(claim, failed.reason, again, detail=failed.detail[:200]):
            return "passed_on"
        return "failed" if again is None else "put_off"

    def _written(self, claim: Claim) -> Written | NotWritten:
        """What came of the writing. Raises Passed."""
        if not self._exports.begin(claim):
            raise Passed
        with self._exports.write(claim) as writing:
            return self._watched(claim, writing)

    def _watched(self, claim: Claim, writing: Writing) -> Written | NotWritten:
        """What came of the writing, shown while it goes on. Raises Passed, in whose course it is ended."""
        next_show = 0.0
        last: tuple[int, int | None] = (0, None)

        def keep() -> bool:
            nonlocal next_show, last
            so_far = (writing.rows_done, writing.rows_total)
            show = so_far != last and monotonic() >= next_show
            held = self._exports.heartbeat(claim, *so_far, show=show)
            if held and show:
                last, next_show = so_far, monotonic() + SHOW_SECONDS
                self._told()
            return held

        pulse = Pulse(self.stopping, keep)
        while True:
            outcome = writing.wait(LOOK_SECONDS)
            if isinstance(outcome, Written):
                return outcome
            # An end that the whole process group hears of ends the writing too, which then has not failed.
            pulse.beat()
            if outcome is not None:
                return outcome
