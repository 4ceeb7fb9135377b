"""The adjustments' lists and the adjustment whole, read and drawn: what several listeners show."""

from __future__ import annotations

from slack_sdk.models.views import View

from handlers.adjustments.lists import approvals_modal, history_modal
from handlers.adjustments.state import AdjustmentHistoryState, ApprovalsState, OneState
from handlers.adjustments.views import adjustment_modal
from handlers.kit.deps import Deps
from handlers.kit.rows import RowWord
from handlers.kit.state import LIST_BEGINS
from store.domain.people import Actor


def draw_approvals(state: ApprovalsState, actor: Actor, deps: Deps, said: RowWord | None = None) -> View:
    """What waits, or what stood on that screen. Raises NotPermitted."""
    page = deps.adjustments.waiting_for(actor, state.position.cursor, state.rows)
    if not page.rows and not state.rows and state.position != LIST_BEGINS:
        page, state = deps.adjustments.waiting_for(actor), ApprovalsState()
    return approvals_modal(page, state, actor, said)


def draw_history(state: AdjustmentHistoryState, actor: Actor, deps: Deps, said: RowWord | None = None) -> View:
    """A page of the history, or what stood on that screen. Raises NotPermitted, OrderNotFound."""
    page = deps.adjustments.history(actor, state.order, state.position.cursor, state.rows)
    number = ""
    if state.order is not None:
        number = page.rows[0].order_id if page.rows else deps.orders.details(actor, state.order).order.order_id
    return history_modal(page, state, number, actor, said)


def draw_one(state: OneState, actor: Actor, deps: Deps, said: str = "") -> View:
    """The adjustment whole. Raises NotPermitted, AdjustmentNotFound."""
    return adjustment_modal(deps.adjustments.get(actor, state.adjustment), state, actor, said)
