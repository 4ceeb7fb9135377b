"""What the outbox has to tell of exports, made from their present state when it is sent."""

from __future__ import annotations

from handlers.exports.cards import failed_message, progress_message
from handlers.kit.deps import Deps
from handlers.kit.formats import Viewer
from handlers.kit.messages import Message, Notice
from store.domain.outbox import OutboxItem
from store.services.export_records import FAILED, PROGRESS


def _progress(item: OutboxItem, deps: Deps, viewer: Viewer) -> Message:
    return progress_message(deps.exports.to_tell(item.subject_key), deps.clock(), viewer)


def _failed(item: OutboxItem, deps: Deps, viewer: Viewer) -> Message | None:
    return failed_message(deps.exports.to_tell(item.subject_key), viewer)


NOTICES = (Notice(PROGRESS, _progress, apart=1.0), Notice(FAILED, _failed))
