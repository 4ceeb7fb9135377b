"""Files and sheets that are not parts of a bundle are named: a slip of a part's name is refused, others left alone."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook

from store.database import Database
from store.domain.imports import BrokenBundle
from store.sources.names import derived_name, plain_name, shown_name
from tests.support.bundles import run_import, small_bundle, write_folder, write_workbook

SLIPS = [
    ("order_discounts", "order_discount"),
    ("order_discounts", "Order Discounts"),
    ("order_discounts", "order-discounts"),
    ("order_discounts", "discounts"),
    ("order_items", "items"),
    ("order_items", "orders_items"),
    ("members", "member"),
    ("members", "Memebers"),
    ("orders", "order"),
]


@pytest.mark.parametrize(("part", "name"), SLIPS)
def test_a_slip_of_a_parts_name_is_refused(sqlite_database: Database, tmp_path: Path, part: str, name: str) -> None:
    parts = {(name if one == part else one): rows for one, rows in small_bundle().items()}
    with pytest.raises(BrokenBundle) as broken:
        run_import(sqlite_database, write_folder(tmp_path / "bundle", parts))
    assert str(broken.value) == f"{name}.csv: is not a part of a bundle; if it is meant as {part}.csv, name it so"
    with pytest.raises(BrokenBundle) as broken:
        run_import(sqlite_database, write_workbook(tmp_path / "bundle.xlsx", parts))
    assert str(broken.value) == f"sheet {name}: is not a part of a bundle; if it is meant as {part}, name it so"


@pytest.mark.parametrize("name", ["members.xlsx", "members.csv.txt", "members.tsv"])
def test_a_part_under_another_ending_is_refused(sqlite_database: Database, tmp_path: Path, name: str) -> None:
    folder = write_folder(tmp_path / "bundle", small_bundle())
    (folder / "members.csv").rename(folder / name)
    with pytest.raises(
        BrokenBundle, match=f"^{re.escape(name)}: is not a part of a bundle; if it is meant as members.csv"
    ):
        run_import(sqlite_database, folder)


def test_other_names_are_told_and_left_alone(sqlite_database: Database, tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "bundle", small_bundle())
    for name in ("read me.txt", "orders.xlsx", "order.csv", ".DS_Store", "~$orders.xlsx"):
        (folder / name).write_bytes(b"anything")
    (folder / "older").mkdir()
    report = run_import(sqlite_database, folder)
    assert report.written
    assert report.left_alone == ("order.csv", "orders.xlsx", "read me.txt")

    def bend(book: Workbook) -> None:
        book.create_sheet("Notes")
        book.create_sheet("Summary", 0)

    report = run_import(sqlite_database, write_workbook(tmp_path / "bundle.xlsx", small_bundle(), bend))
    assert report.left_alone == ("sheet Summary", "sheet Notes")


def test_a_file_that_is_there_twice_is_named(sqlite_database: Database, tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "bundle", small_bundle())
    (folder / "Orders.CSV").write_bytes((folder / "orders.csv").read_bytes())
    with pytest.raises(BrokenBundle, match=r"^bundle: has orders.csv twice, as Orders.CSV and orders.csv; keep one"):
        run_import(sqlite_database, folder)


def test_a_file_in_other_case_is_the_part(sqlite_database: Database, tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "bundle", small_bundle())
    (folder / "orders.csv").rename(folder / "Orders.CSV")
    assert run_import(sqlite_database, folder).written


def test_what_is_there_is_named_where_a_part_is_missing(sqlite_database: Database, tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "bundle", small_bundle())
    (folder / "orders.csv").rename(folder / "January.csv")
    with pytest.raises(BrokenBundle, match=r"^bundle: has no orders.csv; a bundle needs .*; it has January.csv$"):
        run_import(sqlite_database, folder)


@pytest.mark.parametrize(
    ("name", "derived"),
    [
        ("northwind", "northwind-rejected.csv"),
        ("north.wind.xlsx", "north.wind-rejected.csv"),
        ("a\nb\x1b[31m\u202e.xlsx", "a_b_[31m_-rejected.csv"),
        ("株 ü.xlsx", "株 ü-rejected.csv"),
        (".hidden.xlsx", "_hidden-rejected.csv"),
        ("-rf.xlsx", "_rf-rejected.csv"),
        ("x" * 240 + ".xlsx", "x" * 100 + "-rejected.csv"),
        (b"\xff\xfe.xlsx", "__-rejected.csv"),
    ],
)
def test_a_file_that_is_made_of_a_name_has_one_that_can_be_printed(name: str | bytes, derived: str) -> None:
    assert derived_name(Path(os.fsdecode(name)), "-rejected.csv") == derived


def test_a_folder_keeps_its_whole_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "bundle.v2"
    folder.mkdir()
    assert derived_name(folder, "-r.csv") == "bundle.v2-r.csv"
    monkeypatch.chdir(folder)
    assert derived_name(Path(), "-r.csv") == "bundle.v2-r.csv"
    assert derived_name(Path("/"), "-r.csv") == "bundle-r.csv"


@given(st.binary(min_size=1, max_size=200).filter(lambda name: b"\0" not in name and b"/" not in name))
def test_every_name_becomes_one_that_a_file_can_have(name: bytes) -> None:
    plain = plain_name(Path(os.fsdecode(name)))
    assert plain.isprintable()
    assert shown_name(Path(os.fsdecode(name))).isprintable()
    derived = derived_name(Path(os.fsdecode(name)), "-rejected.csv")
    assert derived == Path(derived).name
    assert len(derived.encode()) <= 255
    assert not derived.startswith((".", "-"))
