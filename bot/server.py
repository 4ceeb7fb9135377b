"""HTTP: Slack's requests behind a guard, and `/healthz`, `/readyz`, `/metrics`. WSGI under waitress.

The guard stands before Bolt: method, size and signature are judged on the raw bytes, and nothing is parsed before
the signature is right.
"""

from __future__ import annotations

import hmac
import json
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from http import HTTPStatus
from time import monotonic, sleep, time
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

import structlog
from slack_bolt import App, BoltRequest
from waitress import wasyncore
from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser
from waitress.server import BaseWSGIServer, create_server
from waitress.task import WSGITask

from bot.metrics import Metrics
from bot.receipt import Receipt
from store.domain.clock import Clock

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment

log = structlog.get_logger(__name__)

MAX_BODY = 1 << 20
"""Bytes of a request. Slack's largest carry a view of 250 kB, form-encoded."""
MAX_AGE = 300
"""Seconds by which a signature's time may differ from ours, by Slack's own advice."""
SAME_MOMENT = 3
"""Seconds in which two requests that are alike, sign for sign, may both be Slack's."""
THREADS = 16
MOST_CONNECTIONS = 1000
"""Beyond these, connections wait where nobody counts for how long."""
_BEGUN = "order_desk.begun"
"""In the WSGI environment: when the request's first byte was here."""
FLUSH_SECONDS = 1.0
"""For so long the last answers may be on their way out."""

Check = Callable[[], str]
"""Gives an empty text where a part is well, else what is wrong with it."""


class Unsigned(Exception):
    """A request that does not prove that it is Slack's; the message is for the log and the metrics."""


