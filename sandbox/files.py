"""Uploaded files: first an address to send the bytes to, then completed and shared."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import TYPE_CHECKING

from sandbox.errors import SlackError
from sandbox.names import make_id, make_secret
from sandbox.values import Change, File, Json

if TYPE_CHECKING:
    from sandbox.workspace import Workspace


class Files:
    """The files of a workspace, and the uploads under way.

    Source: https://docs.slack.dev/messaging/working-with-files#uploading_files
    """

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._uploads: dict[str, str] = {}
        self._waiting: dict[str, File] = {}
        self._lengths: dict[str, int] = {}
        self._files: dict[str, File] = {}

    def begin(self, name: str, length: int, user_id: str) -> tuple[str, str]:
        """An upload's key (the last part of its address) and the file's id. `length` is in bytes."""
        file = File(make_id("F"), name, name, 0, b"", frozenset(), user_id, int(self._workspace.clock()))
        key = make_secret()
        with self._workspace.lock:
            self._uploads[key] = file.id
            self._waiting[file.id] = file
            self._lengths[file.id] = length
        return key, file.id

    def receive(self, key: str, content: bytes) -> int:
        """Take the bytes sent to an upload's address; returns how many. Raises SlackError."""
        with self._workspace.lock:
            file_id = self._uploads.get(key)
            if file_id is None or file_id not in self._waiting:
                raise SlackError("file_not_found")
            if len(content) != self._lengths[file_id]:
                raise SlackError("file_upload_size_mismatch")
            self._waiting[file_id] = replace(self._waiting[file_id], content=content, size=len(content))
        return len(content)

    def complete(self, file_id: str, title: str | None, channels: Collection[str]) -> File:
        """Make an uploaded file real and share it in these channels. Raises file_not_found."""
        with self._workspace.changing():
            waiting = self._waiting.get(file_id)
            if waiting is None or waiting.size != self._lengths[file_id]:
                raise SlackError("file_not_found")
            file = replace(waiting, title=title or waiting.name, channels=frozenset(channels))
            del self._waiting[file_id]
            self._files[file_id] = file
            self._workspace.note(Change("file", self.who_sees(file)))
        return file

    def get(self, file_id: str) -> File:
        """A completed file. Raises file_not_found."""
        with self._workspace.lock:
            if file_id not in self._files:
                raise SlackError("file_not_found")
            return self._files[file_id]

    def delete(self, file_id: str) -> None:
        """Delete a file; messages that carried it carry it no more. Raises file_not_found."""
        with self._workspace.changing():
            file = self.get(file_id)
            del self._files[file_id]
            self._workspace.messages.drop_file(file_id)
            self._workspace.note(Change("file", self.who_sees(file)))

    def who_sees(self, file: File) -> frozenset[str]:
        """Everybody in a channel that it was shared in."""
        members = [self._workspace.channel(channel).members for channel in file.channels]
        return frozenset().union(*members) | {file.user}

    def payload(self, file: File) -> Json:
        """The file as Slack shows it to the app. Source: https://docs.slack.dev/reference/objects/file-object"""
        kinds = {channel: self._workspace.channel(channel).kind for channel in file.channels}
        base = f"{self._workspace.base_url}files-pri/{self._workspace.team_id}-{file.id}"
        return {
            "id": file.id,
            "created": file.created,
            "timestamp": file.created,
            "name": file.name,
            "title": file.title,
            "filetype": file.name.rpartition(".")[2].lower() or "binary",
            "user": file.user,
            "user_team": self._workspace.team_id,
            "size": file.size,
            "mode": "hosted",
            "is_external": False,
            "is_public": "public" in kinds.values(),
            "url_private": f"{base}/{file.name}",
            "url_private_download": f"{base}/download/{file.name}",
            "channels": [channel for channel, kind in kinds.items() if kind == "public"],
            "groups": [channel for channel, kind in kinds.items() if kind == "private"],
            "ims": [channel for channel, kind in kinds.items() if kind == "im"],
            "shares": self._workspace.messages.shares(file.id),
        }
