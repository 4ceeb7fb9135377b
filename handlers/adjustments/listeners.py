"""What happens when someone adjusts a price, decides, withdraws or looks back: read, ask a service, show the answer."""

from __future__ import annotations

from collections.abc import Callable

from slack_sdk.models.views import View

from handlers.adjustments import ids
from handlers.adjustments.cards import approval_card
from handlers.adjustments.form import NOTHING_TYPED, adjust_modal, at_field, named_item, read_form, with_kept
from handlers.adjustments.refusals import FieldsMissing
from handlers.adjustments.state import (
    ApprovalsState,
    FormState,
    HistoryState,
    OneState,
    RejectState,
)
from handlers.adjustments.views import (
    adjustment_modal,
    approvals_modal,
    history_modal,
    reject_modal,
    submitted_modal,
)
from handlers.adjustments.words import SUCCESS, managers
from handlers.kit.blocks import notice_modal
from handlers.kit.deps import Deps
from handlers.kit.ids import INPUT
from handlers.kit.interaction import Interaction, element_value
from handlers.kit.refusals import sentence
from handlers.kit.replies import (
    NOTHING,
    Reply,
    SlackCall,
    field_errors,
    open_modal,
    push_modal,
    redraw_form,
    replace_submitted,
    say_here,
    show_modal,
    update_modal,
)
from handlers.kit.state import LIST_BEGINS, ListPosition, load_key, load_state
from store.domain.adjustments.adjustment import Adjustment, AdjustmentState, check_may_decide, key_of
from store.domain.adjustments.errors import AlreadyDecided
from store.domain.adjustments.pricing import Proposal
from store.domain.errors import DomainError, OrderNotFound
from store.domain.people import Actor

# --- the form


def open_form(asked: Interaction, deps: Deps) -> Reply:
    """*Adjust Price*, of a row or on the order's details."""
    form = deps.adjustments.form(asked.actor, load_key(asked.ask.value))
    state = FormState(order=form.order.key, draft=asked.ask.draft)
    return show_modal(asked, adjust_modal(form, NOTHING_TYPED, None, state, asked.actor, silent=_silent(deps)))


def type_form(asked: Interaction, deps: Deps) -> Reply:
    """Something was typed or chosen: the preview follows. What cannot be shown now, the submission says."""
    state = load_state(FormState, asked.view.private_metadata)
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


def submit_form(asked: Interaction, deps: Deps) -> Reply:
    """The form was sent. Errors stand at their fields, and what was typed stays."""
    actor, state = asked.actor, load_state(FormState, asked.view.private_metadata)
    try:
        form = deps.adjustments.form(actor, state.order)
    except DomainError as error:
        adjustment = deps.adjustments.submitted(actor, f"draft:{state.draft}")
        if adjustment is None:
            return field_errors({ids.MODE: sentence(error, actor).text})
        return _submitted(adjustment, actor, deps)
    typed = read_form(asked.view.values, form, actor.locale)
    problems = {block_id: sentence(error, actor).text for block_id, error in typed.problems.items()}
    if problems or typed.ask is None:
        return field_errors(problems)
    try:
        adjustment = deps.adjustments.submit(actor, state.order, typed.ask, typed.reason, f"draft:{state.draft}")
    except DomainError as error:
        return field_errors({at_field(error, typed): sentence(named_item(error, typed, form), actor).text})
    deps.news()
    return _submitted(adjustment, actor, deps)


def _submitted(adjustment: Adjustment, actor: Actor, deps: Deps) -> Reply:
    return replace_submitted(submitted_modal(adjustment, actor, silent=_silent(deps)))


def _silent(deps: Deps) -> bool:
    return not deps.approvals_channel


# --- decisions


def approve(asked: Interaction, deps: Deps) -> Reply:
    """*Approve*, on a card or on the list of what waits."""
    key = load_key(asked.ask.value)
    state = None if asked.ask.view is None else load_state(ApprovalsState, asked.view.private_metadata)
    try:
        adjustment = deps.adjustments.approve(asked.actor, key, asked.ask.delivery_key)
    except DomainError as error:
        return _refused(asked, deps, key, error)
    deps.news()
    said = _after_approval(adjustment)
    if state is not None:
        return _shown_after(asked, said, lambda: _approvals(state, asked.actor, deps, said))
    if adjustment.state in (AdjustmentState.STALE, AdjustmentState.EXPIRED):
        return say_here(asked, said)
    return NOTHING


