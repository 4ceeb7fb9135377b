"""A minimal Slack for the benchmark of answers: it sends commands over HTTP or Socket Mode, and answers the Web API.

All of it runs on one event loop. Requests are made and signed before the clock starts, and so are the answers of the
Web API, so that it costs both sides of the comparison the same. The sandbox workspace of `sandbox` checks everything
that it gets, which would cost far more.
"""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import json
import re
import secrets
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from urllib.parse import urlencode

from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

TEAM = "T0BENCH"
BOT = "U0BENCHBOT"
SALESPERSON, MANAGER = "U0SALES", "U0MANAGER"
BOT_TOKEN = "xoxb-bench"  # noqa: S105  # not of a real workspace
APP_TOKEN = "xapp-bench"  # noqa: S105
SIGNING_SECRET = "bench-signing-secret"  # noqa: S105
PATIENCE = 30.0
"""Seconds after which an answer counts as missing; the benchmark then ends."""
_HOOKS = "/commands/"
"""The path of response urls, each followed by its command's trigger."""
_TRIGGER = re.compile(rb'"trigger_id": ?"([^"]+)"')
_LENGTH = re.compile(rb"(?i)\r\ncontent-length: *(\d+)")


@dataclass(frozen=True, slots=True)
class Times:
    """One command, in milliseconds: until its acknowledgement, and until its screen."""

    ack: float
    screen: float | None


@dataclass(frozen=True, slots=True)
class Command:
    """A slash command, made and signed."""

    trigger: str
    payload: dict[str, str]
    shows: bool
    """Whether the answer is a modal, or words: by its response url, or in the acknowledgement of a busy bot."""

    def request(self, port: int) -> bytes:
        """The request over HTTP, signed with the present time."""
        body = urlencode(self.payload).encode()
        timestamp = str(int(time.time()))
        signed = hmac.new(SIGNING_SECRET.encode(), b"v0:" + timestamp.encode() + b":" + body, sha256).hexdigest()
        head = (
            f"POST /slack/events HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUser-Agent: Slackbot 1.0 (+https://api.slack.com/robots)"
            "\r\nAccept: application/json,*/*\r\nContent-Type: application/x-www-form-urlencoded\r\n"
            f"Content-Length: {len(body)}\r\nX-Slack-Request-Timestamp: {timestamp}\r\n"
            f"X-Slack-Signature: v0={signed}\r\nConnection: close\r\n\r\n"
        )
        return head.encode() + body

    def envelope(self) -> tuple[str, str]:
        """The envelope's id, and the message over a socket."""
        envelope_id = secrets.token_hex(16)
        message = {
            "envelope_id": envelope_id,
            "type": "slash_commands",
            "payload": self.payload,
            "accepts_response_payload": True,
        }
        return envelope_id, json.dumps(message)


