"""The history, one adjustment whole, what waits for a manager, and the rejection, as modals. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from slack_sdk.models.blocks import Block, ButtonElement
from slack_sdk.models.blocks.block_elements import PlainTextInputElement
from slack_sdk.models.views import View

from handlers.adjustments import ids
from handlers.adjustments.state import ApprovalsState, HistoryState, OneState, RejectState
from handlers.adjustments.words import (
    SUCCESS,
    change_text,
    item_text,
    needs,
    outcome_lines,
    replaced_text,
    stale_lines,
    state_text,
    step_text,
    unseen_text,
)
from handlers.kit.blocks import (
    SECTION_TEXT,
    Entry,
    actions,
    button,
    context,
    cut,
    divider,
    field,
    menu,
    modal,
    section,
    shown,
)
from handlers.kit.formats import Viewer, count_text, moment_text, number, zone_text
from handlers.kit.ids import INPUT
from handlers.kit.paging import list_pager
from handlers.kit.people import named
from store.domain.adjustments.adjustment import (
    REASON_MAX,
    Adjustment,
    AdjustmentPage,
    AdjustmentState,
    AdjustmentSummary,
    Person,
)
from store.domain.orders.criteria import ITEMS_PAGE
from store.domain.people import Actor

HISTORY_TITLE = "Price Adjustment History"
_MOST_STEPS = 12


def history_modal(page: AdjustmentPage, here: HistoryState, of_order: str, actor: Actor, said: str = "") -> View:
    """Every attempt, newest first, ten a page. `of_order`: the order's number; empty: of all orders one sees."""
    whose = f"order {shown(of_order)}" if of_order else "all orders that you see"
    blocks: list[Block] = _said(said)
    if not page.rows:
        blocks.append(section(f"*Price Adjustment History* of {whose}\nNobody has adjusted a price here yet."))
        blocks.append(
            context("*Adjust Price* stands beside an order that is pending payment: find one with `/orders`.")
        )
        return modal(HISTORY_TITLE, blocks, callback_id=ids.HISTORY, private_metadata=here.dump())
    noun = "attempt" if page.total.value == 1 else "attempts"
    blocks.append(section(f"*Price Adjustment History* of {whose} · {count_text(page.total, actor)} {noun}"))
    blocks.append(divider())
    blocks.extend(
        section(cut(summary_text(row, actor), SECTION_TEXT), menu(_entries(row, actor)), f"adjustment-{row.key}")
        for row in page.rows
    )
    blocks.append(divider())
    blocks.extend(_pager(page, actor, ids.HISTORY_BACK, ids.HISTORY_ON))
    blocks.append(context(f"Newest first. Times are of your time zone, {zone_text(actor)}."))
    return modal(HISTORY_TITLE, blocks, callback_id=ids.HISTORY, private_metadata=here.dump())


def approvals_modal(page: AdjustmentPage, here: ApprovalsState, actor: Actor, said: str = "") -> View:
    """What waits for this manager's decision, nearest deadline first. `said`: what became of the last click."""
    blocks: list[Block] = _said(said)
    if not page.rows:
        blocks.append(section("*Nothing waits for your decision.*"))
        blocks.append(
            context("What you asked for yourself, others decide. What was decided stands under `/adjustments`.")
        )
        return modal("Approvals", blocks, callback_id=ids.APPROVALS, private_metadata=here.dump())
    noun = "adjustment waits" if page.total.value == 1 else "adjustments wait"
    blocks.append(section(f"*{count_text(page.total, actor)} {noun} for your decision*"))
    for row in page.rows:
        deadline = f"\nTo be decided by {moment_text(row.deadline, actor)}" if row.deadline else ""
        gone = f"\n{unseen_text(row, named)}" if not row.requester_sees else ""
        text = cut(summary_text(row, actor), SECTION_TEXT - 400) + gone + deadline
        blocks.extend([divider(), section(text), actions(_decide(row), f"decide-{row.key}")])
    blocks.append(divider())
    blocks.extend(_pager(page, actor, ids.APPROVALS_BACK, ids.APPROVALS_ON))
    blocks.append(context(f"Nearest deadline first. Times are of your time zone, {zone_text(actor)}."))
    return modal("Approvals", blocks, callback_id=ids.APPROVALS, private_metadata=here.dump())


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
    blocks.append(context(f"Times are of your time zone, {zone_text(actor)}."))
    return modal(
        f"Adjustment {summary.number}",
        blocks,
        callback_id=ids.ONE,
        private_metadata=here.model_copy(update={"items_offset": offset}).dump(),
    )


