"""One message as people read it: author, time, text or blocks, files, and the link to its thread."""

from dataclasses import dataclass
from typing import Protocol
from urllib.parse import quote

from sandbox.page import mrkdwn, shown
from sandbox.page.blocks import Blocks
from sandbox.page.frame import Part, Parts, Redraw, markup, put_text, set_attributes, tag
from sandbox.page.surface import Screen, Surface
from sandbox.values import File, Message, StateValues, User


class Conversation(Screen, Protocol):
    """What messages need of their window."""

    async def open_thread(self, ts: str) -> None:
        """Show a message's thread beside the conversation."""

    async def dismiss_notices(self) -> None:
        """Clear the notices of Slack's client."""

    def in_step(self) -> bool:
        """Whether the picture being drawn was taken after all of the person's input."""


@dataclass(frozen=True, slots=True)
class Thread:
    """The number of replies to a message, and the `ts` of the latest."""

    count: int
    latest: str


@dataclass(frozen=True, slots=True)
class Row:
    """Everything that determines how one message looks."""

    message: Message
    author: User
    follows: bool
    typed: StateValues
    thread: Thread | None


class MessageRow:
    """One message, redrawn in place: its controls stay while the bot changes the text around them."""

    def __init__(self, row: Row, screen: Conversation) -> None:
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

    def redraw(self, row: Row) -> bool:
        """Take the message as it is now."""
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
            parts.append(Part("private", None, lambda _value: private_words()))
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

        def redraw(thread: Thread) -> bool:
            put_text(count, replies_words(thread.count))
            put_text(latest, f"Last reply {shown.day_and_time(thread.latest, self._screen.reader).lower()}")
            return True

        if self._row.thread is not None:
            redraw(self._row.thread)
        return redraw

    async def _open_thread(self) -> None:
        await self._screen.open_thread(self._row.message.ts)


def replies_words(count: int) -> str:
    """`1 reply`, `2 replies`."""
    return "1 reply" if count == 1 else f"{count} replies"


def private_words() -> None:
    """The line above a message that nobody else sees."""
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
    """A person's initials on their colour."""
    tag(
        "span",
        f"avatar {size}".strip(),
        shown.initials(user.real_name),
        style=f"background:{shown.colour(user.name)}",
        aria_hidden="true",
    )
