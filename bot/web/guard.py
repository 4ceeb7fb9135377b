"""The guard before Slack's requests over HTTP: signatures are judged on the raw bytes, before anything is parsed."""

from __future__ import annotations

import hmac
import threading
from collections import OrderedDict
from collections.abc import Callable
from hashlib import sha256
from time import time

MAX_AGE = 300
"""Seconds by which a signature's time may differ from ours, by Slack's own advice."""
SAME_MOMENT = 3
"""Seconds in which two requests that are alike, sign for sign, may both be Slack's."""


class Unsigned(Exception):
    """A request that does not prove that it is Slack's; the message is for the log and the metrics."""


class SignatureGuard:
    """Slack's request signature, version v0. Raises Unsigned where it is missing, malformed, old, wrong or seen before.

    `claim` tells of a signature and its time whether any other process has taken it, or one before this.
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
        """By digest, the second after which it is old; in bytes, since there may be many."""
        self._repeatable: set[bytes] = set()

    def check(self, timestamp: str, signature: str, body: bytes) -> None:
        """Judges the two headers over the raw body, and remembers the signature until it is old."""
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
        """Whether no process has taken it before, of a request that `check` has let pass. Asks the database."""
        if self._claim(signature, int(timestamp)):
            return True
        with self._lock:
            return _digest(signature) in self._repeatable and self._now() - int(timestamp) <= SAME_MOMENT

    def may_repeat(self, signature: str) -> None:
        """The request has nothing that tells it from another of the same second. Someone who types a letter into a
        select, takes it away and types it again is not a replay; nor is an event that Slack sends again at once.
        """
        with self._lock:
            self._repeatable.add(_digest(signature))

    def forget(self, signature: str) -> None:
        """The request was not taken: Slack may send it again."""
        with self._lock:
            self._seen.pop(_digest(signature), None)
            self._repeatable.discard(_digest(signature))


def _digest(signature: str) -> bytes:
    """Of a signature that is right."""
    return bytes.fromhex(signature.removeprefix("v0="))
