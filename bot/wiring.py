"""The composition root: settings in, a bot out. The only place that knows how the parts fit together."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from functools import partial
from queue import SimpleQueue
from time import monotonic
from typing import NoReturn

import structlog
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.app import build_app
from bot.boundary import Boundary
from bot.entrances import Entrances
from bot.exports.posting import Posting
from bot.exports.worker import ExportWorker
from bot.in_flight import InFlight
from bot.metrics import Metrics
from bot.outbox.pump import FILE_SENDERS, OutboxPump
from bot.probe import Probe
from bot.scheduler import Tick, Ticker
from bot.settings import Settings, SettingsError
from bot.slack.asking import TO_ANSWER, Asking
from bot.slack.channels import Channels
from bot.slack.directory import Directory
from bot.slack.home import SlackRefused, greet, meet
from bot.slack.uploads import Uploads
from bot.web.health import Check
from bot.web.server import HttpServer
from bot.web.signatures import SharedSignatures
from handlers import NOTICES, ROUTES
from handlers.kit.channels import ChannelLook, no_channel
from handlers.kit.deps import Deps
from handlers.kit.formats import Audience
from handlers.kit.interaction import LATE
from handlers.kit.messages import tried_again
from handlers.kit.route import Route
from store.database import Database
from store.domain.adjustments.policy import Policy
from store.domain.clock import Clock, system_clock
from store.domain.outbox import Lane
from store.services import schema
from store.services.adjustments.adjustments import Adjustments
from store.services.adjustments.records import APPROVALS
from store.services.deliveries import Deliveries
from store.services.exports.downloads import Downloads
from store.services.exports.exports import Exports
from store.services.exports.work import ExportWork
from store.services.health import DatabaseClock, write_verdict
from store.services.members import Members
from store.services.orders.orders import Orders
from store.services.orders.sharing import Sharing
from store.services.outbox import Outbox
from store.services.signatures import Signatures
from store.work import Work

log = structlog.get_logger(__name__)

SLACK_TIMEOUT = 5
"""Seconds for an answer of the Web API."""
AFTER_THREADS = 16
DRAIN_SECONDS = 5.0
EXIT_SECONDS = 6.5
"""After this long an orderly shutdown is over, whatever still hangs."""
SLACK_CHECK_SECONDS = 60.0
CLOCK_SECONDS = 5.0
ADJUSTMENTS_SECONDS = 2.0
OUTBOX_SECONDS = 5.0
EXPORTS_SECONDS = 5.0
RETENTION_SECONDS = 300.0
FORGET_SECONDS = 21_600.0
SIGNATURES_SECONDS = 30.0
PARKED_SECONDS = 300.0
"""How soon news follow once the reason of Slack's refusal is fixed, as when the bot is invited to the channel."""


def web_client(settings: Settings) -> WebClient:
    """A client of the Web API. It repeats nothing by itself: a write whose answer was lost would be done twice."""
    return WebClient(
        token=settings.slack_bot_token.get_secret_value(),
        base_url=settings.slack_api_url,
        timeout=SLACK_TIMEOUT,
        retry_handlers=[],
    )


def build_policy(settings: Settings) -> Policy:
    """Who must approve what. Raises InvalidPolicy."""
    return Policy.of(
        settings.desk_max_discount_percent, settings.desk_max_discount_by_product, settings.desk_approval_tiers
    )


def build_deps(
    database: Database,
    settings: Settings,
    clock: Clock = system_clock,
    *,
    channels: ChannelLook = no_channel,
    late: timedelta = LATE,
) -> Deps:
    """The services that listeners work with. Makes the folder for exports."""
    return Deps(
        orders=Orders(database, clock),
        members=Members(database, clock, settings.desk_admins),
        adjustments=Adjustments(
            database,
            clock,
            build_policy(settings),
            admins=settings.desk_admins,
            remind_after=timedelta(hours=float(settings.desk_approval_reminder_hours)),
        ),
        exports=Exports(
            database,
            clock,
            settings.desk_export_dir,
            admins=settings.desk_admins,
        ),
        sharing=Sharing(database, clock, admins=settings.desk_admins),
        downloads=Downloads(database, clock, settings.desk_export_dir, admins=settings.desk_admins),
        clock=clock,
        audience=Audience(settings.desk_time_zone, settings.desk_locale),
        approvals_channel=settings.desk_approvals_channel,
        channels=channels,
        late=late,
    )


