"""What Slack asks before a click that decides is told to the desk. Pure; plain text, since marks mean nothing there."""

from __future__ import annotations

from slack_sdk.models.blocks import ConfirmObject

from handlers.adjustments.words import managers
from handlers.kit.blocks import clean, cut, question
from handlers.kit.formats import Viewer, figure, money_text, percent_text
from store.domain.adjustments.adjustment import AdjustmentSummary
from store.domain.adjustments.pricing import percentage_of


def approve_question(row: AdjustmentSummary, viewer: Viewer) -> ConfirmObject:
    """Whose order, both prices, how much is taken off, and what this approval brings about."""
    most_percent = percentage_of(row.maximum, row.official_amount)
    missing = row.approvals_missing - 1
    then = "The price is applied at once."
    if missing > 0:
        then = f"It is not applied yet: {managers(missing).replace(' ', ' more ', 1)} must approve."
    percent, most = percent_text(row.percentage, viewer), percent_text(most_percent, viewer)
    off = f"{figure(row.discount, viewer)} off ({percent} of list price; at most {most})"
    lines = [
        *_whose(row),
        _prices(row, viewer),
        off,
        then,
    ]
    return question(f"Approve {row.number}?", lines, "Approve", "Not yet")


def withdraw_question(row: AdjustmentSummary, viewer: Viewer) -> ConfirmObject:
    """Whose order and both prices, and that nobody can decide it afterwards."""
    lines = [*_whose(row), _prices(row, viewer), "It is taken back, and the price stays as it is."]
    return question(f"Withdraw {row.number}?", lines, "Withdraw", "Keep it", danger=True)


def _whose(row: AdjustmentSummary) -> tuple[str, str]:
    return row.customer_name, f"Order {cut(clean(row.order_id), 60)}"


def _prices(row: AdjustmentSummary, viewer: Viewer) -> str:
    return f"{money_text(row.before, viewer)} → {money_text(row.after, viewer)}"
