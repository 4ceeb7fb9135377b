"""Slack's mrkdwn and plain_text as safe HTML for one reader.

All input is escaped; only markup made here reaches the page. The `Reader` provides the names of people and channels, so
this module knows neither workspace nor page.
"""

import html
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Final
from urllib.parse import urlsplit

from sandbox.page import dates, emoji


@dataclass(frozen=True, slots=True)
class Reader:
    """The reader of a text: their zone and clock, and the names they may see."""

    zone: tzinfo
    twelve_hours: bool
    now: Callable[[], datetime]
    """The present moment, aware, in the reader's zone."""
    user_name: Callable[[str], str | None]
    channel_name: Callable[[str], str | None]
    user_id: str = ""


_TOKEN: Final = re.compile(r"```(.+?)```|`([^`\n]+)`|<([^<>\n]+)>", re.DOTALL)
_BARE_LINK: Final = re.compile(r"https?://[^\s<>\"'`*]+[^\s<>\"'`*.,;:!?)]")
_STYLES: Final = tuple(
    (
        re.compile(rf"(?<![\w{mark}]){re.escape(mark)}(?=\S)([^{mark}\n]*[^\s{mark}]){re.escape(mark)}(?![\w{mark}])"),
        tag,
    )
    for mark, tag in (("*", "strong"), ("_", "em"), ("~", "s"))
)
# While the rest is formatted, finished pieces are in the text as numbered marks from Unicode's private area.
_OPEN, _CLOSE = "\ue000", "\ue001"
_MARK: Final = re.compile(f"{_OPEN}(\\d+){_CLOSE}")
_PRIVATE: Final = re.compile("[\ue000\ue001]")


class _Kept:
    """Pieces of finished HTML, set aside so that nothing formats them again."""

    def __init__(self) -> None:
        self._pieces: list[str] = []

    def put(self, piece: str) -> str:
        self._pieces.append(piece)
        return f"{_OPEN}{len(self._pieces) - 1}{_CLOSE}"

    def back(self, text: str) -> str:
        while _MARK.search(text):
            text = _MARK.sub(lambda match: self._pieces[int(match.group(1))], text)
        return text


def unescape(text: str) -> str:
    """Reverses the three escapes of Slack's text (`&amp; &lt; &gt;`), and no others."""
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def escape(text: str) -> str:
    """Slack text, with its three escapes, as HTML text."""
    return emoji.draw_characters(html.escape(unescape(text), quote=True))


def safe_href(url: str) -> str | None:
    """The address if a link may lead there (web and mail only), else None."""
    try:
        scheme = urlsplit(url).scheme.lower()
    except ValueError:
        return None
    return url if scheme in {"http", "https", "mailto"} else None


def link(url: str, words: str) -> str:
    """A link that opens beside the page; an address that is neither web nor mail is shown as plain text."""
    href = safe_href(url)
    if href is None:
        return words
    return f'<a href="{html.escape(href)}" target="_blank" rel="noopener noreferrer">{words}</a>'


def user_mention(user_id: str, reader: Reader) -> str:
    """`@name`, marked if it is the reader."""
    name = reader.user_name(user_id)
    mine = " mention-me" if user_id == reader.user_id else ""
    return f'<span class="mention{mine}">@{html.escape(name or "unknown")}</span>'


def channel_mention(channel_id: str, reader: Reader) -> str:
    """`#name`, or `#private` for a channel the reader may not see."""
    name = reader.channel_name(channel_id)
    return f'<span class="mention">#{html.escape(name or "private")}</span>'


def date_text(seconds: float, form: str, fallback: str, reader: Reader) -> str:
    """A moment in the reader's zone by a Slack date format, or the fallback if it cannot be shown. No HTML."""
    moment = dates.from_unix(seconds, reader.zone)
    if moment is None:
        return fallback
    return dates.fill_tokens(form, moment, reader.now(), twelve_hours=reader.twelve_hours) or fallback


