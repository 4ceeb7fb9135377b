"""Slack's limits, cutting to them, and the few shapes of block that make up the screens. Nothing else knows them.

Source of the limits: https://docs.slack.dev/reference/block-kit
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from slack_sdk.models.blocks import (
    ActionsBlock,
    Block,
    ButtonElement,
    ConfirmObject,
    ContextBlock,
    DividerBlock,
    InputBlock,
    MarkdownTextObject,
    Option,
    OverflowMenuElement,
    PlainTextObject,
    SectionBlock,
)
from slack_sdk.models.blocks.block_elements import InputInteractiveElement
from slack_sdk.models.views import View

from handlers.kit.escapes import escape
from handlers.kit.interaction import ENTRY_MARK

SECTION_TEXT = 3000
FIELD_TEXT = 2000
FIELDS = 10
OPTION_TEXT = 75
OPTION_VALUE = 75
BUTTON_TEXT = 75
TITLE = 24
HINT = 2000
PLACEHOLDER = 150
MODAL_BLOCKS = 100
OPTIONS = 100
CONFIRM_TITLE = 100
CONFIRM_TEXT = 300
CONFIRM_BUTTON = 30

_RTL = frozenset({"R", "AL", "AN", "RLE", "RLO", "RLI"})
_BIDI_CONTROLS = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def tidy(text: str) -> str:
    """One line of a text from a file or a person: no control or direction signs, white space as single spaces."""
    text = _BIDI_CONTROLS.sub("", text)
    visible = "".join(" " if unicodedata.category(sign) in ("Cc", "Cs", "Zl", "Zp") else sign for sign in text)
    return " ".join(visible.split())


def clean(text: str) -> str:
    """The tidied line for a screen, never for a search.

    A text with right-to-left letters is isolated, so that it does not reorder its neighbours.
    """
    line = tidy(text)
    if any(unicodedata.bidirectional(sign) in _RTL for sign in line):
        return f"\u2068{line}\u2069"
    return line


def units(text: str) -> int:
    """The length in UTF-16 units, as the strictest limits count it: an emoji is two or more."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def cut(text: str, limit: int) -> str:
    """The text, or its beginning with `…`, within `limit` UTF-16 units."""
    if units(text) <= limit:
        return text
    kept, used = [], 1
    for sign in text:
        used += units(sign)
        if used > limit:
            break
        kept.append(sign)
    closing = "\u2069" if "\u2068" in kept else ""
    if closing:
        kept = kept[:-1]
    return "".join(kept).rstrip() + "…" + closing


def shown(text: str, limit: int = 200) -> str:
    """A text of the data for mrkdwn: cleaned, cut to `limit` units, escaped."""
    return escape(cut(clean(text), limit))


def fit(text: str, limit: int) -> str:
    """Text with Slack's marks, within the limit: escaping can turn one sign into five. Never cuts inside a sign."""
    return text if units(text) <= limit else _UNFINISHED.sub("…", cut(text, limit))


_UNFINISHED = re.compile("(?:&[a-z]*|<[^>]*)…$")


def mrkdwn(text: str, limit: int = SECTION_TEXT) -> MarkdownTextObject:
    """Text with Slack's marks; `verbatim`, so that Slack adds no links or mentions."""
    return MarkdownTextObject(text=fit(text, limit), verbatim=True)


def plain(text: str, limit: int) -> PlainTextObject:
    """Text without marks, cut to the limit; `:smile:` stays as it is written."""
    return PlainTextObject(text=cut(clean(text), limit) or "–", emoji=False)


def section(
    text: str, accessory: ButtonElement | OverflowMenuElement | None = None, block_id: str | None = None
) -> Block:
    """A paragraph, with an optional button or menu on its right. The caller escapes the text."""
    return SectionBlock(text=mrkdwn(text), accessory=accessory, block_id=block_id)


def fields(pairs: Iterable[tuple[str, str]]) -> list[Block]:
    """Names and values in two columns, in as many blocks as they need. The caller escapes the values."""
    texts = [mrkdwn(f"*{name}*\n{value}", FIELD_TEXT) for name, value in pairs]
    return [SectionBlock(fields=texts[start : start + FIELDS]) for start in range(0, len(texts), FIELDS)]