def submitted_modal(adjustment: Adjustment, actor: Actor, *, silent: bool) -> View:
    """What became of a submission, in the form's place. `silent`: no approvals channel is set."""
    summary = adjustment.summary
    if summary.state is AdjustmentState.APPLIED:
        said = f":large_green_circle: *{SUCCESS}*"
    elif summary.pending:
        said = (
            f"*{summary.number} was submitted.* {needs(summary.needed_approvals)} "
            "You will hear the outcome by direct message."
        )
        if silent:
            said += " No approvals channel is set up: tell a manager to look under `/approvals`."
    else:
        said = state_text(summary)
    return adjustment_modal(adjustment, OneState(adjustment=summary.key), actor, said)


def reject_modal(summary: AdjustmentSummary, state: RejectState, actor: Actor) -> View:
    """Asks for the reason of a rejection."""
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
        f"Reject {summary.number}",
        blocks,
        callback_id=ids.REJECTION,
        submit="Reject",
        close="Cancel",
        private_metadata=state.dump(),
    )


def summary_text(row: AdjustmentSummary, actor: Viewer) -> str:
    """An adjustment in a few lines: what it is and its state, the money, who asked and why, who decided."""
    lines = [
        f"*{row.number}*  {state_text(row)}",
        f"{shown(row.order_id)} · {shown(row.customer_name)} · {shown(row.service_type_name, 100)}",
        change_text(row, actor),
        f"{named(row.requester)}, {moment_text(row.submitted_at, actor)} · “{shown(row.reason, 500)}”",
        *outcome_lines(row, actor, moment_text, named),
    ]
    return "\n".join(lines)


def own(row: AdjustmentSummary, actor: Actor) -> bool:
    """Whether this person asked for it."""
    return Person.of(actor.member).same(row.requester)


def _said(text: str) -> list[Block]:
    return [section(cut(text, SECTION_TEXT), block_id="said"), divider()] if text else []


def _entries(row: AdjustmentSummary, actor: Actor) -> list[Entry]:
    entries = [
        Entry("Items", ids.VIEW_ONE, f"{row.key}"),
        Entry("View Order Details", ids.VIEW_DETAILS, f"{row.order_key}"),
    ]
    if row.pending and own(row, actor):
        entries.append(Entry("Withdraw", ids.WITHDRAW, f"{row.key}"))
    return entries


def _decide(row: AdjustmentSummary) -> list[ButtonElement]:
    return [
        button("Approve", ids.APPROVE, f"{row.key}", style="primary"),
        button("Reject", ids.REJECT, f"{row.key}", style="danger"),
        button("View Order Details", ids.VIEW_DETAILS, f"{row.order_key}"),
    ]


def _one_buttons(summary: AdjustmentSummary, here: OneState, actor: Actor) -> Sequence[ButtonElement]:
    buttons = [button("View Order Details", ids.VIEW_DETAILS, f"{summary.order_key}")]
    if summary.pending and own(summary, actor):
        buttons.append(button("Withdraw", ids.WITHDRAW, f"{summary.key}"))
    if here.history is not None:
        buttons.append(button("‹ Price Adjustment History", ids.BACK))
    return buttons


def _pager(page: AdjustmentPage, actor: Actor, back: str, on: str) -> list[Block]:
    return list_pager(page, actor, back, on) if page.previous or page.next else []
