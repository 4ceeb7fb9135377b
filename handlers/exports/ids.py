"""The ids of the parts of the exports' screens, as Slack sends them back."""

from __future__ import annotations

from handlers.kit.ids import EXPORT as OPEN_FORM

EXPORT_COMMAND = "/export"
EXPORT_ALL_COMMAND = "/export all"
HISTORY_COMMAND = "/export-history"

FORM = "export.submit"
CONFIRMATION = "export.confirm"
HISTORY = "export.list"
SENT = "export.queued"

SEND_TO_ME = "export.send_to_me"
SEND_INSTEAD = "export.send_instead"
VIEW_EXPORT = "export.history"
HISTORY_BACK = "export.previous_page"
HISTORY_ON = "export.next_page"
DOWNLOAD = "export.download"
RETRY = "export.retry"
CANCEL = "export.cancel"

# Fields of the form: block ids.
SCOPE = "scope"
DESTINATION = "destination"

__all__ = [
    "CANCEL",
    "CONFIRMATION",
    "DESTINATION",
    "DOWNLOAD",
    "EXPORT_ALL_COMMAND",
    "EXPORT_COMMAND",
    "FORM",
    "HISTORY",
    "HISTORY_BACK",
    "HISTORY_COMMAND",
    "HISTORY_ON",
    "OPEN_FORM",
    "RETRY",
    "SCOPE",
    "SEND_INSTEAD",
    "SEND_TO_ME",
    "SENT",
    "VIEW_EXPORT",
]