class SignatureGuard:
    """Slack's request signature, version v0. Raises Unsigned where it is missing, malformed, old, wrong or seen before.

    https://docs.slack.dev/authentication/verifying-requests-from-slack
    """

    def __init__(self, secret: str, now: Callable[[], float] = time) -> None:
        self._secret = secret.encode()
        self._now = now
        self._lock = threading.Lock()
        self._seen: OrderedDict[str, float] = OrderedDict()
        self._repeatable: set[str] = set()

    def check(self, timestamp: str, signature: str, body: bytes) -> None:
        """Judges the two headers over the raw body, and remembers the signature until it is old."""
        if not timestamp or not signature:
            raise Unsigned("missing")
        if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12):
            raise Unsigned("malformed")
        now = self._now()
        if abs(now - int(timestamp)) > MAX_AGE:
            raise Unsigned("old")
        expected = "v0=" + hmac.new(self._secret, b"v0:" + timestamp.encode() + b":" + body, sha256).hexdigest()
        if not hmac.compare_digest(expected.encode(), signature.encode("utf-8", "replace")):
            raise Unsigned("wrong")
        with self._lock:
            while self._seen and now - next(iter(self._seen.values())) > 2 * MAX_AGE:
                self._repeatable.discard(self._seen.popitem(last=False)[0])
            if signature in self._seen and not (signature in self._repeatable and now - int(timestamp) <= SAME_MOMENT):
                raise Unsigned("replayed")
            self._seen[signature] = now

    def may_repeat(self, signature: str) -> None:
        """The request has nothing that tells it from another of the same second, as with what is typed into a select:
        someone who types a letter, takes it away and types it again is no replay.
        """
        with self._lock:
            self._repeatable.add(signature)

    def forget(self, signature: str) -> None:
        """The request was not taken: Slack may send it again."""
        with self._lock:
            self._seen.pop(signature, None)


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back over HTTP."""

    status: int
    body: bytes = b""
    content_type: str = "text/plain; charset=utf-8"


class InFlight:
    """How many requests are being worked on, and whether new ones are taken."""

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._count = 0
        self.draining = False

    def enter(self) -> bool:
        """False once draining has begun: the request is not to be taken."""
        with self._condition:
            if self.draining:
                return False
            self._count += 1
            return True

    def leave(self) -> None:
        """The request is done."""
        with self._condition:
            self._count -= 1
            self._condition.notify_all()

    def drain(self, seconds: float) -> bool:
        """Takes nothing new and waits for what runs; False where the time was too short."""
        with self._condition:
            self.draining = True
            return self._condition.wait_for(lambda: self._count == 0, seconds)


class Web:
    """The WSGI application. `app` and `guard` are None in Socket Mode: then only the three GETs are served."""

    def __init__(
        self,
        *,
        app: App | None,
        guard: SignatureGuard | None,
        checks: Mapping[str, Check],
        metrics: Metrics,
        in_flight: InFlight,
    ) -> None:
        self._app = app
        self._guard = guard
        self._checks = checks
        self._metrics = metrics
        self._in_flight = in_flight

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path, method = environ.get("PATH_INFO", ""), environ["REQUEST_METHOD"]
        if path == "/slack/events" and self._app is not None and self._guard is not None:
            if method == "POST":
                self._slack(environ, start_response, self._app, self._guard)
                return ()
            _send(start_response, Answer(405), method)
        else:
            _send(start_response, self._page(path, method), method)
        return ()

    def _page(self, path: str, method: str) -> Answer:
        if method not in ("GET", "HEAD"):
            return Answer(404)
        if path == "/healthz":
            return Answer(200, b"alive\n")
        if path == "/readyz":
            return self._ready()
        if path == "/metrics":
            return Answer(200, self._metrics.render(), "text/plain; version=0.0.4; charset=utf-8")
        return Answer(404)

    def _ready(self) -> Answer:
        verdicts = {name: check() or "ok" for name, check in self._checks.items()}
        if self._in_flight.draining:
            verdicts["process"] = "shutting down"
        well = all(verdict == "ok" for verdict in verdicts.values())
        return Answer(200 if well else 503, json.dumps(verdicts).encode() + b"\n", "application/json")

    def _slack(self, environ: WSGIEnvironment, start_response: StartResponse, app: App, guard: SignatureGuard) -> None:
        receipt = Receipt(environ[_BEGUN])
        try:
            length = int(environ.get("CONTENT_LENGTH") or 0)
        except ValueError:
            return _send(start_response, Answer(400))
        if length > MAX_BODY:
            self._metrics.refused_requests.labels("too large").inc()
            return _send(start_response, Answer(413))
        body = environ["wsgi.input"].read(length)
        signature = environ.get("HTTP_X_SLACK_SIGNATURE", "")
        try:
            guard.check(environ.get("HTTP_X_SLACK_REQUEST_TIMESTAMP", ""), signature, body)
        except Unsigned as refusal:
            self._metrics.refused_requests.labels(str(refusal)).inc()
            return _send(start_response, Answer(401))
        if not self._in_flight.enter():
            guard.forget(signature)
            return _send(start_response, Answer(503, b"shutting down\n"))
        try:
            _send(start_response, self._answer(environ, app, guard, body, receipt))
        finally:
            receipt.answered()
            self._in_flight.leave()

    def _answer(
        self, environ: WSGIEnvironment, app: App, guard: SignatureGuard, body: bytes, receipt: Receipt
    ) -> Answer:
        try:
            payload = read_payload(body, environ.get("CONTENT_TYPE", ""))
            if payload.get("type") == "block_suggestion":
                guard.may_repeat(environ.get("HTTP_X_SLACK_SIGNATURE", ""))
            return self._dispatch(app, environ, payload, receipt)
        except ValueError:
            return Answer(400)

    def _dispatch(self, app: App, environ: WSGIEnvironment, payload: dict[str, Any], receipt: Receipt) -> Answer:
        headers: dict[str, str | Sequence[str]] = {"content-type": environ.get("CONTENT_TYPE", "")}
        for name in ("HTTP_X_SLACK_RETRY_NUM", "HTTP_X_SLACK_RETRY_REASON"):
            if name in environ:
                headers[name[5:].lower().replace("_", "-")] = environ[name]
        try:
            # Bolt takes a payload that has been read already in this mode only, and does nothing else by it.
            request = BoltRequest(mode="socket_mode", body=payload, headers=headers, context={"receipt": receipt})
        except (TypeError, AttributeError, LookupError):
            return Answer(400)
        response = app.dispatch(request)
        content_type = (response.headers.get("content-type") or ["text/plain; charset=utf-8"])[0]
        return Answer(response.status, (response.body or "").encode(), content_type)


def _send(start_response: StartResponse, answer: Answer, method: str = "POST") -> None:
    """Has the answer leave at once, and not only when all is done that the application does."""
    headers = [("Content-Type", answer.content_type), ("Content-Length", str(len(answer.body)))]
    write = start_response(f"{answer.status} {HTTPStatus(answer.status).phrase}", headers)
    write(b"" if method == "HEAD" else answer.body)


def read_payload(body: bytes, content_type: str) -> dict[str, Any]:
    """What Slack sent: a JSON object, or a form that is a command or carries one as its `payload`. Raises ValueError.

    Read here, since Bolt takes a form for one with a `payload` wherever that word stands, in a search as well.
    """
    text = body.decode("utf-8")
    fields: Any = None
    try:
        if content_type.partition(";")[0].strip().lower() == "application/json":
            fields = json.loads(text)
        else:
            fields = dict(parse_qsl(text, keep_blank_values=True))
            if "payload" in fields:
                fields = json.loads(fields["payload"])
    except RecursionError:
        raise ValueError("nested too deep") from None
    if not isinstance(fields, dict):
        raise ValueError("not an object")  # noqa: TRY004 - what is wrong is the request, not a type of ours
    return fields


def _timed_channel(clock: Clock) -> type[HTTPChannel]:
    """Connections whose requests tell in their environment when they began to come, whatever they wait for afterwards:
    a thread of ours above all. waitress tells only when one has taken them up.
    """

    class Parser(HTTPRequestParser):  # type: ignore[misc]  # waitress has no types
        """Made with the first byte of a request."""

        def __init__(self, adj: Any) -> None:  # noqa: ANN401  # waitress' settings
            super().__init__(adj)
            self.begun = clock()

    class Task(WSGITask):  # type: ignore[misc]
        def get_environment(self) -> dict[str, Any]:
            environ: dict[str, Any] = super().get_environment()
            environ[_BEGUN] = self.request.begun
            return environ

    class Channel(HTTPChannel):  # type: ignore[misc]
        parser_class = Parser
        task_class = Task

    return Channel


class HttpServer:
    """waitress on a thread of its own. `port` 0 takes a free one. Raises OSError if it is taken."""

    def __init__(self, web: Web, host: str, port: int, clock: Clock) -> None:
        self._parts: dict[int, Any] = {}
        try:
            self._server = create_server(
                web,
                self._parts,
                host=host,
                port=port,
                threads=THREADS,
                connection_limit=MOST_CONNECTIONS,
                asyncore_use_poll=True,
                max_request_body_size=2 * MAX_BODY,
                ident="order-desk",
            )
        except BaseException:
            wasyncore.close_all(self._parts, ignore_all=True)
            raise
        # One for each address of the host: `localhost` may have two.
        self._doors = [part for part in self._parts.values() if isinstance(part, BaseWSGIServer)]
        for door in self._doors:
            door.channel_class = _timed_channel(clock)
        self._thread = threading.Thread(target=self._server.run, name="http", daemon=True)

    @property
    def address(self) -> str:
        """Where it listens, as `http://127.0.0.1:3000`."""
        host, port = self._doors[0].effective_host, self._doors[0].effective_port
        return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"

    def start(self) -> None:
        """Takes requests from now on."""
        self._thread.start()

    def stop(self) -> None:
        """Closes the door; what is being answered is waited for by InFlight.drain before this.

        Sockets are closed on the server's own thread, which would stumble over one that another thread closes.
        """
        if not self._thread.is_alive():
            return
        for door in self._doors:
            door.trigger.pull_trigger(partial(wasyncore.dispatcher.close, door))
        until = monotonic() + FLUSH_SECONDS
        while monotonic() < until and not all(map(_flushed, self._doors)):
            sleep(0.01)
        first = self._doors[0]
        first.task_dispatcher.shutdown(timeout=FLUSH_SECONDS)
        # Its loop ends by itself once nothing is left to listen to, and closes the trigger as it goes.
        with suppress(OSError):
            first.trigger.pull_trigger(partial(wasyncore.close_all, self._parts))
        self._thread.join(2)


def _flushed(door: BaseWSGIServer) -> bool:
    """Whether all answers have left; a connection that only waits for its next request does not count."""
    return not any(channel.requests or channel.total_outbufs_len for channel in tuple(door.active_channels.values()))
