"""A request as Bolt takes it: of the few parts that Bolt goes by, whatever else the payload has.

Bolt reads a dozen more, and takes each for what Slack promises it to be: an odd one would end in a traceback.
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
    """What the payload asks is in its context as `ask`.

    Raises OddPayload for what is not of Slack's make, or nothing that the desk takes.
    """
    if payload.get("type") == "url_verification":
        body: dict[str, Any] = {"type": "url_verification", "challenge": word(payload.get("challenge"))}
        return BoltRequest(mode="socket_mode", body=body, headers=dict(headers or {}))
    ask = read_ask(payload)
    if ask is None:
        raise OddPayload("nothing that the desk takes")
    # Bolt takes a payload that has been read already in this mode only, and does nothing else by it.
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
