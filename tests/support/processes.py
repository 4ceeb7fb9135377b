"""The bot as a process of its own, as it is served, that tests kill without a warning and start again."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bot.sandbox.server import SandboxServer
from bot.sandbox.workspace import Workspace
from store.database import Database
from tests.support.desk import eventually
from tests.support.wire import get


@dataclass(slots=True)
class ServedBot:
    """`python -m bot serve` over HTTP, for this workspace and database."""

    workspace: Workspace
    api_url: str
    database: Database
    folder: Path
    changed: dict[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Starts it and waits until it is ready."""
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        settings = {
            "SLACK_BOT_TOKEN": self.workspace.bot_token,
            "SLACK_SIGNING_SECRET": self.workspace.signing_secret,
            "SLACK_API_URL": self.api_url,
            "DATABASE_URL": self.database.url.render_as_string(hide_password=False),
            "PORT": str(port),
            "DESK_EXPORT_DIR": str(self.folder / "exports"),
            **self.changed,
        }
        with (self.folder / "bot.log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "bot", "serve", "--http"],
                env={**os.environ, **settings},
                stdout=log,
                stderr=log,
            )
        url = f"http://127.0.0.1:{port}"
        eventually(lambda: self._ready(url), "a bot that is ready")
        self.workspace.deliver_to_http(f"{url}/slack/events")

    def kill(self) -> None:
        """Ends it as a power cut does."""
        if self.process is not None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait(10)

    @staticmethod
    def _ready(url: str) -> bool:
        try:
            status, body = get(url, "/readyz")
        except OSError:
            return False
        return status == 200 and bool(json.loads(body))


@contextmanager
def served(workspace: Workspace, database: Database, folder: Path, **changed: str) -> Iterator[ServedBot]:
    """A bot that is served from now on; it may be killed and started again."""
    with SandboxServer(workspace) as server:
        bot = ServedBot(workspace, server.api_url, database, folder, changed)
        bot.start()
        try:
            yield bot
        finally:
            bot.kill()
