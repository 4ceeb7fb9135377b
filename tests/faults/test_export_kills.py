"""The serving process is killed at each step of an export, or paused for too long: another posts it, once."""

from __future__ import annotations

import multiprocessing
import signal
from collections.abc import Iterator
from pathlib import Path
from time import monotonic, sleep

import pytest

from store.database import Database
from store.domain.exports.export import ExportState, ExportStep
from store.services.audit import Audit
from tests.faults import mortal_bot
from tests.support.desk import eventually
from tests.support.exporting import a_request_key, happened
from tests.support.posted import Office, an_office
from tests.support.processes import ServedBot

_context = multiprocessing.get_context("forkserver")
_context.set_forkserver_preload(["tests.faults.mortal_bot"])


@pytest.fixture
def office(database: Database, tmp_path: Path) -> Iterator[Office]:
    with an_office(database, tmp_path) as here:
        yield here


@pytest.mark.parametrize("step", mortal_bot.STEPS)
def test_killed_at_any_step_it_is_posted_once_after_the_restart(office: Office, step: str) -> None:
    export = office.queue()
    process = _context.Process(target=mortal_bot.serve, args=(office.settings(), step))
    process.start()
    process.join(60)
    assert process.exitcode == -signal.SIGKILL
    office.end_leases()
    with office.bot():
        done = office.ended(export, ExportState.COMPLETED)
        office.quiet()
    (file,) = office.files()
    assert (office.orders_in(file), done.orders) == (5, 5)
    health = office.work.health()
    assert (health.waiting, health.in_progress) == (0, 0)
    assert Audit(office.database).verify(None).whole


def test_killed_once_it_is_sent_a_download_comes_once_after_the_restart(office: Office) -> None:
    direct = office.workspace.im("U0LAURA").id
    export = office.completed()
    office.downloads.ask(office.actor("U0LAURA"), export.key, a_request_key())
    process = _context.Process(target=mortal_bot.serve, args=(office.settings(), "it is posted, and nobody noted it"))
    process.start()
    process.join(60)
    assert process.exitcode == -signal.SIGKILL
    office.end_leases()
    with office.bot():
        office.quiet()
    (file,) = office.files(direct)
    assert office.orders_in(file) == 5
    assert Audit(office.database).verify(None).whole


def test_killed_as_it_is_served_it_is_posted_once_within_90_seconds_and_nobody_lends_a_hand(
    sqlite_database: Database, tmp_path: Path
) -> None:
    with an_office(sqlite_database, tmp_path) as office:
        export = office.queue()
        bot = ServedBot(office.workspace, office.api_url, office.database, tmp_path)
        try:
            sending = office.hold_up("files.completeUploadExternal")
            bot.start()
            eventually(lambda: sending.times == 0, "a file that is about to be posted")
            bot.kill()
            restarted = monotonic()
            bot.start()
            eventually(lambda: office.look(export).state is ExportState.COMPLETED, "the export", seconds=85)
            assert monotonic() - restarted < 90
            assert len(office.files()) == 1
        finally:
            bot.kill()


@pytest.mark.postgresql
def test_paused_past_its_lease_a_worker_posts_nothing(postgresql_only: Database, tmp_path: Path) -> None:
    with an_office(postgresql_only, tmp_path) as office:
        bot = ServedBot(office.workspace, office.api_url, office.database, tmp_path)
        try:
            bot.start()
            sending = office.hold_up("files.getUploadURLExternal")
            export = office.queue()
            eventually(lambda: sending.times == 0, "a worker that asks where to send the file")
            assert bot.process is not None
            bot.process.send_signal(signal.SIGSTOP)
            office.end_leases()
            with office.bot():
                office.ended(export, ExportState.COMPLETED)
                bot.process.send_signal(signal.SIGCONT)
                sleep(2)
                office.quiet()
            assert len(office.files()) == office.calls("files.completeUploadExternal") == 1
            steps = happened(office.database, export)
            assert steps.count(ExportStep.CLAIMED) == 1
            assert steps.count(ExportStep.POSTED) == 1
        finally:
            bot.kill()
