"""The entrances to the process: Slack's, over HTTP or Socket Mode, and the pages for its operator."""

from __future__ import annotations

from slack_bolt import App
from slack_sdk import WebClient

from bot.in_flight import InFlight
from bot.metrics import Metrics
from bot.settings import Settings, split_address
from bot.socket_mode import SocketMode
from bot.web.guard import SignatureGuard
from bot.web.health import Check, Health
from bot.web.requests import Pages, Web
from bot.web.server import HttpServer
from bot.web.signatures import SharedSignatures
from store.domain.clock import Clock


class Entrances:
    """All entrances: created, opened and closed once. Raises CannotListen.

    If health and metrics have their own address, Slack's address shows no figures; it never shows details.
    """

    def __init__(
        self,
        *,
        settings: Settings,
        socket_mode: bool,
        app: App,
        client: WebClient,
        checks: dict[str, Check],
        metrics: Metrics,
        in_flight: InFlight,
        clock: Clock,
        signatures: SharedSignatures,
    ) -> None:
        self._socket = None
        if socket_mode:
            self._socket = SocketMode(app, settings.slack_app_token.get_secret_value(), client, in_flight, clock)
            checks = {**checks, "socket mode": self._socket.verdict}
        health = Health(checks, metrics, in_flight)
        apart = split_address(settings.health_address)
        pages = Pages(health, details=False, metrics=apart is None)
        web: Web | Pages = pages
        if not socket_mode:
            secret = settings.slack_signing_secret.get_secret_value()
            guard = SignatureGuard(secret, lambda: clock().timestamp(), signatures.claim)
            web = Web(app=app, guard=guard, pages=pages, metrics=metrics, in_flight=in_flight)
        self.http = HttpServer(web, settings.host, settings.port, clock)
        self.health: HttpServer | None = None
        if apart is not None:
            try:
                self.health = HttpServer(Pages(health, details=True), *apart, clock, threads=1)
            except BaseException:
                self.http.stop()
                raise

    @property
    def socket(self) -> SocketMode | None:
        """The Socket Mode client, if it is used."""
        return self._socket

    def open(self) -> None:
        """Starts to take requests. Raises what SocketMode.connect raises."""
        for server in (self.health, self.http):
            if server:
                server.start()
        if self._socket:
            self._socket.connect()

    def close(self) -> None:
        """Stops taking requests. InFlight.drain has waited for those in progress before this."""
        if self._socket:
            self._socket.close()
        for server in (self.http, self.health):
            if server:
                server.stop()
