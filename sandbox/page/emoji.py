"""Emoji: Slack's `:names:` and the characters themselves.

The page draws emoji that carry a state itself, so that they need no emoji font.

Knows nothing of blocks or of the workspace. Names are those of Slack's own picker (which follow the emoji-data list).
"""

import html
import re
from collections.abc import Mapping
from typing import Final

from rich.emoji import Emoji

_OWN: Final[Mapping[str, str]] = {
    "large_yellow_circle": "\U0001f7e1",
    "large_green_circle": "\U0001f7e2",
    "large_orange_circle": "\U0001f7e0",
    "large_purple_circle": "\U0001f7e3",
    "large_brown_circle": "\U0001f7e4",
    "large_blue_circle": "\U0001f535",
    "red_circle": "\U0001f534",
    "white_circle": "\u26aa",
    "black_circle": "\u26ab",
    "simple_smile": "\U0001f642",
    "slightly_smiling_face": "\U0001f642",
    "thinking_face": "\U0001f914",
    "hugging_face": "\U0001f917",
    "warning": "\u26a0\ufe0f",
    "information_source": "\u2139\ufe0f",
    "heavy_check_mark": "\u2714\ufe0f",
    "ballot_box_with_check": "\u2611\ufe0f",
    "spiral_calendar_pad": "\U0001f5d3\ufe0f",
    "file_folder": "\U0001f4c1",
    "card_index_dividers": "\U0001f5c2\ufe0f",
    "alphabetical_order": "\U0001f524",
    "mag": "\U0001f50d",
    "mag_right": "\U0001f50e",
    "gear": "\u2699\ufe0f",
    "hourglass": "\u231b",
    "stopwatch": "\u23f1\ufe0f",
    "memo": "\U0001f4dd",
    "pencil": "\U0001f4dd",
    "pencil2": "\u270f\ufe0f",
    "inbox_tray": "\U0001f4e5",
    "outbox_tray": "\U0001f4e4",
    "raised_hands": "\U0001f64c",
    "wave": "\U0001f44b",
    "+1": "\U0001f44d",
    "thumbsup": "\U0001f44d",
    "-1": "\U0001f44e",
    "thumbsdown": "\U0001f44e",
}
"""Slack's names that are different or missing in the list that Rich provides."""

_DISCS: Final[Mapping[str, str]] = {
    "\U0001f7e1": "yellow",
    "\U0001f7e2": "green",
    "\U0001f7e0": "orange",
    "\U0001f7e3": "purple",
    "\U0001f7e4": "brown",
    "\U0001f535": "blue",
    "\U0001f534": "red",
    "\u26aa": "white",
    "\u26ab": "black",
}
_MARKS: Final[Mapping[str, str]] = {
    "\u26a0": "warning",
    "\u2705": "check",
    "\u274c": "cross",
    "\u2139": "info",
}
_DRAWN: Final = re.compile("([" + "".join([*_DISCS, *_MARKS]) + "])\ufe0f?")
NAME: Final = re.compile(r":([a-z0-9_+'-]+):")


def character(name: str) -> str | None:
    """The characters for an emoji's name (without colons), or None if no emoji has that name."""
    own = _OWN.get(name)
    if own is not None:
        return own
    code = f":{name}:"
    found = Emoji.replace(code)
    return None if found == code else found


def to_html(name: str) -> str:
    """One named emoji as HTML; an unknown name stays as written, as in Slack."""
    found = character(name)
    if found is None:
        return html.escape(f":{name}:")
    return drawn(found, title=f":{name}:")


def drawn(text: str, *, title: str = "") -> str:
    """Emoji as HTML: state marks as the page's own shapes with the character as hidden text, others left to fonts."""
    inner = draw_characters(html.escape(text))
    hint = f' title="{html.escape(title)}"' if title else ""
    return f'<span class="emoji"{hint}>{inner}</span>'


def draw_characters(escaped: str) -> str:
    """Replaces the state marks in HTML text with shapes that look the same on every machine."""

    def shape(match: re.Match[str]) -> str:
        mark = match.group(1)
        kind = f"disc disc-{_DISCS[mark]}" if mark in _DISCS else f"mark mark-{_MARKS[mark]}"
        return f'<span class="{kind}"><span class="shape-text">{match.group(0)}</span></span>'

    return _DRAWN.sub(shape, escaped)


def plain(text: str) -> str:
    """A text with emoji names replaced by their characters, for attributes and other places without HTML."""
    return NAME.sub(lambda match: character(match.group(1)) or match.group(0), text)
