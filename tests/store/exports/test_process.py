"""The process that writes: ended, killed, starved of memory or disk, it leaves nothing, and another goes on."""

from __future__ import annotations

import json
import math
import os
import resource
import secrets
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from time import monotonic, sleep

import pytest

from store.domain.exports.export import ExportFile, ExportStep, FailureReason
from store.domain.exports.work import Claim, NotWritten, Written
from store.domain.outbox import Lane
from store.domain.people import Reach
from store.services.exports import starvation
from store.services.exports.process import Writing, _environment
from store.services.exports.records import FILE
from tests.support.builders import ItemRow, a_customer, an_order
from tests.support.desk import PATIENCE, eventually
from tests.support.exporting import ExportDesk, records_of


def _outcome(writing: Writing) -> Written | NotWritten:
    """What came of it. It gets its share of the processor, as far as that is allowed: it ends on a busy machine too."""

    until = monotonic() + PATIENCE
    while (outcome := writing.wait(0.2)) is None:
        assert monotonic() < until, "the writing did not end"
        with suppress(ProcessLookupError, PermissionError):
            os.sched_setscheduler(writing.pid, os.SCHED_OTHER, os.sched_param(0))
    return outcome


@pytest.fixture
def claim(desk: ExportDesk) -> Claim:
    """A claim of an export of some orders, about to be written."""
    customer = a_customer(desk.database)
    for _ in range(20):
        an_order(desk.database, customer_key=customer, items=[ItemRow()])
    desk.queued(desk.salesperson())
    claim = desk.claimed()
    assert desk.work.begin(claim)
    return claim


def held_up(writing: Writing) -> Writing:
    """The process, stopped before it has done anything."""
    os.kill(writing.pid, signal.SIGSTOP)
    # A process that has not yet taken the signal would take another one first.
    while Path(f"/proc/{writing.pid}/stat").read_text().rpartition(")")[2].split()[0] != "T":
        sleep(0.005)
    return writing


def test_killed_it_leaves_nothing_under_the_name_and_the_next_attempt_writes_it(desk: ExportDesk, claim: Claim) -> None:
    with held_up(desk.work.write(claim)) as writing:
        assert writing.wait(0.01) is None
        os.kill(writing.pid, signal.SIGKILL)
        outcome = writing.wait(60)
    assert outcome == NotWritten(FailureReason.INTERRUPTED, "exit -9")
    assert not Path(claim.path).exists()
    assert desk.work.fail(claim, outcome.reason, 0)
    again = desk.claimed()
    assert desk.work.begin(again)
    with desk.work.write(again) as writing:
        written = writing.wait(60)
    assert isinstance(written, Written)
    assert (written.orders, written.items, written.reach) == (20, 20, Reach("nancy"))
    assert len(written.customers) == 1
    assert written.size == Path(again.path).stat().st_size
    assert len(records_of(again.path)) == 20


def test_stopped_it_ends_and_removes_what_it_began(desk: ExportDesk, claim: Claim) -> None:
    writing = desk.work.write(claim)
    with writing:
        writing.stop()
    assert writing.wait(0) is not None
    assert list(desk.folder.glob(".*")) == []


def test_it_gives_up_its_processor_at_once_where_people_wait(desk: ExportDesk, claim: Claim) -> None:
    policies = set()
    with desk.work.write(claim) as writing:
        while writing.wait(0.001) is None:
            with suppress(ProcessLookupError):
                policies.add(os.sched_getscheduler(writing.pid))
    assert os.SCHED_IDLE in policies


def test_one_that_does_not_listen_is_ended_by_force(desk: ExportDesk, claim: Claim) -> None:
    with held_up(desk.work.write(claim)) as writing:
        pass
    assert writing.wait(0) == NotWritten(FailureReason.INTERRUPTED, "exit -9")


