"""Whether a process that gives up its processor to everybody else gets none at all.

Under SCHED_IDLE a process advances only where no other work of its group is to be done: a busy program beside it, for
minutes, stops it for as long. And Linux lets no process without privileges out of that policy again.
https://man7.org/linux/man-pages/man7/sched.7.html
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from time import monotonic

PATIENCE_SECONDS = 4.0
"""How long it may get next to nothing: longer than what people ask for at one moment keeps a processor busy."""
LEAST_SHARE = 0.05
"""Of a processor, where it wants one all the time."""

Look = Callable[[], "tuple[float, bool] | None"]
"""How many seconds a process has run so far, and whether it wants to run at this moment; None: nobody can tell."""


def of_process(pid: int) -> Look:
    """As Linux tells it of the process's main thread."""
    folder = Path(f"/proc/{pid}")

    def look() -> tuple[float, bool] | None:
        try:
            run = int((folder / "schedstat").read_text().split()[0])
            state = (folder / "stat").read_text().rpartition(")")[2].split()[0]
        except (OSError, IndexError, ValueError):
            return None
        return run / 1e9, state == "R"

    return look


class Starvation:
    """Watches one process; to be asked a few times a second."""

    def __init__(self, look: Look, clock: Callable[[], float] = monotonic) -> None:
        self._look = look
        self._clock = clock
        self._since: tuple[float, float] | None = None

    def noticed(self) -> bool:
        """Whether it has wanted to run for PATIENCE_SECONDS, and got less than LEAST_SHARE of a processor."""
        found, now = self._look(), self._clock()
        if found is None or not found[1]:
            self._since = None
            return False
        if self._since is None:
            self._since = (now, found[0])
            return False
        begun, had = self._since
        if now - begun < PATIENCE_SECONDS:
            return False
        self._since = None
        return found[0] - had < LEAST_SHARE * (now - begun)
