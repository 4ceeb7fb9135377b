"""The outbox's news of exports, made from their present state when it is sent."""

from __future__ import annotations

from pathlib import Path

from handlers.exports.cards import failed_message, not_sent_message, progress_message
from handlers.exports.delivery import download_comment
from handlers.kit.channels import read_by_others
from handlers.kit.deps import Deps
from handlers.kit.formats import Viewer
from handlers.kit.messages import A_DAY, NEVER, FileMessage, Message, Notice, Withheld
from handlers.kit.refusals import sentence
from store.domain.channels import ChannelBar
from store.domain.errors import DatabaseBusy, DatabaseUnavailable, DomainError
from store.domain.outbox import News, OutboxItem
from store.services.exports.records import DOWNLOAD, FAILED, NOT_SENT, PROGRESS


def _progress(item: OutboxItem, deps: Deps, viewer: Viewer) -> Message | Withheld:
    export = deps.exports.to_tell(item.subject_key)
    if item.posted is None and read_by_others(deps.channels, export.destination.channel_id or ""):
        return Withheld(ChannelBar.CHANNEL_SHARED)
    return progress_message(export, deps.clock(), viewer)


def _failed(item: OutboxItem, deps: Deps, viewer: Viewer) -> Message | None:
    export = deps.exports.to_tell(item.subject_key)
    if export.finished_at and export.finished_at > item.created_at:
        # It was retried since, and has failed again, which has its own message.
        return None
    return failed_message(export, viewer)


def _download(item: OutboxItem, deps: Deps, viewer: Viewer) -> Message | FileMessage:
    """The file; or why the requester may no longer have it."""
    try:
        found = deps.downloads.file(item.subject_key, item.recipient, item.payload)
    except (DatabaseBusy, DatabaseUnavailable):
        raise
    except DomainError as error:
        return Message(sentence(error, viewer).text)
    return FileMessage(Path(found.path), found.file_name, download_comment(found.export, viewer))


def _refused(item: OutboxItem, _code: str, _deps: Deps) -> News:
    return News(f"{NOT_SENT}/{item.key}", NOT_SENT, item.subject_key, item.recipient)


def _not_sent(item: OutboxItem, deps: Deps, viewer: Viewer) -> Message:
    return not_sent_message(deps.exports.to_tell(item.subject_key), viewer)


NOTICES = (
    Notice(PROGRESS, _progress, again=A_DAY, apart=1.0),
    Notice(FAILED, _failed),
    Notice(DOWNLOAD, _download, _refused, again=NEVER, files=True),
    Notice(NOT_SENT, _not_sent, again=A_DAY),
)