def test_a_full_disk_is_said_plainly_and_leaves_nothing(
    desk: ExportDesk, claim: Claim, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The limit is this one process's: no other may take its place, however busy the machine is.
    monkeypatch.setattr(starvation, "PATIENCE_SECONDS", math.inf)
    # Text that does not deflate: more than fits.
    for _ in range(20):
        an_order(desk.database, user_name=secrets.token_hex(4_000))
    with desk.work.write(claim) as writing:
        resource.prlimit(writing.pid, resource.RLIMIT_FSIZE, (50_000, 50_000))
        outcome = _outcome(writing)
    assert outcome == NotWritten(FailureReason.DISK_FULL)
    assert outcome.lasting
    assert list(desk.folder.iterdir()) == []


def test_a_folder_that_is_gone_is_said_plainly(desk: ExportDesk, claim: Claim) -> None:
    desk.folder.rename(desk.folder.with_name("elsewhere"))
    with desk.work.write(claim) as writing:
        outcome = _outcome(writing)
    assert outcome == NotWritten(FailureReason.FOLDER, "ENOENT")
    assert outcome.lasting


def test_past_its_memory_it_falls_alone(desk: ExportDesk, claim: Claim) -> None:
    with Writing(desk.database, claim, memory_limit=8 * 1024 * 1024) as writing:
        outcome = _outcome(writing)
    assert isinstance(outcome, NotWritten)
    assert outcome.reason in {FailureReason.OUT_OF_MEMORY, FailureReason.INTERRUPTED, FailureReason.UNKNOWN}
    assert list(desk.folder.iterdir()) == []


def test_for_a_claim_that_has_passed_on_nothing_is_written(desk: ExportDesk, claim: Claim) -> None:
    desk.end_leases()
    heir = desk.claimed()
    with desk.work.write(claim) as writing:
        assert writing.wait(60) == NotWritten(FailureReason.INTERRUPTED, "the claim has passed on")
    assert not Path(claim.path).exists()
    desk.written(heir)


def test_for_an_asker_who_left_nothing_is_written(desk: ExportDesk, claim: Claim) -> None:
    desk.remove(desk.salesperson())
    with desk.work.write(claim) as writing:
        assert writing.wait(60) == NotWritten(FailureReason.NOT_A_MEMBER)
    assert list(desk.folder.iterdir()) == []


def test_a_database_that_is_gone_is_said(desk: ExportDesk, claim: Claim) -> None:
    desk.change("ALTER TABLE order_items RENAME TO elsewhere")
    try:
        with desk.work.write(claim) as writing:
            outcome = writing.wait(60)
    finally:
        desk.change("ALTER TABLE elsewhere RENAME TO order_items")
    assert isinstance(outcome, NotWritten)
    assert not outcome.lasting
    assert list(desk.folder.iterdir()) == []


def test_an_unknown_currency_names_its_column_and_no_value(desk: ExportDesk, claim: Claim) -> None:
    desk.change("UPDATE orders SET currency = 'ZZZ'")
    with desk.work.write(claim) as writing:
        outcome = writing.wait(60)
    assert isinstance(outcome, NotWritten)
    assert "ZZZ" not in outcome.detail
    assert list(desk.folder.iterdir()) == []


def test_it_inherits_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET", "DATABASE_URL", "DESK_ADMINS"):
        monkeypatch.setenv(name, "secret")
    assert "secret" not in _environment().values()


_WORKER = """
import json, sys
from datetime import datetime, UTC
from pathlib import Path
from store.database import Database
from store.domain.exports.export import ExportStep
from store.services.exports.work import ExportWork
url, folder, stop_at = sys.argv[1:]
work = ExportWork(Database(url), lambda: datetime.now(UTC), Path(folder))
claim = work.claim("doomed")
def reached(step, child=0):
    if step == stop_at:
        print(json.dumps({"path": claim.path, "child": child}), flush=True)
        sys.stdin.read()
reached("claimed")
work.begin(claim)
with work.write(claim) as writing:
    reached("writing", writing.pid)
    outcome = writing.wait()
work.finish(claim, outcome)
reached("written")
"""


@pytest.mark.parametrize("step", [ExportStep.CLAIMED, ExportStep.WRITING, ExportStep.WRITTEN])
def test_a_worker_killed_at_any_step_has_an_heir_that_finishes(desk: ExportDesk, step: ExportStep) -> None:
    customer = a_customer(desk.database)
    for _ in range(5):
        an_order(desk.database, customer_key=customer, items=[ItemRow()])
    export = desk.queued(desk.salesperson())
    child = _killed_at(desk, step)
    if child:
        _wait_for_end(child)
    desk.end_leases()
    if step is not ExportStep.WRITTEN:
        heir = desk.claimed()
        assert heir.key == export.key
        desk.written(heir)
    assert desk.work.claim("nobody") is None
    (path,) = (path for path in desk.folder.iterdir() if not path.name.startswith("."))
    assert len(records_of(path)) == 5
    (item,) = desk.outbox.claim("sender", lane=Lane(frozenset({FILE}), others=False))
    found = desk.posting.file(item)
    assert isinstance(found, ExportFile)
    assert found.path == path


def _killed_at(desk: ExportDesk, step: ExportStep) -> int:
    """A worker process that is killed when it has reached that step; gives the id of its own child, if it had one."""
    url = desk.database.url.render_as_string(hide_password=False)
    worker = subprocess.Popen(
        [sys.executable, "-c", _WORKER, url, str(desk.folder), step],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=_environment(),
    )
    with worker:
        assert worker.stdout is not None
        said = json.loads(worker.stdout.readline())
        worker.kill()
    child: int = said["child"]
    return child


def _wait_for_end(child: int) -> None:
    """The child ends with the worker that started it; its new parent may be slow to bury it."""
    eventually(lambda: not _alive(child), "the end of the child")


def _alive(process: int) -> bool:
    try:
        state = Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"
