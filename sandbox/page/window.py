"""One browser window of one person: what it shows, and what they do in it.

The workspace reports changes on any thread; the window then takes a new picture of the person's screen outside the
event loop and draws the differences. Acts also go to `Person` outside the event loop, so that a slow bot blocks
nobody's page.
"""

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import TypeVar
from urllib.parse import urlencode
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from nicegui import ui

from sandbox.errors import NotThereError
from sandbox.page import dialogs
from sandbox.page.conversation import ConversationPane
from sandbox.page.frame import set_attributes, tag
from sandbox.page.mrkdwn import Reader
from sandbox.page.picture import Picture, take
from sandbox.page.sidebar import Sidebar, TopBar
from sandbox.page.widgets import Dialog
from sandbox.values import Change, Channel, Json, User, View
from sandbox.workspace import Workspace

T = TypeVar("T")
TOGETHER_SECONDS = 0.01
"""Changes this close to each other are drawn together."""


@dataclass(slots=True)
class Desk:
    """What all windows on one workspace share. `reads` holds the `ts` up to which a person has read a channel."""

    workspace: Workspace
    commands: Sequence[tuple[str, str]]
    title: str
    hands: Executor
    reads: dict[tuple[str, str], str] = field(default_factory=dict)


class Window:
    """A page for one person. `build` draws it in the page function, `live` keeps it up to date until it is closed."""

    def __init__(self, desk: Desk, user_id: str, channel_id: str | None) -> None:
        self._desk = desk
        self.person = desk.workspace.person(user_id)
        self.bot = desk.workspace.bot
        self.fills_done = 0
        self._channel_id = channel_id
        self._thread_ts: str | None = None
        self._home = False
        self._busy: set[str] = set()
        self._stale = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._in_step = True
        self._picture: Picture | None = None
        user = self.person.user
        self.reader = _reader(user, lambda: self._picture)

    # --- drawing -----------------------------------------------------------------------------------------------

    async def build(self) -> None:
        """Draw the page for the first time."""
        picture = await self._take()
        self.reader = _reader(picture.me, lambda: self._picture)
        with tag("div", "app") as self._app:
            self._top = TopBar(self._desk.title, self._toggle_menu)
            self._side = Sidebar(self._desk.workspace.name, self.go)
            self._pane = ConversationPane(self, self._desk.commands)
            self._modals_box = tag("div", "keep")
            self._questions = tag("div", "keep")
        self._modals = dialogs.Modals(self._modals_box, self)
        self._draw(picture)

    async def live(self) -> None:
        """Draw what changes, until the window is closed."""
        stop = self._desk.workspace.subscribe(self._changed)
        try:
            self._stale.set()
            while True:
                await self._stale.wait()
                await asyncio.sleep(TOGETHER_SECONDS)
                self._stale.clear()
                fills = self.fills_done
                picture = await self._take()
                self._in_step = fills == self.fills_done
                with self._app:
                    self._draw(picture)
                self._in_step = True
        finally:
            stop()

    def in_step(self) -> bool:
        """Whether the picture being drawn was taken after all of the person's input."""
        return self._in_step

    async def _take(self) -> Picture:
        return await self.off(
            partial(take, self._desk.workspace, self.person, self._channel_id, dict(self._desk.reads))
        )

    def _draw(self, picture: Picture) -> None:
        self._picture = picture
        self.bot = picture.bot
        channel = picture.channel
        self._channel_id = channel.id if channel else None
        if channel is not None and picture.messages and not self._home:
            newest = max(message.ts for message in picture.messages)
            self._desk.reads[(picture.me.id, channel.id)] = newest
        self._top.show(picture)
        self._side.show(picture)
        self._pane.show(picture, home=self._home, thread_ts=self._thread_ts)
        self._modals.show(picture.modals, frozenset(self._busy))

    def _changed(self, change: Change) -> None:
        me = self.person.user.id
        if change.users is None or me in change.users or change.channel == self._channel_id:
            # The loop may have closed by the time a late change arrives; then nobody sees it.
            with contextlib.suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self._stale.set)

    def _redraw(self) -> None:
        self._stale.set()

    def _toggle_menu(self) -> None:
        opened = "with-menu" not in self._app.classes
        self._app.classes(toggle="with-menu")
        set_attributes(self._top.menu, aria_expanded="true" if opened else "false")

    # --- what surfaces ask of their window ---------------------------------------------------------------------

    async def off(self, work: Callable[[], T]) -> T:
        """Do blocking work outside the event loop."""
        return await self._loop.run_in_executor(self._desk.hands, work)

    async def confirm(self, question: Json) -> bool:
        """Open a confirmation dialog; True if the person agrees."""
        answered: asyncio.Future[bool] = self._loop.create_future()

        def answer(agreed: bool) -> None:
            if not answered.done():
                answered.set_result(agreed)

        dialog: Dialog = dialogs.ask(self._questions, question, self, answer)
        try:
            return await answered
        finally:
            dialog.delete()

    def tell(self, words: str) -> None:
        """Show a short message."""
        with self._app:
            ui.notify(words, position="top", color="dark")

    def people(self) -> tuple[User, ...]:
        """Everybody who can be picked."""
        users = self._picture.users.values() if self._picture else ()
        return tuple(user for user in users if not user.is_bot and not user.deleted)

    def conversations(self) -> tuple[Channel, ...]:
        """The channels that can be picked."""
        return tuple(one for one in self._picture.channels if one.kind != "im") if self._picture else ()

    # --- what is done ------------------------------------------------------------------------------------------

    async def go(self, channel_id: str) -> None:
        """Turn to another conversation."""
        self._channel_id, self._thread_ts, self._home = channel_id, None, False
        self._app.classes(remove="with-menu")
        query = urlencode({"as": self.person.user.id, "channel": channel_id})
        ui.navigate.history.replace(f"/?{query}")
        self._redraw()

    async def show_home(self) -> None:
        """Open the app's Home tab; the bot gets an event."""
        self._home = True
        self._redraw()
        await self._try(self.person.open_home)

    async def show_messages(self) -> None:
        """Turn from the Home tab to the messages."""
        self._home = False
        self._redraw()

    async def open_thread(self, ts: str) -> None:
        """Show a message's thread beside the conversation."""
        self._thread_ts = ts
        self._redraw()

    async def close_thread(self) -> None:
        """Close the thread."""
        self._thread_ts = None
        self._redraw()

    async def say(self, text: str, thread_ts: str | None) -> None:
        """Post a message, or run a command."""
        channel_id = self._channel_id
        if channel_id is not None:
            await self._try(lambda: self.person.say(channel_id, text, thread_ts))

    async def dismiss_notices(self) -> None:
        """Clear the notices of Slack's client."""
        await self._try(self.person.dismiss_notices)

    async def submit(self, view: View) -> None:
        """Send a modal's form when all input has arrived; the button waits in the meantime."""
        surface = self._modals.surface(view.id)
        if view.id in self._busy or surface is None:
            return
        self._busy.add(view.id)
        self._redraw()
        try:
            await surface.settled()
            await self._try(lambda: self.person.submit(view.id))
        finally:
            self._busy.discard(view.id)
            self._redraw()

    async def close(self, view: View, *, whole_stack: bool) -> None:
        """Close a modal, or the whole stack."""
        await self._try(lambda: self.person.close(view.id, whole_stack=whole_stack))

    async def _try(self, act: Callable[[], object]) -> None:
        try:
            await self.off(act)
        except NotThereError as error:
            self.tell(str(error))


def _reader(user: User, picture: Callable[[], Picture | None]) -> Reader:
    try:
        zone = ZoneInfo(user.tz)
    except (ZoneInfoNotFoundError, ValueError):
        zone = ZoneInfo("Etc/UTC")

    def user_name(user_id: str) -> str | None:
        seen = picture()
        found = seen.users.get(user_id) if seen else None
        return found.real_name if found else None

    def channel_name(channel_id: str) -> str | None:
        seen = picture()
        return next((one.name for one in seen.channels if one.id == channel_id), None) if seen else None

    return Reader(
        zone=zone,
        twelve_hours=user.locale in {"en-US", "en-AU", "en-CA", "en-NZ", "hi-IN"},
        now=lambda: datetime.now(zone),
        user_name=user_name,
        channel_name=channel_name,
        user_id=user.id,
    )
