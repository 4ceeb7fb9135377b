"""The file of rejected rows: it opens in a spreadsheet program, is its owner's alone, and is a bundle of its own."""

from __future__ import annotations

import csv
import json
import resource
import stat
from datetime import datetime
from pathlib import Path

import pytest
from openpyxl import Workbook
from sqlalchemy import select

from store.database import Database
from store.domain.imports import BadRow, BrokenBundle, Part
from store.sources.bundle import open_bundle
from store.sources.rejected import write_rejected
from store.tables import OrderRow
from tests.support.bundles import Parts, item, run_import, small_bundle, write_folder, write_workbook

DATE = datetime(2026, 3, 10)  # noqa: DTZ001 - spreadsheets know no zones


def bad_bundle() -> Parts:
    parts = small_bundle()
    parts["customers"][0]["name"] = "Müller 株式会社"
    parts["orders"][0]["status"] = "lost"
    parts["orders"][0]["currency"] = "XQQ"
    parts["order_items"][3]["discountable"] = "perhaps"
    parts["members"][0]["roles"] = "emperor"
    return parts


def rejected(database: Database, bundle: Path, path: Path) -> Path:
    report = run_import(database, bundle, skip_invalid=True, rejected_path=path)
    assert report.rejected_path is not None
    return report.rejected_path


