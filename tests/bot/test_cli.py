"""The command line as people use it: what it prints, what it does, and its exit code."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from sqlalchemy import text

from bot import cli
from bot.manifest import manifest
from sandbox.workspace import Workspace
from store.database import Database
from store.services.schema import head_version
from tests.support.bundles import small_bundle, write_folder
from tests.support.command_line import Run


def _url(database: Database) -> str:
    return database.url.render_as_string(hide_password=False)


# --- help


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ([], ("serve", "demo", "import", "members", "manifest", "check", "audit")),
        (["--help"], ("serve", "demo", "import", "members", "manifest", "check", "audit")),
        (["serve", "--help"], ("--http", "--socket", "Socket Mode")),
        (["demo", "--help"], ("--data", "--orders", "--port")),
        (["import", "--help"], ("--skip-invalid", "--dry-run", "CSV", ".xlsx")),
        (["members", "--help"], ("list", "set", "remove")),
        (["members", "set", "--help"], ("--name", "--account", "--roles", "salesperson")),
        (["members", "remove", "--help"], ("members list",)),
        (["audit", "verify", "--help"], ("--head",)),
        (["explain", "--help"], ("--as", "status:pending-payment")),
        (["manifest", "--help"], ("--url",)),
        (["check", "--help"], ("--blocks",)),
    ],
)
def test_help_names_what_there_is(run: Run, line: list[str], words: tuple[str, ...]) -> None:
    ended = run(*line)
    assert ended.code == (0 if line else 2)
    assert all(word in ended.said for word in words)


@pytest.mark.parametrize(
    "line",
    [
        ["nonsense"],
        ["serve", "--nonsense"],
        ["serve", "--http", "--socket"],
        ["members"],
        ["members", "set", "U1"],
        ["import"],
        ["demo", "--orders", "0"],
        ["demo", "--port", "70000"],
        ["manifest", "--url", "http://x"],
        ["manifest", "--url", "https://"],
        ["manifest", "--url", "https://x?y"],
        ["members", "set", "U1", "--name", " ", "--roles", "admin"],
    ],
)
def test_wrong_use_ends_with_2_and_says_how(run: Run, line: list[str]) -> None:
    ended = run(*line)
    assert ended.code == 2
    assert "Usage" in ended.said


def test_the_module_and_the_script_are_the_same_program() -> None:
    ended = subprocess.run([sys.executable, "-m", "bot", "--help"], capture_output=True, text=True, check=False)
    assert ended.returncode == 0
    assert "serve" in ended.stdout


# --- settings and databases that cannot be used


@pytest.mark.parametrize("line", [["serve"], ["members", "list"], ["audit", "verify"], ["import", "x"], ["check"]])
def test_wrong_settings_are_named_and_nothing_is_done(run: Run, line: list[str], tmp_path: Path) -> None:
    ended = run(*line, PORT="http", DESK_APPROVAL_TIERS="[[100, 1]]", LOG_LEVEL="LOUD")
    assert ended.code == 2
    assert "PORT" in ended.said
    assert "LOG_LEVEL" in ended.said
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("more", "missing"),
    [
        ({}, ("SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET")),
        ({"SLACK_APP_TOKEN": "xapp-1"}, ("SLACK_BOT_TOKEN",)),
        ({"SLACK_BOT_TOKEN": "xoxb-1"}, ("SLACK_SIGNING_SECRET",)),
    ],
)
def test_serve_names_what_is_missing(run: Run, more: dict[str, str], missing: tuple[str, ...]) -> None:
    ended = run("serve", **more)
    assert ended.code == 2
    assert re.findall(r"([A-Z_]+) is missing", ended.said) == list(missing)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("oracle://desk:hunter2@h/x", "must begin with sqlite:///"),
        ("mysql://desk:hunter2@h/x", "must begin with sqlite:///"),
        ("postgresql+asyncpg://desk:hunter2@h/x", "must begin with sqlite:///"),
        ("nonsense hunter2", "must begin with sqlite:///"),
        ("sqlite+aiosqlite:///x.db", "must begin with sqlite:///"),
        ("sqlite://", "needs a file's path"),
        ("sqlite:///:memory:", "needs a file's path"),
        ("sqlite:////proc/nope/desk.db", "/proc/nope"),
        ("sqlite://desk.db", "three slashes go before a file's path"),
        ("sqlite://hunter2@host/desk.db", "three slashes go before a file's path"),
        ("sqlite:///desk.db?timout=5", "takes no options; leave out timout"),
        ("sqlite:///desk.db?timeout=hunter2", "takes no options; leave out timeout"),
        ("sqlite:///file:desk.db?mode=ro&uri=true", "takes no options; leave out mode, uri"),
        ("sqlite:///.", "unable to open database file"),
        ("postgresql+psycopg://desk:hunter2@127.0.0.1:1/x?sslmod=require", "no option sslmod; check its spelling"),
        ("postgresql+psycopg://desk:hunter2@127.0.0.1:1/x?prepare_threshold=5", "no option prepare_threshold"),
        ("postgresql+psycopg://desk:hunter2@127.0.0.1:1/x?plugin=nope", "no option plugin"),
        ("postgresql+psycopg://desk:hunter2@127.0.0.1:1/x?sslmode=banana", "sslmode"),
        ("postgresql+psycopg://desk:hunter2@127.0.0.1:1/x?sslmode=a&sslmode=b", "sslmode is given twice"),
        ("postgresql+psycopg://desk:hunter2@127.0.0.1:1/x?connect_timeout=soon", "connect_timeout must be a whole"),
        ("postgresql+psycopg://desk:hunter2@127.0.0.1:1/x?keepalives=soon", "keepalives"),
        ("postgresql+psycopg://desk:hunter2@127.0.0.1:99999/x", "invalid port number"),
        ("postgresql+psycopg://desk:hunter2@127.0.0.1:http/x", "the port a number"),
        ("postgresql+psycopg://desk:hunter2@/x?host=127.0.0.1&port=http", "the port a number"),
        ("postgresql+psycopg://desk:hunter2@/x?host=a:1&host=b:2&port=3", "the port a number"),
        ("postgresql+psycopg://desk:hunter2@/x?host=a,b,c&port=1,2", "the port a number"),
        ("postgresql+psycopg://desk:very@hunter2@127.0.0.1:1/x", "@ and % in a password written as %40 and %25"),
        ("postgresql+psycopg://desk:hunter2%00@127.0.0.1:1/x", "NUL character"),
        ("postgres://desk:hunter2@127.0.0.1:1/x", "must begin with sqlite:///"),
        ("postgresql+psycopg://desk:hunter2@127.0.0.1:1/x", "Connection refused"),
        ("postgresql+psycopg://desk:hunter2@nowhere.invalid/x", "nowhere.invalid"),
    ],
)
@pytest.mark.parametrize("line", [["members", "list"], ["check"]])
def test_a_database_that_cannot_be_used_is_told_in_words(run: Run, line: list[str], url: str, said: str) -> None:
    ended = run(*line, DATABASE_URL=url, SLACK_API_URL="http://127.0.0.1:1/api/")
    assert ended.code == (1 if line == ["check"] else 2)
    assert said in ended.said
    assert "DATABASE_URL" in ended.said
    assert "hunter2" not in ended.said


def test_a_file_that_is_no_database_is_told_in_words(run: Run, tmp_path: Path) -> None:
    (tmp_path / "x.db").write_bytes(b"no database at all, but long enough to be looked at" * 50)
    ended = run("members", "list", DATABASE_URL="sqlite:///x.db")
    assert ended.code == 2
    assert "not a database" in ended.said


def test_a_database_of_a_newer_version_is_left_alone(run: Run, database: Database) -> None:
    with database.write() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    try:
        for line in (["members", "list"], ["audit", "verify"]):
            ended = run(*line, DATABASE_URL=_url(database))
            assert ended.code == 2
            assert "newer version of Order Desk (schema 9999)" in ended.said
        assert "newer than this program" in run("check", DATABASE_URL=_url(database)).said
    finally:
        with database.write() as connection:
            connection.execute(text("UPDATE alembic_version SET version_num = :head"), {"head": head_version()})


# --- serve


def test_serve_says_that_slack_refuses_the_token(run: Run, slack: tuple[Workspace, dict[str, str]]) -> None:
    _, environment = slack
    ended = run("serve", **{**environment, "SLACK_BOT_TOKEN": "xoxb-wrong"}, PORT="0")
    assert ended.code == 2
    assert "Slack refuses the bot token: invalid_auth" in ended.said
    assert "xoxb-wrong" not in ended.said


def test_serve_says_that_slack_cannot_be_reached(run: Run) -> None:
    ended = run(
        "serve", SLACK_BOT_TOKEN="xoxb-1", SLACK_SIGNING_SECRET="s", SLACK_API_URL="http://127.0.0.1:1/api/", PORT="0"
    )
    assert ended.code == 2
    assert "Slack cannot be reached at http://127.0.0.1:1/api/" in ended.said


def test_serve_says_that_the_port_is_taken(run: Run, slack: tuple[Workspace, dict[str, str]]) -> None:
    _, environment = slack
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ended = run("serve", **environment, PORT=str(port))
    assert ended.code == 2
    assert f"Cannot listen on 127.0.0.1:{port}: Address already in use" in ended.said
    assert "Set HOST and PORT" in ended.said


def test_the_demo_says_that_the_port_is_taken(run: Run) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        ended = run("demo", "--port", str(taken.getsockname()[1]))
    assert ended.code == 2
    assert "cannot be used: Address already in use. Nothing was started" in ended.said


def test_serve_says_that_there_is_no_such_host(run: Run, slack: tuple[Workspace, dict[str, str]]) -> None:
    _, environment = slack
    ended = run("serve", **environment, HOST="nowhere.invalid", PORT="0")
    assert ended.code == 2
    assert "Cannot listen on nowhere.invalid:0" in ended.said


def test_a_place_that_exports_cannot_have_is_named(
    run: Run, sqlite_database: Database, slack: tuple[Workspace, dict[str, str]], tmp_path: Path
) -> None:
    taken = tmp_path / "taken"
    taken.write_text("a file")
    environment = {**slack[1], "DATABASE_URL": _url(sqlite_database), "DESK_EXPORT_DIR": str(taken), "PORT": "0"}
    ended = run("serve", **environment)
    assert ended.code == 2
    assert f"DESK_EXPORT_DIR: {taken} cannot be made a folder: File exists" in ended.said
    assert "Cannot listen" not in ended.said
    ended = run("check", **environment)
    assert ended.code == 1
    assert f"failed disk nothing can be written to {taken} Set DESK_EXPORT_DIR" in ended.said


# --- members


def test_members_are_kept_listed_and_taken_out(run: Run, database: Database) -> None:
    url = {"DATABASE_URL": _url(database)}
    assert "No members yet" in run("members", "list", **url).said
    added = run("members", "set", "U1", "--name", "Nancy [bold]", "--account", "NDavolio", "--roles", "salesperson")
    assert (added.code, added.said) == (0, "U1 is now salesperson.")
    assert run("members", "set", "U2", "--name", "Andrew", "--roles", "manager,admin").code == 0
    listed = run("members", "list").said
    assert "U1 Nancy [bold] ndavolio salesperson U2 Andrew manager;admin" in listed
    refused = run("members", "remove", "U2")
    assert refused.code == 2
    assert "last admin" in refused.said
    assert "Make somebody else an admin first" in refused.said
    assert run("members", "remove", "U1").said == "U1 is no longer a member."
    for nobody in ("U1", "\udcff"):
        gone = run("members", "remove", nobody)
        assert gone.code == 2
        assert "no such member" in gone.said


@pytest.mark.parametrize("user", ["", "nancy", "@Nancy", "U0 1", "U" * 33])
def test_what_is_no_slack_user_id_is_no_member(run: Run, user: str, tmp_path: Path) -> None:
    ended = run("members", "set", user, "--name", "x", "--roles", "admin")
    assert ended.code == 2
    assert "Slack user id" in ended.said
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--name", "x", "--roles", "boss"], "Unknown role 'boss'; there are salesperson, manager, admin"),
        (["--name", "x", "--roles", ""], "at least one role"),
        (["--name", "x", "--roles", "salesperson"], "needs the account name"),
        (["--name", "\udcff", "--roles", "admin"], "not text in UTF-8"),
        (["--name", "x", "--roles", "salesperson", "--account", "\udcff"], "not text in UTF-8"),
        (["--name", "x", "--roles", "salesperson", "--account", "x" * 65], "at most 64 characters"),
    ],
)
def test_a_member_who_cannot_be_is_refused_in_words(run: Run, arguments: list[str], said: str) -> None:
    ended = run("members", "set", "U1", *arguments)
    assert ended.code == 2
    assert said in ended.said
    assert "Nothing was changed" in ended.said


# --- import


def test_the_report_of_an_import_fits_a_small_terminal(
    run: Run, sqlite_database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_folder(tmp_path / "bundle", small_bundle())
    monkeypatch.setattr(cli.out, "_width", 80)
    ended = run("import", "bundle", DATABASE_URL=_url(sqlite_database))
    assert "order_discounts.csv" in ended.out
    assert max(map(len, ended.out.splitlines()[:-1])) <= 80
    assert ended.err == ""


def test_a_bundle_is_imported_and_again_changes_nothing(run: Run, database: Database, tmp_path: Path) -> None:
    write_folder(tmp_path / "bundle", small_bundle())
    url = {"DATABASE_URL": _url(database)}
    tried = run("import", "bundle", "--dry-run", **url)
    assert tried.code == 0
    assert "Dry run, nothing was written: 0 bad rows" in tried.said
    first = run("import", "bundle", **url)
    assert first.code == 0
    assert "Imported bundle" in first.said
    again = run("import", "bundle", **url)
    assert again.code == 0
    assert "is already at the desk: nothing was changed" in again.said
    assert run("audit", "verify", **url).code == 0


def test_bad_rows_are_told_and_the_good_ones_can_be_taken(run: Run, sqlite_database: Database, tmp_path: Path) -> None:
    parts = small_bundle()
    parts["orders"][0]["status"] = "[red]lost[/red]"
    write_folder(tmp_path / "bundle", parts)
    url = {"DATABASE_URL": _url(sqlite_database)}
    refused = run("import", "bundle", **url)
    assert refused.code == 1
    for said in ("orders.csv", "status", "[red]lost[/red]", "Nothing was written, because of 1 bad row.", "--skip-inv"):
        assert said in refused.said
    taken = run("import", "bundle", "--skip-invalid", **url)
    assert taken.code == 1
    assert "rejected rows are in bundle-rejected.csv" in taken.said
    assert (tmp_path / "bundle-rejected.csv").read_bytes().startswith(b"\xef\xbb\xbffile,line,")
    again = run("import", "bundle-rejected.csv", "--skip-invalid", **url)
    assert "bundle-rejected.csv (orders), line 2: status “[red]lost[/red]”" in again.said
    assert "rejected rows are in bundle-rejected-rejected.csv" in again.said


def test_files_beside_the_parts_are_named(run: Run, sqlite_database: Database, tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "bundle", small_bundle())
    for number in range(12):
        (folder / f"note {number:02} [red].txt").touch()
    ended = run("import", "bundle", DATABASE_URL=_url(sqlite_database))
    assert ended.code == 0
    assert "Not read, because their names are not those of a bundle's parts: note 00 [red].txt, note 01" in ended.err
    assert "note 09 [red].txt and 2 more" in ended.err


@pytest.mark.parametrize("name", [b"odd\n\x1b[31m", b"\xff\xfe", b"-v", b".hidden", b"x" * 250])
def test_a_bundle_of_any_name_is_imported_and_has_its_rejected(
    run: Run, sqlite_database: Database, tmp_path: Path, name: bytes
) -> None:
    parts = small_bundle()
    parts["orders"][0]["status"] = "lost"
    folder = write_folder(tmp_path / os.fsdecode(name), parts)
    ended = run("import", f"./{folder.name}", "--skip-invalid", DATABASE_URL=_url(sqlite_database))
    assert ended.code == 1
    assert "Imported " in ended.said
    assert "\x1b" not in ended.said
    assert len(list(tmp_path.glob("*-rejected.csv"))) == 1


@pytest.mark.parametrize("content", [None, b"", b"\x00\x01\x02", b"PK\x03\x04broken"])
def test_what_is_no_bundle_is_told(run: Run, tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / "bundle.xlsx").write_bytes(content)
    ended = run("import", "bundle.xlsx")
    assert ended.code == 2
    assert "Nothing was written" in ended.said


# --- audit


@pytest.mark.parametrize("place", ["mistyped.db", "nowhere/mistyped.db"])
@pytest.mark.parametrize("line", [["audit", "verify"], ["members", "list"]])
def test_where_there_is_no_desk_no_chain_is_called_whole_and_no_database_is_made(
    run: Run, tmp_path: Path, line: list[str], place: str
) -> None:
    ended = run(*line, DATABASE_URL=f"sqlite:///{place}")
    assert ended.code == 2
    assert "There is no desk in" in ended.said
    assert "mistyped.db" in ended.said
    assert "whole" not in ended.said
    assert not list(tmp_path.iterdir())


def test_a_database_without_a_desk_is_no_desk(run: Run, tmp_path: Path) -> None:
    (tmp_path / "empty.db").touch()
    ended = run("audit", "verify", DATABASE_URL="sqlite:///empty.db")
    assert ended.code == 2
    assert "There is no desk in sqlite:///empty.db" in ended.said


def test_the_chain_is_whole_until_it_is_not(run: Run, database: Database) -> None:
    url = {"DATABASE_URL": _url(database)}
    run("members", "set", "U1", "--name", "One", "--roles", "admin", **url)
    alone = run("audit", "verify").said
    assert "does not show whether rows were cut off the end, or all were rewritten. Note the head" in alone
    head = re.search("head ([0-9a-f]{64})", alone)
    assert head is not None
    assert "Row 1 has the hash that you noted: nothing up to that row" in run("audit", "verify", "--head", head[1]).said
    run("members", "set", "U2", "--name", "Two", "--roles", "manager")
    whole = run("audit", "verify", "--head", head[1])
    assert whole.code == 0
    assert "The chain is whole: 2 rows" in whole.said
    assert "Row 1 has the hash that you noted" in whole.said
    assert "The 1 after it fit together, which alone proves less" in whole.said
    unknown = run("audit", "verify", "--head", "f" * 64)
    assert unknown.code == 1
    assert "cut off the end" in unknown.said
    with database.write() as connection:
        connection.execute(text("DELETE FROM audit WHERE seq = 1"))
    broken = run("audit", "verify")
    assert broken.code == 1
    assert "broken at row 1" in broken.said


# --- manifest


def test_the_manifest_is_printed_for_both_ways(run: Run) -> None:
    printed = run("manifest")
    assert printed.code == 0
    assert printed.out == manifest()
    for url in ("https://desk.example.com", "https://desk.example.com/"):
        content = yaml.safe_load(run("manifest", "--url", url).out)
        commands = content["features"]["slash_commands"]
        assert {command["url"] for command in commands} == {"https://desk.example.com/slack/events"}
        assert content["settings"]["socket_mode_enabled"] is False
        assert content["settings"]["org_deploy_enabled"] is False
    assert yaml.safe_load(run("manifest", "--org").out)["settings"]["org_deploy_enabled"] is True


# --- check


def test_check_finds_all_well(run: Run, sqlite_database: Database, slack: tuple[Workspace, dict[str, str]]) -> None:
    workspace, environment = slack
    ended = run("check", **environment, DATABASE_URL=_url(sqlite_database))
    assert ended.code == 0, ended.said
    assert "failed" not in ended.said
    for part in ("settings", "database", "schema", "Slack", "scopes", "disk"):
        assert f"OK {part} " in ended.said
    assert workspace.bot_token not in ended.said


def test_check_points_at_names_that_nothing_reads(
    run: Run, sqlite_database: Database, slack: tuple[Workspace, dict[str, str]]
) -> None:
    _, environment = slack
    ended = run("check", **environment, DATABASE_URL=_url(sqlite_database), DESK_TIMEZONE="Asia/Tokyo", DESK_COLOUR="x")
    assert ended.code == 0, ended.said
    nothing = "is not a setting of Order Desk; nothing reads it"
    assert f"look settings DESK_TIMEZONE {nothing} Did you mean DESK_TIME_ZONE?" in ended.said
    assert f"look settings DESK_COLOUR {nothing} Remove it" in ended.said
    wrong = run("check", DESK_TIME_ZONE="Tokyo")
    assert wrong.code == 2
    assert "did you mean Asia/Tokyo?" in wrong.said
    assert "Did you mean DESK_TIME_ZONE?" in wrong.said


def test_check_tells_of_a_database_that_others_can_read(
    run: Run, sqlite_database: Database, slack: tuple[Workspace, dict[str, str]]
) -> None:
    _, environment = slack
    path = Path(str(sqlite_database.url.database))
    path.chmod(0o644)
    ended = run("check", **environment, DATABASE_URL=_url(sqlite_database))
    assert ended.code == 0
    assert "look database sqlite:///" in ended.said
    assert "others on this machine can read" in ended.said
    assert path.stat().st_mode & 0o777 == 0o644
    assert run("members", "list", DATABASE_URL=_url(sqlite_database)).code == 0
    assert "others on this machine" not in run("check", **environment).said


def test_check_makes_no_database(run: Run, slack: tuple[Workspace, dict[str, str]], tmp_path: Path) -> None:
    ended = run("check", **slack[1], DATABASE_URL="sqlite:///nowhere/desk.db")
    assert ended.code == 0, ended.said
    assert "no file nowhere/desk.db yet; `serve` creates it" in ended.said
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("state", "verdict", "said"),
    [
        ("well", "OK", "#decide-prices, read by "),
        ("shared", "failed", "is shared with another organisation"),
        ("archived", "failed", "is archived"),
        ("no bot", "failed", "/invite @Order Desk"),
        ("nowhere", "failed", "the bot sees no channel C0NOWHERE"),
    ],
)
def test_check_tells_whether_cards_can_be_posted(
    run: Run, sqlite_database: Database, slack: tuple[Workspace, dict[str, str]], state: str, verdict: str, said: str
) -> None:
    workspace, environment = slack
    people = [user for user in workspace.users() if not user.is_bot]
    channel = workspace.add_channel("decide-prices", people, is_ext_shared=state == "shared")
    if state == "archived":
        workspace.archive(channel)
    if state == "no bot":
        workspace.remove_from_channel(channel, workspace.bot)
    wanted = "C0NOWHERE" if state == "nowhere" else channel.id
    ended = run(
        "check", **environment, DATABASE_URL=_url(sqlite_database), DESK_APPROVALS_CHANNEL=wanted, COLUMNS="200"
    )
    assert f"{verdict} approvals " in ended.said, ended.said
    assert said in ended.said
    assert ended.code == (0 if verdict == "OK" else 1)


def test_check_finds_what_is_not_well(run: Run, slack: tuple[Workspace, dict[str, str]]) -> None:
    workspace, environment = slack
    workspace.scopes = frozenset({"commands"})
    ended = run("check", **environment)
    assert ended.code == 1
    assert "missing: " in ended.said
    assert "install it again" in ended.said
    workspace.revoke_token()
    ended = run("check")
    assert ended.code == 1
    assert "refuses the bot token: token_revoked" in ended.said
