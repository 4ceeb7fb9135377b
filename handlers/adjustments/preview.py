"""What an adjustment would do, before it is submitted: redrawn as one types. Pure."""

from __future__ import annotations

from slack_sdk.models.blocks import Block

from handlers.adjustments.words import item_text, needs, replaced_text
from handlers.kit.blocks import SECTION_TEXT, context, cut, section
from handlers.kit.escapes import escape
from handlers.kit.formats import Viewer, figure, moment_text, money_text, number, percent_text
from handlers.kit.refusals import sentence
from store.domain.adjustments.adjustment import AdjustmentForm
from store.domain.adjustments.pricing import Proposal
from store.domain.errors import DomainError

MOST_ITEMS = 12
"""Items shown one by one; of more, those that get something come first."""


def preview_blocks(
    form: AdjustmentForm, preview: Proposal | DomainError | None, viewer: Viewer, *, silent: bool
) -> list[Block]:
    """The price now and as proposed, item by item; what is replaced; what it affects; who must approve."""
    picture = form.order.picture
    most = f"Maximum Discount *{money_text(form.maximum, viewer)}*"
    lines = [f"*Now*   {_now(form, viewer)}"]
    if isinstance(preview, DomainError):
        lines.append(f"*Proposed*   {escape(sentence(preview, viewer).text)}")
    elif preview is None:
        lines.append("*Proposed*   nothing yet")
    else:
        lines.append(
            f"*Proposed*   {money_text(preview.official_amount, viewer)} list − {figure(preview.discount, viewer)} "
            f"({percent_text(preview.percentage, viewer)}) = *{figure(preview.after, viewer)}*"
        )
    lines.append(most)
    blocks = [section("\n".join(lines), block_id="preview")]
    if isinstance(preview, Proposal):
        blocks.append(section(_items(preview, viewer), block_id="preview-items"))
    notes = []
    replaced = replaced_text(picture.discounts, viewer)
    if replaced:
        notes.append(f"No longer applies: {replaced}. An adjustment replaces all other discounts.")
    notes.append("Renewals keep their price. This affects your incentives.")
    if isinstance(preview, Proposal):
        notes.append(needs(preview.needed_approvals))
        if silent and preview.needed_approvals:
            notes.append("No approvals channel is set up: tell a manager to look under `/approvals`.")
    notes.append(_deadline(form, viewer))
    blocks.append(context("\n".join(note for note in notes if note)))
    return blocks


def _now(form: AdjustmentForm, viewer: Viewer) -> str:
    picture = form.order.picture
    listed = f"{money_text(picture.official_amount, viewer)} list"
    if not picture.discounts:
        return f"*{listed}*"
    return f"{listed} − {replaced_text(picture.discounts, viewer)} = *{figure(picture.amount_after_discount, viewer)}*"


def _items(proposal: Proposal, viewer: Viewer) -> str:
    items = sorted(proposal.items, key=lambda item: not item.discount)[:MOST_ITEMS]
    order = {id(item): place for place, item in enumerate(proposal.items)}
    lines = [f"• {item_text(item, viewer)}" for item in sorted(items, key=lambda item: order[id(item)])]
    more = len(proposal.items) - len(lines)
    if more:
        lines.append(f"… and {number(more, viewer)} more")
    return cut("\n".join(lines), SECTION_TEXT)


def _deadline(form: AdjustmentForm, viewer: Viewer) -> str:
    deadline = form.order.deadline
    if deadline is None:
        return ""
    return f"The order must be paid by {moment_text(deadline, viewer)}; undecided until then, the adjustment expires."
