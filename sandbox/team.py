"""The plain state of a workspace: its identity, people, channels, notices, and who hears of changes.

One lock guards everything. Subscribers are called after it is released, on the thread that made the change.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import KW_ONLY, dataclass, field, replace

from sandbox.errors import NotThereError
from sandbox.names import make_id, make_secret
from sandbox.values import Change, Channel, ChannelKind, Grid, Notice, Sent, User, Wire

Listener = Callable[[Change], None]

DEFAULT_EVENTS = frozenset({"app_home_opened", "app_mention", "message.im"})
"""The default events of the app; names as in an app manifest's `bot_events`."""


@dataclass(eq=False, repr=False)
class Team:
    """A Slack workspace with one app installed in it. Secrets are random by default."""

    team_id: str = "T0SANDBOX"
    name: str = "Sandbox"
    _: KW_ONLY
    domain: str = "sandbox"
    app_name: str = "Bot"
    signing_secret: str = field(default_factory=make_secret)
    bot_token: str = field(default_factory=lambda: make_secret("xoxb-sandbox-"))
    app_token: str = field(default_factory=lambda: make_secret("xapp-1-"))
    commands: Collection[str] | None = None
    """The slash commands that the app registered; None: any command."""
    events: Collection[str] = DEFAULT_EVENTS
    """The app's `bot_events`."""
    scopes: Collection[str] | None = None
    """The app's bot scopes; None: all scopes."""
    ack_seconds: float = 3.0
    """How long the app has to acknowledge."""
    grid: Grid | None = None
    """The Enterprise organisation that the workspace is part of."""
    clock: Callable[[], float] = time.time
    """Seconds since the epoch. It drives timestamps, triggers and response urls."""

    def __post_init__(self) -> None:
        self.verification_token = make_secret()
        self.app_id = make_id("A")
        self.bot_id = make_id("B")
        self.base_url = "http://127.0.0.1:0/"
        """The address of this workspace, ending in a slash. A server sets it when it starts."""
        self.token_error: str | None = None
        """The error of every Web API call: None, "token_revoked" or "account_inactive"."""
        self.sent: list[Sent] = []
        """Every Web API call of the bot, oldest first."""

        self.lock = threading.RLock()
        self._depth = 0
        self._changes: list[Change] = []
        self._listeners: list[Listener] = []
        self._users: dict[str, User] = {}
        self._channels: dict[str, Channel] = {}
        self._notices: dict[str, list[Notice]] = {}
        self.bot = self.add_user(self.app_name.lower().replace(" ", ""), self.app_name, is_bot=True)

    # --- changes -----------------------------------------------------------------------------------------------

    @contextmanager
    def changing(self, *changes: Change) -> Iterator[None]:
        """Hold the lock; when the outermost holder has released it, tell the subscribers."""
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
        """Add a change for the subscribers; call it only inside `changing`."""
        self._changes.append(change)

    def subscribe(self, callback: Listener) -> Callable[[], None]:
        """Call `callback(change)` after each change, on the thread that made it; returns a function that ends this.

        That thread may be the server's event loop, so a callback must be quick and must not raise.
        """
        with self.lock:
            self._listeners.append(callback)

        def unsubscribe() -> None:
            with self.lock:
                if callback in self._listeners:
                    self._listeners.remove(callback)

        return unsubscribe

    # --- people ------------------------------------------------------------------------------------------------

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

    def change_user(self, user_id: str, **fields: Wire) -> User:
        """Change fields of `User`, for example `is_restricted=True` (made a guest) or `tz_offset`."""
        with self.changing(Change("user", None)):
            user = replace(self.user(user_id), **fields)
            self._users[user_id] = user
            if user_id == self.bot.id:
                self.bot = user
        return user

    def user(self, user_id: str) -> User:
        """The user with this id. Raises NotThereError."""
        with self.lock:
            if user_id not in self._users:
                raise NotThereError(f"No user {user_id} in this workspace.")
            return self._users[user_id]

    def users(self) -> tuple[User, ...]:
        """Everybody, including the bot, in the order they were added."""
        with self.lock:
            return tuple(self._users.values())

    # --- channels ----------------------------------------------------------------------------------------------

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
        """Open a channel with these people in it, and with the bot unless `with_bot` is false."""
        people = {member if isinstance(member, str) else member.id for member in members}
        if with_bot:
            people.add(self.bot.id)
        channel = Channel(
            id or make_id("C"), name, kind, frozenset(people), is_ext_shared, shared_team_ids=tuple(shared_team_ids)
        )
        self.put_channel(channel)
        return channel

    def put_channel(self, channel: Channel) -> Channel:
        """Replace the channel that has this id, and tell those it concerns."""
        with self.changing():
            before = self._channels.get(channel.id)
            concerned = channel.members | (before.members if before else frozenset())
            self._channels[channel.id] = channel
            self.note(Change("channel", concerned, channel=channel.id))
        return channel

    def im(self, user_id: str) -> Channel:
        """The direct messages of this person and the bot; opens them on the first call."""
        with self.changing():
            pair = frozenset({self.user(user_id).id, self.bot.id})
            for channel in self._channels.values():
                if channel.kind == "im" and channel.members == pair:
                    return channel
            return self.put_channel(Channel(make_id("D"), "directmessage", "im", pair))

    def channel(self, channel_id: str) -> Channel:
        """The channel with this id. Raises NotThereError."""
        with self.lock:
            if channel_id not in self._channels:
                raise NotThereError(f"No channel {channel_id} in this workspace.")
            return self._channels[channel_id]

    def channels(self) -> tuple[Channel, ...]:
        """All channels, including direct messages, in the order they were opened."""
        with self.lock:
            return tuple(self._channels.values())

    # --- notices -----------------------------------------------------------------------------------------------

    def notices(self, user_id: str) -> tuple[Notice, ...]:
        """What Slack's client itself told this person, oldest first."""
        with self.lock:
            return tuple(self._notices.get(user_id, ()))

    def notify(self, user_id: str, code: str, text: str, channel: str | None = None) -> None:
        """Have Slack's client tell a person something."""
        with self.changing(Change("notice", frozenset({user_id}), channel=channel)):
            self._notices.setdefault(user_id, []).append(Notice(user_id, code, text, channel, self.clock()))

    def dismiss_notices(self, user_id: str) -> None:
        """Clear what Slack's client told this person."""
        with self.changing(Change("notice", frozenset({user_id}))):
            self._notices.pop(user_id, None)
