"""Slack's three escapes: undone once when a payload arrives, made once when a text is shown. Nothing stores one.

Source: https://docs.slack.dev/messaging/formatting-message-text#escaping
"""

from __future__ import annotations

import re

_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
_SIGNS = {entity: sign for sign, entity in _ENTITIES.items()}
_ENTITY = re.compile("|".join(_SIGNS))


def escape(text: str) -> str:
    """Escapes exactly the three signs with a meaning in mrkdwn, so that no text becomes a mention or a link."""
    return "".join(_ENTITIES.get(sign, sign) for sign in text)


def unescape(text: str) -> str:
    """The text as typed, from the escaped text of a command or message.

    Slack does not escape what a view carries, typed or chosen, so it must not come here. Each entity is read once, so
    that `&amp;lt;` is `&lt;`.
    """
    return _ENTITY.sub(lambda found: _SIGNS[found.group()], text)
