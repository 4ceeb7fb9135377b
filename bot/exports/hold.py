"""A claimed export in a worker's hands: each step is fenced, and a worker that has lost it stops at once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic
from typing import Unpack

from store.domain.exports.export import ExportStep, FailureReason
from store.domain.exports.work import Claim, ExportFacts
from store.services.exports.work import ExportWork

BEAT_SECONDS = 1.0
"""The lease is made long so often at most."""
SHOW_SECONDS = 1.5
"""Slack is shown how far it is so often at most, and only where it has come further: Slack takes fifty updates of
messages a minute from the whole app, and cards need theirs. https://docs.slack.dev/reference/methods/chat.update"""


class Passed(Exception):
    """The export is no longer this worker's, or was cancelled: nothing more may be done with it."""


class Ended(Exception):
    """The process ends: the export is given back as it is."""


@dataclass(eq=False)
class LeftAlone(Exception):
    """Slack is to be left alone for so long: the export is given back, and the attempt not counted."""

    seconds: float
    revoked: str = ""
    """Slack's code, where it no longer knows the bot's token."""


@dataclass(eq=False)
class Failed(Exception):
    """The attempt failed. It is made again in `seconds`, or never where that is None."""

    reason: FailureReason
    again_after: float | None = None
    detail: str = ""
    rewrite: bool = False
    withdraw: str = ""
    """Slack's id of a file to be deleted there once the failure is noted, lest it is shared after all."""


class Hold:
    """The claim, and the one way to do something with it. `told` wakes the sender that shows how far it is."""

    def __init__(self, work: ExportWork, claim: Claim, stopping: threading.Event, told: Callable[[], None]) -> None:
        self.claim = claim
        self._work = work
        self._stopping = stopping
        self._told = told
        self._next_beat = monotonic() + BEAT_SECONDS
        self._next_show = 0.0
        self._shown: tuple[int | None, int | None] = (None, None)

    def move(self, step: ExportStep, **facts: Unpack[ExportFacts]) -> None:
        """Notes the step before what follows it is begun. Raises Passed."""
        if not self._work.move(self.claim, step, **facts):
            raise Passed
        self._told()

    def beat(self, rows_done: int | None = None, rows_total: int | None = None) -> None:
        """To be called as often as one likes; now and then the lease is made long, and what is so far is shown.

        Raises Ended, Passed.
        """
        if self._stopping.is_set():
            raise Ended
        if monotonic() < self._next_beat:
            return
        self._next_beat = monotonic() + BEAT_SECONDS
        so_far = (rows_done, rows_total)
        show = rows_done is not None and so_far != self._shown and monotonic() >= self._next_show
        if not self._work.heartbeat(self.claim, rows_done, rows_total, show=show):
            raise Passed
        if show:
            self._shown, self._next_show = so_far, monotonic() + SHOW_SECONDS
            self._told()

    def wait(self, seconds: float) -> None:
        """Lets so much time pass, well below a lease. Raises Ended, Passed."""
        self._stopping.wait(seconds)
        self.beat()
