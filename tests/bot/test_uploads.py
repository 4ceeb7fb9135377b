"""The upload of a file to Slack, step by step."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from time import sleep

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.metrics import Metrics
from bot.slack.errors import failure_of
from bot.slack.uploads import FileStanding, Uploads
from sandbox.server import SandboxServer
from sandbox.workspace import Workspace
from tests.support.desk import eventually, make_workspace


@dataclass(frozen=True)
class Place:
    """A workspace, and the uploads of files into it."""

    workspace: Workspace
    uploads: Uploads
    path: Path


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    path = tmp_path / "file.xlsx"
    path.write_bytes(bytes(range(256)) * 1000)
    workspace, _, _ = make_workspace()
    with SandboxServer(workspace) as server:
        client = WebClient(workspace.bot_token, base_url=server.api_url, timeout=5, retry_handlers=[])
        uploads = Uploads(client, Metrics())
        yield Place(workspace, uploads, path)


def test_the_file_goes_block_by_block_and_can_be_stopped(place: Place) -> None:
    sent: list[int] = []

    class Enough(Exception):
        pass

    def stop(so_far: int) -> None:
        sent.append(so_far)
        if so_far > 100_000:
            raise Enough

    begun = place.uploads.begin("file.xlsx", place.path.stat().st_size)
    with pytest.raises(Enough):
        place.uploads.send(begun.url, place.path, stop)
    assert len(sent) > 2
    assert sent == sorted(sent)
    assert place.uploads.standing(begun.file_id) is FileStanding.MISSING


def test_a_file_that_is_not_as_long_as_was_said_is_refused(place: Place) -> None:
    begun = place.uploads.begin("file.xlsx", 5)
    with pytest.raises(SlackApiError) as caught:
        place.uploads.send(begun.url, place.path, lambda _sent: None)
    assert failure_of(caught.value).code == "file_upload_size_mismatch"


def test_bytes_go_over_http_only(place: Place) -> None:
    with pytest.raises(ValueError, match="HTTP"):
        place.uploads.send("file:///etc/passwd", place.path, lambda _sent: None)


def uploaded(place: Place, channel_id: str) -> str:
    begun = place.uploads.begin("file.xlsx", place.path.stat().st_size)
    place.uploads.send(begun.url, place.path, lambda _sent: None)
    place.uploads.complete(begun.file_id, "File", channel_id)
    return begun.file_id


def test_slack_says_ok_before_a_file_stands_in_its_channel(place: Place) -> None:
    channel = place.workspace.add_channel("files")
    place.workspace.faults.add("files.completeUploadExternal", "unshared:0.5")
    file_id = uploaded(place, channel.id)
    assert place.uploads.standing(file_id) is FileStanding.NOWHERE
    assert place.uploads.look(file_id, sleep, (0.05, 0.05)) is FileStanding.NOWHERE
    eventually(lambda: place.uploads.standing(file_id) is FileStanding.POSTED, "a file that is shared")
    assert len(place.workspace.bot_messages(channel.id)) == 1


def test_a_file_that_is_withdrawn_is_not_shared_later(place: Place) -> None:
    channel = place.workspace.add_channel("files")
    place.workspace.faults.add("files.completeUploadExternal", "unshared:0.5")
    withdrawn = uploaded(place, channel.id)
    place.uploads.withdraw(withdrawn)
    place.uploads.withdraw(withdrawn)
    place.workspace.faults.add("files.completeUploadExternal", "unshared:1")
    other = uploaded(place, channel.id)
    eventually(lambda: place.uploads.standing(other) is FileStanding.POSTED, "a file that is shared")
    assert [file.id for message in place.workspace.bot_messages(channel.id) for file in message.files] == [other]
