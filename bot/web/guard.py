"""The guard before Slack's requests over HTTP: it checks signatures on the raw bytes, before anything is parsed."""

from __future__ import annotations

import hmac
import threading
from collections import OrderedDict
from collections.abc import Callable
from hashlib import sha256
from time import time

MAX_AGE = 300
"""Seconds by which a signature's time may differ from ours, as Slack recommends."""
SAME_MOMENT = 3
"""Seconds within which two identical requests may both be Slack's."""


class Unsigned(Exception):
    """A request without proof that it is Slack's. The message is for the log and the metrics."""


class SignatureGuard:
    """Checks Slack's request signature, version v0. Raises Unsigned if it is missing, malformed, old, wrong or a
    repeat.

    `claim` takes a signature and its time, and returns whether no other process, now or earlier, has taken it.
    https://docs.slack.dev/authentication/verifying-requests-from-slack
    """

    def __init__(
        self, secret: str, now: Callable[[], float] = time, claim: Callable[[str, int], bool] = lambda *_: True
    ) -> None:
        self._secret = secret.encode()
        self._now = now
        self._claim = claim
        self._lock = threading.Lock()
        self._seen: OrderedDict[bytes, int] = OrderedDict()
        """By digest, the second after which it is old. Digests are bytes, since there may be many."""
        self._repeatable: set[bytes] = set()

    def check(self, timestamp: str, signature: str, body: bytes) -> None:
        """Checks the two headers against the raw body, and remembers the signature until it is old."""
        if not timestamp or not signature:
            raise Unsigned("missing")
        if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12):
            raise Unsigned("malformed")
        now = self._now()
        if abs(now - int(timestamp)) > MAX_AGE:
            raise Unsigned("old")
        expected = "v0=" + hmac.new(self._secret, b"v0:" + timestamp.encode() + b":" + body, sha256).hexdigest()
        if not hmac.compare_digest(expected.encode(), signature.encode("utf-8", "replace")):
            raise Unsigned("wrong")
        digest = _digest(signature)
        with self._lock:
            while self._seen and now > next(iter(self._seen.values())):
                self._repeatable.discard(self._seen.popitem(last=False)[0])
            if digest in self._seen and not (digest in self._repeatable and now - int(timestamp) <= SAME_MOMENT):
                raise Unsigned("replayed")
            self._seen[digest] = int(timestamp) + MAX_AGE

    def is_first(self, timestamp: str, signature: str) -> bool:
        """Whether no process has taken this signature before; `check` has let it pass. Asks the database."""
        if self._claim(signature, int(timestamp)):
            return True
        with self._lock:
            return _digest(signature) in self._repeatable and self._now() - int(timestamp) <= SAME_MOMENT

    def may_repeat(self, signature: str) -> None:
        """Permits the signature again: nothing tells this request apart from another of the same second. Typing a
        letter into a select, deleting it and typing it again is not a replay; nor is an event that Slack sends again at
        once.
        """
        with self._lock:
            self._repeatable.add(_digest(signature))

    def forget(self, signature: str) -> None:
        """Forgets the signature of a request that was not taken: Slack may send it again."""
        with self._lock:
            self._seen.pop(_digest(signature), None)
            self._repeatable.discard(_digest(signature))


def _digest(signature: str) -> bytes:
    """The digest of a valid signature."""
    return bytes.fromhex(signature.removeprefix("v0="))
