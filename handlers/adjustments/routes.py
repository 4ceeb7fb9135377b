"""The routes of the adjustments' screens, cards and commands."""

from __future__ import annotations

from handlers.adjustments import decisions, ids, listeners
from handlers.kit.route import Route, action, command, writing_action, writing_submission
from store.domain.people import Capability

_SUBMIT = Capability.SUBMIT_ADJUSTMENT
_DECIDE = Capability.DECIDE_ADJUSTMENT
_SEE = Capability.SEARCH

ROUTES: tuple[Route, ...] = (
    command(
        ids.HISTORY_COMMAND, listeners.history_command, _SEE, "Price adjustment history", "[order no.]", shows=True
    ),
    command(ids.APPROVALS_COMMAND, listeners.approvals_command, _DECIDE, "What waits for your decision", shows=True),
    action(ids.OPEN_FORM, listeners.open_form, _SUBMIT, shows=True),
    action(ids.TYPED, listeners.type_form, _SUBMIT),
    writing_submission(ids.FORM, listeners.submit_form, _SUBMIT),
    writing_action(ids.APPROVE, decisions.approve, _DECIDE),
    action(ids.REJECT, decisions.open_rejection, _DECIDE, shows=True),
    writing_submission(ids.REJECTION, decisions.submit_rejection, _DECIDE),
    writing_action(ids.WITHDRAW, decisions.withdraw, _SUBMIT),
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
