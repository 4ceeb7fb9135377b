"""What becomes of a decision: counted, applied or found stale, or ended by one conditional write."""

from __future__ import annotations

from store.domain.adjustments.adjustment import Adjustment, still_holds
from store.domain.adjustments.errors import AdjustmentNotFound, AlreadyDecided
from store.domain.adjustments.pricing import OrderPicture
from store.domain.adjustments.states import AdjustmentState, Step
from store.domain.adjustments.transitions import TRANSITIONS, Verb, already_decided
from store.domain.people import EVERYTHING
from store.queries.adjustments.read import find_adjustment
from store.queries.adjustments.write import (
    add_event,
    apply_proposal,
    close_adjustment,
    count_approval,
    find_priced_order,
    list_superseded,
)
from store.services.acting import Act
from store.services.adjustments import records


def count(act: Act, adjustment: Adjustment) -> None:
    """Counts the approval, and concludes with the last one that is needed. Raises AlreadyDecided."""
    approvals = count_approval(act.connection, adjustment.key)
    if approvals is None:
        raise _lost(act, adjustment)
    add_event(act.connection, adjustment.key, Step.APPROVED, act.at, act.person)
    if approvals >= adjustment.summary.needed_approvals:
        conclude(act, adjustment)
        return
    records.show_card(act.connection, adjustment.key)
    records.tell_approval(act, adjustment, approvals)
    records.audit(act, adjustment, Step.APPROVED)


def conclude(act: Act, adjustment: Adjustment) -> None:
    """Applies it to the order as it stands, or finds it stale. Raises AlreadyDecided."""
    order = find_priced_order(act.connection, EVERYTHING, adjustment.summary.order_key)
    if (
        order is not None
        and still_holds(adjustment.proposal, order, act.at)
        and apply_proposal(act.connection, order.key, adjustment.key, adjustment.proposal)
    ):
        for superseded in list_superseded(act.connection, order.key, adjustment.key):
            records.show_card(act.connection, superseded)
        _end(act, adjustment, Verb.APPROVE, AdjustmentState.APPLIED)
    else:
        _end(act, adjustment, Verb.APPROVE, AdjustmentState.STALE, found=order.picture if order else None)


def close(act: Act, adjustment: Adjustment, verb: Verb, reason: str = "") -> None:
    """Brings the one outcome of that verb. Raises AlreadyDecided."""
    (outcome,) = TRANSITIONS[verb].leads_to
    _end(act, adjustment, verb, outcome, reason)


def _end(
    act: Act,
    adjustment: Adjustment,
    verb: Verb,
    outcome: AdjustmentState,
    reason: str = "",
    found: OrderPicture | None = None,
) -> None:
    if not close_adjustment(act.connection, adjustment.key, verb, outcome, act.at, act.person, reason, found):
        raise _lost(act, adjustment)
    step = Step(outcome.value)
    add_event(act.connection, adjustment.key, step, act.at, act.person, reason)
    records.show_card(act.connection, adjustment.key)
    records.tell_outcome(act, adjustment)
    records.audit(act, adjustment, step, reason, found)


def _lost(act: Act, adjustment: Adjustment) -> AlreadyDecided:
    """Who was faster."""
    present = find_adjustment(act.connection, EVERYTHING, adjustment.key)
    if present is None:
        raise AdjustmentNotFound
    return already_decided(present.summary)
