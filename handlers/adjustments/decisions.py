"""What happens when someone decides: ask the service, tell what was done, show it."""

from __future__ import annotations

from typing import assert_never

from handlers.adjustments import ids
from handlers.adjustments.cards import approval_card
from handlers.adjustments.screens import draw_approvals, draw_history, draw_one
from handlers.adjustments.state import AdjustmentHistoryState, ApprovalsState, OneState, ReasonState
from handlers.adjustments.views import adjustment_modal, reason_modal
from handlers.adjustments.words import answer_text
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
from handlers.kit.route import Listener, Writer
from handlers.kit.rows import RowWord
from handlers.kit.state import load_key, load_state
from store.domain.adjustments.adjustment import Adjustment
from store.domain.adjustments.errors import AlreadyDecided
from store.domain.adjustments.states import AdjustmentState
from store.domain.adjustments.transitions import TRANSITIONS, Verb, check_may
from store.domain.errors import DatabaseBusy, DatabaseUnavailable, DomainError

Screen = ApprovalsState | AdjustmentHistoryState | OneState
"""The modal that a button stands on."""


def decides(verb: Verb) -> Writer:
    """The listener of the verb's button, on a card, on a list, on one's adjustment or in a direct message."""

    def decide(asked: Interaction, deps: Deps) -> Done | Unchanged:
        key, screen = load_key(asked.ask.value), _screen(asked)
        try:
            adjustment = deps.adjustments.decide(asked.actor, verb, key, asked.ask.delivery_key)
        except DomainError as error:
            return Unchanged(_refused(asked, deps, key, error))
        said = answer_text(adjustment.summary)
        return Done(said, lambda: _shown(asked, deps, screen, adjustment, said))

    return decide


def asks_why(verb: Verb) -> Listener:
    """The listener of the button of a verb that needs a reason: asks for it, of those only who may do it now."""

    def open_form(asked: Interaction, deps: Deps) -> Reply:
        key, ask = load_key(asked.ask.value), asked.ask
        try:
            adjustment = deps.adjustments.get(asked.actor, key)
            check_may(verb, asked.actor, adjustment.summary)
        except DomainError as error:
            return _refused(asked, deps, key, error)
        screen = _screen(asked)
        listed = screen if isinstance(screen, ApprovalsState) else None
        state = ReasonState(
            adjustment=key, draft=ask.draft, channel=ask.channel_id, message=ask.message_ts, listed=listed
        )
        return show_modal(asked, reason_modal(verb, adjustment.summary, state, asked.actor))

    return open_form


def decides_for_reason(verb: Verb) -> Writer:
    """The listener of that form."""

    def submit(asked: Interaction, deps: Deps) -> Done | Unchanged:
        state = load_state(ReasonState, asked.view.private_metadata)
        reason = element_value(asked.view.values.get(ids.REASON, {}).get(INPUT) or {})
        try:
            adjustment = deps.adjustments.decide(asked.actor, verb, state.adjustment, f"draft:{state.draft}", reason)
        except DomainError as error:
            return Unchanged(field_errors({ids.REASON: sentence(error, asked.actor).text}))
        said = answer_text(adjustment.summary)
        if adjustment.state not in TRANSITIONS[verb].leads_to:
            whole = adjustment_modal(adjustment, OneState(adjustment=adjustment.key), asked.actor)
            return Done(said, lambda: replace_submitted(whole))
        return Done(said, lambda: Reply(calls=_behind_form(asked, deps, state, adjustment)))

    return submit


def _screen(asked: Interaction) -> Screen | None:
    """What is read before anything is done, since an odd one is refused; None: a message."""
    if asked.ask.view is None:
        return None
    metadata = asked.view.private_metadata
    if asked.view.callback_id == ids.APPROVALS:
        return load_state(ApprovalsState, metadata)
    if asked.view.callback_id == ids.HISTORY:
        return load_state(AdjustmentHistoryState, metadata)
    return load_state(OneState, metadata)


def _shown(asked: Interaction, deps: Deps, screen: Screen | None, adjustment: Adjustment, said: str) -> Reply:
    """Draws again what was clicked on."""
    match screen:
        case ApprovalsState():
            return update_modal(asked, draw_approvals(screen, asked.actor, deps))
        case AdjustmentHistoryState():
            return update_modal(asked, draw_history(screen, asked.actor, deps))
        case OneState():
            return update_modal(asked, adjustment_modal(adjustment, screen, asked.actor, said))
        case None if adjustment.summary.pending:
            # The card follows by the outbox alone: a drawing that others must still decide on may come too late.
            return say_here(asked, said)
        case None:
            # What the card says to everybody is said once.
            told = () if adjustment.state is AdjustmentState.APPLIED else say_here(asked, said).calls
            return Reply(calls=(*told, *_card_here(asked, deps, adjustment)))
        case _:
            assert_never(screen)


def _behind_form(asked: Interaction, deps: Deps, state: ReasonState, adjustment: Adjustment) -> tuple[SlackCall, ...]:
    """Draws the list or the card again on which the button was pressed."""
    if state.listed is not None and asked.view.previous_view_id is not None:
        view = draw_approvals(state.listed, asked.actor, deps)
        return (SlackCall("views.update", {"view_id": asked.view.previous_view_id, "view": view.to_dict()}),)
    if state.channel and state.message:
        return (_card_at(state.channel, state.message, deps, adjustment),)
    return ()


def _refused(asked: Interaction, deps: Deps, key: int, error: DomainError) -> Reply:
    """The refusal, for the person who clicked alone; a screen or card that is out of date is drawn again."""
    screen = _screen(asked)
    if isinstance(error, DatabaseBusy | DatabaseUnavailable):
        raise error
    # On the list, each refusal has room in its row.
    if not isinstance(error, AlreadyDecided) and not isinstance(screen, ApprovalsState):
        raise error
    said = sentence(error, asked.actor).text
    word = RowWord(key, said)
    match screen:
        case ApprovalsState():
            return update_modal(asked, draw_approvals(screen, asked.actor, deps, word), said)
        case AdjustmentHistoryState():
            return update_modal(asked, draw_history(screen, asked.actor, deps, word), said)
        case OneState():
            return update_modal(asked, draw_one(screen, asked.actor, deps, said), said)
        case None:
            # A card whose change got lost: what has its outcome keeps it, so that this drawing is true when it arrives.
            drawn = _card_here(asked, deps, deps.adjustments.get(asked.actor, key))
            return Reply(calls=(*say_here(asked, said).calls, *drawn), words=said)
        case _:
            assert_never(screen)


def _card_here(asked: Interaction, deps: Deps, adjustment: Adjustment) -> tuple[SlackCall, ...]:
    """Draws what became of it in the place of the message that was clicked, whose buttons are over."""
    if not (asked.ask.channel_id and asked.ask.message_ts):
        return ()
    return (_card_at(asked.ask.channel_id, asked.ask.message_ts, deps, adjustment),)


def _card_at(channel: str, ts: str, deps: Deps, adjustment: Adjustment) -> SlackCall:
    return SlackCall(
        "chat.update", {"channel": channel, "ts": ts, **approval_card(adjustment, deps.audience).arguments()}
    )