class SlackHealth:
    """Whether Slack still knows the bot's token, as the last look told."""

    def __init__(self, client: WebClient) -> None:
        self._client = client
        self._verdict = ""

    def look(self) -> None:
        """Asks Slack."""
        try:
            greet(self._client)
        except SlackRefused as refusal:
            self._verdict = str(refusal)
            log.warning("Slack does not answer as it should", reason=str(refusal))
        else:
            self._verdict = ""

    def verdict(self) -> str:
        """Empty where all is well."""
        return self._verdict


class Bot:
    """A bot that runs: built, started, stopped once. It goes by the database's clock, unless `clock` is given.

    `late`: how long after receipt a request still has an effect; Slack's own patience, unless a test has more.

    `start` raises SlackRefused, SchemaTooNew, DatabaseInUse, or SettingsError where the exports have no place.
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
        self._socket_mode = socket_mode
        self._routes = tuple(routes)
        self._clock = clock
        self._late = late
        self._scope = ExitStack()
        self._in_flight = InFlight()
        self._after = ThreadPoolExecutor(AFTER_THREADS, thread_name_prefix="after")
        self.metrics = Metrics()
        self._entrances: Entrances | None = None
        self._ticker: Ticker | None = None
        self._pump: OutboxPump | None = None
        self._files: OutboxPump | None = None
        self._worker: ExportWorker | None = None

    def start(self) -> None:
        """Brings the schema up to date, meets the workspace, and takes requests from then on."""
        try:
            self._start()
        except BaseException:
            self._scope.close()
            raise

    def _start(self) -> None:
        settings = self._settings
        database = Database(settings.database_url.get_secret_value(), mapped=True)
        self._scope.callback(database.close)
        schema.upgrade(database)
        self._scope.enter_context(schema.hold(database))
        clock, ticks, checks = self._clock, list[Tick](), dict[str, Check]()
        if clock is None:
            clock = watch = DatabaseClock(database)
            ticks.append(Tick("clock", CLOCK_SECONDS, watch.look))
            checks["clock"] = watch.verdict
        client = web_client(settings)
        home = meet(client, settings.slack_team_id, Members(database, clock).workspace())
        asking = Asking()
        self._scope.callback(asking.close)
        channels = Channels(client, home.bot_user_id)
        look = partial(channels.look_in_time, asking, seconds=(self._late - TO_ANSWER).total_seconds())
        try:
            deps = build_deps(database, settings, clock, channels=look, late=self._late)
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
        self._pump = pump = pump_of(lane=Lane(files))
        self._files = file_pump = pump_of(lane=Lane(files, others=False), senders=FILE_SENDERS)
        work = ExportWork(
            database,
            clock,
            settings.desk_export_dir,
            timedelta(days=settings.desk_export_retention_days),
            admins=settings.desk_admins,
        )
        self._worker = worker = ExportWorker(
            work=work,
            posting=Posting(
                exports=deps.exports,
                work=work,
                uploads=Uploads(client, self.metrics),
                channels=channels,
                directory=directory,
                desk=deps.audience,
            ),
            metrics=self.metrics,
            clock=clock,
            told=pump.wake,
        )
        for work_left, wake in (
            (Work.NEWS, pump.wake),
            (Work.NEWS, file_pump.wake),
            (Work.EXPORTS, worker.wake),
        ):
            database.workers.listen(work_left, wake)
        boundary = Boundary(
            deps=deps,
            routes=self._routes,
            home=home,
            directory=directory,
            client=client,
            after=self._after,
            metrics=self.metrics,
            keep=outbox.tell,
            first_admins=settings.desk_admins,
        )
        app = build_app(boundary, home, settings.slack_api_url, settings.slack_bot_token.get_secret_value())
        slack = SlackHealth(client)
        deliveries = Deliveries(database, clock)
        signatures = SharedSignatures(Signatures(database, clock), self.metrics)
        ticks += [
            Tick("slack", SLACK_CHECK_SECONDS, slack.look),
            Tick("signatures", SIGNATURES_SECONDS, signatures.look_after),
            *_ticks(deps, outbox, pump, worker, deliveries),
        ]
        self._ticker = Ticker(ticks)
        checks |= {
            "database": Probe(partial(write_verdict, database, clock)).verdict,
            "ticker": self._ticker.verdict,
            "slack": slack.verdict,
            "outbox": pump.verdict,
            "files": file_pump.verdict,
            "exports": worker.verdict,
        }
        self._entrances = entrances = Entrances(
            settings=settings,
            socket_mode=self._socket_mode,
            app=app,
            client=client,
            checks=checks,
            metrics=self.metrics,
            in_flight=self._in_flight,
            clock=clock,
            signatures=signatures,
        )
        self._ticker.start()
        pump.start()
        file_pump.start()
        worker.start()
        self._open(entrances)
        log.info("serving", address=entrances.http.address, socket_mode=self._socket_mode, database=database.name)

    def _open(self, entrances: Entrances) -> None:
        try:
            entrances.open()
        except SlackApiError as error:
            self.stop()
            raise SlackRefused(f"Slack refuses the app token: {error.response.get('error', '')}") from None
        except OSError as error:
            self.stop()
            raise SlackRefused(f"Slack cannot be reached over Socket Mode: {error}") from None

    @property
    def http(self) -> HttpServer | None:
        """Where it is reached over HTTP, once it has started."""
        return self._entrances.http if self._entrances else None

    @property
    def health(self) -> HttpServer | None:
        """Where health and metrics are told in full, if they have an address of their own."""
        return self._entrances.health if self._entrances else None

    def stop(self) -> None:
        """Takes nothing new, finishes what was taken (up to 5 s), and closes everything."""
        begun = monotonic()
        if self._worker:
            self._worker.end()
        if self._ticker:
            self._ticker.stop()
        if not self._in_flight.drain(DRAIN_SECONDS):
            log.warning("some requests did not end in time")
        if self._worker:
            # It ends by itself as soon as the call of Slack's that it is in is answered.
            self._worker.stop(max(begun + DRAIN_SECONDS - monotonic(), DRAIN_SECONDS / 5))
        for pump in (self._files, self._pump):
            if pump:
                pump.stop(DRAIN_SECONDS / 5)
        finished = threading.Thread(target=self._after.shutdown, daemon=True)
        finished.start()
        finished.join(DRAIN_SECONDS / 2)
        if self._entrances:
            self._entrances.close()
        self._scope.close()
        log.info("stopped")

    def run_until_signal(self) -> NoReturn:
        """Blocks until SIGTERM or SIGINT, then stops in order and ends the process, within 8 seconds."""
        wait_for_signal()
        timer = threading.Timer(EXIT_SECONDS, lambda: os._exit(1))
        timer.daemon = True
        timer.start()
        self.stop()
        # Threads of libraries may still wait for a read, and nothing of ours is left to lose.
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(0)


def _ticks(deps: Deps, outbox: Outbox, pump: OutboxPump, worker: ExportWorker, deliveries: Deliveries) -> list[Tick]:
    """What the clock brings: expiry, reminders, the care of exports, news that Slack refused, and forgetting."""

    def expire_and_remind() -> None:
        expired = deps.adjustments.expire_due(deps.clock())
        reminded = deps.adjustments.remind_due(deps.clock())
        moved = deps.adjustments.follow_deadlines(deps.clock())
        if expired or reminded or moved:
            log.info("the clock's turn", expired=len(expired), reminded=len(reminded), moved=len(moved))

    def try_parked_again() -> None:
        outbox.revive(tried_again(NOTICES, deps.clock()))

    def forget() -> None:
        log.info("old requests forgotten", count=deliveries.forget_old())

    return [
        Tick("adjustments", ADJUSTMENTS_SECONDS, expire_and_remind),
        Tick("outbox", OUTBOX_SECONDS, pump.measure),
        Tick("exports", EXPORTS_SECONDS, worker.recover),
        Tick("retention", RETENTION_SECONDS, worker.expire),
        Tick("parked", PARKED_SECONDS, try_parked_again),
        Tick("deliveries", FORGET_SECONDS, forget),
    ]


def wait_for_signal() -> None:
    """Blocks the main thread until the process is asked to end."""
    # An event's lock may be held by the very thread that the signal interrupts; a SimpleQueue bears that.
    asked: SimpleQueue[int] = SimpleQueue()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda number, _frame: asked.put(number))
    asked.get()
