"""Every message that the bot posts, filled with the longest and strangest data it can get."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from bot.samples.adjustments import NOW, sample_adjustment
from bot.samples.exports import sample_export
from bot.samples.screens import ACTOR, KEY, STRANGE, sample_order
from handlers.adjustments.cards import (
    approval_card,
    approval_step_message,
    not_posted_message,
    outcome_message,
    reminder_message,
)
from handlers.exports.cards import failed_message, not_sent_message, progress_message
from handlers.kit.messages import Message
from handlers.orders.share_card import MORE_PEOPLE, not_shared_message, shared_message
from store.domain.adjustments.states import AdjustmentState
from store.domain.exports.export import ExportState
from store.domain.orders.sharing import NOTE_MAX, Share, ShareRequest
from store.domain.people import Actor, Person


def adjustment_messages(strange: str, viewer: Actor) -> list[tuple[str, Callable[[], Message | None]]]:
    """Every message by name, with what makes it."""
    pending = AdjustmentState.PENDING
    each = {state: sample_adjustment(strange, state) for state in AdjustmentState}
    outcomes = {state: one for state, one in each.items() if state is not pending}
    return [
        *((f"card, {state}", partial(approval_card, one, viewer)) for state, one in each.items()),
        *((f"outcome, {state}", partial(outcome_message, one, viewer)) for state, one in outcomes.items()),
        ("reminder", lambda: reminder_message(each[pending], viewer)),
        ("first approval", lambda: approval_step_message(each[pending], viewer)),
        ("card not posted", lambda: not_posted_message(each[pending], strange[:64], viewer)),
    ]


def _share(note: str, *, whole: bool) -> Share:
    return Share(ShareRequest(KEY, "C" * 12, note, whole, 10**6), Person.of(ACTOR.member))


def export_messages(strange: str, actor: Actor) -> list[tuple[str, Callable[[], Message | None]]]:
    """Every message by name, with what makes it."""
    progress = [
        (f"export {state.label.lower()}", partial(progress_message, sample_export(strange, actor, state), NOW, actor))
        for state in ExportState
    ]
    return [
        *progress,
        ("export not sent", lambda: not_sent_message(sample_export(strange, actor, ExportState.COMPLETED), actor)),
        ("export failure", lambda: failed_message(sample_export(strange, actor, ExportState.FAILED), actor)),
    ]


def sample_messages() -> list[tuple[str, Callable[[], dict[str, object]]]]:
    """Every message by name, with what makes it, as the arguments of Slack's chat methods."""
    order, whole, in_short = sample_order(), _share(STRANGE * 2, whole=True), _share("&<>" * NOTE_MAX, whole=False)
    messages: list[tuple[str, Callable[[], Message | None]]] = [
        *adjustment_messages(STRANGE, ACTOR),
        *export_messages(STRANGE, ACTOR),
        ("shared order", lambda: shared_message(order, whole, NOW, ACTOR)),
        ("shared order in short", lambda: shared_message(order, in_short, NOW, ACTOR)),
        ("order not shared", lambda: not_shared_message(whole, order.order_id, MORE_PEOPLE)),
        ("unseen order not shared", lambda: not_shared_message(whole, None, STRANGE)),
    ]
    return [(name, partial(_arguments, make)) for name, make in messages]


def _arguments(make: Callable[[], Message | None]) -> dict[str, object]:
    message = make()
    return message.arguments() if message else {}
