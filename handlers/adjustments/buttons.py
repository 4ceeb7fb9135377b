"""The buttons that decide, as the table of transitions has them, and what Slack asks before a click. Pure.

Questions are plain text, since marks mean nothing there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from slack_sdk.models.blocks import ButtonElement, ConfirmObject

from handlers.adjustments import ids
from handlers.adjustments.words import more_managers
from handlers.kit.blocks import button, clean, cut, question
from handlers.kit.formats import Viewer, figure, money_text, percent_text
from store.domain.adjustments.adjustment import AdjustmentSummary
from store.domain.adjustments.pricing import percentage_of
from store.domain.adjustments.transitions import TRANSITIONS, Verb, Whose


def _approve_question(row: AdjustmentSummary, viewer: Viewer) -> ConfirmObject:
    """Whose order, both prices, how much is taken off, and what this approval brings about."""
    most_percent = percentage_of(row.maximum, row.official_amount)
    missing = row.approvals_missing - 1
    then = "The price is applied at once."
    if missing > 0:
        then = f"It is not applied yet: {more_managers(missing)} must approve."
    percent, most = percent_text(row.percentage, viewer), percent_text(most_percent, viewer)
    off = f"{figure(row.discount, viewer)} off ({percent} of list price; at most {most})"
    lines = [*_whose(row), _prices(row, viewer), off, then]
    return question(f"Approve {row.number}?", lines, "Approve", "Not yet")


def _withdraw_question(row: AdjustmentSummary, viewer: Viewer) -> ConfirmObject:
    """Whose order and both prices, and that nobody can decide it afterwards."""
    lines = [*_whose(row), _prices(row, viewer), "It is taken back, and the price stays as it is."]
    return question(f"Withdraw {row.number}?", lines, "Withdraw", "Keep it", danger=True)


@dataclass(frozen=True, slots=True)
class VerbButton:
    """How a verb's button looks. Without a question, its form asks for the reason."""

    label: str
    style: str | None = None
    asks: Callable[[AdjustmentSummary, Viewer], ConfirmObject] | None = None


BUTTONS: Mapping[Verb, VerbButton] = {
    Verb.APPROVE: VerbButton("Approve", "primary", _approve_question),
    Verb.REJECT: VerbButton("Reject", "danger"),
    Verb.WITHDRAW: VerbButton("Withdraw", asks=_withdraw_question),
}
"""Of everything that people do with an adjustment; what the clock does has none."""


def buttons_of(row: AdjustmentSummary, whose: Whose, viewer: Viewer) -> list[ButtonElement]:
    """What the requester, or another, can do with it in its state."""
    return [
        button(
            looks.label,
            ids.pressed(verb),
            f"{row.key}",
            style=looks.style,
            asks=looks.asks(row, viewer) if looks.asks else None,
        )
        for verb, looks in BUTTONS.items()
        if TRANSITIONS[verb].whose is whose and row.state in TRANSITIONS[verb].sources
    ]


def _whose(row: AdjustmentSummary) -> tuple[str, str]:
    return row.customer_name, f"Order {cut(clean(row.order_id), 60)}"


def _prices(row: AdjustmentSummary, viewer: Viewer) -> str:
    return f"{money_text(row.before, viewer)} → {money_text(row.after, viewer)}"
