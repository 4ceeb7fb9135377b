"""The command line. Exit codes: 0 (done), 1 (the answer is no), 2 (wrong use or settings, by name)."""

from __future__ import annotations

import re
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from bot.checks import run_checks
from bot.explain import run_explain
from bot.imports import run_import
from bot.logs import set_up_logs
from bot.manifest import manifest as manifest_text
from bot.settings import Settings, SettingsError, load_settings, require
from bot.slack.home import SlackRefused
from bot.terminal import Terminal, take_any_text
from bot.web.server import CannotListen
from bot.wiring import Bot
from store.database import Database
from store.database_url import missing_file
from store.domain.audit import AuditVerdict
from store.domain.clock import system_clock
from store.domain.errors import (
    DatabaseBusy,
    DatabaseInUse,
    DatabaseUnavailable,
    DomainError,
    OtherWorkspace,
    SchemaTooNew,
    Unconfirmed,
)
from store.domain.imports import BrokenBundle
from store.domain.orders.errors import InvalidCriteria
from store.domain.people import InvalidMember, LastAdmin, Member, NotAMember, format_roles, parse_roles
from store.services import schema
from store.services.audit import Audit
from store.services.health import DatabaseClock
from store.services.members import Members

BY = "command line"


app = typer.Typer(
    help="Order Desk: a Slack bot for a cloud partner's customer orders.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    rich_markup_mode="rich",
)
members_app = typer.Typer(help="Who may do what at the desk.", no_args_is_help=True)
audit_app = typer.Typer(help="The chain of audited changes.", no_args_is_help=True)
app.add_typer(members_app, name="members")
app.add_typer(audit_app, name="audit")

_closing = ExitStack()
"""What a command has opened, closed at its end."""
out = Terminal()
err = Terminal(stderr=True)

_PUBLIC = re.compile(r"https://[^\s/?#]+(/[^\s?#]*)?")
"""An address behind which `/slack/events` can be served."""


def main() -> None:
    """Runs the command line and ends the process with its exit code."""
    take_any_text()
    try:
        with _closing:
            app()
    except SettingsError as error:
        _fail("The settings are not complete, so nothing was started:", *error.problems)
    except SlackRefused as error:
        _fail(str(error), "To see what is wrong and what to do: python -m bot check")
    except BrokenBundle as error:
        _fail(str(error), "Nothing was written.")
    except DomainError as error:
        _fail(_words(error))
    except KeyboardInterrupt:
        sys.exit(130)


def _fail(*lines: str) -> None:
    for line in lines:
        err.print(line)
    sys.exit(2)


def _words(error: DomainError) -> str:
    match error:
        case SchemaTooNew():
            return (
                f"The database was written by a newer version of Order Desk (schema {error.found}); this one knows "
                f"up to {schema.head_version()}. Nothing was changed. "
                "Install the newer version, or set another DATABASE_URL."
            )
        case DatabaseInUse():
            return (
                f"Another process serves from {error.path}. An SQLite database serves one process at a time: "
                "stop the other one, or set DATABASE_URL to PostgreSQL."
            )
        case DatabaseBusy():
            return "Another write held the database for too long. Nothing was changed. Try again."
        case Unconfirmed():
            return f"The database went away while it wrote: {error.reason}. Check whether it was done, then try again."
        case DatabaseUnavailable():
            return f"The database cannot be used: {error.reason}. Nothing was changed. Check DATABASE_URL."
        case OtherWorkspace():
            return (
                f"This database belongs to the Slack workspace {error.known}, but the bot token is from {error.found}. "
                "Nothing was started. Set another DATABASE_URL, or use the token of that workspace."
            )
        case InvalidMember():
            return f"{error.reason[:1].upper()}{error.reason[1:]}. Nothing was changed."
        case LastAdmin():
            return (
                "That is the last admin: nobody could change the members after that. Nothing was changed. "
                "Make somebody else an admin first: python -m bot members set --help"
            )
        case InvalidCriteria():
            return f"{error.reason[:1].upper()}{error.reason[1:]}. Nothing was searched."
        case NotAMember():
            return "There is no such member. Nothing was changed. `members list` shows all members."
        case _:
            return f"That cannot be: {error}"