def lines(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def rewrite(path: Path, rows: list[dict[str, str]], delimiter: str = ",") -> Path:
    """As a spreadsheet program saves it."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, rows[0], delimiter=delimiter)
        writer.writeheader()
        writer.writerows(rows)
    return path


def fixed(rows: list[dict[str, str]]) -> list[dict[str, str]]:
    for row in rows:
        row["row"] = (
            row["row"]
            .replace('"lost"', '"completed"')
            .replace('"XQQ"', '"USD"')
            .replace('"perhaps"', '"true"')
            .replace('"emperor"', '"salesperson"')
        )
    return rows


def orders(database: Database) -> list[str]:
    with database.read() as connection:
        return list(connection.execute(select(OrderRow.order_id).order_by(OrderRow.order_id)).scalars())


def test_it_begins_as_spreadsheet_programs_want_it_and_is_for_its_owner_alone(
    sqlite_database: Database, tmp_path: Path
) -> None:
    parts = bad_bundle()
    parts["customers"][0]["association_type"] = "9"
    path = rejected(sqlite_database, write_folder(tmp_path / "b", parts), tmp_path / "r.csv")
    assert path.read_bytes().startswith(b"\xef\xbb\xbffile,line,column,value,reason,row\r\n")
    assert "Müller 株式会社" in path.read_text("utf-8-sig")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [entry.name for entry in tmp_path.glob("*r.csv*")] == ["r.csv"]


def test_each_row_stands_beside_the_first_of_its_reasons(sqlite_database: Database, tmp_path: Path) -> None:
    path = rejected(sqlite_database, write_folder(tmp_path / "b", bad_bundle()), tmp_path / "r.csv")
    of_order = [row for row in lines(path) if row["file"] == "orders.csv" and row["line"] == "2"]
    assert [row["column"] for row in of_order] == ["status", "currency"]
    assert [bool(row["row"]) for row in of_order] == [True, False]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("sheet", [False, True])
def test_what_is_fixed_in_it_is_imported_from_it(
    database: Database, tmp_path: Path, sheet: bool, delimiter: str
) -> None:
    parts = bad_bundle()
    bundle = write_workbook(tmp_path / "b.xlsx", parts) if sheet else write_folder(tmp_path / "b", parts)
    path = rejected(database, bundle, tmp_path / "r.csv")
    assert orders(database) == ["10250"]
    rows = fixed(lines(path))
    report = run_import(database, rewrite(path, rows[::-1], delimiter))
    assert [str(row) for row in report.bad_rows] == []
    assert {part.part: part.new for part in report.parts} == {
        Part.ORDERS: 2, Part.ORDER_ITEMS: 4, Part.ORDER_DISCOUNTS: 4, Part.MEMBERS: 1,
    }  # fmt: skip
    assert orders(database) == ["10248", "10250", "10251"]
    whole = small_bundle()
    whole["customers"][0]["name"] = "Müller 株式会社"
    assert run_import(database, write_folder(tmp_path / "whole", whole)).unchanged


@pytest.mark.parametrize("sheet", [False, True])
def test_as_it_is_it_is_refused_for_the_same_reasons(sqlite_database: Database, tmp_path: Path, sheet: bool) -> None:
    parts = bad_bundle()
    bundle = write_workbook(tmp_path / "b.xlsx", parts) if sheet else write_folder(tmp_path / "b", parts)
    path = rejected(sqlite_database, bundle, tmp_path / "r.csv")
    first = run_import(sqlite_database, bundle)
    again = run_import(sqlite_database, path, skip_invalid=True, rejected_path=tmp_path / "r.csv")
    assert [(row.column, row.value, row.reason) for row in again.bad_rows] == [
        (row.column, row.value, row.reason) for row in first.bad_rows
    ]
    assert str(again.bad_rows[0]).startswith("r.csv (orders), line 2: status “lost” is not an order status")
    assert again.rejected_path == tmp_path / "r-2.csv"
    assert [row["row"] for row in lines(tmp_path / "r-2.csv")] == [row["row"] for row in lines(path)]


def test_a_cell_keeps_its_kind_until_it_is_fixed(sqlite_database: Database, tmp_path: Path) -> None:
    def bend(book: Workbook) -> None:
        for cell in (book["orders"]["A2"], book["order_items"]["B2"], book["order_items"]["B3"]):
            cell.value = DATE
        book["orders"]["A3"].value = 10250
        book["orders"]["G3"].value = "?"
        book["order_items"]["E4"].value = 1.1
        book["order_items"]["L4"].value = "=1+1"
        book["order_items"]["N4"].value = True

    path = rejected(sqlite_database, write_workbook(tmp_path / "b.xlsx", small_bundle(), bend), tmp_path / "r.csv")
    rows = lines(path)
    kept = json.loads(next(row["row"] for row in rows if row["file"] == "sheet orders"))
    assert kept["order_id"] == ["date", "2026-03-10"]
    again = run_import(sqlite_database, path)
    assert sorted((row.column, row.value) for row in again.bad_rows) == sorted(
        [("order_id", "2026-03-10"), ("order_type", "?"), ("order_id", "2026-03-10"), ("order_id", "2026-03-10"),
         ("product_id", "1.1"), ("official_amount", "=1+1")]
    )  # fmt: skip
    for row in rows:
        row["row"] = row["row"].replace('["date", "2026-03-10"]', '"10248"').replace('"?"', '"1"')
        row["row"] = row["row"].replace("1.1,", '"1.1",').replace('["formula", "=1+1"]', "1813")
    report = run_import(sqlite_database, rewrite(path, rows))
    assert [str(row) for row in report.bad_rows] == []
    assert orders(sqlite_database) == ["10248", "10250", "10251"]


def test_a_row_that_was_too_short_or_too_long_still_is(sqlite_database: Database, tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "b", small_bundle())
    (folder / "members.csv").write_text("slack_user_id,name,account_name,roles\nU1,N,a\nU2,N,a,admin,x,\n")
    path = rejected(sqlite_database, folder, tmp_path / "r.csv")
    again = run_import(sqlite_database, path)
    assert [str(row) for row in again.bad_rows] == [
        "r.csv (members), line 2: has 3 cells, and the header has 4",
        "r.csv (members), line 3: has 5 cells, and the header has 4",
    ]


def test_a_column_that_is_not_known_is_told_again(sqlite_database: Database, tmp_path: Path) -> None:
    parts = bad_bundle()
    for order in parts["orders"]:
        order["cupon_amount"] = "1"
    path = rejected(sqlite_database, write_folder(tmp_path / "b", parts), tmp_path / "r.csv")
    again = run_import(sqlite_database, path)
    assert "the column “cupon_amount” is not a column of orders" in str(again.bad_rows[0])
    assert next(part.read for part in again.parts if part.part is Part.ORDERS) == 2


def test_a_file_of_that_name_is_never_overwritten(sqlite_database: Database, tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "b", bad_bundle())
    (tmp_path / "r.csv").write_text("mine")
    made = [rejected(sqlite_database, folder, tmp_path / "r.csv") for _ in range(3)]
    assert [path.name for path in made] == ["r-2.csv", "r-3.csv", "r-4.csv"]
    assert (tmp_path / "r.csv").read_text() == "mine"
    assert len({path.read_bytes() for path in made}) == 1


def test_nothing_is_left_where_it_cannot_be_written(sqlite_database: Database, tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "b", bad_bundle())
    for name, place in (("r" * 300, tmp_path / "long"), ("r.csv", tmp_path / "file")):
        if place.name == "file":
            place.write_text("")
        with pytest.raises(BrokenBundle, match=r"cannot be written \(.*\), so nothing was imported"):
            run_import(sqlite_database, folder, skip_invalid=True, rejected_path=place / name)
    assert list((tmp_path / "long").iterdir()) == []
    assert orders(sqlite_database) == []


def test_nothing_is_left_where_the_disk_is_full(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "b", small_bundle())
    bad = (BadRow("orders.csv", 2, "status", "lost", "x" * 1_000) for _ in range(1_000))
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    with open_bundle(folder, lambda *_: None) as bundle:
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
        try:
            with pytest.raises(BrokenBundle, match=r"r.csv: cannot be written \(.*\), so nothing was imported"):
                write_rejected(tmp_path / "out" / "r.csv", bundle, bad)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert list((tmp_path / "out").iterdir()) == []


BROKEN = [
    ("no rows", "", "holds no rows"),
    ("only reasons", "orders.csv,2,status,x,is bad,\n", "holds no rows"),
    ("an unknown part", 'orders.txt,2,,,,"{""a"": ""b""}"\n', "the file “orders.txt” is not a part of a bundle"),
    ("a row that is cut", 'orders.csv,2,,,,"{""order_id"": ""1"\n', "the row is not the JSON object that it was"),
    ("a row that is a list", 'orders.csv,2,,,,"[""1""]"\n', "the row is not the JSON object that it was"),
    ("a cell that is none", 'orders.csv,2,,,,"{""order_id"": {}}"\n', "the row is not the JSON object"),
    ("a cell of no known kind", 'orders.csv,2,,,,"{""order_id"": [""x"", ""y""]}"\n', "the row is not the JSON object"),
    ("an endless number", 'orders.csv,2,,,,"{""order_id"": 1e999}"\n', "the row is not the JSON object"),
    ("no number", 'orders.csv,2,,,,"{""order_id"": NaN}"\n', "the row is not the JSON object that it was"),
    ("a deep row", f"orders.csv,2,,,,{'[' * 100_000}\n", "the row is not the JSON object that it was"),
    ("a cell too few", "orders.csv,2,,,\n", "line 2: has 5 cells, and the header has 6"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "said"), [case[1:] for case in BROKEN], ids=[case[0] for case in BROKEN])
def test_what_was_broken_in_it_is_told(sqlite_database: Database, tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "r.csv"
    path.write_text("\ufefffile,line,column,value,reason,row\n" + text, encoding="utf-8")
    with pytest.raises(BrokenBundle) as broken:
        run_import(sqlite_database, path)
    assert said in str(broken.value)


def test_the_items_of_a_rejected_order_come_with_it(sqlite_database: Database, tmp_path: Path) -> None:
    parts = small_bundle()
    parts["order_items"].append(item("77-1", "77", "1", "1"))
    path = rejected(sqlite_database, write_folder(tmp_path / "b", parts), tmp_path / "r.csv")
    assert [row["reason"] for row in lines(path)] == ["is not an order of this bundle"]
