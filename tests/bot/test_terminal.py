"""Other people's text on a terminal: printed as it is, and never interpreted."""

from __future__ import annotations

import io
import unicodedata
from pathlib import Path

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st
from rich.table import Table

from bot.logs import set_up_logs
from bot.terminal import Terminal, progress_bar, take_any_text, visible
from store.database import Database
from tests.support.bundles import small_bundle, write_folder
from tests.support.command_line import Run

HOSTILE = "kind:100: [red]x[/red] \x1b[31mred\x1b]0;title\x07\u202e\ttab"
TURNING = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
SHOWN = "kind:100: [red]x[/red] \\x1b[31mred\\x1b]0;title\\x07\\u202e\\ttab"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain", "plain"),
        ("Müller 株式会社 😀 C:\\temp", "Müller 株式会社 😀 C:\\temp"),
        (":100: :smile: [bold]x[/bold]", ":100: :smile: [bold]x[/bold]"),
        ("\x1b[31mred\x1b]0;title\x07", "\\x1b[31mred\\x1b]0;title\\x07"),
        ("a\r\nb\tc\x00\x7f\x9b", "a\\r\\nb\\tc\\x00\\x7f\\x9b"),
        (
            "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u061c\u200e\u200f",
            "\\u202a\\u202b\\u202c\\u202d\\u202e\\u2066\\u2067\\u2068\\u2069\\u061c\\u200e\\u200f",
        ),
        ("a\u2028b\u2029c\u200bd\ufeffe\xadf", "a\\u2028b\\u2029c\\u200bd\\ufeffe\\xadf"),
        ("\udcff \U000e0041", "\\udcff \\U000e0041"),
        ("می‌خواهم 👨‍👩‍👧", "می‌خواهم 👨‍👩‍👧"),
    ],
)
def test_signs_stay_and_what_is_obeyed_becomes_an_escape(text: str, shown: str) -> None:
    assert visible(text) == shown


@given(st.text(st.characters(exclude_categories=())))
def test_nothing_that_a_terminal_obeys_is_printed(text: str) -> None:
    file = io.StringIO()
    terminal = Terminal()
    terminal.file = file
    terminal.print(text)
    table = Table("Name", show_edge=False)
    table.add_row(text)
    terminal.print(table)
    printed = file.getvalue().replace("\n", "").replace("\u200c", "").replace("\u200d", "")
    assert not {unicodedata.category(char) for char in printed} & {"Cc", "Cf", "Cs", "Zl", "Zp"}
    assert visible(text) in file.getvalue().splitlines()[0]


def test_a_member_is_listed_as_they_are_called(run: Run, database: Database) -> None:
    url = {"DATABASE_URL": database.url.render_as_string(hide_password=False)}
    assert run("members", "set", "U1", "--name", HOSTILE, "--roles", "admin", **url).code == 0
    assert f"U1 {SHOWN} admin" in run("members", "list", **url).said


@pytest.mark.parametrize("column", ["association_type", "customer_id"])
def test_a_bad_cell_is_told_as_it_is(run: Run, sqlite_database: Database, tmp_path: Path, column: str) -> None:
    parts = small_bundle()
    parts["customers"][0][column] = HOSTILE if column == "association_type" else HOSTILE * 5
    write_folder(tmp_path / "bundle", parts)
    ended = run("import", "bundle", DATABASE_URL=sqlite_database.url.render_as_string())
    assert ended.code == 1
    assert "kind:100: [red]x[/red] \\x1b[31mred" in ended.err
    assert "\x1b" not in ended.out + ended.err


@pytest.mark.parametrize("name", ["\x1b[31m\u202e:100:[red]x.xlsx", ":100: [red]\x1b]0;title\x07"])
def test_the_name_of_a_bundle_is_told_as_it_is(run: Run, tmp_path: Path, name: str) -> None:
    for there in (False, True):
        if there:
            (tmp_path / name).write_bytes(b"neither")
        ended = run("import", str(tmp_path / name))
        assert ended.code == 2
        assert visible(name) in ended.err
        assert "\x1b" not in ended.err


def test_a_progress_bar_shows_its_task_as_it_is_called(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    terminal = Terminal()
    terminal.file = io.StringIO()
    monkeypatch.setattr(terminal, "_force_terminal", True)
    terminal.is_interactive = True
    monkeypatch.setattr(terminal, "_width", 200)
    with progress_bar(terminal) as bar:
        bar.add_task(HOSTILE, total=1)
        bar.refresh()
    assert SHOWN in terminal.file.getvalue()


def test_check_shows_what_others_answer_as_it_is(run: Run, tmp_path: Path) -> None:
    ended = run("check", DESK_EXPORT_DIR=f"{tmp_path}/:100:[red]\x1b[31m", SLACK_API_URL="http://127.0.0.1:1/api/")
    assert "/:100:[red]\\x1b[31m" in ended.said
    assert "\x1b" not in ended.out


def test_logs_for_a_terminal_obey_nothing_either() -> None:
    stream = io.StringIO()
    kept = structlog.get_config()
    try:
        set_up_logs("INFO", "text", stream)
        structlog.get_logger("desk").info("said \x1b[31m", by="\x1b]0;title\x07\u202e")
        set_up_logs("INFO", "json", stream)
        structlog.get_logger("desk").info("said \x1b[31m", by="\x1b]0;title\x07\u202e")
    finally:
        structlog.configure(**kept)
    assert not {"\x1b", "\x07", "\u202e"} & set(stream.getvalue())
    assert "\\x1b]0;title" in stream.getvalue()


def test_a_sign_that_the_output_cannot_take_becomes_an_escape(monkeypatch: pytest.MonkeyPatch) -> None:
    written = io.BytesIO()
    monkeypatch.setattr("sys.stdout", io.TextIOWrapper(written, encoding="ascii"))
    take_any_text()
    terminal = Terminal()
    terminal.print("Müller 株")
    terminal.file.flush()
    assert written.getvalue() == b"M\\xfcller \\u682a\n"
