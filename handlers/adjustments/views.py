"""One adjustment whole, what became of a submission, and the rejection, as modals. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from slack_sdk.models.blocks import Block, ButtonElement
from slack_sdk.models.blocks.block_elements import PlainTextInputElement
from slack_sdk.models.views import View

from handlers.adjustments import ids
from handlers.adjustments.buttons import BUTTONS, buttons_of
from handlers.adjustments.outcomes import STATES, SUCCESS
from handlers.adjustments.state import OneState, ReasonState
from handlers.adjustments.words import (
    change_text,
    item_text,
    needs,
    outcome_lines,
    replaced_text,
    stale_lines,
    state_text,
    step_text,
)
from handlers.kit.blocks import (
    SECTION_TEXT,
    actions,
    button,
    context,
    cut,
    divider,
    field,
    modal,
    section,
    shown,
)
from handlers.kit.formats import Viewer, moment_text, number, zone_text
from handlers.kit.ids import INPUT
from handlers.kit.people import named
from store.domain.adjustments.adjustment import REASON_MAX, Adjustment, AdjustmentSummary
from store.domain.adjustments.states import AdjustmentState
from store.domain.adjustments.transitions import Verb, Whose
from store.domain.orders.criteria import ITEMS_PAGE
from store.domain.people import Actor, Person

_MOST_STEPS = 12


def adjustment_modal(adjustment: Adjustment, here: OneState, actor: Actor, said: str = "") -> View:
    """One adjustment whole: the money item by item, who did what and when, both pictures where it is stale."""
    summary = adjustment.summary
    head = cut(summary_text(summary, actor), SECTION_TEXT)
    blocks: list[Block] = [*_said(said), section(head), divider()]
    items = adjustment.proposal.items
    offset = min(max(here.items_offset, 0), max(len(items) - 1, 0) // ITEMS_PAGE * ITEMS_PAGE)
    last = min(offset + ITEMS_PAGE, len(items))
    where = f"{number(offset + 1, actor)}–{number(last, actor)} of {number(len(items), actor)}"
    lines = [f"{place}. {item_text(items[place - 1], actor)}" for place in range(offset + 1, last + 1)]
    blocks.append(section(cut(f"*Items* · {where}\n" + "\n".join(lines), SECTION_TEXT)))
    turn = []
    if offset:
        turn.append(button("‹ Previous items", ids.ITEMS_BACK, f"{max(offset - ITEMS_PAGE, 0)}"))
    if last < len(items):
        turn.append(button("More items ›", ids.ITEMS_ON, f"{last}"))
    if turn:
        blocks.append(actions(turn, "items"))
    replaced = replaced_text(adjustment.proposal.replaced, actor)
    if replaced:
        blocks.append(context(f"Replaces {replaced}"))
    stale = stale_lines(adjustment, actor)
    if stale:
        blocks.append(section("\n".join(stale)))
    steps = range(len(adjustment.events))[-_MOST_STEPS:]
    told = "\n".join(step_text(adjustment, at, actor, moment_text) for at in steps)
    blocks.extend([divider(), section(cut(f"*What happened*\n{told}", SECTION_TEXT)), divider()])
    blocks.append(actions(_one_buttons(summary, here, actor), "actions"))
    blocks.append(context(f"Times are in your time zone, {zone_text(actor)}."))
    return modal(
        f"Adjustment {summary.number}",
        blocks,
        callback_id=ids.ONE,
        private_metadata=here.model_copy(update={"items_offset": offset}).dump(),
    )


def submitted_modal(adjustment: Adjustment, actor: Actor, *, silent: bool) -> View:
    """What became of a submission, in the form's place. `silent`: no approvals channel is set."""
    summary = adjustment.summary
    said = submitted_text(summary, silent=silent)
    return adjustment_modal(adjustment, OneState(adjustment=summary.key), actor, said)


def submitted_text(summary: AdjustmentSummary, *, silent: bool) -> str:
    """What became of a submission; mrkdwn. `silent`: as submitted_modal has it."""
    if summary.state is AdjustmentState.APPLIED:
        return f"{STATES[summary.state].sign} *{SUCCESS}* ({summary.number})"
    if not summary.pending:
        return f"*{summary.number}*  {state_text(summary)}"
    said = (
        f"*{summary.number} was submitted.* {needs(summary.needed_approvals)} "
        "You will hear the outcome by direct message."
    )
    if silent:
        said += " No approvals channel is set up: tell a manager to look under `/approvals`."
    return said


def reason_modal(verb: Verb, summary: AdjustmentSummary, state: ReasonState, actor: Actor) -> View:
    """Asks for the reason of a decision."""
    label = BUTTONS[verb].label
    blocks: list[Block] = [
        section(cut(summary_text(summary, actor), SECTION_TEXT)),
        field(
            ids.REASON,
            "Reason",
            PlainTextInputElement(action_id=INPUT, multiline=True, max_length=REASON_MAX),
            "The requester is told, and it stays in the history.",
            optional=False,
        ),
    ]
    return modal(
        f"{label} {summary.number}",
        blocks,
        callback_id=ids.reason_form(verb),
        submit=label,
        close="Cancel",
        private_metadata=state.dump(),
    )


def facts_text(row: AdjustmentSummary, actor: Viewer) -> str:
    """An adjustment in four lines: what it is and its state, whose, the money, who asked and why."""
    lines = [
        f"*{row.number}*  {state_text(row)}",
        f"{shown(row.order_id)} · {shown(row.customer_name)} · {shown(row.service_type_name, 100)}",
        change_text(row, actor),
        f"{named(row.requester)}, {moment_text(row.submitted_at, actor)} · “{shown(row.reason, 500)}”",
    ]
    return "\n".join(lines)


def summary_text(row: AdjustmentSummary, actor: Viewer) -> str:
    """The same, with who decided."""
    return "\n".join([facts_text(row, actor), *outcome_lines(row, actor, moment_text, named)])


def own(row: AdjustmentSummary, actor: Actor) -> bool:
    """Whether this person asked for it."""
    return Person.of(actor.member).same(row.requester)


def _said(text: str) -> list[Block]:
    return [section(cut(text, SECTION_TEXT), block_id="said"), divider()] if text else []


def _one_buttons(summary: AdjustmentSummary, here: OneState, actor: Actor) -> Sequence[ButtonElement]:
    buttons = [button("View Order Details", ids.VIEW_DETAILS, f"{summary.order_key}")]
    if own(summary, actor):
        buttons.extend(buttons_of(summary, Whose.OWN, actor))
    if here.history is not None:
        buttons.append(button("‹ Price Adjustment History", ids.BACK))
    return buttons
