"""What follows an acknowledgement: calls of Slack's Web API, and words to the person where one of them fails."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import structlog
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.webhook import WebhookClient

from bot.metrics import Metrics
from bot.slack.errors import UNREACHED
from bot.slack.forms import Forms
from handlers.kit import refusals
from handlers.kit.interaction import Ask, Kind
from handlers.kit.replies import SlackCall

log = structlog.get_logger(__name__)

_CODE = re.compile("[a-z0-9_]{1,64}")
_OVERTAKEN = frozenset({"hash_conflict", "exchanged_trigger_id", "not_found", "view_not_found"})
"""What Slack answers where a later click drew the screen first, the call was made already, or it was closed."""


class FollowUp:
    """Makes calls one after the other, on the thread that it is called on; never raises for what Slack answers."""

    def __init__(self, client: WebClient, metrics: Metrics) -> None:
        self._client = client
        self._metrics = metrics
        self._forms = Forms(client)

    def make(self, ask: Ask, calls: tuple[SlackCall, ...], reference: str) -> None:
        """All of them, in their order, whatever becomes of each."""
        for call in calls:
            try:
                self._call(ask, call, reference)
            except Exception:
                log.exception("what should follow the acknowledgement failed")

    def say_in_place(self, ask: Ask, message: Mapping[str, Any], reference: str) -> None:
        """What a command's acknowledgement would have said, once that has left: beside the command all the same.

        Its response url needs no bot in the channel. https://docs.slack.dev/interactivity/handling-user-interaction
        """
        code = "no_answer"
        try:
            hook = WebhookClient(ask.response_url, timeout=self._client.timeout, retry_handlers=[])
            answer = hook.send_dict(dict(message))
            code = "ok" if answer.status_code == 200 else f"http_{answer.status_code}"
        except (ValueError, *UNREACHED) as error:
            # Not the error's words: they may hold the address, which is good for half an hour.
            log.warning("a response url did not answer", error=type(error).__name__)
        self._metrics.slack_calls.labels("response_url", code).inc()
        if code != "ok":
            self._say(ask, str(message["text"]), reference)

    def _call(self, ask: Ask, call: SlackCall, reference: str) -> None:
        """Makes the call; once more where the answer was lost, since all calls made here may be made twice:
        a trigger works once, and drawing a screen again changes nothing.
        """
        for attempt in (1, 2):
            try:
                if call.typed_at:
                    self._forms.redraw(call)
                else:
                    self._client.api_call(call.method, json=dict(call.arguments))
            except SlackApiError as error:
                code = _error_code(error)
                self._metrics.slack_calls.labels(call.method, code).inc()
                if error.response.status_code >= 500 and attempt == 1:
                    continue
                self._could_not_show(ask, call, code, reference)
            except UNREACHED:
                self._metrics.slack_calls.labels(call.method, "no answer").inc()
                if attempt == 1:
                    continue
                log.warning("Slack did not answer", method=call.method)
            else:
                self._metrics.slack_calls.labels(call.method, "ok").inc()
            return

    def _could_not_show(self, ask: Ask, call: SlackCall, code: str, reference: str) -> None:
        if code in _OVERTAKEN:
            log.info("the screen has moved on", method=call.method, code=code)
            return
        log.warning("Slack refused to show something", method=call.method, code=code)
        if call.typed_at:
            # Nothing was asked but to look on while typing: a word at each letter would be worse than an old preview.
            return
        words = call.instead or refusals.not_shown(reference, expired="trigger" in code)
        if call.method == "chat.postEphemeral":
            # The bot is not in that channel: its words reach the person in their own conversation with it.
            words = str(call.arguments["text"])
        elif ask.channel_id:
            self._say(ask, words, reference)
            return
        if ask.kind is not Kind.EVENT and call.method != "chat.postMessage":
            self._call(ask, SlackCall("chat.postMessage", {"channel": ask.user_id, "text": words}), reference)

    def _say(self, ask: Ask, words: str, reference: str) -> None:
        """To the person alone: in the channel they are in, else in their own conversation with the bot."""
        call = SlackCall("chat.postMessage", {"channel": ask.user_id, "text": words})
        if ask.channel_id:
            call = SlackCall("chat.postEphemeral", {"channel": ask.channel_id, "user": ask.user_id, "text": words})
        self._call(ask, call, reference)


def _error_code(error: SlackApiError) -> str:
    answer: Any = error.response
    data = answer.data if isinstance(answer.data, Mapping) else {}
    code = str(data.get("error", ""))
    # Where the answer is not Slack's own, the SDK puts all of it here: too much for a log or a metric's label.
    return code if _CODE.fullmatch(code) else f"http_{answer.status_code}"
