"""The bot as a separate process, as in production; tests kill it without warning and start it again."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from time import monotonic, sleep

from sandbox.server import SandboxServer
from sandbox.workspace import Workspace
from store.database import Database
from tests.support.desk import PATIENCE, eventually
from tests.support.wire import get

START = 60.0
"""Seconds that a process may take to start on a busy machine."""


def told_address(process: subprocess.Popen[bytes], log: Path) -> str:
    """The address at which a process with PORT=0 and LOG_FORMAT=json serves, read from its log."""
    until = monotonic() + START
    while monotonic() < until:
        for line in log.read_text().splitlines():
            if '"event": "serving"' in line:
                return line.partition('"address": "')[2].partition('"')[0]
        assert process.poll() is None, log.read_text()
        sleep(0.05)
    raise AssertionError("it did not start:\n" + log.read_text())


@dataclass(slots=True)
class ServedBot:
    """`python -m bot serve` over HTTP, for this workspace and database."""

    workspace: Workspace
    api_url: str
    database: Database
    folder: Path
    changed: dict[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None
    starts: Iterator[int] = field(default_factory=count)

    def start(self) -> None:
        """Starts it and waits until it is ready."""
        settings = {
            "SLACK_BOT_TOKEN": self.workspace.bot_token,
            "SLACK_SIGNING_SECRET": self.workspace.signing_secret,
            "SLACK_API_URL": self.api_url,
            "DATABASE_URL": self.database.url.render_as_string(hide_password=False),
            "PORT": "0",
            "LOG_FORMAT": "json",
            "DESK_EXPORT_DIR": str(self.folder / "exports"),
            **self.changed,
        }
        # Each start has its own log: the address in it is that of this process.
        path = self.folder / f"bot-{next(self.starts)}.log"
        with path.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "bot", "serve", "--http"],
                env={**os.environ, **settings},
                stdout=log,
                stderr=log,
            )
        url = told_address(self.process, path)
        eventually(lambda: self._ready(url), "a bot that is ready")
        self.workspace.deliver_to_http(f"{url}/slack/events")

    def kill(self) -> None:
        """Ends it as a power cut would."""
        if self.process is not None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait(PATIENCE)

    @staticmethod
    def _ready(url: str) -> bool:
        try:
            status, body = get(url, "/readyz")
        except OSError:
            return False
        return status == 200 and bool(json.loads(body))


@contextmanager
def served(workspace: Workspace, database: Database, folder: Path, **changed: str) -> Iterator[ServedBot]:
    """A bot that is serving; tests may kill it and start it again."""
    with SandboxServer(workspace) as server:
        bot = ServedBot(workspace, server.api_url, database, folder, changed)
        bot.start()
        try:
            yield bot
        finally:
            bot.kill()
