"""A workbook that is made to do harm, or holds what no table does, is refused in words, and nothing is written."""

from __future__ import annotations

import gc
import json
import re
import zipfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
from openpyxl import Workbook

from store.database import Database
from store.domain.imports import BrokenBundle, Part
from store.sources import unpack
from tests.support.bundles import run_import, small_bundle, write_workbook

DATE = datetime(2026, 1, 18, 9)  # noqa: DTZ001 - spreadsheets know no zones
SHEET = "xl/worksheets/sheet2.xml"
"""The sheet of the orders."""


def rewrite(path: Path, change: Callable[[str, bytes], bytes], compression: int = zipfile.ZIP_DEFLATED) -> Path:
    """The workbook with each of its parts changed."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w", compression, compresslevel=9) as archive:
        for name, data in parts.items():
            archive.writestr(name, change(name, data))
    return path


def in_sheet(change: Callable[[bytes], bytes]) -> Callable[[Path], object]:
    return lambda path: rewrite(path, lambda name, data: change(data) if name == SHEET else data)


def blow_up(data: bytes) -> bytes:
    return data.replace(b"</sheetData>", b"<row r='5'/>" * 1_000_000 + b"</sheetData>")


ENTITIES = (
    b'<?xml version="1.0"?><!DOCTYPE worksheet [<!ENTITY a "aaaaaaaaaa">'
    + b"".join(b'<!ENTITY %c "%s">' % (98 + n, b"&%c;" % (97 + n) * 10) for n in range(9))
    + b"]>"
)


def with_entities(data: bytes) -> bytes:
    body = re.sub(rb"^<\?xml.*?\?>", b"", data)
    return ENTITIES + body.replace(
        b"</sheetData>", b'<row r="9"><c t="inlineStr"><is><t>&j;</t></is></c></row></sheetData>'
    )


def extra_parts(path: Path) -> None:
    with zipfile.ZipFile(path, "a") as archive:
        for number in range(1001):
            archive.writestr(f"xl/media/{number}", b"")


def twice(path: Path) -> None:
    with pytest.warns(UserWarning, match="Duplicate name"), zipfile.ZipFile(path, "a") as archive:
        archive.writestr(SHEET, b"")


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def spoil_checksum(path: Path) -> None:
    with zipfile.ZipFile(path) as workbook:
        sheet = workbook.getinfo("xl/worksheets/sheet1.xml")
    data = bytearray(path.read_bytes())
    data[sheet.header_offset + 30 + len(sheet.filename) + sheet.compress_size // 2] ^= 0xFF
    path.write_bytes(bytes(data))


BROKEN: list[tuple[str, Callable[[Path], object], str]] = [
    ("a bomb", in_sheet(blow_up), "times its size: it is made to fill the memory"),
    ("entities", in_sheet(with_entities), "XML that a workbook never needs"),
    ("very many parts", extra_parts, "holds 10[0-9]{2} parts; a workbook has at most 1000"),
    ("a part twice", twice, "two parts of the same name"),
    ("half of it", cut, "was cut or damaged"),
    ("spoilt bytes", spoil_checksum, "was cut or damaged"),
    (
        "merged cells",
        in_sheet(
            lambda data: re.sub(
                rb"</sheetData>", b'</sheetData><mergeCells><mergeCell ref="A2:A3"/></mergeCells>', data
            )
        ),
        r"^sheet orders: has merged cells \(A2:A3\)",
    ),
    (
        "merged cells as other programs write them",
        in_sheet(
            lambda data: data.replace(
                b"</sheetData>", b"</sheetData><x:mergeCells><x:mergeCell\nref = 'A2:A3' /></x:mergeCells>"
            ).replace(
                b"<worksheet ", b'<worksheet xmlns:x="http://schemas.openxmlformats.org/spreadsheetml/2006/main" '
            )
        ),
        r"^sheet orders: has merged cells \(A2:A3\)",
    ),
    (
        "a row beyond the last",
        in_sheet(
            lambda data: data.replace(
                b"</sheetData>", b'<row r="99999999"><c r="A99999999"><v>1</v></c></row></sheetData>'
            )
        ),
        "^sheet orders: has more than 1048576 rows",
    ),
    (
        "a column beyond the last",
        in_sheet(
            lambda data: data.replace(b"</sheetData>", b'<row r="9"><c r="ZZZZZ9"><v>1</v></c></row></sheetData>')
        ),
        "is a workbook that cannot be read",
    ),
    ("no XML", in_sheet(lambda _: b"\xff\xfe nothing"), "holds XML that is broken"),
    ("not a workbook at all", lambda path: path.write_bytes(b"hello"), "is text, not a workbook|was cut or damaged"),
    (
        "a workbook without its main part",
        lambda path: rewrite(path, lambda name, data: b"" if name == "xl/workbook.xml" else data),
        "holds XML that is broken",
    ),
]


@pytest.mark.parametrize(("spoil", "said"), [case[1:] for case in BROKEN], ids=[case[0] for case in BROKEN])
def test_a_broken_workbook_stops_everything(
    sqlite_database: Database, tmp_path: Path, spoil: Callable[[Path], object], said: str
) -> None:
    path = write_workbook(tmp_path / "bundle.xlsx", small_bundle())
    spoil(path)
    with pytest.raises(BrokenBundle) as broken:
        run_import(sqlite_database, path, skip_invalid=True)
    assert re.search(said, str(broken.value)), str(broken.value)


def put(sheet: str, cell: str, value: str | float | datetime) -> Callable[[Workbook], None]:
    def bend(book: Workbook) -> None:
        book[sheet][cell] = value

    return bend


BAD: list[tuple[str, Callable[[Workbook], None], str]] = [
    (
        "a formula",
        put("orders", "H2", "=1+439"),
        "row 2: official_amount “=1+439” is a formula; keep values only (cell H2)",
    ),
    ("an error value", put("orders", "C2", "#REF!"), "service_type_code “#REF!” is an error value of the spreadsheet"),
    ("a far cell", put("orders", "XFD3", "x"), "sheet orders, row 3: has 16384 cells, and the header has 21"),
    (
        "a date of the spreadsheet",
        put("orders", "K2", DATE),
        "create_time “2026-01-18T09:00:00” is a date of the spreadsheet, which has no time zone",
    ),
    ("a number for a text that is none", put("orders", "J2", 5), "currency “5” is not a currency"),
    (
        "a truth for an amount",
        put("orders", "H2", True),
        "official_amount “TRUE” is a yes-or-no value of the spreadsheet",
    ),
    ("a float too fine", put("orders", "H2", 0.12345), "official_amount “0.12345” has more decimal places"),
    ("a float too large", put("orders", "H2", 1e22), "official_amount “10000000000000000000000” is too large"),
    ("a row far below", put("orders", "A1048576", "x"), "sheet orders, row 1048576: customer_id is empty"),
]


@pytest.mark.parametrize(("bend", "said"), [case[1:] for case in BAD], ids=[case[0] for case in BAD])
def test_a_bad_cell_is_named(
    sqlite_database: Database, tmp_path: Path, bend: Callable[[Workbook], None], said: str
) -> None:
    report = run_import(sqlite_database, write_workbook(tmp_path / "bundle.xlsx", small_bundle(), bend))
    assert not report.written
    assert said in str(report.bad_rows[0])


def test_a_text_that_looks_like_a_formula_is_a_text(sqlite_database: Database, tmp_path: Path) -> None:
    def bend(book: Workbook) -> None:
        cell = book["order_items"]["F2"]
        cell.value = "=SUM(A1)"
        cell.data_type = "s"

    report = run_import(sqlite_database, write_workbook(tmp_path / "bundle.xlsx", small_bundle(), bend))
    assert (report.bad_count, report.written) == (0, True)


def test_a_missing_sheet_is_named(sqlite_database: Database, tmp_path: Path) -> None:
    def bend(book: Workbook) -> None:
        del book["order_items"]

    with pytest.raises(BrokenBundle, match=r"^bundle.xlsx: has no sheet order_items; a bundle"):
        run_import(sqlite_database, write_workbook(tmp_path / "bundle.xlsx", small_bundle(), bend))


def test_other_sheets_and_empty_rows_are_left_alone(sqlite_database: Database, tmp_path: Path) -> None:
    def bend(book: Workbook) -> None:
        notes = book.create_sheet("Notes", 0)
        notes["A1"] = "=1/0"
        notes.merge_cells("A1:C3")
        book["orders"].insert_rows(3)
        book["orders"]["A90"].number_format = "0.00"

    report = run_import(sqlite_database, write_workbook(tmp_path / "bundle.xlsx", small_bundle(), bend))
    assert (report.bad_count, report.parts[1].read) == (0, 3)


def test_what_the_sheet_says_of_its_size_is_not_believed(sqlite_database: Database, tmp_path: Path) -> None:
    path = write_workbook(tmp_path / "bundle.xlsx", small_bundle())
    in_sheet(lambda data: re.sub(rb'<dimension ref="[^"]*"', b'<dimension ref="A1:XFD1048576"', data))(path)
    assert run_import(sqlite_database, path).bad_count == 0


def unpacked(path: Path, folder: Path) -> dict[str, list[list[object]]]:
    folder.mkdir()
    names, _ = unpack.unpack(path, folder, tuple(Part))
    lines = {name: (folder / f"{name}.jsonl").read_text().splitlines() for name in names}
    return {name: [json.loads(line) for line in rows] for name, rows in lines.items()}


def test_the_sheets_are_unpacked_row_by_row_each_cell_as_what_it_is(tmp_path: Path) -> None:
    def bend(book: Workbook) -> None:
        put("orders", "H2", "=1+439")(book)
        put("members", "B2", 0.1)(book)
        put("members", "A4", 10248.0)(book)

    sheets = unpacked(write_workbook(tmp_path / "bundle.xlsx", small_bundle(), bend), tmp_path / "out")
    assert list(sheets) == [str(part) for part in Part]
    assert sheets["members"] == [
        [1, ["slack_user_id", "name", "account_name", "roles"]],
        [2, ["U0NW0001", 0.1, "ndavolio", "salesperson"]],
        [3, ["U0NW0002", "Andrew Fuller", "", "manager;admin"]],
        [4, [10248]],
    ]
    cells = sheets["orders"][1][1]
    assert isinstance(cells, list)
    assert cells[7] == ["formula", "=1+439"]


# openpyxl leaves a file that it could not read open until it is collected; the child process ends before.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize(("spoil", "said"), [case[1:] for case in BROKEN], ids=[case[0] for case in BROKEN])
def test_the_reader_itself_refuses_what_is_broken(
    tmp_path: Path,
    spoil: Callable[[Path], object],
    said: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    # Only in its own process may it lower what it is allowed.
    monkeypatch.setattr(unpack, "limit", lambda: None)
    path = write_workbook(tmp_path / "bundle.xlsx", small_bundle())
    spoil(path)
    assert unpack.main(str(path), str(tmp_path), tuple(Part)) == 1
    gc.collect()
    last = json.loads(capsys.readouterr().out.splitlines()[-1])
    file = f"sheet {last['sheet']}" if last["sheet"] else "bundle.xlsx"
    assert re.search(said, f"{file}: {last['error']}")