class Slack:
    """The Web API and Socket Mode on loopback, and the sender of commands. Use it on its event loop only."""

    def __init__(self) -> None:
        self.api_port = 0
        self._socket_port = 0
        self._screens: dict[str, asyncio.Future[float]] = {}
        self._acks: dict[str, tuple[asyncio.Future[float], str]] = {}
        self._sockets: list[ServerConnection] = []
        self._next = 0
        self._files = 0
        self.sent = 0
        """The number of commands sent."""
        self.unknown: set[str] = set()
        """Methods that were called and that this Slack does not have."""

    @property
    def api_url(self) -> str:
        """The address of the Web API."""
        return f"http://127.0.0.1:{self.api_port}/api/"

    @contextlib.asynccontextmanager
    async def serving(self) -> AsyncIterator[Slack]:
        """Serves inside this context."""
        loop = asyncio.get_running_loop()
        api = await loop.create_server(lambda: _Api(self._answer), "127.0.0.1", 0)
        async with api, serve(self._hold, "127.0.0.1", 0, compression=None, ping_interval=None) as sockets:
            self.api_port = api.sockets[0].getsockname()[1]
            self._socket_port = next(iter(sockets.sockets)).getsockname()[1]
            yield self

    # --- sending

    def command(self, user_id: str, name: str, text: str, *, shows: bool, channel: str = "C0SALES") -> Command:
        """A new command of that person."""
        trigger = f"{secrets.randbelow(10**12)}.{secrets.token_hex(16)}"
        payload = {
            "token": "not-used-any-more",
            "team_id": TEAM,
            "team_domain": "bench",
            "channel_id": channel,
            "channel_name": "sales",
            "user_id": user_id,
            "user_name": user_id.lower(),
            "command": name,
            "text": text,
            "api_app_id": "A0BENCH",
            "is_enterprise_install": "false",
            "response_url": f"http://127.0.0.1:{self.api_port}{_HOOKS}{trigger}",
            "trigger_id": trigger,
        }
        return Command(trigger, payload, shows)

    async def send_http(self, port: int, command: Command, request: bytes) -> Times:
        """Sends one request on its own connection, as a client that shares nothing does; the time to connect counts."""
        screen = self._expect_screen(command)
        loop = asyncio.get_running_loop()
        done: asyncio.Future[tuple[float, bytes]] = loop.create_future()
        start = time.perf_counter()
        transport, _ = await loop.create_connection(lambda: _Request(request, done), "127.0.0.1", port)
        try:
            at, answer = await asyncio.wait_for(done, PATIENCE)
        finally:
            transport.close()
        if not answer.startswith((b"HTTP/1.1 200", b"HTTP/1.0 200")):
            raise RuntimeError(f"not acknowledged: {answer[:200]!r}")
        if not answer.endswith(b"\r\n\r\n"):
            self._show(command.trigger, at)
        return Times((at - start) * 1000, await _seen(screen, start))

    async def send_socket(self, command: Command, envelope_id: str, message: str) -> Times:
        """Sends one envelope; the open connections take turns."""
        screen = self._expect_screen(command)
        acknowledged: asyncio.Future[float] = asyncio.get_running_loop().create_future()
        self._acks[envelope_id] = acknowledged, command.trigger
        self._next += 1
        start = time.perf_counter()
        await self._sockets[self._next % len(self._sockets)].send(message)
        at = await asyncio.wait_for(acknowledged, PATIENCE)
        return Times((at - start) * 1000, await _seen(screen, start))

    async def connected(self, count: int) -> None:
        """Waits until this number of sockets is open."""
        until = time.perf_counter() + PATIENCE
        while len(self._sockets) < count:
            if time.perf_counter() > until:
                raise TimeoutError(f"{len(self._sockets)} of {count} sockets were opened")
            await asyncio.sleep(0.02)

    def _expect_screen(self, command: Command) -> asyncio.Future[float] | None:
        self.sent += 1
        if not command.shows:
            return None
        screen: asyncio.Future[float] = asyncio.get_running_loop().create_future()
        self._screens[command.trigger] = screen
        return screen

    # --- answering

    async def _hold(self, connection: ServerConnection) -> None:
        await connection.send(json.dumps({"type": "hello", "num_connections": len(self._sockets) + 1}))
        self._sockets.append(connection)
        try:
            async for message in connection:
                at, read = time.perf_counter(), json.loads(message)
                acknowledged, trigger = self._acks.pop(read.get("envelope_id", ""), (None, ""))
                if read.get("payload"):
                    self._show(trigger, at)
                if acknowledged and not acknowledged.done():
                    acknowledged.set_result(at)
        except ConnectionClosed:
            # A stock app is killed at the end of its turn.
            pass
        finally:
            self._sockets.remove(connection)

    def _answer(self, path: str, body: bytes) -> bytes:
        method = path.removeprefix("/api/").partition("?")[0]
        if method == "views.open":
            found = _TRIGGER.search(body)
            self._show(found[1].decode() if found else "", time.perf_counter())
            return _VIEW_OPENED
        if path.startswith(_HOOKS):
            self._show(path.removeprefix(_HOOKS), time.perf_counter())
            return b"ok"
        if method.startswith("/upload"):
            return b"OK"
        if method in _ANSWERS:
            return _ANSWERS[method]
        if method == "apps.connections.open":
            return _ok(url=f"ws://127.0.0.1:{self._socket_port}/link")
        if method == "files.getUploadURLExternal":
            self._files += 1
            url = f"http://127.0.0.1:{self.api_port}/upload/{self._files}"
            return _ok(upload_url=url, file_id=f"F{self._files}")
        self.unknown.add(method)
        return json.dumps({"ok": False, "error": "unknown_method"}).encode()

    def _show(self, trigger: str, at: float) -> None:
        screen = self._screens.pop(trigger, None)
        if screen and not screen.done():
            screen.set_result(at)


