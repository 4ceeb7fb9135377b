"""Socket Mode: WebSocket connections that the app opens; each payload goes to one of them in an envelope.

Source: https://docs.slack.dev/apis/events-api/using-socket-mode
"""

from __future__ import annotations

import asyncio
import json
import secrets
import threading
import time
import uuid
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeoutError
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from sandbox.connections import Connections, freeze, hang_up, reset
from sandbox.errors import SlackError
from sandbox.team import Team
from sandbox.values import Delivered, Json

CONNECTIONS_LIMIT = 10
_ENVELOPES = {"command": "slash_commands", "event_callback": "events_api"}
_ANSWERED = frozenset({"command", "view_submission", "block_suggestion"})


@dataclass(slots=True, eq=False)
class _Connection:
    id: str
    websocket: WebSocket
    loop: asyncio.AbstractEventLoop
    waiting: dict[str, Future[Any]] = field(default_factory=dict)
    open: bool = True
    silent: bool = False
    closing: asyncio.Task[None] | None = None


class Sockets:
    """The app's open connections."""

    def __init__(self, team: Team) -> None:
        self._team = team
        self._tickets: set[str] = set()
        self._connections: list[_Connection] = []
        self._lock = threading.Lock()
        self._next = 0
        self.connections: Connections | None = None
        """The server's connections, for faults of the network."""

    @property
    def count(self) -> int:
        """The number of open connections."""
        with self._lock:
            return len(self._connections)

    def wait_for(self, count: int = 1, seconds: float = 10.0) -> None:
        """Wait until this number of connections is open. Raises TimeoutError."""
        deadline = time.monotonic() + seconds
        while self.count < count:
            if time.monotonic() > deadline:
                raise TimeoutError(f"{self.count} of {count} Socket Mode connections after {seconds} s.")
            time.sleep(0.01)

    def issue(self) -> str:
        """A ws:// address for one connection. Raises too_many_websockets."""
        ticket = secrets.token_hex(16)
        with self._lock:
            if len(self._connections) >= CONNECTIONS_LIMIT:
                raise SlackError("too_many_websockets")
            self._tickets.add(ticket)
        return f"{self._team.base_url.replace('http', 'ws', 1)}link/?ticket={ticket}&app_id={self._team.app_id}"

    async def serve(self, websocket: WebSocket) -> None:
        """Hold one connection open until either side closes it."""
        ticket = websocket.query_params.get("ticket", "")
        with self._lock:
            known = ticket in self._tickets
            self._tickets.discard(ticket)
        if not known:
            await websocket.close(1008)
            return
        await websocket.accept()
        connection = _Connection(uuid.uuid4().hex, websocket, asyncio.get_running_loop())
        with self._lock:
            self._connections.append(connection)
            count = len(self._connections)
        try:
            await websocket.send_json(self._hello(count))
            while True:
                self._take(connection, await websocket.receive_text())
        except (WebSocketDisconnect, RuntimeError):
            # Starlette raises RuntimeError for a read after this side has closed.
            pass
        finally:
            self._forget(connection)

    def deliver(self, sent: Delivered, retry: tuple[int, str] | None) -> Delivered:
        """Send one payload over one connection and wait for its acknowledgement."""
        connection = self._choose()
        if connection is None:
            return replace(sent, failure="unreachable", detail="no Socket Mode connection is open")
        envelope: Json = {
            "envelope_id": str(uuid.uuid4()),
            "type": _ENVELOPES.get(sent.kind, "interactive"),
            "payload": sent.payload,
            "accepts_response_payload": sent.kind in _ANSWERED,
        }
        if sent.kind == "event_callback":
            attempt, reason = retry or (0, "")
            envelope |= {"retry_attempt": attempt, "retry_reason": reason}
        answer: Future[Any] = Future()
        connection.waiting[envelope["envelope_id"]] = answer
        started = time.monotonic()
        try:
            self._send(connection, envelope)
            body = answer.result(self._team.ack_seconds)
        except (TimeoutError, FutureTimeoutError):
            return replace(sent, failure="timeout", ack_ms=(time.monotonic() - started) * 1000)
        except ConnectionError as error:
            return replace(sent, failure="unreachable", detail=str(error))
        finally:
            connection.waiting.pop(envelope["envelope_id"], None)
        return replace(sent, ack_status=200, ack_body=body, ack_ms=(time.monotonic() - started) * 1000)

    def disconnect(self, reason: str = "refresh_requested", *, close_after: float | None = 0.1) -> None:
        """Tell each connection to fetch a new address; close it `close_after` seconds later (None: never).

        Slack's reasons: "warning" (soon), "refresh_requested" (now), "link_disabled" (Socket Mode was turned off).
        """
        message = {"type": "disconnect", "reason": reason, "debug_info": {"host": "sandbox"}}
        for connection in self._all():
            with suppress(ConnectionError):
                self._send(connection, message)
            if close_after is not None:
                connection.loop.call_soon_threadsafe(
                    connection.loop.call_later, close_after, self._close_soon, connection
                )

    def drop(self) -> None:
        """Close each connection without a warning."""
        for connection in self._all():
            connection.loop.call_soon_threadsafe(self._close_soon, connection)

    def hang_up(self) -> None:
        """End each connection without a close frame, as when Slack's side dies."""
        self._on_each_transport(hang_up)

    def reset(self) -> None:
        """Reset each connection."""
        self._on_each_transport(reset)

    def freeze(self) -> None:
        """Freeze each connection for good: nothing is read, and no ping is answered."""
        self.silence()
        self._on_each_transport(freeze)

    def silence(self) -> None:
        """Silence each open connection while it still looks open: nothing is sent on it or read from it."""
        for connection in self._all():
            connection.silent = True

    def _on_each_transport(self, act: Callable[[asyncio.Transport], None]) -> None:
        for connection in self._all():
            client = connection.websocket.client
            transport = self.connections.transport((client.host, client.port)) if self.connections and client else None
            if transport is not None:
                connection.loop.call_soon_threadsafe(act, transport)

    # --- inside ------------------------------------------------------------------------------------------------

    def _hello(self, count: int) -> Json:
        return {
            "type": "hello",
            "num_connections": count,
            "connection_info": {"app_id": self._team.app_id},
            "debug_info": {"host": "sandbox", "build_number": 1, "approximate_connection_time": 18060},
        }

    def _all(self) -> tuple[_Connection, ...]:
        with self._lock:
            return tuple(self._connections)

    def _choose(self) -> _Connection | None:
        with self._lock:
            if not self._connections:
                return None
            self._next += 1
            return self._connections[self._next % len(self._connections)]

    def _take(self, connection: _Connection, words: str) -> None:
        if connection.silent:
            return
        try:
            message = json.loads(words)
        except ValueError:
            return
        answer = connection.waiting.get(message.get("envelope_id", "")) if isinstance(message, dict) else None
        if answer is not None and not answer.done():
            answer.set_result(message.get("payload") or None)

    def _send(self, connection: _Connection, message: Json) -> None:
        if connection.silent:
            return
        sending = asyncio.run_coroutine_threadsafe(connection.websocket.send_json(message), connection.loop)
        try:
            sending.result(self._team.ack_seconds)
        except (WebSocketDisconnect, RuntimeError) as error:
            # Starlette's errors for a connection that the app has closed in the meantime.
            raise ConnectionError("the connection was closed before the payload was sent") from error

    def _close_soon(self, connection: _Connection) -> None:
        async def close() -> None:
            if connection.open and connection.websocket.application_state is WebSocketState.CONNECTED:
                await connection.websocket.close(1000)

        task = connection.loop.create_task(close())
        connection.closing = task

    def _forget(self, connection: _Connection) -> None:
        connection.open = False
        if self.connections and connection.websocket.client:
            self.connections.forget((connection.websocket.client.host, connection.websocket.client.port))
        with self._lock:
            if connection in self._connections:
                self._connections.remove(connection)
        for answer in tuple(connection.waiting.values()):
            if not answer.done():
                answer.set_exception(ConnectionError("the connection was closed before the acknowledgement"))
