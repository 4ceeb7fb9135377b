"""What a workbook is made of: its sheets, their headers, how they go on, and what stands on a page."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from store.workbooks import Amount, CellRejected, Column, ColumnKind, Page, Sheet, WorkbookWriter
from store.workbooks import sheet as sheet_module
from tests.store.workbooks.reading import NOON, opened, raw_cells, seen_by_calamine, sheet_of, written
from tests.support.effort import effort

ORDERS = Sheet(
    "Orders",
    (
        Column("Order No.", width=24),
        Column("Currency"),
        Column("Official Amount", ColumnKind.MONEY, currency="Currency"),
        Column("Ordered On", ColumnKind.DATETIME),
    ),
    frozen_columns=1,
)
ITEMS = Sheet("Items", (Column("Order No."), Column("Line", ColumnKind.INTEGER)))
SUMMARY = Page("Summary", (20, 40))
ORDER = ("CS26001", "USD", 1_240_000, datetime(2026, 3, 1, 11, 5, tzinfo=UTC))


def numbers(count: int, start: int = 0) -> Iterator[tuple[str, int]]:
    return ((f"CS{number}", number) for number in range(start, start + count))


def lines(content: bytes, sheet: str) -> list[int]:
    """The line numbers on a sheet of items, without its header."""
    return [int(row[1]) for row in seen_by_calamine(content, sheet)[1:]]


def test_a_sheet_has_real_values_under_a_frozen_header_with_a_filter() -> None:
    content = written([ORDERS], lambda book: book.sheet("Orders").write_rows([ORDER]), zone=ZoneInfo("Europe/Berlin"))

    sheet = opened(content)["Orders"]
    titles, row = sheet.iter_rows()
    assert [cell.value for cell in titles] == ["Order No.", "Currency", "Official Amount", "Ordered On"]
    assert all(cell.font.bold for cell in titles)
    assert [cell.value for cell in row] == ["CS26001", "USD", 12_400, datetime.fromisoformat("2026-03-01T12:05")]
    assert row[2].number_format == "[$USD] #,##0.00"
    assert sheet.freeze_panes == "B2"
    assert sheet.auto_filter.ref == "A1:D2"
    assert sheet.print_title_rows == "$1:$1"
    assert sheet.column_dimensions["A"].width == 24
    assert sheet.column_dimensions["C"].width >= len("Official Amount")


def test_a_reader_that_streams_sees_all_cells() -> None:
    """Such readers believe a sheet's dimension, where it says one."""
    content = written([ITEMS], lambda book: book.sheet("Items").write_rows(numbers(3)))
    sheet = load_workbook(BytesIO(content), read_only=True)["Items"]
    assert list(sheet.iter_rows(values_only=True)) == [("Order No.", "Line"), ("CS0", 0), ("CS1", 1), ("CS2", 2)]
    assert b"<dimension" not in ZipFile(BytesIO(content)).read("xl/worksheets/sheet1.xml")


def test_properties_say_what_and_whose_it_is() -> None:
    content = written([ORDERS], lambda _: None, title="Orders of 2026", author="Nancy Davolio")
    properties = opened(content).properties
    assert (properties.title, properties.creator) == ("Orders of 2026", "Nancy Davolio")
    assert properties.created == NOON.replace(tzinfo=None)


def test_an_empty_sheet_has_its_header_and_filter() -> None:
    content = written([ORDERS, ITEMS], lambda book: book.sheet("Items").write_rows([]))
    assert seen_by_calamine(content, "Orders") == [["Order No.", "Currency", "Official Amount", "Ordered On"]]
    assert seen_by_calamine(content, "Items") == [["Order No.", "Line"]]
    assert opened(content)["Orders"].auto_filter.ref == "A1:D1"


@pytest.mark.parametrize(
    ("rows", "sheets"),
    [
        (9, ["Items"]),
        (10, ["Items", "Items (2)"]),
        (18, ["Items", "Items (2)"]),
        (19, ["Items", "Items (2)", "Items (3)"]),
    ],
)
def test_a_full_sheet_goes_on_in_the_next(rows: int, sheets: list[str]) -> None:
    content = written([ITEMS, SUMMARY], lambda book: book.sheet("Items").write_rows(numbers(rows)), row_limit=10)

    book = opened(content)
    assert book.sheetnames == [*sheets, "Summary"]
    assert [line for name in sheets for line in lines(content, name)] == list(range(rows))
    for name in sheets:
        assert [cell.value for cell in book[name][1]] == ["Order No.", "Line"]
        assert book[name].freeze_panes == "A2"
        assert book[name].auto_filter.ref == f"A1:B{book[name].max_row}"


