"""The WSGI applications: Slack's requests over HTTP, behind their guard, and the pages next to them.

The guard comes before Bolt: it checks method, size and signature on the raw bytes, and nothing is parsed before the
signature is right.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from slack_bolt import App

from bot.bolt_request import bolt_request
from bot.in_flight import InFlight
from bot.metrics import Metrics
from bot.receipt import Receipt
from bot.web.answer import Answer, send
from bot.web.guard import SignatureGuard, Unsigned
from bot.web.health import Health
from bot.web.payload import MAX_BODY, is_certificate_check, read_payload

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment

SLACK = "/slack/events"
"""The path to which Slack sends everything."""
BEGUN = "order_desk.begun"
"""In the WSGI environment: when the request's first byte arrived."""


class Pages:
    """The pages alone: with `details` at their own address, without details if Slack and others come there, too."""

    def __init__(self, health: Health, *, details: bool, metrics: bool = True) -> None:
        self._health = health
        self._details = details
        self._metrics = metrics

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        method = environ["REQUEST_METHOD"]
        answer = Answer(404)
        if method in ("GET", "HEAD"):
            path = environ.get("PATH_INFO", "")
            answer = self._health.page(path, details=self._details, metrics=self._metrics)
        send(start_response, answer, method)
        return ()


class Web:
    """Slack's requests, and `pages` at every other path."""

    def __init__(self, *, app: App, guard: SignatureGuard, pages: Pages, metrics: Metrics, in_flight: InFlight) -> None:
        self._app = app
        self._guard = guard
        self._pages = pages
        self._metrics = metrics
        self._in_flight = in_flight

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if environ.get("PATH_INFO") != SLACK:
            return self._pages(environ, start_response)
        method = environ["REQUEST_METHOD"]
        if method == "POST":
            self._slack(environ, start_response)
        else:
            send(start_response, Answer(405), method)
        return ()

    def _slack(self, environ: WSGIEnvironment, start_response: StartResponse) -> None:
        try:
            length = int(environ.get("CONTENT_LENGTH") or 0)
        except ValueError:
            return send(start_response, Answer(400))
        if length > MAX_BODY:
            self._metrics.refused_requests.labels("too large").inc()
            return send(start_response, Answer(413))
        body = environ["wsgi.input"].read(length)
        if is_certificate_check(body, environ.get("CONTENT_TYPE", "")):
            return send(start_response, Answer(200))
        timestamp = environ.get("HTTP_X_SLACK_REQUEST_TIMESTAMP", "")
        signature = environ.get("HTTP_X_SLACK_SIGNATURE", "")
        try:
            self._guard.check(timestamp, signature, body)
        except Unsigned as refusal:
            self._metrics.refused_requests.labels(str(refusal)).inc()
            return send(start_response, Answer(401))
        if not self._in_flight.enter():
            self._guard.forget(signature)
            return send(start_response, Answer(503, b"shutting down\n"))
        receipt = Receipt(environ[BEGUN], partial(self._guard.is_first, timestamp, signature))
        try:
            answer = self._answer(environ, body, receipt)
            if answer.status == 503:
                self._guard.forget(signature)
            send(start_response, answer)
        finally:
            # In this order, and the second whatever the first does: a pool may have been shut down meanwhile.
            try:
                receipt.answered()
            finally:
                self._in_flight.leave()

    def _answer(self, environ: WSGIEnvironment, body: bytes, receipt: Receipt) -> Answer:
        try:
            payload = read_payload(body, environ.get("CONTENT_TYPE", ""))
            if payload.get("type") in ("block_suggestion", "event_callback"):
                self._guard.may_repeat(environ.get("HTTP_X_SLACK_SIGNATURE", ""))
            return self._dispatch(environ, payload, receipt)
        except ValueError:
            self._metrics.refused_requests.labels("odd").inc()
            return Answer(400)

    def _dispatch(self, environ: WSGIEnvironment, payload: dict[str, Any], receipt: Receipt) -> Answer:
        headers: dict[str, str | Sequence[str]] = {"content-type": environ.get("CONTENT_TYPE", "")}
        for name in ("HTTP_X_SLACK_RETRY_NUM", "HTTP_X_SLACK_RETRY_REASON"):
            if name in environ:
                headers[name[5:].lower().replace("_", "-")] = environ[name]
        request = bolt_request(payload, receipt, headers)
        response = self._app.dispatch(request)
        content_type = (response.headers.get("content-type") or ["text/plain; charset=utf-8"])[0]
        return Answer(response.status, (response.body or "").encode(), content_type)
