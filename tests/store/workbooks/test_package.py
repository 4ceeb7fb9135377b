"""The zip file: read by any reader, told by its first bytes, refused where it would not be."""

from __future__ import annotations

import struct
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryFile
from typing import BinaryIO, cast
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.workbooks import Column, Page, Sheet, WorkbookTooLarge, WorkbookWriter
from store.workbooks.package import Deflated, PackageWriter
from tests.store.workbooks.reading import NOON, written


@given(st.lists(st.binary(max_size=5_000), max_size=5), st.binary(max_size=100))
def test_parts_come_back_however_they_were_put_in(contents: list[bytes], before: bytes) -> None:
    file = BytesIO()
    file.write(before)
    package = PackageWriter(file, NOON)
    for number, content in enumerate(contents):
        package.add(f"whole/{number}", content)
        part = package.begin(f"slowly/{number}")
        aside = Deflated(BytesIO())
        for start in range(0, len(content), 700):
            part.write(content[start : start + 700])
            aside.write(content[start : start + 700])
        package.finish()
        aside.end()
        package.add_deflated(f"aside/{number}", aside)
    package.close()

    with ZipFile(file) as archive:
        assert archive.testzip() is None
        assert len(archive.namelist()) == 3 * len(contents)
        for number, content in enumerate(contents):
            assert {archive.read(f"{way}/{number}") for way in ("whole", "slowly", "aside")} == {content}


def workbook() -> bytes:
    def fill(book: WorkbookWriter) -> None:
        for _ in range(3):
            book.sheet("Orders").write_rows([("a",)] * 300)
            book.sheet("Items").write_rows([("b",)] * 300)

    columns = (Column("Order No."),)
    return written([Sheet("Orders", columns), Sheet("Items", columns), Page("Summary")], fill)


def test_sizes_stand_before_each_entry_and_nothing_needs_zip64() -> None:
    """LibreOffice refuses zip64 entries that are described behind themselves; both are kept out of the file."""
    content = workbook()
    for info in ZipFile(BytesIO(content)).infolist():
        fields = struct.unpack_from("<4s5H3L2H", content, info.header_offset)
        signature, version, flags, method = fields[:4]
        assert (signature, version, flags, method) == (b"PK\3\4", 20, 0, ZIP_DEFLATED)
        assert fields[6:9] == (info.CRC, info.compress_size, info.file_size)
        assert info.extra == b""
        assert info.date_time == (2026, 3, 1, 12, 0, 0)


def test_programs_can_tell_it_by_its_first_entries() -> None:
    names = ZipFile(BytesIO(workbook())).namelist()
    assert names[:4] == ["_rels/.rels", "docProps/app.xml", "docProps/core.xml", "xl/worksheets/sheet1.xml"]
    assert len(names) == len(set(names))


def test_a_file_past_four_gigabytes_is_refused() -> None:
    with TemporaryFile() as file:
        package = PackageWriter(cast("BinaryIO", file), NOON)
        package.add("first", b"content")
        file.seek((4 << 30) + 1)  # a hole: it takes no room
        with pytest.raises(WorkbookTooLarge, match="Narrow the search"):
            package.add("second", b"content")


def test_a_part_past_four_gigabytes_is_refused(tmp_path: Path) -> None:
    with (tmp_path / "part").open("w+b") as file:
        package = PackageWriter(file, NOON)
        part = package.begin("first")
        part.write(b"content")
        part.size += 4 << 30
        with pytest.raises(WorkbookTooLarge):
            package.finish()


def test_a_time_before_1980_is_no_trouble() -> None:
    file = BytesIO()
    package = PackageWriter(file, datetime(1970, 5, 6, tzinfo=UTC))
    package.add("part", b"content")
    package.close()
    assert ZipFile(file).infolist()[0].date_time[:3] == (1980, 5, 6)


def test_ending_what_was_not_begun_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="no part was begun"):
        PackageWriter(BytesIO(), NOON).finish()
