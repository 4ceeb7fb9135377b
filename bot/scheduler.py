"""The clock's ticks. APScheduler only ticks; the database decides whether there is something to do."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from time import monotonic

import structlog
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Tick:
    """Work that is repeated at an interval, in seconds."""

    name: str
    seconds: float
    run: Callable[[], None]


class Ticker:
    """Runs ticks until it is stopped. A tick that fails is logged and ticks again; it never runs twice at once."""

    def __init__(self, ticks: Iterable[Tick]) -> None:
        self._beat = Tick("heartbeat", 1.0, self._touch)
        self._last = 0.0
        self._lock = threading.Lock()
        self._scheduler = BackgroundScheduler(
            timezone=UTC,
            executors={"default": ThreadPoolExecutor(8)},
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )
        for tick in (self._beat, *ticks):
            self._scheduler.add_job(
                _guarded, "interval", args=(tick,), seconds=tick.seconds, id=tick.name, next_run_time=datetime.now(UTC)
            )

    def start(self) -> None:
        """Starts; every tick runs at once for the first time."""
        self._touch()
        self._scheduler.start()

    def stop(self, seconds: float = 1.0) -> None:
        """Starts no further tick, and waits for running ones, at most `seconds`."""
        if not self._scheduler.running:
            return
        ending = threading.Thread(target=self._scheduler.shutdown, daemon=True)
        ending.start()
        ending.join(seconds)

    def verdict(self) -> str:
        """Empty while it ticks, otherwise for how long it has not ticked."""
        with self._lock:
            silent = monotonic() - self._last
        return "" if silent < 10 else f"no tick for {silent:.0f} s"

    def _touch(self) -> None:
        with self._lock:
            self._last = monotonic()


def _guarded(tick: Tick) -> None:
    try:
        tick.run()
    except Exception:
        log.exception("a tick failed", tick=tick.name)
