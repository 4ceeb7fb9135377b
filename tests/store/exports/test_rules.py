"""The pure rules: who may do what with an export, where a file may go, and what it is called."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from store.domain.channels import ChannelBar, ChannelFacts, NeedsConfirmation
from store.domain.exports.errors import (
    ExportFinished,
    ExportNotFound,
    FileGone,
    NotExportable,
    NotFailed,
    NotReady,
    OutOfReach,
)
from store.domain.exports.export import (
    CRITERIA_TEXT_MAX,
    Destination,
    Export,
    ExportRequest,
    ExportState,
    ExportStep,
    FailureReason,
    Scope,
    file_name,
)
from store.domain.exports.rules import (
    check_destination,
    check_may_cancel,
    check_may_download,
    check_may_retry,
    check_may_see,
    covers,
    may_cancel,
    may_download,
    may_retry,
    why_not_any_more,
)
from store.domain.exports.work import NotWritten
from store.domain.orders.criteria import OrderCriteria
from store.domain.people import EVERYTHING, NotPermitted, Person, Reach, Role
from tests.support.builders import NOON
from tests.support.people import a_manager, a_member, a_salesperson

NANCY = a_salesperson("nancy")
ROBERT = a_salesperson("robert")
MANAGER = a_manager()
OWN = Reach("nancy")


def an_export(state: ExportState = ExportState.COMPLETED, step: ExportStep | None = None) -> Export:
    return Export(
        key=318,
        state=state,
        step=step,
        scope=Scope.ALL,
        criteria=None,
        criteria_text="",
        destination=Destination("C0SALES", "sales"),
        confirmed_people=None,
        requester=Person.of(NANCY.member),
        time_zone="UTC",
        locale="en_US",
        queued_at=NOON,
        started_at=None,
        finished_at=NOON,
        rows_done=0,
        rows_total=None,
        orders=None,
        items=None,
        size=None,
        attempts=1,
        failure=None,
        failure_detail="",
        finished_by=None,
        slack_file_id=None,
        deleted_at=None,
    )


def test_people_know_it_by_its_number_and_labels() -> None:
    export = an_export(ExportState.IN_PROGRESS)
    assert (export.number, export.state.label, export.scope.label) == ("EX-318", "In progress", "Export All")
    assert Scope.SELECTED.label == "Export Selected"
    assert export.recipient == "C0SALES"
    assert replace(export, destination=Destination()).recipient == "U0NANCY"
    assert replace(export, orders=0).empty
    assert not export.empty


def test_scope_and_criteria_do_not_contradict_each_other() -> None:
    with pytest.raises(ValueError, match="has criteria"):
        ExportRequest(Scope.SELECTED, None, "", Destination())
    with pytest.raises(ValueError, match="has none"):
        ExportRequest(Scope.ALL, OrderCriteria(), "", Destination())
    kept = ExportRequest(Scope.ALL, None, " A\x00cme" + "x" * 2000, Destination()).criteria_text
    assert kept.startswith("Acmex")
    assert len(kept) == CRITERIA_TEXT_MAX


@pytest.mark.parametrize(
    ("scope", "words", "name"),
    [
        (Scope.ALL, "", "Orders All 2026-10-04 EX-7.xlsx"),
        (
            Scope.SELECTED,
            "Customers · “Acme/../etc” · Pending payment",
            "Orders Customers Acme .. etc Pending payment 2026-10-04 EX-7.xlsx",
        ),
        (Scope.SELECTED, "北京 é\u202e\n", "Orders 北京 é 2026-10-04 EX-7.xlsx"),
        (Scope.SELECTED, "···", "Orders Selected 2026-10-04 EX-7.xlsx"),
        (Scope.SELECTED, "x" * 300, f"Orders {'x' * 80} 2026-10-04 EX-7.xlsx"),
    ],
)
def test_a_file_is_called_by_its_scope_and_the_askers_date(scope: Scope, words: str, name: str) -> None:
    asked = datetime(2026, 10, 3, 18, tzinfo=UTC)
    assert file_name(7, scope, words, asked, "Asia/Shanghai") == name


def test_ones_own_are_seen_and_everyones_by_who_sees_all_orders() -> None:
    assert check_may_see(NANCY, an_export()) == an_export()
    assert check_may_see(MANAGER, an_export()) == an_export()
    assert check_may_see(a_salesperson("robert", also=Role.MANAGER), an_export()) == an_export()
    with pytest.raises(ExportNotFound):
        check_may_see(ROBERT, an_export())
    with pytest.raises(ExportNotFound):
        check_may_see(NANCY, None)


@pytest.mark.parametrize("state", list(ExportState))
def test_each_state_offers_what_it_allows(state: ExportState) -> None:
    export = an_export(state)
    assert may_download(NANCY, export) == (state is ExportState.COMPLETED)
    assert may_retry(NANCY, export) == (state is ExportState.FAILED)
    assert may_cancel(NANCY, export) == (state in {ExportState.WAITING, ExportState.IN_PROGRESS})
    assert not any(may(ROBERT, export) for may in (may_download, may_retry, may_cancel))


def test_what_is_about_to_be_posted_is_not_cancelled_any_more() -> None:
    assert may_cancel(NANCY, an_export(ExportState.IN_PROGRESS, ExportStep.WRITTEN))
    late = an_export(ExportState.IN_PROGRESS, ExportStep.COMPLETING)
    with pytest.raises(ExportFinished) as refused:
        check_may_cancel(NANCY, late)
    assert (refused.value.key, refused.value.state) == (318, ExportState.IN_PROGRESS)


def test_only_what_failed_is_tried_again() -> None:
    assert check_may_retry(NANCY, an_export(ExportState.FAILED)).key == 318
    with pytest.raises(NotFailed):
        check_may_retry(NANCY, an_export(ExportState.CANCELLED))


def test_a_file_is_handed_to_who_may_see_all_that_is_in_it() -> None:
    export = an_export()
    assert check_may_download(NANCY, export, OWN, 0) is export
    assert check_may_download(MANAGER, export, OWN, 0) is export
    for of_file, lost in ((OWN, 1), (EVERYTHING, 0), (Reach("robert"), 0)):
        with pytest.raises(OutOfReach):
            check_may_download(NANCY, export, of_file, lost)
    with pytest.raises(FileGone):
        check_may_download(NANCY, an_export(ExportState.DELETED), OWN, 0)
    with pytest.raises(NotReady):
        check_may_download(NANCY, an_export(ExportState.FAILED), None, 0)
    with pytest.raises(NotReady):
        check_may_download(NANCY, export, None, 0)


def test_reach_covers_itself_and_everything_covers_all() -> None:
    assert covers(EVERYTHING, OWN)
    assert covers(OWN, OWN)
    assert not covers(OWN, EVERYTHING)
    assert not covers(OWN, Reach("robert"))


def test_a_channel_must_be_the_bots_own_and_its_people_must_be_agreed_to() -> None:
    fine = ChannelFacts("sales", archived=False, shared=False, bot_is_in=True, people=frozenset())
    check_destination(fine, 0, None)
    check_destination(fine, 3, 3)
    for confirmed in (None, 2):
        with pytest.raises(NeedsConfirmation) as asked:
            check_destination(fine, 3, confirmed)
        assert asked.value.people == 3
    for facts, bar in (
        (replace(fine, shared=True, bot_is_in=False), ChannelBar.CHANNEL_SHARED),
        (replace(fine, bot_is_in=False), ChannelBar.NOT_IN_CHANNEL),
        (replace(fine, archived=True), ChannelBar.CHANNEL_ARCHIVED),
    ):
        with pytest.raises(NotExportable) as refused:
            check_destination(facts, 0, 100)
        assert refused.value.bar is bar


def test_rights_are_those_of_the_member_as_known_now() -> None:
    nancy = NANCY.member
    assert why_not_any_more(nancy, None, 0) is None
    assert why_not_any_more(nancy, OWN, 0) is None
    assert why_not_any_more(None, OWN, 0) is FailureReason.NOT_A_MEMBER
    assert why_not_any_more(nancy, OWN, 2) is FailureReason.REACH_CHANGED
    assert why_not_any_more(nancy, EVERYTHING, 0) is FailureReason.REACH_CHANGED
    assert why_not_any_more(a_member("U0NANCY", Role.MANAGER), OWN, 0) is None


def test_who_may_not_export_sees_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("store.domain.people.CAPABILITIES", {role: frozenset() for role in Role})
    with pytest.raises(NotPermitted):
        check_may_see(NANCY, an_export())
    assert not may_download(NANCY, an_export())
    assert why_not_any_more(NANCY.member, None, 0) is FailureReason.NOT_PERMITTED


def test_some_faults_last() -> None:
    assert NotWritten(FailureReason.DISK_FULL).lasting
    assert not NotWritten(FailureReason.INTERRUPTED).lasting