def open_rejection(asked: Interaction, deps: Deps) -> Reply:
    """*Reject*: asks for the reason, of those only who may decide it now."""
    key = load_key(asked.ask.value)
    try:
        adjustment = deps.adjustments.get(asked.actor, key)
        check_may_decide(asked.actor, adjustment.summary)
    except DomainError as error:
        return _refused(asked, deps, key, error)
    state = RejectState(adjustment=key, draft=asked.ask.draft, listed=asked.ask.view is not None)
    return show_modal(asked, reject_modal(adjustment.summary, state, asked.actor))


def submit_rejection(asked: Interaction, deps: Deps) -> Reply:
    """The reason was given."""
    state = load_state(RejectState, asked.view.private_metadata)
    reason = element_value(asked.view.values.get(ids.REASON, {}).get(INPUT) or {})
    try:
        adjustment = deps.adjustments.reject(asked.actor, state.adjustment, reason, f"draft:{state.draft}")
    except DomainError as error:
        return field_errors({ids.REASON: sentence(error, asked.actor).text})
    deps.news()
    if adjustment.state is not AdjustmentState.REJECTED:
        return replace_submitted(adjustment_modal(adjustment, OneState(adjustment=adjustment.key), asked.actor))
    if not state.listed or asked.view.previous_view_id is None:
        return NOTHING
    said = f":red_circle: {adjustment.number} was rejected."
    try:
        view = _approvals(ApprovalsState(), asked.actor, deps, said)
    except DomainError:
        # It is rejected, whether or not the list can be read: a refusal at the form would tell the contrary.
        return NOTHING
    arguments = {"view_id": asked.view.previous_view_id, "view": view.to_dict()}
    return Reply(calls=(SlackCall("views.update", arguments, instead=said),))


def withdraw(asked: Interaction, deps: Deps) -> Reply:
    """*Withdraw*, in the history, on one's adjustment, or in a direct message."""
    key = load_key(asked.ask.value)
    state = None if asked.ask.view is None else _state_of_withdrawn(asked)
    try:
        adjustment = deps.adjustments.withdraw(asked.actor, key, asked.ask.delivery_key)
    except DomainError as error:
        return _refused(asked, deps, key, error)
    deps.news()
    said = f":white_circle: {adjustment.number} was withdrawn."
    match state:
        case HistoryState():
            return _shown_after(asked, said, lambda: _history(state, asked.actor, deps, said))
        case OneState():
            return update_modal(asked, adjustment_modal(adjustment, state, asked.actor, said), said)
        case _:
            return Reply(calls=(*say_here(asked, said).calls, _card_here(asked, deps, adjustment)))


def _state_of_withdrawn(asked: Interaction) -> HistoryState | OneState:
    """Of the screen that *Withdraw* stands on; read before anything is done, since an odd one is refused."""
    metadata = asked.view.private_metadata
    if asked.view.callback_id == ids.HISTORY:
        return load_state(HistoryState, metadata)
    return load_state(OneState, metadata)


def _after_approval(adjustment: Adjustment) -> str:
    match adjustment.state:
        case AdjustmentState.APPLIED:
            return f":large_green_circle: {adjustment.number}: {SUCCESS}"
        case AdjustmentState.PENDING:
            more = managers(adjustment.summary.approvals_missing).replace(" ", " more ", 1)
            return f":large_yellow_circle: Your approval of {adjustment.number} counts. It waits for {more}."
        case AdjustmentState.EXPIRED:
            return f":white_circle: {adjustment.number} expired at the order's payment deadline. Nothing was changed."
        case AdjustmentState.STALE:
            return (
                f":red_circle: {adjustment.number} is stale: the order was not any more as it was judged. "
                "Nothing was changed, and the requester is told."
            )
        case _:
            return f"{adjustment.number}: {adjustment.state.label}."


def _refused(asked: Interaction, deps: Deps, key: int, error: DomainError) -> Reply:
    """The refusal, to whoever clicked alone; a screen or card that showed what is not so any more is drawn again."""
    if asked.ask.view is not None and asked.view.callback_id == ids.APPROVALS:
        return _list_again(asked, deps, sentence(error, asked.actor).text)
    if isinstance(error, AlreadyDecided) and asked.ask.view is not None:
        match _state_of_withdrawn(asked):
            case HistoryState() as state:
                return update_modal(asked, _history(state, asked.actor, deps, sentence(error, asked.actor).text))
            case OneState() as state:
                return update_modal(asked, _one(state, asked.actor, deps, sentence(error, asked.actor).text))
    if asked.ask.view is not None or not isinstance(error, AlreadyDecided):
        raise error
    told = say_here(asked, sentence(error, asked.actor).text)
    # A card whose change got lost: what has its outcome keeps it, so that this drawing is true whenever it arrives.
    return Reply(calls=(*told.calls, _card_here(asked, deps, deps.adjustments.get(asked.actor, key))))


