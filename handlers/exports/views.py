"""What was queued, and Export History, as modals. Pure."""

from __future__ import annotations

from slack_sdk.models.blocks import Block
from slack_sdk.models.views import View

from handlers.exports import ids
from handlers.exports.state import FormState, HistoryState
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
from store.domain.exports.export import Export, ExportPage, ExportState, Queued, Scope
from store.domain.exports.rules import may_cancel, may_download, may_retry
from store.domain.people import Actor

HISTORY_TITLE = "Export History"


def queued_text(queued: Queued) -> str:
    """What to tell of an export that was asked for; mrkdwn."""
    export = queued.export
    where = f"The file comes by {destination_text(export.destination)}"
    if not export.destination.direct:
        where = f"The file comes to {destination_text(export.destination)}"
    if ahead := ahead_text(export):
        where += f". {ahead}"
    if queued.again:
        return (
            f"The same export was asked for a moment ago: it is *{export.number}*, and was not queued again. {where}."
        )
    if export.scope is Scope.ALL:
        return f":white_check_mark: {ALL_QUEUED}. It is *{export.number}*. {where}."
    return f":white_check_mark: *{export.number}* is queued: {scope_text(export)}. {where}."


def not_queued_blocks(said: str, state: FormState) -> list[Block]:
    """Why nothing was queued for a channel, and a button that has it sent to the asker instead."""
    return [section(cut(said, SECTION_TEXT)), actions([button(TO_ME, ids.SEND_TO_ME, state.dump())], "instead")]


def queued_modal(queued: Queued) -> View:
    """That it is queued, and where to look."""
    blocks: list[Block] = [
        section(cut(queued_text(queued), SECTION_TEXT)),
        actions([button("View Export", ids.VIEW_EXPORT)], "history"),
    ]
    return modal("Export", blocks, callback_id=ids.SENT)


def history_modal(page: ExportPage, here: HistoryState, actor: Actor, said: str = "") -> View:
    """Exports, newest first, ten a page; one's own, and for who sees all orders everyone's."""
    blocks: list[Block] = [section(cut(said, SECTION_TEXT)), divider()] if said else []
    if not page.rows:
        blocks.append(section("*Export History*\nNothing has been exported yet."))
        blocks.append(context("Export orders with `/export`, or with *Export* on the results of `/orders`."))
        return modal(HISTORY_TITLE, blocks, callback_id=ids.HISTORY, private_metadata=here.dump())
    noun = "export" if page.total.value == 1 else "exports"
    whose = "of everybody" if actor.reach.everything else "of yours"
    blocks.append(section(f"*{count_text(page.total, actor)} {noun}* {whose}"))
    blocks.append(divider())
    for row in page.rows:
        entries = _entries(row, actor)
        text = cut(summary_text(row, actor), SECTION_TEXT)
        blocks.append(section(text, menu(entries) if entries else None, f"export-{row.key}"))
    blocks.append(divider())
    blocks.extend(list_pager(page, actor, ids.HISTORY_BACK, ids.HISTORY_ON))
    blocks.append(context(f"Newest first. Times are of your time zone, {zone_text(actor)}."))
    return modal(HISTORY_TITLE, blocks, callback_id=ids.HISTORY, private_metadata=here.dump())


def summary_text(export: Export, actor: Actor) -> str:
    """An export in three lines: number and state; what is in it; when, by whom, where to."""
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