def _settings() -> Settings:
    settings = load_settings()
    set_up_logs(settings.log_level, settings.log_format)
    return settings


def _database(settings: Settings) -> Database:
    database = Database(settings.database_url.get_secret_value())
    _closing.callback(database.close)
    schema.upgrade(database)
    return database


def _found(settings: Settings, what: str) -> Database:
    """The desk's database, for commands that only read and never create one. `what`: the verb for what was not done."""
    url = settings.database_url.get_secret_value()
    missing = missing_file(url)
    if missing is not None:
        _fail(f"There is no desk in {missing}, so nothing was {what}. Check DATABASE_URL.")
    database = Database(url)
    _closing.callback(database.close)
    if schema.current_version(database) is None:
        _fail(f"There is no desk in {database.name}, so nothing was {what}. Check DATABASE_URL.")
    schema.upgrade(database)
    return database


@app.command()
def serve(
    http: Annotated[bool, typer.Option("--http", help="Take Slack's requests over HTTP on HOST:PORT.")] = False,
    socket: Annotated[bool, typer.Option("--socket", help="Take them over Socket Mode.")] = False,
) -> None:
    """Runs the bot: over Socket Mode where SLACK_APP_TOKEN is set, else over HTTP."""
    if http and socket:
        raise typer.BadParameter("--http or --socket, not both")
    settings = _settings()
    socket_mode = socket or (not http and bool(settings.slack_app_token.get_secret_value()))
    require(settings, "slack_bot_token", "slack_app_token" if socket_mode else "slack_signing_secret")
    try:
        bot = Bot(settings, socket_mode=socket_mode)
        bot.start()
    except CannotListen as error:
        _fail(f"Cannot listen on {error}. Set HOST and PORT, and HEALTH_ADDRESS if you use it.")
    bot.run_until_signal()


@app.command()
def demo(
    data: Annotated[Path | None, typer.Option(help="An import bundle to use instead of sample data.")] = None,
    orders: Annotated[int, typer.Option(help="The number of sample orders.", min=1, max=5_000_000)] = 5000,
    port: Annotated[int, typer.Option(help="The page's port; 0 takes a free one.", min=0, max=65535)] = 8080,
) -> None:
    """A sandbox workspace, a page to try it in, and the bot, in one: no Slack needed."""
    # The demo needs packages that no other command needs.
    try:
        from bot.demo.demo import run_demo
    except ModuleNotFoundError as missing:
        _fail(
            f"The demo needs packages that are not installed ({missing.name}). Nothing was started.",
            "Type make demo in a checkout, or pip install 'order-desk[demo]'.",
        )

    settings = load_settings()
    set_up_logs("WARNING", settings.log_format)
    sys.exit(run_demo(settings, data, orders, port, out))


@app.command("import")
def import_(
    path: Annotated[Path, typer.Argument(help="A folder of CSV files, or one .xlsx workbook.")],
    skip_invalid: Annotated[
        bool, typer.Option("--skip-invalid", help="Write the good rows, and a file of the rejected ones.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check everything, write nothing.")] = False,
) -> None:
    """Imports a bundle: customers, orders, their items and discounts, members. One bad row stops the whole import."""
    settings = _settings()
    sys.exit(run_import(_database(settings), path, out, err, skip_invalid=skip_invalid, dry_run=dry_run))


@app.command()
def manifest(
    url: Annotated[str | None, typer.Option(help="The bot's public address, for HTTP.")] = None,
    org: Annotated[
        bool, typer.Option("--org", help="For an installation in a whole Enterprise organisation; see SLACK_TEAM_ID.")
    ] = False,
) -> None:
    """Prints the Slack app's manifest: for Socket Mode, or for HTTP at --url."""
    if url is not None and not _PUBLIC.fullmatch(url):
        raise typer.BadParameter(
            "Slack calls https:// addresses only; an example is https://desk.example.com", param_hint="--url"
        )
    sys.stdout.write(manifest_text(url, org=org))


