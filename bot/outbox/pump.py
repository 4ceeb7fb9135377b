"""Sends what waits in the outbox: once, however often Slack fails. Knows how to send, not what is told.

A row is claimed, made into a message from the present state of what it is about, sent, and settled. Where an answer
was lost, the next attempt first looks whether the message stands in Slack already: each carries its row's key in its
metadata. Where Slack does not know the bot's token any more, nothing is sent, and nothing is lost.
"""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from time import monotonic
from typing import Any

import structlog
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.metrics import Metrics
from bot.outbox.files import FileSender
from bot.slack.directory import Directory
from bot.slack.errors import UNREACHED, Failure, Verdict, failure_of
from bot.slack.uploads import Uploads
from handlers.kit.channels import SlackSilent
from handlers.kit.deps import Deps
from handlers.kit.formats import Viewer
from handlers.kit.messages import FileMessage, Message, Notice, NotYet, Withheld
from store.domain.errors import DatabaseBusy, DatabaseUnavailable, DomainError
from store.domain.outbox import (
    EVERY_KIND,
    Ambiguous,
    Lane,
    Lost,
    NotSent,
    OutboxItem,
    Place,
    Rejected,
    RetryAfter,
    SendOutcome,
    Sent,
)
from store.services.outbox import Outbox

log = structlog.get_logger(__name__)

SENDERS = 4
"""Messages sent at once. Slack takes about one a second for each channel, and more of them together."""
FILE_SENDERS = 2
"""Files sent at once, beside the messages."""
IDLE_SECONDS = 1.0
"""How long news of another process, or a wait that ends, may go unnoticed."""
REVOKED_SECONDS = 30.0
"""How often it is tried again where Slack refuses the token."""
EVENT_TYPE = "order_desk_news"
SKEW_SECONDS = 300.0
"""How far Slack's clock and the desk's may be apart."""
MOST_ATTEMPTS = 12
"""After so many failures to make a message of a row, the row is parked."""
_PAGE = 200
_PAGES = 10


