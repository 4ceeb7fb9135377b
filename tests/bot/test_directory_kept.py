"""How long Slack's answer about a person counts: at most a minute, and not after they have changed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.web import SlackResponse

from bot.slack.asking import Asking
from bot.slack.directory import Directory
from sandbox.server import SandboxServer
from sandbox.workspace import Workspace
from tests.support.desk import PATIENCE, eventually, make_workspace
from tests.support.people import TEAM

NANCY = "U0NANCY"


@dataclass
class Place:
    """A workspace, the bot's view of its people, and a clock that the test moves."""

    workspace: Workspace
    client: WebClient
    asking: Asking = field(default_factory=Asking)
    now: float = 1000.0

    def __post_init__(self) -> None:
        self.directory = Directory(self.client, self.asking, "UTC", "en_US", lambda: self.now)

    def look_ups(self) -> int:
        return sum(sent.method == "users.info" for sent in self.workspace.sent)

    def belongs(self, *, fresh: bool = False) -> bool:
        return self.directory.profile(NANCY, fresh=fresh, seconds=PATIENCE).affiliation.belongs_to(TEAM)

    def quiet(self) -> None:
        eventually(lambda: not self.asking._open, "an end of all questions")


@pytest.fixture
def place() -> Iterator[Place]:
    workspace, _, _ = make_workspace()
    with SandboxServer(workspace) as server:
        yield Place(workspace, WebClient(workspace.bot_token, base_url=server.api_url, timeout=60, retry_handlers=[]))


def test_within_a_minute_nobody_waits_for_slack_and_after_it_slack_is_asked(place: Place) -> None:
    assert place.belongs()
    place.workspace.change_user(NANCY, is_restricted=True)
    place.now += 39.0
    assert place.belongs()
    assert place.look_ups() == 1
    place.now += 21.0
    assert not place.belongs()
    assert place.look_ups() == 2


def test_who_works_on_is_asked_about_ahead_of_the_minutes_end_and_a_guest_is_found_so(place: Place) -> None:
    assert place.belongs()
    for _ in range(10):
        place.now += 45.0
        assert place.belongs()
        place.quiet()
    assert place.look_ups() == 11
    place.workspace.change_user(NANCY, is_restricted=True)
    place.now += 45.0
    assert place.belongs()
    place.quiet()
    assert not place.belongs()


def test_an_answer_counts_from_when_slack_was_asked(place: Place) -> None:
    answer = place.client.users_info

    def slow(**arguments: Any) -> SlackResponse:
        told = answer(**arguments)
        place.now += 59.0
        return told

    place.client.users_info = slow  # type: ignore[method-assign]
    assert place.belongs()
    place.now += 1.0
    assert place.belongs()
    assert place.look_ups() == 2


def test_a_change_that_slack_tells_of_counts_at_once(place: Place) -> None:
    assert place.belongs()
    place.workspace.deactivate(NANCY)
    assert place.belongs()
    place.directory.forget(NANCY)
    assert not place.belongs()


def test_a_decision_asks_each_time(place: Place) -> None:
    for expected in range(1, 4):
        assert place.belongs(fresh=True)
        assert place.look_ups() == expected


def test_slack_is_left_alone_as_long_as_it_wants_to_be(place: Place) -> None:
    place.workspace.faults.add("users.info", "429", retry_after=30)
    for _ in range(3):
        with pytest.raises(SlackApiError) as refused:
            place.belongs()
        assert refused.value.response.status_code == 429
    assert place.look_ups() == 1
    place.now += 30.0
    assert place.belongs()


def test_no_question_goes_ahead_while_slack_wants_to_be_left_alone(place: Place) -> None:
    assert place.belongs()
    place.workspace.faults.add("users.info", "429", retry_after=30)
    with pytest.raises(SlackApiError):
        place.belongs(fresh=True)
    place.now += 29.0
    for _ in range(5):
        place.now += 0.1
        assert place.belongs()
    place.now += 11.0
    assert place.belongs()
    place.quiet()
    assert place.look_ups() == 3


def test_while_slack_limits_its_answers_who_was_known_reads_on_for_five_minutes(place: Place) -> None:
    assert place.belongs()
    place.now += 50.0
    place.workspace.faults.add("users.info", "429", retry_after=600)
    with pytest.raises(SlackApiError):
        place.belongs(fresh=True)
    place.now += 249.0
    assert place.belongs()
    with pytest.raises(SlackApiError):
        place.belongs(fresh=True)
    place.now += 1.0
    with pytest.raises(SlackApiError):
        place.belongs()
    assert place.look_ups() == 2


def test_who_has_changed_does_not_read_on_while_slack_limits_its_answers(place: Place) -> None:
    assert place.belongs()
    place.workspace.faults.add("users.info", "429", retry_after=600)
    with pytest.raises(SlackApiError):
        place.belongs(fresh=True)
    place.directory.forget(NANCY)
    with pytest.raises(SlackApiError):
        place.belongs()


@pytest.mark.parametrize("kind", ["500", "lost_before", "error:user_not_found"])
def test_where_slack_does_not_tell_the_minute_is_not_prolonged(place: Place, kind: str) -> None:
    assert place.belongs()
    place.workspace.faults.add("users.info", kind, times=3)
    place.now += 50.0
    assert place.belongs()
    place.quiet()
    place.now += 10.0
    with pytest.raises((SlackApiError, OSError)):
        place.belongs()


def test_who_only_reads_a_message_is_asked_about_once_an_hour(place: Place) -> None:
    for _ in range(4):
        assert place.directory.reader(NANCY).time_zone == "Europe/Berlin"
        place.now += 899.0
    assert place.look_ups() == 1
    place.now += 10.0
    place.directory.reader(NANCY)
    assert place.look_ups() == 2


def test_an_answer_without_a_person_names_no_workspace(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(place.client, "users_info", lambda **_: {"ok": True, "user": []})
    assert not place.belongs()
