"""What was given is looked at once, whatever its name says: read, or refused with the cause and what to do."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from openpyxl import Workbook

from store.database import Database
from store.domain.imports import BrokenBundle
from store.sources import packages
from tests.support.bundles import run_import, small_bundle, write_folder, write_workbook

SAVE = "open it in a spreadsheet program and save it as “Excel Workbook (.xlsx)”"
COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)
BINARY = b"application/vnd.ms-excel.sheet.binary.macroEnabled.main"
TYPES = "[Content_Types].xml"


def compound(*streams: str) -> bytes:
    """A compound file as far as its directory: entries of 128 bytes, each with its name."""
    return COMPOUND + b"".join(
        f"{stream}\0".encode("utf-16-le").ljust(128, b"\0") for stream in ("Root Entry", *streams)
    )


def archive(path: Path, parts: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w") as made:
        for name, data in parts.items():
            made.writestr(name, data)
    return path


def parts_of(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as made:
        return {name: made.read(name) for name in made.namelist()}


def moved(parts: dict[str, bytes], old: str, new: str, within: str) -> dict[str, bytes]:
    """The package with one part under another name, and with its relations and its type changed alike."""
    renamed = {new if name == old else name: data for name, data in parts.items()}
    renamed[TYPES] = renamed[TYPES].replace(f"/{old}".encode(), f"/{new}".encode())
    source, target = within, f"/{new}"
    renamed[source] = re.sub(
        rb'Target="/?' + re.escape(old.encode()) + b'"', f'Target="{target}"'.encode(), renamed[source]
    )
    return renamed


def other_workbook_name(parts: dict[str, bytes]) -> dict[str, bytes]:
    renamed = moved(parts, "xl/workbook.xml", "xl/workbook2.xml", "_rels/.rels")
    renamed["xl/_rels/workbook2.xml.rels"] = renamed.pop("xl/_rels/workbook.xml.rels")
    return renamed


def targets(change: Callable[[bytes], bytes]) -> Callable[[dict[str, bytes]], dict[str, bytes]]:
    name = "xl/_rels/workbook.xml.rels"
    return lambda parts: parts | {name: re.sub(rb'(?<=Target=")[^"]+', lambda found: change(found[0]), parts[name])}


READ: list[tuple[str, Callable[[dict[str, bytes]], dict[str, bytes]]]] = [
    ("a workbook part of another name", other_workbook_name),
    ("targets from the root", targets(lambda target: b"/xl/" + target.removeprefix(b"/xl/"))),
    ("targets from here", targets(lambda target: b"./" + target.removeprefix(b"/xl/"))),
    ("targets by a detour", targets(lambda target: b"worksheets/../" + target.removeprefix(b"/xl/"))),
    (
        "sheets in another folder",
        lambda parts: {
            name.replace("worksheets/", "tables/"): data.replace(b"worksheets/", b"tables/")
            if name in (TYPES, "xl/_rels/workbook.xml.rels")
            else data
            for name, data in parts.items()
        },
    ),
]


@pytest.mark.parametrize("change", [case[1] for case in READ], ids=[case[0] for case in READ])
def test_parts_are_found_by_what_points_to_them(
    sqlite_database: Database, tmp_path: Path, change: Callable[[dict[str, bytes]], dict[str, bytes]]
) -> None:
    path = write_workbook(tmp_path / "bundle.xlsx", small_bundle())
    before = parts_of(path)
    after = change(before)
    assert after != before
    report = run_import(sqlite_database, archive(path, after))
    assert (report.bad_count, report.written) == (0, True)


def strict(parts: dict[str, bytes]) -> dict[str, bytes]:
    replaced = (
        (
            b"http://schemas.openxmlformats.org/officeDocument/2006/relationships",
            b"http://purl.oclc.org/ooxml/officeDocument/relationships",
        ),
        (
            b"http://schemas.openxmlformats.org/spreadsheetml/2006/main",
            b"http://purl.oclc.org/ooxml/spreadsheetml/main",
        ),
    )
    for old, new in replaced:
        parts = {name: data.replace(old, new) for name, data in parts.items()}
    return parts


def typed(kind: bytes) -> Callable[[dict[str, bytes]], dict[str, bytes]]:
    main = b"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
    return lambda parts: parts | {TYPES: parts[TYPES].replace(main, kind)}


ARCHIVES: list[tuple[str, str, Callable[[dict[str, bytes]], dict[str, bytes]], str]] = [
    ("strict", "b.xlsx", strict, "is a “Strict Open XML Spreadsheet”; open it and save it as “Excel Workbook (.xlsx)”"),
    ("binary", "b.xlsb", typed(BINARY), f"(.xlsb); {SAVE}"),
    ("binary as xlsx", "b.xlsx", typed(BINARY), f"(.xlsb); {SAVE}"),
    ("macros", "b.xlsm", typed(b"application/vnd.ms-excel.sheet.macroEnabled.main+xml"), "is a workbook with macros"),
    ("a document", "b.xlsx", typed(b"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"),
     "is a Word document, not a workbook"),
    ("slides", "b.xlsx", typed(b"application/vnd.openxmlformats-officedocument.presentationml.presentation.main+xml"),
     "is a PowerPoint presentation, not a workbook"),
    ("ods", "b.ods", lambda _: {"mimetype": b"application/vnd.oasis.opendocument.spreadsheet", "content.xml": b""},
     f"is an OpenDocument spreadsheet (.ods); {SAVE}"),
    ("numbers", "b.numbers", lambda _: {"Index/Document.iwa": b""}, "is a Numbers spreadsheet; open it in Numbers"),
    ("zipped files", "b.zip", lambda _: {"b/orders.csv": b"order_id"}, "is an archive of CSV files; unpack it"),
    ("a zipped workbook", "b.xlsx", lambda parts: {"b.xlsx": b"".join(parts.values())}, "with a workbook in it"),
    ("an archive", "b.xlsx", lambda _: {"a.txt": b"a"}, "is an archive (.zip), not a workbook"),
    ("a workbook as csv", "b.csv", lambda parts: parts, "is a workbook under another name; rename it to b.xlsx"),
    ("a workbook as xls", "b.xls", lambda parts: parts, "is a workbook under another name; rename it to b.xlsx"),
    ("a sheet that is missing", "b.xlsx",
     lambda parts: {name: data for name, data in parts.items() if name != "xl/worksheets/sheet2.xml"},
     "is missing from the workbook's archive; the file is damaged"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "change", "said"), [case[1:] for case in ARCHIVES], ids=[case[0] for case in ARCHIVES]
)
def test_another_archive_is_refused_with_its_cause(
    sqlite_database: Database,
    tmp_path: Path,
    name: str,
    change: Callable[[dict[str, bytes]], dict[str, bytes]],
    said: str,
) -> None:
    parts = parts_of(write_workbook(tmp_path / "made.xlsx", small_bundle()))
    path = archive(tmp_path / name, change(parts))
    with pytest.raises(BrokenBundle) as broken:
        run_import(sqlite_database, path)
    assert said in str(broken.value)


FILES: list[tuple[str, bytes, str]] = [
    ("nothing", b"", "is empty; "),
    ("an old workbook", compound("Workbook"), "is an old Excel workbook (.xls); "),
    ("an older workbook", b"\x09\x04\x06\x00\x00\x00\x10\x00", "is an old Excel workbook (.xls); "),
    ("a protected workbook", compound("EncryptionInfo", "EncryptedPackage"), "is protected by a password; remove"),
    ("an old document", compound("WordDocument"), "is an old Word document (.doc)"),
    ("a web page", b"\xef\xbb\xbf\r\n <!DOCTYPE HTML><html><table><tr><td>order_id", "is a web page (HTML)"),
    ("a table of a web page", b"<table border=1><tr><td>order_id", "is a web page (HTML)"),
    ("a web page in UTF-16", "<html><body><table>".encode("utf-16"), "is a web page (HTML)"),
    ("a web page with an XML head", b'<?xml version="1.0"?><html xmlns="x">', "is a web page (HTML)"),
    ("a web archive", b"MIME-Version: 1.0\r\nContent-Type: multipart/related", "is a web archive (MHTML)"),
    ("an XML spreadsheet", b'<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?>', "Spreadsheet 2003"),
    ("a flat spreadsheet", b'<?xml?><office:document xmlns:office="urn:oasis:names:tc:opendocument">', "(.fods)"),
    ("XML", b'<?xml version="1.0"?><orders/>', "is XML"),
    ("a PDF", b"%PDF-1.7\n", "is a PDF"),
    ("a packed file", b"\x1f\x8b\x08", "is packed (.gz); unpack it"),
    ("a 7-Zip archive", b"7z\xbc\xaf\x27\x1c\x00\x04", "is packed (.7z); unpack it"),
    ("a text of a word processor", b"{\\rtf1\\ansi", "(RTF)"),
]  # fmt: skip


@pytest.mark.parametrize("name", ["bundle.xlsx", "bundle.xls", "bundle.csv", "bundle"])
@pytest.mark.parametrize(("content", "said"), [case[1:] for case in FILES], ids=[case[0] for case in FILES])
def test_another_file_is_refused_with_its_cause_whatever_its_name(
    sqlite_database: Database, tmp_path: Path, name: str, content: bytes, said: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(BrokenBundle) as broken:
        run_import(sqlite_database, path)
    assert said in str(broken.value)
    assert re.search("; (open|unpack|remove|give) ", str(broken.value))


@pytest.mark.parametrize(
    ("content", "said"),
    [*(case[1:] for case in FILES[1:]), (b"PK\x03\x04anything", "is a workbook or another archive, not a CSV file")],
    ids=[*(case[0] for case in FILES[1:]), "a workbook"],
)
def test_another_file_in_a_folder_is_refused_by_its_name(
    sqlite_database: Database, tmp_path: Path, content: bytes, said: str
) -> None:
    folder = write_folder(tmp_path / "bundle", small_bundle())
    (folder / "orders.csv").write_bytes(content)
    with pytest.raises(BrokenBundle) as broken:
        run_import(sqlite_database, folder)
    assert said.partition(";")[0] in str(broken.value)
    assert str(broken.value).startswith("orders.csv, line 1: ")
    assert re.search("; (unpack|remove)|“CSV UTF-8”", str(broken.value))


@pytest.mark.parametrize("name", ["bundle.csv", "bundle.xlsx", "bundle.txt"])
def test_one_file_of_text_is_not_a_bundle(sqlite_database: Database, tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes((write_folder(tmp_path / "made", small_bundle()) / "orders.csv").read_bytes())
    with pytest.raises(
        BrokenBundle, match=r"text.*; give a folder with customers.csv, orders.csv, order_items.csv, or"
    ):
        run_import(sqlite_database, path)


def test_a_protected_part_of_an_archive_is_told(sqlite_database: Database, tmp_path: Path) -> None:
    path = write_workbook(tmp_path / "bundle.xlsx", small_bundle())
    data = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as made:
        first = made.infolist()[0]
    data[first.header_offset + 6] |= 1
    directory = data.index(b"PK\x01\x02")
    data[directory + 8] |= 1
    path.write_bytes(data)
    with pytest.raises(BrokenBundle, match="is protected by a password; remove the password"):
        run_import(sqlite_database, path)


def test_a_large_part_is_read_only_as_a_sheet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packages, "MAX_ENTRY_IN_MEMORY", 5_000)
    path = write_workbook(tmp_path / "bundle.xlsx", small_bundle())
    parts = parts_of(path)
    with path.open("rb") as file, pytest.raises(packages.Refused, match=r"holds a part of 0 MB, 'xl/theme"):
        packages.open_package(file, path.name)
    archive(path, {name: data for name, data in parts.items() if "worksheets" in name or len(data) < 5_000})
    with path.open("rb") as file:
        assert packages.open_package(file, path.name).sheet_parts()


def test_a_sheet_that_is_there_twice_is_named(sqlite_database: Database, tmp_path: Path) -> None:
    def bend(book: Workbook) -> None:
        book.create_sheet("Orders ")

    with pytest.raises(BrokenBundle, match=r"^sheet orders: appears twice, as “orders” and “Orders ”; keep one"):
        run_import(sqlite_database, write_workbook(tmp_path / "bundle.xlsx", small_bundle(), bend))
