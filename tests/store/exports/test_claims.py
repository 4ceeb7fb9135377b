"""Working on exports: one worker at a time, under a lease and a fencing token, from where the last one left off."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from store.domain.exports.export import ExportState, ExportStep, FailureReason, Happening
from store.domain.exports.work import MOST_ATTEMPTS, Written
from store.domain.people import EVERYTHING
from tests.support.exporting import ExportDesk, a_request_key

ENOUGH = 12
WRITTEN = Written(3, 4, 8, EVERYTHING, ())


def test_the_oldest_is_claimed_first_and_by_one_only(desk: ExportDesk) -> None:
    nancy = desk.salesperson()
    assert desk.work.claim("worker") is None
    first, second = desk.queued(nancy), desk.queued(nancy)
    claims = [desk.claimed(), desk.claimed()]
    assert [claim.key for claim in claims] == [first.key, second.key]
    assert desk.work.claim("worker") is None
    assert claims[0].export.state is ExportState.IN_PROGRESS
    assert (claims[0].export.step, claims[0].fencing, claims[0].export.attempts) == (ExportStep.CLAIMED, 1, 1)
    assert Path(claims[0].path).parent == desk.folder
    assert claims[0].path != claims[1].path


def test_many_workers_share_the_exports_and_none_is_claimed_twice(desk: ExportDesk) -> None:
    people = [desk.salesperson(name) for name in ("nancy", "janet", "robert")]
    wanted = {desk.queued(people[at % 3]).key for at in range(ENOUGH)}
    claimed: list[int] = []
    start = threading.Barrier(4)

    def work(worker: str) -> None:
        start.wait()
        while (claim := desk.work.claim(worker)) is not None:
            claimed.append(claim.key)

    threads = [threading.Thread(target=work, args=(f"worker {at}",)) for at in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    # A worker that meets only a locked row goes home early: what it left is there for the next.
    while (claim := desk.work.claim("last")) is not None:
        claimed.append(claim.key)
    assert len(claimed) == len(set(claimed))
    assert set(claimed) == wanted


def test_a_worker_paused_past_its_lease_has_lost_the_export(desk: ExportDesk) -> None:
    desk.queued(desk.salesperson())
    paused = desk.claimed()
    assert desk.work.begin(paused)
    desk.end_leases()
    # Nobody else has it yet: it is lost all the same.
    assert not desk.work.heartbeat(paused)
    assert not desk.work.finish(paused, WRITTEN)
    heir = desk.claimed()
    assert (heir.key, heir.fencing > paused.fencing) == (paused.key, True)
    for lost in (
        desk.work.heartbeat(paused),
        desk.work.begin(paused),
        desk.work.finish(paused, WRITTEN),
        desk.work.fail(paused, FailureReason.DISK_FULL),
        desk.work.release(paused),
    ):
        assert not lost
    assert desk.work.begin(heir)
    assert desk.work.finish(heir, WRITTEN)
    assert desk.rows("SELECT topic FROM outbox WHERE kind = 'export.file'") == [
        (f"export.file/{heir.key}/{heir.fencing}",)
    ]


def test_a_heartbeat_keeps_the_lease_and_tells_how_far_it_is(desk: ExportDesk) -> None:
    desk.queued(desk.salesperson())
    claim = desk.claimed()
    shown = desk.rows("SELECT revision FROM outbox")
    assert desk.work.heartbeat(claim, 250, 1000)
    assert desk.rows("SELECT revision FROM outbox") == shown
    assert desk.work.heartbeat(claim, show=True)
    assert desk.rows("SELECT revision FROM outbox") == [(shown[0][0] + 1,)]
    export = desk.exports.to_tell(claim.key)
    assert (export.rows_done, export.rows_total) == (250, 1000)
    assert desk.work.claim("another") is None


def test_a_lease_of_no_length_is_over_at_once(desk: ExportDesk) -> None:
    desk.queued(desk.salesperson())
    short = desk.claimed(lease_seconds=0)
    assert not desk.work.heartbeat(short)
    assert desk.claimed().key == short.key


@pytest.mark.parametrize("died_at", [ExportStep.CLAIMED, ExportStep.WRITING])
def test_an_heir_writes_it_from_the_beginning(desk: ExportDesk, died_at: ExportStep) -> None:
    desk.queued(desk.salesperson())
    dead = desk.claimed()
    if died_at is ExportStep.WRITING:
        assert desk.work.begin(dead)
        assert desk.work.heartbeat(dead, 5, 9)
    desk.end_leases()
    heir = desk.claimed()
    assert (heir.export.step, heir.export.rows_done, heir.export.rows_total) == (ExportStep.CLAIMED, 0, None)
    assert heir.path != dead.path


def test_steps_follow_each_other(desk: ExportDesk) -> None:
    desk.queued(desk.salesperson())
    claim = desk.claimed()
    assert not desk.work.finish(claim, WRITTEN)
    assert desk.work.begin(claim)
    assert not desk.work.begin(claim)
    assert desk.work.finish(claim, WRITTEN)
    # Its file is the outbox's from now on.
    assert not desk.work.finish(claim, WRITTEN)
    assert not desk.work.heartbeat(claim)
    assert not desk.work.fail(claim, FailureReason.DISK_FULL)
    assert desk.work.claim("another") is None
    desk.end_leases()
    assert desk.work.recover() == ()


def test_a_failed_attempt_is_made_again_after_its_wait(desk: ExportDesk) -> None:
    desk.queued(desk.salesperson())
    claim = desk.claimed()
    Path(claim.path).write_bytes(b"half a workbook")
    assert desk.work.fail(claim, FailureReason.DATABASE, 60, detail="busy")
    assert not Path(claim.path).exists()
    export = desk.exports.to_tell(claim.key)
    assert (export.state, export.step) == (ExportState.WAITING, None)
    assert (export.failure, export.failure_detail) == (FailureReason.DATABASE, "busy")
    assert desk.work.claim("worker") is None
    desk.end_leases()
    assert desk.claimed().export.attempts == 2


def test_the_last_attempt_is_the_last_and_is_told(desk: ExportDesk) -> None:
    desk.queued(desk.salesperson())
    for attempt in range(1, MOST_ATTEMPTS + 1):
        claim = desk.claimed()
        assert claim.export.attempts == attempt
        assert desk.work.fail(claim, FailureReason.DATABASE, 0)
    export = desk.exports.to_tell(claim.key)
    assert (export.state, export.failure) == (ExportState.FAILED, FailureReason.DATABASE)
    assert desk.rows("SELECT count(*) FROM outbox WHERE kind = 'export.failed'") == [(1,)]


def test_what_is_given_back_is_not_counted_and_is_due_at_once(desk: ExportDesk) -> None:
    desk.queued(desk.salesperson())
    for _ in range(MOST_ATTEMPTS + 2):
        claim = desk.claimed()
        assert claim.export.attempts == 1
        assert desk.work.release(claim)


def test_an_export_whose_workers_keep_dying_is_given_up_and_told(desk: ExportDesk) -> None:
    export = desk.queued(desk.salesperson())
    for _ in range(MOST_ATTEMPTS):
        assert desk.work.recover() == ()
        desk.claimed()
        desk.end_leases()
    assert desk.work.claim("worker") is None
    assert desk.work.recover() == (export.key,)
    assert desk.work.recover() == ()
    failed = desk.exports.to_tell(export.key)
    assert (failed.state, failed.failure) == (ExportState.FAILED, FailureReason.GAVE_UP)
    assert desk.rows("SELECT count(*) FROM outbox WHERE kind = 'export.failed'") == [(1,)]
    assert desk.exports.retry(desk.manager(), export.key, a_request_key()).state is ExportState.WAITING


def test_each_move_is_an_event(desk: ExportDesk) -> None:
    export = desk.completed(desk.salesperson())
    assert desk.happened(export) == [Happening.QUEUED, *ExportStep]
    assert desk.rows("SELECT detail FROM export_events WHERE what = 'posted'") == [("F0FILE",)]
    assert desk.rows("SELECT what FROM export_events WHERE slack_user_id IS NOT NULL") == [("queued",)]


def test_health_counts_what_waits_runs_and_ended(desk: ExportDesk) -> None:
    empty = desk.work.health()
    assert (empty.waiting, empty.in_progress, empty.oldest, empty.completed, empty.failed) == (0, 0, None, 0, 0)
    nancy = desk.salesperson()
    desk.completed(nancy)
    desk.queued(nancy)
    desk.work.fail(desk.claimed(), FailureReason.DISK_FULL)
    oldest = desk.queued(nancy)
    desk.claimed()
    desk.queued(nancy)
    health = desk.work.health()
    assert (health.waiting, health.in_progress, health.oldest) == (1, 1, oldest.queued_at)
    assert (health.completed, health.failed) == (1, 1)
