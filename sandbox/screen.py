"""What a person sees: channels, messages, modals, the Home tab, files, and Slack's own notices."""

from __future__ import annotations

from sandbox import state
from sandbox.backend import Backend
from sandbox.errors import NotThereError, SlackError
from sandbox.values import Channel, File, Json, Message, Notice, StateValues, User, View

Key = tuple[str, ...]


class Screen:
    """One person's screen. Raises `NotThereError` for what is not on it."""

    def __init__(self, backend: Backend, user_id: str) -> None:
        self._backend = backend
        self._id = user_id
        self._typed: dict[Key, StateValues] = {}

    @property
    def user(self) -> User:
        """The person as they are now."""
        return self._backend.user(self._id)

    def channels(self) -> tuple[Channel, ...]:
        """The channels that the person is in, including direct messages with the bot."""
        return tuple(channel for channel in self._backend.channels() if self._id in channel.members)

    def messages(self, channel_id: str) -> tuple[Message, ...]:
        """The messages in one of the person's channels, with only their own ephemerals.

        Oldest first, replies directly after their parent. Raises NotThereError.
        """
        self._channel(channel_id)
        return self._backend.messages.seen_by(self._id, channel_id)

    def message(self, channel_id: str, ts: str) -> Message:
        """One message that the person sees. Raises NotThereError."""
        for message in self.messages(channel_id):
            if message.ts == ts:
                return message
        raise NotThereError(f"{self.user.name} sees no message {ts} there.")

    def modals(self) -> tuple[View, ...]:
        """The person's open modals, at most three, the top one last."""
        return self._backend.views.modals(self._id)

    def modal(self) -> View:
        """The top modal. Raises NotThereError if none is open."""
        modals = self.modals()
        if not modals:
            raise NotThereError(f"{self.user.name} has no modal open.")
        return modals[-1]

    def home(self) -> View | None:
        """The bot's Home tab, if it has published one for them."""
        return self._backend.views.home(self._id)

    def file(self, file_id: str) -> File:
        """A file shared in one of the person's channels, with its content. Raises NotThereError."""
        try:
            file = self._backend.files.get(file_id)
        except SlackError as error:
            raise NotThereError(f"There is no file {file_id}.") from error
        if not any(channel.id in file.channels for channel in self.channels()):
            raise NotThereError(f"{self.user.name} is in no channel where file {file_id} is shared.")
        return file

    def notices(self) -> tuple[Notice, ...]:
        """What Slack's client itself told the person, oldest first."""
        return self._backend.notices(self._id)

    def dismiss_notices(self) -> None:
        """Clear the notices."""
        self._backend.dismiss_notices(self._id)

    def values(self, container: Message | View) -> StateValues:
        """The person's input in the elements of a message or view, as Slack's `state.values`."""
        if isinstance(container, View):
            return self._backend.views.get(container.id).values
        return state.fold(container.blocks, self._typed.get(key_of(container), {}))

    def _signed_in(self) -> None:
        if self.user.deleted:
            raise NotThereError(f"{self.user.name} is deactivated.")

    def _channel(self, channel_id: str) -> Channel:
        self._signed_in()
        channel = self._backend.channel(channel_id)
        if self._id not in channel.members:
            raise NotThereError(f"{self.user.name} is not in #{channel.name}.")
        return channel

    def _top(self, view_id: str) -> View:
        view = self.modal()
        if view.id != view_id:
            raise NotThereError(f"The modal on top is {view.id}, not {view_id}.")
        return view

    def _alive(self, container: Message | View) -> None:
        self._signed_in()
        if isinstance(container, Message):
            self.message(container.channel, container.ts)
        elif self._backend.views.get(container.id).user != self._id:
            raise NotThereError(f"View {container.id} is on somebody else's screen.")

    def _keep(self, container: Message | View, place: state.Place, chosen: Json) -> None:
        block_id, action_id = place.block["block_id"], place.element["action_id"]
        if isinstance(container, View):
            self._backend.views.put_value(container.id, block_id, action_id, chosen)
            return
        values = {block: dict(actions) for block, actions in self.values(container).items()}
        values.setdefault(block_id, {})[action_id] = chosen
        self._typed[key_of(container)] = values


def key_of(container: Message | View) -> Key:
    """The key of a message's or view's values."""
    return (container.id,) if isinstance(container, View) else (container.channel, container.ts)
