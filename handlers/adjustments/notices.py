"""What the outbox has to tell of adjustments, made from their present state when it is sent."""

from __future__ import annotations

from datetime import timedelta

from handlers.adjustments.cards import (
    approval_card,
    approval_step_message,
    not_posted_message,
    outcome_in_short,
    outcome_message,
    reminder_message,
)
from handlers.kit.channels import read_by_others
from handlers.kit.deps import Deps
from handlers.kit.formats import Viewer
from handlers.kit.messages import A_DAY, Message, Notice, NotYet, Withheld
from store.domain.adjustments.states import Step
from store.domain.channels import ChannelBar
from store.domain.outbox import News, OutboxItem, OutboxState
from store.services.adjustments.records import APPROVAL, CARD, OUTCOME, REMINDER

STALE_NEWS = timedelta(days=1)
"""How long after an adjustment's end a card that could not be posted is still news."""
NOT_POSTED = "adjustment.not_posted"
"""Tell the requester that the card could not be posted."""


def _card(item: OutboxItem, deps: Deps, viewer: Viewer) -> Message | Withheld | None:
    adjustment = deps.adjustments.to_tell(item.subject_key)
    closed_at = adjustment.summary.closed_at
    if item.posted is None and closed_at is not None and deps.clock() - closed_at > STALE_NEWS:
        return None
    if item.posted is None and read_by_others(deps.channels, deps.approvals_channel):
        return Withheld(ChannelBar.CHANNEL_SHARED)
    return approval_card(adjustment, viewer)


def _outcome(item: OutboxItem, deps: Deps, viewer: Viewer) -> Message | None:
    adjustment = deps.adjustments.to_tell(item.subject_key)
    if not deps.adjustments.requester_sees(item.subject_key):
        return outcome_in_short(adjustment)
    return outcome_message(adjustment, viewer)


def _reminder(item: OutboxItem, deps: Deps, viewer: Viewer) -> Message | None:
    adjustment = deps.adjustments.to_tell(item.subject_key)
    if any(event.step is Step.REMINDED and event.at > item.created_at for event in adjustment.events):
        return None
    return reminder_message(adjustment, viewer)


def _approval(item: OutboxItem, deps: Deps, viewer: Viewer) -> Message | None:
    return approval_step_message(deps.adjustments.to_tell(item.subject_key), viewer)


def _not_posted(item: OutboxItem, deps: Deps, viewer: Viewer) -> Message | None:
    match deps.adjustments.card_state(item.subject_key):
        case OutboxState.SENT:
            return None
        case OutboxState.WAITING | OutboxState.SENDING:
            raise NotYet
    if not deps.adjustments.requester_sees(item.subject_key):
        return None
    code = str(item.payload.get("code", ""))
    return not_posted_message(deps.adjustments.to_tell(item.subject_key), code, viewer)


def _card_refused(item: OutboxItem, code: str, deps: Deps) -> News | None:
    adjustment = deps.adjustments.to_tell(item.subject_key)
    if item.posted is not None or not adjustment.summary.pending:
        return None
    recipient = adjustment.summary.requester.slack_user_id
    return News(f"{NOT_POSTED}/{item.subject_key}", NOT_POSTED, item.subject_key, recipient, {"code": code})


NOTICES = (
    Notice(CARD, _card, _card_refused),
    Notice(OUTCOME, _outcome),
    Notice(REMINDER, _reminder, again=A_DAY),
    Notice(APPROVAL, _approval),
    Notice(NOT_POSTED, _not_posted),
)
