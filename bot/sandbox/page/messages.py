"""A conversation as people read it: days, messages, threads, files, and what only they see.

Draws what a `Picture` holds; what is done to messages goes to their `Surface` and to the window.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol
from urllib.parse import quote

from nicegui.element import Element

from bot.sandbox.page import mrkdwn, shown
from bot.sandbox.page.blocks import Blocks
from bot.sandbox.page.frame import Part, Parts, Redraw, markup, put_text, set_attributes, tag
from bot.sandbox.page.picture import Picture
from bot.sandbox.page.surface import Screen, Surface
from bot.sandbox.values import File, Message, Notice, StateValues, User

AT_ONCE = 100
"""How many messages of a conversation are drawn, and how many more each time somebody asks for earlier ones."""
TOGETHER_SECONDS = 300
"""Messages of one author within this time stand under one head, as in Slack."""


class Conversation(Screen, Protocol):
    """What messages need of their window."""

    async def open_thread(self, ts: str) -> None:
        """Show a message's thread beside the conversation."""

    async def dismiss_notices(self) -> None:
        """Clear what Slack's client said."""

    def in_step(self) -> bool:
        """Whether what is being drawn was read after everything that has been put in."""


@dataclass(frozen=True, slots=True)
class _Thread:
    count: int
    latest: str


@dataclass(frozen=True, slots=True)
class _Row:
    """All that one message's looks depend on."""

    message: Message
    author: User
    follows: bool
    typed: StateValues
    thread: _Thread | None


class MessageList:
    """The messages of a channel inside `box`, or with `thread_ts` those of one thread."""

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

    def _message(self, row: _Row) -> Redraw:
        return _MessageRow(row, self._screen).redraw

    def _notice(self, notice: Notice) -> None:
        reader = self._screen.reader
        time = shown.time(f"{notice.at:.6f}", reader)
        with tag("div", "msg private", role="article", aria_label=f"Slackbot, {time}, only visible to you"):
            with tag("div", "gutter"):
                tag("span", "avatar", "S", style="background:#616061", aria_hidden="true")
            with tag("div", "msg-body"):
                _private_words()
                with tag("div", "msg-head"):
                    tag("span", "msg-name", "Slackbot")
                    tag("span", "msg-time", time)
                markup(mrkdwn.plain_to_html(notice.text), "words")
                dismiss = tag("button", "link-button", "Dismiss", type="button")
                dismiss.on("click", self._screen.dismiss_notices, args=[])


