"""Exports in words: states with their signs, sizes, progress, reasons. Pure."""

from __future__ import annotations

from datetime import datetime

from handlers.kit.blocks import shown
from handlers.kit.formats import Viewer, number, tenths_text
from store.domain.exports.export import Destination, Export, ExportState, ExportStep, FailureReason, Scope

SELECTED_DONE = "Records exported successfully"
ALL_QUEUED = "Tasks exported successfully"

_SIGNS = {
    ExportState.WAITING: ":large_yellow_circle:",
    ExportState.IN_PROGRESS: ":large_blue_circle:",
    ExportState.COMPLETED: ":large_green_circle:",
    ExportState.FAILED: ":red_circle:",
    ExportState.CANCELLED: ":white_circle:",
    ExportState.DELETED: ":white_circle:",
}
_ADMIN = "Ask an admin to look at it, then choose Retry"
_FEWER = "Export fewer orders at once"
_AGAIN = "Export the orders again"
_LATER = "Choose Retry in a minute"
TO_ME = "Send it only to me"
_ELSEWHERE = f"Choose {TO_ME}, or export the orders again elsewhere"
_INVITE = f"Invite it there and choose Retry, or choose {TO_ME}"
_REASONS: dict[FailureReason, tuple[str, str]] = {
    FailureReason.DISK_FULL: ("there is no room left for the file", "Ask an admin to make some, then choose Retry"),
    FailureReason.FOLDER: ("the folder for exports cannot be written to", _ADMIN),
    FailureReason.OUT_OF_MEMORY: ("it needed more memory than an export may have", _FEWER),
    FailureReason.TOO_LARGE: ("the workbook would be too large for Excel", _FEWER),
    FailureReason.BAD_VALUE: ("an order has a value that no workbook can hold", _ADMIN),
    FailureReason.DATABASE: ("the desk could not get to its data", _LATER),
    FailureReason.INTERRUPTED: ("the work on it was interrupted", _LATER),
    FailureReason.GAVE_UP: ("the work on it was interrupted too often", _ADMIN),
    FailureReason.NOT_A_MEMBER: ("its requester is no longer a member of the desk", ""),
    FailureReason.NOT_PERMITTED: ("its requester may no longer export", ""),
    FailureReason.REACH_CHANGED: ("its requester may no longer see all of these orders", _AGAIN),
    FailureReason.FILE_LOST: ("its file was lost before it could be posted", _LATER),
    FailureReason.TAMPERED: ("somebody changed the desk's record of its file", _ADMIN),
    FailureReason.CHANNEL_NOT_FOUND: (
        "Order Desk can no longer see the channel",
        _INVITE,
    ),
    FailureReason.CHANNEL_ARCHIVED: ("the channel was archived", _ELSEWHERE),
    FailureReason.NOT_IN_CHANNEL: ("Order Desk is no longer in the channel", _INVITE),
    FailureReason.CHANNEL_SHARED: ("the channel is now shared with another organisation", _ELSEWHERE),
    FailureReason.MORE_PEOPLE: (
        "more people who may not see these orders are now in the channel",
        f"Choose {TO_ME}, or export the orders there again: you are asked first",
    ),
    FailureReason.NOT_SHARED: ("Slack took the file but shows it nowhere", _LATER),
    FailureReason.SLACK: ("Slack did not take the file", _LATER),
    FailureReason.UNKNOWN: ("something went wrong on our side", _LATER),
}
_OF_CHANNEL = frozenset(
    {
        FailureReason.CHANNEL_NOT_FOUND,
        FailureReason.CHANNEL_ARCHIVED,
        FailureReason.NOT_IN_CHANNEL,
        FailureReason.CHANNEL_SHARED,
        FailureReason.MORE_PEOPLE,
    }
)
_UNITS = ("bytes", "kB", "MB", "GB")
_BAR = 20


def state_text(export: Export) -> str:
    """The state's sign and its word."""
    return f"{_SIGNS[export.state]} {export.state.label}"


def scope_text(export: Export) -> str:
    """Which orders, in words; escaped."""
    return "All orders" if export.scope is Scope.ALL else shown(export.criteria_text, 300) or "All orders"


def destination_text(destination: Destination) -> str:
    """Where the file goes: the channel as a mention, or by direct message."""
    return "direct message" if destination.direct else f"<#{destination.channel_id}>"


def reason_text(export: Export) -> str:
    """Why it failed, as the end of a sentence without its full stop."""
    return _REASONS[export.failure or FailureReason.UNKNOWN][0]


def next_step(export: Export) -> str:
    """The remedy, as a further sentence; empty if there is none."""
    step = _REASONS[export.failure or FailureReason.UNKNOWN][1]
    return f" {step}." if step else ""


def fits_direct(export: Export) -> bool:
    """Whether it failed only because of its channel, so that the same orders can go by direct message."""
    return export.state is ExportState.FAILED and not export.destination.direct and export.failure in _OF_CHANNEL


def size_text(size: int, viewer: Viewer) -> str:
    """Bytes as `4.1 MB`, or `4,1 MB` in the viewer's locale."""
    amount, unit = float(size), 0
    while amount >= 1000 and unit < len(_UNITS) - 1:
        amount, unit = amount / 1000, unit + 1
    if unit == 0:
        return f"{number(size, viewer)} bytes"
    return f"{tenths_text(amount, viewer)} {_UNITS[unit]}"


def ahead_text(export: Export) -> str:
    """The number of exports before it, at present; empty if it is next or not waiting."""
    if not export.ahead:
        return ""
    return "1 export is ahead of it" if export.ahead == 1 else f"{export.ahead} exports are ahead of it"


def share_text(export: Export) -> str:
    """The percentage that is written, after the state, while the file is being written."""
    if export.state is not ExportState.IN_PROGRESS or export.step is not ExportStep.WRITING or not export.rows_total:
        return ""
    return f" · {int(min(export.rows_done / export.rows_total, 1.0) * 100)} %"


def progress_text(export: Export, now: datetime, viewer: Viewer) -> str:
    """The bar with the rows done and the time left; the current step if there is nothing to count."""
    if export.step not in (None, ExportStep.CLAIMED, ExportStep.WRITING):
        return f"{_bar(1.0)}  100 % · the file is on its way to Slack"
    if not export.rows_total:
        return f"{_bar(0.0)}  {'waiting for its turn' if export.step is None else 'counting the orders'}"
    share = min(export.rows_done / export.rows_total, 1.0)
    done = f"{number(export.rows_done, viewer)} of {number(export.rows_total, viewer)} rows"
    return f"{_bar(share)}  {int(share * 100)} % · {done}{_left(export, share, now)}"


def _left(export: Export, share: float, now: datetime) -> str:
    """After a moment's work: how long the rest takes at the present rate."""
    if export.started_at is None or share < 0.02:
        return ""
    spent = (now - export.started_at).total_seconds()
    if spent < 1:
        return ""
    left = spent / share - spent
    return f" · about {round(left)} s left" if left < 90 else f" · about {round(left / 60)} minutes left"


def _bar(share: float) -> str:
    full = int(share * _BAR)
    return "▓" * full + "░" * (_BAR - full)
