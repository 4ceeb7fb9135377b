"""Undoes what a worker showed in Slack after it had lost the row: it was stopped between its last look and the call.

By then another worker has taken the row over, has looked for the message, found none, and posted its own.
"""

from __future__ import annotations

import threading
from time import monotonic

import structlog
from slack_sdk.errors import SlackApiError

from bot.outbox.messages import Messages
from bot.slack.errors import UNREACHED
from store.domain.leases import LEASE_SECONDS
from store.domain.outbox import Ambiguous, OutboxItem, Place, SendOutcome, Sent
from store.services.outbox import Outbox

log = structlog.get_logger(__name__)

LOOK_SECONDS = 0.5
TRIES = 5
"""How often the message is taken back, at most, while Slack fails."""


class Latecomer:
    """`stopping`: the process ends; then nothing is waited for."""

    def __init__(self, outbox: Outbox, messages: Messages, stopping: threading.Event) -> None:
        self._outbox = outbox
        self._messages = messages
        self._stopping = stopping

    def undo(self, item: OutboxItem, outcome: SendOutcome) -> None:
        """Takes back what this worker posted beside the other's message; what it wrote over that is shown afresh.

        `outcome`: what became of this worker's own call. Where the other has not posted it either, its next attempt
        finds this worker's message, and goes on with it.
        """
        if not isinstance(outcome, Ambiguous) and not (isinstance(outcome, Sent) and outcome.place):
            return
        there = self._others(item)
        if there is None:
            return
        for attempt in range(1, TRIES + 1):
            try:
                self._undo(item, outcome, there)
            except (SlackApiError, *UNREACHED):
                log.warning("a message that was posted late could not be taken back so far", attempt=attempt)
                self._stopping.wait(2.0**attempt)
            else:
                return

    def _undo(self, item: OutboxItem, outcome: SendOutcome, there: Place) -> None:
        own = (outcome.place,) if isinstance(outcome, Sent) else self._messages.find(item, there.channel)
        for place in own:
            if place is not None and place != there:
                self._messages.delete(place)
                log.warning("a message that was posted late was taken back")
        if there in own:
            self._outbox.show_again(item)

    def _others(self, item: OutboxItem) -> Place | None:
        """Where the message is, as the other worker noted when it was done; None if it is nowhere."""
        until = monotonic() + 2 * LEASE_SECONDS
        while True:
            now = self._outbox.standing(item)
            if now.place is not None or not now.being_sent or self._stopping.is_set() or monotonic() > until:
                return now.place
            self._stopping.wait(LOOK_SECONDS)
