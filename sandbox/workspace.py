"""The stand-in workspace: who is in it, what it holds, and who may see what.

One lock guards everything; subscribers are called after it is released, on the thread that made the change.
It must not know what the bot is for, nor how a page draws it.
"""

import json
import threading
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path

from sandbox import payloads
from sandbox.delivery import Delivery
from sandbox.errors import NotThereError
from sandbox.faults import Faults
from sandbox.files import Files
from sandbox.messages import Messages
from sandbox.names import make_id, make_secret
from sandbox.people import Person
from sandbox.responses import ResponseUrls
from sandbox.triggers import Triggers
from sandbox.values import Change, Channel, ChannelKind, Delivered, Grid, Message, Notice, Sent, User, Wire
from sandbox.views import Views

Listener = Callable[[Change], None]

DEFAULT_EVENTS = frozenset({"app_home_opened", "app_mention", "message.im"})
"""Events the app is subscribed to unless told otherwise; names as in an app manifest's `bot_events`."""


class Workspace:
    """A Slack workspace with one app installed in it.

    `commands` are the slash commands the app registered, None for any; `events` its `bot_events`; `scopes` its bot
    scopes, None for all. `clock` gives seconds since the epoch and drives timestamps, triggers and response urls.
    `ack_seconds` is how long the app has to acknowledge. `grid` is the Enterprise organisation, where it is part of
    one. Secrets are random unless given.
    """

    def __init__(
        self,
        team_id: str = "T0SANDBOX",
        name: str = "Sandbox",
        *,
        domain: str = "sandbox",
        app_name: str = "Bot",
        signing_secret: str | None = None,
        bot_token: str | None = None,
        app_token: str | None = None,
        commands: Collection[str] | None = None,
        events: Collection[str] = DEFAULT_EVENTS,
        scopes: Collection[str] | None = None,
        ack_seconds: float = 3.0,
        grid: Grid | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.team_id = team_id
        self.name = name
        self.domain = domain
        self.grid = grid
        self.signing_secret = signing_secret or make_secret()
        self.bot_token = bot_token or make_secret("xoxb-sandbox-")
        self.app_token = app_token or make_secret("xapp-1-")
        self.verification_token = make_secret()
        self.app_id = make_id("A")
        self.bot_id = make_id("B")
        self.commands = None if commands is None else frozenset(commands)
        self.events = frozenset(events)
        self.scopes = None if scopes is None else frozenset(scopes)
        self.ack_seconds = ack_seconds
        self.clock = clock
        self.base_url = "http://127.0.0.1:0/"
        """Where this workspace is served, ending in a slash; a server sets it when it starts."""
        self.token_error: str | None = None
        """What each Web API call is refused with: None, "token_revoked" or "account_inactive"."""
        self.sent: list[Sent] = []
        """Every Web API call the bot made, oldest first."""

        self.lock = threading.RLock()
        self._depth = 0
        self._changes: list[Change] = []
        self._listeners: list[Listener] = []
        self._users: dict[str, User] = {}
        self._channels: dict[str, Channel] = {}
        self._people: dict[str, Person] = {}
        self._notices: dict[str, list[Notice]] = {}

        self.faults = Faults()
        self.triggers = Triggers(clock)
        self.messages = Messages(self)
        self.views = Views(self)
        self.files = Files(self)
        self.responses = ResponseUrls(self)
        self.delivery = Delivery(self)
        self.bot = self.add_user(app_name.lower().replace(" ", ""), app_name, is_bot=True)

    # --- changes -----------------------------------------------------------------------------------------------

    @contextmanager
    def changing(self, *changes: Change) -> Iterator[None]:
        """Hold the lock; on the way out of the outermost holder, and after releasing it, tell the subscribers."""
        with self.lock:
            self._depth += 1
            try:
                yield
                self._changes.extend(changes)
            finally:
                self._depth -= 1
                told, listeners = (self._changes, tuple(self._listeners)) if self._depth == 0 else ([], ())
                if self._depth == 0:
                    self._changes = []
        for change in told:
            for listener in listeners:
                listener(change)

    def note(self, change: Change) -> None:
        """Add a change to be told; only while `changing` is held."""
        self._changes.append(change)

    def subscribe(self, callback: Listener) -> Callable[[], None]:
        """Call `callback(change)` after each change, on whatever thread made it; returns how to stop that.

        That thread may be the server's event loop, so a callback must be quick and must not raise.
        """
        with self.lock:
            self._listeners.append(callback)

        def unsubscribe() -> None:
            with self.lock:
                if callback in self._listeners:
                    self._listeners.remove(callback)

        return unsubscribe

    # --- people and channels -----------------------------------------------------------------------------------

    def add_user(self, name: str, real_name: str | None = None, *, id: str | None = None, **fields: Wire) -> User:  # noqa: A002 - Slack's word
        """Add a person (or bot). `fields` are those of `User`; `team_id` of another workspace makes a stranger."""
        here = fields.get("team_id", self.team_id) == self.team_id
        grid = {"teams": (self.team_id,), "enterprise_id": self.grid.id} if self.grid and here else {}
        user = User(
            **{
                "id": id or make_id("U"),
                "team_id": self.team_id,
                **grid,
                "name": name,
                "real_name": real_name or name,
                **fields,
            }
        )
        with self.changing(Change("user", None)):
            self._users[user.id] = user
        return user

    def add_channel(
        self,
        name: str,
        members: Collection[User | str] = (),
        *,
        kind: ChannelKind = "public",
        id: str | None = None,  # noqa: A002 - Slack's word
        is_ext_shared: bool = False,
        shared_team_ids: Sequence[str] = (),
        with_bot: bool = True,
    ) -> Channel:
        """Open a channel with these people in it, and the bot unless `with_bot` is false."""
        people = {member if isinstance(member, str) else member.id for member in members}
        if with_bot:
            people.add(self.bot.id)
        channel = Channel(
            id or make_id("C"), name, kind, frozenset(people), is_ext_shared, shared_team_ids=tuple(shared_team_ids)
        )
        self.put_channel(channel)
        return channel

    def put_channel(self, channel: Channel) -> Channel:
        """Hold this channel in the place of the one with its id, and tell who it concerns."""
        with self.changing():
            before = self._channels.get(channel.id)
            concerned = channel.members | (before.members if before else frozenset())
            self._channels[channel.id] = channel
            self.note(Change("channel", concerned, channel=channel.id))
        return channel

    def im(self, user_id: str) -> Channel:
        """The direct messages of this person and the bot, opened when first asked for."""
        with self.changing():
            pair = frozenset({self.user(user_id).id, self.bot.id})
            for channel in self._channels.values():
                if channel.kind == "im" and channel.members == pair:
                    return channel
            return self.put_channel(Channel(make_id("D"), "directmessage", "im", pair))

    def user(self, user_id: str) -> User:
        """The user with this id. Raises NotThereError."""
        with self.lock:
            if user_id not in self._users:
                raise NotThereError(f"No user {user_id} in this workspace.")
            return self._users[user_id]

    def users(self) -> tuple[User, ...]:
        """Everybody, the bot included, in the order they were added."""
        with self.lock:
            return tuple(self._users.values())

    def channel(self, channel_id: str) -> Channel:
        """The channel with this id. Raises NotThereError."""
        with self.lock:
            if channel_id not in self._channels:
                raise NotThereError(f"No channel {channel_id} in this workspace.")
            return self._channels[channel_id]

    def channels(self) -> tuple[Channel, ...]:
        """All channels, direct messages included, in the order they were opened."""
        with self.lock:
            return tuple(self._channels.values())

    def person(self, user_id: str) -> Person:
        """What this human can see and do. The same object each time, for it keeps what they typed."""
        with self.lock:
            user = self.user(user_id)
            if user.is_bot:
                raise NotThereError(f"{user.name} is a bot; nobody sits at its screen.")
            return self._people.setdefault(user.id, Person(self, user.id))

    # --- what an administrator does ----------------------------------------------------------------------------

    def change_user(self, user_id: str, **fields: Wire) -> User:
        """Change fields of `User`, for example `is_restricted=True` (made a guest) or `tz_offset`."""
        with self.changing(Change("user", None)):
            user = replace(self.user(user_id), **fields)
            self._users[user_id] = user
            if user_id == self.bot.id:
                self.bot = user
        return user

    def announce(self, user_id: str) -> Delivered | None:
        """Tell the app that a person has changed, if it is subscribed to user_change, as Slack does by itself."""
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
        """Archive a channel: its messages stay, nothing more can be posted."""
        with self.changing():
            found = self.channel(channel if isinstance(channel, str) else channel.id)
            self.put_channel(replace(found, is_archived=True))

    def add_to_channel(self, channel: Channel | str, user: User | str) -> None:
        """Invite somebody (or the bot) into a channel."""
        with self.changing():
            found = self.channel(channel if isinstance(channel, str) else channel.id)
            self.put_channel(replace(found, members=found.members | {user if isinstance(user, str) else user.id}))

    def remove_from_channel(self, channel: Channel | str, user: User | str) -> None:
        """Take somebody (or the bot) out of a channel."""
        with self.changing():
            found = self.channel(channel if isinstance(channel, str) else channel.id)
            self.put_channel(replace(found, members=found.members - {user if isinstance(user, str) else user.id}))

    def revoke_token(self, error: str = "token_revoked") -> None:
        """Refuse each further Web API call with `token_revoked` (or `account_inactive`)."""
        self.token_error = error

    def restore_token(self) -> None:
        """Take the token as good again."""
        self.token_error = None

    # --- direct looks and words, for tests and pages -----------------------------------------------------------

    def notices(self, user_id: str) -> tuple[Notice, ...]:
        """What Slack's client told this person in its own words, oldest first."""
        with self.lock:
            return tuple(self._notices.get(user_id, ()))

    def notify(self, user_id: str, code: str, text: str, channel: str | None = None) -> None:
        """Let Slack's client tell a person something."""
        with self.changing(Change("notice", frozenset({user_id}), channel=channel)):
            self._notices.setdefault(user_id, []).append(Notice(user_id, code, text, channel, self.clock()))

    def dismiss_notices(self, user_id: str) -> None:
        """Clear what Slack's client told this person."""
        with self.changing(Change("notice", frozenset({user_id}))):
            self._notices.pop(user_id, None)

    def bot_messages(self, channel_id: str) -> tuple[Message, ...]:
        """What the bot posted in a channel and did not delete, oldest first, ephemerals included."""
        return tuple(message for message in self.messages.of(channel_id) if message.user == self.bot.id)

    def deliver_to_http(self, request_url: str) -> None:
        """Send everything to this request URL from now on, signed, as Slack does where Socket Mode is off."""
        self.delivery.request_url = request_url

    def save_sent(self, path: Path | str) -> None:
        """Write every Web API call so far as JSON lines."""
        with self.lock:
            lines = [json.dumps(asdict(sent), ensure_ascii=False, default=str) for sent in self.sent]
        Path(path).write_text("".join(line + "\n" for line in lines), encoding="utf-8")
