"""Adjustments in words: who did what, before and after. Pure; what is said of each state is in `outcomes`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from handlers.adjustments.outcomes import STATES, STEPS
from handlers.kit.blocks import shown
from handlers.kit.formats import Viewer, figure, money_text, percent_text, quantity_text
from handlers.kit.people import named
from store.domain.adjustments.adjustment import Adjustment, AdjustmentSummary, number_of
from store.domain.adjustments.pricing import OrderPicture, PricedItem, ProposedItem, percentage_of
from store.domain.adjustments.states import AdjustmentState
from store.domain.money import Money
from store.domain.orders.order import DiscountType
from store.domain.people import Person

_MOST_CHANGED = 3
"""At most this number of changed items are named on a card."""

When = Callable[[datetime, Viewer], str]
"""How a moment is shown: as text where the viewer is known, as Slack's token in a message."""
Name = Callable[[Person], str]
"""How a person is named: by name, or as a mention."""


def managers(count: int) -> str:
    """A number of managers, in words."""
    return "1 manager" if count == 1 else f"{count} managers"


def more_managers(count: int) -> str:
    """That number of managers, beside those who approved."""
    return managers(count).replace(" ", " more ", 1)


def needs(count: int) -> str:
    """Whose approval the policy asks for."""
    if count == 0:
        return "Needs nobody's approval: it is applied at once."
    return f"Needs {managers(count)}." if count == 1 else f"Needs {count} different managers."


def state_text(summary: AdjustmentSummary) -> str:
    """The state's sign with its word beside it; while it is pending, whom it waits for."""
    text = f"{STATES[summary.state].sign} {summary.state.label}"
    if not summary.pending:
        return text
    waits_for = more_managers if summary.approvals else managers
    return f"{text} · waiting for {waits_for(summary.approvals_missing)}"


def answer_text(summary: AdjustmentSummary) -> str:
    """What the person is told whose click brought it so far."""
    words = STATES[summary.state]
    return f"{words.sign} {words.answer.format(number=summary.number, more=more_managers(summary.approvals_missing))}"


def change_text(summary: AdjustmentSummary, viewer: Viewer) -> str:
    """The price before and after, with the discount's share of list price and the most there may be."""
    most = percentage_of(summary.maximum, summary.official_amount)
    return (
        f"{money_text(summary.before, viewer)} → *{money_text(summary.after, viewer)}*   "
        f"(−{percent_text(summary.percentage, viewer)} of list price {figure(summary.official_amount, viewer)}; "
        f"Maximum Discount {figure(summary.maximum, viewer)}, {percent_text(most, viewer)})"
    )


def replaced_text(replaced: Sequence[tuple[DiscountType, Money]], viewer: Viewer) -> str:
    """Which discounts an adjustment replaces; empty for none."""
    if not replaced:
        return ""
    parts = [f"{kind.label} {figure(amount, viewer)}" for kind, amount in replaced]
    return ", ".join(parts)


def item_text(proposed: ProposedItem, viewer: Viewer) -> str:
    """An item's price after, counted from its list price, and before, where it had another discount."""
    item = proposed.item
    name = shown(item.product_spec_desc, 120) or shown(item.service_type_code, 120)
    before = "" if proposed.before == item.official_amount else f" (before: {figure(proposed.before, viewer)})"
    if not item.discountable:
        return f"{name}, {quantity_text(item)}: {figure(proposed.after, viewer)}, not discountable{before}"
    return (
        f"{name}, {quantity_text(item)}: {figure(item.official_amount, viewer)} − {figure(proposed.discount, viewer)}"
        f" = *{figure(proposed.after, viewer)}*{before}"
    )


def outcome_lines(adjustment: AdjustmentSummary, viewer: Viewer, when: When, name: Name) -> list[str]:
    """Who approved it, and what became of it; empty while nobody has done anything."""
    lines = [f"Approved by {name(decision.by)}, {when(decision.at, viewer)}" for decision in adjustment.approvals]
    if adjustment.closed_at is None:
        return lines
    at = when(adjustment.closed_at, viewer)
    by = f" by {name(adjustment.closed_by)}" if adjustment.closed_by else ""
    line = STATES[adjustment.state].line.format(by=by, at=at, reason=shown(adjustment.close_reason, 1000))
    if adjustment.state is AdjustmentState.APPLIED and not adjustment.approvals:
        line = f"{line} at once, {at}: the policy asks for nobody's approval"
    lines.append(line)
    lines.extend(_afterwards(adjustment, viewer, when))
    return lines


