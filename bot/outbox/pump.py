"""Sends what waits in the outbox: once, however often Slack fails. Knows how to send, not what is told.

A row is claimed, made into a message from the present state of what it is about, sent, and settled. Where an answer
was lost, or a worker lost its lease, the next attempt first looks whether the message is in Slack already: each
carries its row's key in its metadata. The lease is looked at right before the call. Slack documents no key by which it
would refuse to post a second time, so a worker that is stopped between that look and the call may still post late; it
notices when it settles the row, and takes its message back. Where Slack no longer knows the bot's token, nothing is
sent, and nothing is lost.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from time import monotonic

import structlog
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.metrics import Metrics
from bot.outbox.files import FileSender
from bot.outbox.latecomer import Latecomer
from bot.outbox.messages import Messages
from bot.runner import Runner
from bot.slack.directory import Directory
from bot.slack.errors import UNREACHED, Failure, Verdict, failure_of
from bot.slack.uploads import Uploads
from handlers.kit.channels import SlackSilent
from handlers.kit.deps import Deps
from handlers.kit.formats import Viewer
from handlers.kit.messages import OUTSIDER, FileMessage, Message, Notice, NotYet, Withheld
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
REVOKED_SECONDS = 30.0
"""How often it is tried again where Slack refuses the token."""
MOST_ATTEMPTS = 12
"""After this number of failures to make a message of a row, the row is parked."""
_TOO_LONG = frozenset({"msg_too_long", "msg_blocks_too_long"})
_SHUT = frozenset({"channel_not_found", "is_archived", "not_in_channel"})
"""What Slack says of a channel in which the bot can change nothing."""


class OutboxPump(Runner):
    """`recipients` are the names that rows may carry in the place of a Slack id, with what they stand for.

    `lane`: which rows; `senders`: how many at once.
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
        super().__init__("outbox" if lane.others else "files")
        self._outbox = outbox
        self._notices = {notice.kind: notice for notice in notices}
        self._deps = deps
        self._client = client
        self._directory = directory
        self._recipients = recipients
        self._metrics = metrics
        self._lane = lane
        self._most = senders
        self._senders = ThreadPoolExecutor(senders, thread_name_prefix="send")
        self._free = threading.Semaphore(senders)
        self._files = FileSender(outbox, Uploads(client, metrics), directory, self.stopping)
        self._messages = Messages(client, recipients, metrics, self._answered)
        self._latecomer = Latecomer(outbox, self._messages, self.stopping)
        self._revoked = ""
        self._silent_until = 0.0
        self._shown: dict[int, float] = {}

    def stop(self, seconds: float) -> None:
        """Claims nothing more; waits `seconds` for what is being sent. Another sends later what does not end."""
        super().stop(seconds)
        closing = threading.Thread(target=self._senders.shutdown, daemon=True)
        closing.start()
        closing.join(seconds)

    def verdict(self) -> str:
        """Empty where all is well, else why nothing is sent."""
        if self._revoked:
            return f"nothing is sent: Slack refuses the bot token ({self._revoked})"
        return super().verdict()

    def measure(self) -> None:
        """Looks how much is still to be told, for the metrics."""
        health = self._outbox.health()
        self._metrics.outbox_waiting.set(health.waiting)
        self._metrics.outbox_parked.set(health.parked)
        age = (self._deps.clock() - health.oldest).total_seconds() if health.oldest else 0.0
        self._metrics.outbox_oldest_seconds.set(max(age, 0.0))

    # --- the thread

    def turn(self) -> bool:
        """Hands what is due to the senders that are free; whether there may be more."""
        if monotonic() < self._silent_until:
            return False
        free = 0
        while free < (1 if self._revoked else self._most) and self._free.acquire(blocking=False):
            free += 1
        items: tuple[OutboxItem, ...] = ()
        try:
            items = self._outbox.claim(self.worker, free, lane=self._lane) if free else ()
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
                if not self._settle(item, outcome):
                    self._latecomer.undo(item, outcome)
            except Exception:
                # The lease ends, and the worker that claims the row then looks first whether it was sent.
                log.exception("what became of sending it could not be written")
            finally:
                self._free.release()
                self.wake()

    def _settle(self, item: OutboxItem, outcome: SendOutcome) -> bool:
        notice = self._notices.get(item.kind)
        if notice is not None and notice.settle is not None:
            return notice.settle(item, outcome, self._deps)
        return self._outbox.settle(item, outcome)

    def _answered(self) -> None:
        self._revoked = ""

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
        outcome = None
        while outcome is None:
            outcome = self._step(item, notice, viewer)
        return outcome

    def _step(self, item: OutboxItem, notice: Notice, viewer: Viewer) -> SendOutcome | None:
        """Makes the message, and shows it or takes its file a step further; None: it goes on."""
        try:
            message = notice.render(item, self._deps, viewer)
        except SlackSilent as error:
            return self._silent(item, notice, error)
        except (NotYet, DatabaseBusy, DatabaseUnavailable) as error:
            return NotSent(type(error).__name__)
        except DomainError as error:
            log.warning("there is no longer anything to tell", error=type(error).__name__)
            return Sent(None)
        if message is None:
            return Sent(item.posted)
        try:
            if isinstance(message, FileMessage) or (notice.files and isinstance(message, Withheld)):
                return self._advance(item, notice, message)
            return self._show(item, message)
        except (SlackApiError, *UNREACHED) as error:
            return self._failed(item, notice, failure_of(error), posting=False)

    def _advance(self, item: OutboxItem, notice: Notice, message: FileMessage | Withheld) -> SendOutcome | None:
        outcome = self._files.advance(item, message)
        self._revoked = ""
        if isinstance(outcome, Rejected) and outcome.code != OUTSIDER:
            return Rejected(outcome.code, notice.refused(item, outcome.code, self._deps))
        return outcome

    def _silent(self, item: OutboxItem, notice: Notice, error: SlackSilent) -> SendOutcome:
        """Slack did not tell what has to be known first: it is tried again, in any case."""
        cause = error.__cause__
        failure = failure_of(cause) if isinstance(cause, SlackApiError | OSError) else None
        if failure is not None and failure.verdict in {Verdict.WAIT, Verdict.REVOKED}:
            return self._failed(item, notice, failure, posting=False)
        return NotSent(type(error).__name__)

    def _let_rest(self, item: OutboxItem, notice: Notice) -> None:
        """Waits until the message may be shown again; what is shown then is read after the wait."""
        if not notice.apart:
            return
        now = monotonic()
        for key, at in tuple(self._shown.items()):
            if now - at > notice.apart:
                self._shown.pop(key, None)
        self.stopping.wait(max(self._shown.get(item.key, 0.0) + notice.apart - now, 0.0))
        self._shown[item.key] = monotonic()

    def _show(self, item: OutboxItem, message: Message | Withheld) -> SendOutcome:
        """Updates the message where it stands, or posts it. Raises what the calls raise that may be made twice."""
        notice = self._notices[item.kind]
        if item.posted is not None:
            return self._update(item, item.posted, message)
        if item.recipient in self._recipients and not self._recipients[item.recipient]:
            code = f"no_{item.recipient}_channel"
            return Rejected(code, notice.refused(item, code, self._deps))
        channel = item.thread.channel if item.thread else self._messages.channel_of(item.recipient)
        found = self._messages.find(item, channel) if item.ambiguous else ()
        if found:
            return self._update(item, found[0], message)
        if isinstance(message, Withheld):
            return Rejected(message.code, notice.refused(item, message.code, self._deps))
        try:
            return self._placed(item, message, lambda shown: self._messages.post(item, channel, shown))
        except (SlackApiError, *UNREACHED) as error:
            return self._failed(item, notice, failure_of(error), posting=True)

    def _update(self, item: OutboxItem, place: Place, message: Message | Withheld) -> SendOutcome:
        if isinstance(message, Withheld):
            return Sent(place)

        def update(shown: Message) -> Place:
            self._messages.update(place, shown)
            return place

        return self._placed(item, message, update)

    def _placed(self, item: OutboxItem, message: Message, call: Callable[[Message], Place]) -> SendOutcome:
        """Makes the call with the message; in short, where Slack refuses it as too long. Raises as the call does."""
        if not self._holds(item):
            return NotSent("passed_on")
        try:
            return Sent(call(message))
        except SlackApiError as error:
            if message.short is None or failure_of(error).code not in _TOO_LONG:
                raise
        return Sent(call(message.short)) if self._holds(item) else NotSent("passed_on")

    def _holds(self, item: OutboxItem) -> bool:
        """Looks right before a call that shows something: the process may have been stopped since the claim."""
        return self._outbox.hold(item, self._messages.longest_call)

    def _viewer(self, recipient: str) -> Viewer:
        """Who reads it: a person as Slack describes them, else the desk's own."""
        if recipient.startswith(("U", "W")):
            try:
                return self._directory.reader(recipient)
            except (SlackApiError, *UNREACHED):
                log.info("Slack does not tell who reads it")
        return self._deps.audience

    def _failed(self, item: OutboxItem, notice: Notice, failure: Failure, *, posting: bool) -> SendOutcome:
        """`posting`: the call that failed was the one that must not be made twice."""
        match failure.verdict:
            case Verdict.WAIT:
                return RetryAfter(failure.seconds, failure.code)
            case Verdict.DOUBT:
                return Ambiguous(failure.code) if posting else NotSent(failure.code)
            case Verdict.REVOKED:
                self._revoked, self._silent_until = failure.code, monotonic() + REVOKED_SECONDS
                return NotSent(failure.code, counted=False)
            case Verdict.GONE if item.posted is not None:
                return Lost(failure.code)
            case Verdict.REFUSED if self._elsewhere(item, failure):
                return Lost(failure.code)
            case Verdict.GONE if not posting:
                # It was found a moment ago and has been deleted since: the next look finds none, and posts it.
                return NotSent(failure.code)
            case _:
                self._messages.forget_channel_of(item.recipient)
                return Rejected(failure.code, notice.refused(item, failure.code, self._deps))

    def _elsewhere(self, item: OutboxItem, failure: Failure) -> bool:
        """Whether it is in a channel that is shut to the bot, and now belongs in another one."""
        now = self._recipients.get(item.recipient, "")
        return item.posted is not None and failure.code in _SHUT and now not in ("", item.posted.channel)
