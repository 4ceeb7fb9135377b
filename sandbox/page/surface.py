"""One message or view as its person sees it; their actions on it go to the bot from here.

All of it runs outside the event loop. Knows the workspace's people, and nothing of how things are drawn.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Protocol, TypeVar

from sandbox.errors import NotThereError
from sandbox.page.mrkdwn import Reader
from sandbox.people import Person
from sandbox.values import Channel, Json, Message, StateValues, Suggested, User, View, Wire

T = TypeVar("T")
Where = tuple[str, str]
"""block_id and action_id of an element."""


class Screen(Protocol):
    """What a surface needs of its window."""

    reader: Reader
    person: Person
    fills_done: int
    """Counts the finished inputs; a picture taken before the last one does not have their values."""

    async def off(self, work: Callable[[], T]) -> T:
        """Do blocking work outside the event loop."""

    async def confirm(self, question: Json) -> bool:
        """Open a confirmation dialog."""

    def tell(self, words: str) -> None:
        """Show a short message."""

    def people(self) -> tuple[User, ...]:
        """Everybody who can be picked."""

    def conversations(self) -> tuple[Channel, ...]:
        """The channels that can be picked."""

    def submit(self, view: View) -> Awaitable[None]:
        """Send a modal's form."""


class Surface:
    """The acts of one person on one message or view. `container` is what they see of it now."""

    def __init__(self, screen: Screen, container: Message | View, values: StateValues) -> None:
        self.screen = screen
        self.container = container
        self.values = values
        self._newest: dict[Where, Wire] = {}
        self._order = asyncio.Lock()
        self._under_way: Counter[Where] = Counter()

    def pending(self, where: Where) -> bool:
        """Whether an input into this element has not reached the workspace yet."""
        return self._under_way[where] > 0

    def state(self, where: Where) -> Json | None:
        """The element's state as the workspace has it."""
        return self.values.get(where[0], {}).get(where[1])

    async def fill(self, where: Where, value: Wire) -> None:
        """Put a value into an element. If several wait for the same element, only the newest is sent."""
        self._newest[where] = value
        self._under_way[where] += 1
        try:
            async with self._order:
                if where in self._newest:
                    newest = self._newest.pop(where)
                    await self._do(lambda: self.screen.person.choose(self.container, *where, newest))
        finally:
            self._under_way[where] -= 1
            self.screen.fills_done += 1

    async def press_enter(self, where: Where) -> None:
        """Press Enter in a text element."""
        await self.settled()
        await self._do(lambda: self.screen.person.press_enter(self.container, *where))

    async def click(self, where: Where, **value: Wire) -> None:
        """Press a button, or pick from a menu; the person has already confirmed. Earlier input is sent first."""
        await self.settled()
        await self._do(lambda: self.screen.person.click(self.container, *where, agreed=True, **value))

    async def suggest(self, where: Where, query: str) -> Suggested | None:
        """Ask the bot for the options of a query; None if it cannot be asked."""
        return await self._do(lambda: self.screen.person.options(self.container, *where, query))

    async def settled(self) -> None:
        """Wait until all input so far has reached the workspace."""
        async with self._order:
            pass

    async def submit(self) -> None:
        """Send the form, if the surface is one."""
        if isinstance(self.container, View) and self.container.submit is not None:
            await self.screen.submit(self.container)

    async def _do(self, act: Callable[[], T]) -> T | None:
        try:
            return await self.screen.off(act)
        except NotThereError as error:
            self.screen.tell(str(error))
            return None
