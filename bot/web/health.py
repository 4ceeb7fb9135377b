"""`/healthz`, `/readyz` and `/metrics`, for the bot's operator and load balancer."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping

import structlog

from bot.in_flight import InFlight
from bot.metrics import Metrics
from bot.web.answer import Answer

log = structlog.get_logger(__name__)

Check = Callable[[], str]
"""Returns an empty text if a part is fine, otherwise what is wrong with it."""
ALIVE = "/healthz"
READY = "/readyz"
METRICS = "/metrics"


class Health:
    """The three pages. A changed problem of a part goes to the log, and to pages with `details`."""

    def __init__(self, checks: Mapping[str, Check], metrics: Metrics, in_flight: InFlight) -> None:
        self._checks = checks
        self._metrics = metrics
        self._in_flight = in_flight
        self._lock = threading.Lock()
        self._told: dict[str, str] = {}

    def page(self, path: str, *, details: bool, metrics: bool = True) -> Answer:
        """The page; 404 if it does not exist.

        Without `details`, `/readyz` shows only ok or not ok for each part: reasons name hosts, databases and error
        codes.
        """
        if path == ALIVE:
            return Answer(200, b"alive\n")
        if path == READY:
            return self._ready(details=details)
        if path == METRICS and metrics:
            return Answer(200, self._metrics.render(), "text/plain; version=0.0.4; charset=utf-8")
        return Answer(404)

    def _ready(self, *, details: bool) -> Answer:
        wrong = {name: check() for name, check in self._checks.items()}
        if self._in_flight.draining:
            wrong["process"] = "shutting down"
        self._note(wrong)
        told = {name: ((reason if details else "not ok") if reason else "ok") for name, reason in wrong.items()}
        status = 503 if any(wrong.values()) else 200
        return Answer(status, json.dumps(told).encode() + b"\n", "application/json")

    def _note(self, wrong: Mapping[str, str]) -> None:
        with self._lock:
            changed = {name: reason for name, reason in wrong.items() if reason != self._told.get(name, "")}
            self._told = dict(wrong)
        for name, reason in changed.items():
            if reason:
                log.warning("a part is not ready", part=name, reason=reason)
            else:
                log.info("a part is ready again", part=name)
