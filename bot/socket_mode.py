"""Socket Mode: two connections to Slack, so that one may drop. Each acknowledges only what has been done.

A connection is replaced before it ends: when Slack announces the end, and when nothing has come for long. A connection
that answers pings but delivers nothing looks like a quiet one. The new one opens before the old one closes.
"""

from __future__ import annotations

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime
from time import monotonic
from typing import Any

import structlog
from slack_bolt import App, BoltResponse
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse

from bot.bolt_request import bolt_request
from bot.in_flight import InFlight
from bot.receipt import Receipt
from bot.socket_link import Link
from handlers.kit.shapes import OddPayload
from store.domain.clock import Clock

log = structlog.get_logger(__name__)

CONNECTIONS = 2
THREADS = 32
QUIET_SECONDS = 300.0
"""A connection that is silent for this long is replaced: the hello of the new one shows that Slack delivers."""
DEAF_SECONDS = QUIET_SECONDS + 60.0
"""If no connection has received anything for this long, the bot is not ready: it could not replace one either."""
PASSED_OVER = 20
"""A connection is replaced after this number of deliveries in a row on the others: Slack spreads them evenly."""
STEADY_SECONDS = 5.0
"""A connection that ends sooner may keep ending soon."""
LONGEST_PAUSE = 30.0
CLOSE_SECONDS = 2.0


