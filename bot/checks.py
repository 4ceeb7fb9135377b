"""`check`: settings, database, schema, Slack, disk; each with a verdict and a next step. Changes nothing."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich import box
from rich.table import Table
from rich.text import Text
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.manifest import SCOPES
from bot.samples.screens import sample_views
from bot.settings import Settings, SettingsError, load_settings, require, unknown_names
from bot.slack.channels import Channels
from bot.slack.home import SlackRefused, home_of
from bot.terminal import Terminal
from bot.wiring import SLACK_TIMEOUT, web_client
from handlers.kit.channels import SlackSilent
from store.database import Database
from store.database_url import file_of, missing_file
from store.domain.channels import ChannelBar, channel_bar
from store.domain.clock import system_clock
from store.domain.errors import DatabaseUnavailable
from store.private_files import readable_by_others
from store.services import schema
from store.services.health import DatabaseClock
from store.services.members import Members

FREE_BYTES = 500_000_000
"""With less free space, an export of a large book may not fit."""


@dataclass(frozen=True, slots=True)
class Checked:
    """A part, whether it is OK, what was found, and what to do if it is not.

    `doubtful`: the desk can work with it, but it is probably not what was meant.
    """

    name: str
    well: bool
    found: str
    next_step: str = ""
    doubtful: bool = False


def run_checks(out: Terminal, *, blocks: bool) -> int:
    """Prints a table of verdicts. Returns 0 if all are OK, 1 if some are not, 2 if the settings cannot be read."""
    try:
        settings = load_settings()
    except SettingsError as error:
        _print(
            out,
            [Checked("settings", False, problem, "Fix it in the environment or in .env") for problem in error.problems]
            + _unknown(),
        )
        return 2
    verdicts = [*_settings(settings), *_unknown(), *_database(settings), *_slack(settings), _disk(settings)]
    if blocks:
        verdicts.extend(_blocks(settings))
    _print(out, verdicts)
    return 0 if all(verdict.well for verdict in verdicts) else 1


def _print(out: Terminal, verdicts: Iterable[Checked]) -> None:
    table = Table(box=box.SIMPLE_HEAD)
    table.add_column("", no_wrap=True)
    for heading in ("Part", "Found", "Next step"):
        # Folded, not cut: the end may be what people look for.
        table.add_column(heading, overflow="fold")
    for verdict in verdicts:
        table.add_row(_mark(verdict), verdict.name, verdict.found, verdict.next_step)
    out.print(table)


def _mark(verdict: Checked) -> Text:
    if not verdict.well:
        return Text("failed", "red")
    return Text("look", "yellow") if verdict.doubtful else Text("OK", "green")


def _unknown() -> list[Checked]:
    """Names that nothing reads: usually a mistyped setting."""
    found = "is not a setting of Order Desk; nothing reads it"
    return [
        Checked("settings", True, f"{name} {found}", f"Did you mean {meant}?" if meant else "Remove it", doubtful=True)
        for name, meant in unknown_names()
    ]


def _settings(settings: Settings) -> list[Checked]:
    socket_mode = bool(settings.slack_app_token.get_secret_value())
    how = "Socket Mode" if socket_mode else f"HTTP on {settings.host}:{settings.port}"
    try:
        require(settings, "slack_bot_token", "slack_app_token" if socket_mode else "slack_signing_secret")
    except SettingsError as error:
        return [
            Checked("settings", False, problem, "Set it in the environment or in .env") for problem in error.problems
        ]
    return [Checked("settings", True, f"complete; `serve` would use {how}")]


def _database(settings: Settings) -> list[Checked]:
    url = settings.database_url.get_secret_value()
    try:
        missing = missing_file(url)
        if missing is not None:
            return [_no_file(missing)]
        database = Database(url)
    except DatabaseUnavailable as error:
        return [Checked("database", False, error.reason, "Check DATABASE_URL")]
    try:
        problem = schema.verdict(database)
        if problem:
            return [Checked("database", False, problem, "Check DATABASE_URL, and that the server runs")]
        found = schema.current_version(database)
        # SQLite has no other clock than this machine's.
        apart = "" if database.sqlite else DatabaseClock(database).verdict()
    finally:
        database.close()
    head = schema.head_version()
    verdicts = [_reached(url, database.name)]
    if apart:
        verdicts.append(Checked("clock", False, apart, "Set both machines' clocks by NTP"))
    if found == head:
        verdicts.append(Checked("schema", True, f"version {head}"))
    elif found is None:
        verdicts.append(Checked("schema", True, "no tables yet; `serve` creates them"))
    elif schema.is_known(found):
        verdicts.append(Checked("schema", True, f"version {found}; `serve` upgrades it to {head}"))
    else:
        step = "Install the newer Order Desk, or set another DATABASE_URL"
        verdicts.append(Checked("schema", False, f"version {found} is newer than this program ({head})", step))
    return verdicts


def _reached(url: str, name: str) -> Checked:
    path = file_of(url)
    exposed = readable_by_others(path) if path else []
    if not exposed:
        return Checked("database", True, name)
    found = f"{name}; others on this machine can read {', '.join(map(str, exposed))}"
    step = "Start `serve`, which makes it private; or chmod 600, as the owner"
    return Checked("database", True, found, step, doubtful=True)


def _no_file(path: Path) -> Checked:
    """The verdict before the first start, when there is no file; a mistyped address looks the same."""
    folder = path.absolute().parent
    if not _writable(folder):
        return Checked("database", False, f"nothing can be written to {folder}", "Check DATABASE_URL")
    return Checked("database", True, f"no file {path} yet; `serve` creates it", "Check DATABASE_URL if a desk exists")


def _slack(settings: Settings) -> list[Checked]:
    if not settings.slack_bot_token.get_secret_value():
        return [Checked("Slack", False, "no bot token to try", "Set SLACK_BOT_TOKEN")]
    client = web_client(settings)
    try:
        answer = client.auth_test()
    except SlackApiError as error:
        code = str(error.response.get("error", error.response.status_code))
        return [
            Checked("Slack", False, f"refuses the bot token: {code}", "Install the app again and copy its bot token")
        ]
    except OSError as error:
        return [Checked("Slack", False, f"cannot be reached: {error}", "Check the network and SLACK_API_URL")]
    verdicts = [_workspace(settings, client, answer)]
    headers = {name.lower(): value for name, value in answer.headers.items()}
    granted = {scope.strip() for scope in str(headers.get("x-oauth-scopes", "")).split(",") if scope.strip()}
    missing = sorted(set(SCOPES) - granted)
    if missing:
        step = "Update the app from `python -m bot manifest`, and install it again"
        verdicts.append(Checked("scopes", False, "missing: " + ", ".join(missing), step))
    else:
        verdicts.append(Checked("scopes", True, ", ".join(sorted(SCOPES))))
    verdicts.append(_approvals(settings, Channels(client, str(answer["user_id"]))))
    return verdicts


def _workspace(settings: Settings, client: WebClient, answer: Any) -> Checked:  # noqa: ANN401 - Slack's answer
    """The workspace that the desk serves, according to the token, the setting or the database."""
    try:
        home = home_of(client, answer, settings.slack_team_id, _met(settings))
    except SlackRefused as refusal:
        return Checked("Slack", False, str(refusal), "Set SLACK_TEAM_ID, or add the app to the desk's workspace")
    if answer.get("is_enterprise_install"):
        found = f"organisation {answer.get('team')}; the desk serves the workspace {home.team_id}"
        return Checked("Slack", True, found)
    return Checked("Slack", True, f"workspace {answer.get('team')} ({home.team_id})")


def _met(settings: Settings) -> str:
    """The workspace that the database belongs to; empty if there is none yet, or it cannot be read."""
    url = settings.database_url.get_secret_value()
    try:
        if missing_file(url) is not None:
            return ""
        database = Database(url)
    except DatabaseUnavailable:
        return ""
    try:
        if schema.verdict(database) or schema.current_version(database) is None:
            return ""
        return Members(database, system_clock).workspace()
    finally:
        database.close()


def _approvals(settings: Settings, channels: Channels) -> Checked:
    """Whether approval cards can be posted in their channel, and everybody in it may read them."""
    name, wanted = "approvals", settings.desk_approvals_channel
    if not wanted:
        return Checked(name, True, "no channel is set; managers decide under /approvals")
    try:
        facts = channels.look(wanted)
    except SlackSilent:
        return Checked(name, False, f"Slack does not answer about {wanted}", "Try again, and check the scopes")
    if facts is None:
        step = "Check DESK_APPROVALS_CHANNEL, and type /invite @Order Desk there"
        return Checked(name, False, f"the bot sees no channel {wanted}", step)
    bar = channel_bar(facts)
    if bar is None:
        return Checked(name, True, f"#{facts.name}, read by {len(facts.people)} people")
    found, step = _BARRED[bar]
    return Checked(name, False, f"#{facts.name} {found}", step)


_ANOTHER = "Set another channel in DESK_APPROVALS_CHANNEL"
_BARRED = {
    ChannelBar.CHANNEL_SHARED: ("is shared with another organisation, which reads the cards", _ANOTHER),
    ChannelBar.CHANNEL_ARCHIVED: ("is archived", _ANOTHER),
    ChannelBar.NOT_IN_CHANNEL: ("does not have the bot in it", "Type /invite @Order Desk there"),
}


def _disk(settings: Settings) -> Checked:
    folder = settings.desk_export_dir.absolute()
    if not _writable(folder):
        return Checked("disk", False, f"nothing can be written to {settings.desk_export_dir}", "Set DESK_EXPORT_DIR")
    free = shutil.disk_usage(_nearest(folder)).free
    found = f"{free / 1e9:.1f} GB free for {settings.desk_export_dir}"
    return Checked("disk", free > FREE_BYTES, found, "" if free > FREE_BYTES else "Make room, or set DESK_EXPORT_DIR")


def _writable(folder: Path) -> bool:
    """Whether files can be created in the folder, which may itself be missing."""
    nearest = _nearest(folder)
    return nearest.is_dir() and os.access(nearest, os.W_OK | os.X_OK)


def _nearest(folder: Path) -> Path:
    while not folder.exists():
        folder = folder.parent
    return folder


def _blocks(settings: Settings) -> list[Checked]:
    client = WebClient(base_url=settings.slack_api_url, timeout=SLACK_TIMEOUT, retry_handlers=[])
    verdicts: list[Checked] = []
    for name, make in sample_views():
        try:
            verdicts.append(_validate(client, name, make))
        except OSError as error:
            # The other screens would only wait for the same.
            return [*verdicts, Checked("screens", False, f"Slack cannot be reached: {error}", "Check the network")]
    return verdicts


def _validate(client: WebClient, name: str, make: Callable[[], dict[str, object]]) -> Checked:
    try:
        client.blocks_validate(view=make())
    except SlackApiError as error:
        messages = (error.response.get("response_metadata") or {}).get("messages") or [error.response.get("error")]
        return Checked(f"screen {name}", False, "; ".join(map(str, messages)), "Report it to the developers")
    return Checked(f"screen {name}", True, "valid")
