"""The stand-in workspace as tests and pages use it: its people at their screens, and an administrator's actions.

It must not know what the bot is for, or how a page draws it.
"""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path

from sandbox import payloads
from sandbox.backend import Backend
from sandbox.errors import NotThereError
from sandbox.people import Person
from sandbox.values import Channel, Delivered, Message, User


class Workspace(Backend):
    """A Slack workspace with one app installed in it; `Team` says how to set it up."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self._people: dict[str, Person] = {}

    def person(self, user_id: str) -> Person:
        """This person at the screen. The same object each time, because it keeps what they typed."""
        with self.lock:
            user = self.user(user_id)
            if user.is_bot:
                raise NotThereError(f"{user.name} is a bot; it has no screen.")
            return self._people.setdefault(user.id, Person(self, user.id))

    # --- what an administrator does ----------------------------------------------------------------------------

    def announce(self, user_id: str) -> Delivered | None:
        """Tell the app that a person has changed, if it is subscribed to user_change; Slack does this by itself."""
        if "user_change" not in self.events:
            return None
        return self.delivery.send_event(payloads.user_change(self, self.user(user_id)))

    def deactivate(self, user: User | str) -> None:
        """Deactivate a person. They leave all channels, as in Slack; their messages stay."""
        user_id = user if isinstance(user, str) else user.id
        with self.changing():
            self.change_user(user_id, deleted=True)
            for channel in self.channels():
                if channel.kind != "im" and user_id in channel.members:
                    self.remove_from_channel(channel, user_id)
            self.views.close_all(user_id)

    def archive(self, channel: Channel | str) -> None:
        """Archive a channel: its messages stay, but nobody can post to it."""
        with self.changing():
            found = self.channel(channel if isinstance(channel, str) else channel.id)
            self.put_channel(replace(found, is_archived=True))

    def add_to_channel(self, channel: Channel | str, user: User | str) -> None:
        """Invite somebody (or the bot) into a channel."""
        with self.changing():
            found = self.channel(channel if isinstance(channel, str) else channel.id)
            self.put_channel(replace(found, members=found.members | {user if isinstance(user, str) else user.id}))

    def remove_from_channel(self, channel: Channel | str, user: User | str) -> None:
        """Remove somebody (or the bot) from a channel."""
        with self.changing():
            found = self.channel(channel if isinstance(channel, str) else channel.id)
            self.put_channel(replace(found, members=found.members - {user if isinstance(user, str) else user.id}))

    def revoke_token(self, error: str = "token_revoked") -> None:
        """Refuse every further Web API call with `token_revoked` (or `account_inactive`)."""
        self.token_error = error

    def restore_token(self) -> None:
        """Accept the token again."""
        self.token_error = None

    # --- for tests and pages -----------------------------------------------------------------------------------

    def bot_messages(self, channel_id: str) -> tuple[Message, ...]:
        """The bot's messages in a channel, oldest first, with ephemerals and without deleted ones."""
        return tuple(message for message in self.messages.of(channel_id) if message.user == self.bot.id)

    def deliver_to_http(self, request_url: str) -> None:
        """Send everything to this request URL from now on, signed, as Slack does where Socket Mode is off."""
        self.delivery.request_url = request_url

    def save_sent(self, path: Path | str) -> None:
        """Write all Web API calls so far as JSON lines."""
        with self.lock:
            lines = [json.dumps(asdict(sent), ensure_ascii=False, default=str) for sent in self.sent]
        Path(path).write_text("".join(line + "\n" for line in lines), encoding="utf-8")
