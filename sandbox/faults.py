"""Faults on demand: failures between the bot and the Web API, played on the next calls of a method."""

import random
import threading
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(slots=True)
class Fault:
    """One kind of failure, played `times` more times on `method` ("*" for any).

    Kinds: "429" (with Retry-After), "500", "503", "lost_before" (the connection drops and nothing happened),
    "lost_after" (the call took effect, then the connection drops), "error:<code>" (Slack refuses), "slow:<seconds>"
    (the call takes effect late), "unshared:<seconds>" (for completed uploads: Slack answers ok and shares the files
    that many seconds later; without seconds, never).
    """

    method: str
    kind: str
    times: int = 1
    retry_after: int = 1


class Faults:
    """The faults that have not been played yet, oldest first."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self._lock = threading.Lock()
        self._share = 0.0
        self._kinds: tuple[str, ...] = ()
        self._chance = random.Random()  # noqa: S311 - play

    def at_random(self, share: float, kinds: Sequence[str], seed: int) -> None:
        """Play one of the kinds on this share of all calls, from 0 to 1, until the faults are cleared."""
        with self._lock:
            self._share, self._kinds, self._chance = share, tuple(kinds), random.Random(seed)  # noqa: S311 - play

    def add(self, method: str, kind: str, times: int = 1, retry_after: int = 1) -> Fault:
        """Play `kind` on the next `times` calls of `method`; see `Fault`. Raises ValueError for an unknown kind."""
        word = kind.partition(":")[0]
        if word not in {"429", "500", "503", "lost_before", "lost_after", "error", "slow", "unshared"}:
            raise ValueError(f"Unknown kind of fault: {kind}")
        fault = Fault(method, kind, times, retry_after)
        with self._lock:
            self._faults.append(fault)
        return fault

    def take(self, method: str) -> Fault | None:
        """The fault to play on this call; counts it down."""
        with self._lock:
            for fault in self._faults:
                if fault.times > 0 and fault.method in {method, "*"}:
                    fault.times -= 1
                    return fault
            if self._chance.random() < self._share:
                return Fault(method, self._chance.choice(self._kinds))
        return None

    def clear(self) -> None:
        """Remove all faults."""
        with self._lock:
            self._faults.clear()
            self._share = 0.0
