"""Which orders' prices may be adjusted, by whom, until when; and the founding admins of a desk without members."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.database import Database
from store.domain.adjustments.adjustment import (
    REASON_MAX,
    Mode,
    PricedOrder,
    checked_reason,
    next_reminder,
    number_of,
    still_holds,
    why_not_adjustable,
)
from store.domain.adjustments.errors import Bar, ReasonMissing, ReasonTooLong
from store.domain.adjustments.policy import Policy
from store.domain.adjustments.pricing import ByAmount, propose
from store.domain.adjustments.states import AdjustmentState
from store.domain.orders.customers import AssociationType
from store.domain.orders.order import OrderStatus, OrderType
from store.domain.people import Actor, Member, NotAMember, Person, Role
from store.services.adjustments.adjustments import Adjustments
from tests.support.adjusting import DEADLINE, Desk, a_request
from tests.support.amounts import usd
from tests.support.builders import NOON
from tests.support.people import TEAM, a_manager, a_salesperson, an_admin
from tests.support.pictures import a_picture, an_item

ORDER = PricedOrder(
    key=1,
    picture=a_picture(an_item("1", usd("100.00"), less=500), an_item("2", usd("50.00"))),
    order_type=OrderType.PURCHASE,
    association_type=AssociationType.REFERRAL,
    resellers=False,
    deadline=DEADLINE,
    customer_name="Acme",
    service_type_name="ECS",
)


def bar(order: PricedOrder, *, undecided: int | None = None, policy: Policy | None = None) -> Bar | None:
    found = why_not_adjustable(order, a_salesperson(), undecided, policy or Policy(), NOON)
    return found.bar if found else None


def test_a_pending_order_of_a_referral_customer_may_be_adjusted_by_every_role() -> None:
    for actor in (a_salesperson(), a_manager(), an_admin()):
        assert why_not_adjustable(ORDER, actor, None, Policy(), NOON) is None


@pytest.mark.parametrize("status", [status for status in OrderStatus if status is not OrderStatus.PENDING_PAYMENT])
def test_no_other_status_will_do(status: OrderStatus) -> None:
    found = why_not_adjustable(
        replace(ORDER, picture=replace(ORDER.picture, status=status)), a_salesperson(), None, Policy(), NOON
    )
    assert found is not None
    assert (found.bar, found.status) == (Bar.STATUS, status)


@pytest.mark.parametrize(
    ("order", "wanted"),
    [
        (replace(ORDER, deadline=NOON), Bar.DEADLINE_PASSED),
        (replace(ORDER, deadline=NOON + timedelta(seconds=1)), None),
        (replace(ORDER, deadline=None), None),
        (replace(ORDER, association_type=AssociationType.RESELLER), Bar.RESELLER_ASSOCIATION),
        (replace(ORDER, resellers=True), Bar.RESELLERS_CUSTOMER),
        (replace(ORDER, order_type=OrderType.UNSUBSCRIPTION), Bar.UNSUBSCRIPTION),
        (replace(ORDER, order_type=OrderType.RENEWAL), None),
        (replace(ORDER, picture=a_picture(an_item("1", usd("9.00"), discountable=False))), Bar.NOTHING_DISCOUNTABLE),
        (replace(ORDER, picture=a_picture(an_item("1", usd("10.00"), less=300))), Bar.NO_ROOM),
        (replace(ORDER, picture=a_picture(an_item("1", usd("10.00"), less=299))), None),
    ],
)
def test_the_orders_own_rules(order: PricedOrder, wanted: Bar | None) -> None:
    assert bar(order) is wanted


def test_one_undecided_at_a_time_and_a_policy_of_nothing_leaves_nothing() -> None:
    found = why_not_adjustable(ORDER, a_salesperson(), 7, Policy(), NOON)
    assert found is not None
    assert (found.bar, found.undecided) == (Bar.UNDECIDED, 7)
    assert bar(ORDER, policy=Policy.of(0)) is Bar.NOTHING_DISCOUNTABLE


class _NoRoles(Actor):
    """Nobody of this kind gets so far; the rule stands all the same."""

    def can(self, capability: object) -> bool:  # noqa: ARG002
        return False


def test_without_the_role_there_is_no_form() -> None:
    found = why_not_adjustable(ORDER, _NoRoles(a_salesperson().member), None, Policy(), NOON)
    assert found is not None
    assert found.bar is Bar.ROLE


PROPOSAL = propose(ORDER.picture, ByAmount(usd("20.00")), Policy())


@pytest.mark.parametrize(
    ("order", "holds"),
    [
        (ORDER, True),
        (replace(ORDER, deadline=None), True),
        (replace(ORDER, customer_name="Acme Ltd"), True),
        (replace(ORDER, deadline=NOON), False),
        (replace(ORDER, resellers=True), False),
        (replace(ORDER, picture=replace(ORDER.picture, status=OrderStatus.COMPLETED)), False),
        (replace(ORDER, picture=replace(ORDER.picture, items=ORDER.picture.items[::-1])), False),
        (replace(ORDER, picture=replace(ORDER.picture, coupons_and_cards=usd("0.01"))), False),
    ],
)
def test_what_was_judged_holds_as_long_as_nothing_has_changed_that_it_was_judged_on(
    order: PricedOrder, holds: bool
) -> None:
    assert still_holds(PROPOSAL, order, NOON) is holds


def test_figures_that_nobody_could_get_today_do_not_hold() -> None:
    swapped = replace(PROPOSAL, items=tuple(replace(item, discount=usd("10.00")) for item in PROPOSAL.items))
    assert not still_holds(swapped, ORDER, NOON)
    assert not still_holds(replace(PROPOSAL, policy=Policy.of(1)), ORDER, NOON)


def test_reasons_are_wanted_and_bounded() -> None:
    assert checked_reason(" they\x00 sign \n") == "they sign"
    assert len(checked_reason("x" * REASON_MAX)) == REASON_MAX
    for text in ("", " \n", "\x00", "\u200b", "\u202e \ufeff"):
        with pytest.raises(ReasonMissing):
            checked_reason(text)
    with pytest.raises(ReasonTooLong) as refusal:
        checked_reason("x" * (REASON_MAX + 1))
    assert (refusal.value.length, refusal.value.longest) == (REASON_MAX + 1, REASON_MAX)


@given(st.integers(1, 10**6), st.integers(1, 10**5), st.integers(0, 10**6))
def test_the_next_reminder_is_ahead_of_now_and_before_the_deadline(length: int, after: int, passed: int) -> None:
    deadline, now = NOON + timedelta(seconds=length), NOON + timedelta(seconds=passed)
    found = next_reminder(NOON, deadline, timedelta(seconds=after), now)
    moments = {NOON + timedelta(seconds=after), deadline - timedelta(seconds=length) / 4}
    left = [moment for moment in moments if now < moment < deadline]
    assert found == min(left, default=None)


def test_names_and_numbers() -> None:
    assert number_of(42) == "PA-1042"
    assert [mode.label for mode in Mode] == ["Adjust Order Price", "Adjust Resource Price"]
    assert AdjustmentState.STALE.label == "Stale"
    nancy = Person(TEAM, "U0NANCY", "Nancy")
    assert nancy.same(Person(TEAM, "U0NANCY", "Nancy Davolio"))
    assert not nancy.same(Person("T0OTHER", "U0NANCY", "Nancy"))


def test_the_founding_admin_may_submit_until_there_are_members(desk: Desk) -> None:
    founder = Actor(Member(TEAM, "U0FOUNDER", "Founder", "", frozenset({Role.ADMIN})))
    order = desk.order()
    service = Adjustments(desk.database, lambda: desk.now, Policy(), admins=frozenset({"U0FOUNDER"}))
    ask = ByAmount(usd("1000.00"))
    assert service.submit(founder, order, ask, "why", a_request()).proposal.percentage == Decimal("7.63")
    desk.manager()
    with pytest.raises(NotAMember):
        service.submit(founder, desk.order(), ask, "why", a_request())


def test_a_list_says_which_of_its_orders_may_be_adjusted(database: Database) -> None:
    desk = Desk(database)
    nancy, robert = desk.salesperson(), desk.salesperson("robert")
    free, taken, paid = desk.order(), desk.order(), desk.order()
    desk.submitted(nancy, taken)
    desk.change(f"UPDATE orders SET status = 5 WHERE key = {paid}")
    service = desk.adjustments()
    assert service.adjustable(nancy, [free, taken, paid, 999]) == {free}
    assert service.adjustable(robert, [free, taken, paid]) == frozenset()
    assert service.adjustable(nancy, []) == frozenset()