def test_a_sheet_whose_text_grows_too_large_goes_on_in_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheet_module, "MAX_SIZE", 200_000)
    content = written([ITEMS], lambda book: book.sheet("Items").write_rows(numbers(5_000)))
    names = opened(content).sheetnames
    assert len(names) > 1
    assert [line for name in names for line in lines(content, name)] == list(range(5_000))


def test_a_continued_sheet_takes_a_name_that_is_free_and_short_enough() -> None:
    long = Sheet("x" * 31, ITEMS.columns)
    other = Sheet("Items (2)", ITEMS.columns)

    def fill(book: WorkbookWriter) -> None:
        book.sheet("Items").write_rows(numbers(2))
        book.sheet("x" * 31).write_rows(numbers(2))

    content = written([ITEMS, other, long], fill, row_limit=2)
    assert opened(content).sheetnames == ["Items", "Items (3)", "Items (2)", "x" * 31, "x" * 27 + " (2)"]


@settings(max_examples=effort(15, 1_000))
@given(st.lists(st.tuples(st.sampled_from(["Orders", "Items", "Parts"]), st.integers(0, 700)), max_size=12))
def test_sheets_can_be_fed_in_turn(feeds: list[tuple[str, int]]) -> None:
    """Each row is on its sheet, once and in order, however the feeding goes and wherever sheets go on."""
    fed: dict[str, int] = {"Orders": 0, "Items": 0, "Parts": 0}

    def fill(book: WorkbookWriter) -> None:
        for name, count in feeds:
            sheet = book.sheet(name)
            assert sheet.write_rows(numbers(count, fed[name])) == count
            fed[name] += count
            assert sheet.rows == fed[name]
        book.page("Summary").facts([("Rows", sum(fed.values()))])

    sheets = [Sheet(name, ITEMS.columns) for name in fed]
    content = written([SUMMARY, *sheets], fill, row_limit=500)

    names = opened(content).sheetnames
    assert names[0] == "Summary"
    assert [name.split(" (")[0] for name in names[1:]] == sorted(
        [name.split(" (")[0] for name in names[1:]], key=list(fed).index
    )
    for name, count in fed.items():
        own = [each for each in names if each.split(" (")[0] == name]
        assert [line for each in own for line in lines(content, each)] == list(range(count))
    assert seen_by_calamine(content, "Summary") == [["Rows", float(sum(fed.values()))]]


def test_a_sheet_that_is_ended_makes_room_in_the_file_for_the_next(tmp_path: Path) -> None:
    nowhere = tmp_path / "no folder for temporary files"

    def fill(book: WorkbookWriter) -> None:
        book.sheet("Items").write_rows(numbers(3))
        book.sheet("Items").finish()
        book.sheet("Parts").write_rows(numbers(4))

    content = written([ITEMS, Sheet("Parts", ITEMS.columns)], fill, scratch=nowhere)
    assert opened(content).sheetnames == ["Items", "Parts"]
    assert (lines(content, "Items"), lines(content, "Parts")) == ([0, 1, 2], [0, 1, 2, 3])


def test_progress_is_told_as_rows_are_written_and_can_stop_them() -> None:
    told: list[int] = []

    class Cancelled(Exception):
        pass

    def stop_at_two_thousand(rows: int) -> None:
        told.append(rows)
        if rows >= 2_000:
            raise Cancelled

    with pytest.raises(Cancelled):
        written([ITEMS], lambda book: book.sheet("Items").write_rows(numbers(9_000), stop_at_two_thousand, every=500))
    assert told == [500, 1_000, 1_500, 2_000]


@pytest.mark.parametrize("row", [("CS1",), ("CS1", 1, 2), ()])
@pytest.mark.parametrize("count", [1, 3])
def test_a_row_of_another_length_is_refused(row: tuple[object, ...], count: int) -> None:
    rows: list[tuple[object, ...]] = [("CS0", 0)] * (count - 1) + [row]
    with pytest.raises(CellRejected) as refused:
        sheet_of(ITEMS.columns, rows)
    assert refused.value.row == 1 + count
    assert f"{len(row)} values for 2 columns" in str(refused.value)


