"""Asking for exports: one for each request, told and audited, cancelled, tried again, and kept in a history."""

from __future__ import annotations

import threading
from datetime import date, timedelta

import pytest

from store.domain.exports.errors import ExportFinished, ExportNotFound, NotFailed
from store.domain.exports.export import (
    Destination,
    ExportRequest,
    ExportState,
    FailureReason,
    Happening,
    Scope,
)
from store.domain.exports.work import Claim, Written
from store.domain.orders.criteria import PAGE_SIZE, OrderCriteria
from store.domain.orders.customers import CustomerTab
from store.domain.orders.order import OrderStatus, OrderType
from store.domain.outbox import Rejected, Sent
from store.domain.people import EVERYTHING, NotAMember, Role
from store.services.audit import Audit
from tests.support.builders import a_customer, an_order
from tests.support.exporting import CHANNEL, DIRECT, ExportDesk, a_request_key, export_all, export_selected

CRITERIA = OrderCriteria(
    tab=CustomerTab.RESELLERS_CUSTOMERS,
    customer="50% off_",
    customer_key=7,
    order_no="CS26",
    statuses=frozenset({OrderStatus.COMPLETED, OrderStatus.CANCELLED}),
    product_types=frozenset({3, 1}),
    order_types=frozenset({OrderType.RENEWAL}),
    ordered_from=date(2026, 1, 1),
    ordered_to=date(2026, 3, 31),
)


def test_what_was_asked_for_is_kept_as_it_was(desk: ExportDesk) -> None:
    nancy = desk.salesperson(time_zone="Asia/Shanghai")
    request = ExportRequest(Scope.SELECTED, CRITERIA, "Acme · Completed", CHANNEL, confirmed_people=4)
    queued = desk.exports.queue(nancy, request, a_request_key())
    export = desk.exports.to_tell(queued.export.key)
    assert (queued.again, queued.export) == (False, export)
    assert (export.state, export.step, export.scope) == (ExportState.WAITING, None, Scope.SELECTED)
    assert (export.criteria, export.criteria_text, export.destination) == (CRITERIA, "Acme · Completed", CHANNEL)
    assert (export.confirmed_people, export.time_zone, export.queued_at) == (4, "Asia/Shanghai", desk.now)
    assert export.requester.name == nancy.member.name


def test_it_is_told_and_audited_in_the_same_transaction(desk: ExportDesk) -> None:
    export = desk.queued(desk.salesperson(), export_all(DIRECT))
    assert desk.rows("SELECT topic, kind, subject_key, recipient, state FROM outbox") == [
        (f"export.progress/{export.key}", "export.progress", export.key, "U0NANCY", "waiting")
    ]
    assert desk.rows("SELECT action, subject, actor, roles FROM audit") == [
        ("export.queue", export.number, "T0DESK/U0NANCY", "salesperson")
    ]
    assert Audit(desk.database).verify(None).whole


def test_the_same_delivery_has_one_effect(desk: ExportDesk) -> None:
    nancy = desk.salesperson()
    first = desk.exports.queue(nancy, export_all(), "delivery")
    desk.now += timedelta(hours=1)
    second = desk.exports.queue(nancy, export_all(), "delivery")
    assert (second.export.key, second.again) == (first.export.key, True)
    assert len(desk.exports.history(nancy).rows) == 1


def test_the_same_request_within_a_minute_is_one_and_says_so(desk: ExportDesk) -> None:
    nancy = desk.salesperson()
    first = desk.exports.queue(nancy, export_selected(CRITERIA), a_request_key())
    desk.now += timedelta(seconds=59)
    second = desk.exports.queue(nancy, export_selected(CRITERIA, "said otherwise"), a_request_key())
    assert (second.export.key, second.again) == (first.export.key, True)
    desk.now += timedelta(seconds=2)
    third = desk.exports.queue(nancy, export_selected(CRITERIA), a_request_key())
    assert (third.again, third.export.key > first.export.key) == (False, True)
    assert len(desk.rows("SELECT seq FROM audit")) == 2


def test_another_persons_place_or_orders_are_another_request(desk: ExportDesk) -> None:
    nancy, robert = desk.salesperson(), desk.salesperson("robert")
    requests = [
        (nancy, export_all()),
        (robert, export_all()),
        (nancy, export_all(DIRECT)),
        (nancy, export_all(Destination("C0OTHER", "other"))),
        (nancy, export_selected(OrderCriteria())),
        (nancy, export_selected(OrderCriteria(tab=CustomerTab.RESELLERS_CUSTOMERS))),
    ]
    queued = [desk.exports.queue(actor, request, a_request_key()) for actor, request in requests]
    assert not any(each.again for each in queued)
    assert len({each.export.key for each in queued}) == len(requests)


def test_what_was_cancelled_or_failed_may_be_asked_for_again_at_once(desk: ExportDesk) -> None:
    nancy = desk.salesperson()
    first = desk.exports.queue(nancy, export_all(), a_request_key()).export
    desk.exports.cancel(nancy, first.key, a_request_key())
    second = desk.exports.queue(nancy, export_all(), a_request_key())
    assert not second.again
    assert desk.work.fail(desk.claimed(), FailureReason.DISK_FULL)
    assert not desk.exports.queue(nancy, export_all(), a_request_key()).again


