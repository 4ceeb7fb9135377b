"""What Slack sends to the app: signed HTTP to its request URL, or envelopes over Socket Mode.

It gives the app three seconds to acknowledge, retries events as Slack does, and can be told to deliver late or twice.
It must not know what a payload means.
"""

from __future__ import annotations

import hashlib
import hmac
import http.client
import json
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode, urlsplit

from sandbox.names import make_secret
from sandbox.sockets import Sockets
from sandbox.team import Team
from sandbox.values import Delivered, Json, Wire

EVENT_RETRY_DELAYS = (0.0, 60.0, 300.0)
"""Seconds before each retry of an event: almost at once, a minute, five minutes.

Source: https://docs.slack.dev/apis/events-api#retries
"""
USER_AGENT = "Slackbot 1.0 (+https://api.slack.com/robots)"


@dataclass(slots=True)
class _Delay:
    seconds: float
    kind: str | None
    times: int


class Delivery:
    """Delivers payloads to the app and takes its acknowledgements.

    `request_url` is the target of HTTP; None means Socket Mode. `log` keeps every delivery, oldest first.
    """

    def __init__(self, team: Team) -> None:
        self._team = team
        self.request_url: str | None = None
        self.sockets = Sockets(team)
        self.event_retry_delays: Sequence[float] = EVENT_RETRY_DELAYS
        self.log: list[Delivered] = []
        self._delays: list[_Delay] = []
        self._timers: set[threading.Timer] = set()
        self._stopped = False

    # --- sending -----------------------------------------------------------------------------------------------

    def send(self, kind: str, payload: Json) -> Delivered:
        """Deliver a command or interaction once; waits for the acknowledgement for at most `ack_seconds`."""
        return self._deliver(kind, payload, retry=None)

    def send_event(self, payload: Json) -> Delivered:
        """Deliver an event; returns the first attempt, and retries in the background while the event fails."""
        delivered = self._deliver("event_callback", payload, retry=None)
        self._try_again_later(delivered, 1)
        return delivered

    def verify_url(self) -> Delivered:
        """Ask the request URL to echo a challenge, as Slack does when it is entered; `failure` "refused" if wrong."""
        challenge = make_secret()
        payload = {
            "token": self._team.verification_token,
            "challenge": challenge,
            "type": "url_verification",
        }
        delivered = self._deliver("url_verification", payload, retry=None)
        body = delivered.ack_body
        echoed = body.get("challenge") if isinstance(body, dict) else body
        if delivered.ok and echoed != challenge:
            return self.refuse(delivered, "the challenge was not echoed")
        return delivered

    def duplicate(self, delivered: Delivered, attempt: int = 1, reason: str = "http_timeout") -> Delivered:
        """Send the same payload again, with the same trigger_id and event_id. Events say which attempt it is, and why.

        Returns the app's answer without acting on it.
        """
        retry = (attempt, reason) if delivered.kind == "event_callback" else None
        return self._deliver(delivered.kind, delivered.payload, retry=retry)

    def refuse(self, delivered: Delivered, detail: str) -> Delivered:
        """The same delivery, marked in the log as one whose acknowledgement Slack could not use."""
        refused = replace(delivered, failure="refused", detail=detail)
        with self._team.lock:
            self.log = [refused if each is delivered else each for each in self.log]
        return refused

    # --- trouble on demand -------------------------------------------------------------------------------------

    def delay(self, seconds: float, kind: str | None = None, times: int = 1) -> None:
        """Delay the next `times` payloads (of this kind) by `seconds`; payloads sent in the meantime overtake them."""
        with self._team.lock:
            self._delays.append(_Delay(seconds, kind, times))

    def stop(self) -> None:
        """Cancel the retries that are still to come."""
        with self._team.lock:
            self._stopped = True
            timers = tuple(self._timers)
        for timer in timers:
            timer.cancel()

    # --- inside ------------------------------------------------------------------------------------------------

    def _deliver(self, kind: str, payload: Json, retry: tuple[int, str] | None) -> Delivered:
        self._travel(kind)
        sent = Delivered(kind, payload, id=payload.get("event_id") or payload.get("trigger_id") or "")
        delivered = self.sockets.deliver(sent, retry) if self.request_url is None else self._post(sent, retry)
        with self._team.lock:
            self.log.append(delivered)
        return delivered

    def _travel(self, kind: str) -> None:
        with self._team.lock:
            waiting = next((each for each in self._delays if each.times > 0 and each.kind in {None, kind}), None)
            if waiting is None:
                return
            waiting.times -= 1
        time.sleep(waiting.seconds)

    def _try_again_later(self, delivered: Delivered, attempt: int) -> None:
        if delivered.ok or attempt > len(self.event_retry_delays) or delivered.detail == "no_retry":
            return
        reason = "http_timeout" if delivered.failure == "timeout" else "http_error"

        def again() -> None:
            with self._team.lock:
                self._timers.discard(timer)
            once_more = self._deliver("event_callback", delivered.payload, retry=(attempt, reason))
            self._try_again_later(once_more, attempt + 1)

        timer = threading.Timer(self.event_retry_delays[attempt - 1], again)
        timer.daemon = True
        with self._team.lock:
            if self._stopped:
                return
            self._timers.add(timer)
        timer.start()

    def _post(self, sent: Delivered, retry: tuple[int, str] | None) -> Delivered:
        body, content_type = _encode(sent.kind, sent.payload)
        headers = {"Content-Type": content_type, "User-Agent": USER_AGENT, "Accept": "application/json,*/*"}
        headers |= self.signature(body)
        if retry:
            headers |= {"X-Slack-Retry-Num": str(retry[0]), "X-Slack-Retry-Reason": retry[1]}
        started = time.monotonic()
        try:
            status, answer, final = _exchange(self.request_url or "", body, headers, self._team.ack_seconds)
        except TimeoutError:
            return replace(sent, failure="timeout", ack_ms=_ms_since(started))
        except (OSError, http.client.HTTPException) as error:
            return replace(sent, failure="unreachable", detail=str(error), ack_ms=_ms_since(started))
        result = replace(sent, ack_status=status, ack_body=answer, ack_ms=_ms_since(started))
        if 200 <= status < 300:
            return result
        return replace(result, failure=f"http {status}", detail="no_retry" if final else "")

    def signature(self, body: bytes, timestamp: int | None = None) -> dict[str, str]:
        """The two headers that prove that a body comes from Slack.

        Source: https://docs.slack.dev/authentication/verifying-requests-from-slack
        """
        # The receiver compares it with the real time, so the workspace's own clock must not be used here.
        stamp = str(int(time.time()) if timestamp is None else timestamp)
        base = b":".join((b"v0", stamp.encode(), body))
        digest = hmac.new(self._team.signing_secret.encode(), base, hashlib.sha256).hexdigest()
        return {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": f"v0={digest}"}


def _encode(kind: str, payload: Json) -> tuple[bytes, str]:
    if kind in {"event_callback", "url_verification"}:
        return json.dumps(payload).encode(), "application/json"
    form = payload if kind == "command" else {"payload": json.dumps(payload)}
    return urlencode(form).encode(), "application/x-www-form-urlencoded"


def _exchange(url: str, body: bytes, headers: dict[str, str], seconds: float) -> tuple[int, Any, bool]:
    """Status, parsed body, and whether the app asked for no retry. `seconds` limits all of it together."""
    parts = urlsplit(url)
    deadline = time.monotonic() + seconds
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=seconds)
    try:
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request("POST", path, body, headers)
        if connection.sock is not None:
            connection.sock.settimeout(max(0.001, deadline - time.monotonic()))
        response = connection.getresponse()
        answer = response.read()
        return response.status, parse_body(answer), response.headers.get("X-Slack-No-Retry") == "1"
    finally:
        connection.close()


def parse_body(body: bytes) -> Wire:
    """The body of an acknowledgement: its JSON, else its text, else None."""
    words = body.decode("utf-8", "replace").strip()
    if not words:
        return None
    try:
        return json.loads(words)
    except ValueError:
        return words


def _ms_since(started: float) -> float:
    return (time.monotonic() - started) * 1000