async def _seen(screen: asyncio.Future[float] | None, start: float) -> float | None:
    return None if screen is None else (await asyncio.wait_for(screen, PATIENCE) - start) * 1000


def _ok(**facts: Any) -> bytes:  # noqa: ANN401  # an answer holds anything
    return json.dumps({"ok": True, **facts}).encode()


_USER = {"id": "U0", "team_id": TEAM, "name": "bench", "tz": "Europe/Berlin", "locale": "en-GB"}
_VIEW_OPENED = _ok(view={"id": "V0BENCH", "type": "modal", "hash": "1.bench", "blocks": []})
_MESSAGE = {"ts": "1764000000.000100", "text": "", "user": BOT}
_ANSWERS = {
    "auth.test": _ok(url="https://bench.slack.com/", team_id=TEAM, user_id=BOT, bot_id="B0BENCH", user="order-desk"),
    "users.info": _ok(user=_USER),
    "conversations.info": _ok(channel={"id": "C0SALES", "name": "sales", "is_member": True}),
    "conversations.members": _ok(members=[MANAGER, BOT]),
    "conversations.open": _ok(channel={"id": "D0BENCH"}),
    "conversations.history": _ok(messages=[]),
    "chat.postMessage": _ok(channel="D0BENCH", ts="1764000000.000100", message=_MESSAGE),
    "chat.update": _ok(channel="D0BENCH", ts="1764000000.000100", message=_MESSAGE),
    "files.completeUploadExternal": _ok(files=[{"id": "F1"}]),
    "files.info": _ok(file={"id": "F1", "shares": {}}),
}


class _Api(asyncio.Protocol):
    """One connection to the Web API: a request, its answer, and the end."""

    def __init__(self, answer: Callable[[str, bytes], bytes]) -> None:
        self._answer = answer
        self._read = bytearray()
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._read += data
        end = self._read.find(b"\r\n\r\n")
        if end < 0 or self._transport is None:
            return
        length = _LENGTH.search(self._read, 0, end)
        if len(self._read) < end + 4 + (int(length[1]) if length else 0):
            return
        path = self._read[: self._read.find(b"\r\n")].split(b" ")[1].decode()
        body = self._answer(path, bytes(self._read[end + 4 :]))
        head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n"
        self._transport.write(head.encode() + b"Connection: close\r\n\r\n" + body)
        self._transport.close()


class _Request(asyncio.Protocol):
    """One connection to a bot: the request, and its answer up to the announced length."""

    def __init__(self, request: bytes, done: asyncio.Future[tuple[float, bytes]]) -> None:
        self._request = request
        self._done = done
        self._read = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        at = time.perf_counter()
        self._read += data
        end = self._read.find(b"\r\n\r\n")
        length = _LENGTH.search(self._read, 0, end) if end >= 0 else None
        if length and len(self._read) >= end + 4 + int(length[1]) and not self._done.done():
            self._done.set_result((at, self._read))

    def connection_lost(self, _error: Exception | None) -> None:
        if not self._done.done():
            self._done.set_exception(ConnectionError(f"the connection was closed after {self._read[:200]!r}"))
