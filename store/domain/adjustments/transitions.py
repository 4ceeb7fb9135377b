"""The one table of what can be done with an adjustment: by whom, from which states, and where it leads. Pure.

Buttons, routes, checks and conditional writes follow from it. The words are beside the screens.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from store.domain.adjustments.adjustment import AdjustmentSummary
from store.domain.adjustments.errors import AlreadyApproved, AlreadyDecided, NotTheRequester, OwnAdjustment
from store.domain.adjustments.states import AdjustmentState
from store.domain.errors import DomainError
from store.domain.people import Actor, Capability, Person


class Verb(StrEnum):
    """What is done with an adjustment; buttons, requests and forms are named by it."""

    APPROVE = "approve"
    REJECT = "reject"
    WITHDRAW = "withdraw"
    EXPIRE = "expire"


class Whose(StrEnum):
    """Who may do it."""

    OWN = "own"
    """The requester alone."""
    ANOTHERS = "another's"
    """Anybody but the requester."""
    CLOCK = "the clock's"
    """Nobody: the time brings it."""


@dataclass(frozen=True, slots=True)
class Transition:
    """A row of the table."""

    sources: frozenset[AdjustmentState]
    """The states in which it is done: the conditional write accepts these alone."""
    leads_to: tuple[AdjustmentState, ...]
    """The states that it may lead to; a single one where nothing else decides."""
    whose: Whose
    capability: Capability | None = None
    """None: the clock's."""
    needs_reason: bool = False
    counted: bool = False
    """Whether more than one person may have to do it, each of them once."""
    in_time: bool = False
    """Whether the adjustment expires instead once its order's payment deadline has passed."""


_PENDING = frozenset({AdjustmentState.PENDING})

TRANSITIONS: Mapping[Verb, Transition] = {
    Verb.APPROVE: Transition(
        _PENDING,
        (AdjustmentState.PENDING, AdjustmentState.APPLIED, AdjustmentState.STALE),
        Whose.ANOTHERS,
        Capability.DECIDE_ADJUSTMENT,
        counted=True,
        in_time=True,
    ),
    Verb.REJECT: Transition(
        _PENDING,
        (AdjustmentState.REJECTED,),
        Whose.ANOTHERS,
        Capability.DECIDE_ADJUSTMENT,
        needs_reason=True,
        in_time=True,
    ),
    Verb.WITHDRAW: Transition(_PENDING, (AdjustmentState.WITHDRAWN,), Whose.OWN, Capability.SUBMIT_ADJUSTMENT),
    Verb.EXPIRE: Transition(_PENDING, (AdjustmentState.EXPIRED,), Whose.CLOCK),
}


def check_may(verb: Verb, actor: Actor, adjustment: AdjustmentSummary) -> None:
    """Whether this person may do that now.

    Raises NotPermitted; OwnAdjustment or NotTheRequester; AlreadyDecided, naming who decided and when; AlreadyApproved,
    since each approval is a different manager's. ValueError for what is the clock's.
    """
    transition = TRANSITIONS[verb]
    if transition.capability is None:
        raise ValueError(f"{verb}: only the clock does that")
    actor.require(transition.capability)
    person = Person.of(actor.member)
    own = person.same(adjustment.requester)
    if own and transition.whose is Whose.ANOTHERS:
        raise OwnAdjustment
    if not own and transition.whose is Whose.OWN:
        raise NotTheRequester(adjustment.requester)
    if adjustment.state not in transition.sources:
        raise already_decided(adjustment)
    if transition.counted:
        for approval in adjustment.approvals:
            if approval.by.same(person):
                raise AlreadyApproved(approval.at)


def may(verb: Verb, actor: Actor, adjustment: AdjustmentSummary) -> bool:
    """Whether this person may do that now, and it would count."""
    try:
        check_may(verb, actor, adjustment)
    except DomainError:
        return False
    return True


def already_decided(adjustment: AdjustmentSummary) -> AlreadyDecided:
    """The outcome that it has, with who brought it and when."""
    at = adjustment.closed_at or adjustment.submitted_at
    return AlreadyDecided(adjustment.key, adjustment.state, adjustment.closed_by, at)
