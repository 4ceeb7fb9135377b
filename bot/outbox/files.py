"""Sends a file that waits in the outbox to its channel, once: the one way of files into Slack. Knows no database.

A file goes step by step, and before each the outbox has it rendered again, which judges whether it still may go. The
row keeps how far it is: Slack's id of a file whose bytes are there, and then, before the call, that it is posted. The
worker that takes the row over asks Slack first whether it stands in its channel. Slack says ok before it shares a file,
and sometimes never does: it is sent only once it stands there. Until then it is looked for again and again; then it is
deleted, and another file is sent, once. Posting the same file a second time does nothing, so that even a worker that
was paused at the worst moment posts nothing twice.
"""

from __future__ import annotations

import threading

from slack_sdk.errors import SlackApiError

from bot.runner import Passed, Pulse
from bot.slack.directory import Directory
from bot.slack.errors import UNREACHED, Verdict, failure_of
from bot.slack.uploads import SHARING_WAITS, FileStanding, Uploads
from handlers.kit.messages import FILE_LOST, NOT_SHARED, OUTSIDER, POSTED, FileMessage, Withheld
from store.domain.outbox import NotSent, OutboxItem, Rejected, SendOutcome, Sent
from store.services.outbox import Outbox

MOST_ATTEMPTS = 12
"""After N attempts in which Slack took no file, or gave no answer, it is given up, unless it may be posted already."""
LOOKS_AFTER = (5.0, 15.0, 40.0)
"""Seconds between the later looks whether Slack has shared a file; others go first meanwhile."""
MOST_FILES = 2
"""How many files are sent of one that Slack shares nowhere, before it is given up."""
PASSED_ON = NotSent("passed_on", 0.0, counted=False)
_SENT, _EARLIER, _LOOKS, _GIVEN_UP = "uploaded", "earlier", "looks", "given_up"
"""What a row keeps beside POSTED: Slack's id of a file whose bytes are there, the ids of files before it, how often it
was looked for, whether it is over."""


class FileSender:
    """One of a process; a row at a time for each thread that calls it."""

    def __init__(self, outbox: Outbox, uploads: Uploads, directory: Directory, stopping: threading.Event) -> None:
        self._outbox = outbox
        self._uploads = uploads
        self._directory = directory
        self._stopping = stopping

    def advance(self, item: OutboxItem, message: FileMessage | Withheld) -> SendOutcome | None:
        """Takes the file a step further; None: it goes on, once it is judged again.

        Raises SlackApiError, or what UNREACHED names: then it may be tried again.
        """
        try:
            return self._advance(item, message)
        except Passed:
            return PASSED_ON
        except (SlackApiError, *UNREACHED) as error:
            failure = failure_of(error)
            if failure.verdict is Verdict.DOUBT and item.attempts >= MOST_ATTEMPTS and not item.payload.get(POSTED):
                return Rejected(failure.code)
            raise

    def _advance(self, item: OutboxItem, message: FileMessage | Withheld) -> SendOutcome | None:
        posted = str(item.payload.get(POSTED) or "")
        if item.payload.get(_GIVEN_UP):
            return self._give_up(posted)
        if posted:
            waits = () if item.payload.get(_LOOKS) else SHARING_WAITS
            standing = self._uploads.look(posted, self._pulse(item).wait, waits)
            if standing is FileStanding.POSTED:
                return Sent(None)
            if standing is FileStanding.NOWHERE:
                return self._later_or_never(item, posted, message)
        if isinstance(message, Withheld):
            self._withdraw_earlier(item)
            return Rejected(message.code)
        asker = message.asker
        if not self._directory.ask(asker.slack_user_id).affiliation.belongs_to(asker.team_id):
            return Rejected(OUTSIDER)
        if not posted and not item.payload.get(_SENT):
            return self._upload(item, message)
        return self._post(item, message, posted)

    def _upload(self, item: OutboxItem, file: FileMessage) -> SendOutcome | None:
        """The bytes go to Slack, where nobody sees them."""
        try:
            size = file.path.stat().st_size
        except FileNotFoundError:
            return Rejected(FILE_LOST)
        upload = self._uploads.begin(file.file_name, size)
        pulse = self._pulse(item)
        try:
            self._uploads.send(upload.url, file.path, lambda _sent: pulse.beat())
        except SlackApiError as error:
            failure = failure_of(error)
            if failure.verdict is not Verdict.REFUSED or item.attempts >= MOST_ATTEMPTS:
                raise
            # The address may have been good for too short a time; another is to be had.
            return NotSent(failure.code)
        self._keep(item, {_SENT: upload.file_id})
        return None

    def _post(self, item: OutboxItem, file: FileMessage, posted: str) -> SendOutcome | None:
        """`posted`: Slack's id of the file, where it was posted before, and Slack has no such file."""
        file_id = posted or str(item.payload[_SENT])
        channel = file.channel or self._uploads.direct(file.asker.slack_user_id)
        self._withdraw_earlier(item)
        if not file.intend():
            return PASSED_ON
        self._keep(item, {POSTED: file_id, _SENT: ""})
        try:
            self._uploads.complete(file_id, file.file_name, channel, file.text)
        except SlackApiError as error:
            if failure_of(error).code != "file_not_found":
                raise
        standing = self._uploads.look(file_id, self._pulse(item).wait, SHARING_WAITS, just_completed=True)
        if standing is FileStanding.POSTED:
            return Sent(None)
        if standing is FileStanding.NOWHERE:
            return self._later_or_never(item, file_id, file)
        if not posted:
            return NotSent("file_not_found")
        self._replace(item, file_id)
        return None

    def _later_or_never(self, item: OutboxItem, file_id: str, message: FileMessage | Withheld) -> SendOutcome | None:
        """What becomes of a file that Slack shares nowhere so far; None: another is to take its place."""
        looks = int(str(item.payload.get(_LOOKS) or 0))
        if looks < len(LOOKS_AFTER):
            self._keep(item, {_LOOKS: looks + 1})
            return NotSent(NOT_SHARED, LOOKS_AFTER[looks])
        if isinstance(message, Withheld) or len(self._earlier(item)) + 1 < MOST_FILES:
            self._replace(item, file_id)
            return None
        self._keep(item, {_GIVEN_UP: True})
        return self._give_up(file_id)

    def _replace(self, item: OutboxItem, file_id: str) -> None:
        """Another file is to take its place."""
        self._keep(item, {POSTED: "", _EARLIER: [*self._earlier(item), file_id], _LOOKS: 0})

    def _give_up(self, file_id: str) -> SendOutcome:
        self._uploads.withdraw(file_id)
        return Rejected(NOT_SHARED)

    def _withdraw_earlier(self, item: OutboxItem) -> None:
        for earlier in self._earlier(item):
            # Slack may have taken it and share it yet.
            self._uploads.withdraw(earlier)

    @staticmethod
    def _earlier(item: OutboxItem) -> list[str]:
        earlier = item.payload.get(_EARLIER)
        return [str(one) for one in earlier] if isinstance(earlier, list) else []

    def _pulse(self, item: OutboxItem) -> Pulse:
        return Pulse(self._stopping, lambda: self._outbox.keep(item, item.payload))

    def _keep(self, item: OutboxItem, ids: dict[str, object]) -> None:
        item.payload.update(ids)
        if not self._outbox.keep(item, item.payload):
            raise Passed
