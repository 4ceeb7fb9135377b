"""The Slack app's manifest, generated from the routes, so that the two never differ."""

from __future__ import annotations

from collections.abc import Iterable

import yaml

from bot.slack.directory import CHANGE_EVENT
from handlers import ROUTES
from handlers.kit.interaction import PayloadKind
from handlers.kit.route import Route

_FIND = "after a lost answer, see whether a message of the bot's own was posted, so that it is not posted twice; in "
SCOPES: dict[str, str] = {
    "channels:history": _FIND + "public channels that it posts in",
    "channels:read": "see whether a public channel may get exports, orders: who is in it, if it is archived, shared",
    "chat:write": "post approval cards, outcomes and shared orders; tell a person privately why a button did nothing",
    "commands": "the slash commands",
    "files:read": "after a lost answer, see whether the file of an export was posted, so that it is not posted twice",
    "files:write": "post the file of an export, or send it by direct message; delete one that Slack shared nowhere",
    "groups:history": _FIND + "private channels that it posts in",
    "groups:read": "see whether a private channel may get exports, orders: who is in it, if it is archived, shared",
    "im:history": _FIND + "direct messages with the bot",
    "im:write": "tell a person by direct message the outcome of their request",
    "users:read": "the time zone and locale to show times and figures in; who is a guest, a bot or deactivated, and "
    "when that changes",
}
"""Each scope that the bot asks for, and why it needs it."""


def manifest(url: str | None = None, routes: Iterable[Route] = ROUTES, *, org: bool = False) -> str:
    """The manifest as YAML: for Socket Mode, or for HTTP with `url`, the bot's public address.

    `org`: the app may be installed for a whole Enterprise organisation.
    """
    routes = tuple(routes)
    endpoint = f"{url.rstrip('/')}/slack/events" if url else None
    commands = []
    for route in routes:
        if route.kind is PayloadKind.COMMAND and " " not in route.id:
            command = {"command": route.id, "description": route.description, "should_escape": False}
            if route.usage_hint:
                command["usage_hint"] = route.usage_hint
            commands.append(command | ({"url": endpoint} if endpoint else {}))
    events = sorted({route.id for route in routes if route.kind is PayloadKind.EVENT} | {CHANGE_EVENT})
    at = {"request_url": endpoint} if endpoint else {}
    content = {
        "display_information": {
            "name": "Order Desk",
            "description": "Customer orders: find, read, adjust, export",
            "background_color": "#2c3e50",
        },
        "features": {
            "app_home": {
                "home_tab_enabled": True,
                "messages_tab_enabled": True,
                "messages_tab_read_only_enabled": True,
            },
            "bot_user": {"display_name": "Order Desk", "always_online": True},
            "slash_commands": commands,
        },
        "oauth_config": {"scopes": {"bot": sorted(SCOPES)}},
        "settings": {
            "event_subscriptions": {**at, "bot_events": events},
            "interactivity": {
                "is_enabled": True,
                **at,
                **({"message_menu_options_url": endpoint} if endpoint else {}),
            },
            "org_deploy_enabled": org,
            "socket_mode_enabled": endpoint is None,
            "token_rotation_enabled": False,
        },
    }
    head = "# Generated from the routes: python -m bot manifest > manifest.yml\n"
    return head + yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=120)
