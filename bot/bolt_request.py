"""A request for Bolt, with only the few parts that Bolt routes by.

Bolt reads a dozen more parts, and trusts each to be what Slack promises: an odd one would end in a traceback.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from slack_bolt import BoltRequest

from bot.receipt import Receipt
from handlers.kit.interaction import Ask, PayloadKind, read_ask
from handlers.kit.shapes import OddPayload, word

Headers = Mapping[str, str | Sequence[str]]


def bolt_request(payload: Mapping[str, Any], receipt: Receipt, headers: Headers | None = None) -> BoltRequest:
    """The request; its context holds the payload's request as `ask`.

    Raises OddPayload for a payload of a form that Slack does not send, or of a kind that the desk does not handle.
    """
    if payload.get("type") == "url_verification":
        body: dict[str, Any] = {"type": "url_verification", "challenge": word(payload.get("challenge"))}
        return BoltRequest(mode="socket_mode", body=body, headers=dict(headers or {}))
    ask = read_ask(payload)
    if ask is None:
        raise OddPayload("nothing that the desk takes")
    # Bolt accepts a parsed payload only in this mode, which changes nothing else.
    context = {"receipt": receipt, "ask": ask}
    return BoltRequest(mode="socket_mode", body=_body(ask), headers=dict(headers or {}), context=context)


def _body(ask: Ask) -> dict[str, Any]:
    user = {"id": ask.user_id, "team_id": ask.team_id}
    match ask.kind:
        case PayloadKind.COMMAND:
            return {"command": ask.id, "user_id": ask.user_id, "team_id": ask.team_id}
        case PayloadKind.ACTION:
            return {"type": ask.kind.value, "user": user, "actions": [{"action_id": ask.id, "block_id": ask.block_id}]}
        case PayloadKind.SUBMISSION | PayloadKind.CLOSED:
            return {"type": ask.kind.value, "user": user, "view": {"type": "modal", "callback_id": ask.id}}
        case PayloadKind.OPTIONS:
            return {"type": ask.kind.value, "user": user, "action_id": ask.id}
        case PayloadKind.EVENT:
            return {"type": "event_callback", "team_id": ask.team_id, "event": {"type": ask.id, "user": ask.user_id}}
