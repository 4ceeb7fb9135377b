"""Slack's three escapes: undone once where a payload comes in, made once where a text is shown. Nothing keeps one.

Source: https://docs.slack.dev/messaging/formatting-message-text#escaping
"""

from __future__ import annotations

import re

_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
_SIGNS = {entity: sign for sign, entity in _ENTITIES.items()}
_ENTITY = re.compile("|".join(_SIGNS))


def escape(text: str) -> str:
    """Exactly the three signs that mrkdwn gives a meaning to; nothing in a text becomes a mention or a link."""
    return "".join(_ENTITIES.get(sign, sign) for sign in text)


def unescape(text: str) -> str:
    """What was typed, from a text that Slack has escaped: that of a command or of a message.

    What a view carries, typed or chosen in it, is not escaped and must not come here. Each entity is read once, so that
    `&amp;lt;` is `&lt;`.
    """
    return _ENTITY.sub(lambda found: _SIGNS[found.group()], text)
