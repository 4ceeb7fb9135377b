"""A file for one person: it reaches them once, or they are told that it did not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.metrics import Metrics
from bot.sandbox.server import SandboxServer
from bot.sandbox.workspace import Workspace
from bot.slack_errors import UNREACHED, Verdict, failure_of
from bot.uploads import Uploads
from handlers.kit.replies import FileCall
from tests.support.desk import make_workspace

STEPS = ("conversations.open", "files.getUploadURLExternal", "upload", "files.completeUploadExternal")


@dataclass(frozen=True)
class Place:
    """A workspace, and the way of a file into it."""

    workspace: Workspace
    uploads: Uploads
    call: FileCall

    def received(self) -> list[bytes]:
        """The files that the person got."""
        channel = self.workspace.im(self.call.user_id)
        return [file.content for message in self.workspace.bot_messages(channel.id) for file in message.files]


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    path = tmp_path / "file.xlsx"
    path.write_bytes(bytes(range(256)) * 1000)
    workspace, _, _ = make_workspace()
    with SandboxServer(workspace) as server:
        client = WebClient(workspace.bot_token, base_url=server.api_url, timeout=5, retry_handlers=[])
        uploads = Uploads(client, Metrics())
        yield Place(workspace, uploads, FileCall("U0NANCY", path, "Größe & Co.xlsx", "Here it is"))


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("kind", ["500", "lost_before", "lost_after"])
def test_a_step_fails_once_and_the_file_comes_once(place: Place, step: str, kind: str) -> None:
    place.workspace.faults.add(step, kind)
    place.uploads.hand_over(place.call)
    assert place.received() == [place.call.path.read_bytes()]
    (message,) = place.workspace.bot_messages(place.workspace.im("U0NANCY").id)
    assert message.files[0].name == "Größe & Co.xlsx"
    assert message.text == "Here it is"


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("kind", ["429", "500"])
def test_what_goes_on_failing_is_told_with_its_meaning(place: Place, step: str, kind: str) -> None:
    place.workspace.faults.add(step, kind, times=5, retry_after=7)
    with pytest.raises((SlackApiError, *UNREACHED)) as caught:
        place.uploads.hand_over(place.call)
    failure = failure_of(caught.value)
    assert failure.verdict is (Verdict.WAIT if kind == "429" else Verdict.DOUBT)
    assert failure.seconds == (7 if kind == "429" else 0)
    assert not place.received()


def test_the_file_goes_block_by_block_and_can_be_stopped(place: Place) -> None:
    sent: list[int] = []

    class Enough(Exception):
        pass

    def stop(so_far: int) -> None:
        sent.append(so_far)
        if so_far > 100_000:
            raise Enough

    begun = place.uploads.begin("file.xlsx", place.call.path.stat().st_size)
    with pytest.raises(Enough):
        place.uploads.send(begun.url, place.call.path, stop)
    assert len(sent) > 2
    assert sent == sorted(sent)
    assert place.uploads.is_posted(begun.file_id) is None


def test_a_file_that_is_not_as_long_as_was_said_is_refused(place: Place) -> None:
    begun = place.uploads.begin("file.xlsx", 5)
    with pytest.raises(SlackApiError) as caught:
        place.uploads.send(begun.url, place.call.path, lambda _sent: None)
    assert failure_of(caught.value).code == "file_upload_size_mismatch"


def test_bytes_go_over_http_only(place: Place) -> None:
    with pytest.raises(ValueError, match="HTTP"):
        place.uploads.send("file:///etc/passwd", place.call.path, lambda _sent: None)
