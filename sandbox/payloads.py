"""The payloads that tell the app what a person did, in Slack's shape.

Source: https://docs.slack.dev/reference/interaction-payloads and https://docs.slack.dev/interactivity
"""

from __future__ import annotations

import re

from sandbox.backend import Backend
from sandbox.names import make_id
from sandbox.objects import message_object, user_object
from sandbox.state import Place, places, value_of
from sandbox.values import Channel, Json, Message, User, View

_MESSAGE_EVENTS = {
    "im": ("message.im", "im"),
    "private": ("message.groups", "group"),
    "public": ("message.channels", "channel"),
}
_CARRIED = ("text", "value", "style", "placeholder")


def interaction(
    backend: Backend, kind: str, user: User, *, trigger: bool = True, in_modal: bool = False, channel: str = ""
) -> Json:
    """The fields that all interactions share; `trigger` adds a new trigger_id, which remembers where it was made."""
    payload: Json = {
        "type": kind,
        "user": {"id": user.id, "username": user.name, "name": user.name, "team_id": user.team_id},
        "api_app_id": backend.app_id,
        "token": backend.verification_token,
        "team": _team(backend),
        "enterprise": _enterprise(backend),
        "is_enterprise_install": whole_organisation(backend),
    }
    if trigger:
        payload["trigger_id"] = backend.triggers.make(user.id, in_modal=in_modal, channel=channel)
    return payload


def whole_organisation(backend: Backend) -> bool:
    """Whether the app is installed for a whole Enterprise organisation."""
    return backend.grid is not None and backend.grid.org_install


def _team(backend: Backend) -> Json | None:
    """The team; None if the app is installed for a whole organisation: then the person's fields name the team.

    Source: https://docs.slack.dev/enterprise/developing-for-enterprise-orgs
    """
    if whole_organisation(backend):
        return None
    return {"id": backend.team_id, "domain": backend.domain, **_named(backend)}


def _enterprise(backend: Backend) -> Json | None:
    return {"id": backend.grid.id, "name": backend.grid.name} if backend.grid else None


def _named(backend: Backend) -> Json:
    """The organisation as flat fields; empty if there is none."""
    return {"enterprise_id": backend.grid.id, "enterprise_name": backend.grid.name} if backend.grid else {}


def command(backend: Backend, user: User, channel: Channel, name: str, text: str) -> Json:
    """A slash command's form fields; the team is the person's own, so that the app can recognise a stranger.

    Source: https://docs.slack.dev/interactivity/implementing-slash-commands
    """
    return {
        "token": backend.verification_token,
        "team_id": user.team_id,
        "team_domain": backend.domain if user.team_id == backend.team_id else user.team_id.lower(),
        "channel_id": channel.id,
        "channel_name": channel_name(channel),
        "user_id": user.id,
        "user_name": user.name,
        "command": name,
        "text": escaped(text),
        "api_app_id": backend.app_id,
        "is_enterprise_install": str(whole_organisation(backend)).lower(),
        **_named(backend),
        "response_url": backend.responses.make("commands", channel.id, user.id),
        "trigger_id": backend.triggers.make(user.id, channel=channel.id),
    }


_MARKED = re.compile("(<[@#!][^<>]*>)")


def escaped(text: str) -> str:
    """What a person typed, as Slack sends it in a command's or message's text: three characters are escaped.

    Mentions, which Slack's composer makes, stay as they are. Source:
    https://docs.slack.dev/messaging/formatting-message-text#escaping
    """
    parts = _MARKED.split(text)
    return "".join(
        part if place % 2 else part.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        for place, part in enumerate(parts)
    )


def channel_name(channel: Channel) -> str:
    """A channel's name as payloads carry it: only public channels show theirs."""
    return {"im": "directmessage", "private": "privategroup"}.get(channel.kind, channel.name)


def with_container(backend: Backend, payload: Json, container: Message | View, values: Json) -> Json:
    """Adds where it happened: the view as it is now, or the message (without the message if it is ephemeral)."""
    if isinstance(container, View):
        return {
            **payload,
            "container": {"type": "view", "view_id": container.id},
            "view": backend.views.get(container.id).payload(),
        }
    where: Json = {
        "type": "message",
        "message_ts": container.ts,
        "channel_id": container.channel,
        "is_ephemeral": container.ephemeral_to is not None,
    }
    if container.thread_ts:
        where["thread_ts"] = container.thread_ts
    channel = backend.channel(container.channel)
    full = {
        **payload,
        "container": where,
        "channel": {"id": channel.id, "name": channel_name(channel)},
        "state": {"values": values},
    }
    if container.ephemeral_to is None:
        full["message"] = message_object(backend, container)
    return full


def action(place: Place, chosen: Json, ts: str) -> Json:
    """One entry of `actions`: the element that was used, and what was chosen in it."""
    element = place.element
    entry: Json = {"type": element["type"], "action_id": element["action_id"], "block_id": place.block["block_id"]}
    entry |= {key: element[key] for key in _CARRIED if key in element}
    entry |= {key: value for key, value in element.items() if key.startswith("initial_")}
    return entry | chosen | {"action_ts": ts}


def event(backend: Backend, inner: Json, *, shared: bool = False) -> Json:
    """An event with its envelope. Source: https://docs.slack.dev/apis/events-api#events-JSON"""
    return {
        "token": backend.verification_token,
        "team_id": backend.team_id,
        **({"enterprise_id": backend.grid.id} if backend.grid else {}),
        "api_app_id": backend.app_id,
        "event": inner,
        "type": "event_callback",
        "event_id": make_id("Ev"),
        "event_time": int(float(inner["event_ts"])),
        "authorizations": [
            {
                "enterprise_id": backend.grid.id if backend.grid else None,
                "team_id": None if whole_organisation(backend) else backend.team_id,
                "user_id": backend.bot.id,
                "is_bot": True,
                "is_enterprise_install": whole_organisation(backend),
            }
        ],
        "is_ext_shared_channel": shared,
        "event_context": "4-" + make_id("E"),
    }


def user_change(backend: Backend, user: User) -> Json:
    """The event for a changed person. Source: https://docs.slack.dev/reference/events/user_change"""
    ts = backend.messages.new_ts()
    inner = {"type": "user_change", "user": user_object(backend, user, locale=True), "cache_ts": 0, "event_ts": ts}
    return event(backend, inner)


def message_events(backend: Backend, channel: Channel, message: Message) -> list[Json]:
    """The events for a person's message that the app is subscribed to, if the bot is in the channel."""
    if backend.bot.id not in channel.members:
        return []
    events: list[Json] = []
    base = message_object(backend, message) | {"channel": channel.id, "event_ts": message.ts}
    if f"<@{backend.bot.id}>" in message.text and channel.kind != "im" and "app_mention" in backend.events:
        events.append({**base, "type": "app_mention"})
    name, kind = _MESSAGE_EVENTS[channel.kind]
    if name in backend.events:
        events.append({**base, "channel_type": kind})
    return events


def response_urls(backend: Backend, view: View) -> list[Json]:
    """The response urls of a submission: one for each conversation chosen in a select that asks for one."""
    urls = []
    for place in places(view.blocks):
        if place.element.get("response_url_enabled"):
            block_id, action_id = place.block["block_id"], place.element["action_id"]
            channel = value_of(view.values[block_id][action_id])
            if channel:
                url = backend.responses.make("app", channel, view.user)
                urls.append({"block_id": block_id, "action_id": action_id, "channel_id": channel, "response_url": url})
    return urls