class _MessageRow:
    """One message, redrawn in place: its controls live on while the bot rewrites what is around them."""

    def __init__(self, row: _Row, screen: Conversation) -> None:
        self._screen, self._row = screen, row
        self._surface = Surface(screen, row.message, row.typed)
        self._box = tag("div", "msg", role="article")
        with self._box:
            self._gutter = Parts(tag("div", "gutter"))
            self._body = Parts(tag("div", "msg-body"))
            if row.message.ephemeral_to is None:
                with tag("div", "tools"):
                    reply = tag("button", "", "Reply in thread", type="button")
                    reply.on("click", self._open_thread, args=[])
        self.redraw(row)

    def redraw(self, row: _Row) -> bool:
        self._row = row
        message, reader = row.message, self._screen.reader
        self._surface.container, self._surface.values = message, row.typed
        time = shown.time(message.ts, reader)
        private = message.ephemeral_to is not None
        self._box.classes(replace=" ".join(["msg", *["following"] * row.follows, *["private"] * private]))
        said = ", only visible to you" if private else ""
        set_attributes(self._box, aria_label=f"{row.author.real_name}, {shown.day_and_time(message.ts, reader)}{said}")
        self._gutter.show([Part("side", (row.author, row.follows, time), _gutter)])
        self._body.show(self._parts(time))
        return True

    def _parts(self, time: str) -> list[Part]:
        row, message = self._row, self._row.message
        parts = []
        if message.ephemeral_to is not None:
            parts.append(Part("private", None, lambda _value: _private_words()))
        if not row.follows:
            full = shown.day_and_time(message.ts, self._screen.reader)
            parts.append(Part("head", (row.author, message.is_bot, time, full), _head))
        if message.blocks:
            parts.append(Part("blocks", (message.blocks, row.typed, message.edited_ts), self._blocks))
        elif message.text:
            parts.append(Part("words", (message.text, message.edited_ts), self._words))
        parts += [Part(f"file {file.id}", file, self._file) for file in message.files]
        if row.thread is not None:
            parts.append(Part("replies", row.thread, self._replies))
        return parts

    def _blocks(self, _value: object) -> Redraw:
        blocks = Blocks(tag("div", "blocks"), self._surface)
        edited = tag("span", "edited", "(edited)")

        def redraw(_new: object) -> bool:
            message = self._row.message
            blocks.show(message.blocks)
            edited.set_visibility(message.edited_ts is not None)
            if self._screen.in_step():
                blocks.sync()
            return True

        redraw(None)
        return redraw

    def _words(self, _value: object) -> Redraw:
        drawn = markup("", "words")

        def redraw(_new: object) -> bool:
            message = self._row.message
            edited = ' <span class="edited">(edited)</span>' if message.edited_ts else ""
            drawn.content = mrkdwn.to_html(message.text, self._screen.reader) + edited
            return True

        redraw(None)
        return redraw

    def _file(self, file: File) -> None:
        ending = file.name.rpartition(".")[2][:4] if "." in file.name else "file"
        person = self._screen.person.user.id
        with tag("div", "file", role="group", aria_label=f"File {file.name}"):
            tag("span", "file-sign", ending, aria_hidden="true")
            with tag("div", "file-words"):
                tag("div", "file-name", file.title or file.name)
                name = f"{file.name} · " if file.title and file.title != file.name else ""
                tag("div", "file-more", f"{name}{shown.file_kind(file.name)} · {shown.size(file.size)}")
            tag(
                "a",
                "button",
                "Download",
                href=f"/download/{quote(person)}/{quote(file.id)}/{quote(file.name)}",
                download=file.name,
                aria_label=f"Download {file.name}",
            )

    def _replies(self, _value: object) -> Redraw:
        button = tag("button", "replies", type="button")
        button.on("click", self._open_thread, args=[])
        with button:
            count = tag("b")
            latest = tag("span")

        def redraw(thread: _Thread) -> bool:
            put_text(count, _replies_words(thread.count))
            put_text(latest, f"Last reply {shown.day_and_time(thread.latest, self._screen.reader).lower()}")
            return True

        if self._row.thread is not None:
            redraw(self._row.thread)
        return redraw

    async def _open_thread(self) -> None:
        await self._screen.open_thread(self._row.message.ts)


def _threads(messages: Sequence[Message]) -> dict[str, _Thread]:
    """The threads among these messages, by the `ts` that they hang on."""
    threads: dict[str, _Thread] = {}
    for message in messages:
        if message.is_reply and message.thread_ts is not None:
            before = threads.get(message.thread_ts)
            threads[message.thread_ts] = _Thread((before.count if before else 0) + 1, message.ts)
    return threads


def _row(message: Message, before: Message | None, picture: Picture, thread: _Thread | None) -> _Row:
    follows = (
        before is not None
        and before.user == message.user
        and before.ephemeral_to is None
        and message.ephemeral_to is None
        and float(message.ts) - float(before.ts) < TOGETHER_SECONDS
    )
    author = picture.users.get(message.user) or picture.bot
    return _Row(message, author, follows, picture.typed.get(message.ts, {}), thread)


def _day(words: str) -> None:
    with tag("div", "day", role="separator", aria_label=words):
        tag("span", "", words)


def _reply_line(count: int) -> None:
    tag("div", "reply-line", _replies_words(count))


def _replies_words(count: int) -> str:
    return "1 reply" if count == 1 else f"{count} replies"


def _private_words() -> None:
    tag("div", "private-words", "Only visible to you")


def _gutter(value: tuple[User, bool, str]) -> None:
    author, follows, time = value
    if follows:
        tag("span", "gutter-time", time.removesuffix(" AM").removesuffix(" PM"), aria_hidden="true")
    else:
        avatar(author)


def _head(value: tuple[User, bool, str, str]) -> None:
    author, is_bot, time, full = value
    with tag("div", "msg-head"):
        tag("span", "msg-name", author.real_name)
        if is_bot:
            tag("span", "app-badge", "APP")
        tag("time", "msg-time", time, title=full)


def avatar(user: User, size: str = "") -> None:
    """Somebody's initials on their colour."""
    tag(
        "span",
        f"avatar {size}".strip(),
        shown.initials(user.real_name),
        style=f"background:{shown.colour(user.id)}",
        aria_hidden="true",
    )
