"""Blocks that only show something (rich_text, table, markdown, context …) as safe HTML for one reader.

Knows Block Kit's shapes (https://docs.slack.dev/reference/block-kit) and nothing of the workspace. `controls.py` draws
what has controls.
"""

import html
import re
from collections.abc import Sequence
from typing import Any, Final

from markdown_it import MarkdownIt

from sandbox.page import emoji, mrkdwn
from sandbox.page.mrkdwn import Reader
from sandbox.values import Json

_MARKDOWN: Final = MarkdownIt("commonmark", {"html": False, "linkify": False}).enable(["table", "strikethrough"])
_STYLE_TAGS: Final = {"bold": "strong", "italic": "em", "strike": "s", "underline": "u", "code": "code"}
_LIST_MARKS: Final = ("disc", "circle", "square")
_ORDER_MARKS: Final = ("decimal", "lower-alpha", "lower-roman")


def text_to_html(text: Json | str | None, reader: Reader) -> str:
    """A text object (mrkdwn or plain_text) as HTML; nothing for None."""
    if text is None:
        return ""
    if isinstance(text, str):
        return mrkdwn.plain_to_html(text)
    if text.get("type") == "mrkdwn":
        return mrkdwn.to_html(str(text.get("text", "")), reader, verbatim=bool(text.get("verbatim", False)))
    return mrkdwn.plain_to_html(str(text.get("text", "")), emoji_names=bool(text.get("emoji", True)))


def words(text: Json | str | None) -> str:
    """A text object as plain text, for labels that are read aloud."""
    if text is None:
        return ""
    return mrkdwn.spoken(text if isinstance(text, str) else str(text.get("text", "")))


def heard(text: Json | str | None, reader: Reader) -> str:
    """A text object as a screen reader says it: its first line as plain text, without markup."""
    bare = re.sub(r"<br>.*", "", text_to_html(text, reader), flags=re.DOTALL)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", "", bare)).split())


def image(element: Json) -> str:
    """An image by its address. The reader's browser fetches it (in Slack, its servers), or shows its text instead."""
    url = mrkdwn.safe_href(str(element.get("image_url", "")))
    words_instead = html.escape(str(element.get("alt_text", "")))
    if url is None:
        return f'<span class="image-words">{words_instead}</span>'
    return f'<img src="{html.escape(url)}" alt="{words_instead}" loading="lazy" referrerpolicy="no-referrer">'


def section(block: Json, reader: Reader) -> str:
    """The text of a section, and its fields in two columns."""
    made = []
    if block.get("text"):
        made.append(f'<div class="section-text">{text_to_html(block["text"], reader)}</div>')
    if block.get("fields"):
        fields = "".join(f'<div class="section-field">{text_to_html(field, reader)}</div>' for field in block["fields"])
        made.append(f'<div class="section-fields">{fields}</div>')
    return "".join(made)


def header(block: Json, reader: Reader) -> str:
    """A header block."""
    return f'<h2 class="block-header">{text_to_html(block.get("text"), reader)}</h2>'


def context(block: Json, reader: Reader) -> str:
    """A context block: small grey text and small images."""
    made = [
        f'<span class="context-image">{image(element)}</span>'
        if element.get("type") == "image"
        else f'<span class="context-text">{text_to_html(element, reader)}</span>'
        for element in block.get("elements", ())
    ]
    return f'<div class="context">{"".join(made)}</div>'


def image_block(block: Json, reader: Reader) -> str:
    """An image block with its title above."""
    title = f'<div class="image-title">{text_to_html(block["title"], reader)}</div>' if block.get("title") else ""
    return f'<figure class="image-block">{title}{image(block)}</figure>'


def markdown(block: Json, _reader: Reader) -> str:
    """A markdown block: standard Markdown, raw HTML shown as text."""
    made: str = _MARKDOWN.render(str(block.get("text", "")))
    return f'<div class="markdown">{emoji.draw_characters(made)}</div>'


