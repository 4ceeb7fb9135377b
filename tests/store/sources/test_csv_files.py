"""CSV files as spreadsheets and scripts write them: read where they are clear, or refused with what is wrong."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from store.database import Database
from store.domain.imports import BrokenBundle
from tests.support.bundles import run_import, small_bundle, write_folder

BOM = b"\xef\xbb\xbf"
Change = Callable[[bytes], bytes]


def separated(sign: bytes) -> Change:
    """Cells parted by another sign; none of the orders holds a comma."""
    return lambda data: data.replace(b",", sign)


def bent(folder: Path, change: Change, name: str = "orders.csv") -> Path:
    write_folder(folder, small_bundle())
    (folder / name).write_bytes(change((folder / name).read_bytes()))
    return folder


READ: list[tuple[str, Change]] = [
    ("a byte order mark", lambda data: BOM + data),
    ("several byte order marks", lambda data: BOM * 3 + data),
    ("a byte order mark within the first name", lambda data: BOM + b'"' + BOM + data.replace(b",", b'",', 1)),
    ("no-break spaces around names", lambda data: data.replace(b",customer_id,", ",\xa0customer_id ,".encode(), 1)),
    ("sep= with commas", lambda data: b"sep=,\r\n" + data),
    ("sep= behind byte order marks", lambda data: BOM * 2 + b"sep=;\r\n" + separated(b";")(data)),
    ("sep= with semicolons", lambda data: b"sep=;\n" + separated(b";")(data)),
    ("SEP= in quotes", lambda data: b'"SEP=|"\r\n' + separated(b"|")(data)),
    ("sep= with a tab", lambda data: b"sep=\t\r\n" + separated(b"\t")(data)),
    ("lines of an old Mac", lambda data: data.replace(b"\r\n", b"\r")),
]


@pytest.mark.parametrize("change", [case[1] for case in READ], ids=[case[0] for case in READ])
def test_what_is_clear_is_read(sqlite_database: Database, tmp_path: Path, change: Change) -> None:
    run_import(sqlite_database, write_folder(tmp_path / "plain", small_bundle()))
    report = run_import(sqlite_database, bent(tmp_path / "bundle", change))
    assert [str(row) for row in report.bad_rows] == []
    assert report.unchanged


def test_lines_are_counted_behind_what_stands_before_the_header(sqlite_database: Database, tmp_path: Path) -> None:
    folder = bent(tmp_path / "b", lambda data: BOM + b"sep=;\r\n" + separated(b";")(data).replace(b"KWD", b"kwx", 1))
    assert b"kwd" in (folder / "orders.csv").read_bytes()
    (folder / "orders.csv").write_bytes((folder / "orders.csv").read_bytes().replace(b"kwd", b"kwx"))
    report = run_import(sqlite_database, folder)
    assert str(report.bad_rows[0]).startswith("orders.csv, line 5: currency “kwx”")


def titled(title: bytes) -> Change:
    return lambda data: title + b"\r\n" + data


BROKEN: list[tuple[str, Change, str]] = [
    (
        "semicolons",
        separated(b";"),
        "line 1: its cells are separated by semicolons and must be separated by commas; save it",
    ),
    (
        "semicolons and quotes",
        lambda _: b'"order_id";"customer_id";"status"\r\n"1";"2";"3"\r\n',
        "line 1: its cells are separated by semicolons",
    ),
    ("tabs", separated(b"\t"), "line 1: its cells are separated by tabs"),
    (
        "a title",
        titled(b"Orders of January"),
        "line 1: the header must be the file's first line; remove everything above line 2$",
    ),
    (
        "titles with commas",
        titled(b"Orders,January\r\n\r\nfrom,to"),
        "line 1: the header must be the file's first line; remove everything above line 4$",
    ),
    (
        "no header",
        lambda data: data.split(b"\r\n", 1)[1],
        "line 1: the header must be the file's first line; it names the columns order_id, customer_id",
    ),
    (
        "a cell without end",
        lambda data: data.replace(b"\r\n10250,", b'\r\n"10250,') + b"x\n" * 100_000,
        "line 3: has a cell of more than 131,072 characters; maybe a quote is never closed",
    ),
]


@pytest.mark.parametrize(("change", "said"), [case[1:] for case in BROKEN], ids=[case[0] for case in BROKEN])
def test_what_is_not_clear_is_refused_with_its_cause(
    sqlite_database: Database, tmp_path: Path, change: Change, said: str
) -> None:
    with pytest.raises(BrokenBundle) as broken:
        run_import(sqlite_database, bent(tmp_path / "bundle", change))
    assert re.search(f"^orders.csv, {said}", str(broken.value)), str(broken.value)


def test_a_long_cell_is_told_by_its_column(sqlite_database: Database, tmp_path: Path) -> None:
    parts = small_bundle()
    parts["order_items"][0]["product_spec_desc"] = "x" * 100_000
    parts["orders"][0]["official_amount"] = "1" * 100_000
    parts["orders"][1]["create_time"] = "2" * 100_000
    report = run_import(sqlite_database, write_folder(tmp_path / "bundle", parts))
    found = [(row.file, row.line, row.column) for row in report.bad_rows]
    assert found == [
        ("orders.csv", 2, "official_amount"),
        ("orders.csv", 3, "create_time"),
        ("order_items.csv", 2, "product_spec_desc"),
    ]
    assert report.bad_rows[2].reason == "has more than 10000 characters"
    assert all(len(str(row)) < 200 for row in report.bad_rows)
