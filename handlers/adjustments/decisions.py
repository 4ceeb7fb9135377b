"""What happens when someone approves, rejects or withdraws: ask the service, tell what was done, show it."""

from __future__ import annotations

from handlers.adjustments import ids
from handlers.adjustments.cards import approval_card
from handlers.adjustments.screens import draw_approvals, draw_history, draw_one
from handlers.adjustments.state import AdjustmentHistoryState, ApprovalsState, OneState, RejectState
from handlers.adjustments.views import adjustment_modal, reject_modal
from handlers.adjustments.words import SUCCESS, managers
from handlers.kit.deps import Deps
from handlers.kit.ids import INPUT
from handlers.kit.interaction import Interaction, element_value
from handlers.kit.refusals import sentence
from handlers.kit.replies import (
    Done,
    Reply,
    SlackCall,
    Unchanged,
    field_errors,
    replace_submitted,
    say_here,
    show_modal,
    update_modal,
)
from handlers.kit.rows import RowWord
from handlers.kit.state import load_key, load_state
from store.domain.adjustments.adjustment import Adjustment, check_may_decide
from store.domain.adjustments.errors import AlreadyDecided
from store.domain.adjustments.states import AdjustmentState
from store.domain.errors import DatabaseBusy, DatabaseUnavailable, DomainError


def approve(asked: Interaction, deps: Deps) -> Done | Unchanged:
    """*Approve*, on a card or on the list of what waits."""
    key = load_key(asked.ask.value)
    state = None if asked.ask.view is None else load_state(ApprovalsState, asked.view.private_metadata)
    try:
        adjustment = deps.adjustments.approve(asked.actor, key, asked.ask.delivery_key)
    except DomainError as error:
        return Unchanged(_refused(asked, deps, key, error))
    deps.news()
    said = _after_approval(adjustment)
    if state is not None:
        return Done(said, lambda: update_modal(asked, draw_approvals(state, asked.actor, deps)))
    if adjustment.summary.pending:
        # The card follows by the outbox alone: a drawing that others must still decide on may come too late.
        return Done(said, lambda: say_here(asked, said))
    if adjustment.state in (AdjustmentState.STALE, AdjustmentState.EXPIRED):
        return Done(said, lambda: Reply(calls=(*say_here(asked, said).calls, *_card_here(asked, deps, adjustment))))
    return Done(said, lambda: Reply(calls=_card_here(asked, deps, adjustment)))


def open_rejection(asked: Interaction, deps: Deps) -> Reply:
    """*Reject*: asks for the reason, of those only who may decide it now."""
    key = load_key(asked.ask.value)
    try:
        adjustment = deps.adjustments.get(asked.actor, key)
        check_may_decide(asked.actor, adjustment.summary)
    except DomainError as error:
        return _refused(asked, deps, key, error)
    ask = asked.ask
    listed = None if ask.view is None else load_state(ApprovalsState, asked.view.private_metadata)
    state = RejectState(adjustment=key, draft=ask.draft, channel=ask.channel_id, message=ask.message_ts, listed=listed)
    return show_modal(asked, reject_modal(adjustment.summary, state, asked.actor))


def submit_rejection(asked: Interaction, deps: Deps) -> Done | Unchanged:
    """The reason was given."""
    state = load_state(RejectState, asked.view.private_metadata)
    reason = element_value(asked.view.values.get(ids.REASON, {}).get(INPUT) or {})
    try:
        adjustment = deps.adjustments.reject(asked.actor, state.adjustment, reason, f"draft:{state.draft}")
    except DomainError as error:
        return Unchanged(field_errors({ids.REASON: sentence(error, asked.actor).text}))
    deps.news()
    if adjustment.state is not AdjustmentState.REJECTED:
        whole = adjustment_modal(adjustment, OneState(adjustment=adjustment.key), asked.actor)
        return Done(_after_approval(adjustment), lambda: replace_submitted(whole))
    said = f":red_circle: {adjustment.number} was rejected."
    return Done(said, lambda: Reply(calls=_where_rejected(asked, deps, state, adjustment)))


def _where_rejected(
    asked: Interaction, deps: Deps, state: RejectState, adjustment: Adjustment
) -> tuple[SlackCall, ...]:
    """Draws the list or the card again on which *Reject* was pressed."""
    if state.listed is not None and asked.view.previous_view_id is not None:
        view = draw_approvals(state.listed, asked.actor, deps)
        return (SlackCall("views.update", {"view_id": asked.view.previous_view_id, "view": view.to_dict()}),)
    if state.channel and state.message:
        return (_card_at(state.channel, state.message, deps, adjustment),)
    return ()


