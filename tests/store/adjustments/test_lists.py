"""History, what waits for a manager, and reminders."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import update

from store.domain.adjustments.adjustment import AdjustmentPage
from store.domain.adjustments.policy import Policy
from store.domain.adjustments.states import AdjustmentState
from store.domain.adjustments.transitions import Verb
from store.domain.outbox import Place, Rejected, Sent
from store.domain.people import NotPermitted
from store.queries.adjustments.read import list_moved_deadlines
from store.services.adjustments.adjustments import Adjustments
from store.services.outbox import Outbox
from store.tables import OrderRow
from tests.support.adjusting import DEADLINE, Desk, a_request

HERE = Place("C0APPROVALS", "1700000000.000100")


def keys(page: AdjustmentPage) -> list[int]:
    return [row.key for row in page.rows]


def set_deadline(desk: Desk, order_key: int, days: int | None) -> None:
    moment = DEADLINE + timedelta(days=days or 0)
    value = str(int(moment.timestamp() * 1_000_000)) if desk.database.sqlite else f"'{moment.isoformat()}'"
    value = "NULL" if days is None else value
    for table, column, where in (
        ("orders", "pending_payment_end_time", "key"),
        ("adjustments", "deadline", "order_key"),
    ):
        desk.change(f"UPDATE {table} SET {column} = {value} WHERE {where} = {order_key}")


def test_history_is_newest_first_forward_and_back(desk: Desk) -> None:
    steven = desk.manager("U0STEVEN")
    made = [desk.submitted(steven, desk.order()).key for _ in range(23)][::-1]
    service = desk.adjustments()
    first = service.history(steven, None)
    assert (keys(first), first.total.value, first.total.capped, first.offset) == (made[:10], 23, False, 0)
    assert first.previous is None
    second = service.history(steven, None, first.next)
    third = service.history(steven, None, second.next)
    assert (keys(second), second.offset, keys(third), third.offset) == (made[10:20], 10, made[20:], 20)
    assert third.next is None
    back = service.history(steven, None, third.previous)
    assert (keys(back), back.offset) == (made[10:20], 10)
    again = service.history(steven, None, back.previous)
    assert (keys(again), again.offset, again.previous) == (made[:10], 0, None)
    assert keys(service.history(steven, None, again.next)) == made[10:20]


def test_history_of_an_order_has_every_attempt_with_who_and_why(desk: Desk) -> None:
    nancy, andrew = desk.salesperson(), desk.manager()
    order, service = desk.order(), desk.adjustments()
    desk.submitted(nancy, desk.order())
    first = desk.submitted(nancy, order)
    service.decide(andrew, Verb.REJECT, first.key, a_request(), "Too much.")
    second = desk.submitted(nancy, order)
    service.decide(nancy, Verb.WITHDRAW, second.key, a_request())
    third = desk.submitted(nancy, order)
    service.decide(andrew, Verb.APPROVE, third.key, a_request())
    page = service.history(nancy, order)
    assert keys(page) == [third.key, second.key, first.key]
    assert [row.state for row in page.rows] == [
        AdjustmentState.APPLIED,
        AdjustmentState.WITHDRAWN,
        AdjustmentState.REJECTED,
    ]
    applied, withdrawn, rejected = page.rows
    assert applied.closed_by is not None
    assert [approval.by.name for approval in applied.approvals] == [applied.closed_by.name] == ["U0Andrew"]
    assert withdrawn.closed_by is not None
    assert withdrawn.closed_by.name == "U0Nancy"
    assert (rejected.close_reason, rejected.reason) == ("Too much.", "They sign this week.")
    assert service.history(nancy, None).total.value == 4


def test_history_is_that_of_the_orders_one_sees(desk: Desk) -> None:
    nancy, robert, andrew = desk.salesperson(), desk.salesperson("robert"), desk.manager()
    hers = desk.submitted(nancy, desk.order())
    his = desk.submitted(robert, desk.order(account_manager="robert"))
    service = desk.adjustments()
    assert keys(service.history(nancy, None)) == [hers.key]
    assert keys(service.history(robert, None)) == [his.key]
    assert keys(service.history(andrew, None)) == [his.key, hers.key]
    assert keys(service.history(desk.salesperson("nobody"), None)) == []


def test_what_waits_is_what_this_manager_may_still_decide_the_nearest_deadline_first(desk: Desk) -> None:
    desk.policy = Policy.of(tiers=[(100, 2)])
    steven, andrew, janet = desk.manager("U0STEVEN"), desk.manager(), desk.manager("U0JANET")
    orders = [desk.order() for _ in range(4)]
    made = [desk.submitted(steven, order).key for order in orders]
    for order, days in zip(orders, (3, None, 1, 3), strict=True):
        set_deadline(desk, order, days)
    service = desk.adjustments()
    assert keys(service.waiting_for(steven)) == []
    assert keys(service.waiting_for(andrew)) == [made[2], made[0], made[3], made[1]]
    service.decide(andrew, Verb.APPROVE, made[0], a_request())
    assert keys(service.waiting_for(andrew)) == [made[2], made[3], made[1]]
    assert keys(service.waiting_for(janet)) == [made[2], made[0], made[3], made[1]]
    desk.now = DEADLINE + timedelta(days=1)
    assert keys(service.waiting_for(janet)) == [made[0], made[3], made[1]]
    service.decide(janet, Verb.APPROVE, made[0], a_request())
    assert keys(service.waiting_for(janet)) == [made[3], made[1]]
    with pytest.raises(NotPermitted):
        service.waiting_for(desk.salesperson())


def test_what_waits_is_paged_by_deadline_those_without_one_last(desk: Desk) -> None:
    steven, andrew = desk.manager("U0STEVEN"), desk.manager()
    made = []
    for at in range(25):
        order = desk.order()
        adjustment = desk.submitted(steven, order)
        days = None if at % 5 == 0 else at % 3
        set_deadline(desk, order, days)
        made.append((99 if days is None else days, adjustment.key))
    wanted = [key for _, key in sorted(made)]
    service = desk.adjustments()
    first = service.waiting_for(andrew)
    second = service.waiting_for(andrew, first.next)
    third = service.waiting_for(andrew, second.next)
    assert keys(first) + keys(second) + keys(third) == wanted
    assert third.next is None
    back = service.waiting_for(andrew, third.previous)
    assert (keys(back), back.offset) == (wanted[10:20], 10)
    assert keys(service.waiting_for(andrew, back.previous)) == wanted[:10]


def test_a_page_whose_rows_are_gone_is_the_first_page(desk: Desk) -> None:
    steven, andrew = desk.manager("U0STEVEN"), desk.manager()
    made = [desk.submitted(steven, desk.order()).key for _ in range(11)]
    service = desk.adjustments()
    first = service.waiting_for(andrew)
    service.decide(steven, Verb.WITHDRAW, made[-1], a_request())
    gone = service.waiting_for(andrew, first.next)
    assert (keys(gone), gone.previous, gone.next, gone.offset) == (made[:10], None, None, 0)


def reminders(desk: Desk) -> int:
    return len(desk.rows("SELECT key FROM outbox WHERE kind = 'adjustment.reminder'"))


def test_reminded_after_the_hours_and_when_a_quarter_of_the_time_is_left(desk: Desk) -> None:
    asked = desk.submitted(desk.salesperson(), desk.order())
    service = desk.adjustments()
    start = desk.now
    assert service.remind_due(start + timedelta(hours=4) - timedelta(seconds=1)) == ()
    assert service.remind_due(start + timedelta(hours=4)) == (asked.key,)
    assert service.remind_due(start + timedelta(hours=5)) == ()
    assert service.remind_due(start + timedelta(days=6) - timedelta(seconds=1)) == ()
    assert service.remind_due(start + timedelta(days=6, hours=1)) == (asked.key,)
    assert service.remind_due(DEADLINE - timedelta(seconds=1)) == ()
    assert reminders(desk) == 2
    assert [event.step for event in service.to_tell(asked.key).events] == ["submitted", "reminded", "reminded"]


def test_one_reminder_where_both_are_due_at_once_and_none_once_it_is_decided(desk: Desk) -> None:
    nancy = desk.salesperson()
    late, decided = desk.submitted(nancy, desk.order()), desk.submitted(nancy, desk.order())
    service = desk.adjustments()
    service.decide(nancy, Verb.WITHDRAW, decided.key, a_request())
    assert service.remind_due(DEADLINE - timedelta(hours=1)) == (late.key,)
    assert service.remind_due(DEADLINE - timedelta(minutes=1)) == ()
    assert reminders(desk) == 1


def test_nobody_is_reminded_of_what_has_expired_or_in_a_thread_that_cannot_be(desk: Desk) -> None:
    nancy = desk.salesperson()
    asked = desk.submitted(nancy, desk.order())
    service = desk.adjustments()
    assert service.remind_due(DEADLINE) == ()
    outbox = Outbox(desk.database)
    other = desk.submitted(nancy, desk.order())
    for item in outbox.claim("worker"):
        outbox.settle(item, Rejected("channel_not_found"))
    assert service.remind_due(desk.now + timedelta(hours=4)) == ()
    assert reminders(desk) == 0
    assert {asked.key, other.key} == set(keys(service.history(nancy, None)))


def test_an_order_without_a_deadline_is_reminded_of_once_and_never_expires(desk: Desk) -> None:
    nancy, order = desk.salesperson(), desk.order()
    set_deadline(desk, order, None)
    asked = desk.submitted(nancy, order)
    service = desk.adjustments()
    assert service.remind_due(desk.now + timedelta(days=1)) == (asked.key,)
    assert service.remind_due(desk.now + timedelta(days=999)) == ()
    assert service.expire_due(desk.now + timedelta(days=999)) == ()


def test_the_hours_are_a_setting(desk: Desk) -> None:
    service = Adjustments(desk.database, lambda: desk.now, desk.policy, remind_after=timedelta(hours=1))
    nancy, order = desk.salesperson(), desk.order()
    ask = desk.submitted(nancy, desk.order()).proposal.ask
    asked = service.submit(nancy, order, ask, "why", a_request())
    assert service.remind_due(desk.now + timedelta(hours=1)) == (asked.key,)


def moved(desk: Desk, deadline: datetime) -> None:
    with desk.database.write() as connection:
        connection.execute(update(OrderRow).values(pending_payment_end_time=deadline))


def test_reminders_and_the_card_follow_a_deadline_that_the_source_moves(desk: Desk) -> None:
    service, start = desk.adjustments(), desk.now
    asked = desk.submitted(desk.salesperson(), desk.order())
    assert service.remind_due(start + timedelta(hours=4)) == (asked.key,)
    assert service.follow_deadlines(start) == ()
    moved(desk, start + timedelta(days=16))
    assert service.follow_deadlines(start + timedelta(days=1)) == (asked.key,)
    assert service.follow_deadlines(start + timedelta(days=1)) == ()
    assert desk.rows("SELECT revision FROM outbox WHERE kind = 'adjustment.card'") == [(2,)]
    assert service.remind_due(start + timedelta(days=12) - timedelta(seconds=1)) == ()
    assert service.remind_due(start + timedelta(days=12)) == (asked.key,)
    assert service.expire_due(DEADLINE) == ()
    # So near that a quarter of the time has begun already: at once.
    moved(desk, start + timedelta(days=13))
    assert service.follow_deadlines(start + timedelta(days=12, hours=1)) == (asked.key,)
    assert service.remind_due(start + timedelta(days=12, hours=1)) == (asked.key,)
    assert service.expire_due(start + timedelta(days=13)) == (asked.key,)


def test_of_two_clocks_one_follows_a_deadline_and_none_where_it_is_decided(desk: Desk) -> None:
    nancy, service = desk.salesperson(), desk.adjustments()
    asked = desk.submitted(nancy, desk.order())
    moved(desk, DEADLINE + timedelta(days=1))
    with desk.database.read() as connection:
        (seen,) = list_moved_deadlines(connection, 9)
    assert [service._follow(seen, desk.now) for _ in range(2)] == [True, False]
    moved(desk, DEADLINE)
    service.decide(nancy, Verb.WITHDRAW, asked.key, a_request())
    assert service.follow_deadlines(desk.now) == ()


def test_reminders_hang_on_the_card(desk: Desk) -> None:
    desk.submitted(desk.salesperson(), desk.order())
    outbox = Outbox(desk.database)
    (card,) = outbox.claim("worker")
    outbox.settle(card, Sent(HERE))
    desk.adjustments().remind_due(desk.now + timedelta(hours=4))
    (reminder,) = outbox.claim("worker")
    assert (reminder.kind, reminder.thread) == ("adjustment.reminder", HERE)
