"""One person's screen at one moment, read from the workspace at once.

It is read outside the event loop, and frozen, so that drawing compares it with what is drawn already. Knows no page.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from sandbox import state
from sandbox.errors import NotThereError
from sandbox.people import Person
from sandbox.values import Channel, Message, Notice, StateValues, User, View
from sandbox.workspace import Workspace

NEVER: Final = "0"


@dataclass(frozen=True, slots=True)
class Unread:
    """What is new in a channel since the person last looked: the number of messages, and of those that notify them."""

    messages: int = 0
    calls: int = 0


@dataclass(frozen=True, slots=True)
class Picture:
    """A person's screen. `typed` are the element values of messages, by their `ts`."""

    me: User
    bot: User
    users: Mapping[str, User]
    channels: tuple[Channel, ...]
    channel: Channel | None
    unread: Mapping[str, Unread]
    messages: tuple[Message, ...] = ()
    typed: Mapping[str, StateValues] = field(default_factory=dict)
    notices: tuple[Notice, ...] = ()
    modals: tuple[View, ...] = ()
    home: View | None = None


def take(workspace: Workspace, person: Person, channel_id: str | None, reads: Mapping[tuple[str, str], str]) -> Picture:
    """The person's screen now. `reads` holds the `ts` up to which they read a channel, by their id and the channel's.

    If the channel is no longer theirs, their first channel replaces it.
    """
    me = person.user
    channels = () if me.deleted else person.channels()
    channel = next((one for one in channels if one.id == channel_id), channels[0] if channels else None)
    seen = {one.id: _messages(person, one.id) for one in channels}
    messages = seen[channel.id] if channel else ()
    return Picture(
        me=me,
        bot=workspace.bot,
        users={user.id: user for user in workspace.users()},
        channels=channels,
        channel=channel,
        unread={one.id: _unread(one, seen[one.id], me.id, reads.get((me.id, one.id), NEVER)) for one in channels},
        messages=messages,
        typed={
            one.ts: person.values(one) for one in messages if any(place.stateful for place in state.places(one.blocks))
        },
        notices=person.notices(),
        modals=person.modals(),
        home=person.home(),
    )


def _messages(person: Person, channel_id: str) -> tuple[Message, ...]:
    try:
        return person.messages(channel_id)
    except NotThereError:  # the person was removed from it since its name was read
        return ()


def _unread(channel: Channel, messages: tuple[Message, ...], me: str, read: str) -> Unread:
    new = [message for message in messages if message.ts > read and message.user != me]
    calls = new if channel.kind == "im" else [one for one in new if f"<@{me}>" in one.text or one.ephemeral_to == me]
    return Unread(len(new), len(calls))
