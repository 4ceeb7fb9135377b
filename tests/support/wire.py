"""Slack's payloads by hand: what a client could send but no screen offers, and what the bot sent to whom."""

from __future__ import annotations

import http.client
import json
import threading
from collections import defaultdict
from collections.abc import Iterator, Mapping
from time import time
from typing import Any
from urllib.parse import urlencode, urlsplit

from bot.wiring import AFTER_THREADS
from sandbox import payloads
from sandbox.values import Json
from sandbox.workspace import Workspace
from tests.support.desk import PATIENCE, Desk, eventually

FORM = "application/x-www-form-urlencoded"


def post(
    url: str, body: bytes, headers: Mapping[str, str], path: str = "/slack/events", method: str = "POST"
) -> tuple[int, bytes]:
    """The status and body of one HTTP request."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=PATIENCE)
    try:
        connection.request(method, path, body, dict(headers))
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()


def get(url: str, path: str) -> tuple[int, str]:
    """The status and text of one page."""
    status, body = post(url, b"", {}, path, "GET")
    return status, body.decode()


def encode(payload: Json) -> tuple[bytes, str]:
    """A payload as Slack encodes it, with its content type."""
    if payload.get("type") == "event_callback":
        return json.dumps(payload).encode(), "application/json"
    form = payload if "command" in payload else {"payload": json.dumps(payload)}
    return urlencode(form).encode(), FORM


def deliver(desk: Desk, payload: Json, at: int | None = None) -> tuple[int, bytes]:
    """Signs and sends a payload as of second `at`, by default now: each second has its own signature."""
    body, content_type = encode(payload)
    signature = desk.workspace.delivery.signature(body, at)
    return post(desk.url, body, {"Content-Type": content_type, **signature})


def a_command(workspace: Workspace, user_id: str, text: str, name: str = "/orders") -> Json:
    """A slash command of that person, typed in the first channel."""
    return payloads.command(workspace, workspace.user(user_id), workspace.channels()[0], name, text)


def a_view(
    workspace: Workspace, user_id: str, callback_id: str, metadata: str = "", values: Mapping[str, Any] | None = None
) -> Json:
    """The person's top modal as Slack would send it, but with these contents; a closed one if none is open."""
    open_views = workspace.views.modals(user_id)
    base: Json = (
        open_views[-1].payload()
        if open_views
        else {
            "id": f"V0GONE-{user_id}",
            "type": "modal",
            "hash": "1.gone",
            "root_view_id": f"V0GONE-{user_id}",
            "previous_view_id": None,
        }
    )
    return {
        **base,
        "callback_id": callback_id,
        "private_metadata": metadata,
        "state": {"values": dict(values or {})},
    }


def an_action(
    workspace: Workspace,
    user_id: str,
    action_id: str,
    value: str = "",
    *,
    menu: bool = False,
    view: Json | None = None,
) -> Json:
    """The use of a button (or of a menu's entry) with this value, in that view or in a message."""
    in_modal = view is not None
    payload = payloads.interaction(workspace, "block_actions", workspace.user(user_id), in_modal=in_modal)
    action: Json = {"type": "button", "action_id": action_id, "block_id": "b", "action_ts": f"{time():.6f}"}
    if menu:
        action |= {
            "type": "overflow",
            "selected_option": {"text": {"type": "plain_text", "text": "x"}, "value": value},
        }
    else:
        action["value"] = value
    payload["actions"] = [action]
    if view is not None:
        return {**payload, "view": view, "container": {"type": "view", "view_id": view["id"]}}
    channel = workspace.channels()[0]
    where = {"type": "message", "message_ts": "1.1", "channel_id": channel.id, "is_ephemeral": False}
    return {**payload, "channel": {"id": channel.id, "name": channel.name}, "container": where}


def a_submission(workspace: Workspace, user_id: str, view: Json) -> Json:
    """The submission of that view."""
    return {**payloads.interaction(workspace, "view_submission", workspace.user(user_id), in_modal=True), "view": view}


def a_suggestion(workspace: Workspace, user_id: str, action_id: str, typed: str, view: Json) -> Json:
    """A person's input in an external select."""
    payload = payloads.interaction(workspace, "block_suggestion", workspace.user(user_id), trigger=False)
    return {**payload, "action_id": action_id, "block_id": "b", "value": typed, "view": view}


def an_event(workspace: Workspace, user_id: str, kind: str = "app_home_opened", **inner: Any) -> Json:
    """An event that the person caused."""
    event = {"type": kind, "user": user_id, "channel": "D0", "tab": "home", "event_ts": f"{time():.6f}", **inner}
    return payloads.event(workspace, event)


def settled(desk: Desk) -> None:
    """Waits until the bot's own threads are idle: until all of them are here at once."""
    # What follows an answer is handed over before its request counts as done.
    eventually(lambda: not desk.bot._in_flight._count, "an answer to all requests")
    here = threading.Barrier(AFTER_THREADS)
    for thread in [desk.bot._after.submit(here.wait, PATIENCE) for _ in range(AFTER_THREADS)]:
        thread.result()


def calls(desk: Desk, since: int = 0) -> list[str]:
    """The Slack calls from number `since` on, except the clock's check that the token is still valid."""
    return [sent.method for sent in desk.workspace.sent[since:] if sent.method != "auth.test"]


def moment(workspace: Workspace) -> tuple[int, int]:
    """The present, for `sent_to`."""
    return len(workspace.sent), len(workspace.delivery.log)


def sent_to(workspace: Workspace, since: tuple[int, int] = (0, 0)) -> dict[str, list[str]]:
    """All that the bot sent since then, as JSON, by recipient: its calls and its acknowledgements."""
    texts: dict[str, list[str]] = defaultdict(list)
    owners: dict[str, str] = {}
    for place, sent in enumerate(tuple(workspace.sent)):
        if sent.method == "users.info":
            continue
        for user in _readers(workspace, sent.arguments, owners):
            if place >= since[0]:
                texts[user].append(json.dumps(sent.arguments, ensure_ascii=False))
            if sent.answer and "view" in sent.answer:
                owners[sent.answer["view"]["id"]] = user
    for delivered in tuple(workspace.delivery.log)[since[1] :]:
        user = delivered.payload.get("user_id") or (delivered.payload.get("user") or {}).get("id", "")
        texts[user].append(json.dumps(delivered.ack_body, ensure_ascii=False))
    return texts


def _readers(workspace: Workspace, arguments: Json, owners: Mapping[str, str]) -> Iterator[str]:
    trigger, view_id, channel = (arguments.get(name) for name in ("trigger_id", "view_id", "channel"))
    if trigger:
        known = workspace.triggers._triggers.get(str(trigger))
        yield known.user if known else "nobody"
    elif view_id:
        yield owners.get(str(view_id), str(view_id).removeprefix("V0GONE-"))
    elif arguments.get("user") or arguments.get("user_id"):
        yield str(arguments.get("user") or arguments.get("user_id"))
    elif str(channel or "").startswith("U"):
        yield str(channel)
    elif channel:
        yield from workspace.channel(str(channel)).members
