"""The composition root: settings in, a bot out. The only place that knows how the parts fit together."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import NoReturn

import structlog
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.app import build_app
from bot.boundary import Boundary
from bot.deps import build_deps
from bot.entrances import Entrances
from bot.exports.worker import ExportWorker
from bot.in_flight import InFlight
from bot.metrics import Metrics
from bot.outbox.pump import FILE_SENDERS, OutboxPump
from bot.parts import DRAIN_SECONDS, RunningPart, RunningParts, end_at_signal, nothing
from bot.probe import Probe
from bot.scheduler import Tick, Ticker
from bot.settings import Settings, SettingsError
from bot.slack.asking import TO_ANSWER, Asking
from bot.slack.channels import Channels
from bot.slack.directory import Directory
from bot.slack.home import SlackRefused, meet
from bot.ticks import CLOCK_SECONDS, SlackHealth, ticks_of
from bot.web.server import HttpServer
from bot.web.signatures import SharedSignatures
from handlers import NOTICES, ROUTES
from handlers.kit.interaction import LATE
from handlers.kit.route import Route
from store.database import Database
from store.domain.clock import Clock
from store.domain.outbox import Lane
from store.services import schema
from store.services.adjustments.records import APPROVALS
from store.services.deliveries import Deliveries
from store.services.exports.work import ExportWork
from store.services.health import DatabaseClock, write_verdict
from store.services.members import Members
from store.services.outbox import Outbox
from store.services.signatures import Signatures
from store.work import Work

log = structlog.get_logger(__name__)

SLACK_TIMEOUT = 5
"""Seconds for an answer of the Web API."""
AFTER_THREADS = 16


def web_client(settings: Settings) -> WebClient:
    """A client of the Web API. It repeats nothing by itself: a write whose answer was lost would be done twice."""
    return WebClient(
        token=settings.slack_bot_token.get_secret_value(),
        base_url=settings.slack_api_url,
        timeout=SLACK_TIMEOUT,
        retry_handlers=[],
    )


class Bot:
    """A bot: built, started, stopped once. It goes by the database's clock, unless `clock` is given.

    Building it brings the schema up to date and meets the workspace. `late`: how long after receipt a request still has
    an effect; Slack's own patience, unless a test has more.

    Raises SlackRefused, SchemaTooNew, DatabaseInUse, CannotListen, or SettingsError where the exports have no place.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        socket_mode: bool,
        routes: Iterable[Route] = ROUTES,
        clock: Clock | None = None,
        late: timedelta = LATE,
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._scope = ExitStack()
        self._in_flight = InFlight()
        self._after = ThreadPoolExecutor(AFTER_THREADS, thread_name_prefix="after")
        self.metrics = Metrics()
        try:
            self._build(socket_mode, tuple(routes), late)
        except BaseException:
            self._scope.close()
            raise

    def _build(self, socket_mode: bool, routes: tuple[Route, ...], late: timedelta) -> None:
        settings = self._settings
        self._database = database = Database(settings.database_url.get_secret_value(), mapped=True)
        self._scope.callback(database.close)
        schema.upgrade(database)
        self._scope.enter_context(schema.hold(database))
        watch = DatabaseClock(database)
        clock = self._clock or watch
        client = web_client(settings)
        home = meet(client, settings.slack_team_id, Members(database, clock).workspace())
        asking = Asking()
        self._scope.callback(asking.close)
        channels = Channels(client, home.bot_user_id)
        look = partial(channels.look_in_time, asking, seconds=(late - TO_ANSWER).total_seconds())
        try:
            deps = build_deps(database, settings, clock, channels=look, late=late)
        except OSError as error:
            folder = settings.desk_export_dir
            raise SettingsError([f"DESK_EXPORT_DIR: {folder} cannot be made a folder: {error.strerror}"]) from None
        deps.members.meet_workspace(home.team_id)
        deps.adjustments.note_policy()
        directory = Directory(client, asking, settings.desk_time_zone, settings.desk_locale)
        outbox = Outbox(database, clock)
        pump_of = partial(
            OutboxPump,
            outbox=outbox,
            notices=NOTICES,
            deps=replace(deps, channels=channels.look),
            client=client,
            directory=directory,
            recipients={APPROVALS: settings.desk_approvals_channel},
            metrics=self.metrics,
        )
        files = frozenset(notice.kind for notice in NOTICES if notice.files)
        pump, file_pump = pump_of(lane=Lane(files)), pump_of(lane=Lane(files, others=False), senders=FILE_SENDERS)
        work = ExportWork(
            database,
            clock,
            settings.desk_export_dir,
            timedelta(days=settings.desk_export_retention_days),
            admins=settings.desk_admins,
        )
        self._worker = worker = ExportWorker(work=work, metrics=self.metrics, clock=clock, told=pump.wake)
        database.workers.listen(Work.NEWS, pump.wake)
        database.workers.listen(Work.NEWS, file_pump.wake)
        database.workers.listen(Work.EXPORTS, worker.wake)
        boundary = Boundary(
            deps=deps,
            routes=routes,
            home=home,
            directory=directory,
            client=client,
            after=self._after,
            metrics=self.metrics,
            keep=outbox.tell,
            first_admins=settings.desk_admins,
        )
        slack = SlackHealth(client)
        signatures = SharedSignatures(Signatures(database, clock), self.metrics)
        ticks = ticks_of(
            deps=deps,
            outbox=outbox,
            pump=pump,
            worker=worker,
            deliveries=Deliveries(database, clock),
            signatures=signatures,
            slack=slack,
        )
        if self._clock is None:
            ticks.append(Tick("clock", CLOCK_SECONDS, watch.look))
        ticker = Ticker(ticks)
        self._entrances = entrances = Entrances(
            settings=settings,
            socket_mode=socket_mode,
            app=build_app(boundary, home, settings.slack_api_url, settings.slack_bot_token.get_secret_value()),
            client=client,
            checks={
                "database": Probe(partial(write_verdict, database, clock)).verdict,
                **({"clock": watch.verdict} if self._clock is None else {}),
                "ticker": ticker.verdict,
                "slack": slack.verdict,
                "outbox": pump.verdict,
                "files": file_pump.verdict,
                "exports": worker.verdict,
            },
            metrics=self.metrics,
            in_flight=self._in_flight,
            clock=clock,
            signatures=signatures,
        )
        # To be read upwards for the end: nothing new is taken, what was taken is finished, then all is closed.
        self._parts = RunningParts(
            (
                RunningPart(nothing, lambda _: entrances.close()),
                RunningPart(nothing, self._finish),
                RunningPart(pump.start, lambda _: pump.stop(DRAIN_SECONDS / 5)),
                # It ends by itself as soon as the call of Slack's that it is in is answered.
                RunningPart(file_pump.start, file_pump.stop),
                RunningPart(worker.start, worker.stop),
                RunningPart(nothing, self._drain),
                RunningPart(ticker.start, lambda _: ticker.stop()),
                RunningPart(nothing, lambda _: file_pump.end()),
                RunningPart(entrances.open, lambda _: worker.end()),
            )
        )

    def start(self) -> None:
        """Takes requests from then on. Raises SlackRefused; then it has stopped."""
        try:
            self._parts.start()
        except SlackApiError as error:
            self._scope.close()
            raise SlackRefused(f"Slack refuses the app token: {error.response.get('error', '')}") from None
        except OSError as error:
            self._scope.close()
            raise SlackRefused(f"Slack cannot be reached over Socket Mode: {error}") from None
        socket_mode = self._entrances.socket is not None
        log.info("serving", address=self.http.address, socket_mode=socket_mode, database=self._database.name)

    @property
    def http(self) -> HttpServer:
        """Where it is reached over HTTP."""
        return self._entrances.http

    @property
    def health(self) -> HttpServer | None:
        """Where health and metrics are told in full, if they have an address of their own."""
        return self._entrances.health

    def stop(self) -> None:
        """Takes nothing new, finishes what was taken (up to 5 s), and closes everything."""
        self._parts.stop()
        self._scope.close()
        log.info("stopped")

    def run_until_signal(self) -> NoReturn:
        """Blocks until SIGTERM or SIGINT, then stops in order and ends the process, within 8 seconds."""
        end_at_signal(self.stop)

    def _drain(self, seconds: float) -> None:
        if not self._in_flight.drain(seconds):
            log.warning("some requests did not end in time")

    def _finish(self, _seconds: float) -> None:
        """What is drawn after an acknowledgement."""
        finished = threading.Thread(target=self._after.shutdown, daemon=True)
        finished.start()
        finished.join(DRAIN_SECONDS / 2)
