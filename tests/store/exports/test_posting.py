"""Exports that are written go to Slack by the outbox: only as far as is still allowed, and by who holds the row."""

from __future__ import annotations

from pathlib import Path

import pytest

from store.domain.exports.export import ExportFile, ExportState, ExportStep, FailureReason, Happening
from store.domain.exports.work import MOST_ATTEMPTS, Claim
from store.domain.outbox import Ambiguous, NotSent, OutboxItem, Rejected, RetryAfter, Sent
from tests.support.builders import a_customer, an_order
from tests.support.exporting import ExportDesk, a_request_key


def a_written(desk: ExportDesk) -> Claim:
    """An export of Nancy's whose file is whole."""
    desk.queued(desk.salesperson())
    claim = desk.claimed()
    desk.written(claim)
    return claim


def state(desk: ExportDesk, claim: Claim) -> tuple[ExportState, ExportStep | None, FailureReason | None]:
    export = desk.exports.to_tell(claim.key)
    return export.state, export.step, export.failure


def test_what_is_written_is_news_with_its_file(desk: ExportDesk) -> None:
    claim = a_written(desk)
    item = desk.sending(claim)
    assert (item.recipient, item.payload) == ("C0SALES", {"claim": claim.fencing})
    found = desk.posting.file(item)
    assert isinstance(found, ExportFile)
    assert (found.export.key, str(found.path), found.asker.slack_user_id) == (claim.key, claim.path, "U0NANCY")


def test_it_is_completed_with_its_row_once_and_only_by_who_holds_it(desk: ExportDesk) -> None:
    claim = a_written(desk)
    paused = desk.uploaded(claim)
    desk.end_leases()
    heir = desk.sending(claim)
    for lost in (Sent(None), Rejected("not_in_channel"), NotSent("http_500"), Ambiguous("no_answer")):
        assert not desk.posting.settle(paused, lost, "F0LATE", FailureReason.NOT_IN_CHANNEL)
    assert state(desk, claim) == (ExportState.IN_PROGRESS, ExportStep.COMPLETING, None)
    assert desk.posting.intend(heir)
    assert desk.posting.settle(heir, Sent(None), "F0FILE")
    assert not desk.posting.settle(heir, Sent(None), "F0AGAIN")
    done = desk.exports.to_tell(claim.key)
    assert (done.state, done.step, done.slack_file_id) == (ExportState.COMPLETED, ExportStep.POSTED, "F0FILE")
    assert desk.rows("SELECT state FROM outbox WHERE kind = 'export.file'") == [("sent",)]
    assert desk.rows("SELECT count(*) FROM audit WHERE action = 'export.post'") == [(1,)]


@pytest.mark.parametrize("end", ["cancelled", "posted", "failed", "written again"])
def test_what_is_over_has_no_file_to_post(desk: ExportDesk, end: str) -> None:
    claim = a_written(desk)
    item = desk.sending(claim)
    if end == "cancelled":
        desk.exports.cancel(desk.salesperson(), claim.key, a_request_key())
    elif end == "posted":
        assert desk.posting.intend(item)
        assert desk.posting.settle(item, Sent(None), "F0FILE")
    else:
        reason = FailureReason.REACH_CHANGED if end == "written again" else FailureReason.CHANNEL_ARCHIVED
        assert desk.posting.settle(item, Rejected(str(reason)), reason=reason)
    if end == "failed":
        desk.exports.retry(desk.salesperson(), claim.key, a_request_key())
    if end in {"failed", "written again"}:
        desk.written(desk.claimed())
    before = state(desk, claim)
    assert desk.posting.file(item) is None
    assert not desk.posting.intend(item)
    desk.posting.settle(item, Sent(None), "F0LATE")
    assert state(desk, claim) == before


def test_once_it_is_about_to_be_posted_it_is_not_given_up_by_an_attempt_that_failed(desk: ExportDesk) -> None:
    claim = a_written(desk)
    for _ in range(MOST_ATTEMPTS + 2):
        item = desk.uploaded(claim)
        assert desk.posting.settle(item, Ambiguous("no_answer"), reason=FailureReason.SLACK)
        assert state(desk, claim) == (ExportState.IN_PROGRESS, ExportStep.COMPLETING, FailureReason.SLACK)
        desk.end_leases()
        assert desk.work.recover() == ()
    item = desk.uploaded(claim)
    assert desk.posting.settle(item, Rejected("not_shared"), reason=FailureReason.NOT_SHARED)
    assert state(desk, claim)[::2] == (ExportState.FAILED, FailureReason.NOT_SHARED)
    assert desk.rows("SELECT count(*) FROM outbox WHERE kind = 'export.failed'") == [(1,)]