def test_a_double_click_on_two_threads_is_one_export(desk: ExportDesk) -> None:
    nancy = desk.salesperson()
    keys: list[int] = []
    again: list[bool] = []
    start = threading.Barrier(6)

    def click() -> None:
        start.wait()
        queued = desk.exports.queue(nancy, export_all(), a_request_key())
        keys.append(queued.export.key)
        again.append(queued.again)

    threads = [threading.Thread(target=click) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(keys)) == 1
    assert sorted(again) == [False] + [True] * 5
    assert desk.rows("SELECT count(*) FROM outbox") == [(1,)]


def test_who_is_no_member_any_more_asks_for_nothing(desk: ExportDesk) -> None:
    nancy = desk.salesperson()
    export = desk.queued(nancy)
    desk.remove(nancy)
    with pytest.raises(NotAMember):
        desk.exports.queue(nancy, export_all(), a_request_key())
    with pytest.raises(NotAMember):
        desk.exports.cancel(nancy, export.key, a_request_key())
    assert desk.rows("SELECT count(*) FROM exports") == [(1,)]


def test_a_waiting_export_is_cancelled_once(desk: ExportDesk) -> None:
    nancy = desk.salesperson()
    export = desk.queued(nancy)
    cancelled = desk.exports.cancel(nancy, export.key, "click")
    assert (cancelled.state, cancelled.finished_at) == (ExportState.CANCELLED, desk.now)
    assert cancelled.finished_by is not None
    assert desk.exports.cancel(nancy, export.key, "click") == cancelled
    with pytest.raises(ExportFinished) as refused:
        desk.exports.cancel(nancy, export.key, a_request_key())
    assert refused.value.state is ExportState.CANCELLED
    assert desk.work.claim("worker") is None
    assert desk.happened(export) == [Happening.QUEUED, Happening.CANCELLED]


def test_a_manager_cancels_anyones_and_a_colleague_finds_nothing(desk: ExportDesk) -> None:
    export = desk.queued(desk.salesperson())
    robert = desk.salesperson("robert")
    for use in (desk.exports.cancel, desk.exports.retry, desk.downloads.ask):
        with pytest.raises(ExportNotFound):
            use(robert, export.key, a_request_key())
        with pytest.raises(ExportNotFound):
            use(robert, 999, a_request_key())
    assert desk.exports.cancel(desk.manager(), export.key, a_request_key()).state is ExportState.CANCELLED


def test_cancelling_takes_a_written_export_from_the_outbox_and_removes_its_file(desk: ExportDesk) -> None:
    nancy = desk.salesperson()
    export = desk.queued(nancy)
    claim = desk.claimed()
    desk.written(claim)
    assert list(desk.folder.iterdir())
    desk.exports.cancel(nancy, export.key, a_request_key())
    assert list(desk.folder.iterdir()) == []
    assert desk.work.claim("another") is None
    item = desk.sending(claim)
    assert desk.posting.file(item) is None
    assert not desk.posting.intend(item)


def test_cancelling_takes_an_export_that_is_being_written_from_its_worker(desk: ExportDesk) -> None:
    nancy = desk.salesperson()
    export = desk.queued(nancy)
    claim = desk.claimed()
    assert desk.work.begin(claim)
    desk.exports.cancel(nancy, export.key, a_request_key())
    assert not desk.work.heartbeat(claim)
    assert not desk.work.finish(claim, Written(1, 1, 1, EVERYTHING, ()))
    assert not desk.work.fail(claim, FailureReason.DISK_FULL)
    assert not desk.work.release(claim)
    assert desk.work.claim("another") is None


def refused(desk: ExportDesk, claim: Claim) -> None:
    """Its file is refused for its channel."""
    item = desk.sending(claim)
    assert desk.posting.settle(item, Rejected("is_archived"), reason=FailureReason.CHANNEL_ARCHIVED)


def test_whose_orders_a_file_holds_is_known_as_long_as_there_is_one(desk: ExportDesk) -> None:
    kept = "SELECT count(*) FROM export_customers"
    nancy = desk.salesperson()
    an_order(desk.database, customer_key=a_customer(desk.database, account_manager="nancy"))
    for end in (
        lambda claim: desk.exports.cancel(nancy, claim.key, a_request_key()),
        lambda claim: refused(desk, claim),
    ):
        desk.queued(nancy)
        claim = desk.claimed()
        desk.written(claim)
        assert desk.rows(kept) == [(1,)]
        end(claim)
        assert desk.rows(kept) == [(0,)]


def test_once_it_is_about_to_be_posted_it_is_too_late_to_cancel(desk: ExportDesk) -> None:
    nancy = desk.salesperson()
    export = desk.queued(nancy)
    claim = desk.claimed()
    desk.written(claim)
    item = desk.uploaded(claim)
    with pytest.raises(ExportFinished):
        desk.exports.cancel(nancy, export.key, a_request_key())
    assert desk.posting.settle(item, Sent(None), "F0FILE")
    assert desk.exports.to_tell(export.key).state is ExportState.COMPLETED


