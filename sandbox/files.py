"""Uploaded files: the app gets an address, sends the bytes there, then completes and shares the file."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from sandbox.errors import SlackError
from sandbox.messages import Messages
from sandbox.names import make_id, make_secret
from sandbox.team import Team
from sandbox.values import Change, File

SHARE_SECONDS = 0.2
"""Seconds between the completion of an upload and its message: Slack answers first and shares the file later.
https://github.com/slackapi/bolt-js/issues/2115
"""


class Files:
    """The files of a workspace, and the uploads in progress.

    Source: https://docs.slack.dev/messaging/working-with-files#uploading_files
    """

    def __init__(self, team: Team, messages: Messages) -> None:
        self._team = team
        self._messages = messages
        self._uploads: dict[str, str] = {}
        self._waiting: dict[str, File] = {}
        self._lengths: dict[str, int] = {}
        self._files: dict[str, File] = {}
        self._delay: float | None = SHARE_SECONDS

    def begin(self, name: str, length: int, user_id: str) -> tuple[str, str]:
        """An upload's key (the last part of its address) and the file's id. `length` is in bytes."""
        file = File(make_id("F"), name, name, 0, b"", frozenset(), user_id, int(self._team.clock()))
        key = make_secret()
        with self._team.lock:
            self._uploads[key] = file.id
            self._waiting[file.id] = file
            self._lengths[file.id] = length
        return key, file.id

    def receive(self, key: str, content: bytes) -> int:
        """Take the bytes sent to an upload's address; returns their number. Raises SlackError."""
        with self._team.lock:
            file_id = self._uploads.get(key)
            if file_id is None or file_id not in self._waiting:
                raise SlackError("file_not_found")
            if len(content) != self._lengths[file_id]:
                raise SlackError("file_upload_size_mismatch")
            self._waiting[file_id] = replace(self._waiting[file_id], content=content, size=len(content))
        return len(content)

    def complete(self, file_id: str, title: str | None) -> File:
        """Make an uploaded file real; it is not in any channel yet. Raises file_not_found."""
        with self._team.changing():
            waiting = self._waiting.get(file_id)
            if waiting is None or waiting.size != self._lengths[file_id]:
                raise SlackError("file_not_found")
            file = replace(waiting, title=title or waiting.name)
            del self._waiting[file_id]
            self._files[file_id] = file
            self._team.note(Change("file", self.who_sees(file)))
        return file

    @contextmanager
    def sharing_after(self, seconds: float | None) -> Iterator[None]:
        """Share what is completed in this context after `seconds` (None: never). The workspace's lock must be held."""
        self._delay, before = seconds, self._delay
        try:
            yield
        finally:
            self._delay = before

    def share_later(self, files: Sequence[File], channels: Collection[str], post: Callable[[list[File]], None]) -> None:
        """Share completed files in these channels after a delay; `post` puts them into messages."""

        def share() -> None:
            with self._team.changing():
                there = [self._files[file.id] for file in files if file.id in self._files]
                shared = [replace(file, channels=file.channels | frozenset(channels)) for file in there]
                self._files |= {file.id: file for file in shared}
                if shared:
                    post(shared)

        if self._delay is not None:
            timer = threading.Timer(self._delay, share)
            timer.daemon = True
            timer.start()

    def get(self, file_id: str) -> File:
        """A completed file. Raises file_not_found."""
        with self._team.lock:
            if file_id not in self._files:
                raise SlackError("file_not_found")
            return self._files[file_id]

    def delete(self, file_id: str) -> None:
        """Delete a file; messages no longer carry it. Raises file_not_found."""
        with self._team.changing():
            file = self.get(file_id)
            del self._files[file_id]
            self._messages.drop_file(file_id)
            self._team.note(Change("file", self.who_sees(file)))

    def who_sees(self, file: File) -> frozenset[str]:
        """Everybody in a channel in which the file is shared."""
        members = [self._team.channel(channel).members for channel in file.channels]
        return frozenset().union(*members) | {file.user}