def withdraw(asked: Interaction, deps: Deps) -> Done | Unchanged:
    """*Withdraw*, in the history, on one's adjustment, or in a direct message."""
    key = load_key(asked.ask.value)
    state = None if asked.ask.view is None else _state_of_withdrawn(asked)
    try:
        adjustment = deps.adjustments.withdraw(asked.actor, key, asked.ask.delivery_key)
    except DomainError as error:
        return Unchanged(_refused(asked, deps, key, error))
    deps.news()
    said = f":white_circle: {adjustment.number} was withdrawn."
    match state:
        case AdjustmentHistoryState():
            return Done(said, lambda: update_modal(asked, draw_history(state, asked.actor, deps)))
        case OneState():
            return Done(said, lambda: update_modal(asked, adjustment_modal(adjustment, state, asked.actor, said)))
        case _:
            return Done(said, lambda: Reply(calls=(*say_here(asked, said).calls, *_card_here(asked, deps, adjustment))))


def _state_of_withdrawn(asked: Interaction) -> AdjustmentHistoryState | OneState:
    """Of the screen that *Withdraw* stands on; read before anything is done, since an odd one is refused."""
    metadata = asked.view.private_metadata
    if asked.view.callback_id == ids.HISTORY:
        return load_state(AdjustmentHistoryState, metadata)
    return load_state(OneState, metadata)


def _after_approval(adjustment: Adjustment) -> str:
    match adjustment.state:
        case AdjustmentState.APPLIED:
            return f":large_green_circle: {adjustment.number}: {SUCCESS}"
        case AdjustmentState.PENDING:
            more = managers(adjustment.summary.approvals_missing).replace(" ", " more ", 1)
            return f":large_yellow_circle: Your approval of {adjustment.number} counts. It waits for {more}."
        case AdjustmentState.EXPIRED:
            return (
                f":white_circle: {adjustment.number} expired at the order's payment deadline. "
                "The price was not changed."
            )
        case AdjustmentState.STALE:
            return (
                f":red_circle: {adjustment.number} is stale: the order was no longer as it was judged. "
                "The price was not changed, and the requester is told."
            )
        case _:
            return f"{adjustment.number}: {adjustment.state.label}."


def _refused(asked: Interaction, deps: Deps, key: int, error: DomainError) -> Reply:
    """The refusal, for the person who clicked alone; a screen or card that is out of date is drawn again."""
    if isinstance(error, DatabaseBusy | DatabaseUnavailable):
        raise error
    said = sentence(error, asked.actor).text
    if asked.ask.view is None:
        if not isinstance(error, AlreadyDecided):
            raise error
        # A card whose change got lost: what has its outcome keeps it, so that this drawing is true whenever it arrives.
        drawn = _card_here(asked, deps, deps.adjustments.get(asked.actor, key))
        return Reply(calls=(*say_here(asked, said).calls, *drawn), words=said)
    if asked.view.callback_id == ids.APPROVALS:
        waiting = load_state(ApprovalsState, asked.view.private_metadata)
        return update_modal(asked, draw_approvals(waiting, asked.actor, deps, RowWord(key, said)), said)
    if not isinstance(error, AlreadyDecided):
        raise error
    match _state_of_withdrawn(asked):
        case AdjustmentHistoryState() as state:
            return update_modal(asked, draw_history(state, asked.actor, deps, RowWord(key, said)), said)
        case OneState() as state:
            return update_modal(asked, draw_one(state, asked.actor, deps, said), said)


def _card_here(asked: Interaction, deps: Deps, adjustment: Adjustment) -> tuple[SlackCall, ...]:
    """Draws what became of it in the place of the message that was clicked, whose buttons are over."""
    if not (asked.ask.channel_id and asked.ask.message_ts):
        return ()
    return (_card_at(asked.ask.channel_id, asked.ask.message_ts, deps, adjustment),)


def _card_at(channel: str, ts: str, deps: Deps, adjustment: Adjustment) -> SlackCall:
    return SlackCall(
        "chat.update", {"channel": channel, "ts": ts, **approval_card(adjustment, deps.audience).arguments()}
    )
