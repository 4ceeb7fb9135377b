"""The life of an adjustment: asked for, decided, applied; and everything that is written beside it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest

from store.domain.adjustments.adjustment import Mode
from store.domain.adjustments.errors import (
    AdjustmentNotFound,
    AlreadyApproved,
    AlreadyDecided,
    Bar,
    NotAdjustable,
    NotTheRequester,
    OverMaximum,
    OwnAdjustment,
    ReasonMissing,
    ReasonTooLong,
)
from store.domain.adjustments.policy import Policy
from store.domain.adjustments.pricing import Ask, ByAmount, ByNewPrice, ByPercentage, ByResource
from store.domain.adjustments.states import AdjustmentState, Step
from store.domain.adjustments.transitions import Verb
from store.domain.money import Money
from store.domain.orders.errors import OrderNotFound
from store.domain.orders.order import DiscountType
from store.domain.people import EVERYTHING, NotAMember, NotPermitted, Person, Role
from store.queries.adjustments.write import apply_proposal, close_adjustment, find_priced_order
from store.services.adjustments import adjustments
from store.services.audit import Audit
from store.services.orders.orders import Orders
from tests.support.adjusting import DEADLINE, Desk, a_request
from tests.support.amounts import usd

TWO_MANAGERS = Policy.of(tiers=[(10, 0), (12, 1), (100, 2)])


def steps(desk: Desk, key: int) -> list[object]:
    return [
        row[0] for row in desk.rows(f"SELECT step FROM adjustment_events WHERE adjustment_key = {key} ORDER BY key")
    ]


def audited(desk: Desk) -> list[object]:
    assert Audit(desk.database).verify(None).whole
    return [row[0] for row in desk.rows("SELECT action FROM audit ORDER BY seq")]


def outbox(desk: Desk) -> list[tuple[object, ...]]:
    return desk.rows("SELECT kind, recipient, revision FROM outbox ORDER BY key")


def test_from_asking_to_the_new_price(desk: Desk) -> None:
    nancy, andrew = desk.salesperson(), desk.manager()
    order = desk.order("CS2610A7F3")
    service = desk.adjustments()
    asked = service.submit(nancy, order, ByPercentage(Decimal("12.5")), "  They sign this week. ", a_request())
    assert (asked.number, asked.state, asked.summary.approvals_missing) == ("PA-1001", AdjustmentState.PENDING, 1)
    assert (asked.summary.order_id, asked.summary.reason) == ("CS2610A7F3", "They sign this week.")
    assert (asked.summary.before, asked.summary.after) == (usd("12400.00"), usd("11462.50"))
    assert (asked.summary.mode, asked.summary.percentage) == (Mode.ORDER_PRICE, Decimal("12.50"))
    assert asked.summary.deadline == DEADLINE
    assert audited(desk) == ["adjustment.submitted"]
    assert outbox(desk) == [("adjustment.card", "approvals", 1)]

    desk.now += timedelta(minutes=11)
    done = service.decide(andrew, Verb.APPROVE, asked.key, a_request())
    assert done.state is AdjustmentState.APPLIED
    assert done.summary.closed_by == Person.of(andrew.member)
    assert done.summary.closed_at == desk.now
    assert [approval.by.name for approval in done.summary.approvals] == ["U0Andrew"]
    assert [event.step for event in done.events] == [Step.SUBMITTED, Step.APPROVED, Step.APPLIED]
    assert audited(desk) == ["adjustment.submitted", "adjustment.applied"]
    assert outbox(desk) == [("adjustment.card", "approvals", 2), ("adjustment.outcome", "U0NANCY", 1)]

    details = Orders(desk.database).details(nancy, order)
    assert details.order.amount_after_discount == usd("11462.50")
    assert [item.amount_after_discount for item in details.items] == [usd("7875.00"), usd("3587.50")]
    assert details.discounts == ((DiscountType.ORDER_PRICE_ADJUSTMENT, usd("1637.50")),)


@pytest.mark.parametrize(
    "ask",
    [
        ByAmount(usd("1637.50")),
        ByPercentage(Decimal("12.5")),
        ByNewPrice(usd("11462.50")),
        ByResource((("CS1-0", usd("1125.00")), ("CS1-1", usd("512.50")))),
    ],
)
def test_what_was_judged_comes_back_as_it_was_whatever_way_it_was_asked(desk: Desk, ask: Ask) -> None:
    nancy = desk.salesperson()
    order = desk.order("CS1")
    policy = Policy.of(30, {"evs": 12.5}, [(10, 1), (50, 2)])
    service = desk.adjustments(policy)
    preview = service.preview(nancy, order, ask)
    adjustment = service.submit(nancy, order, ask, "why", a_request())
    assert adjustment.proposal == preview
    assert service.get(nancy, adjustment.key) == adjustment == service.to_tell(adjustment.key)
    assert service.decide(desk.manager(), Verb.APPROVE, adjustment.key, a_request()).proposal == preview


def test_a_later_one_supersedes_the_earlier_one_and_must_be_larger(desk: Desk) -> None:
    nancy, andrew = desk.salesperson(), desk.manager()
    order, service = desk.order(), desk.adjustments()
    first = desk.submitted(nancy, order)
    service.decide(andrew, Verb.APPROVE, first.key, a_request())
    with pytest.raises(Exception, match="NotLargerThanReplaced"):
        service.preview(nancy, order, ByAmount(usd("1637.50")))
    second = service.submit(nancy, order, ByResource((_last_item(desk),)), "more", a_request())
    assert second.proposal.replaced == ((DiscountType.ORDER_PRICE_ADJUSTMENT, usd("1637.50")),)
    service.decide(andrew, Verb.APPROVE, second.key, a_request())
    assert service.get(nancy, first.key).summary.superseded_by == second.key
    assert service.get(nancy, second.key).summary.superseded_by is None
    discounts = desk.rows("SELECT order_line_item_id, discount_type, discount_amount FROM order_discounts")
    assert discounts == [(_last_item(desk)[0], 609, 200_000)]


def _last_item(desk: Desk) -> tuple[str, Money]:
    (item,) = desk.rows("SELECT order_line_item_id FROM order_items ORDER BY key LIMIT 1")
    return str(item[0]), usd("2000.00")


def test_policy_tiers_nobody_one_or_two_different_managers(desk: Desk) -> None:
    desk.policy = TWO_MANAGERS
    nancy, andrew, janet = desk.salesperson(), desk.manager(), desk.manager("U0JANET")
    service = desk.adjustments()
    at_once = desk.submitted(nancy, desk.order(), ByPercentage(Decimal(10)))
    assert (at_once.state, at_once.summary.needed_approvals) == (AdjustmentState.APPLIED, 0)
    assert at_once.summary.closed_by == Person.of(nancy.member)
    assert audited(desk) == ["adjustment.applied"]

    both = desk.submitted(nancy, desk.order(), ByPercentage(Decimal("12.01")))
    assert both.summary.approvals_missing == 2
    half = service.decide(andrew, Verb.APPROVE, both.key, a_request())
    assert (half.state, half.summary.approvals_missing) == (AdjustmentState.PENDING, 1)
    desk.now += timedelta(hours=1)
    with pytest.raises(AlreadyApproved) as twice:
        service.decide(andrew, Verb.APPROVE, both.key, a_request())
    assert twice.value.at == desk.now - timedelta(hours=1)
    assert service.decide(janet, Verb.APPROVE, both.key, a_request()).state is AdjustmentState.APPLIED
    assert audited(desk)[1:] == ["adjustment.submitted", "adjustment.approved", "adjustment.applied"]
    assert steps(desk, both.key) == ["submitted", "approved", "approved", "applied"]


def test_one_manager_suffices_to_reject_even_after_an_approval(desk: Desk) -> None:
    desk.policy = TWO_MANAGERS
    nancy, andrew, janet = desk.salesperson(), desk.manager(), desk.manager("U0JANET")
    order, service = desk.order(), desk.adjustments()
    asked = desk.submitted(nancy, order)
    service.decide(andrew, Verb.APPROVE, asked.key, a_request())
    with pytest.raises(ReasonMissing):
        service.decide(janet, Verb.REJECT, asked.key, a_request(), " \x00 ")
    with pytest.raises(ReasonTooLong):
        service.decide(janet, Verb.REJECT, asked.key, a_request(), "x" * 1001)
    done = service.decide(janet, Verb.REJECT, asked.key, a_request(), "Too much.")
    assert (done.state, done.summary.close_reason) == (AdjustmentState.REJECTED, "Too much.")
    assert outbox(desk)[-1] == ("adjustment.outcome", "U0NANCY", 1)
    assert Orders(desk.database).details(nancy, order).order.amount_after_discount == usd("12400.00")
    assert desk.submitted(nancy, order).number == "PA-1002"


def test_the_requester_and_nobody_else_withdraws(desk: Desk) -> None:
    nancy, andrew = desk.salesperson(), desk.manager()
    service, asked = desk.adjustments(), desk.submitted(nancy, desk.order())
    with pytest.raises(NotTheRequester) as other:
        service.decide(andrew, Verb.WITHDRAW, asked.key, a_request())
    assert other.value.requester.same(Person.of(nancy.member))
    assert service.decide(nancy, Verb.WITHDRAW, asked.key, a_request()).state is AdjustmentState.WITHDRAWN
    with pytest.raises(AlreadyDecided):
        service.decide(nancy, Verb.WITHDRAW, asked.key, a_request())


def test_who_comes_second_is_told_who_decided_and_when(desk: Desk) -> None:
    nancy, andrew, janet = desk.salesperson(), desk.manager(), desk.manager("U0JANET")
    service, asked = desk.adjustments(), desk.submitted(nancy, desk.order())
    service.decide(andrew, Verb.APPROVE, asked.key, a_request())
    decided = desk.now
    desk.now += timedelta(minutes=1)
    acts: list[Callable[[], object]] = [
        lambda: service.decide(janet, Verb.APPROVE, asked.key, a_request()),
        lambda: service.decide(janet, Verb.REJECT, asked.key, a_request(), "no"),
        lambda: service.decide(nancy, Verb.WITHDRAW, asked.key, a_request()),
    ]
    for act in acts:
        with pytest.raises(AlreadyDecided) as late:
            act()
        error = late.value
        assert (error.state, error.at, error.by) == (AdjustmentState.APPLIED, decided, Person.of(andrew.member))
    assert steps(desk, asked.key) == ["submitted", "approved", "applied"]


@pytest.mark.parametrize("roles", [(Role.SALESPERSON, Role.MANAGER), (Role.MANAGER,), (Role.ADMIN,), tuple(Role)])
def test_nobody_decides_their_own_whatever_their_roles(desk: Desk, roles: tuple[Role, ...]) -> None:
    steven = desk.person("U0STEVEN", *roles, account_name="nancy")
    service, asked = desk.adjustments(), desk.submitted(steven, desk.order())
    with pytest.raises(OwnAdjustment):
        service.decide(steven, Verb.APPROVE, asked.key, a_request())
    with pytest.raises(OwnAdjustment):
        service.decide(steven, Verb.REJECT, asked.key, a_request(), "no")
    assert service.get(steven, asked.key).state is AdjustmentState.PENDING
    assert (
        service.decide(desk.person("U0OTHER", Role.ADMIN), Verb.APPROVE, asked.key, a_request()).state
        is AdjustmentState.APPLIED
    )


def test_a_salesperson_decides_nothing_and_what_is_not_theirs_is_not_there(desk: Desk) -> None:
    nancy, robert = desk.salesperson(), desk.salesperson("robert")
    steven = desk.person("U0STEVEN", Role.SALESPERSON, Role.ADMIN)
    service = desk.adjustments()
    order = desk.order()
    asked = desk.submitted(steven, order)
    for actor, refusal in ((nancy, NotPermitted), (robert, AdjustmentNotFound)):
        with pytest.raises(refusal):
            service.decide(actor, Verb.APPROVE, asked.key, a_request())
        with pytest.raises(refusal):
            service.decide(actor, Verb.REJECT, asked.key, a_request(), "no")
    with pytest.raises(AdjustmentNotFound):
        service.decide(robert, Verb.WITHDRAW, asked.key, a_request())
    with pytest.raises(AdjustmentNotFound):
        service.get(robert, asked.key)
    with pytest.raises(AdjustmentNotFound):
        service.decide(steven, Verb.APPROVE, 999, a_request())
    with pytest.raises(NotPermitted):
        service.waiting_for(nancy)
    with pytest.raises(OrderNotFound):
        service.preview(robert, order, ByAmount(usd("1.00")))
    with pytest.raises(OrderNotFound):
        desk.submitted(robert, order)
    with pytest.raises(OrderNotFound):
        service.history(robert, order)
    with pytest.raises(OrderNotFound):
        service.why_not_adjustable(robert, order)


def test_roles_and_reach_are_those_of_the_moment_of_the_write(desk: Desk) -> None:
    nancy, andrew = desk.salesperson(), desk.manager()
    order, service = desk.order(), desk.adjustments()
    asked = desk.submitted(nancy, order)
    desk.person("U0ANDREW", Role.SALESPERSON, account_name="nancy")
    with pytest.raises(NotPermitted):
        service.decide(andrew, Verb.APPROVE, asked.key, a_request())
    desk.person("U0ANDREW", Role.SALESPERSON, account_name="elsewhere")
    with pytest.raises(AdjustmentNotFound):
        service.decide(andrew, Verb.APPROVE, asked.key, a_request())
    desk.change("DELETE FROM members WHERE slack_user_id IN ('U0ANDREW', 'U0NANCY')")
    with pytest.raises(NotAMember):
        service.decide(andrew, Verb.APPROVE, asked.key, a_request())
    with pytest.raises(NotAMember):
        service.decide(nancy, Verb.WITHDRAW, asked.key, a_request())
    with pytest.raises(NotAMember):
        desk.submitted(nancy, order)


def test_a_deadline_that_passed_expires_it_by_the_clock_or_by_the_click_that_finds_it(desk: Desk) -> None:
    nancy, andrew = desk.salesperson(), desk.manager()
    service = desk.adjustments()
    first, second, third = (desk.submitted(nancy, desk.order()) for _ in range(3))
    assert service.expire_due(DEADLINE - timedelta(seconds=1)) == ()
    desk.now = DEADLINE
    by_click = service.decide(andrew, Verb.APPROVE, first.key, a_request())
    assert (by_click.state, by_click.summary.closed_by) == (AdjustmentState.EXPIRED, None)
    assert service.decide(andrew, Verb.REJECT, second.key, a_request(), "no").state is AdjustmentState.EXPIRED
    assert service.expire_due(desk.now) == (third.key,)
    assert service.expire_due(desk.now) == ()
    with pytest.raises(AlreadyDecided) as late:
        service.decide(andrew, Verb.APPROVE, third.key, a_request())
    assert (late.value.state, late.value.by, late.value.at) == (AdjustmentState.EXPIRED, None, DEADLINE)
    assert [kind for kind, _, _ in outbox(desk)].count("adjustment.outcome") == 3
    assert audited(desk).count("adjustment.expired") == 3


def test_an_extended_deadline_extends_the_wait(desk: Desk) -> None:
    nancy, andrew = desk.salesperson(), desk.manager()
    service, asked = desk.adjustments(), desk.submitted(nancy, desk.order())
    later = DEADLINE + timedelta(days=1)
    value = f"'{later.isoformat()}'" if not desk.database.sqlite else str(int(later.timestamp() * 1_000_000))
    desk.change(f"UPDATE orders SET pending_payment_end_time = {value}")
    desk.now = DEADLINE
    assert service.expire_due(desk.now) == ()
    assert service.get(nancy, asked.key).summary.deadline == later
    assert service.decide(andrew, Verb.APPROVE, asked.key, a_request()).state is AdjustmentState.APPLIED


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE orders SET status = 5",
        "UPDATE orders SET status = 4",
        "UPDATE orders SET amount_after_discount = 1230000",
        "UPDATE orders SET coupon_amount = 100",
        "UPDATE order_items SET discountable = false",
        "UPDATE order_items SET subscription_num = 2",
        "UPDATE order_items SET official_amount = official_amount + 1",
        "UPDATE order_discounts SET discount_type = 607",
        "UPDATE customers SET association_type = 3",
        "UPDATE customers SET reseller_id = 'NW'",
        "DELETE FROM order_items WHERE official_amount = 410000",
    ],
)
def test_an_order_that_has_changed_makes_it_stale_and_is_not_touched(desk: Desk, change: str) -> None:
    nancy, andrew = desk.salesperson(), desk.manager()
    service, asked = desk.adjustments(), desk.submitted(nancy, desk.order())
    desk.change(change)
    kept = {table: desk.rows(f"SELECT * FROM {table} ORDER BY key") for table in _OF_ORDERS}
    done = service.decide(andrew, Verb.APPROVE, asked.key, a_request())
    assert done.state is AdjustmentState.STALE
    assert {table: desk.rows(f"SELECT * FROM {table} ORDER BY key") for table in _OF_ORDERS} == kept
    assert done.proposal == asked.proposal
    with desk.database.read() as connection:
        present = find_priced_order(connection, EVERYTHING, asked.summary.order_key)
    assert present is not None
    assert done.found == present.picture
    assert audited(desk)[-1] == "adjustment.stale"
    assert outbox(desk)[-1] == ("adjustment.outcome", "U0NANCY", 1)


_OF_ORDERS = ("orders", "order_items", "order_discounts")


def test_a_policy_that_changed_meanwhile_does_not_matter_to_what_was_submitted(desk: Desk) -> None:
    nancy, andrew = desk.salesperson(), desk.manager()
    asked = desk.submitted(nancy, desk.order())
    done = desk.adjustments(Policy.of(1, tiers=[(100, 2)])).decide(andrew, Verb.APPROVE, asked.key, a_request())
    assert (done.state, done.proposal.policy) == (AdjustmentState.APPLIED, Policy())


def test_a_request_that_comes_again_has_one_effect_and_the_same_answer(desk: Desk) -> None:
    nancy, andrew = desk.salesperson(), desk.manager()
    order, service = desk.order(), desk.adjustments()
    ask = ByAmount(usd("1637.50"))
    first = service.submit(nancy, order, ask, "why", "draft 1")
    assert service.submit(nancy, order, ask, "why", "draft 1") == first
    done = service.decide(andrew, Verb.APPROVE, first.key, "click 1")
    assert service.decide(andrew, Verb.APPROVE, first.key, "click 1") == done
    assert service.submit(nancy, order, ask, "why", "draft 1") == done
    assert steps(desk, first.key) == ["submitted", "approved", "applied"]
    assert len(audited(desk)) == 2
    with pytest.raises(AlreadyDecided):
        service.decide(andrew, Verb.APPROVE, first.key, "click 2")


def test_a_refused_request_may_be_made_again_and_anothers_key_is_not_ones_own(desk: Desk) -> None:
    nancy, steven = desk.salesperson(), desk.person("U0STEVEN", Role.ADMIN)
    order, service = desk.order(), desk.adjustments()
    with pytest.raises(OverMaximum):
        service.submit(nancy, order, ByAmount(usd("5000.00")), "why", "draft")
    first = service.submit(nancy, order, ByAmount(usd("1000.00")), "why", "draft")
    second = service.submit(steven, desk.order(), ByAmount(usd("1000.00")), "why", "draft")
    assert first.key != second.key


def test_one_undecided_adjustment_at_a_time(desk: Desk) -> None:
    nancy = desk.salesperson()
    order, service = desk.order(), desk.adjustments()
    assert service.why_not_adjustable(nancy, order) is None
    asked = desk.submitted(nancy, order)
    with pytest.raises(NotAdjustable) as refusal:
        desk.submitted(nancy, order)
    assert (refusal.value.bar, refusal.value.undecided) == (Bar.UNDECIDED, asked.key)
    bar = service.why_not_adjustable(nancy, order)
    assert bar is not None
    assert bar.bar is Bar.UNDECIDED


def test_the_conditional_write_decides_even_for_who_did_not_look(desk: Desk) -> None:
    asked = desk.submitted(desk.salesperson(), desk.order())
    with desk.database.write() as connection:
        first = close_adjustment(
            connection, asked.key, Verb.REJECT, AdjustmentState.REJECTED, desk.now, None, "no", None
        )
        second = close_adjustment(
            connection, asked.key, Verb.APPROVE, AdjustmentState.APPLIED, desk.now, None, "", None
        )
    assert (first, second) == (True, False)


def test_who_decides_on_an_old_look_is_told_who_was_faster(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    nancy, andrew, janet = desk.salesperson(), desk.manager(), desk.manager("U0JANET")
    service, asked = desk.adjustments(), desk.submitted(nancy, desk.order())
    service.decide(andrew, Verb.APPROVE, asked.key, a_request())
    monkeypatch.setattr(adjustments, "check_may", lambda _verb, _actor, _adjustment: None)
    acts: list[Callable[[], object]] = [
        lambda: service.decide(janet, Verb.APPROVE, asked.key, a_request()),
        lambda: service.decide(janet, Verb.REJECT, asked.key, a_request(), "no"),
    ]
    for act in acts:
        with pytest.raises(AlreadyDecided) as late:
            act()
        assert late.value.by == Person.of(andrew.member)
    assert steps(desk, asked.key) == ["submitted", "approved", "applied"]


def test_of_two_clocks_one_expires_and_one_reminds(desk: Desk) -> None:
    service, asked = desk.adjustments(), desk.submitted(desk.salesperson(), desk.order())
    later = desk.now + timedelta(hours=4)
    assert [service._remind(asked.key, later) for _ in range(2)] == [True, False]
    assert [service._expire(asked.key, DEADLINE) for _ in range(2)] == [True, False]
    assert not service._expire(999, DEADLINE)


def test_a_price_is_written_to_no_order_but_the_one_that_was_judged(desk: Desk) -> None:
    asked = desk.submitted(desk.salesperson(), desk.order())
    order_key = asked.summary.order_key
    desk.change("UPDATE orders SET amount_after_discount = 1")
    before = {table: desk.rows(f"SELECT * FROM {table} ORDER BY key") for table in _OF_ORDERS}
    with desk.database.write() as connection:
        assert not apply_proposal(connection, order_key, asked.key, asked.proposal)
    assert {table: desk.rows(f"SELECT * FROM {table} ORDER BY key") for table in _OF_ORDERS} == before


def test_what_came_of_a_submission_is_known_by_its_request(desk: Desk) -> None:
    nancy, service = desk.salesperson(), desk.adjustments()
    asked = service.submit(nancy, desk.order(), ByAmount(usd("1000.00")), "why", "draft")
    assert service.submitted(nancy, "draft") == asked
    assert service.submitted(nancy, "other") is None
    assert service.submitted(desk.manager(), "draft") is None


def test_the_form_shows_the_maxima_and_the_policy(desk: Desk) -> None:
    nancy, order = desk.salesperson(), desk.order()
    form = desk.adjustments().form(nancy, order)
    assert form.maximum == usd("3930.00")
    assert form.maxima == (usd("2700.00"), usd("1230.00"))
    assert (form.order.key, form.order.deadline, form.policy) == (order, DEADLINE, Policy())


def test_the_policy_is_audited_when_it_changes(desk: Desk) -> None:
    assert desk.adjustments().note_policy()
    assert not desk.adjustments().note_policy()
    assert desk.adjustments(Policy.of(20)).note_policy()
    assert audited(desk) == ["policy.set", "policy.set"]
