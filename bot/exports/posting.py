"""Posts a written export where it was asked for: once, or not at all. Knows Slack's answers, and no database.

Slack's id of the file is kept before a byte goes, and the intent before the file is posted. Slack says ok before it
shares a file, and sometimes never does: it is posted only once it stands in its channel. Until then it is looked for
again and again, and other exports go first; then it is deleted, and another file is sent, once; then the export has
failed. The worker that takes an export over asks Slack first whether it is posted. Posting the same file a second time
does nothing, so that even a worker that was paused at the worst moment posts nothing twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import structlog
from slack_sdk.errors import SlackApiError

from bot.exports.hold import Failed, Hold, LeftAlone
from bot.slack.channels import Channels
from bot.slack.directory import Directory
from bot.slack.errors import UNREACHED, Failure, Verdict, failure_of
from bot.slack.uploads import SHARING_WAITS, FileStanding, Uploads
from handlers.exports.delivery import file_comment
from handlers.kit.formats import Viewer
from store.domain.channels import ChannelBar, NeedsConfirmation
from store.domain.exports.errors import NotExportable
from store.domain.exports.export import ExportStep, FailureReason
from store.domain.exports.rules import check_destination
from store.domain.exports.work import MOST_ATTEMPTS, Claim, retry_seconds
from store.services.exports.exports import Exports
from store.services.exports.work import ExportWork

log = structlog.get_logger(__name__)

REVOKED_SECONDS = 30.0
"""How often it is tried again where Slack refuses the token."""
_REASONS = {
    "channel_not_found": FailureReason.CHANNEL_NOT_FOUND,
    "invalid_channel": FailureReason.CHANNEL_NOT_FOUND,
    "not_in_channel": FailureReason.NOT_IN_CHANNEL,
    "is_archived": FailureReason.CHANNEL_ARCHIVED,
    "user_not_found": FailureReason.NOT_A_MEMBER,
    "user_disabled": FailureReason.NOT_A_MEMBER,
    "users_not_found": FailureReason.NOT_A_MEMBER,
}
_BARS = {
    ChannelBar.NOT_IN_CHANNEL: FailureReason.NOT_IN_CHANNEL,
    ChannelBar.CHANNEL_SHARED: FailureReason.CHANNEL_SHARED,
    ChannelBar.CHANNEL_ARCHIVED: FailureReason.CHANNEL_ARCHIVED,
    ChannelBar.CHANNEL_NOT_FOUND: FailureReason.CHANNEL_NOT_FOUND,
}


class Posting:
    """Brings written exports to Slack. `desk`: in whose figures people read where nobody alone does."""

    def __init__(
        self,
        *,
        exports: Exports,
        work: ExportWork,
        uploads: Uploads,
        channels: Channels,
        directory: Directory,
        desk: Viewer,
        sharing_waits: Sequence[float] = SHARING_WAITS,
    ) -> None:
        self._exports = exports
        self._work = work
        self._uploads = uploads
        self._channels = channels
        self._directory = directory
        self._desk = desk
        self._sharing_waits = tuple(sharing_waits)

    def post(self, hold: Hold) -> None:
        """From wherever the claim stands until the file is in its channel. Raises Failed, LeftAlone, Passed, Ended."""
        hold.beat()
        try:
            self._post(hold)
        except (SlackApiError, *UNREACHED) as error:
            raise _ending(failure_of(error), hold.claim.export.attempts) from error

    def withdraw(self, file_id: str) -> None:
        """Deletes a file that was given up. Where Slack fails, it is deleted before another file of the export goes."""
        try:
            self._uploads.withdraw(file_id)
        except (SlackApiError, *UNREACHED) as error:
            log.warning("a file that is given up could not be deleted", code=failure_of(error).code)

    def check_rights(self, claim: Claim) -> None:
        """Raises Failed if the requester may no longer have it; if they may have less, it is rewritten."""
        reason = self._work.rights(claim)
        if reason is FailureReason.REACH_CHANGED:
            raise Failed(reason, 0.0, rewrite=True)
        if reason is not None:
            raise Failed(reason)

    def _post(self, hold: Hold) -> None:
        claim = hold.claim
        uploaded = claim.step in {ExportStep.UPLOADED, ExportStep.COMPLETING}
        file_id = claim.export.slack_file_id if uploaded else None
        if file_id and claim.step is ExportStep.COMPLETING:
            waits = () if self._work.sending(claim).looks else self._sharing_waits
            standing = self._uploads.look(file_id, hold.wait, waits)
            if standing is FileStanding.POSTED:
                return
            if standing is FileStanding.NOWHERE:
                self._put_off_or_give_up(claim, file_id)
                file_id = None
        if file_id and self._complete(hold, file_id):
            return
        if not self._complete(hold, self._upload(hold)):
            raise _again(FailureReason.SLACK, "file_not_found", claim.export.attempts)

    def _put_off_or_give_up(self, claim: Claim, file_id: str) -> None:
        """Slack shares the file nowhere so far: it is looked for later, and at last given up. Raises Failed, unless
        another file is to take its place.
        """
        sending = self._work.sending(claim)
        if sending.look_after is not None:
            raise Failed(FailureReason.NOT_SHARED, sending.look_after)
        if sending.last_file:
            raise Failed(FailureReason.NOT_SHARED, withdraw=file_id)

    def _upload(self, hold: Hold) -> str:
        """The bytes are in Slack; gives the file's id there."""
        claim = hold.claim
        self.check_rights(claim)
        path = Path(claim.path)
        try:
            size = path.stat().st_size
        except OSError:
            raise Failed(FailureReason.FILE_LOST, 0.0, rewrite=True) from None
        upload = self._uploads.begin(claim.export.file_name, size)
        hold.move(ExportStep.UPLOADING, slack_file_id=upload.file_id)
        try:
            self._uploads.send(upload.url, path, lambda _sent: hold.beat())
        except SlackApiError as error:
            failure = failure_of(error)
            if failure.verdict is not Verdict.REFUSED:
                raise
            # The address may have been good for too short a time; another is to be had.
            raise _again(FailureReason.SLACK, failure.code, claim.export.attempts) from error
        hold.move(ExportStep.UPLOADED)
        return upload.file_id

    def _complete(self, hold: Hold, file_id: str) -> bool:
        """Posts the file. False: Slack has no such file, so it can be sent again. Raises Failed where Slack does not
        share it so far.
        """
        claim = hold.claim
        channel, viewer = self._destination(claim)
        export = self._exports.to_tell(claim.key)
        comment = file_comment(export, viewer)
        for earlier in self._work.sending(claim).earlier:
            # Slack may have taken it and share it yet.
            if earlier != file_id:
                self._uploads.withdraw(earlier)
        hold.beat()
        hold.move(ExportStep.COMPLETING)
        try:
            self._uploads.complete(file_id, export.file_name, channel, comment)
        except SlackApiError as error:
            if failure_of(error).code != "file_not_found":
                raise
        standing = self._uploads.look(file_id, hold.wait, self._sharing_waits, just_completed=True)
        if standing is FileStanding.NOWHERE:
            self._put_off_or_give_up(claim, file_id)
        return standing is FileStanding.POSTED

    def _destination(self, claim: Claim) -> tuple[str, Viewer]:
        """The channel, with who reads there, checked at this moment. Raises Failed."""
        export = claim.export
        profile = self._directory.ask(export.requester.slack_user_id)
        if not profile.affiliation.belongs_to(export.requester.team_id):
            raise Failed(FailureReason.NOT_A_MEMBER)
        self.check_rights(claim)
        if export.destination.channel_id is None:
            return self._uploads.direct(export.requester.slack_user_id), profile
        self._check_channel(claim, export.destination.channel_id)
        return export.destination.channel_id, self._desk

    def _check_channel(self, claim: Claim, channel_id: str) -> None:
        facts = self._channels.ask(channel_id)
        if facts is None:
            raise Failed(FailureReason.CHANNEL_NOT_FOUND)
        outsiders = self._work.outsiders_of(claim, facts.people)
        try:
            check_destination(facts, outsiders, claim.export.confirmed_people)
        except NotExportable as error:
            raise Failed(_BARS[error.bar]) from None
        except NeedsConfirmation:
            raise Failed(FailureReason.MORE_PEOPLE) from None


def _again(reason: FailureReason, detail: str, attempts: int) -> Failed:
    return Failed(reason, None if attempts >= MOST_ATTEMPTS else retry_seconds(attempts), detail)


def _ending(failure: Failure, attempts: int) -> Failed | LeftAlone:
    """What a failed call means for the attempt."""
    match failure.verdict:
        case Verdict.WAIT:
            return LeftAlone(failure.seconds)
        case Verdict.REVOKED:
            return LeftAlone(REVOKED_SECONDS, failure.code)
        case Verdict.DOUBT:
            return Failed(FailureReason.SLACK, retry_seconds(attempts), failure.code)
        case _:
            return Failed(_REASONS.get(failure.code, FailureReason.SLACK), None, failure.code)
