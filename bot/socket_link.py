"""One connection of Socket Mode: its own thread opens, reads and closes it.

`websockets` provides the WebSocket: it answers and sends pings, and ends when the other side is gone, with or without
saying so. https://docs.slack.dev/apis/events-api/using-socket-mode
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from datetime import datetime
from time import monotonic
from typing import Any

import structlog
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from websockets.exceptions import ConnectionClosed, WebSocketException
from websockets.sync.client import ClientConnection, connect

from store.domain.clock import Clock

log = structlog.get_logger(__name__)

OPEN_SECONDS = 10.0
"""The time for Slack to say hello."""
PING_SECONDS = 5.0
"""The interval of pings, and the wait for each pong: a connection without a pong is over."""
LINGER_SECONDS = 30.0
"""How long a replaced connection may go on. After a warning, Slack closes it itself."""
_CLOSE_SECONDS = 1.0
_LOOK_SECONDS = 0.25
_MOST_BYTES = 1 << 24

Take = Callable[["Link", dict[str, Any], datetime], None]
"""Takes an envelope that has just come, and must pass it to another thread."""


class Link:
    """`changed` is called whenever the link has opened, needs replacing, or has ended. Times are `monotonic`."""

    def __init__(
        self, *, client: WebClient, app_token: str, clock: Clock, take: Take, changed: Callable[[], None]
    ) -> None:
        self._client = client
        self._app_token = app_token
        self._clock = clock
        self._take = take
        self._changed = changed
        self._socket: ClientConnection | None = None
        self._lock = threading.Lock()
        self._working = 0
        self._close_by: float | None = None
        self.opened = False
        self.opened_at = 0.0
        self.ended = False
        self.leaving = ""
        """Why Slack wants it replaced."""
        self.heard_at = monotonic()
        """When Slack last sent something other than a pong."""
        self.error: Exception | None = None
        """Why it did not open."""
        self._thread = threading.Thread(target=self._run, name="socket", daemon=True)

    @property
    def stands(self) -> bool:
        """Whether Slack has said hello, and the link has not ended."""
        return self.opened and not self.ended

    @property
    def lived(self) -> float:
        """The seconds since Slack said hello."""
        return monotonic() - self.opened_at

    def start(self) -> None:
        """Opens it in the background."""
        self._thread.start()

    def retire(self) -> None:
        """It was replaced: it goes on until Slack closes it, if Slack has announced that, or until its work is done."""
        self._close_by = monotonic() + LINGER_SECONDS

    def close(self, seconds: float = 0.0) -> None:
        """Closes it when its work is done, at the latest after `seconds`."""
        self.leaving = ""
        self._close_by = monotonic() + seconds

    def join(self, seconds: float) -> None:
        """Waits for its end."""
        self._thread.join(max(seconds, 0.0))

    def send(self, message: dict[str, Any]) -> None:
        """Sends the message. Raises ConnectionError if the link has ended."""
        if self._socket is None:
            raise ConnectionError("it is not open")
        try:
            self._socket.send(json.dumps(message))
        except ConnectionClosed as error:
            raise ConnectionError("it has ended") from error

    def begin_work(self) -> None:
        """Notes that one of its envelopes is in progress."""
        with self._lock:
            self._working += 1

    def end_work(self) -> None:
        """Notes that the envelope was acknowledged, or will not be."""
        with self._lock:
            self._working -= 1

    def _run(self) -> None:
        try:
            self._live()
        except (SlackApiError, OSError, WebSocketException, ValueError) as error:
            if self.opened:
                log.info("a socket has ended", reason=type(error).__name__)
            else:
                self.error = error
        except Exception as error:
            log.exception("a socket failed")
            self.error = error
        finally:
            self.ended = True
            self._changed()

    def _live(self) -> None:
        url = str(self._client.apps_connections_open(app_token=self._app_token)["url"])
        with connect(
            url,
            ssl=self._client.ssl if url.startswith("wss:") else None,
            compression=None,
            open_timeout=OPEN_SECONDS,
            ping_interval=PING_SECONDS,
            ping_timeout=PING_SECONDS,
            close_timeout=_CLOSE_SECONDS,
            max_size=_MOST_BYTES,
        ) as self._socket:
            self._hear(json.loads(self._socket.recv(OPEN_SECONDS)))
            if not self.opened:
                raise ConnectionError(f"Slack said {self.leaving or 'something else'} in place of hello")
            while not self._is_over():
                try:
                    words = self._socket.recv(_LOOK_SECONDS)
                except TimeoutError:
                    continue
                self._hear(json.loads(words))

    def _hear(self, message: dict[str, Any]) -> None:
        at = self._clock()
        self.heard_at = monotonic()
        kind = message.get("type")
        if kind == "hello":
            self.opened_at, self.opened = self.heard_at, True
            self._changed()
        elif kind == "disconnect":
            self.leaving = str(message.get("reason") or "disconnect")
            self._changed()
        elif "envelope_id" in message:
            self._take(self, message, at)

    def _is_over(self) -> bool:
        if self._close_by is None:
            return False
        with self._lock:
            idle = self._working == 0
        return (idle and not self.leaving) or monotonic() > self._close_by
