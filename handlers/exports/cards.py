"""Messages about an export: its progress, its result, its failure. Pure: domain values in, messages out."""

from __future__ import annotations

from datetime import datetime

from slack_sdk.models.blocks import Block, ButtonElement

from handlers.exports import ids
from handlers.exports.questions import cancel_question
from handlers.exports.words import (
    TO_ME,
    fits_direct,
    next_step,
    progress_text,
    reason_text,
    scope_text,
    size_text,
    state_text,
)
from handlers.kit.blocks import SECTION_TEXT, actions, button, context, cut, section
from handlers.kit.formats import Viewer, moment_token, orders_text
from handlers.kit.messages import Message
from handlers.kit.people import mentioned
from store.domain.exports.export import Export, ExportState, ExportStep


def progress_message(export: Export, now: datetime, viewer: Viewer) -> Message:
    """The one message of an export: its progress bar while it runs, and its outcome afterwards."""
    head = f"*Export {export.number}* · {scope_text(export)} · requested by {mentioned(export.requester)}"
    blocks: list[Block] = [section(cut(f"{head}\n{_state_line(export, now, viewer)}", SECTION_TEXT))]
    asked = f"Asked {moment_token(export.queued_at, viewer)}"
    done = f" · finished {moment_token(export.finished_at, viewer)}" if export.finished_at else ""
    blocks.append(context(asked + done))
    key = f"{export.key}"
    if export.state.open and export.step is not ExportStep.COMPLETING:
        blocks.append(actions([button("Cancel", ids.CANCEL, key, asks=cancel_question(export))], "export"))
    elif export.state is ExportState.FAILED:
        blocks.append(actions(_after_failure(export), "export"))
    return Message(f"Export {export.number}: {export.state.label}", blocks)


def _state_line(export: Export, now: datetime, viewer: Viewer) -> str:
    match export.state:
        case ExportState.WAITING | ExportState.IN_PROGRESS:
            return f"{state_text(export)}\n{progress_text(export, now, viewer)}"
        case ExportState.COMPLETED | ExportState.DELETED:
            return f":large_green_circle: Completed · {result_text(export, viewer)}"
        case ExportState.FAILED:
            return f"{state_text(export)}: {reason_text(export)}. No file was posted.{next_step(export)}"
        case _:
            by = f" by {mentioned(export.finished_by)}" if export.finished_by else ""
            return f"{state_text(export)}{by}. No file was posted."


def result_text(export: Export, viewer: Viewer) -> str:
    """The contents of the file in numbers, and whether it is empty."""
    facts = [orders_text(export.orders or 0, viewer)]
    if export.size is not None:
        facts.append(size_text(export.size, viewer))
    said = " · ".join(facts)
    return f"{said}\nNo order matched: the workbook has only its headers." if export.empty else said


def not_sent_message(export: Export, viewer: Viewer) -> Message:
    """To the person who asked for the download: Slack did not take the file, and what to do."""
    text = (
        f":red_circle: *Export {export.number} could not be sent to you*: Slack did not take the file. "
        "It is kept: choose *Download* in Export History again in a minute.\n"
        f"{scope_text(export)} · asked {moment_token(export.queued_at, viewer)}"
    )
    buttons = [button("View Export", ids.VIEW_EXPORT)]
    blocks = [section(cut(text, SECTION_TEXT)), actions(buttons, "not_sent")]
    return Message(f"Export {export.number} could not be sent to you", blocks)


def failed_message(export: Export, viewer: Viewer) -> Message | None:
    """To the requester: that it failed, why, and what to do. None if it is no longer failed."""
    if export.state is not ExportState.FAILED:
        return None
    text = (
        f":red_circle: *Export {export.number} failed*: {reason_text(export)}. No file was posted.{next_step(export)}\n"
        f"{scope_text(export)} · asked {moment_token(export.queued_at, viewer)}"
    )
    buttons = [*_after_failure(export), button("View Export", ids.VIEW_EXPORT)]
    return Message(f"Export {export.number} failed", [section(cut(text, SECTION_TEXT)), actions(buttons, "failed")])


def _after_failure(export: Export) -> list[ButtonElement]:
    key = f"{export.key}"
    instead = [button(TO_ME, ids.SEND_INSTEAD, key)] if fits_direct(export) else []
    return [*instead, button("Retry", ids.RETRY, key)]
