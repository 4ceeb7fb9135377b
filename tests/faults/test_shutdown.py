"""A bot that is stopped while it is busy: what it acknowledged is done, and it ends within eight seconds."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep

import pytest

from sandbox.server import SandboxServer
from sandbox.values import Delivered
from sandbox.workspace import Workspace
from store.database import Database
from store.domain.clock import system_clock
from store.services.members import Members
from tests.support.builders import a_customer, an_order
from tests.support.databases import sqlite_copy
from tests.support.desk import PEOPLE, make_workspace
from tests.support.effort import effort
from tests.support.processes import START, told_address
from tests.support.wire import get

GONE_WITHIN = 8.0
UNKNOWN = "did not say just now whether you still belong"
ROOT = Path(__file__).parents[2]
ROUNDS = effort(5, 200)
Office = tuple[Workspace, str, Database]
"""A workspace, its Web API's address, and a desk's database."""


def _environment(workspace: Workspace, api_url: str, database: Database, folder: Path, **more: str) -> dict[str, str]:
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith(("SLACK_", "DESK_", "DATABASE_"))},
        "SLACK_BOT_TOKEN": workspace.bot_token,
        "SLACK_SIGNING_SECRET": workspace.signing_secret,
        "SLACK_API_URL": api_url,
        "DATABASE_URL": database.url.render_as_string(hide_password=False),
        "DESK_EXPORT_DIR": str(folder / "exports"),
        "PORT": "0",
        "LOG_FORMAT": "json",
        "PYTHONPATH": str(ROOT),
        **more,
    }


@contextmanager
def _serving(environment: dict[str, str], folder: Path) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """A serving process, and its address."""
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen([sys.executable, "-m", "bot", "serve"], cwd=folder, env=environment, stderr=log)
        try:
            yield process, told_address(process, folder / "log")
        finally:
            process.kill()
            process.wait()


@pytest.fixture(scope="module")
def office(
    sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Workspace, str, Database]]:
    folder = tmp_path_factory.mktemp("office")
    with sqlite_copy(sqlite_template, folder) as database:
        members = Members(database, system_clock)
        for member in PEOPLE:
            members.set("command line", member)
        customer = a_customer(database)
        for number in range(30):
            an_order(database, f"CS26{number:04}", customer_key=customer)
        workspace, *_ = make_workspace()
        with SandboxServer(workspace) as server:
            yield workspace, server.api_url, database


class _Load:
    """People who type commands without a pause, until they are told to stop."""

    def __init__(self, workspace: Workspace) -> None:
        self.delivered: list[Delivered] = []
        self._workspace = workspace
        self._over = threading.Event()
        users = [member.slack_user_id for member in PEOPLE]
        self._threads = [threading.Thread(target=self._type, args=(user,)) for user in users]

    def __enter__(self) -> _Load:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_exc: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()

    def _type(self, user: str) -> None:
        person, channel = self._workspace.person(user), self._workspace.channels()[0]
        while not self._over.is_set():
            delivered = person.command(channel.id, "/orders", "acme")
            self.delivered.append(delivered)
            if not delivered.ok:
                # A person who is refused pauses before typing again: a busy loop would slow the process that is ending.
                sleep(0.05)


@pytest.mark.parametrize("number", range(ROUNDS))
def test_what_was_acknowledged_before_the_end_is_done(office: Office, tmp_path: Path, number: int) -> None:
    workspace, api_url, database = office
    socket_mode = bool(number % 2)
    more = {"SLACK_APP_TOKEN": workspace.app_token} if socket_mode else {}
    environment = _environment(workspace, api_url, database, tmp_path, **more)
    with _serving(environment, tmp_path) as (process, address):
        if socket_mode:
            workspace.delivery.request_url = None
        else:
            workspace.deliver_to_http(f"{address}/slack/events")
        before = len(workspace.sent)
        with _Load(workspace) as load:
            until = monotonic() + START
            while sum(delivered.ok for delivered in load.delivered) < 30 and monotonic() < until:
                sleep(0.02)
            process.send_signal(signal.SIGINT if number == 0 else signal.SIGTERM)
            asked = monotonic()
            code = process.wait(GONE_WITHIN)
            took = monotonic() - asked
        acknowledged = {delivered.payload["trigger_id"] for delivered in load.delivered if delivered.ok}
        shown = [sent for sent in workspace.sent[before:] if sent.status == 200 and (sent.answer or {}).get("ok", True)]
        opened = {sent.arguments["trigger_id"] for sent in shown if sent.method == "views.open"}
        told = sum(UNKNOWN in str(sent.arguments) for sent in shown)
        told += sum(UNKNOWN in str(delivered.ack_body) for delivered in load.delivered if delivered.ok)
    log = (tmp_path / "log").read_text()
    assert code == 0, log
    assert took < GONE_WITHIN
    assert len(acknowledged) >= 30
    # Where Slack did not say in time who is asking, the person was told that instead.
    assert len(acknowledged - opened) <= told
    assert not [line[:4000] for line in log.splitlines() if "Traceback" in line]
    assert '"event": "stopped"' in log


def test_a_hanging_slack_does_not_hold_the_end_up(office: Office, tmp_path: Path) -> None:
    workspace, api_url, database = office
    with _serving(_environment(workspace, api_url, database, tmp_path), tmp_path) as (process, address):
        workspace.deliver_to_http(f"{address}/slack/events")
        assert get(address, "/readyz")[0] == 200
        workspace.faults.add("views.open", "slow:20", times=4)
        for member in PEOPLE[:2]:
            workspace.person(member.slack_user_id).command(workspace.channels()[0].id, "/orders", "acme")
        process.send_signal(signal.SIGTERM)
        process.wait(GONE_WITHIN)
    workspace.faults.clear()


def test_a_second_process_on_the_same_sqlite_file_is_refused_in_words(office: Office, tmp_path: Path) -> None:
    workspace, api_url, database = office
    environment = _environment(workspace, api_url, database, tmp_path)
    with _serving(environment, tmp_path) as (process, _):
        second = subprocess.run(
            [sys.executable, "-m", "bot", "serve"],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            timeout=START,
            check=False,
        )
        assert second.returncode == 2
        said = second.stderr.decode()
        assert "Another process serves from" in said
        assert "set DATABASE_URL to PostgreSQL" in said
        assert "Traceback" not in said
        assert process.poll() is None
