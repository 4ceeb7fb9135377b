"""Sends a file that waits in the outbox to one person, once. Knows Slack's answers, and no database.

Slack's id of the file is kept before it is posted. Whoever takes the row over from there asks Slack first whether it
is posted; what was not so far is sent anew, since nobody sees a file before it is posted.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from time import monotonic

from slack_sdk.errors import SlackApiError

from bot.slack.directory import Directory
from bot.slack.errors import Verdict, failure_of
from bot.slack.uploads import SHARING_WAITS, Uploads
from handlers.kit.messages import FileMessage
from store.domain.outbox import NotSent, OutboxItem, Rejected, SendOutcome, Sent
from store.services.outbox import Outbox

BEAT_SECONDS = 1.0
"""How often at most the lease is made long again while bytes go."""
MOST_ATTEMPTS = 12
"""After so many attempts whose bytes Slack refused, whoever asked for the file is told."""


class _Passed(Exception):
    """The row is not this worker's any more, or the process ends."""


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
        kept = str(item.payload.get("file") or "")
        if kept and (self._is_posted(item, kept) or self._complete(item, kept, file, channel)):
            return Sent(None)
        try:
            file_id = self._upload(item, file)
        except SlackApiError as error:
            failure = failure_of(error)
            if failure.verdict is not Verdict.REFUSED or item.attempts >= MOST_ATTEMPTS:
                raise
            # The address may have been good for too short a time; another is to be had.
            return NotSent(failure.code)
        return Sent(None) if self._complete(item, file_id, file, channel) else NotSent("file_not_found")

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

    def _complete(self, item: OutboxItem, file_id: str, file: FileMessage, channel: str) -> bool:
        """Posts the file. False: Slack has no such file, so it can be sent anew."""
        self._keep(item, {"file": file_id})
        try:
            self._uploads.complete(file_id, file.file_name, channel, file.text)
        except SlackApiError as error:
            if failure_of(error).code != "file_not_found":
                raise
            return self._is_posted(item, file_id)
        return True

    def _is_posted(self, item: OutboxItem, file_id: str) -> bool:
        def wait(seconds: float) -> None:
            self._stopping.wait(seconds)
            self._keep(item, {"file": file_id})

        return self._uploads.find_posted(file_id, wait, self._sharing_waits)

    def _keep(self, item: OutboxItem, ids: dict[str, str]) -> None:
        if not self._outbox.keep(item, {**item.payload, **ids}):
            raise _Passed
