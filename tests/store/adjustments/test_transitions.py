"""The table of transitions against what the services do: every verb, in every state, by everybody; and the indexes."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import Table

from store.domain.adjustments.adjustment import Adjustment
from store.domain.adjustments.errors import AlreadyApproved, AlreadyDecided, NotTheRequester, OwnAdjustment
from store.domain.adjustments.policy import Policy
from store.domain.adjustments.states import OUTCOMES, UNDECIDED, AdjustmentState, Step
from store.domain.adjustments.transitions import TRANSITIONS, Transition, Verb, Whose, check_may, may
from store.domain.errors import DomainError
from store.domain.people import CAPABILITIES, Actor, NotPermitted, Role
from store.tables import AdjustmentEventRow, AdjustmentRow
from tests.support.adjusting import DEADLINE, Desk, a_request

PEOPLES = [verb for verb in Verb if TRANSITIONS[verb].whose is not Whose.CLOCK]
REQUESTER = "U0NANCY"


def in_state(desk: Desk, requester: Actor, state: AdjustmentState) -> Adjustment:
    """An adjustment that one of two managers has approved, in that state by the services' own doing."""
    order, service = desk.order(), desk.adjustments()
    first, last = desk.manager("U0FIRST"), desk.manager("U0LAST")
    key = desk.submitted(requester, order).key
    service.decide(first, Verb.APPROVE, key, a_request())
    match state:
        case AdjustmentState.PENDING:
            pass
        case AdjustmentState.APPLIED:
            service.decide(last, Verb.APPROVE, key, a_request())
        case AdjustmentState.STALE:
            desk.change(f"UPDATE orders SET coupon_amount = coupon_amount + 1 WHERE key = {order}")
            service.decide(last, Verb.APPROVE, key, a_request())
        case AdjustmentState.REJECTED:
            service.decide(last, Verb.REJECT, key, a_request(), "no")
        case AdjustmentState.WITHDRAWN:
            service.decide(requester, Verb.WITHDRAW, key, a_request())
        case AdjustmentState.EXPIRED:
            assert service.expire_due(DEADLINE) == (key,)
    adjustment = service.to_tell(key)
    assert adjustment.state is state
    return adjustment


def refusal(transition: Transition, who: Actor, state: AdjustmentState) -> type[DomainError] | None:
    """What the row says, read once more."""
    own = who.member.slack_user_id == REQUESTER
    if not any(transition.capability in CAPABILITIES[role] for role in who.member.roles):
        return NotPermitted
    if transition.whose is not (Whose.OWN if own else Whose.ANOTHERS):
        return OwnAdjustment if own else NotTheRequester
    if state not in transition.sources:
        return AlreadyDecided
    return AlreadyApproved if transition.counted and who.member.slack_user_id == "U0FIRST" else None


@pytest.mark.parametrize("state", AdjustmentState)
@pytest.mark.parametrize("verb", PEOPLES)
def test_the_services_do_what_the_table_says(desk: Desk, verb: Verb, state: AdjustmentState) -> None:
    desk.policy = Policy.of(30, tiers=[(100, 2)])
    for roles in ([Role.SALESPERSON], [Role.SALESPERSON, Role.MANAGER], [Role.SALESPERSON, Role.ADMIN]):
        for user in (REQUESTER, "U0OTHER", "U0FIRST"):
            requester = desk.person(REQUESTER, *roles, account_name="nancy")
            adjustment = in_state(desk, requester, state)
            who = desk.person(user, *roles, account_name="nancy")
            wanted = refusal(TRANSITIONS[verb], who, state)
            assert may(verb, who, adjustment.summary) is (wanted is None)
            if wanted is not None:
                with pytest.raises(wanted):
                    desk.adjustments().decide(who, verb, adjustment.key, a_request(), "why")
                assert desk.adjustments().to_tell(adjustment.key) == adjustment
            else:
                done = desk.adjustments().decide(who, verb, adjustment.key, a_request(), "why")
                assert done.state in TRANSITIONS[verb].leads_to
                assert (done.summary.close_reason == "why") is TRANSITIONS[verb].needs_reason
            desk.change("UPDATE adjustments SET state = 'withdrawn' WHERE state = 'pending'")


@pytest.mark.parametrize("verb", PEOPLES)
def test_what_comes_after_the_deadline_expires_it_where_it_has_to_be_in_time(desk: Desk, verb: Verb) -> None:
    asked = desk.submitted(desk.salesperson(), desk.order())
    who = desk.salesperson() if TRANSITIONS[verb].whose is Whose.OWN else desk.manager()
    desk.now = DEADLINE + timedelta(seconds=1)
    state = desk.adjustments().decide(who, verb, asked.key, a_request(), "why").state
    assert (state is AdjustmentState.EXPIRED) is TRANSITIONS[verb].in_time
    assert state in (*TRANSITIONS[verb].leads_to, AdjustmentState.EXPIRED)


def test_nobody_does_what_is_the_clocks(desk: Desk) -> None:
    asked = desk.submitted(desk.salesperson(), desk.order())
    for verb in set(Verb) - set(PEOPLES):
        with pytest.raises(ValueError, match="clock"):
            check_may(verb, desk.manager(), asked.summary)


def test_the_table_leads_to_every_outcome_and_out_of_none() -> None:
    assert set(TRANSITIONS) == set(Verb)
    assert {state for row in TRANSITIONS.values() for state in row.leads_to} >= set(OUTCOMES)
    assert set(UNDECIDED) | set(OUTCOMES) == set(AdjustmentState)
    for verb, row in TRANSITIONS.items():
        assert row.sources <= set(UNDECIDED)
        assert (row.capability is None) is (row.whose is Whose.CLOCK)
        # The service asks the row which outcome it brings, or counts.
        assert row.counted or len(row.leads_to) == 1, verb
        assert set(row.leads_to) <= set(OUTCOMES) or row.counted
    assert all(Step(outcome.value) for outcome in OUTCOMES)


def named_in(table: Table, index: str) -> set[str]:
    """The values that the condition of a partial index names."""
    (found,) = (one for one in table.indexes if one.name == index)
    for dialect in ("sqlite", "postgresql"):
        assert str(found.dialect_options[dialect]["where"]) == str(found.dialect_options["sqlite"]["where"])
    return set(re.findall("'([a-z]+)'", str(found.dialect_options["sqlite"]["where"])))


def test_the_partial_indexes_are_those_of_the_table() -> None:
    adjustments, events = AdjustmentRow.__table__, AdjustmentEventRow.__table__
    assert isinstance(adjustments, Table)
    assert isinstance(events, Table)
    assert named_in(adjustments, "uq_adjustments_undecided") == set(UNDECIDED)
    assert named_in(adjustments, "ix_adjustments_reminder") == set(UNDECIDED)
    assert named_in(events, "uq_adjustment_events_outcome") == set(OUTCOMES)
    assert named_in(events, "uq_adjustment_events_approval") == {Step.APPROVED}
