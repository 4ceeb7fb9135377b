"""Slack fails while an export is posted, or something changes between its queueing and its posting.

The export is posted once, to a place and people that are still allowed; or it failed, and its requester is told.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from time import monotonic

import pytest

from bot.outbox import pump
from bot.outbox.files import MOST_ATTEMPTS
from bot.wiring import Bot
from sandbox.values import File
from store.database import Database
from store.domain.clock import system_clock
from store.domain.exports.export import Export, ExportState, FailureReason, Happening
from store.domain.exports.work import Claim, NotWritten
from store.domain.outbox import OutboxItem
from store.domain.people import Role
from store.services.audit import Audit
from store.services.exports.process import Writing
from store.services.exports.work import ExportWork
from store.services.members import Members
from store.services.outbox import Outbox
from tests.support.desk import eventually, words
from tests.support.exporting import a_request_key, happened
from tests.support.posted import Office, an_office, running_bot
from tests.support.wire import get

UPLOADING = ("files.getUploadURLExternal", "upload", "files.completeUploadExternal")


@pytest.fixture
def office(database: Database, tmp_path: Path) -> Iterator[Office]:
    with running_bot(database, tmp_path) as here:
        yield here


@pytest.fixture
def sqlite_office(sqlite_database: Database, tmp_path: Path) -> Iterator[Office]:
    with running_bot(sqlite_database, tmp_path) as here:
        yield here


def changed_while_uploading(office: Office, change: Callable[[], object], user: str = "U0ANDREW") -> Export:
    """An export to the channel; something changes during its upload."""
    held = office.hold_up("files.getUploadURLExternal")
    export = office.queue(user, confirmed=10)
    eventually(lambda: held.times == 0, "an upload")
    change()
    return export


def failed(office: Office, export: Export, reason: FailureReason) -> None:
    """The export failed for that reason: nothing was posted, and its requester was told."""
    now = office.ended(export, ExportState.FAILED)
    assert now.failure is reason
    assert not office.files()
    assert office.calls("files.completeUploadExternal") == 0
    eventually(lambda: not list(office.folder.glob("*.xlsx")), "no file")


def told_of_failure(office: Office, user: str) -> str:
    channel = office.workspace.im(user)

    def found() -> str:
        return "\n".join(words(message) for message in office.workspace.bot_messages(channel.id))

    return eventually(lambda: said if "failed" in (said := found()) else None, "word of the failure")


# --- Slack fails


@pytest.mark.parametrize("kind", ["429", "500", "lost_before", "lost_after"])
def test_each_call_on_the_way_fails_once_and_the_file_is_posted_once(sqlite_office: Office, kind: str) -> None:
    office, faults = sqlite_office, sqlite_office.workspace.faults
    for method in (*UPLOADING, "files.info", "users.info", "conversations.info", "conversations.members"):
        faults.add(method, kind)
    export = office.queue()
    done = office.ended(export, ExportState.COMPLETED)
    office.quiet()
    (file,) = office.files()
    assert (file.name, office.orders_in(file)) == (done.file_name, 5)
    assert file.name.startswith("Orders All ")
    assert not [fault for fault in faults._faults if fault.times]
    assert Audit(office.database).verify(None).whole


@pytest.mark.parametrize("kind", ["500", "lost_before"])
def test_a_direct_message_that_cannot_be_opened_at_first_is_opened_later(sqlite_office: Office, kind: str) -> None:
    sqlite_office.workspace.faults.add("conversations.open", kind, times=2)
    export = sqlite_office.queue("U0NANCY", direct=True)
    sqlite_office.ended(export, ExportState.COMPLETED)
    sqlite_office.quiet()
    (file,) = sqlite_office.files(sqlite_office.workspace.im("U0NANCY").id)
    assert sqlite_office.orders_in(file) == 3


def test_a_file_that_slack_lost_is_sent_again(sqlite_office: Office) -> None:
    sqlite_office.workspace.faults.add("files.completeUploadExternal", "error:file_not_found", times=2)
    export = sqlite_office.queue()
    sqlite_office.ended(export, ExportState.COMPLETED)
    assert len(sqlite_office.files()) == 1
    assert sqlite_office.calls("files.getUploadURLExternal") == 2


def test_what_slack_refuses_for_good_has_failed_and_its_owner_is_told(sqlite_office: Office) -> None:
    sqlite_office.workspace.faults.add("files.completeUploadExternal", "error:restricted_action")
    export = sqlite_office.queue()
    now = sqlite_office.ended(export, ExportState.FAILED)
    assert (now.failure, now.failure_detail) == (FailureReason.SLACK, "restricted_action")
    assert "Slack did not take the file" in told_of_failure(sqlite_office, "U0ANDREW")
    assert not sqlite_office.files()


def test_where_slack_does_not_answer_for_long_it_has_failed_and_is_told(sqlite_office: Office) -> None:
    fault = sqlite_office.workspace.faults.add("files.getUploadURLExternal", "500", times=100)
    export = sqlite_office.queue()
    now = sqlite_office.ended(export, ExportState.FAILED)
    assert (now.failure, now.failure_detail) == (FailureReason.SLACK, "http_500")
    assert fault.times == 100 - MOST_ATTEMPTS
    assert "Slack did not take the file" in told_of_failure(sqlite_office, "U0ANDREW")
    assert not sqlite_office.files()


def test_a_revoked_token_costs_no_export(sqlite_office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pump, "REVOKED_SECONDS", 1.0)
    export = changed_while_uploading(sqlite_office, sqlite_office.workspace.revoke_token)
    given_back = "SELECT count(*) FROM outbox WHERE kind = 'export.file' AND state = 'waiting' AND attempts = 0"
    eventually(lambda: sqlite_office.number(given_back + " AND fencing > 0") == 1, "a file that is put back")
    assert sqlite_office.look(export).state is ExportState.IN_PROGRESS
    sqlite_office.workspace.restore_token()
    sqlite_office.ended(export, ExportState.COMPLETED)
    assert len(sqlite_office.files()) == 1


# --- Slack says ok, and shares the file late or never


COMPLETE = "files.completeUploadExternal"


def test_it_is_completed_only_once_its_file_stands_in_the_channel(sqlite_office: Office) -> None:
    sqlite_office.workspace.faults.add(COMPLETE, "unshared:5")
    export = sqlite_office.queue()
    sqlite_office.ended(export, ExportState.COMPLETED)
    assert len(sqlite_office.files()) == 1
    assert sqlite_office.calls(COMPLETE) == 1
    assert FailureReason.NOT_SHARED not in [sqlite_office.look(export).failure]


def test_a_file_that_is_shared_nowhere_is_deleted_and_another_is_posted(office: Office) -> None:
    office.workspace.faults.add(COMPLETE, "unshared")
    export = office.queue()
    done = office.ended(export, ExportState.COMPLETED)
    (file,) = office.files()
    assert (office.orders_in(file), file.id) == (5, done.slack_file_id)
    assert office.calls(COMPLETE) == 2
    deleted = [sent.arguments["file"] for sent in tuple(office.workspace.sent) if sent.method == "files.delete"]
    assert deleted
    assert file.id not in deleted


def test_where_nothing_is_shared_it_has_failed_and_can_be_tried_again(office: Office) -> None:
    fault = office.workspace.faults.add(COMPLETE, "unshared", times=100)
    export = office.queue()
    now = office.ended(export, ExportState.FAILED)
    assert now.failure is FailureReason.NOT_SHARED
    assert "Slack took the file but shows it nowhere" in told_of_failure(office, "U0ANDREW")
    assert not office.files()
    eventually(lambda: office.calls("files.delete") >= 2, "files that are deleted")
    fault.times = 0
    office.exports.retry(office.actor(), export.key, a_request_key())
    office.ended(export, ExportState.COMPLETED)
    assert len(office.files()) == 1


def test_a_worker_whose_file_is_another_s_by_then_deletes_none_and_fails_nothing(
    sqlite_office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep, overtaken = Outbox.keep, list[str]()

    def keep_too_late(outbox: Outbox, item: OutboxItem, payload: Mapping[str, object]) -> bool:
        # Another worker takes it up between the last look at the file and the word that it is given up.
        if payload.get("given_up"):
            overtaken.append(str(payload["file"]))
            sqlite_office.change("UPDATE outbox SET fencing = fencing + 1 WHERE kind = 'export.file'")
        return keep(outbox, item, payload)

    monkeypatch.setattr(Outbox, "keep", keep_too_late)
    sqlite_office.workspace.faults.add(COMPLETE, "unshared", times=100)
    export = sqlite_office.queue()

    def found() -> list[str]:
        sqlite_office.hurry()
        return overtaken

    eventually(found, "a file that is another worker's")
    assert sqlite_office.look(export).state is ExportState.IN_PROGRESS
    deleted = [sent.arguments["file"] for sent in tuple(sqlite_office.workspace.sent) if sent.method == "files.delete"]
    assert overtaken[0] not in deleted


def test_others_exports_go_on_meanwhile(sqlite_office: Office) -> None:
    sqlite_office.workspace.faults.add(COMPLETE, "unshared")
    export = sqlite_office.queue()
    eventually(lambda: sqlite_office.look(export).failure is FailureReason.NOT_SHARED, "an export put off")
    other = sqlite_office.queue("U0LAURA")
    eventually(lambda: sqlite_office.look(other).state is ExportState.COMPLETED, "the other export")
    assert sqlite_office.look(export).state.open
    sqlite_office.ended(export, ExportState.COMPLETED)
    assert len(sqlite_office.files()) == 2


# --- something changes


@pytest.mark.parametrize(
    ("what", "reason"),
    [
        ("archived", FailureReason.CHANNEL_ARCHIVED),
        ("bot removed", FailureReason.NOT_IN_CHANNEL),
        ("shared", FailureReason.CHANNEL_SHARED),
        ("more people", FailureReason.MORE_PEOPLE),
        ("asker deactivated", FailureReason.NOT_A_MEMBER),
        ("asker a guest", FailureReason.NOT_A_MEMBER),
    ],
)
def test_it_is_not_posted_where_it_may_not_go_any_more(sqlite_office: Office, what: str, reason: FailureReason) -> None:
    workspace, channel = sqlite_office.workspace, sqlite_office.channel
    everybody = channel.members | {workspace.add_user(f"new{number}").id for number in range(11)}
    changes: dict[str, Callable[[], object]] = {
        "archived": lambda: workspace.archive(channel),
        "bot removed": lambda: workspace.remove_from_channel(channel, workspace.bot.id),
        "shared": lambda: workspace.put_channel(replace(channel, is_ext_shared=True)),
        "more people": lambda: workspace.put_channel(replace(channel, members=everybody)),
        "asker deactivated": lambda: workspace.deactivate("U0ANDREW"),
        "asker a guest": lambda: workspace.change_user("U0ANDREW", is_restricted=True),
    }
    export = changed_while_uploading(sqlite_office, changes[what])
    failed(sqlite_office, export, reason)
    if what == "archived":
        assert "the channel was archived" in told_of_failure(sqlite_office, "U0ANDREW")


def test_it_is_not_posted_for_who_is_no_member_any_more(office: Office) -> None:
    members = Members(office.database, system_clock)
    export = changed_while_uploading(office, lambda: members.remove("command line", "U0LAURA"), "U0LAURA")
    failed(office, export, FailureReason.NOT_A_MEMBER)


def test_who_may_see_less_by_now_gets_less(office: Office) -> None:
    laura = replace(office.member("U0LAURA"), account_name="nancy", roles=frozenset({Role.SALESPERSON}))
    members = Members(office.database, system_clock)
    export = changed_while_uploading(office, lambda: members.set("command line", laura), "U0LAURA")
    done = office.ended(export, ExportState.COMPLETED)
    (file,) = office.files()
    assert office.orders_in(file) == done.orders == 3


def test_cancelled_while_it_is_uploaded_it_is_not_posted(office: Office) -> None:
    andrew = office.actor()
    export: list[Export] = []
    held = office.hold_up("files.getUploadURLExternal")
    export.append(office.queue())
    eventually(lambda: held.times == 0, "an upload")
    office.exports.cancel(andrew, export[0].key, "cancel")
    next_one = office.queue("U0LAURA")
    office.ended(next_one, ExportState.COMPLETED)
    assert len(office.files()) == 1
    assert office.look(export[0]).state is ExportState.CANCELLED


def test_a_lease_that_ran_out_unnoticed_ends_the_attempt_and_it_is_posted_once(office: Office) -> None:
    export = changed_while_uploading(office, office.end_leases)
    office.ended(export, ExportState.COMPLETED)
    assert len(office.files()) == office.calls("files.completeUploadExternal") == 1


# --- downloads


@pytest.fixture
def kept(sqlite_database: Database, tmp_path: Path) -> Iterator[tuple[Office, Export]]:
    """An export whose file can be downloaded, in an office with an empty outbox."""
    with an_office(sqlite_database, tmp_path) as office:
        export = office.completed()
        with office.bot():
            office.quiet()
            yield office, export


def told_directly(office: Office, text: str, user: str = "U0LAURA") -> bool:
    """Whether the bot told this person so; what waits for a retry is tried at once."""
    office.hurry()
    return any(text in words(said) for said in office.workspace.bot_messages(office.workspace.im(user).id))


def sent_files(office: Office, user: str = "U0LAURA", seconds: float = 30) -> list[File]:
    """The files that this person got; waits until there is one."""

    def found() -> list[File]:
        office.hurry()
        return office.files(office.workspace.im(user).id)

    return eventually(found, "the file", seconds=seconds)


@pytest.mark.parametrize("kind", ["429", "500", "lost_before", "lost_after"])
def test_each_call_of_a_download_fails_once_and_the_file_comes_once(kept: tuple[Office, Export], kind: str) -> None:
    office, export = kept
    faults = office.workspace.faults
    for method in ("conversations.open", *UPLOADING, *(["files.info"] if kind.startswith("lost") else [])):
        faults.add(method, kind)
    office.downloads.ask(office.actor("U0LAURA"), export.key, a_request_key())
    sent_files(office)
    office.quiet()
    (file,) = sent_files(office)
    assert (file.name, office.orders_in(file)) == (export.file_name, 5)
    assert not [fault for fault in faults._faults if fault.times]


def test_a_download_that_slack_refuses_is_told_to_who_asked_and_can_be_asked_for_again(
    kept: tuple[Office, Export],
) -> None:
    office, export = kept
    laura = office.person("U0LAURA")
    laura.open("/export-history")
    office.workspace.faults.add("files.completeUploadExternal", "error:restricted_action")
    laura.pick(export.number, "Download")
    assert "is on its way" in laura.screen
    eventually(lambda: told_directly(office, "could not be sent to you"), "word that it did not come")
    assert not office.files(office.workspace.im("U0LAURA").id)
    laura.pick(export.number, "Download")
    assert office.orders_in(sent_files(office)[0]) == 5


def test_a_file_that_slack_lost_before_it_was_handed_over_is_sent_again(kept: tuple[Office, Export]) -> None:
    office, export = kept
    office.workspace.faults.add("files.completeUploadExternal", "error:file_not_found", times=2)
    office.downloads.ask(office.actor("U0LAURA"), export.key, a_request_key())
    assert len(sent_files(office)) == 1
    assert office.calls("files.getUploadURLExternal") == 2


@pytest.mark.parametrize("kind", ["unshared:5", "unshared"])
def test_a_download_that_is_shared_late_or_not_at_first_comes_once(kept: tuple[Office, Export], kind: str) -> None:
    office, export = kept
    office.workspace.faults.add(COMPLETE, kind)
    office.downloads.ask(office.actor("U0LAURA"), export.key, a_request_key())
    assert len(sent_files(office, seconds=60)) == 1
    office.quiet()
    assert len(sent_files(office)) == 1
    assert office.calls(COMPLETE) == (1 if ":" in kind else 2)


def test_a_download_that_is_never_shared_is_told_and_can_be_asked_for_again(kept: tuple[Office, Export]) -> None:
    office, export = kept
    fault = office.workspace.faults.add(COMPLETE, "unshared", times=100)
    office.downloads.ask(office.actor("U0LAURA"), export.key, a_request_key())
    eventually(lambda: told_directly(office, "could not be sent to you"), "word that it did not come")
    assert not office.files(office.workspace.im("U0LAURA").id)
    fault.times = 0
    office.downloads.ask(office.actor("U0LAURA"), export.key, a_request_key())
    assert len(sent_files(office)) == 1


def test_who_may_not_see_it_any_more_when_it_is_sent_gets_the_reason(kept: tuple[Office, Export]) -> None:
    office, export = kept
    laura = replace(office.member("U0LAURA"), account_name="nancy", roles=frozenset({Role.SALESPERSON}))
    office.workspace.faults.add("conversations.open", "500", times=3)
    office.downloads.ask(office.actor("U0LAURA"), export.key, a_request_key())
    Members(office.database, system_clock).set("command line", laura)
    eventually(lambda: told_directly(office, "no such export among those you can see"), "the reason", seconds=20)
    office.quiet()
    assert not office.files(office.workspace.im("U0LAURA").id)


def test_who_became_a_guest_gets_no_file(kept: tuple[Office, Export]) -> None:
    office, export = kept
    office.workspace.change_user("U0LAURA", is_restricted=True)
    office.downloads.ask(office.actor("U0LAURA"), export.key, a_request_key())
    office.quiet()
    assert not office.files(office.workspace.im("U0LAURA").id)


# --- the process ends


def test_an_orderly_end_gives_the_file_back_and_the_next_process_goes_on_at_once(
    database: Database, tmp_path: Path
) -> None:
    with an_office(database, tmp_path) as office:
        with office.bot():
            export = changed_while_uploading(office, lambda: None)
            begun = monotonic()
        assert monotonic() - begun < 8
        given_back = "SELECT count(*) FROM outbox WHERE kind = 'export.file' AND state = 'waiting' AND attempts = 0"
        assert office.number(given_back) == 1
        with office.bot():
            office.ended(export, ExportState.COMPLETED)
            office.quiet()
        assert len(office.files()) == 1


def test_an_orderly_end_gives_back_what_is_being_written(
    sqlite_database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with an_office(sqlite_database, tmp_path) as office:
        with monkeypatch.context() as patches:
            started = paused_when_it_writes(patches)
            with office.bot():
                export = office.queue()
                eventually(lambda: started, "a process that writes")
        assert (office.look(export).state, office.look(export).attempts) == (ExportState.WAITING, 0)
        assert Happening.GIVEN_BACK in happened(sqlite_database, export)
        with office.bot():
            office.ended(export, ExportState.COMPLETED)
        assert len(office.files()) == 1


def paused_when_it_writes(patches: pytest.MonkeyPatch) -> list[Writing]:
    """Each process that writes stands still from its start on; they are in the list."""
    started, write = list[Writing](), ExportWork.write

    def write_and_pause(work: ExportWork, claim: Claim) -> Writing:
        writing = write(work, claim)
        os.kill(writing.pid, signal.SIGSTOP)
        started.append(writing)
        return writing

    patches.setattr(ExportWork, "write", write_and_pause)
    return started


def test_the_writing_shows_that_it_lives_and_is_ended_when_it_is_cancelled(
    sqlite_office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    office, started = sqlite_office, paused_when_it_writes(monkeypatch)
    export = office.queue()
    eventually(lambda: started, "a process that writes")
    lease = office.lease(export)
    eventually(lambda: office.lease(export) > lease, "a heartbeat")
    office.exports.cancel(office.actor(), export.key, "cancel")
    assert isinstance(started[0].wait(60), NotWritten)
    eventually(lambda: not list(office.folder.iterdir()), "an empty folder")
    assert not office.files()
    assert office.look(export).state is ExportState.CANCELLED


def test_metrics_tell_of_exports(sqlite_office: Office) -> None:
    sqlite_office.ended(sqlite_office.queue(), ExportState.COMPLETED)
    bot: Bot | None = sqlite_office.running
    assert bot is not None
    bot._worker.recover()
    _, page = get(bot.http.address, "/metrics")
    for line in (
        "order_desk_exports_waiting 0.0",
        "order_desk_exports_in_progress 0.0",
        "order_desk_exports_failed 0.0",
        "order_desk_exports_oldest_seconds 0.0",
        'order_desk_exports_worked_total{outcome="written"} 1.0',
        "order_desk_export_seconds_count 1.0",
    ):
        assert line in page
