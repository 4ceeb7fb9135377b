"""What Slack sends over HTTP, read out of the bytes of its body."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qsl

MAX_BODY = 1 << 20
"""Bytes of a request. Slack's largest carry a view of 250 kB, form-encoded."""
_LONGEST_CHECK = 512
"""Bytes of a certificate check: its mark and a token of two dozen signs."""


def read_payload(body: bytes, content_type: str) -> dict[str, Any]:
    """What Slack sent: a JSON object, or a form that is a command or carries one as its `payload`. Raises ValueError.

    Read here, since Bolt takes a form for one with a `payload` wherever that word stands, in a search as well.
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
    """Whether this is what Slack posts now and then to see whether the address has a certificate that it can trust:
    the form `ssl_check=1`, with the app's old verification token beside it, and nothing else. It is not signed.

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