@app.command()
def check(
    blocks: Annotated[
        bool, typer.Option("--blocks", help="Have Slack's own validator judge every screen (needs the internet).")
    ] = False,
) -> None:
    """Settings, database, schema, Slack token and scopes, disk: each with a verdict and a next step."""
    set_up_logs("ERROR", "text")
    sys.exit(run_checks(out, blocks=blocks))


def _members() -> Members:
    settings = _settings()
    database = _database(settings)
    return Members(database, DatabaseClock(database), settings.desk_admins)


@app.command()
def explain(
    line: Annotated[str, typer.Argument(help='As it is typed behind /orders: "acme status:pending-payment".')],
    as_: Annotated[str, typer.Option("--as", help="A member's Slack user id; a manager, if left out.")] = "",
) -> None:
    """Shows how a search is done: what it asks of the database, why, and how long that takes. Changes nothing."""
    settings = _settings()
    database = _found(settings, "explained")
    run_explain(database, system_clock, Members(database, system_clock, settings.desk_admins), line, as_, out)


@members_app.command("list")
def list_members() -> None:
    """Lists the members."""
    table = Table("Slack user id", "Name", "Account name", "Roles")
    settings = _settings()
    for member in Members(_found(settings, "listed"), system_clock, settings.desk_admins).list():
        texts = (member.slack_user_id, member.name, member.account_name, format_roles(member.roles))
        table.add_row(*texts)
    out.print(table if table.row_count else "No members yet: python -m bot members set --help")


@members_app.command("set")
def set_member(
    slack_user_id: Annotated[str, typer.Argument(help="As Slack shows it in a profile: Copy member ID.")],
    name: Annotated[str, typer.Option(help="The name that people see.")],
    roles: Annotated[str, typer.Option(help="salesperson, manager, admin; several separated by commas.")],
    account: Annotated[str, typer.Option(help="The account name on their customers.")] = "",
) -> None:
    """Makes a person a member, or changes their name, account or roles."""
    if not name.strip():
        raise typer.BadParameter("people are shown this name; it cannot be empty", param_hint="--name")
    member = Member("", slack_user_id, name.strip(), account, parse_roles(roles))
    _members().set(BY, member)
    out.print(f"{member.slack_user_id} is now {format_roles(member.roles)}.")


@members_app.command("remove")
def remove_member(slack_user_id: Annotated[str, typer.Argument(help="As `members list` shows it.")]) -> None:
    """Removes a member. From their next click on, they see nothing."""
    _members().remove(BY, slack_user_id)
    out.print(f"{slack_user_id} is no longer a member.")


@audit_app.command("verify")
def verify_audit(
    head: Annotated[
        str | None, typer.Option(help="A hash that you noted earlier, outside of the database: the chain must have it.")
    ] = None,
) -> None:
    """Checks that each row of the audit chain matches its hash and follows the row before it.

    With --head it proves that no row up to the noted one was changed, added or removed since you noted it.

    Without --head it finds single changed rows. It does not find rows cut off the end, nor a chain that
    was rewritten with new hashes: anybody who can write to the database can do both. Note the head that it prints.
    """
    # An empty chain is whole: at a mistyped address without a desk, nobody should read that.
    verdict = Audit(_found(_settings(), "verified")).verify(head)
    if verdict.whole:
        out.print(f"The chain is whole: {verdict.rows} rows, head {verdict.head}")
        out.print(_proved(verdict))
        return
    where = f" at row {verdict.broken_at}" if verdict.broken_at else ""
    err.print(f"The chain is broken{where}: {verdict.reason}")
    sys.exit(1)


def _proved(verdict: AuditVerdict) -> str:
    note = "Note the head outside of the database, and give it with --head next time."
    if not verdict.witnessed:
        return (
            "Its rows fit together. That does not show whether rows were cut off the end, or all were rewritten. "
            + note
        )
    since = verdict.rows - verdict.witnessed
    proved = f"Row {verdict.witnessed} has the hash that you noted: nothing up to that row has changed since."
    return f"{proved} The {since} after it fit together, which alone proves less. {note}" if since else proved