def test_slack_asking_to_wait_is_no_failure(desk: ExportDesk) -> None:
    claim = a_written(desk)
    assert desk.posting.settle(desk.sending(claim), RetryAfter(0))
    assert state(desk, claim) == (ExportState.IN_PROGRESS, ExportStep.WRITTEN, None)
    assert Happening.PUT_OFF not in desk.happened(desk.exports.to_tell(claim.key))


def test_what_slack_refuses_has_failed_with_its_code_and_leaves_no_file(desk: ExportDesk) -> None:
    claim = a_written(desk)
    refused = Rejected("restricted_action")
    assert desk.posting.settle(desk.sending(claim), refused, reason=FailureReason.SLACK)
    failed = desk.exports.to_tell(claim.key)
    assert (failed.state, failed.failure, failed.failure_detail) == (
        ExportState.FAILED,
        FailureReason.SLACK,
        "restricted_action",
    )
    assert not Path(claim.path).exists()
    # Its row is over: there is nothing for anybody to fix in the outbox.
    assert desk.outbox.health().parked == 0


@pytest.mark.parametrize("reason", [FailureReason.REACH_CHANGED, FailureReason.FILE_LOST])
def test_what_can_be_written_again_is_until_it_was_taken_up_too_often(desk: ExportDesk, reason: FailureReason) -> None:
    an_order(desk.database, customer_key=a_customer(desk.database, account_manager="nancy"))
    desk.queued(desk.salesperson())
    for attempt in range(1, MOST_ATTEMPTS + 1):
        claim = desk.claimed()
        assert claim.export.attempts == attempt
        desk.written(claim)
        assert desk.posting.settle(desk.sending(claim), Rejected(str(reason)), reason=reason)
        assert not Path(claim.path).exists()
        assert desk.rows("SELECT count(*) FROM export_customers") == [(0,)]
    assert state(desk, claim)[::2] == (ExportState.FAILED, reason)


def a_changed_name(desk: ExportDesk, claim: Claim, *, link: bool) -> None:
    secret = desk.folder.parent / "secret"
    secret.write_text("of the machine", encoding="utf-8")
    if link:
        Path(claim.path).unlink()
        Path(claim.path).symlink_to(secret)
    else:
        desk.change(f"UPDATE exports SET stored_name = '../{secret.name}'")


@pytest.mark.parametrize("link", [False, True], ids=["a name", "a link"])
@pytest.mark.parametrize("step", ["written", "completing"])
def test_what_the_database_says_is_the_file_is_not_sent_unless_the_desk_named_it(
    desk: ExportDesk, step: str, *, link: bool
) -> None:
    claim = a_written(desk)
    item: OutboxItem = desk.sending(claim) if step == "written" else desk.uploaded(claim)
    a_changed_name(desk, claim, link=link)
    assert desk.posting.file(item) is FailureReason.TAMPERED
    assert desk.posting.settle(item, Rejected("tampered"), reason=FailureReason.TAMPERED)
    assert state(desk, claim)[::2] == (ExportState.FAILED, FailureReason.TAMPERED)
    assert (desk.folder.parent / "secret").read_text(encoding="utf-8") == "of the machine"
    desk.exports.retry(desk.salesperson(), claim.key, a_request_key())
    again = desk.claimed()
    assert Path(again.path).parent == desk.folder
    desk.written(again)
    assert Path(again.path).is_file()


@pytest.mark.parametrize("link", [False, True], ids=["a name", "a link"])
def test_what_is_written_again_touches_no_file_that_the_desk_did_not_name(desk: ExportDesk, *, link: bool) -> None:
    desk.queued(desk.salesperson())
    dead = desk.claimed()
    Path(dead.path).write_bytes(b"half a workbook")
    a_changed_name(desk, dead, link=link)
    desk.end_leases()
    again = desk.claimed()
    desk.written(again)
    assert Path(again.path).is_file()
    assert (desk.folder.parent / "secret").read_text(encoding="utf-8") == "of the machine"