def test_a_page_has_headings_facts_and_tables() -> None:
    def fill(book: WorkbookWriter) -> None:
        page = book.page("Summary")
        page.heading("Customer Orders")
        page.facts(
            [
                ("Exported by", "Nancy Davolio"),
                ("Exported on", NOON),
                ("Since", date(2026, 1, 1)),
                ("Orders", 1_234),
                ("Share", Decimal("0.5")),
                ("Official Amount", Amount(1_240_050, "USD")),
                ("Archived", False),
                ("Customer", None),
            ]
        )
        page.table(
            [Column("Order Status"), Column("Currency"), Column("Paid Amount", ColumnKind.MONEY, currency="Currency")],
            [("Completed", "JPY", 5_000), ("Cancelled", "USD", -1)],
        )
        page.table([Column("Nothing")], [])

    sheet = opened(written([SUMMARY], fill))["Summary"]

    assert [[cell.value for cell in row] for row in sheet.iter_rows()] == [
        ["Customer Orders", None, None],
        [None, None, None],
        ["Exported by", "Nancy Davolio", None],
        ["Exported on", NOON.replace(tzinfo=None), None],
        ["Since", datetime.fromisoformat("2026-01-01"), None],
        ["Orders", 1_234, None],
        ["Share", 0.5, None],
        ["Official Amount", 12_400.5, None],
        ["Archived", False, None],
        ["Customer", None, None],
        [None, None, None],
        ["Order Status", "Currency", "Paid Amount"],
        ["Completed", "JPY", 5_000],
        ["Cancelled", "USD", -0.01],
        [None, None, None],
        ["Nothing", None, None],
    ]
    assert sheet["B8"].number_format == "[$USD] #,##0.00"
    assert sheet["C13"].number_format == "[$JPY] #,##0"
    assert all(sheet[place].font.bold for place in ("A1", "A3", "A8", "A12", "C12", "A16"))
    assert not any(sheet[place].font.bold for place in ("B3", "A13", "C14"))


def test_a_long_fact_is_wrapped_on_a_row_that_is_high_enough() -> None:
    def fill(book: WorkbookWriter) -> None:
        book.page("Summary").facts([("Criteria", "no words " * 30), ("Customer", "北京" * 40), ("Who", "Nancy")])

    sheet = opened(written([SUMMARY], fill))["Summary"]
    heights = [sheet.row_dimensions[row].height for row in (1, 2, 3)]
    assert sheet["B1"].alignment.wrap_text
    assert heights[0] is not None
    assert heights[1] is not None
    assert heights[0] >= 15 * 270 / 40
    assert heights[1] >= 15 * 160 / 40
    assert heights[2] is None


def test_cells_say_where_they_are() -> None:
    """Some readers count on the references that Excel itself lets one leave out."""
    cells = raw_cells(sheet_of(ITEMS.columns, [("CS1", 1), (None, None)]))
    assert [[cell.reference for cell in row] for row in cells] == [["A1", "B1"], ["A2", "B2"], ["A3", "B3"]]


@pytest.mark.parametrize("name", ["", "x" * 32, "a/b", "a\\b", "a:b", "[a]", "a*", "a?", "'a", "a'"])
def test_a_name_that_excel_refuses_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="name of a sheet"):
        Page(name)


def test_mistakes_in_columns_are_found_before_any_row() -> None:
    with pytest.raises(ValueError, match="currency column"):
        Column("Paid", ColumnKind.MONEY)
    with pytest.raises(ValueError, match="currency column"):
        Column("Customer", currency="Currency")
    with pytest.raises(ValueError, match="number format"):
        Column("Paid On", ColumnKind.DATE, number_format="0")
    with pytest.raises(ValueError, match="width"):
        Column("Customer", width=300)
    with pytest.raises(ValueError, match="not a text column"):
        Sheet("Orders", (Column("Paid", ColumnKind.MONEY, currency="Currency"),))
    with pytest.raises(ValueError, match="same title"):
        Sheet("Orders", (Column("Paid"), Column("Paid")))
    with pytest.raises(ValueError, match="1 to 16384 columns"):
        Sheet("Orders", ())


def test_mistakes_in_sheets_are_found_before_any_row() -> None:
    mistaken: list[list[Sheet | Page]] = [[], [ITEMS, ITEMS], [ITEMS, Page("items")]]
    for sheets in mistaken:
        with pytest.raises(ValueError, match="no two of one name"):
            written(sheets, lambda _: None)
    for limit in (1, 1_048_577):
        with pytest.raises(ValueError, match="2 to 1048576 rows"):
            written([ITEMS], lambda _: None, row_limit=limit)