def _card_here(asked: Interaction, deps: Deps, adjustment: Adjustment) -> SlackCall:
    """Draws what became of it in the place of the message that was clicked, whose buttons are over."""
    place = {"channel": asked.ask.channel_id, "ts": asked.ask.message_ts}
    return SlackCall("chat.update", {**place, **approval_card(adjustment, deps.audience).arguments()})


def _shown_after(asked: Interaction, said: str, draw: Callable[[], View]) -> Reply:
    """The screen after what was done. Where it cannot be read anew, that it was done is told nevertheless."""
    try:
        return update_modal(asked, draw(), said)
    except DomainError:
        return push_modal(asked, notice_modal("Order Desk", said))


# --- lists


def approvals_command(asked: Interaction, deps: Deps) -> Reply:
    """`/approvals`."""
    return open_modal(asked, _approvals(ApprovalsState(), asked.actor, deps))


def turn_approvals(asked: Interaction, deps: Deps) -> Reply:
    """Forward or back."""
    position = load_state(ListPosition, asked.ask.value)
    return update_modal(asked, _approvals(ApprovalsState(position=position), asked.actor, deps))


def history_command(asked: Interaction, deps: Deps) -> Reply:
    """`/adjustments`, and `/adjustments <order no.>`; also with the number of an adjustment, as `PA-1042`."""
    typed = asked.ask.text.strip()
    if not typed:
        return open_modal(asked, _history(HistoryState(), asked.actor, deps))
    try:
        order = deps.orders.find_key(asked.actor, typed)
    except OrderNotFound:
        key = key_of(typed)
        if key is None:
            raise
        adjustment = deps.adjustments.get(asked.actor, key)
        state = OneState(adjustment=key, history=HistoryState(order=adjustment.summary.order_key))
        return open_modal(asked, adjustment_modal(adjustment, state, asked.actor))
    return open_modal(asked, _history(HistoryState(order=order), asked.actor, deps))


def open_history(asked: Interaction, deps: Deps) -> Reply:
    """*Price Adjustment History*, of a row or on the order's details."""
    return show_modal(asked, _history(HistoryState(order=load_key(asked.ask.value)), asked.actor, deps))


def turn_history(asked: Interaction, deps: Deps) -> Reply:
    """Forward or back."""
    state = load_state(HistoryState, asked.view.private_metadata)
    position = load_state(ListPosition, asked.ask.value)
    return update_modal(asked, _history(HistoryState(order=state.order, position=position), asked.actor, deps))


def view_one(asked: Interaction, deps: Deps) -> Reply:
    """*Items*, in the history: the adjustment whole, in the history's place."""
    history = load_state(HistoryState, asked.view.private_metadata)
    state = OneState(adjustment=load_key(asked.ask.value), history=history)
    return update_modal(asked, _one(state, asked.actor, deps))


def turn_items(asked: Interaction, deps: Deps) -> Reply:
    """More of an adjustment's items, or those before."""
    state = load_state(OneState, asked.view.private_metadata)
    state = OneState(adjustment=state.adjustment, items_offset=load_key(asked.ask.value), history=state.history)
    return update_modal(asked, _one(state, asked.actor, deps))


def back_to_history(asked: Interaction, deps: Deps) -> Reply:
    """From one adjustment back to the page of the history it was opened from."""
    state = load_state(OneState, asked.view.private_metadata)
    return update_modal(asked, _history(state.history or HistoryState(), asked.actor, deps))


def _list_again(asked: Interaction, deps: Deps, said: str) -> Reply:
    state = load_state(ApprovalsState, asked.view.private_metadata)
    return update_modal(asked, _approvals(state, asked.actor, deps, said))


def _approvals(state: ApprovalsState, actor: Actor, deps: Deps, said: str = "") -> View:
    page = deps.adjustments.waiting_for(actor, state.position.cursor)
    if not page.rows and state.position != LIST_BEGINS:
        page, state = deps.adjustments.waiting_for(actor), ApprovalsState()
    return approvals_modal(page, state, actor, said)


def _history(state: HistoryState, actor: Actor, deps: Deps, said: str = "") -> View:
    page = deps.adjustments.history(actor, state.order, state.position.cursor)
    number = ""
    if state.order is not None:
        number = page.rows[0].order_id if page.rows else deps.orders.details(actor, state.order).order.order_id
    return history_modal(page, state, number, actor, said)


def _one(state: OneState, actor: Actor, deps: Deps, said: str = "") -> View:
    return adjustment_modal(deps.adjustments.get(actor, state.adjustment), state, actor, said)
