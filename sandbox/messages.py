"""Messages: posting, editing and deleting them, and who sees which of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sandbox.errors import SlackError
from sandbox.team import Team
from sandbox.values import Change, File, Json, Message

_TICK = 1_000_000


class Messages:
    """All messages of a workspace. Timestamps are unique, increase, and follow the workspace's clock."""

    def __init__(self, team: Team) -> None:
        self._team = team
        self._messages: dict[str, dict[str, Message]] = {}
        self._last = 0

    def new_ts(self) -> str:
        """A unique message timestamp: seconds and microseconds."""
        with self._team.lock:
            self._last = max(self._last + 1, int(self._team.clock() * _TICK))
            return f"{self._last // _TICK}.{self._last % _TICK:06d}"

    def post(
        self,
        channel: str,
        user: str,
        text: str,
        *,
        blocks: Sequence[Json] = (),
        metadata: Json | None = None,
        thread_ts: str | None = None,
        ephemeral_to: str | None = None,
        files: Sequence[File] = (),
    ) -> Message:
        """Put a message into a channel. The caller checks who may."""
        message = Message(
            self.new_ts(),
            channel,
            user,
            text,
            tuple(blocks),
            metadata,
            thread_ts,
            ephemeral_to,
            tuple(files),
            is_bot=user == self._team.bot.id,
        )
        self._put(message)
        return message

    def get(self, channel: str, ts: str) -> Message:
        """A message that has not been deleted. Raises message_not_found."""
        with self._team.lock:
            message = self._messages.get(channel, {}).get(ts)
            if message is None or message.deleted:
                raise SlackError("message_not_found")
            return message

    def edit(
        self, message: Message, *, text: str, blocks: Sequence[Json], metadata: Json | None, edited: bool
    ) -> Message:
        """Replace the text and blocks of a message; `edited` marks it, as Slack does when the text changes."""
        with self._team.changing():
            current = self.get(message.channel, message.ts)
            stamp = self.new_ts() if edited else current.edited_ts
            changed = replace(current, text=text, blocks=tuple(blocks), metadata=metadata, edited_ts=stamp)
            self._put(changed)
        return changed

    def delete(self, message: Message) -> None:
        """Delete a message."""
        self._put(replace(message, deleted=True))

    def drop_file(self, file_id: str) -> None:
        """Remove a deleted file from the messages that carried it."""
        with self._team.changing():
            for messages in self._messages.values():
                for message in list(messages.values()):
                    if any(file.id == file_id for file in message.files):
                        left = tuple(file for file in message.files if file.id != file_id)
                        self._put(replace(message, files=left, deleted=message.deleted or not (left or message.text)))

    def of(self, channel: str) -> tuple[Message, ...]:
        """All messages of a channel, oldest first, with everybody's ephemerals."""
        with self._team.lock:
            return tuple(message for message in self._messages.get(channel, {}).values() if not message.deleted)

    def seen_by(self, user_id: str, channel: str) -> tuple[Message, ...]:
        """What one person sees in a channel: oldest first, replies directly after their parent, oldest first too."""
        mine = [message for message in self.of(channel) if message.ephemeral_to in {None, user_id}]
        order = {message.ts: message.thread_ts or message.ts for message in mine}
        return tuple(sorted(mine, key=lambda message: (order[message.ts], message.ts)))

    def shares(self, file_id: str) -> Json:
        """Where a file is shared, as in a file object's `shares`."""
        shares: Json = {}
        with self._team.lock:
            for channel_id, messages in self._messages.items():
                kind = "public" if self._team.channel(channel_id).kind == "public" else "private"
                for message in messages.values():
                    if not message.deleted and any(file.id == file_id for file in message.files):
                        shares.setdefault(kind, {}).setdefault(channel_id, []).append({"ts": message.ts})
        return shares

    def _put(self, message: Message) -> None:
        members = self._team.channel(message.channel).members
        concerned = frozenset({message.ephemeral_to}) if message.ephemeral_to else members
        with self._team.changing(Change("message", concerned, channel=message.channel)):
            self._messages.setdefault(message.channel, {})[message.ts] = message
