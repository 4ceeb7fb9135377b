"""What happens when someone adjusts a price or looks back: read, ask a service, show the answer."""

from __future__ import annotations

from handlers.adjustments import ids
from handlers.adjustments.form import NOTHING_TYPED, adjust_modal, at_field, named_item, read_form, with_kept
from handlers.adjustments.refusals import FieldsMissing
from handlers.adjustments.screens import draw_approvals, draw_history, draw_one
from handlers.adjustments.state import AdjustmentFormState, AdjustmentHistoryState, ApprovalsState, OneState
from handlers.adjustments.views import adjustment_modal, submitted_modal, submitted_text
from handlers.kit.deps import Deps
from handlers.kit.interaction import Interaction
from handlers.kit.refusals import sentence
from handlers.kit.replies import (
    NOTHING,
    Done,
    Reply,
    Unchanged,
    field_errors,
    open_modal,
    redraw_form,
    replace_submitted,
    show_modal,
    update_modal,
)
from handlers.kit.state import ListPosition, load_key, load_state
from store.domain.adjustments.adjustment import Adjustment, key_of
from store.domain.adjustments.pricing import Proposal
from store.domain.errors import DomainError
from store.domain.orders.errors import OrderNotFound
from store.domain.people import Actor
from store.domain.texts import plain_form

# --- the form


def open_form(asked: Interaction, deps: Deps) -> Reply:
    """*Adjust Price*, of a row or on the order's details."""
    form = deps.adjustments.form(asked.actor, load_key(asked.ask.value))
    state = AdjustmentFormState(order=form.order.key, draft=asked.ask.draft)
    return show_modal(asked, adjust_modal(form, NOTHING_TYPED, None, state, asked.actor, silent=_silent(deps)))


def type_form(asked: Interaction, deps: Deps) -> Reply:
    """Something was typed or chosen: the preview follows. What cannot be shown now, the submission says."""
    state = load_state(AdjustmentFormState, asked.view.private_metadata)
    try:
        form = deps.adjustments.form(asked.actor, state.order)
    except DomainError:
        return NOTHING
    typed = read_form(with_kept(asked.view.values, state), form, asked.actor.locale)
    preview: Proposal | DomainError | None = None
    problem = next(iter(typed.problems.values()), None)
    if typed.ask is not None:
        try:
            preview = deps.adjustments.preview(asked.actor, state.order, typed.ask)
        except DomainError as error:
            preview = named_item(error, typed, form)
    elif typed.texts.keys() & asked.view.values.keys() and not isinstance(problem, FieldsMissing):
        preview = problem
    kept = state.keeping({**typed.texts, ids.WAY: typed.way})
    return redraw_form(asked, adjust_modal(form, typed, preview, kept, asked.actor, silent=_silent(deps)))


def submit_form(asked: Interaction, deps: Deps) -> Done | Unchanged:
    """The form was sent. Errors are shown at their fields, and what was typed stays."""
    actor, state = asked.actor, load_state(AdjustmentFormState, asked.view.private_metadata)
    try:
        form = deps.adjustments.form(actor, state.order)
    except DomainError as error:
        adjustment = deps.adjustments.submitted(actor, f"draft:{state.draft}")
        if adjustment is None:
            return Unchanged(field_errors({ids.MODE: sentence(error, actor).text}))
        return _submitted(adjustment, actor, deps)
    typed = read_form(asked.view.values, form, actor.locale)
    problems = {block_id: sentence(error, actor).text for block_id, error in typed.problems.items()}
    if problems or typed.ask is None:
        return Unchanged(field_errors(problems))
    try:
        adjustment = deps.adjustments.submit(actor, state.order, typed.ask, typed.reason, f"draft:{state.draft}")
    except DomainError as error:
        said = sentence(named_item(error, typed, form), actor).text
        return Unchanged(field_errors({at_field(error, typed): said}))
    return _submitted(adjustment, actor, deps)


def _submitted(adjustment: Adjustment, actor: Actor, deps: Deps) -> Done:
    silent = _silent(deps)
    said = submitted_text(adjustment.summary, silent=silent)
    return Done(said, lambda: replace_submitted(submitted_modal(adjustment, actor, silent=silent)))


def _silent(deps: Deps) -> bool:
    return not deps.approvals_channel


# --- lists


def approvals_command(asked: Interaction, deps: Deps) -> Reply:
    """`/approvals`."""
    return open_modal(asked, draw_approvals(ApprovalsState(), asked.actor, deps))


def turn_approvals(asked: Interaction, deps: Deps) -> Reply:
    """Forward or back."""
    position = load_state(ListPosition, asked.ask.value)
    return update_modal(asked, draw_approvals(ApprovalsState(position=position), asked.actor, deps))


def history_command(asked: Interaction, deps: Deps) -> Reply:
    """`/adjustments`, and `/adjustments <order no.>`; also with the number of an adjustment, as `PA-1042`."""
    typed = plain_form(asked.ask.text)
    if not typed:
        return open_modal(asked, draw_history(AdjustmentHistoryState(), asked.actor, deps))
    try:
        order = deps.orders.find_key(asked.actor, typed)
    except OrderNotFound:
        key = key_of(typed)
        if key is None:
            raise
        adjustment = deps.adjustments.get(asked.actor, key)
        state = OneState(adjustment=key, history=AdjustmentHistoryState(order=adjustment.summary.order_key))
        return open_modal(asked, adjustment_modal(adjustment, state, asked.actor))
    return open_modal(asked, draw_history(AdjustmentHistoryState(order=order), asked.actor, deps))


def open_history(asked: Interaction, deps: Deps) -> Reply:
    """*Price Adjustment History*, of a row or on the order's details."""
    return show_modal(asked, draw_history(AdjustmentHistoryState(order=load_key(asked.ask.value)), asked.actor, deps))


def turn_history(asked: Interaction, deps: Deps) -> Reply:
    """Forward or back."""
    state = load_state(AdjustmentHistoryState, asked.view.private_metadata)
    position = load_state(ListPosition, asked.ask.value)
    return update_modal(
        asked, draw_history(AdjustmentHistoryState(order=state.order, position=position), asked.actor, deps)
    )


def view_one(asked: Interaction, deps: Deps) -> Reply:
    """*Items*, in the history: the adjustment whole, in the history's place."""
    history = load_state(AdjustmentHistoryState, asked.view.private_metadata)
    state = OneState(adjustment=load_key(asked.ask.value), history=history)
    return update_modal(asked, draw_one(state, asked.actor, deps))


def turn_items(asked: Interaction, deps: Deps) -> Reply:
    """More of an adjustment's items, or those before."""
    state = load_state(OneState, asked.view.private_metadata)
    state = OneState(adjustment=state.adjustment, items_offset=load_key(asked.ask.value), history=state.history)
    return update_modal(asked, draw_one(state, asked.actor, deps))


def back_to_history(asked: Interaction, deps: Deps) -> Reply:
    """From one adjustment back to the page of the history it was opened from."""
    state = load_state(OneState, asked.view.private_metadata)
    return update_modal(asked, draw_history(state.history or AdjustmentHistoryState(), asked.actor, deps))
