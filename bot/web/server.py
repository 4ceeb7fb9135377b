"""waitress, made fit for an address that anybody can reach. Requests record when they began and must be complete within
seconds; one client's slow or many connections do not shut out others.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from time import monotonic, sleep, time
from typing import TYPE_CHECKING, Any

import structlog
from waitress import wasyncore
from waitress.adjustments import Adjustments
from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser
from waitress.server import TcpWSGIServer
from waitress.task import ThreadedTaskDispatcher, WSGITask

from bot.web.health import ALIVE
from bot.web.payload import MAX_BODY
from bot.web.requests import BEGUN, SLACK
from store.domain.clock import Clock

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication

log = structlog.get_logger(__name__)

THREADS = 16
"""The number of Slack's requests in progress at a time."""
PAGE_THREADS = 2
MOST_CONNECTIONS = 1000
"""Above this number, the client with the most connections loses the one that has waited longest."""
REQUEST_SECONDS = 5
"""Seconds from a request's first byte to its last. Slack itself gives up after three."""
IDLE_SECONDS = 120
"""Seconds that a connection may wait for its next request, as those of reverse proxies do."""
_LOOP_SECONDS = 1.0
"""The longest interval between looks for requests that take too long, in seconds."""
FLUSH_SECONDS = 1.0
"""Seconds for the last answers to leave."""


class CannotListen(Exception):
    """The address is in use, or does not belong to this machine; the message says which, and why."""


class _Lanes:
    """Separate threads for Slack's requests, for the pages, and for `/healthz`. The pages answer while all of Slack's
    threads are busy, and `/healthz` waits for nothing else.
    """

    def __init__(self, threads: int) -> None:
        self.slack = _threads(threads)
        self._pages = _threads(PAGE_THREADS)
        self._alive = _threads(1)

    def add_task(self, channel: _Channel) -> None:
        """Queues the channel's next request."""
        path = getattr(channel.requests[0], "path", "")
        lane = {SLACK: self.slack, ALIVE: self._alive}.get(path, self._pages)
        lane.add_task(channel)

    def shutdown(self, seconds: float) -> None:
        """Ends all threads and drops what waits for one."""
        until = monotonic() + seconds
        for lane in (self.slack, self._pages, self._alive):
            lane.shutdown(timeout=max(until - monotonic(), 0))


def _threads(count: int) -> ThreadedTaskDispatcher:
    dispatcher = ThreadedTaskDispatcher()
    dispatcher.set_thread_count(count)
    return dispatcher


class _Task(WSGITask):  # type: ignore[misc]  # waitress has no types
    def get_environment(self) -> dict[str, Any]:
        environ: dict[str, Any] = super().get_environment()
        environ[BEGUN] = self.request.begun
        return environ


class _Channel(HTTPChannel):  # type: ignore[misc]
    """A connection. It occupies no thread until a request is complete."""

    task_class = _Task

    @property
    def waits(self) -> bool:
        """Whether it waits for its client, and not for a thread of ours."""
        return not self.requests and not self.will_close

    @property
    def waits_since(self) -> float:
        """When its unfinished request began, or when it was last used; seconds since 1970."""
        request = self.request
        return float(self.last_activity if request is None else request.since)


class _Door(TcpWSGIServer):  # type: ignore[misc]
    """One address on which the server listens."""

    def add_task(self, channel: _Channel) -> None:
        self.task_dispatcher.add_task(channel)

    def handle_accept(self) -> None:
        if len(self.active_channels) >= MOST_CONNECTIONS:
            self._make_room()
        super().handle_accept()

    def maintenance(self, now: float) -> None:
        """Called about once a second."""
        super().maintenance(now)
        for channel in self._waiting():
            if channel.request is not None and now - channel.request.since > REQUEST_SECONDS:
                channel.will_close = True

    def _make_room(self) -> None:
        """Closes a connection. Behind a reverse proxy, all have one address: then the oldest go."""
        stay = [channel for channel in self.active_channels.values() if not channel.will_close]
        excess = len(stay) + 1 - MOST_CONNECTIONS
        if excess <= 0:
            return
        waiting = [channel for channel in stay if channel.waits]
        of_client = Counter(channel.addr[0] for channel in waiting)
        waiting.sort(key=lambda channel: (-of_client[channel.addr[0]], channel.waits_since))
        for channel in waiting[:excess]:
            # Not immediately: its events may be next in the list that the loop has found.
            channel.will_close = True

    def _waiting(self) -> Iterator[_Channel]:
        return (channel for channel in tuple(self.active_channels.values()) if channel.waits)


