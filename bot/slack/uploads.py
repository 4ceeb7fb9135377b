"""Uploads a file to Slack: ask for an address, send the bytes there, and only then post the file.

Nobody sees a file before it is posted, so everything before the posting may be repeated at will. The same file is never
posted twice. Slack shares a file some time after it has said ok, and sometimes never does. So after each answer, and
after a lost one, the desk asks Slack about the file, which counts as posted only once it is in a channel. A file that
is given up is deleted before another replaces it, so that it is not shared after all.
Source: https://docs.slack.dev/messaging/working-with-files#uploading_files
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from http.client import HTTPResponse
from pathlib import Path
from typing import IO, Any
from urllib.error import HTTPError
from urllib.request import HTTPSHandler, ProxyHandler, Request, build_opener

import structlog
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.web import SlackResponse

from bot.metrics import Metrics
from bot.slack.errors import UNREACHED, failure_of

log = structlog.get_logger(__name__)

ANSWER_SECONDS = 20.0
"""The most seconds that Slack may take over a whole file once it has the bytes; less than a worker's lease."""
UPLOAD = "upload"
"""The name in metrics for the sending of bytes, which is not a method of the Web API."""
SHARING_WAITS = (0.3, 0.7, 2.0)
"""Seconds between looks at whether a file is posted. Slack says ok before it shares a file, and mostly shares within
two seconds; an export that waits longer lets others go first. Slack accepts a hundred looks (files.info) a minute.
"""
_CODE = re.compile("[a-z0-9_]{1,64}")


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that has a name at Slack, and the address for its bytes. The address works only for a while."""

    file_id: str
    url: str


class FileStanding(StrEnum):
    """Where a file with a name at Slack is."""

    POSTED = "posted"
    NOWHERE = "nowhere"
    """Slack has it, and shares it nowhere so far: it may do so later, or never."""
    MISSING = "missing"
    """Slack has no such file: it was never completed."""


class Uploads:
    """The steps, one by one. Each raises SlackApiError or one of UNREACHED; `failure_of` says what that means."""

    def __init__(self, client: WebClient, metrics: Metrics) -> None:
        self._client = client
        self._metrics = metrics

    def begin(self, name: str, size: int) -> Upload:
        """Asks for an address for N bytes."""
        with self._counted("files.getUploadURLExternal"):
            answer = self._client.files_getUploadURLExternal(filename=name, length=size)
        return Upload(str(answer["file_id"]), str(answer["upload_url"]))

    def send(self, url: str, path: Path, on_progress: Callable[[int], None]) -> None:
        """Sends the file, a block at a time; `on_progress` receives the bytes sent so far, and stops it by raising."""
        if not url.startswith(("https://", "http://")):
            raise ValueError("files are sent over HTTP only")
        proxy = {"http": self._client.proxy, "https": self._client.proxy} if self._client.proxy else None
        opener = build_opener(ProxyHandler(proxy), HTTPSHandler(context=self._client.ssl))
        with open(path, "rb", opener=_no_link) as file, self._counted(UPLOAD):
            size = os.fstat(file.fileno()).st_size
            headers = {"Content-Type": "application/octet-stream", "Content-Length": str(size)}
            request = Request(url, data=_Watched(file, on_progress), headers=headers, method="POST")  # noqa: S310 - above
            try:
                answer: HTTPResponse = opener.open(request, timeout=ANSWER_SECONDS)
                with answer:
                    answer.read()
            except HTTPError as error:
                with error:
                    raise _refused(self._client, error) from None

    def complete(self, file_id: str, title: str, channel: str, comment: str = "") -> None:
        """Posts the file in the channel, with the comment (mrkdwn)."""
        with self._counted("files.completeUploadExternal"):
            self._client.files_completeUploadExternal(
                files=[{"id": file_id, "title": title}], channel_id=channel, initial_comment=comment or None
            )

    def standing(self, file_id: str) -> FileStanding:
        """Whether the file is in a channel, or was until somebody deleted it.

        The bot posts each file in only one place, so it does not ask which.
        """
        try:
            with self._counted("files.info"):
                file: dict[str, Any] = self._client.files_info(file=file_id)["file"]
        except SlackApiError as error:
            code = failure_of(error).code
            if code in {"file_not_found", "file_deleted"}:
                return FileStanding.POSTED if code == "file_deleted" else FileStanding.MISSING
            raise
        shared = any(file.get(name) for name in ("shares", "channels", "groups", "ims"))
        return FileStanding.POSTED if shared else FileStanding.NOWHERE

    def withdraw(self, file_id: str) -> None:
        """Deletes the file, so that it cannot be shared late. Does nothing if it is gone, or was never completed."""
        try:
            with self._counted("files.delete"):
                self._client.files_delete(file=file_id)
        except SlackApiError as error:
            if failure_of(error).code not in {"file_not_found", "file_deleted"}:
                raise

    def direct(self, user_id: str) -> str:
        """The channel of direct messages with this person."""
        with self._counted("conversations.open"):
            return str(self._client.conversations_open(users=user_id)["channel"]["id"])

    def look(
        self, file_id: str, wait: Callable[[float], object], waits: Sequence[float], *, just_completed: bool = False
    ) -> FileStanding:
        """The same, after each of these seconds until the file is posted. Looks twice at a file that Slack has never
        completed. `just_completed`: does not look before the first wait.
        """
        if just_completed:
            wait(waits[0])
            waits = waits[1:]
        standing = self.standing(file_id)
        for number, seconds in enumerate(waits):
            if standing is FileStanding.POSTED or (standing is FileStanding.MISSING and number):
                break
            wait(seconds)
            standing = self.standing(file_id)
        log.info("Slack was asked whether a file is posted", standing=str(standing))
        return standing

    @contextmanager
    def _counted(self, method: str) -> Iterator[None]:
        try:
            yield
        except (SlackApiError, *UNREACHED) as error:
            self._metrics.slack_calls.labels(method, failure_of(error).code).inc()
            raise
        self._metrics.slack_calls.labels(method, "ok").inc()


class _Watched:
    """A file that reports how far it was read."""

    def __init__(self, file: IO[bytes], on_progress: Callable[[int], None]) -> None:
        self._file = file
        self._on_progress = on_progress
        self._sent = 0

    def read(self, size: int = -1) -> bytes:
        block = self._file.read(size)
        self._on_progress(self._sent)
        self._sent += len(block)
        return block


def _refused(client: WebClient, error: HTTPError) -> SlackApiError:
    """The error as if the Web API had reported it: the status, the headers, and the body if it is a code."""
    said = error.read(200).decode("utf-8", "replace").strip()
    response = SlackResponse(
        client=client,
        http_verb="POST",
        api_url=UPLOAD,
        req_args={},
        data={"ok": False, "error": said if _CODE.fullmatch(said) else ""},
        headers=dict(error.headers.items()),
        status_code=error.code,
    )
    return SlackApiError("The file was not taken", response)  # type: ignore[no-untyped-call]


def _no_link(path: str, flags: int) -> int:
    """Refuses symbolic links, which may lead to a file that is not the desk's."""
    return os.open(path, flags | os.O_NOFOLLOW)