def _afterwards(summary: AdjustmentSummary, viewer: Viewer, when: When) -> list[str]:
    lines = []
    if summary.superseded_by:
        lines.append(f"Superseded by {number_of(summary.superseded_by)}")
    if summary.overridden_at:
        lines.append(f"Overridden {when(summary.overridden_at, viewer)}: the order's source brought other figures")
    return lines


def unseen_text(summary: AdjustmentSummary, name: Name) -> str:
    """Of an undecided adjustment whose requester no longer sees its order."""
    return (
        f"{name(summary.requester)} no longer sees this order: its customer now belongs to somebody else, "
        "or they left the desk. It can still be decided"
    )


def step_text(adjustment: Adjustment, at: int, viewer: Viewer, when: When) -> str:
    """A step of its life: what, who, when, why."""
    event = adjustment.events[at]
    by = f" by {named(event.by)}" if event.by else ""
    reason = f": “{shown(event.reason, 300)}”" if event.reason else ""
    return f"{when(event.at, viewer)} · {STEPS[event.step]}{by}{reason}"


def picture_text(picture: OrderPicture, viewer: Viewer) -> str:
    """An order as it was judged or found, in one line."""
    discounts = replaced_text(picture.discounts, viewer)
    less = f", with {discounts}" if discounts else ""
    items = "1 item" if len(picture.items) == 1 else f"{len(picture.items)} items"
    return (
        f"{picture.status.label.lower()}, {items}, list price {money_text(picture.official_amount, viewer)}{less}, "
        f"after discount {money_text(picture.amount_after_discount, viewer)}"
    )


def stale_lines(adjustment: Adjustment, viewer: Viewer) -> list[str]:
    """Both pictures of an order that had changed: as it was judged, and as it was found."""
    if adjustment.state is not AdjustmentState.STALE:
        return []
    judged = picture_text(adjustment.proposal.picture, viewer)
    found = picture_text(adjustment.found, viewer) if adjustment.found else "no longer there"
    lines = [f"Judged: {judged}", f"Found: {found}"]
    if adjustment.found and found == judged:
        lines.append(_unseen_change(adjustment.proposal.picture, adjustment.found, viewer))
    return lines


def _unseen_change(judged: OrderPicture, found: OrderPicture, viewer: Viewer) -> str:
    """What changed, where both pictures read alike: in the items, in what is paid by coupon, or around the order."""
    before = {item.order_line_item_id: item for item in judged.items}
    changed = [item for item in found.items if before.get(item.order_line_item_id) != item]
    parts = []
    for item in changed[:_MOST_CHANGED]:
        known = before.get(item.order_line_item_id)
        parts.append(_item_picture(item, viewer) + (f" (judged: {_item_picture(known, viewer)})" if known else ""))
    if len(changed) > _MOST_CHANGED:
        parts.append(f"and {len(changed) - _MOST_CHANGED} more items")
    if found.coupons_and_cards != judged.coupons_and_cards:
        covered, then = figure(found.coupons_and_cards, viewer), figure(judged.coupons_and_cards, viewer)
        parts.append(f"coupons and cards {covered} (judged: {then})")
    if not parts:
        return "Changed: not the order's figures, but whether its price may be adjusted: by its customer, or its type"
    return "Changed: " + "; ".join(parts)


def _item_picture(item: PricedItem, viewer: Viewer) -> str:
    name = shown(item.product_spec_desc, 60) or shown(item.service_type_code, 60)
    fixed = "" if item.discountable else ", not discountable"
    prices = f"{figure(item.official_amount, viewer)} → {figure(item.amount_after_discount, viewer)}"
    return f"{name}, {quantity_text(item)}: {prices}{fixed}"