def _timed(clock: Clock) -> type[_Channel]:
    """Connections whose requests record in their environment when they began to arrive, before any wait, mostly for a
    thread of ours. waitress only records when a thread has taken them up.
    """

    class Parser(HTTPRequestParser):  # type: ignore[misc]
        """Created with the first byte of a request."""

        def __init__(self, adj: Any) -> None:  # noqa: ANN401  # waitress' settings
            super().__init__(adj)
            self.begun = clock()
            self.since = time()

    class Channel(_Channel):
        parser_class = Parser

    return Channel


class HttpServer:
    """waitress on its own thread. `port` 0 takes a free port; `threads` are for Slack's requests.

    Raises CannotListen.
    """

    def __init__(self, web: WSGIApplication, host: str, port: int, clock: Clock, threads: int = THREADS) -> None:
        self._parts: dict[int, Any] = {}
        self._lanes = _Lanes(threads)
        try:
            self._doors = self._listen(web, host, port)
        except BaseException as error:
            wasyncore.close_all(self._parts, ignore_all=True)
            self._lanes.shutdown(0)
            if isinstance(error, OSError | ValueError):
                raise CannotListen(f"{host}:{port}: {getattr(error, 'strerror', None) or error}") from None
            raise
        for door in self._doors:
            door.channel_class = _timed(clock)
        self._thread = threading.Thread(target=self._run, name="http", daemon=True)

    def _listen(self, web: WSGIApplication, host: str, port: int) -> list[_Door]:
        """A door for each address of the host: `localhost` may have two."""
        settings = Adjustments(
            host=host,
            port=port,
            # Room for connections that are closing; above it, connections wait where nothing measures for how long.
            connection_limit=MOST_CONNECTIONS + 100,
            cleanup_interval=1,
            channel_timeout=IDLE_SECONDS,
            asyncore_use_poll=True,
            max_request_body_size=2 * MAX_BODY,
            ident="order-desk",
        )
        return [
            _Door(web, self._parts, dispatcher=self._lanes, adj=settings, sockinfo=address)
            for address in settings.listen
        ]

    @property
    def address(self) -> str:
        """The address on which it listens, as `http://127.0.0.1:3000`."""
        host, port = self._doors[0].effective_host, self._doors[0].effective_port
        return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"

    @property
    def connections(self) -> int:
        """The number of open connections."""
        return sum(len(door.active_channels) for door in self._doors)

    @property
    def waiting(self) -> int:
        """The number of Slack's requests that wait for a thread."""
        return len(self._lanes.slack.queue)

    def start(self) -> None:
        """Starts to take requests."""
        self._thread.start()

    def stop(self) -> None:
        """Closes the door; InFlight.drain has waited for the requests in progress before this.

        The server's own thread closes the sockets, because it fails on one that another thread has closed.
        """
        if not self._thread.is_alive():
            wasyncore.close_all(self._parts, ignore_all=True)
            self._lanes.shutdown(0)
            return
        for door in self._doors:
            door.trigger.pull_trigger(partial(wasyncore.dispatcher.close, door))
        until = monotonic() + FLUSH_SECONDS
        while monotonic() < until and not all(map(_flushed, self._doors)):
            sleep(0.01)
        self._lanes.shutdown(FLUSH_SECONDS)
        # Its loop ends by itself once it has no sockets left, and closes the trigger on the way.
        with suppress(OSError):
            self._doors[0].trigger.pull_trigger(partial(wasyncore.close_all, self._parts))
        self._thread.join(2)

    def _run(self) -> None:
        wasyncore.loop(_LOOP_SECONDS, use_poll=True, map=self._parts)


def _flushed(door: _Door) -> bool:
    """Whether all answers have left; a connection that only waits for its next request does not count."""
    return not any(channel.requests or channel.total_outbufs_len for channel in tuple(door.active_channels.values()))
