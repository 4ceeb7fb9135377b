"""Slack's rate limits: each method rests in each channel for as long as a `Retry-After` said.

Nobody sleeps because of it: a caller asks first, and takes another way.
https://docs.slack.dev/apis/web-api/rate-limits
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from time import monotonic
from typing import Any

MOST = 1_000
"""The most rests remembered at once; above it, the one that ends first is forgotten."""


class Quiet:
    """Rests by method and channel. A call without a channel has a rest for its method alone."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._until: dict[tuple[str, str], float] = {}

    def left(self, method: str, arguments: Mapping[str, Any]) -> float:
        """The seconds for which this call must not be made; 0 if it may be."""
        with self._lock:
            return max(self._until.get(_place(method, arguments), 0.0) - monotonic(), 0.0)

    def rest(self, method: str, arguments: Mapping[str, Any], seconds: float) -> None:
        """Notes that Slack asked for these seconds of rest when it answered this call."""
        now = monotonic()
        with self._lock:
            place = _place(method, arguments)
            self._until[place] = max(self._until.get(place, 0.0), now + seconds)
            if len(self._until) > MOST:
                self._until = {key: until for key, until in self._until.items() if until > now}
            if len(self._until) > MOST:
                self._until.pop(min(self._until, key=self._until.__getitem__))


def _place(method: str, arguments: Mapping[str, Any]) -> tuple[str, str]:
    return method, str(arguments.get("channel", ""))
