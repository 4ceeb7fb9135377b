"""Reads Slack's payloads from the bytes of an HTTP body."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qsl

MAX_BODY = 1 << 20
"""Bytes of a request. Slack's largest ones carry a view of 250 kB, form-encoded."""
_LONGEST_CHECK = 512
"""Bytes of a certificate check: its mark and a token of two dozen characters."""


def read_payload(body: bytes, content_type: str) -> dict[str, Any]:
    """The payload: a JSON object, or a form that is a command or carries a `payload`. Raises ValueError.

    Bolt takes any form with the word `payload`, even inside a search, for one that carries a payload; so this reads it.
    """
    text = body.decode("utf-8")
    fields: Any = None
    try:
        if _media_type(content_type) == "application/json":
            fields = json.loads(text)
        else:
            fields = dict(parse_qsl(text, keep_blank_values=True))
            if "payload" in fields:
                fields = json.loads(fields["payload"])
    except RecursionError:
        raise ValueError("nested too deep") from None
    if not isinstance(fields, dict):
        raise ValueError("not an object")  # noqa: TRY004 - what is wrong is the request, not a type of ours
    return fields


def is_certificate_check(body: bytes, content_type: str) -> bool:
    """Whether Slack is checking that the address has a certificate it can trust, as it does now and then. It posts the
    form `ssl_check=1` with the app's old verification token, and nothing else. The check is not signed.

    https://docs.slack.dev/interactivity/implementing-slash-commands
    """
    if len(body) > _LONGEST_CHECK or _media_type(content_type) != "application/x-www-form-urlencoded":
        return False
    try:
        fields = parse_qsl(body.decode("ascii"), keep_blank_values=True, strict_parsing=True, max_num_fields=2)
    except ValueError:
        return False
    return (
        sorted(name for name, _ in fields) in (["ssl_check"], ["ssl_check", "token"]) and ("ssl_check", "1") in fields
    )


def _media_type(content_type: str) -> str:
    return content_type.partition(";")[0].strip().lower()
