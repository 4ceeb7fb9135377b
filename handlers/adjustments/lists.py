"""What waits for a manager, and the history, as modals. Pure.

Rows keep their places while a list is before somebody: what is decided stays where it was, its outcome in the room of
its buttons, and nothing new is said above a row. So a second click on one spot never meets another row.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from slack_sdk.models.blocks import Block
from slack_sdk.models.views import View

from handlers.adjustments import ids
from handlers.adjustments.buttons import buttons_of
from handlers.adjustments.state import AdjustmentHistoryState, ApprovalsState, ListState
from handlers.adjustments.views import facts_text, own, summary_text
from handlers.adjustments.words import more_managers, outcome_lines, unseen_text
from handlers.kit.blocks import (
    SECTION_TEXT,
    Entry,
    actions,
    button,
    context,
    cut,
    divider,
    menu,
    modal,
    section,
    shown,
)
from handlers.kit.formats import count_text, moment_text, zone_text
from handlers.kit.paging import list_pager
from handlers.kit.people import named
from handlers.kit.rows import RowWord
from handlers.kit.state import LIST_BEGINS, ListPosition
from store.domain.adjustments.adjustment import AdjustmentPage, AdjustmentSummary, number_of
from store.domain.adjustments.transitions import TRANSITIONS, Verb, Whose, may
from store.domain.orders.criteria import CappedCount
from store.domain.people import Actor

HISTORY_TITLE = "Price Adjustment History"


def approvals_modal(page: AdjustmentPage, here: ApprovalsState, actor: Actor, said: RowWord | None = None) -> View:
    """What waits for this manager's decision, nearest deadline first; what was decided on it stays in its place."""
    keys = here.rows or tuple(row.key for row in page.rows)
    if not keys:
        blocks: list[Block] = [section("*Nothing waits for your decision.*")]
        blocks.append(context("Others decide on your own adjustments. Decided adjustments are under `/adjustments`."))
        return modal("Approvals", blocks, callback_id=ids.APPROVALS, private_metadata=ApprovalsState().dump())
    noun = "adjustment waits" if page.total.value == 1 else "adjustments wait"
    count = count_text(page.total, actor) if page.total.value else "No more"
    blocks = [section(f"*{count} {noun} for your decision*")]
    rows = {row.key: row for row in page.rows}
    for key in keys:
        blocks.append(divider())
        row = rows.get(key)
        blocks.extend(_row(row, actor, said) if row else _unseen(key))
    blocks.append(divider())
    blocks.extend(_below(said, [row.key for row in page.rows if not may(Verb.APPROVE, actor, row)]))
    blocks.extend(_pager(page, actor, ids.APPROVALS_BACK, ids.APPROVALS_ON))
    if page.gone or len(rows) < len(keys):
        blocks.append(actions([button("Show what waits now", ids.APPROVALS_AFRESH)], "afresh"))
    blocks.append(context(f"Nearest deadline first. Times are in your time zone, {zone_text(actor)}."))
    state = here.model_copy(update={"rows": keys, "position": _position(page, here)})
    return modal("Approvals", blocks, callback_id=ids.APPROVALS, private_metadata=state.dump())


