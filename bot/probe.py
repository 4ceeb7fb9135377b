"""A check of something that may hang: made at most once a second, and awaited only for a moment."""

from __future__ import annotations

import threading
from collections.abc import Callable
from time import monotonic

import structlog

log = structlog.get_logger(__name__)

FRESH_SECONDS = 1.0
PATIENCE_SECONDS = 2.0


class Probe:
    """`look` returns an empty text if all is well, otherwise the problem; it runs on its own thread.

    `fresh`: the seconds for which its answer is valid. `patience`: the seconds to wait for it.
    """

    def __init__(
        self, look: Callable[[], str], *, fresh: float = FRESH_SECONDS, patience: float = PATIENCE_SECONDS
    ) -> None:
        self._look = look
        self._fresh = fresh
        self._patience = patience
        self._condition = threading.Condition()
        self._looking = False
        self._asked = -fresh
        self._verdict = ""

    def verdict(self) -> str:
        """What the last look found; looks again if that is no longer fresh."""
        with self._condition:
            if not self._looking and monotonic() - self._asked >= self._fresh:
                self._looking, self._asked = True, monotonic()
                threading.Thread(target=self._run, name="probe", daemon=True).start()
            if not self._condition.wait_for(lambda: not self._looking, self._patience):
                return f"no answer for {monotonic() - self._asked:.0f} s"
            return self._verdict

    def _run(self) -> None:
        verdict = "could not be looked at"
        try:
            verdict = self._look()
        except Exception:
            log.exception("a look failed")
        finally:
            with self._condition:
                self._looking, self._verdict = False, verdict
                self._condition.notify_all()