class SocketMode:
    """Keeps the connections. One thread decides about them, and each connection reads on its own thread."""

    def __init__(self, app: App, app_token: str, client: WebClient, in_flight: InFlight, clock: Clock) -> None:
        self._app = app
        self._app_token = app_token
        self._client = client
        self._in_flight = in_flight
        self._clock = clock
        self._changed = threading.Condition()
        self._links: list[Link] = []
        self._successors: dict[Link, Link] = {}
        """The successor of each link that is being replaced."""
        self._retired: list[Link] = []
        self._passed_over: dict[Link, int] = {}
        self._failures = 0
        self._failed_at = 0.0
        self._open_again_at = 0.0
        self._refusal = ""
        self._closing = False
        self._workers = ThreadPoolExecutor(THREADS, thread_name_prefix="socket-work")
        self._keeper = threading.Thread(target=self._keep, name="sockets", daemon=True)

    @property
    def waiting(self) -> int:
        """The number of envelopes that wait for a thread."""
        return self._workers._work_queue.qsize()  # noqa: SLF001 - the pool tells it nowhere else

    def connect(self) -> None:
        """Opens the connections, and returns when one is open.

        Raises slack_sdk.errors.SlackApiError if Slack refuses the app token, OSError if it cannot be reached.
        """
        with self._changed:
            self._links = first = [self._open("the bot starts") for _ in range(CONNECTIONS)]
            self._changed.wait_for(lambda: any(link.opened for link in first) or all(link.ended for link in first))
        if not any(link.opened for link in first):
            error = next(link.error for link in first)
            if isinstance(error, SlackApiError | OSError):
                raise error
            raise ConnectionError(str(error))
        self._keeper.start()

    def verdict(self) -> str:
        """Empty while there is a connection on which Slack has lately sent something, otherwise the problem."""
        with self._changed:
            standing = [link for link in self._all() if link.stands]
            refusal = self._refusal
        if not standing:
            return f"no connection{refusal and f': {refusal}'}"
        silent = monotonic() - max(link.heard_at for link in standing)
        return "" if silent < DEAF_SECONDS else f"Slack has sent nothing for {silent:.0f} s{refusal and f': {refusal}'}"

    def close(self) -> None:
        """Closes all connections; InFlight.drain has waited for the requests in progress before this."""
        with self._changed:
            self._closing = True
            links = self._all()
            self._changed.notify_all()
        for link in links:
            link.close()
        until = monotonic() + CLOSE_SECONDS
        for link in links:
            link.join(until - monotonic())
        self._workers.shutdown(wait=False, cancel_futures=True)

    # --- keeping connections

    def _all(self) -> list[Link]:
        return [*self._links, *self._successors.values(), *self._retired]

    def _open(self, because: str) -> Link:
        link = Link(
            client=self._client, app_token=self._app_token, clock=self._clock, take=self._take, changed=self._wake
        )
        log.info("opening a socket", because=because)
        link.start()
        return link

    def _wake(self) -> None:
        with self._changed:
            self._changed.notify_all()

    def _keep(self) -> None:
        with self._changed:
            while not self._closing:
                try:
                    self._tend()
                except Exception:
                    log.exception("the sockets could not be looked after")
                self._changed.wait(min(1.0, QUIET_SECONDS / 4))

    def _tend(self) -> None:
        self._retired = [link for link in self._retired if not link.ended]
        if any(link.opened_at > self._failed_at and link.lived > STEADY_SECONDS for link in self._links):
            self._failures, self._refusal = 0, ""
        for link in tuple(self._links):
            successor = self._successors.get(link)
            if successor is not None and successor.ended:
                self._note_end(self._successors.pop(link))
            elif link.ended or (successor is not None and successor.opened):
                self._links.remove(link)
                self._passed_over.pop(link, None)
                if successor is not None:
                    self._links.append(self._successors.pop(link))
                if link.ended:
                    self._note_end(link)
                else:
                    self._retired.append(link)
                    link.retire()
            elif successor is None and link.opened and self._may_open():
                reason = self._wants_successor(link)
                if reason:
                    self._successors[link] = self._open(reason)
        while len(self._links) < CONNECTIONS and self._may_open():
            self._links.append(self._open("one is missing"))

    def _may_open(self) -> bool:
        return monotonic() >= self._open_again_at

    def _note_end(self, link: Link) -> None:
        """A link that did not open, or ended soon, gets its successor after a pause, which grows."""
        if link.opened and link.lived > STEADY_SECONDS:
            return
        self._failures += 1
        self._failed_at = monotonic()
        pause = min(2.0 ** (self._failures - 2), LONGEST_PAUSE)
        self._refusal = link.leaving or (type(link.error).__name__ if link.error else "ended at once")
        if isinstance(link.error, SlackApiError):
            self._refusal = str(link.error.response.get("error", ""))
            with suppress(KeyError, TypeError, ValueError):
                pause = max(pause, float(link.error.response.headers["Retry-After"]))
        self._open_again_at = self._failed_at + pause
        log.warning("a socket did not last", reason=self._refusal, again_in_seconds=round(pause, 1))

    def _wants_successor(self, link: Link) -> str:
        """Why it must be replaced; empty if it need not be."""
        if monotonic() - link.heard_at > QUIET_SECONDS:
            return "quiet"
        return link.leaving or ("passed over" if self._passed_over.get(link, 0) >= PASSED_OVER else "")

    # --- what comes on them

    def _take(self, link: Link, message: dict[str, Any], at: datetime) -> None:
        with self._changed:
            for other in self._links:
                self._passed_over[other] = 0 if other is link else self._passed_over.get(other, 0) + other.opened
        request = SocketModeRequest.from_dict(message)
        if request is None:
            return
        link.begin_work()
        try:
            self._workers.submit(self._work, link, request, at)
        except RuntimeError:
            # It is being closed; Slack may send again what is not acknowledged.
            link.end_work()

    def _work(self, link: Link, request: SocketModeRequest, at: datetime) -> None:
        try:
            if not self._in_flight.enter():
                return
            receipt = Receipt(at)
            try:
                self._answer(link, request, receipt)
            finally:
                # In this order, and the second whatever the first does: a pool may have been shut down meanwhile.
                try:
                    receipt.answered()
                finally:
                    self._in_flight.leave()
        finally:
            link.end_work()

    def _answer(self, link: Link, request: SocketModeRequest, receipt: Receipt) -> None:
        retries = {} if request.retry_attempt is None else {"x-slack-retry-num": str(request.retry_attempt)}
        try:
            asked = bolt_request(request.payload, receipt, retries)
            response = self._app.dispatch(asked)
            if response.status == 200:
                link.send(SocketModeResponse(request.envelope_id, _payload(response)).to_dict())
        except ConnectionError:
            log.info("a socket ended before its request was acknowledged")
        except OddPayload:
            # Not the payload's words: they may be personal.
            log.info("what was sent is not of Slack's make, or not for the desk")
        except Exception:
            log.exception("a request over Socket Mode could not be answered")


def _payload(response: BoltResponse) -> dict[str, Any] | None:
    """The content of the acknowledgement, as in the answer over HTTP."""
    if not response.body:
        return None
    if (response.headers.get("content-type") or [""])[0].startswith("application/json"):
        payload: dict[str, Any] = json.loads(response.body)
        return payload
    return {"text": response.body}
