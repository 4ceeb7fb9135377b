"""Forms redrawn while somebody types: the newest typing wins, and a screen that has moved on is never overwritten.

Each character typed sends the hash of the view that the client last had. Two characters on the way at once carry the
same hash, and Slack refuses the second redrawing. So the hash that a redrawing returned is remembered, and the newest
typing is tried again with it. It matches only if nothing but this bot's own redrawing came between, and never after
the form was submitted, closed or turned into another screen. If Slack limits the calls, the newest typing is drawn
once the limit ends; one call waits for each form, and not for long.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass, field

import structlog
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.slack.errors import UNREACHED, Verdict, failure_of
from bot.slack.quiet import Quiet
from handlers.kit.replies import SlackCall

log = structlog.get_logger(__name__)

REMEMBERED = 2_000
"""More forms than people type into at once."""
MOST_WAITING = 64
"""The most forms that wait for Slack at once; the previews of others stay as they are."""
LONGEST_WAIT = 60.0
"""Seconds: a person who typed longer ago no longer looks at the preview."""


@dataclass(slots=True)
class _Form:
    lock: threading.Lock = field(default_factory=threading.Lock)
    newest: str = ""
    hash: str = ""
    waiting: SlackCall | None = None
    """The call to make once Slack is ready."""


class Forms:
    """The recently redrawn forms, by view id."""

    def __init__(self, client: WebClient, quiet: Quiet) -> None:
        self._client = client
        self._quiet = quiet
        self._waiting = 0
        self._lock = threading.Lock()
        self._forms: OrderedDict[str, _Form] = OrderedDict()

    def redraw(self, call: SlackCall) -> None:
        """Makes the call, unless a newer typing was drawn or waits; later, if Slack asks to wait.

        Raises what WebClient.api_call raises for every other failure.
        """
        form = self._form(str(call.arguments["view_id"]), call.typed_at)
        try:
            self._draw(form, call)
        except SlackApiError as error:
            failure = failure_of(error)
            if failure.verdict is Verdict.WAIT:
                self._quiet.rest(call.method, call.arguments, failure.seconds)
                self.wait(call)
            raise

    def wait(self, call: SlackCall) -> None:
        """Makes the call once Slack is ready, unless a newer typing replaces it by then."""
        seconds = self._quiet.left(call.method, call.arguments)
        form = self._form(str(call.arguments["view_id"]), call.typed_at)
        with self._lock:
            begins = form.waiting is None
            if seconds > LONGEST_WAIT or (begins and self._waiting >= MOST_WAITING):
                return
            form.waiting = call
            self._waiting += begins
        if begins:
            # A thread that ends by itself: nothing is lost if the process ends first.
            again = threading.Timer(seconds, self._again, (form,))
            again.daemon = True
            again.start()

    def _again(self, form: _Form) -> None:
        with self._lock:
            call, form.waiting = form.waiting, None
            self._waiting -= 1
        if call is None:
            return
        try:
            # Slack may limit the call once more: then it waits again.
            self.redraw(call)
        except (SlackApiError, *UNREACHED) as error:
            log.info("a preview was not drawn", code=failure_of(error).code)

    def _draw(self, form: _Form, call: SlackCall) -> None:
        with form.lock:
            if call.typed_at < form.newest:
                return
            try:
                answer = self._client.api_call(call.method, json=dict(call.arguments))
            except SlackApiError as error:
                if error.response.get("error") != "hash_conflict" or not form.hash:
                    raise
                answer = self._client.api_call(call.method, json={**call.arguments, "hash": form.hash})
            form.hash = str((answer.get("view") or {}).get("hash", ""))

    def _form(self, view_id: str, typed_at: str) -> _Form:
        with self._lock:
            form = self._forms.setdefault(view_id, _Form())
            self._forms.move_to_end(view_id)
            while len(self._forms) > REMEMBERED:
                self._forms.popitem(last=False)
            form.newest = max(form.newest, typed_at)
        return form