def _inline(element: Json, reader: Reader) -> str:
    kind = element.get("type")
    style: dict[str, Any] = element.get("style") or {}
    if kind == "text":
        made = mrkdwn.plain_to_html(mrkdwn_safe(str(element.get("text", ""))), emoji_names=False)
    elif kind == "link":
        url = str(element.get("url", ""))
        made = mrkdwn.link(url, mrkdwn.plain_to_html(mrkdwn_safe(str(element.get("text") or url)), emoji_names=False))
    elif kind == "emoji":
        made = emoji.to_html(str(element.get("name", "")))
    elif kind == "user":
        made = mrkdwn.user_mention(str(element.get("user_id", "")), reader)
    elif kind == "channel":
        made = mrkdwn.channel_mention(str(element.get("channel_id", "")), reader)
    elif kind == "usergroup":
        made = '<span class="mention">@group</span>'
    elif kind == "broadcast":
        made = f'<span class="mention mention-me">@{html.escape(str(element.get("range", "")))}</span>'
    elif kind == "date":
        fallback = str(element.get("fallback", ""))
        seconds = float(element.get("timestamp", 0))
        made = html.escape(mrkdwn.date_text(seconds, str(element.get("format", "")), fallback, reader))
    else:
        made = ""
    for name, tag in _STYLE_TAGS.items():
        if style.get(name):
            made = f"<{tag}>{made}</{tag}>"
    return made


def mrkdwn_safe(text: str) -> str:
    """Rich text as mrkdwn: rich text holds bare characters, mrkdwn needs its three escapes."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _inlines(elements: Sequence[Json], reader: Reader) -> str:
    return "".join(_inline(element, reader) for element in elements)


def _list(element: Json, reader: Reader) -> str:
    indent = int(element.get("indent", 0))
    ordered = element.get("style") == "ordered"
    marks = _ORDER_MARKS if ordered else _LIST_MARKS
    items = "".join(f"<li>{_inlines(item.get('elements', ()), reader)}</li>" for item in element.get("elements", ()))
    tag = "ol" if ordered else "ul"
    start = f' start="{int(element.get("offset", 0)) + 1}"' if ordered else ""
    return f'<{tag}{start} style="margin-left:{indent * 28}px;list-style-type:{marks[indent % 3]}">{items}</{tag}>'


def rich_text(block: Json, reader: Reader) -> str:
    """A rich_text block."""
    made = []
    for element in block.get("elements", ()):
        kind = element.get("type")
        if kind == "rich_text_list":
            made.append(_list(element, reader))
            continue
        inner = _inlines(element.get("elements", ()), reader)
        if kind == "rich_text_preformatted":
            made.append(f"<pre>{inner}</pre>")
        elif kind == "rich_text_quote":
            made.append(f"<blockquote>{inner}</blockquote>")
        else:
            made.append(f'<div class="rich-section">{inner}</div>')
    return f'<div class="rich-text">{"".join(made)}</div>'


def _cell(cell: Json, reader: Reader) -> str:
    if cell.get("type") == "rich_text":
        return rich_text(cell, reader)
    return mrkdwn.plain_to_html(mrkdwn_safe(str(cell.get("text", ""))))


def table(block: Json, reader: Reader) -> str:
    """A table block; its first row is the header."""
    settings = list(block.get("column_settings") or ())

    def row(cells: Sequence[Json], tag: str) -> str:
        made = []
        for index, cell in enumerate(cells):
            setting = (settings[index] if index < len(settings) else None) or {}
            align = {"right": "right", "center": "center"}.get(str(setting.get("align")), "left")
            wrap = "normal" if setting.get("is_wrapped") else "nowrap"
            scope = ' scope="col"' if tag == "th" else ""
            made.append(f'<{tag}{scope} style="text-align:{align};white-space:{wrap}">{_cell(cell, reader)}</{tag}>')
        return f"<tr>{''.join(made)}</tr>"

    rows = list(block.get("rows") or ())
    head = f"<thead>{row(rows[0], 'th')}</thead>" if rows else ""
    body = "".join(row(cells, "td") for cells in rows[1:])
    # The wrapper scrolls sideways, so it must be reachable by keyboard.
    made = f"<table>{head}<tbody>{body}</tbody></table>"
    return f'<div class="table-wrap" tabindex="0" role="group" aria-label="Table">{made}</div>'
