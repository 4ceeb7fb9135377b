"""A file's way into Slack, step by step."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.metrics import Metrics
from bot.slack.errors import failure_of
from bot.slack.uploads import Uploads
from sandbox.server import SandboxServer
from sandbox.workspace import Workspace
from tests.support.desk import make_workspace


@dataclass(frozen=True)
class Place:
    """A workspace, and the way of a file into it."""

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
    assert place.uploads.is_posted(begun.file_id) is None


def test_a_file_that_is_not_as_long_as_was_said_is_refused(place: Place) -> None:
    begun = place.uploads.begin("file.xlsx", 5)
    with pytest.raises(SlackApiError) as caught:
        place.uploads.send(begun.url, place.path, lambda _sent: None)
    assert failure_of(caught.value).code == "file_upload_size_mismatch"


def test_bytes_go_over_http_only(place: Place) -> None:
    with pytest.raises(ValueError, match="HTTP"):
        place.uploads.send("file:///etc/passwd", place.path, lambda _sent: None)
