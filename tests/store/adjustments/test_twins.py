"""Rules that stand twice, in Python for one adjustment and in SQL for many: whatever the facts, both say the same."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, insert, update

from store.database import Database
from store.domain.adjustments.adjustment import has_expired
from store.domain.adjustments.errors import Bar
from store.domain.adjustments.policy import Policy
from store.domain.adjustments.states import AdjustmentState, Step
from store.domain.adjustments.transitions import Verb, may
from store.domain.orders.customers import AssociationType
from store.domain.orders.errors import OrderNotFound
from store.domain.orders.order import OrderStatus, OrderType
from store.domain.people import Actor, Role
from store.services.adjustments.adjustments import Adjustments
from store.tables import AdjustmentEventRow, AdjustmentRow, CustomerRow, MemberRow, OrderRow
from tests.support.adjusting import Desk
from tests.support.builders import NOON
from tests.support.effort import effort

FACTS = settings(max_examples=effort(60, 5_000), deadline=None)
_OF_ITEMS = (Bar.NOTHING_DISCOUNTABLE, Bar.NO_ROOM)
"""What only the items tell, which a list does not look at."""
states = st.sampled_from(AdjustmentState)
moments = st.none() | st.sampled_from([-1, 0, 1]).map(lambda seconds: NOON + timedelta(seconds=seconds))


@dataclass
class Place:
    """One order of Nancy's with one adjustment, whose facts each example changes."""

    desk: Desk
    order: int
    adjustment: int
    people: dict[str, Actor]
    service: Adjustments

    def set(self, state: AdjustmentState, deadline: datetime | None) -> None:
        """As if nothing had happened to it before."""
        with self.desk.database.write() as connection:
            connection.execute(delete(AdjustmentEventRow))
            connection.execute(update(AdjustmentRow).values(state=state, deadline=deadline))
            connection.execute(update(OrderRow).values(pending_payment_end_time=deadline))


@pytest.fixture
def place(database: Database) -> Place:
    desk = Desk(database, Policy.of(30, tiers=[(100, 2)]))
    people = {
        "nancy": desk.salesperson("nancy"),
        "robert": desk.salesperson("robert"),
        "andrew": desk.manager("U0ANDREW"),
        "janet": desk.person("U0JANET", Role.ADMIN),
        "steven": desk.person("U0STEVEN", Role.SALESPERSON, Role.MANAGER, account_name="robert"),
    }
    order = desk.order()
    return Place(desk, order, desk.submitted(people["nancy"], order).key, people, desk.adjustments())


PEOPLE = st.sampled_from(["nancy", "robert", "andrew", "janet", "steven"])


@FACTS
@given(
    who=PEOPLE,
    state=states,
    deadline=moments,
    status=st.sampled_from([OrderStatus.PENDING_PAYMENT] * 5 + list(OrderStatus)),
    order_type=st.sampled_from([OrderType.PURCHASE, OrderType.RENEWAL, OrderType.UNSUBSCRIPTION]),
    association=st.sampled_from(AssociationType),
    reseller=st.sampled_from([None, None, "R1"]),
)
def test_a_list_and_the_form_agree_on_what_may_be_adjusted(
    place: Place,
    who: str,
    state: AdjustmentState,
    deadline: datetime | None,
    status: OrderStatus,
    order_type: OrderType,
    association: AssociationType,
    reseller: str | None,
) -> None:
    place.set(state, deadline)
    with place.desk.database.write() as connection:
        order = {"status": status, "order_type": order_type, "resellers": reseller is not None}
        connection.execute(update(OrderRow).values(order))
        connection.execute(update(CustomerRow).values(association_type=association, reseller_id=reseller))
    actor = place.people[who]
    try:
        bar = place.service.why_not_adjustable(actor, place.order)
        expected = bar is None or bar.bar in _OF_ITEMS
    except OrderNotFound:
        expected = False
    assert (place.order in place.service.adjustable(actor, [place.order])) is expected


@FACTS
@given(
    who=st.sampled_from(["andrew", "janet", "steven"]),
    requester=PEOPLE,
    approved=st.none() | PEOPLE,
    state=st.sampled_from([AdjustmentState.PENDING] * 5 + list(AdjustmentState)),
    deadline=moments,
)
def test_what_waits_for_a_manager_is_what_they_may_approve_in_time(
    place: Place,
    who: str,
    requester: str,
    approved: str | None,
    state: AdjustmentState,
    deadline: datetime | None,
) -> None:
    place.set(state, deadline)
    with place.desk.database.write() as connection:
        asker = place.people[requester].member.slack_user_id
        connection.execute(update(AdjustmentRow).values(requester=asker))
        if approved:
            approval = {"adjustment_key": place.adjustment, "step": Step.APPROVED, "at": NOON, "reason": ""}
            by = place.people[approved].member
            approval |= {"team_id": by.team_id, "slack_user_id": by.slack_user_id, "name": by.name}
            connection.execute(insert(AdjustmentEventRow), approval)
    actor, summary = place.people[who], place.service.to_tell(place.adjustment).summary
    expected = may(Verb.APPROVE, actor, summary) and not has_expired(summary, NOON)
    assert [row.key for row in place.service.waiting_for(actor).rows] == [place.adjustment] * expected
    due = place.service.expire_due(NOON)
    assert (due == (place.adjustment,)) is (summary.pending and has_expired(summary, NOON))


@FACTS
@given(
    roles=st.sets(st.sampled_from(Role)),
    account=st.sampled_from(["nancy", "NANCY", " Nancy", "ｎａｎｃｙ", "náncy", "janet"]),
    others=st.booleans(),
)
def test_whether_the_requester_sees_the_order_goes_by_the_reach_they_have_now(
    place: Place, roles: set[Role], account: str, others: bool
) -> None:
    with place.desk.database.write() as connection:
        connection.execute(delete(MemberRow))
    if others:
        place.desk.manager()
    sees = not others and not roles
    if roles:
        sees = place.desk.person("U0NANCY", *roles, account_name=account).reach.covers("nancy")
    founding = Adjustments(place.desk.database, lambda: NOON, Policy(), admins=frozenset({"U0NANCY"}))
    assert founding.to_tell(place.adjustment).summary.requester_sees is sees
    assert founding.requester_sees(place.adjustment) is sees
