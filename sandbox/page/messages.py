"""A conversation as people read it: days, messages, threads, and private notices of Slack's client.

Draws a `Picture`; what people do with messages goes to their `Surface` and to the window.
"""

from collections.abc import Sequence
from datetime import date

from nicegui.element import Element

from sandbox.page import mrkdwn, shown
from sandbox.page.frame import Part, Parts, Redraw, markup, tag
from sandbox.page.message import Conversation, MessageRow, Row, Thread, private_words, replies_words
from sandbox.page.picture import Picture
from sandbox.values import Message, Notice

AT_ONCE = 100
"""The number of messages of a conversation that are drawn, and the number added when a reader asks for earlier ones."""
TOGETHER_SECONDS = 300
"""Messages of one author within this time share one header, as in Slack."""


class MessageList:
    """The messages of a channel in `box`, or with `thread_ts` those of one thread."""

    def __init__(self, box: Element, screen: Conversation) -> None:
        self._parts = Parts(box)
        self._screen = screen
        self._most = AT_ONCE
        self._picture: Picture | None = None

    def show(self, picture: Picture, thread_ts: str | None = None) -> None:
        """Show the conversation as it is in the picture."""
        self._picture = picture
        if thread_ts is None:
            self._parts.show(self._conversation(picture))
        else:
            self._parts.show(self._thread(picture, thread_ts))

    def _conversation(self, picture: Picture) -> list[Part]:
        items: list[tuple[str, Message | Notice]] = [(one.ts, one) for one in picture.messages if not one.is_reply]
        here = {None, picture.channel.id if picture.channel else None}
        items += [(f"{one.at:.6f}", one) for one in picture.notices if one.channel in here]
        items.sort(key=lambda item: float(item[0]))
        threads = _threads(picture.messages)
        parts: list[Part] = []
        if len(items) > self._most:
            items = items[-self._most :]
            parts.append(Part("earlier", None, self._earlier))
        day: date | None = None
        before: Message | None = None
        for index, (ts, item) in enumerate(items):
            new_day = shown.moment(ts, self._screen.reader).date()
            if new_day != day:
                day, before = new_day, None
                parts.append(Part(f"day {day}", shown.day(ts, self._screen.reader), _day))
            if isinstance(item, Notice):
                parts.append(Part(f"notice {ts} {index}", item, self._notice))
                before = None
            else:
                parts.append(Part(item.ts, _row(item, before, picture, threads.get(ts)), self._message))
                before = item
        return parts

    def _thread(self, picture: Picture, thread_ts: str) -> list[Part]:
        messages = [one for one in picture.messages if thread_ts in {one.ts, one.thread_ts}]
        parts: list[Part] = []
        before: Message | None = None
        for message in messages:
            parts.append(Part(message.ts, _row(message, before, picture, None), self._message))
            before = message
            if message.ts == thread_ts and len(messages) > 1:
                parts.append(Part("replies", len(messages) - 1, _reply_line))
                before = None
        return parts

    def _earlier(self, _value: None) -> None:
        button = tag("button", "button earlier", "Show earlier messages", type="button")
        button.on("click", self._show_earlier, args=[])

    def _show_earlier(self) -> None:
        self._most += AT_ONCE
        if self._picture is not None:
            self.show(self._picture)

    def _message(self, row: Row) -> Redraw:
        return MessageRow(row, self._screen).redraw

    def _notice(self, notice: Notice) -> None:
        reader = self._screen.reader
        time = shown.time(f"{notice.at:.6f}", reader)
        with tag("div", "msg private", role="article", aria_label=f"Slackbot, {time}, only visible to you"):
            with tag("div", "gutter"):
                tag("span", "avatar", "S", style="background:#616061", aria_hidden="true")
            with tag("div", "msg-body"):
                private_words()
                with tag("div", "msg-head"):
                    tag("span", "msg-name", "Slackbot")
                    tag("span", "msg-time", time)
                markup(mrkdwn.plain_to_html(notice.text), "words")
                dismiss = tag("button", "link-button", "Dismiss", type="button")
                dismiss.on("click", self._screen.dismiss_notices, args=[])


def _threads(messages: Sequence[Message]) -> dict[str, Thread]:
    """The threads among these messages, by the `ts` of their first message."""
    threads: dict[str, Thread] = {}
    for message in messages:
        if message.is_reply and message.thread_ts is not None:
            before = threads.get(message.thread_ts)
            threads[message.thread_ts] = Thread((before.count if before else 0) + 1, message.ts)
    return threads


def _row(message: Message, before: Message | None, picture: Picture, thread: Thread | None) -> Row:
    follows = (
        before is not None
        and before.user == message.user
        and before.ephemeral_to is None
        and message.ephemeral_to is None
        and float(message.ts) - float(before.ts) < TOGETHER_SECONDS
    )
    author = picture.users.get(message.user) or picture.bot
    return Row(message, author, follows, picture.typed.get(message.ts, {}), thread)


def _day(words: str) -> None:
    with tag("div", "day", role="separator", aria_label=words):
        tag("span", "", words)


def _reply_line(count: int) -> None:
    tag("div", "reply-line", replies_words(count))
