"""The routes of the adjustments' screens, cards and commands."""

from __future__ import annotations

from collections.abc import Iterator

from handlers.adjustments import ids, listeners
from handlers.adjustments.decisions import asks_why, decides, decides_for_reason
from handlers.kit.route import Route, action, command, writing_action, writing_submission
from store.domain.adjustments.transitions import TRANSITIONS, Verb
from store.domain.people import Capability

_SUBMIT = Capability.SUBMIT_ADJUSTMENT
_DECIDE = Capability.DECIDE_ADJUSTMENT
_SEE = Capability.SEARCH


def _of_decisions() -> Iterator[Route]:
    for verb in Verb:
        transition = TRANSITIONS[verb]
        if transition.capability is None:
            continue
        if transition.needs_reason:
            yield action(ids.pressed(verb), asks_why(verb), transition.capability, shows=True)
            yield writing_submission(ids.reason_form(verb), decides_for_reason(verb), transition.capability)
        else:
            yield writing_action(ids.pressed(verb), decides(verb), transition.capability)


ROUTES: tuple[Route, ...] = (
    command(
        ids.HISTORY_COMMAND, listeners.history_command, _SEE, "Price adjustment history", "[order no.]", shows=True
    ),
    command(ids.APPROVALS_COMMAND, listeners.approvals_command, _DECIDE, "What waits for your decision", shows=True),
    action(ids.OPEN_FORM, listeners.open_form, _SUBMIT, shows=True),
    action(ids.TYPED, listeners.type_form, _SUBMIT),
    writing_submission(ids.FORM, listeners.submit_form, _SUBMIT),
    *_of_decisions(),
    action(ids.OPEN_HISTORY, listeners.open_history, _SEE, shows=True),
    action(ids.HISTORY_BACK, listeners.turn_history, _SEE, shows=True),
    action(ids.HISTORY_ON, listeners.turn_history, _SEE, shows=True),
    action(ids.VIEW_ONE, listeners.view_one, _SEE, shows=True),
    action(ids.ITEMS_BACK, listeners.turn_items, _SEE, shows=True),
    action(ids.ITEMS_ON, listeners.turn_items, _SEE, shows=True),
    action(ids.BACK, listeners.back_to_history, _SEE, shows=True),
    action(ids.APPROVALS_BACK, listeners.turn_approvals, _DECIDE, shows=True),
    action(ids.APPROVALS_ON, listeners.turn_approvals, _DECIDE, shows=True),
    action(ids.APPROVALS_AFRESH, listeners.turn_approvals, _DECIDE, shows=True),
)