def history_modal(
    page: AdjustmentPage, here: AdjustmentHistoryState, of_order: str, actor: Actor, said: RowWord | None = None
) -> View:
    """Every attempt, newest first, ten a page. `of_order`: the order's number; empty: of all orders one sees."""
    whose = f"order {shown(of_order)}" if of_order else "all orders that you see"
    keys = here.rows or tuple(row.key for row in page.rows)
    if not keys:
        blocks: list[Block] = [section(f"*Price Adjustment History* of {whose}\nNobody has adjusted a price here yet.")]
        blocks.append(
            context("Choose *Adjust Price* beside an order that is pending payment. Find one with `/orders`.")
        )
        return modal(HISTORY_TITLE, blocks, callback_id=ids.HISTORY, private_metadata=here.dump())
    noun = "attempt" if page.total.value == 1 else "attempts"
    blocks = [section(f"*Price Adjustment History* of {whose} · {count_text(page.total, actor)} {noun}"), divider()]
    rows = {row.key: row for row in page.rows}
    buttons = {row.key: buttons_of(row, Whose.OWN, actor) for row in page.rows if own(row, actor)}
    offered = (*here.offered, *(key for key in buttons if buttons[key] and key not in here.offered))
    for key in keys:
        row = rows.get(key)
        if row is None:
            blocks.extend(_unseen(key))
        elif buttons.get(key):
            blocks.append(_attempt(row, summary_text(row, actor)))
            blocks.append(actions(buttons[key], f"own-{key}"))
        elif key in offered:
            before, since = _outcome(row, actor)
            blocks.append(_attempt(row, "\n".join([facts_text(row, actor), *before])))
            blocks.append(context(_word(row, since, said)))
        else:
            blocks.append(_attempt(row, summary_text(row, actor)))
    blocks.append(divider())
    blocks.extend(_below(said, [key for key in offered if key in rows and not buttons.get(key)]))
    blocks.extend(_pager(page, actor, ids.HISTORY_BACK, ids.HISTORY_ON))
    blocks.append(context(f"Newest first. Times are in your time zone, {zone_text(actor)}."))
    state = here.model_copy(update={"rows": keys, "offered": offered, "position": _position(page, here)})
    return modal(HISTORY_TITLE, blocks, callback_id=ids.HISTORY, private_metadata=state.dump())


def _row(row: AdjustmentSummary, actor: Actor, said: RowWord | None) -> list[Block]:
    """A row of what waits: with its buttons, or with its outcome in their room."""
    waits = may(Verb.APPROVE, actor, row)
    before, since = _outcome(row, actor)
    text = summary_text(row, actor) if waits else "\n".join([facts_text(row, actor), *before])
    gone = f"\n{unseen_text(row, named)}" if not row.requester_sees else ""
    until = "To be" if row.pending else "Was to be"
    deadline = f"\n{until} decided by {moment_text(row.deadline, actor)}" if row.deadline else ""
    text = cut(text, SECTION_TEXT - 400) + gone + deadline
    if waits:
        buttons = [
            *buttons_of(row, Whose.ANOTHERS, actor),
            button("View Order Details", ids.VIEW_DETAILS, f"{row.order_key}"),
        ]
        return [section(text), actions(buttons, f"decide-{row.key}")]
    return [section(text), context(_word(row, since, said))]


def _attempt(row: AdjustmentSummary, text: str) -> Block:
    entries = [
        Entry("Items", ids.VIEW_ONE, f"{row.key}"),
        Entry("View Order Details", ids.VIEW_DETAILS, f"{row.order_key}"),
    ]
    return section(cut(text, SECTION_TEXT), menu(entries), f"adjustment-{row.key}")


def _unseen(key: int) -> list[Block]:
    """A row that this person no longer sees keeps its place."""
    return [section(f"*{number_of(key)}*"), context("It is no longer among the adjustments that you see.")]


def _outcome(row: AdjustmentSummary, actor: Actor) -> tuple[list[str], list[str]]:
    """Who did what, in lines: those that stood there while it waited, and what came since."""
    lines = outcome_lines(row, actor, moment_text, named)
    approved = len(row.approvals)
    last = approved and row.state in TRANSITIONS[Verb.APPROVE].leads_to
    before, since = lines[: approved - bool(last)], lines[approved - bool(last) :]
    if row.pending:
        since.append(f"It waits for {more_managers(row.approvals_missing)}")
    return before, since


def _word(row: AdjustmentSummary, since: Sequence[str], said: RowWord | None) -> str:
    return cut(said.text if said and said.key == row.key else "\n".join(since), 600)


def _below(said: RowWord | None, told: Sequence[int]) -> list[Block]:
    """What is said of no row that has room for it stands below the list: above, it would push all rows down."""
    return [context(cut(said.text, 600))] if said and said.key not in told else []


def _position(page: AdjustmentPage, here: ListState) -> ListPosition:
    return here.position if page.offset else LIST_BEGINS


def _pager(page: AdjustmentPage, actor: Actor, back: str, on: str) -> list[Block]:
    if not (page.previous or page.next):
        return []
    total = CappedCount(page.total.value + page.gone, page.total.capped)
    return list_pager(replace(page, total=total), actor, back, on)
