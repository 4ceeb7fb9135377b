"""The signatures that were taken, shared with every process on the database, now and later."""

from __future__ import annotations

import threading
from collections import deque
from datetime import UTC, datetime
from hashlib import sha256

import structlog

from bot.metrics import Metrics
from store.domain.errors import DatabaseBusy, DatabaseUnavailable
from store.services.signatures import Signatures

log = structlog.get_logger(__name__)

_MOST_UNSHARED = 10_000


class SharedSignatures:
    """Checks signatures against the database.

    If the database takes no writes, it is only read; if it cannot be read either, the request is taken. Otherwise
    nobody could work for as long as it takes no writes; and a copy only helps an attacker at another process, for
    requests that this one took meanwhile. What could not be written is written later.
    """

    def __init__(self, signatures: Signatures, metrics: Metrics) -> None:
        self._signatures = signatures
        self._metrics = metrics
        self._lock = threading.Lock()
        self._unshared: deque[tuple[str, datetime]] = deque(maxlen=_MOST_UNSHARED)

    def claim(self, signature: str, signed_at: int) -> bool:
        """Whether no process has taken it before. `signed_at`: its time, in seconds since 1970."""
        entry = (sha256(signature.encode()).hexdigest(), datetime.fromtimestamp(signed_at, UTC))
        try:
            return self._signatures.take(*entry)
        except (DatabaseBusy, DatabaseUnavailable) as error:
            self._keep_for_later(entry, type(error).__name__)
        try:
            return not self._signatures.is_taken(entry[0])
        except (DatabaseBusy, DatabaseUnavailable):
            return True

    def _keep_for_later(self, entry: tuple[str, datetime], reason: str) -> None:
        self._metrics.unshared_signatures.inc()
        with self._lock:
            begins = not self._unshared
            self._unshared.append(entry)
        if begins:
            log.warning("signatures are not shared for now", reason=reason)

    def look_after(self) -> None:
        """Writes what could not be written before, and deletes what is old."""
        while True:
            with self._lock:
                entry = self._unshared.popleft() if self._unshared else None
            if entry is None:
                break
            try:
                self._signatures.take(*entry)
            except (DatabaseBusy, DatabaseUnavailable):
                with self._lock:
                    self._unshared.appendleft(entry)
                return
        self._signatures.forget_old()
