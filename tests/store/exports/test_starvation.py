"""An export gives way to all other work, and advances all the same."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest

from store.domain.exports.work import Written
from store.services.exports.starvation import PATIENCE_SECONDS, Starvation, of_process
from tests.support.builders import ItemRow, a_customer, an_order
from tests.support.desk import eventually
from tests.support.exporting import ExportDesk

TICK = 0.25


class Watched:
    """A process as it is told of: seconds that it has run, and whether it wants to run."""

    def __init__(self) -> None:
        self.now, self.run, self.wants = 0.0, 0.0, True
        self.starvation = Starvation(self.look, lambda: self.now)

    def look(self) -> tuple[float, bool] | None:
        return (self.run, self.wants)

    def noticed_after(self, seconds: float, share: float) -> float | None:
        """After how many seconds it is noticed; None: not within that time, in which it gets that share."""
        begun = self.now
        while self.now < begun + seconds:
            if self.starvation.noticed():
                return self.now - begun
            self.now += TICK
            self.run += TICK * share
        return None


def test_who_wants_to_run_and_hardly_does_is_noticed_after_some_seconds() -> None:
    assert Watched().noticed_after(60, share=0.003) == PATIENCE_SECONDS


@pytest.mark.parametrize("share", [0.06, 0.5, 1.0])
def test_who_gets_a_little_is_left_alone(share: float) -> None:
    assert Watched().noticed_after(60, share) is None


def test_who_waits_for_something_else_is_not_starved() -> None:
    watched = Watched()
    watched.wants = False
    assert watched.noticed_after(60, share=0.0) is None
    watched.wants = True
    assert watched.noticed_after(PATIENCE_SECONDS / 2, share=0.0) is None
    watched.wants = False
    assert watched.noticed_after(1, share=0.0) is None
    watched.wants = True
    assert watched.noticed_after(60, share=0.0) == PATIENCE_SECONDS


def test_nothing_is_said_of_a_process_that_is_gone() -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
    assert of_process(process.pid)() is None
    assert not Starvation(of_process(process.pid)).noticed()


@pytest.fixture
def one_processor() -> Iterator[int]:
    """The processor that this process and all that it starts share meanwhile."""
    before = os.sched_getaffinity(0)
    chosen = max(before)
    os.sched_setaffinity(0, {chosen})
    yield chosen
    os.sched_setaffinity(0, before)


@pytest.mark.timeout(300)
@pytest.mark.usefixtures("one_processor")
def test_beside_busy_programs_it_is_written_all_the_same(sqlite_desk: ExportDesk) -> None:
    customer = a_customer(sqlite_desk.database)
    for _ in range(20):
        an_order(sqlite_desk.database, customer_key=customer, items=[ItemRow()])
    sqlite_desk.queued(sqlite_desk.salesperson())
    claim = sqlite_desk.claimed(lease_seconds=600)
    assert sqlite_desk.work.begin(claim)
    policies: dict[int, int] = {}
    with ExitStack() as stack, sqlite_desk.work.write(claim) as writing:

        def idle() -> bool:
            with suppress(ProcessLookupError):
                policies[writing.pid] = os.sched_getscheduler(writing.pid)
            return policies.get(writing.pid) == os.SCHED_IDLE

        # Busy from the moment on at which it gives way.
        eventually(idle, "a process that gives way")
        for _ in range(2):
            busy = stack.enter_context(subprocess.Popen([sys.executable, "-c", "while 1: pass"]))
            stack.callback(busy.kill)
        while (outcome := writing.wait(0.1)) is None:
            with suppress(ProcessLookupError):
                policies[writing.pid] = os.sched_getscheduler(writing.pid)
        assert isinstance(outcome, Written)
        assert outcome.orders == 20
    assert os.SCHED_BATCH in policies.values()
    assert [path.name for path in sqlite_desk.folder.iterdir()] == [Path(claim.path).name]
    for pid in policies:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)
