"""The Slack app's manifest matches what the bot does, and the file beside the README matches the printed one."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from bot.manifest import SCOPES, manifest
from bot.slack.directory import CHANGE_EVENT
from handlers import ROUTES
from handlers.kit.interaction import PayloadKind

ROOT = Path(__file__).parents[2]


def test_the_file_is_what_is_printed() -> None:
    """`python -m bot manifest > manifest.yml` writes it."""
    assert (ROOT / "manifest.yml").read_text(encoding="utf-8") == manifest()


def test_every_command_and_event_of_the_routes_is_there_and_nothing_else() -> None:
    content = yaml.safe_load(manifest())
    commands = [command["command"] for command in content["features"]["slash_commands"]]
    assert sorted(commands) == sorted({route.id.split(" ")[0] for route in ROUTES if route.kind is PayloadKind.COMMAND})
    events = content["settings"]["event_subscriptions"]["bot_events"]
    assert set(events) == {route.id for route in ROUTES if route.kind is PayloadKind.EVENT} | {CHANGE_EVENT}


def test_what_slack_limits_fits() -> None:
    content = yaml.safe_load(manifest("https://desk.example.com"))
    assert len(content["display_information"]["name"]) <= 35
    assert len(content["display_information"]["description"]) <= 140
    for command in content["features"]["slash_commands"]:
        assert re.fullmatch("/[a-z0-9_-]{1,31}", command["command"])
        assert 0 < len(command["description"]) <= 2000
        assert len(command.get("usage_hint", "")) <= 1000


@pytest.mark.parametrize("scope", SCOPES)
def test_each_scope_has_its_reason_in_the_docs(scope: str) -> None:
    assert len(SCOPES[scope].split()) > 2
    page = (ROOT / "docs" / "operating.md").read_text(encoding="utf-8")
    rows = re.findall(rf"^\| `{scope}` \| (.+) \|$", page, re.MULTILINE)
    assert rows == [SCOPES[scope]]


def test_over_socket_mode_no_address_is_named() -> None:
    assert "url" not in manifest().replace("usage_hint", "")
    assert yaml.safe_load(manifest())["settings"]["socket_mode_enabled"] is True
