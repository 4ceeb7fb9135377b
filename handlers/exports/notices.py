"""The outbox's news of exports, made from their present state when it is sent."""

from __future__ import annotations

from functools import partial

from handlers.exports.cards import failed_message, not_sent_message, progress_message
from handlers.exports.delivery import download_comment, file_comment
from handlers.kit.channels import read_by_others
from handlers.kit.deps import Deps
from handlers.kit.formats import Viewer
from handlers.kit.messages import A_DAY, NEVER, OUTSIDER, POSTED, FileMessage, Message, Notice, Withheld
from handlers.kit.refusals import sentence
from store.domain.channels import ChannelBar, NeedsConfirmation
from store.domain.errors import DatabaseBusy, DatabaseUnavailable, DomainError
from store.domain.exports.errors import NotExportable
from store.domain.exports.export import ExportFile, FailureReason
from store.domain.exports.rules import check_destination
from store.domain.outbox import Ambiguous, News, NotSent, OutboxItem, Rejected, SendOutcome, Sent
from store.domain.people import Actor, Person
from store.services.exports.records import DOWNLOAD, FAILED, FILE, NOT_SENT, PROGRESS

_REASONS = {
    **{reason.value: reason for reason in FailureReason},
    "invalid_channel": FailureReason.CHANNEL_NOT_FOUND,
    "is_archived": FailureReason.CHANNEL_ARCHIVED,
    "user_not_found": FailureReason.NOT_A_MEMBER,
    "user_disabled": FailureReason.NOT_A_MEMBER,
    "users_not_found": FailureReason.NOT_A_MEMBER,
    OUTSIDER: FailureReason.NOT_A_MEMBER,
    "cannot_be_made": FailureReason.UNKNOWN,
    DatabaseBusy.__name__: FailureReason.DATABASE,
    DatabaseUnavailable.__name__: FailureReason.DATABASE,
}
"""What codes mean for an export; all others are Slack's own affair."""


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


def _file(item: OutboxItem, deps: Deps, viewer: Viewer) -> FileMessage | Withheld | None:
    """The file, if it may go there as things stand now."""
    found = deps.posting.file(item)
    if found is None:
        return None
    barred = found if isinstance(found, FailureReason) else _barred(found, deps)
    if barred is not None or isinstance(found, FailureReason):
        return Withheld(str(barred))
    export = found.export
    return FileMessage(
        found.path,
        export.file_name,
        file_comment(export, viewer),
        export.requester,
        export.destination.channel_id or "",
        partial(deps.posting.intend, item),
    )


def _barred(found: ExportFile, deps: Deps) -> FailureReason | None:
    """Why the file cannot go to its channel. Raises SlackSilent."""
    channel_id = found.export.destination.channel_id
    if channel_id is None:
        return None
    facts = deps.channels(channel_id)
    if facts is None:
        return FailureReason.CHANNEL_NOT_FOUND
    try:
        outsiders = deps.exports.outsiders(Actor(found.asker), facts.people)
        check_destination(facts, outsiders, found.export.confirmed_people)
    except NotExportable as error:
        return _REASONS[error.bar]
    except NeedsConfirmation:
        return FailureReason.MORE_PEOPLE
    return None


def _settle_file(item: OutboxItem, outcome: SendOutcome, deps: Deps) -> bool:
    posted = str(item.payload.get(POSTED) or "") if isinstance(outcome, Sent) else ""
    reason = None
    if isinstance(outcome, Rejected | Ambiguous) or (isinstance(outcome, NotSent) and outcome.counted):
        reason = _REASONS.get(outcome.code, FailureReason.SLACK)
    return deps.posting.settle(item, outcome, posted, reason)


def _download(item: OutboxItem, deps: Deps, viewer: Viewer) -> Message | FileMessage:
    """The file; or why the requester may no longer have it."""
    try:
        found = deps.downloads.file(item.subject_key, item.recipient, item.payload)
    except (DatabaseBusy, DatabaseUnavailable):
        raise
    except DomainError as error:
        return Message(sentence(error, viewer).text)
    asker = Person.of(found.asker)
    return FileMessage(found.path, found.export.file_name, download_comment(found.export, viewer), asker)


def _refused(item: OutboxItem, _code: str, _deps: Deps) -> News:
    return News(f"{NOT_SENT}/{item.key}", NOT_SENT, item.subject_key, item.recipient)


def _not_sent(item: OutboxItem, deps: Deps, viewer: Viewer) -> Message:
    return not_sent_message(deps.exports.to_tell(item.subject_key), viewer)


NOTICES = (
    Notice(PROGRESS, _progress, again=A_DAY, apart=1.0),
    Notice(FAILED, _failed),
    Notice(FILE, _file, again=NEVER, files=True, settle=_settle_file),
    Notice(DOWNLOAD, _download, _refused, again=NEVER, files=True),
    Notice(NOT_SENT, _not_sent, again=A_DAY),
)