class OutboxPump:
    """Runs on a thread of its own until it is stopped; several processes may run one each.

    `recipients` are the names that rows may carry in the place of a Slack id, with what they stand for. `lane`: which
    rows; `senders`: how many at once.
    """

    def __init__(
        self,
        *,
        outbox: Outbox,
        notices: Iterable[Notice],
        deps: Deps,
        client: WebClient,
        directory: Directory,
        recipients: Mapping[str, str],
        metrics: Metrics,
        lane: Lane = EVERY_KIND,
        senders: int = SENDERS,
    ) -> None:
        self._outbox = outbox
        self._notices = {notice.kind: notice for notice in notices}
        self._deps = deps
        self._client = client
        self._directory = directory
        self._recipients = recipients
        self._metrics = metrics
        self._worker = f"{socket.gethostname()[:40]}:{os.getpid()}"
        self._news = threading.Event()
        self._stopping = threading.Event()
        self._lane = lane
        self._most = senders
        self._senders = ThreadPoolExecutor(senders, thread_name_prefix="send")
        self._free = threading.Semaphore(senders)
        self._files = FileSender(outbox, Uploads(client, metrics), directory, self._stopping)
        self._thread = threading.Thread(target=self._run, name="outbox", daemon=True)
        self._revoked = ""
        self._silent_until = 0.0
        self._direct: dict[str, str] = {}
        self._shown: dict[int, float] = {}

    def start(self) -> None:
        """Sends from now on what waits, and what will."""
        self._thread.start()

    def wake(self) -> None:
        """There may be news."""
        self._news.set()

    def stop(self, seconds: float) -> None:
        """Claims nothing more; waits so long for what is being sent. What does not end is sent by another, later."""
        self._stopping.set()
        self._news.set()
        if self._thread.is_alive():
            self._thread.join(seconds)
        closing = threading.Thread(target=self._senders.shutdown, daemon=True)
        closing.start()
        closing.join(seconds)

    def verdict(self) -> str:
        """Empty where all is well, else why nothing is sent."""
        if self._revoked:
            return f"nothing is sent: Slack refuses the bot token ({self._revoked})"
        return "" if self._thread.is_alive() or self._stopping.is_set() else "the sender of the outbox has ended"

    def measure(self) -> None:
        """Looks how much is still to be told, for the metrics."""
        health = self._outbox.health()
        self._metrics.outbox_waiting.set(health.waiting)
        self._metrics.outbox_parked.set(health.parked)
        age = (self._deps.clock() - health.oldest).total_seconds() if health.oldest else 0.0
        self._metrics.outbox_oldest_seconds.set(max(age, 0.0))

    # --- the thread

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._news.clear()
            try:
                more = self._claim()
            except Exception:
                log.exception("the outbox could not be read")
                more = False
            if not more:
                self._news.wait(IDLE_SECONDS)

    def _claim(self) -> bool:
        """Hands what is due to the senders that are free; whether there may be more."""
        if monotonic() < self._silent_until:
            return False
        free = 0
        while free < (1 if self._revoked else self._most) and self._free.acquire(blocking=False):
            free += 1
        items: tuple[OutboxItem, ...] = ()
        try:
            items = self._outbox.claim(self._worker, free, lane=self._lane) if free else ()
        finally:
            self._free.release(free - len(items)) if free > len(items) else None
        for item in items:
            self._senders.submit(self._deliver, item)
        return bool(items) and len(items) < free

    def _deliver(self, item: OutboxItem) -> None:
        with structlog.contextvars.bound_contextvars(kind=item.kind, outbox=item.key, attempt=item.attempts):
            try:
                outcome = self._send(item)
            except Exception:
                log.exception("news could not be made into a message")
                parked = item.attempts >= MOST_ATTEMPTS
                outcome = Rejected("cannot_be_made") if parked else NotSent("cannot_be_made")
            try:
                self._note(item, outcome)
                self._outbox.settle(item, outcome)
            except Exception:
                # The lease ends, and whoever claims the row then looks first whether it was sent.
                log.exception("what became of sending it could not be written")
            finally:
                self._free.release()
                self._news.set()

    def _note(self, item: OutboxItem, outcome: SendOutcome) -> None:
        name = type(outcome).__name__
        self._metrics.outbox_sent.labels(item.kind, name).inc()
        code = getattr(outcome, "code", "")
        if code:
            log.warning("news not told", outcome=name, code=code)
        else:
            log.info("news told", outcome=name)

    # --- one message

    def _send(self, item: OutboxItem) -> SendOutcome:
        notice = self._notices.get(item.kind)
        if notice is None:
            return Rejected("unknown_kind")
        viewer = self._viewer(item.recipient)
        self._let_rest(item, notice)
        try:
            message = notice.render(item, self._deps, viewer)
        except (NotYet, SlackSilent, DatabaseBusy, DatabaseUnavailable) as error:
            return NotSent(type(error).__name__)
        except DomainError as error:
            log.warning("there is nothing to tell any more", error=type(error).__name__)
            return Sent(None)
        if message is None:
            return Sent(item.posted)
        try:
            if isinstance(message, FileMessage):
                outcome = self._files.send(item, message)
                self._revoked = ""
                return outcome
            return self._show(item, message)
        except (SlackApiError, *UNREACHED) as error:
            return self._failed(item, notice, failure_of(error), posting=False)

    def _let_rest(self, item: OutboxItem, notice: Notice) -> None:
        """Waits until the message may be shown anew; what is shown then is read after the wait."""
        if not notice.apart:
            return
        now = monotonic()
        for key, at in tuple(self._shown.items()):
            if now - at > notice.apart:
                self._shown.pop(key, None)
        self._stopping.wait(max(self._shown.get(item.key, 0.0) + notice.apart - now, 0.0))
        self._shown[item.key] = monotonic()

    def _show(self, item: OutboxItem, message: Message | Withheld) -> SendOutcome:
        """Updates the message where it stands, or posts it. Raises what the calls raise that may be made twice."""
        notice = self._notices[item.kind]
        if item.posted is not None:
            return self._update(item.posted, message)
        if item.recipient in self._recipients and not self._recipients[item.recipient]:
            code = f"no_{item.recipient}_channel"
            return Rejected(code, notice.refused(item, code, self._deps))
        channel = item.thread.channel if item.thread else self._channel(item.recipient)
        found = self._find(item, channel) if item.ambiguous else None
        if found is not None:
            return self._update(found, message)
        if isinstance(message, Withheld):
            return Rejected(message.code, notice.refused(item, message.code, self._deps))
        arguments = {
            "channel": channel,
            **message.arguments(),
            "metadata": {"event_type": EVENT_TYPE, "event_payload": {"outbox": item.key}},
            "unfurl_links": False,
            "unfurl_media": False,
        }
        if item.thread:
            arguments["thread_ts"] = item.thread.ts
        try:
            answer = self._call("chat.postMessage", arguments)
        except (SlackApiError, *UNREACHED) as error:
            return self._failed(item, notice, failure_of(error), posting=True)
        return Sent(Place(str(answer["channel"]), str(answer["ts"])))

    def _update(self, place: Place, message: Message | Withheld) -> SendOutcome:
        if isinstance(message, Withheld):
            return Sent(place)
        self._call("chat.update", {"channel": place.channel, "ts": place.ts, **message.arguments()})
        return Sent(place)

    def _find(self, item: OutboxItem, channel: str) -> Place | None:
        """Where the message stands that an earlier attempt may have posted."""
        oldest = f"{item.created_at.timestamp() - SKEW_SECONDS:.6f}"
        arguments = {"channel": channel, "oldest": oldest, "limit": _PAGE, "include_all_metadata": True}
        method = "conversations.history"
        if item.thread:
            method, arguments = "conversations.replies", {**arguments, "ts": item.thread.ts}
        for _ in range(_PAGES):
            answer = self._call(method, arguments, read=True)
            for message in answer.get("messages") or ():
                metadata = message.get("metadata") or {}
                if metadata.get("event_type") == EVENT_TYPE and metadata.get("event_payload") == {"outbox": item.key}:
                    return Place(channel, str(message["ts"]))
            cursor = (answer.get("response_metadata") or {}).get("next_cursor")
            if not cursor:
                return None
            arguments = {**arguments, "cursor": cursor}
        return None

    def _channel(self, recipient: str) -> str:
        """The channel of that name, or the direct messages with that person."""
        if recipient in self._recipients:
            return self._recipients[recipient]
        if not recipient.startswith(("U", "W")):
            return recipient
        if recipient not in self._direct:
            answer = self._call("conversations.open", {"users": recipient})
            self._direct[recipient] = str(answer["channel"]["id"])
        return self._direct[recipient]

    def _viewer(self, recipient: str) -> Viewer:
        """Who reads it: a person as Slack describes them, else the desk's own."""
        if recipient.startswith(("U", "W")):
            try:
                return self._directory.profile(recipient)
            except (SlackApiError, *UNREACHED):
                log.info("Slack does not tell who reads it")
        return self._deps.audience

    def _call(self, method: str, arguments: Mapping[str, Any], *, read: bool = False) -> Any:  # noqa: ANN401 - Slack's answer
        try:
            if read:
                answer = self._client.api_call(method, http_verb="GET", params=_as_query(arguments))
            else:
                answer = self._client.api_call(method, json=dict(arguments))
        except Exception as error:
            if isinstance(error, SlackApiError | OSError):
                self._metrics.slack_calls.labels(method, failure_of(error).code).inc()
            raise
        self._metrics.slack_calls.labels(method, "ok").inc()
        self._revoked = ""
        return answer

    def _failed(self, item: OutboxItem, notice: Notice, failure: Failure, *, posting: bool) -> SendOutcome:
        """`posting`: the call that failed was the one that must not be made twice."""
        match failure.verdict:
            case Verdict.WAIT:
                return RetryAfter(failure.seconds, failure.code)
            case Verdict.DOUBT:
                return Ambiguous(failure.code) if posting else NotSent(failure.code)
            case Verdict.REVOKED:
                self._revoked, self._silent_until = failure.code, monotonic() + REVOKED_SECONDS
                return NotSent(failure.code)
            case Verdict.GONE if item.posted is not None:
                return Lost(failure.code)
            case Verdict.GONE if not posting:
                # It was found a moment ago and has been deleted since: the next look finds none, and posts it.
                return NotSent(failure.code)
            case _:
                self._direct.pop(item.recipient, None)
                return Rejected(failure.code, notice.refused(item, failure.code, self._deps))


def _as_query(arguments: Mapping[str, Any]) -> dict[str, str]:
    return {name: str(value).lower() if isinstance(value, bool) else str(value) for name, value in arguments.items()}
