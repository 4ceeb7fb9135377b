"""Examines an archive given as a workbook, and opens it with openpyxl. Part of the program that unpacks.

Anything that is not a readable workbook is refused with its cause and the remedy.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import PurePath
from typing import IO, Any, BinaryIO

from openpyxl.packaging.manifest import Manifest
from openpyxl.reader.excel import ExcelReader
from openpyxl.xml.constants import SHARED_STRINGS, SHEET_MAIN_NS, WORKSHEET_TYPE
from openpyxl.xml.functions import fromstring, iterparse

from store.sources.containers import SAVE_AS

MAX_ENTRIES = 1_000
MAX_UNPACKED = 4 * 1024**3
MAX_ENTRY_IN_MEMORY = 256 * 1024 * 1024
"""Bytes of a part that a reader of workbooks holds whole: the shared texts, the styles, the workbook itself."""
MAX_RATIO = 200
"""How many times its packed size a part may have; sheets of figures reach 30, a bomb a thousand."""
RATIO_COUNTS_FROM = 8 * 1024 * 1024

_TYPES = "[Content_Types].xml"
_MACROS = (b"ms-excel.sheet.macroEnabled.main+xml", b"ms-excel.template.macroEnabled.main+xml")
_WORKBOOKS = (b"spreadsheetml.sheet.main+xml", b"spreadsheetml.template.main+xml", *_MACROS)
_OTHERS = (
    (b"ms-excel.sheet.binary.macroEnabled.main", f"is a binary Excel workbook (.xlsb); {SAVE_AS}"),
    (b"wordprocessingml", "is a Word document, not a workbook"),
    (b"presentationml", "is a PowerPoint presentation, not a workbook"),
)
_STRICT = b"http://purl.oclc.org/ooxml/"


class Refused(Exception):
    """Why the workbook is refused, in words for a person."""

    def __init__(self, reason: str, sheet: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.sheet = sheet


class PackageReader(ExcelReader):
    """openpyxl's reader of workbooks, which finds their parts whatever their names."""

    def read_strings(self) -> None:
        """The shared texts unchanged: openpyxl removes `x005F_`, which tells an escape from its text."""
        for part in self.package.findall(SHARED_STRINGS):
            with self.archive.open(part.PartName[1:]) as source:
                self.shared_strings = list(_texts(source))

    def sheet_parts(self) -> dict[str, str]:
        """The part of the archive with each sheet, by the sheet's name, in the order of the workbook."""
        return {sheet.name: relation.target for sheet, relation in self.parser.find_sheets()}


def open_package(file: BinaryIO, name: str) -> PackageReader:
    """The workbook in that file, with its sheets not yet read. Raises Refused, or what openpyxl raises."""
    if not zipfile.is_zipfile(file):
        raise Refused("is an archive that was cut or damaged; get it again from its source")
    with zipfile.ZipFile(file) as archive:
        _guard(archive)
        _refuse_others(archive, PurePath(name))
    package = PackageReader(file, read_only=True, keep_links=False)
    package.read()
    return package


def _texts(source: IO[bytes]) -> Iterator[str]:
    item, text, run = (f"{{{SHEET_MAIN_NS}}}{name}" for name in ("si", "t", "r"))
    for _, node in iterparse(source):
        if node.tag == item:
            # Other contents of an item say how to pronounce it.
            pieces = (child if child.tag == text else child.find(text) for child in node if child.tag in (text, run))
            yield "".join(piece.text or "" for piece in pieces if piece is not None)
            node.clear()


def _guard(archive: zipfile.ZipFile) -> None:
    entries = archive.infolist()
    if len(entries) > MAX_ENTRIES:
        raise Refused(f"holds {len(entries)} parts; a workbook has at most {MAX_ENTRIES}")
    if len({entry.filename for entry in entries}) != len(entries):
        raise Refused("holds two parts of the same name")
    total = 0
    large = []
    for entry in entries:
        total += entry.file_size
        packed = max(entry.compress_size, 1)
        if entry.flag_bits & 1:
            raise Refused("is protected by a password; remove the password and save it again")
        if entry.file_size > RATIO_COUNTS_FROM and entry.file_size / packed > MAX_RATIO:
            raise Refused(f"unpacks to {entry.file_size // packed} times its size: it is made to fill the memory")
        if entry.file_size > MAX_ENTRY_IN_MEMORY:
            large.append(entry)
    if total > MAX_UNPACKED:
        raise Refused(f"unpacks to {total // 1024**2} MB; at most {MAX_UNPACKED // 1024**2} MB are taken")
    if large:
        sheets = _sheets(archive)
        for entry in large:
            if entry.filename not in sheets:
                raise Refused(f"holds a part of {entry.file_size // 1024**2} MB, {entry.filename!r:.80}")


def _sheets(archive: zipfile.ZipFile) -> set[str]:
    """The parts that are declared as sheets: these are read row by row, and may be large."""
    if _TYPES not in archive.namelist() or archive.getinfo(_TYPES).file_size > MAX_ENTRY_IN_MEMORY:
        return set()
    tree: Any = fromstring(archive.read(_TYPES))
    manifest: Any = Manifest.from_tree(tree)
    return {str(part.PartName).lstrip("/") for part in manifest.findall(WORKSHEET_TYPE)}


def _refuse_others(archive: zipfile.ZipFile, name: PurePath) -> None:
    """Raises Refused unless the archive is the one kind of workbook that the desk reads."""
    names = archive.namelist()
    if _TYPES not in names:
        raise Refused(_other_archive(archive, names))
    types = archive.read(_TYPES)
    if not any(kind in types for kind in _WORKBOOKS):
        raise Refused(next((reason for kind, reason in _OTHERS if kind in types), f"is not a workbook; {SAVE_AS}"))
    if "_rels/.rels" in names and _STRICT in archive.read("_rels/.rels"):
        raise Refused(
            "is a “Strict Open XML Spreadsheet”; open it and save it as “Excel Workbook (.xlsx)”, which comes first in "
            "the list"
        )
    if name.suffix.lower() != ".xlsx":
        if any(kind in types for kind in _MACROS):
            raise Refused(f"is a workbook with macros; {SAVE_AS}, which has none")
        raise Refused(f"is a workbook under another name; rename it to {name.stem}.xlsx")


def _other_archive(archive: zipfile.ZipFile, names: list[str]) -> str:
    if "mimetype" in names and b"opendocument.spreadsheet" in archive.read("mimetype"):
        return f"is an OpenDocument spreadsheet (.ods); {SAVE_AS}"
    if "Index/Document.iwa" in names:
        return "is a Numbers spreadsheet; open it in Numbers and export it to Excel (.xlsx)"
    if any(name.lower().endswith(".csv") for name in names):
        return "is an archive of CSV files; unpack it, and give the folder"
    if any(name.lower().endswith(".xlsx") for name in names):
        return "is an archive with a workbook in it; unpack it, and give the workbook"
    return f"is an archive (.zip), not a workbook; {SAVE_AS}"