def _date(body: str, fallback: str, reader: Reader) -> str:
    parts = body.split("^")
    if len(parts) < 3 or not parts[1].lstrip("-").isdigit():
        return escape(fallback)
    words = escape(date_text(int(parts[1]), unescape(parts[2]), unescape(fallback), reader))
    moment = dates.from_unix(int(parts[1]), reader.zone)
    full = f"{moment:%Y-%m-%d %H:%M:%S %Z}" if moment else ""
    timed = f'<time title="{html.escape(full)}">{words}</time>'
    return link(unescape(parts[3]), timed) if len(parts) > 3 and parts[3] else timed


def _special(inner: str, reader: Reader) -> str:
    body, bar, label = inner.partition("|")
    if body.startswith("@"):
        return user_mention(body[1:], reader)
    if body.startswith("#"):
        return channel_mention(body[1:], reader)
    if body.startswith("!date^"):
        return _date(body, label, reader)
    if body.startswith("!subteam^"):
        return f'<span class="mention">{escape(label or "@group")}</span>'
    if body in {"!here", "!channel", "!everyone"}:
        return f'<span class="mention mention-me">@{body[1:]}</span>'
    if body.startswith("!"):
        return escape(label or body)
    return link(unescape(body), escape(label if bar else body))


def _lines(text: str, kept: _Kept) -> str:
    """Quotes and line breaks. Neighbouring quoted lines make one quote."""
    made: list[str] = []
    quoted: list[str] = []

    def end_quote() -> None:
        if quoted:
            made.append(kept.put("<blockquote>") + "<br>".join(quoted) + kept.put("</blockquote>"))
            quoted.clear()

    everything = False
    for line in text.split("\n"):
        if everything:
            quoted.append(line)
        elif line.startswith("&gt;&gt;&gt;"):
            everything = True
            quoted.append(line[12:].lstrip(" "))
        elif line.startswith("&gt;"):
            quoted.append(line[4:].removeprefix(" "))
        else:
            end_quote()
            made.append(line)
    end_quote()
    return "<br>".join(made)


def to_html(text: str, reader: Reader, *, verbatim: bool = False) -> str:
    """Mrkdwn as HTML for one reader.

    `verbatim` leaves bare addresses alone, as Slack's option of that name does. The markup is Slack's: bold with one
    asterisk, italic with underscores, strike with tildes, code, fenced code, quotes, mentions, links, dates and emoji.
    """
    kept = _Kept()

    def token(match: re.Match[str]) -> str:
        fenced, code, inner = match.groups()
        if fenced is not None:
            return kept.put(f"<pre>{escape(fenced.removeprefix(chr(10)))}</pre>")
        if code is not None:
            return kept.put(f"<code>{escape(code)}</code>")
        return kept.put(_special(inner, reader))

    text = _TOKEN.sub(token, _PRIVATE.sub("", text))
    if not verbatim:
        text = _BARE_LINK.sub(lambda match: kept.put(link(unescape(match.group()), escape(match.group()))), text)
    text = emoji.NAME.sub(
        lambda match: kept.put(emoji.to_html(match.group(1))) if emoji.character(match.group(1)) else match.group(),
        text,
    )
    text = html.escape(unescape(text), quote=True)
    for pattern, tag in _STYLES:
        text = pattern.sub(rf"<{tag}>\1</{tag}>", text)
    text = emoji.draw_characters(_lines(text, kept))
    return re.sub(r"(</pre>|</blockquote>)<br>", r"\1", kept.back(text))


def plain_to_html(text: str, *, emoji_names: bool = True) -> str:
    """plain_text as HTML: no markup but emoji names and line breaks."""
    kept = _Kept()
    text = _PRIVATE.sub("", text)
    if emoji_names:
        text = emoji.NAME.sub(
            lambda match: kept.put(emoji.to_html(match.group(1))) if emoji.character(match.group(1)) else match.group(),
            text,
        )
    return kept.back(escape(text).replace("\n", "<br>"))


def spoken(text: str) -> str:
    """plain_text for an attribute: emoji as characters, no HTML. The caller escapes it for the page."""
    return emoji.plain(unescape(text))
