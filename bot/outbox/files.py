"""Sends a file that waits in the outbox to one person, once. Knows Slack's answers, and no database.

Slack's id of the file is kept before it is posted. The worker that takes the row over asks Slack first whether it
is posted; what was not so far is sent again, since nobody sees a file before it is posted. Slack says ok before it
shares a file, and sometimes never does: it is sent only once it stands in its channel, as `bot.exports.posting` has it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from time import monotonic

from slack_sdk.errors import SlackApiError

from bot.slack.directory import Directory
from bot.slack.errors import Verdict, failure_of
from bot.slack.uploads import SHARING_WAITS, FileStanding, Uploads
from handlers.kit.messages import FileMessage
from store.domain.exports.work import MOST_FILES
from store.domain.outbox import NotSent, OutboxItem, Rejected, SendOutcome, Sent
from store.services.outbox import Outbox

BEAT_SECONDS = 1.0
"""How often at most the lease is made long again while bytes go."""
MOST_ATTEMPTS = 12
"""After N attempts whose bytes Slack refused, the person who asked for the file is told."""

MOST_LOOKS = 5
"""How often a file that Slack shares nowhere is looked for later, at growing distances: for half a minute and more."""
NOT_SHARED = "not_shared"
"""The code of a file that Slack took and shows nowhere."""
_FILE, _EARLIER, _LOOKS, _GIVEN_UP = "file", "earlier", "looks", "given_up"
"""What a row keeps: Slack's ids of the file and of those before it, how often it was looked for, whether it is over."""


class _Passed(Exception):
    """The row is no longer this worker's, or the process ends."""


class FileSender:
    """One of a process; a row at a time for each thread that calls it."""

    def __init__(
        self,
        outbox: Outbox,
        uploads: Uploads,
        directory: Directory,
        stopping: threading.Event,
        sharing_waits: Sequence[float] = SHARING_WAITS,
    ) -> None:
        self._outbox = outbox
        self._uploads = uploads
        self._directory = directory
        self._stopping = stopping
        self._sharing_waits = tuple(sharing_waits)

    def send(self, item: OutboxItem, file: FileMessage) -> SendOutcome:
        """Raises SlackApiError, or what UNREACHED names: then it may be tried again, and is looked for first."""
        profile = self._directory.ask(item.recipient)
        if not profile.affiliation.belongs_to(str(item.payload.get("team"))):
            return Rejected("no_full_member")
        try:
            return self._send(item, file)
        except _Passed:
            return NotSent("passed_on")

    def _send(self, item: OutboxItem, file: FileMessage) -> SendOutcome:
        channel = self._uploads.direct(item.recipient)
        kept = str(item.payload.get(_FILE) or "")
        if item.payload.get(_GIVEN_UP):
            return self._give_up(kept)
        if kept:
            waits = () if item.payload.get(_LOOKS) else self._sharing_waits
            standing = self._uploads.look(kept, self._waiting(item), waits)
            if standing is FileStanding.POSTED:
                return Sent(None)
            if standing is FileStanding.NOWHERE:
                outcome = self._later_or_never(item, kept)
                if outcome is not None:
                    return outcome
            elif outcome := self._complete(item, kept, file, channel):
                return outcome
        try:
            file_id = self._upload(item, file)
        except SlackApiError as error:
            failure = failure_of(error)
            if failure.verdict is not Verdict.REFUSED or item.attempts >= MOST_ATTEMPTS:
                raise
            # The address may have been good for too short a time; another is to be had.
            return NotSent(failure.code)
        earlier = [*self._earlier(item), *([kept] if kept else [])]
        self._keep(item, {_FILE: file_id, _EARLIER: earlier, _LOOKS: 0})
        return self._complete(item, file_id, file, channel) or NotSent("file_not_found")

    def _later_or_never(self, item: OutboxItem, file_id: str) -> SendOutcome | None:
        """What becomes of a file that Slack shares nowhere so far; None: another is to take its place."""
        looks = int(str(item.payload.get(_LOOKS) or 0))
        if looks < MOST_LOOKS:
            self._keep(item, {_LOOKS: looks + 1})
            return NotSent(NOT_SHARED)
        if len(self._earlier(item)) + 1 < MOST_FILES:
            return None
        self._keep(item, {_GIVEN_UP: True})
        return self._give_up(file_id)

    def _give_up(self, file_id: str) -> SendOutcome:
        self._uploads.withdraw(file_id)
        return Rejected(NOT_SHARED)

    @staticmethod
    def _earlier(item: OutboxItem) -> list[str]:
        earlier = item.payload.get(_EARLIER)
        return [str(one) for one in earlier] if isinstance(earlier, list) else []

    def _upload(self, item: OutboxItem, file: FileMessage) -> str:
        """The bytes are in Slack; gives the file's id there."""
        next_beat = monotonic() + BEAT_SECONDS

        def beat(_sent: int) -> None:
            nonlocal next_beat
            if self._stopping.is_set():
                raise _Passed
            if monotonic() >= next_beat:
                next_beat = monotonic() + BEAT_SECONDS
                self._keep(item, {})

        upload = self._uploads.begin(file.file_name, file.path.stat().st_size)
        self._uploads.send(upload.url, file.path, beat)
        return upload.file_id

    def _complete(self, item: OutboxItem, file_id: str, file: FileMessage, channel: str) -> SendOutcome | None:
        """Posts the file. None: Slack has no such file, so it can be sent again."""
        for earlier in self._earlier(item):
            # Slack may have taken it and share it yet.
            self._uploads.withdraw(earlier)
        self._keep(item, {_FILE: file_id})
        try:
            self._uploads.complete(file_id, file.file_name, channel, file.text)
        except SlackApiError as error:
            if failure_of(error).code != "file_not_found":
                raise
        standing = self._uploads.look(file_id, self._waiting(item), self._sharing_waits, just_completed=True)
        if standing is FileStanding.NOWHERE:
            return self._later_or_never(item, file_id)
        return Sent(None) if standing is FileStanding.POSTED else None

    def _waiting(self, item: OutboxItem) -> Callable[[float], None]:
        def wait(seconds: float) -> None:
            self._stopping.wait(seconds)
            self._keep(item, {})

        return wait

    def _keep(self, item: OutboxItem, ids: dict[str, object]) -> None:
        item.payload.update(ids)
        if not self._outbox.keep(item, item.payload):
            raise _Passed
