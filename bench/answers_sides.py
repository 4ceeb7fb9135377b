"""The sides of the benchmark of answers: the processes, each running alone in its turn, and the database they share.

    python -m bench.answers_sides --http

is the desk with the routes of `/orders` alone.
"""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import create_engine, make_url, text

from bench.answers_slack import APP_TOKEN, BOT_TOKEN, MANAGER, SALESPERSON, SIGNING_SECRET, TEAM
from bench.orders_data import BUSIEST, filled
from bot.logs import set_up_logs
from bot.settings import load_settings
from bot.wiring import Bot
from handlers import ROUTES
from store.database import Database
from store.domain.clock import system_clock
from store.domain.people import Member, Role
from store.services.members import Members
from tests.support.databases import server_url

_START_SECONDS = 30.0
_SETTINGS = ("SLACK_", "DESK_", "DATABASE_")
DESK, ONE_ROUTE, STOCK, STOCK_MANY = "desk", "desk, one route", "stock Bolt", "stock Bolt, as many listeners"


@dataclass(frozen=True, slots=True)
class Side:
    """`command` is what follows `python -m`; `sockets`: how many connections it opens over Socket Mode."""

    name: str
    command: tuple[str, ...]
    sockets: int = 0
    more_listeners: int = 0

    @property
    def socket_mode(self) -> bool:
        """Whether it takes commands over Socket Mode instead of HTTP."""
        return self.sockets > 0

    @property
    def way(self) -> str:
        """The same in words."""
        return "Socket Mode" if self.socket_mode else "HTTP"

    @property
    def stock(self) -> bool:
        """Whether it is the stock Bolt app."""
        return self.command[0] == "bench.answers_stock"


SIDES = (
    Side(DESK, ("bot", "serve", "--http")),
    Side(ONE_ROUTE, ("bench.answers_sides", "--http")),
    Side(STOCK, ("bench.answers_stock", "--http")),
    Side(STOCK_MANY, ("bench.answers_stock", "--http"), more_listeners=len(ROUTES) - 1),
    Side(DESK, ("bot", "serve", "--socket"), sockets=2),
    Side(ONE_ROUTE, ("bench.answers_sides", "--socket"), sockets=2),
    Side(STOCK, ("bench.answers_stock", "--socket"), sockets=1),
    Side(STOCK_MANY, ("bench.answers_stock", "--socket"), sockets=1, more_listeners=len(ROUTES) - 1),
)


@contextmanager
def running(side: Side, api_url: str, database_url: str, folder: Path) -> Iterator[int]:
    """The side as a separate process, ready; yields its port. Its log goes to a file in the folder."""
    with process_of(side, api_url, database_url, folder) as (_, port):
        yield port


@contextmanager
def process_of(side: Side, api_url: str, database_url: str, folder: Path) -> Iterator[tuple[int, int]]:
    """The same; yields its process id and its port."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    settings = {
        "SLACK_BOT_TOKEN": BOT_TOKEN,
        "SLACK_APP_TOKEN": APP_TOKEN,
        "SLACK_SIGNING_SECRET": SIGNING_SECRET,
        "SLACK_API_URL": api_url,
        "DATABASE_URL": database_url,
        "PORT": str(port),
        "DESK_EXPORT_DIR": str(folder / "exports"),
        "STOCK_LISTENERS": str(side.more_listeners),
    }
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_SETTINGS)}
    log = folder / f"{side.name}.log"
    with log.open("ab") as lines:
        process = subprocess.Popen(
            [sys.executable, "-m", *side.command], env={**kept, **settings}, stdout=lines, stderr=lines
        )
    try:
        _wait(side, process, port, log)
        yield process.pid, port
    finally:
        # The desk stops cleanly within seconds; a stock app has no clean stop.
        process.send_signal(signal.SIGKILL if side.stock else signal.SIGTERM)
        process.wait(15)


def _wait(side: Side, process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    """Waits until it takes requests; over Socket Mode, only its sockets show that the stock app is ready."""
    until = time.monotonic() + _START_SECONDS
    while not (side.stock and side.socket_mode) and not _ready(port, "/" if side.stock else "/readyz"):
        if process.poll() is not None or time.monotonic() > until:
            raise RuntimeError(f"{side.name} did not start:\n{log.read_text()[-2000:]}")
        time.sleep(0.05)


def _ready(port: int, path: str) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=2):
            return True
    except urllib.error.HTTPError as answer:
        # The stock app has no page there, and says so.
        return answer.code == 404
    except OSError:
        return False


@dataclass(frozen=True, slots=True)
class Book:
    """A copy of the kept book of orders, with a salesperson and a manager who are members of the workspace."""

    name: str
    url: str


@contextmanager
def book(kind: str, orders: int) -> Iterator[Book]:
    """The copy, dropped at the end."""
    with filled(kind, orders) as kept:
        url = kept.url
    with _sqlite_copy(str(url.database)) if kind == "sqlite" else _postgresql_copy(str(url.database)) as copy:
        database = Database(copy)
        members = Members(database, system_clock)
        members.meet_workspace(TEAM)
        members.set("benchmark", Member("", SALESPERSON, "Salesperson", BUSIEST, frozenset({Role.SALESPERSON})))
        members.set("benchmark", Member("", MANAGER, "Manager", "", frozenset({Role.MANAGER})))
        name = database.engine.dialect.name
        database.close()
        yield Book(name, copy)


@contextmanager
def _sqlite_copy(path: str) -> Iterator[str]:
    with tempfile.TemporaryDirectory(prefix="answers-") as folder:
        shutil.copyfile(path, Path(folder) / "orders.db")
        yield f"sqlite:///{folder}/orders.db"


@contextmanager
def _postgresql_copy(kept: str) -> Iterator[str]:
    name = f"order_desk_answers_{secrets.token_hex(4)}"
    server = create_engine(server_url(), isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.execute(text(f'CREATE DATABASE "{name}" TEMPLATE "{kept}"'))
        try:
            yield make_url(server_url()).set(database=name).render_as_string(hide_password=False)
        finally:
            connection.execute(text(f'DROP DATABASE "{name}" WITH (FORCE)'))
    server.dispose()


def main() -> None:
    """The desk as `python -m bot serve` runs it, with other routes."""
    settings = load_settings()
    set_up_logs(settings.log_level, settings.log_format)
    routes = [route for route in ROUTES if route.id.startswith("/orders")]
    bot = Bot(settings, socket_mode="--socket" in sys.argv, routes=routes)
    bot.start()
    bot.run_until_signal()


if __name__ == "__main__":
    main()
