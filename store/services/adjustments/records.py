"""What stands beside every change of an adjustment: its audit row, and what is to be told of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from sqlalchemy import Connection

from store.domain.adjustments.adjustment import Adjustment
from store.domain.adjustments.pricing import OrderPicture
from store.domain.adjustments.states import Step
from store.domain.audit import AuditEntry
from store.domain.outbox import News
from store.queries.adjustments.requesters import list_unseen
from store.queries.audit import append_audit
from store.queries.outbox import show_again
from store.services.acting import Act

CARD = "adjustment.card"
"""Make the card in the approvals channel show the present state: post it, or update it where it stands."""
OUTCOME = "adjustment.outcome"
"""Tell the requester what became of it, once."""
REMINDER = "adjustment.reminder"
"""Remind of it in its card's thread, if it is still undecided."""
APPROVAL = "adjustment.approval"
"""Tell in its card's thread of an approval that was not the last one needed."""
APPROVALS = "approvals"
"""The recipient of cards and what stands in their threads: the approvals channel, whichever the settings name."""


def card_topic(key: int) -> str:
    """The outbox topic of an adjustment's card, by which its place in Slack is known."""
    return f"{CARD}/{key}"


def tell_card(act: Act, adjustment: Adjustment) -> None:
    """Has the card posted."""
    act.tell(News(card_topic(adjustment.key), CARD, adjustment.key, APPROVALS))


def show_card(connection: Connection, key: int) -> None:
    """Has the card show the present state."""
    show_again(connection, card_topic(key))


@contextmanager
def showing_who_sees(connection: Connection) -> Iterator[None]:
    """Has the cards drawn again whose requesters see their orders no more, or again, after what is done meanwhile."""
    before = list_unseen(connection)
    yield
    for key in sorted(before ^ list_unseen(connection)):
        show_card(connection, key)


def tell_outcome(act: Act, adjustment: Adjustment) -> None:
    """Has the requester told."""
    recipient = adjustment.summary.requester.slack_user_id
    act.tell(News(f"{OUTCOME}/{adjustment.key}", OUTCOME, adjustment.key, recipient))


def tell_reminder(act: Act, adjustment: Adjustment) -> bool:
    """Has its card's thread reminded. False: the card cannot be posted, so there is no thread."""
    return _tell_in_thread(act, REMINDER, adjustment, int(act.at.timestamp()))


def tell_approval(act: Act, adjustment: Adjustment, approvals: int) -> None:
    """Has its card's thread told of an approval that others must follow."""
    _tell_in_thread(act, APPROVAL, adjustment, approvals)


def audit(act: Act, adjustment: Adjustment, step: Step, reason: str = "", found: OrderPicture | None = None) -> None:
    """Appends the step to the chain; the last write of its transaction."""
    summary = adjustment.summary
    details: dict[str, object] = {
        "order_id": summary.order_id,
        "official_amount": str(summary.official_amount),
        "before": str(summary.before),
        "discount": str(summary.discount),
        "after": str(summary.after),
        "requester": f"{summary.requester.team_id}/{summary.requester.slack_user_id}",
        "reason": summary.reason,
    }
    if reason:
        details["close_reason"] = reason
    if step is Step.APPLIED:
        details["replaced"] = {str(int(kind)): str(amount) for kind, amount in adjustment.proposal.replaced}
        details["items"] = {
            item.item.order_line_item_id: str(item.discount) for item in adjustment.proposal.items if item.discount
        }
    if found is not None:
        details["found"] = {"status": int(found.status), "before": str(found.amount_after_discount)}
    act.audit(f"adjustment.{step}", summary.number, details)


def audit_policy(connection: Connection, policy: dict[str, object], at: datetime) -> None:
    """Appends the policy that holds from now on."""
    append_audit(connection, AuditEntry(at, "desk", "", "policy.set", "policy", policy, "settings"))


def _tell_in_thread(act: Act, kind: str, adjustment: Adjustment, which: int) -> bool:
    topic = f"{kind}/{adjustment.key}/{which}"
    return act.tell(News(topic, kind, adjustment.key, APPROVALS, in_thread_of=card_topic(adjustment.key)))
