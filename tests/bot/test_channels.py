"""What the bot says about a channel: its present state, and nothing if Slack does not say."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from slack_sdk import WebClient

from bot.slack.channels import Channels, leaves_the_organisation
from handlers.kit.channels import SlackSilent
from sandbox.server import SandboxServer
from sandbox.values import Json
from sandbox.workspace import Workspace
from store.domain.channels import ChannelFacts
from tests.support.desk import make_workspace


@dataclass(frozen=True)
class Place:
    """A workspace, and what the bot sees of its channels."""

    workspace: Workspace
    channels: Channels

    def calls(self, method: str) -> int:
        return sum(sent.method == method for sent in self.workspace.sent)


@pytest.fixture
def place() -> Iterator[Place]:
    workspace, _, _ = make_workspace()
    with SandboxServer(workspace) as server:
        client = WebClient(workspace.bot_token, base_url=server.api_url, timeout=60, retry_handlers=[])
        yield Place(workspace, Channels(client, workspace.bot.id))


def test_everybody_but_the_bot_is_named_however_many_they_are(place: Place) -> None:
    people = {place.workspace.add_user(f"person{number}").id for number in range(1005)}
    channel = place.workspace.add_channel("all-of-us", people)
    assert place.channels.look(channel.id) == ChannelFacts("all-of-us", False, False, True, frozenset(people))
    assert place.calls("conversations.members") == 2


@pytest.mark.parametrize(
    ("shared", "archived", "with_bot"), [(True, False, True), (False, True, True), (False, False, False)]
)
def test_nobody_is_asked_for_where_nothing_can_be_posted(
    place: Place, shared: bool, archived: bool, with_bot: bool
) -> None:
    channel = place.workspace.add_channel("closed", ["U0ANDREW"], is_ext_shared=shared, with_bot=with_bot)
    if archived:
        place.workspace.archive(channel)
    assert place.channels.look(channel.id) == ChannelFacts("closed", archived, shared, with_bot, frozenset())
    assert place.calls("conversations.members") == 0


def test_a_channel_that_is_not_there_and_a_private_one_without_the_bot_are_alike(place: Place) -> None:
    hidden = place.workspace.add_channel("hidden", ["U0ANDREW"], kind="private", with_bot=False)
    assert place.channels.look(hidden.id) is None
    assert place.channels.look("C0NOWHERE") is None


@pytest.mark.parametrize("method", ["conversations.info", "conversations.members"])
@pytest.mark.parametrize("kind", ["429", "500", "lost_before", "error:invalid_auth"])
def test_where_slack_does_not_tell_nothing_is_guessed(place: Place, method: str, kind: str) -> None:
    channel = place.workspace.add_channel("deals", ["U0ANDREW"])
    place.workspace.faults.add(method, kind)
    with pytest.raises(SlackSilent):
        place.channels.look(channel.id)


@pytest.mark.parametrize(
    ("told", "shared"),
    [
        ({}, False),
        ({"is_shared": False, "is_org_shared": False, "pending_shared": []}, False),
        ({"is_shared": True, "is_org_shared": True, "shared_team_ids": ["T0HOME", "T0SISTER"]}, False),
        ({"is_org_shared": True}, False),
        ({"is_shared": True}, True),
        ({"is_shared": True, "is_org_shared": True, "is_ext_shared": True}, True),
        ({"is_org_shared": True, "pending_shared": ["T0ABROAD"]}, True),
        ({"is_org_shared": True, "pending_connected_team_ids": ["T0ABROAD"]}, True),
        ({"is_pending_ext_shared": True}, True),
    ],
)
def test_a_channel_of_one_organisation_does_not_leave_it_and_an_unknown_kind_of_sharing_does(
    told: Json, shared: bool
) -> None:
    assert leaves_the_organisation(told) is shared
