"""Repeated deliveries: each is worked on once, and a repetition gets the acknowledgement of the first."""

from __future__ import annotations

import json
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from time import monotonic
from typing import Any

from handlers.kit.replies import Reply

MOST_BYTES = 4 << 20
"""Bytes of keys and acknowledgements, with Python's overhead. Above it, the oldest is forgotten."""
MOST_SECONDS = 600.0
"""Slack repeats an event within six minutes, and never repeats clicks and commands on purpose. The database remembers
for longer what has an effect.
"""
WAITING = 8
"""The most repetitions that wait at a time, each on one of the answering threads."""
_ENTRY_BYTES = 400


class Unanswered(Exception):
    """There is no acknowledgement, because the work is not done: Slack may send the request again."""


@dataclass(slots=True, eq=False)
class _Entry:
    at: float
    ack: bytes | None = None
    """None while the first delivery is in progress."""
    failed: bool = False


class Repetitions:
    """Deliveries by key. `clock` returns seconds from any starting point."""

    def __init__(
        self, most_bytes: int = MOST_BYTES, most_seconds: float = MOST_SECONDS, clock: Callable[[], float] = monotonic
    ) -> None:
        self._most_bytes = most_bytes
        self._most_seconds = most_seconds
        self._clock = clock
        self._changed = threading.Condition()
        self._entries: OrderedDict[str, _Entry] = OrderedDict()
        self._waiting = 0
        self.bytes = 0
        """Approximate size of what is kept."""

    def once(
        self, key: str, answer: Callable[[], Reply], seconds: Callable[[], float]
    ) -> tuple[Mapping[str, Any] | None, bool]:
        """The acknowledgement, and whether it is of an earlier delivery of that key.

        A repetition waits for the first, at most `seconds`. Raises Unanswered if the first does not end by then, or
        fails, or too many others wait already; and whatever `answer` raises.
        """
        if not key or key.endswith(":"):
            return answer().ack, False
        with self._changed:
            entry = self._entries.get(key)
            if entry is not None:
                return self._repeat(entry, seconds), True
            entry = self._entries[key] = _Entry(self._clock())
            self.bytes += _ENTRY_BYTES + len(key)
        try:
            ack = answer().ack
            kept = json.dumps(ack, separators=(",", ":")).encode() if ack else b""
        except BaseException:
            with self._changed:
                entry.failed = True
                if self._entries.get(key) is entry:
                    self._forget(key)
                self._changed.notify_all()
            raise
        with self._changed:
            entry.ack = kept
            if self._entries.get(key) is entry:
                self.bytes += len(kept)
            self._forget_old()
            self._changed.notify_all()
        return ack, False

    def _repeat(self, entry: _Entry, seconds: Callable[[], float]) -> Mapping[str, Any] | None:
        left = seconds()
        if entry.ack is None and not entry.failed and left > 0 and self._waiting < WAITING:
            self._waiting += 1
            try:
                self._changed.wait_for(lambda: entry.ack is not None or entry.failed, left)
            finally:
                self._waiting -= 1
        if entry.ack is None:
            raise Unanswered
        return json.loads(entry.ack) if entry.ack else None

    def _forget_old(self) -> None:
        before = self._clock() - self._most_seconds
        while self._entries:
            key, entry = next(iter(self._entries.items()))
            if self.bytes <= self._most_bytes and entry.at >= before:
                return
            self._forget(key)

    def _forget(self, key: str) -> None:
        entry = self._entries.pop(key)
        self.bytes -= _ENTRY_BYTES + len(key) + len(entry.ack or b"")
