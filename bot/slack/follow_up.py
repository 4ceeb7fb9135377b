"""The calls of Slack's Web API after an acknowledgement, and words to the person if one of them fails.

The number of attempts is limited. First come the answer's own calls, each made once; those that draw a screen or card
twice, if the answer was lost. If the first call is not shown: a private word in the channel, then a direct message,
each at most once. A change is always reported: its direct message goes through the outbox, which keeps it until Slack
takes it. Only if the database no longer takes writes is the direct message sent at once, without the outbox.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

import structlog
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.webhook import WebhookClient

from bot.metrics import Metrics
from bot.slack.errors import UNREACHED, Verdict, failure_of
from bot.slack.forms import Forms
from bot.slack.quiet import Quiet
from handlers.kit import refusals
from handlers.kit.interaction import Ask, PayloadKind
from handlers.kit.notices import word_of
from handlers.kit.replies import Reply, SlackCall, say_in_channel
from store.domain.outbox import News

log = structlog.get_logger(__name__)

OK = "ok"
LOST = "no_answer"
LEFT_ALONE = "ratelimited"
_CODE = re.compile("[a-z0-9_]{1,64}")
_OVERTAKEN = frozenset({"hash_conflict", "exchanged_trigger_id", "not_found", "view_not_found"})
"""Slack's answers if a later click has drawn the screen, the call has been made already, or the screen was closed."""


class FollowUp:
    """Makes calls one after the other, on the calling thread; never raises because of Slack's answers.

    `keep` sends words through the outbox.
    """

    def __init__(self, client: WebClient, metrics: Metrics, keep: Callable[[News], object]) -> None:
        self._client = client
        self._metrics = metrics
        self._keep = keep
        self._quiet = Quiet()
        self._forms = Forms(client, self._quiet)

    def make(self, ask: Ask, reply: Reply, reference: str) -> None:
        """Makes all calls in order, whatever becomes of each, and sends words if the first is not shown."""
        codes = [self._made(call, twice=call.method != "chat.postEphemeral") for call in reply.calls]
        first = codes[0] if codes else ""
        if first == OK:
            return
        if reply.done:
            self._say(ask, reply, reply.words)
        elif first and first not in _OVERTAKEN and not reply.calls[0].typed_at:
            # A preview while typing is only a look: a word at each letter would be worse than an old preview.
            self._say(ask, reply, reply.words or refusals.not_shown(reference, first))

    def say_in_place(self, ask: Ask, message: Mapping[str, Any]) -> None:
        """Says in answer to a command what its acknowledgement would have said, after that has left.

        Its response URL works without the bot in the channel.
        https://docs.slack.dev/interactivity/handling-user-interaction
        """
        code = LOST
        try:
            hook = WebhookClient(ask.response_url, timeout=self._client.timeout, retry_handlers=[])
            answer = hook.send_dict(dict(message))
            code = OK if answer.status_code == 200 else f"http_{answer.status_code}"
        except (ValueError, *UNREACHED) as error:
            # Not the error's words: they may contain the URL, which works for half an hour.
            log.warning("a response url did not answer", error=type(error).__name__)
        self._metrics.slack_calls.labels("response_url", code).inc()
        if code != OK:
            self._say(ask, Reply(), str(message["text"]))

    def _say(self, ask: Ask, reply: Reply, words: str) -> None:
        """Tells the person alone: in their current channel, or in their conversation with the bot."""
        if ask.channel_id and not any(call.method == "chat.postEphemeral" for call in reply.calls):
            (private,) = say_in_channel(ask, words).calls
            if self._made(private) == OK:
                return
        if reply.done:
            try:
                self._keep(word_of(ask, words))
            except Exception:
                # Told now, since nothing will tell it later.
                log.exception("what was done could not be kept to be told")
            else:
                return
        if reply.done or ask.kind is not PayloadKind.EVENT:
            self._made(SlackCall("chat.postMessage", {"channel": ask.user_id, "text": words}))

    def _made(self, call: SlackCall, *, twice: bool = False) -> str:
        """Makes the call, and returns its outcome as a code: OK if it is shown.

        `twice`: once more if the answer was lost. A trigger works only once, and redrawing a screen changes nothing.
        """
        try:
            code, lost = self._tried(call)
            if lost and twice:
                code, _ = self._tried(call)
                # The first attempt did arrive: nobody else has this trigger, or this screen's hash.
                code = OK if code in ("hash_conflict", "exchanged_trigger_id") else code
        except Exception:
            log.exception("what should follow the acknowledgement failed")
            return "failed"
        if code in _OVERTAKEN:
            log.info("the screen has moved on", method=call.method, code=code)
        elif code != OK:
            log.warning("Slack did not show something", method=call.method, code=code)
        return code

    def _tried(self, call: SlackCall) -> tuple[str, bool]:
        """Makes one attempt: returns its code, and whether it may have had its effect although it failed."""
        if self._quiet.left(call.method, call.arguments):
            if call.typed_at:
                self._forms.wait(call)
            return LEFT_ALONE, False
        code, lost = OK, False
        try:
            if call.typed_at:
                self._forms.redraw(call)
            else:
                self._client.api_call(call.method, json=dict(call.arguments))
        except (SlackApiError, *UNREACHED) as error:
            failure = failure_of(error)
            if failure.verdict is Verdict.WAIT:
                self._quiet.rest(call.method, call.arguments, failure.seconds)
            code, lost = failure.code, failure.verdict is Verdict.DOUBT
            # If the answer is not Slack's own, the SDK puts all of it here: too much for a log or a metric's label.
            code = code if _CODE.fullmatch(code) else "unreadable"
        self._metrics.slack_calls.labels(call.method, code).inc()
        return code, lost