def context(text: str) -> Block:
    """A small grey line."""
    return ContextBlock(elements=[mrkdwn(text)])


def divider() -> Block:
    """A horizontal line."""
    return DividerBlock()


def question(title: str, lines: Sequence[str], yes: str, no: str, *, danger: bool = False) -> ConfirmObject:
    """A question that Slack asks before it tells the bot of a click; plain text.

    Cuts the first line if all are too long.
    """
    first, *others = [clean(line) for line in lines if line]
    room = CONFIRM_TEXT - sum(units(line) + 1 for line in others)
    text = cut("\n".join([cut(first, max(room, 1)), *others]), CONFIRM_TEXT)
    return ConfirmObject(
        title=plain(title, CONFIRM_TITLE),
        text=PlainTextObject(text=text, emoji=False),
        confirm=plain(yes, CONFIRM_BUTTON),
        deny=plain(no, CONFIRM_BUTTON),
        style="danger" if danger else "primary",
    )


def button(
    text: str, action_id: str, value: str = "", *, style: str | None = None, asks: ConfirmObject | None = None
) -> ButtonElement:
    """A button; its value carries keys only. `asks`: Slack asks this first."""
    return ButtonElement(
        text=plain(text, BUTTON_TEXT), action_id=action_id, value=value or None, style=style, confirm=asks
    )


def actions(elements: Sequence[ButtonElement], block_id: str | None = None) -> Block:
    """A row of buttons."""
    return ActionsBlock(elements=list(elements), block_id=block_id)


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of a menu: an action of its own, as a button is."""

    text: str
    action_id: str
    value: str


def menu(entries: Sequence[Entry], asks: ConfirmObject | None = None) -> OverflowMenuElement:
    """A menu behind three dots. Each entry is routed by its own action id; the menu's own id means nothing.

    `asks`: Slack asks this first, whichever entry is chosen, so only menus of one entry ask.
    """
    return OverflowMenuElement(
        action_id="menu",
        confirm=asks,
        options=[option(entry.text, f"{entry.action_id}{ENTRY_MARK}{entry.value}") for entry in entries],
    )


def option(text: str, value: str) -> Option:
    """A choice. A text that is too long is cut; a value never is, because it carries only keys."""
    return Option(text=plain(text, OPTION_TEXT), value=value)


def field(
    block_id: str,
    label: str,
    element: InputInteractiveElement,
    hint: str = "",
    *,
    optional: bool = True,
    live: bool = False,
) -> Block:
    """An input; its block has the name of the field it fills. `live`: Slack tells the bot of each change."""
    return InputBlock(
        block_id=block_id,
        label=plain(label, HINT),
        element=element,
        hint=plain(hint, HINT) if hint else None,
        optional=optional,
        dispatch_action=live or None,
    )


def modal(
    title: str,
    blocks: Sequence[Block],
    *,
    callback_id: str,
    private_metadata: str = "",
    submit: str | None = None,
    close: str = "Close",
) -> View:
    """A modal. Raises ValueError above Slack's limit of blocks: every screen pages what may be long."""
    if len(blocks) > MODAL_BLOCKS:
        raise ValueError(f"{len(blocks)} blocks do not fit a modal")
    return View(
        type="modal",
        callback_id=callback_id,
        title=PlainTextObject(text=cut(title, TITLE)),
        submit=PlainTextObject(text=cut(submit, TITLE)) if submit else None,
        close=PlainTextObject(text=cut(close, TITLE)),
        blocks=list(blocks),
        private_metadata=private_metadata or None,
    )


def notice_home(text: str) -> View:
    """A Home tab that only says something."""
    return View(type="home", callback_id="notice", blocks=[section(cut(text, SECTION_TEXT))])


def notice_modal(title: str, text: str) -> View:
    """A modal that only says something."""
    return modal(title, [section(cut(text, SECTION_TEXT))], callback_id="notice", close="Back")
