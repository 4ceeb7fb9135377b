"""Queued exports, and Export History, as modals. Pure."""

from __future__ import annotations

from slack_sdk.models.blocks import Block
from slack_sdk.models.views import View

from handlers.exports import ids
from handlers.exports.questions import cancel_question
from handlers.exports.state import ExportFormState, ExportHistoryState
from handlers.exports.words import (
    ALL_QUEUED,
    TO_ME,
    ahead_text,
    destination_text,
    fits_direct,
    next_step,
    reason_text,
    scope_text,
    share_text,
    size_text,
    state_text,
)
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
)
from handlers.kit.formats import count_text, moment_text, orders_text, zone_text
from handlers.kit.paging import list_pager
from handlers.kit.people import named
from handlers.kit.rows import RowWord
from handlers.kit.state import LIST_BEGINS
from store.domain.exports.export import Export, ExportPage, ExportState, Queued, Scope
from store.domain.exports.rules import may_cancel, may_download, may_retry
from store.domain.people import Actor

HISTORY_TITLE = "Export History"


def queued_text(queued: Queued) -> str:
    """The words about an export that was requested; mrkdwn."""
    export = queued.export
    where = f"The file comes by {destination_text(export.destination)}"
    if not export.destination.direct:
        where = f"The file comes to {destination_text(export.destination)}"
    if ahead := ahead_text(export):
        where += f". {ahead}"
    if queued.again:
        return (
            f"You asked for the same export a moment ago: it is *{export.number}*, and was not queued again. {where}."
        )
    if export.scope is Scope.ALL:
        return f":white_check_mark: {ALL_QUEUED}. It is *{export.number}*. {where}."
    return f":white_check_mark: *{export.number}* is queued: {scope_text(export)}. {where}."


def not_queued_blocks(said: str, state: ExportFormState) -> list[Block]:
    """Why nothing was queued for a channel, and a button that sends the file to the requester instead."""
    return [section(cut(said, SECTION_TEXT)), actions([button(TO_ME, ids.SEND_TO_ME, state.dump())], "instead")]


def queued_modal(queued: Queued) -> View:
    """Says that it is queued, and where to look."""
    blocks: list[Block] = [
        section(cut(queued_text(queued), SECTION_TEXT)),
        actions([button("View Export", ids.VIEW_EXPORT)], "history"),
    ]
    return modal("Export", blocks, callback_id=ids.SENT)


def history_modal(page: ExportPage, here: ExportHistoryState, actor: Actor, said: RowWord | None = None) -> View:
    """Exports, newest first, ten a page: the person's own, or everybody's if they see all orders.

    While it is open, rows keep their places, and no new row appears above them.
    """
    if not page.rows:
        blocks: list[Block] = [section("*Export History*\nNothing has been exported yet.")]
        blocks.append(context("Export orders with `/export`, or with *Export* on the results of `/orders`."))
        return modal(HISTORY_TITLE, blocks, callback_id=ids.HISTORY, private_metadata=here.dump())
    noun = "export" if page.total.value == 1 else "exports"
    whose = "of everybody" if actor.reach.everything else "of yours"
    blocks = [section(f"*{count_text(page.total, actor)} {noun}* {whose}"), divider()]
    for row in page.rows:
        entries = _entries(row, actor)
        # A menu asks before any of its entries, so Cancel is always alone in its menu.
        asks = cancel_question(row) if any(entry.action_id == ids.CANCEL for entry in entries) else None
        text = cut(_row_text(row, actor, said), SECTION_TEXT)
        blocks.append(section(text, menu(entries, asks) if entries else None, f"export-{row.key}"))
    blocks.append(divider())
    blocks.extend(list_pager(page, actor, ids.HISTORY_BACK, ids.HISTORY_ON))
    blocks.append(context(f"Newest first. Times are in your time zone, {zone_text(actor)}."))
    if said and said.key not in {row.key for row in page.rows}:
        blocks.append(context(cut(said.text, SECTION_TEXT)))
    position = here.position if page.offset else LIST_BEGINS
    state = here.model_copy(update={"rows": tuple(row.key for row in page.rows), "position": position})
    return modal(HISTORY_TITLE, blocks, callback_id=ids.HISTORY, private_metadata=state.dump())


def _row_text(row: Export, actor: Actor, said: RowWord | None) -> str:
    """The row; `said` replaces its last line, or the reason of its earlier failure before it waits again."""
    lines = summary_text(row, actor).split("\n")
    if said is None or said.key != row.key:
        return "\n".join(lines)
    return "\n".join([*(lines if row.state is ExportState.WAITING else lines[:-1]), said.text])


def summary_text(export: Export, actor: Actor) -> str:
    """An export in three lines: number and state; contents; times, requester and destination."""
    facts = [scope_text(export)]
    if export.orders is not None:
        facts.append(orders_text(export.orders, actor))
    if export.size is not None:
        facts.append(size_text(export.size, actor))
    when = f"Asked {moment_text(export.queued_at, actor)} by {named(export.requester)}"
    if export.finished_at:
        when += f" · finished {moment_text(export.finished_at, actor)}"
    ahead = f" · {ahead_text(export)}" if ahead_text(export) else ""
    lines = [
        f"*{export.number}*  {state_text(export)}{share_text(export)}{ahead}",
        " · ".join(facts),
        f"{when} · {_where(export)}",
    ]
    if export.state is ExportState.FAILED:
        lines.append(f"It failed: {reason_text(export)}.{next_step(export)}")
    if export.state is ExportState.DELETED and export.deleted_at:
        lines.append(f"The file was deleted on {moment_text(export.deleted_at, actor)}, after the time files are kept.")
    return "\n".join(lines)


def _where(export: Export) -> str:
    sent = "sent" if export.destination.direct else "posted"
    if not export.state.open and export.state not in {ExportState.COMPLETED, ExportState.DELETED}:
        sent = f"was to be {sent}"
    elif export.state.open:
        sent = f"to be {sent}"
    return f"{sent} {'by' if export.destination.direct else 'in'} {destination_text(export.destination)}"


def _entries(export: Export, actor: Actor) -> list[Entry]:
    key = f"{export.key}"
    offered = (
        (may_download(actor, export), Entry("Download", ids.DOWNLOAD, key)),
        (may_retry(actor, export) and fits_direct(export), Entry(TO_ME, ids.SEND_INSTEAD, key)),
        (may_retry(actor, export), Entry("Retry", ids.RETRY, key)),
        (may_cancel(actor, export), Entry("Cancel", ids.CANCEL, key)),
    )
    return [entry for may, entry in offered if may]