def test_a_failed_export_is_tried_again_from_the_beginning(desk: ExportDesk) -> None:
    nancy = desk.salesperson()
    export = desk.queued(nancy)
    claim = desk.claimed()
    desk.written(claim)
    refused(desk, claim)
    failed = desk.exports.to_tell(export.key)
    assert (failed.state, failed.failure, failed.failure_detail) == (
        ExportState.FAILED,
        FailureReason.CHANNEL_ARCHIVED,
        "is_archived",
    )
    assert list(desk.folder.iterdir()) == []
    waiting = desk.exports.retry(nancy, export.key, "click")
    assert (waiting.state, waiting.step, waiting.attempts, waiting.orders) == (ExportState.WAITING, None, 0, None)
    assert desk.exports.retry(nancy, export.key, "click").state is ExportState.WAITING
    with pytest.raises(NotFailed):
        desk.exports.retry(nancy, export.key, a_request_key())
    claim = desk.claimed()
    assert claim.key == export.key
    desk.written(claim)
    desk.posted(claim)
    assert desk.exports.to_tell(export.key).failure is None


def test_each_failure_is_told_to_the_owner_once(desk: ExportDesk) -> None:
    nancy = desk.salesperson()
    export = desk.queued(nancy)
    for _ in range(2):
        claim = desk.claimed()
        assert desk.work.fail(claim, FailureReason.DISK_FULL)
        assert not desk.work.fail(claim, FailureReason.DISK_FULL)
        desk.exports.retry(nancy, export.key, a_request_key())
    told = desk.rows("SELECT recipient, subject_key FROM outbox WHERE kind = 'export.failed'")
    assert told == [("U0NANCY", export.key)] * 2


def test_the_history_is_ones_own_and_everyones_for_who_sees_all(desk: ExportDesk) -> None:
    nancy, robert, manager = desk.salesperson(), desk.salesperson("robert"), desk.manager()
    of_nancy, of_robert, of_manager = (desk.queued(actor) for actor in (nancy, robert, manager))
    assert [row.key for row in desk.exports.history(nancy).rows] == [of_nancy.key]
    everyones = [of_manager.key, of_robert.key, of_nancy.key]
    assert [row.key for row in desk.exports.history(manager).rows] == everyones
    both = desk.person("U0BOTH", Role.SALESPERSON, Role.MANAGER, account_name="nancy")
    assert [row.key for row in desk.exports.history(both).rows] == everyones


def test_the_history_is_paged_newest_first_forward_and_back(desk: ExportDesk) -> None:
    nancy = desk.salesperson()
    keys: list[int] = []
    for _ in range(2 * PAGE_SIZE + 3):
        keys.insert(0, desk.queued(nancy).key)
        desk.claimed()
    first = desk.exports.history(nancy)
    assert ([row.key for row in first.rows], first.total.value, first.previous) == (keys[:PAGE_SIZE], len(keys), None)
    second = desk.exports.history(nancy, first.next)
    third = desk.exports.history(nancy, second.next)
    assert [row.key for row in second.rows + third.rows] == keys[PAGE_SIZE:]
    assert (second.offset, third.offset, third.next) == (PAGE_SIZE, 2 * PAGE_SIZE, None)
    back = desk.exports.history(nancy, third.previous)
    assert (back.rows, back.offset) == (second.rows, PAGE_SIZE)
    assert desk.exports.history(nancy, back.previous).rows == first.rows


def test_an_empty_history_is_an_empty_page(desk: ExportDesk) -> None:
    page = desk.exports.history(desk.salesperson())
    assert (page.rows, page.total.value, page.next, page.previous) == ((), 0, None, None)


def test_orders_are_counted_within_reach_before_anything_is_queued(desk: ExportDesk) -> None:
    mine = a_customer(desk.database, account_manager="nancy")
    an_order(desk.database, customer_key=mine)
    an_order(desk.database, customer_key=mine, status=OrderStatus.COMPLETED)
    an_order(desk.database, customer_key=a_customer(desk.database, account_manager="robert", reseller_id="R1"))
    nancy, manager = desk.salesperson(), desk.manager()
    assert desk.exports.count(nancy, export_all()).value == 2
    assert desk.exports.count(manager, export_all()).value == 3
    completed = OrderCriteria(statuses=frozenset({OrderStatus.COMPLETED}))
    assert desk.exports.count(manager, export_selected(completed)).value == 1


def test_people_who_may_not_see_what_the_asker_sees_are_counted(desk: ExportDesk) -> None:
    nancy, manager = desk.salesperson(), desk.manager()
    desk.salesperson("robert")
    there = ["U0NANCY", "U0ROBERT", "U0ANDREW", "U0STRANGER", "U0ROBERT"]
    assert desk.exports.outsiders(nancy, there) == 2
    assert desk.exports.outsiders(manager, there) == 3
