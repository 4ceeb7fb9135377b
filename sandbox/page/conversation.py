"""The middle of the page: a conversation with its header, tabs and composer, and a thread beside it.

Draws a `Picture`; what people do goes to the window.
"""

import html
from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

from sandbox.page.blocks import Blocks
from sandbox.page.frame import Part, Parts, Redraw, markup, set_attributes, tag
from sandbox.page.message import Conversation
from sandbox.page.messages import MessageList
from sandbox.page.picture import Picture
from sandbox.page.sidebar import LOCK, conversation_name
from sandbox.page.surface import Surface
from sandbox.page.widgets import Composer
from sandbox.values import Channel, User, View


class Talk(Conversation, Protocol):
    """What the middle needs of its window."""

    bot: User

    async def say(self, text: str, thread_ts: str | None) -> None:
        """Post a message, or run a command."""

    async def show_home(self) -> None:
        """Open the app's Home tab."""

    async def show_messages(self) -> None:
        """Turn to the messages."""

    async def close_thread(self) -> None:
        """Close the thread."""


class ConversationPane:
    """The open conversation, with the open thread beside it. Drawn into the current slot."""

    def __init__(self, screen: Talk, commands: Sequence[tuple[str, str]]) -> None:
        self._screen, self._commands = screen, commands
        with tag("main", "main") as self._box:
            self._parts = Parts(self._box)
        self._picture: Picture | None = None

    def show(self, picture: Picture, *, home: bool, thread_ts: str | None) -> None:
        """Show the picture's channel, or the app's Home tab, and the thread under `thread_ts`."""
        self._picture = picture
        channel = picture.channel
        thread = thread_ts if channel and any(one.ts == thread_ts for one in picture.messages) else None
        home = home and channel is not None and channel.kind == "im"
        key = f"{channel.id if channel else 'nowhere'}"
        parts = [Part(key, (picture, home), lambda _value: self._front())]
        if thread is not None:
            parts.append(Part(f"thread {thread}", picture, lambda _value: self._thread(thread)))
        self._box.classes(replace="main with-thread" if thread else "main")
        self._parts.show(parts)

    def _front(self) -> Redraw:
        with tag("section", "pane", aria_label="Conversation"):
            inside = Parts(tag("div", "keep"))

        def redraw(value: tuple[Picture, bool]) -> bool:
            picture, home = value
            channel = picture.channel
            if channel is None:
                inside.show([Part("nothing", None, _nothing)])
                return True
            name = conversation_name(channel, picture)
            head = (channel, name, picture.bot)
            parts = [Part("head", head, _head)]
            if channel.kind == "im":
                parts.append(Part("tabs", home, self._tabs))
            if home:
                parts.append(Part("home", picture.home, self._home))
            else:
                parts.append(Part("messages", picture, self._messages))
                parts.append(Part("composer", (channel.is_archived, name, channel.kind), self._composer))
            inside.show(parts)
            return True

        if self._picture is not None:
            redraw((self._picture, False))
        return redraw

    def _tabs(self, home: bool) -> Redraw:
        with tag("div", "tabs", role="tablist", aria_label="Direct messages with the app"):
            messages = tag("button", "tab", "Messages", type="button", role="tab")
            messages.on("click", self._screen.show_messages, args=[])
            at_home = tag("button", "tab", "Home", type="button", role="tab")
            at_home.on("click", self._screen.show_home, args=[])

        def redraw(new: bool) -> bool:
            set_attributes(messages, aria_selected="false" if new else "true")
            set_attributes(at_home, aria_selected="true" if new else "false")
            return True

        redraw(home)
        return redraw

    def _home(self, view: View | None) -> Redraw | None:
        with tag("div", "home", role="tabpanel", aria_label="Home", tabindex="0"):
            if view is None:
                tag("p", "home-empty", f"{self._screen.bot.real_name} has not published anything here yet.")
                return None
            surface = Surface(self._screen, view, view.values)
            blocks = Blocks(tag("div", "blocks"), surface)
        first = view.id

        def redraw(new: View | None) -> bool:
            if new is None or new.id != first:
                return False
            surface.container, surface.values = new, new.values
            blocks.show(new.blocks)
            if self._screen.in_step():
                blocks.sync()
            return True

        redraw(view)
        return redraw

    def _messages(self, picture: Picture) -> Redraw:
        # A reversed column keeps its lower end visible while messages come and go, without any script.
        with tag("div", "scroll", tabindex="0", role="region", aria_label="Messages"), tag("div"):
            if picture.channel is not None:
                _beginning(picture.channel, conversation_name(picture.channel, picture))
            found = MessageList(tag("div", "log", role="log", aria_live="polite"), self._screen)

        def redraw(new: Picture) -> bool:
            found.show(new)
            return True

        redraw(picture)
        return redraw

    def _composer(self, value: tuple[bool, str, str]) -> None:
        archived, name, kind = value
        if archived:
            tag("div", "closed-note", f"#{name} is archived. You can read its messages, but nobody can post.")
            return
        words = f"Message {name}" if kind == "im" else f"Message #{name}"
        with tag("div", "composer"):
            _compose(self._commands, words, lambda text: self._screen.say(text, None), focus=True)

    def _thread(self, ts: str) -> Redraw:
        with tag("section", "pane thread", aria_label="Thread"):
            with tag("div", "pane-head"):
                with tag("h2", "pane-title"):
                    tag("span", "", "Thread")
                tag("div", "pane-more")
                close = tag("button", "icon-button", "×", type="button", aria_label="Close thread")
                close.on("click", self._screen.close_thread, args=[])
            with tag("div", "scroll", tabindex="0", role="region", aria_label="Thread messages"), tag("div"):
                found = MessageList(tag("div", "log", role="log", aria_live="polite"), self._screen)
            with tag("div", "composer"):
                _compose((), "Reply", lambda text: self._screen.say(text, ts), focus=True)

        def redraw(new: Picture) -> bool:
            found.show(new, ts)
            return True

        if self._picture is not None:
            redraw(self._picture)
        return redraw


def _compose(
    commands: Sequence[tuple[str, str]], words: str, sent: Callable[[str], Awaitable[None]], *, focus: bool
) -> None:
    composer = Composer(commands, sent)
    set_attributes(composer, aria_label=words, placeholder=words, autofocus=focus or None)


def _nothing(_value: None) -> None:
    with tag("div", "home-empty"):
        tag("p", "", "This person is not in any conversation.")


def _head(value: tuple[Channel, str, User]) -> None:
    channel, name, bot = value
    with tag("div", "pane-head"):
        with tag("h1", "pane-title"):
            sign = "" if channel.kind == "im" else LOCK if channel.kind == "private" else "#"
            markup(f"{sign}{'' if channel.kind == 'im' else ' '}{html.escape(name)}", name="span")
        count = len(channel.members - {bot.id})
        tag("div", "pane-more", "App" if channel.kind == "im" else f"{count} member{'s' if count != 1 else ''}")
        if channel.is_ext_shared:
            tag("span", "label-mark", "Shared with another organisation")
        if channel.kind != "im" and bot.id not in channel.members:
            tag("span", "label-mark", f"{bot.real_name} is not here")
        if channel.is_archived:
            tag("span", "label-mark", "Archived")


def _beginning(channel: Channel, name: str) -> None:
    with tag("div", "beginning"):
        if channel.kind == "im":
            tag("h2", "", name)
            tag("p", "", f"This is the very beginning of your messages with {name}.")
        else:
            tag("h2", "", f"#{name}" if channel.kind == "public" else name)
            tag("p", "", "This is the very beginning of the channel.")
