"""`demo`: a sandbox workspace, a page to try the bot in, and the bot, on loopback, over the same wire as Slack."""

from __future__ import annotations

import os
import socket
import tempfile
from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from pydantic import SecretStr
from rich.text import Text

from bot.demo.data import make_bundle
from bot.imports import run_import
from bot.manifest import SCOPES
from bot.parts import wait_for_signal
from bot.settings import Settings
from bot.slack.directory import CHANGE_EVENT
from bot.terminal import Terminal
from bot.wiring import Bot
from handlers import ROUTES
from handlers.kit.interaction import PayloadKind
from sandbox.page import mount_page
from sandbox.server import SandboxServer
from sandbox.workspace import Workspace
from store.database import Database
from store.domain.clock import system_clock
from store.domain.people import Member, Role
from store.services import schema
from store.services.members import Members

APPROVALS = "price-approvals"
"""The name of the channel for approval cards."""
HOMES = (
    ("America/Los_Angeles", -28800, "Pacific Time", "en-US"),
    ("Europe/London", 0, "Greenwich Mean Time", "en-GB"),
    ("Europe/Berlin", 3600, "Central European Time", "de-DE"),
    ("Asia/Tokyo", 32400, "Japan Standard Time", "ja-JP"),
)
"""Where the people of the sandbox live, so that their times and numbers differ as in a real team."""


@dataclass(frozen=True, slots=True)
class Started:
    """A running demo: the page's address, and what to close, in reverse order."""

    address: str
    workspace: Workspace
    bot: Bot
    scope: ExitStack


def run_demo(settings: Settings, data: Path | None, orders: int, port: int, out: Terminal) -> int:
    """Runs until it is interrupted; returns the exit code. It works in a temporary folder."""
    try:
        socket.create_server(("127.0.0.1", port)).close()
    except OSError as error:
        out.print(f"Port {port} cannot be used: {os.strerror(error.errno or 0)}. Nothing was started.")
        out.print(Text.assemble("Choose another: ", ("python -m bot demo --port 8090", "bold")))
        return 2
    with tempfile.TemporaryDirectory(prefix="order-desk-demo-") as folder:
        started = start_demo(settings, data, orders, port, Path(folder), out)
        if started is None:
            return 1
        out.print(Text.assemble("\nOrder Desk is ready. Open ", (started.address, "bold"), " and choose who you are."))
        out.print(
            Text.assemble(
                "Type ", ("/orders", "bold"), " in a channel, or ", ("/orders help", "bold"), ". Ctrl+C ends it."
            )
        )
        wait_for_signal()
        started.scope.close()
    return 0


def start_demo(
    settings: Settings, data: Path | None, orders: int, port: int, folder: Path, out: Terminal
) -> Started | None:
    """Starts everything; None if the data could not be imported, which has then been reported on `out`."""
    database_url = f"sqlite:///{folder / 'order-desk.db'}"
    bundle = data
    if bundle is None:
        bundle = folder / "bundle"
        out.print(f"Making {orders:,} sample orders …")
        make_bundle(bundle, orders=orders, now=system_clock())
    database = Database(database_url)
    schema.upgrade(database)
    if run_import(database, bundle, out, out, skip_invalid=False, dry_run=False):
        return None
    database.close()
    return serve_demo(settings, database_url, port, folder)


def serve_demo(settings: Settings, database_url: str, port: int, folder: Path) -> Started:
    """Starts workspace, page and bot on a database that already has its orders and members."""
    database = Database(database_url)
    members = Members(database, system_clock, frozenset()).list()
    database.close()
    scope = ExitStack()
    try:
        workspace = make_workspace(members)
        server = SandboxServer(workspace, port=port)
        mount_page(server.app, workspace, _hints(), title="Order Desk")
        server.start()
        scope.callback(server.stop)
        bot = Bot(_demo_settings(settings, workspace, server.api_url, database_url, folder), socket_mode=False)
        bot.start()
        scope.callback(bot.stop)
    except BaseException:
        scope.close()
        raise
    workspace.deliver_to_http(f"{bot.http.address}/slack/events")
    return Started(server.url, workspace, bot, scope)


def make_workspace(members: Iterable[Member]) -> Workspace:
    """A workspace of these members, with a stranger, a guest and a person of another organisation."""
    workspace = Workspace(
        name="Order Desk Sandbox",
        app_name="Order Desk",
        commands={route.id for route in ROUTES if route.kind is PayloadKind.COMMAND and " " not in route.id},
        events={route.id for route in ROUTES if route.kind is PayloadKind.EVENT} | {CHANGE_EVENT},
        scopes=set(SCOPES),
    )
    staff, managers = [], []
    for number, member in enumerate(members):
        zone, offset, label, locale = HOMES[number % len(HOMES)]
        roles = " and ".join(role for role in Role if role in member.roles)
        user = workspace.add_user(
            member.account_name or member.name.split(" ")[0].lower(),
            member.name,
            id=member.slack_user_id,
            tz=zone,
            tz_offset=offset,
            tz_label=label,
            locale=locale,
            title=roles.capitalize(),
        )
        workspace.im(user.id)
        staff.append(user)
        if member.roles & {Role.MANAGER, Role.ADMIN}:
            managers.append(user)
    stranger = workspace.add_user("newcomer", "Noor Newcomer", title="Not a member of the desk")
    workspace.im(stranger.id)
    guest = workspace.add_user("guest", "Gustav Guest", title="Guest", is_restricted=True)
    outsider = workspace.add_user("outsider", "Olive Outsider", title="Of another organisation", team_id="T0ELSEWHERE")
    workspace.add_channel("sales", [*staff, stranger, guest])
    workspace.add_channel(APPROVALS, managers, kind="private")
    workspace.add_channel("with-a-supplier", [*staff, outsider], is_ext_shared=True)
    workspace.add_channel("random", [*staff, stranger], with_bot=False)
    return workspace


def _hints() -> list[tuple[str, str]]:
    commands = [route for route in ROUTES if route.kind is PayloadKind.COMMAND]
    return [(route.id, route.usage_hint or route.description) for route in commands]


def _demo_settings(settings: Settings, workspace: Workspace, api_url: str, database_url: str, folder: Path) -> Settings:
    return settings.model_copy(
        update={
            "slack_bot_token": SecretStr(workspace.bot_token),
            "slack_app_token": SecretStr(""),
            "slack_signing_secret": SecretStr(workspace.signing_secret),
            "slack_api_url": api_url,
            "database_url": SecretStr(database_url),
            "host": "127.0.0.1",
            "port": 0,
            "desk_export_dir": folder / "exports",
            "desk_approvals_channel": next(channel.id for channel in workspace.channels() if channel.name == APPROVALS),
        }
    )
