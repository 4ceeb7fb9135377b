"""The routes of the exports' screens, messages and commands."""

from __future__ import annotations

from handlers.exports import ids, listeners
from handlers.kit.route import Route, action, command, writing_action, writing_command, writing_submission
from store.domain.people import Capability

_MAY = Capability.EXPORT

ROUTES: tuple[Route, ...] = (
    command(ids.EXPORT_COMMAND, listeners.export_command, _MAY, "Export customer orders to Excel", "[all]", shows=True),
    writing_command(ids.EXPORT_ALL_COMMAND, listeners.export_all_command, _MAY, "Export every order you see"),
    command(ids.HISTORY_COMMAND, listeners.history_command, _MAY, "Exports, to download or try again", shows=True),
    action(ids.OPEN_FORM, listeners.open_form, _MAY, shows=True),
    writing_submission(ids.FORM, listeners.submit_form, _MAY),
    writing_submission(ids.CONFIRMATION, listeners.confirm, _MAY),
    writing_action(ids.SEND_TO_ME, listeners.send_to_me, _MAY),
    writing_action(ids.SEND_INSTEAD, listeners.send_instead, _MAY),
    action(ids.VIEW_EXPORT, listeners.view_export, _MAY, shows=True),
    action(ids.HISTORY_BACK, listeners.turn_page, _MAY, shows=True),
    action(ids.HISTORY_ON, listeners.turn_page, _MAY, shows=True),
    writing_action(ids.DOWNLOAD, listeners.download, _MAY),
    writing_action(ids.RETRY, listeners.retry, _MAY),
    writing_action(ids.CANCEL, listeners.cancel, _MAY),
)
