"""Socket Mode: two connections to Slack, so that one may drop; each acknowledges only what has been done."""

from __future__ import annotations

import threading
from datetime import datetime
from time import monotonic
from typing import Any

import structlog
from slack_bolt import App, BoltRequest
from slack_bolt.adapter.socket_mode.internals import send_response
from slack_sdk import WebClient
from slack_sdk.socket_mode.builtin import SocketModeClient
from slack_sdk.socket_mode.client import BaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest

from bot.in_flight import InFlight
from bot.receipt import Receipt
from store.domain.clock import Clock

log = structlog.get_logger(__name__)

CONNECTIONS = 2
THREADS = 16
PING_SECONDS = 5.0
CLOSE_SECONDS = 1.5


class SocketMode:
    """The connections. Reconnecting after a drop or a silence is the SDK's: it pings and watches its sessions."""

    def __init__(self, app: App, app_token: str, client: WebClient, in_flight: InFlight, clock: Clock) -> None:
        self._app = app
        self._in_flight = in_flight
        self._clock = clock
        self._clients = [self._connection(app_token, client) for _ in range(CONNECTIONS)]

    def _connection(self, app_token: str, web_client: WebClient) -> SocketModeClient:
        connection = _Connection(
            self._clock, app_token=app_token, web_client=web_client, ping_interval=PING_SECONDS, concurrency=THREADS
        )
        connection.message_listeners.append(self._take)
        return connection

    def connect(self) -> None:
        """Opens all connections. Raises slack_sdk.errors.SlackApiError where Slack refuses the app token."""
        for connection in self._clients:
            connection.connect()

    def verdict(self) -> str:
        """Empty while at least one connection stands, else what is wrong."""
        return "" if any(connection.is_connected() for connection in self._clients) else "no connection"

    def close(self) -> None:
        """Closes all connections; what is being answered is waited for by InFlight.drain before this.

        The SDK's close may wait for a read to end, for seconds, or fail where the other side hangs up at the same
        moment: so they close side by side, and the process does not wait longer than CLOSE_SECONDS.
        """
        closing = [threading.Thread(target=_close, args=(connection,), daemon=True) for connection in self._clients]
        for thread in closing:
            thread.start()
        until = monotonic() + CLOSE_SECONDS
        for thread in closing:
            thread.join(max(until - monotonic(), 0.0))

    def _take(self, connection: BaseSocketModeClient, message: dict[str, Any], raw: str | None) -> None:
        request = SocketModeRequest.from_dict(message)
        if request is None or not isinstance(raw, _Arrived) or not self._in_flight.enter():
            return
        receipt = Receipt(raw.at)
        try:
            retries = {} if request.retry_attempt is None else {"x-slack-retry-num": str(request.retry_attempt)}
            bolt_request = BoltRequest(
                mode="socket_mode", body=request.payload, headers=dict(retries), context={"receipt": receipt}
            )
            response = self._app.dispatch(bolt_request)
            send_response(connection, request, response, receipt.at.timestamp())
        except Exception:
            log.exception("a request over Socket Mode could not be answered")
        finally:
            receipt.answered()
            self._in_flight.leave()


class _Arrived(str):
    """A message with the time at which it came."""

    __slots__ = ("at",)
    at: datetime


class _Connection(SocketModeClient):
    """Notes on each message when it came, before it waits for a thread: the SDK tells nobody."""

    def __init__(self, clock: Clock, **settings: Any) -> None:  # noqa: ANN401  # the SDK's own
        self._clock = clock
        super().__init__(**settings)

    def enqueue_message(self, message: str) -> None:
        """Called with each message as it is read from the socket."""
        arrived = _Arrived(message)
        arrived.at = self._clock()
        super().enqueue_message(arrived)


def _close(connection: SocketModeClient) -> None:
    try:
        connection.close()
    except Exception:
        log.info("a connection ended while it was being closed", exc_info=True)
