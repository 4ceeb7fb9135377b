"""What a cell of a sheet is decides whether it can stand in its column, before it becomes a text."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook

from store.database import Database
from store.domain.fields import Kind
from store.sources.cells import encode
from store.sources.kinds import Unfit, is_cell, text_of
from store.sources.records import SPECS
from store.sources.values import amount
from tests.support.bundles import run_import, small_bundle, write_workbook

DATE = dt.datetime(2026, 3, 10)  # noqa: DTZ001 - spreadsheets know no zones
NEVER = dt.datetime(9999, 12, 31)  # noqa: DTZ001
TEXT_FORMATS = ["General", "0", "@", "#,##0", "0.00", "#,##0.00_);[Red](#,##0.00)", "0.00E+00", "??0", "00", "000"]
SIGNS = ["00000", "0000-0000", '"CS"0', r"\C0", "[$€-407]0", "0 [$CHF]", "#,##0 €", "(0)", "# ?/?", '000000;"-"0', "0%"]


def cell(value: Any, number_format: str = "General") -> Any:
    return encode(value, "n", number_format)


FORMULA, ERROR = encode("=1+1", "f", None), encode("#REF!", "e", None)
CELLS: dict[str, Any] = {
    "text": "5",
    "number": cell(5),
    "fraction": cell(1.5),
    "long": cell(1.23456789012345e17),
    "zeros": cell(5, "00000"),
    "percent": cell(0.05, "0%"),
    "truth": cell(True),
    "date": cell(DATE),
    "never": cell(NEVER),
    "time": cell(dt.time(3, 15)),
    "duration": cell(dt.timedelta(hours=30)),
    "formula": FORMULA,
    "error": ERROR,
}
FITS: dict[Kind, dict[str, str]] = {
    Kind.TEXT: {"text": "5", "number": "5"},
    Kind.AMOUNT: {"text": "5", "number": "5", "fraction": "1.5", "long": "123456789012345000", "zeros": "5"},
    Kind.NUMBER: {"text": "5", "number": "5", "fraction": "1.5", "long": "123456789012345000", "zeros": "5"},
    Kind.CODE: {"text": "5", "number": "5", "fraction": "1.5", "long": "123456789012345000", "zeros": "5"},
    Kind.TRUTH: {
        "text": "5", "number": "5", "fraction": "1.5", "long": "123456789012345000", "zeros": "5", "truth": "true",
    },
    Kind.MOMENT: {"text": "5", "never": "9999-12-31"},
    Kind.END: {"text": "5", "never": "9999-12-31"},
}  # fmt: skip


@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.parametrize("name", list(CELLS))
def test_each_kind_of_cell_fits_a_kind_of_column_or_is_refused_with_what_to_do(kind: Kind, name: str) -> None:
    assert is_cell(CELLS[name])
    if (text := FITS.get(kind, FITS[Kind.TEXT]).get(name)) is not None:
        assert text_of(CELLS[name], kind) == text
        return
    with pytest.raises(Unfit, match=r"^(is|has) .*; \w+"):
        text_of(CELLS[name], kind)


@pytest.mark.parametrize("number_format", TEXT_FORMATS)
def test_an_id_in_a_format_that_shows_its_digits_is_the_number(number_format: str) -> None:
    assert text_of(cell(123, number_format), Kind.TEXT) == "123"


@pytest.mark.parametrize("number_format", SIGNS)
def test_an_id_that_is_shown_with_other_signs_than_its_digits_is_refused(number_format: str) -> None:
    with pytest.raises(Unfit, match=r"format the column as Text"):
        text_of(cell(123, number_format), Kind.TEXT)


@pytest.mark.parametrize("number_format", ["00000.00", '"$"#,##0.00', "[$€-407] #,##0.00", "(0)", "# ?/?"])
def test_an_amount_is_what_it_is_however_it_is_shown(number_format: str) -> None:
    assert text_of(cell(12.5, number_format), Kind.AMOUNT) == "12.5"


@given(st.integers(-(10**18), 10**18))
def test_an_id_is_taken_from_a_number_of_at_most_fifteen_digits(value: int) -> None:
    for same in (value, float(value)):
        if abs(value) < 10**15:
            assert text_of(cell(same), Kind.TEXT) == str(value)
        elif abs(same) >= 10**15:
            with pytest.raises(Unfit, match="15 digits"):
                text_of(cell(same), Kind.TEXT)


@given(st.lists(st.integers(-(10**10), 10**10), min_size=1, max_size=10))
def test_sums_of_amounts_in_floats_are_the_sums(cents: list[int]) -> None:
    total = sum(cents)
    floats = 0.0
    for cent in cents:
        floats += cent / 100
    text = text_of(floats, Kind.AMOUNT)
    assert Decimal(text) == Decimal(total) / 100
    assert total or text == "0"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.1 + 0.2, "0.3"),
        (434.9999999999999, "435"),
        (1000.1 - 1000, "0.1"),
        (1.4210854715202004e-14, "0"),
        (-1.4210854715202004e-14, "0"),
        (-0.0, "0"),
        (0.305, "0.305"),
        (0.00005, "0.00005"),
        (0.12345, "0.12345"),
        (0.123451, "0.123451"),
        (99.99999, "99.99999"),
        (1e22, "10000000000000000000000"),
        (123456789012.34, "123456789012.34"),
        (100.5 + 0.005, "100.505"),
    ],
)
def test_a_number_has_the_digits_that_a_sheet_keeps_and_no_residue(value: float, text: str) -> None:
    assert text_of(value, Kind.AMOUNT) == text


@given(st.floats(0, 1e11, allow_nan=False))
def test_no_amount_is_moved_further_than_a_sheet_could_tell(value: float) -> None:
    kept = Decimal(text_of(value, Kind.AMOUNT))
    assert abs(kept - Decimal(value)) <= max(Decimal("1e-7"), Decimal(value) * Decimal("5e-15"))


@given(st.decimals(0, 10**11, allow_nan=False, places=4))
def test_an_amount_survives_the_sheet_where_fifteen_digits_hold_it(value: Decimal) -> None:
    if len(value.as_tuple().digits) <= 15:
        assert amount(text_of(float(value), Kind.AMOUNT)) == int(value.scaleb(4))


def test_every_column_has_a_kind_and_only_texts_have_that_of_text() -> None:
    named: defaultdict[Kind, set[str]] = defaultdict(set)
    for spec in SPECS.values():
        for field in spec.fields:
            named[field.kind].add(field.name)
    assert named[Kind.MOMENT] | named[Kind.END] == {
        "create_time", "payment_time", "pending_payment_end_time", "effective_time", "expire_time",
    }  # fmt: skip
    assert all("amount" in name for name in named[Kind.AMOUNT])
    assert named[Kind.NUMBER] | named[Kind.TRUTH] == {"period_num", "subscription_num", "discountable"}
    assert named[Kind.CODE] == {
        "association_type", "source_type", "status", "order_type", "period_type", "discount_type",
    }  # fmt: skip


IDS = [
    ("a number that Excel rounded", 123456789012345000, "General", "is a number of more than the 15 digits"),
    ("a date", DATE, "yyyy-mm-dd", "“2026-03-10” is a date of the spreadsheet"),
    ("a time", dt.time(3, 15), "h:mm", "“03:15:00” is a time of the spreadsheet"),
    ("a duration", dt.timedelta(hours=30), "[h]:mm", "is a time of the spreadsheet"),
    ("a truth", True, "General", "“TRUE” is a yes-or-no value"),
    ("leading zeros", 123, "00000", "“123” is a number that its format “00000” shows"),
    ("a fraction", 1.1, "General", "“1.1” is a number with a fraction"),
    ("a percentage", 0.5, "0%", "“50%” is a percentage"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("sheet", "column", "letter"),
    [("orders", "order_id", "A"), ("customers", "customer_id", "A"), ("order_items", "product_id", "E"),
     ("order_items", "product_spec_desc", "F"), ("members", "name", "B")],
)  # fmt: skip
@pytest.mark.parametrize(("value", "number_format", "said"), [case[1:] for case in IDS], ids=[case[0] for case in IDS])
def test_what_a_spreadsheet_made_of_an_id_is_refused_by_its_cell_and_nothing_is_written(
    sqlite_database: Database,
    tmp_path: Path,
    sheet: str,
    column: str,
    letter: str,
    value: Any,
    number_format: str,
    said: str,
) -> None:
    def bend(book: Workbook) -> None:
        made = book[sheet][f"{letter}2"]
        assert book[sheet][f"{letter}1"].value == column
        made.value = value
        made.number_format = number_format

    report = run_import(sqlite_database, write_workbook(tmp_path / "bundle.xlsx", small_bundle(), bend))
    assert not report.written
    found = [str(row) for row in report.bad_rows if row.file == f"sheet {sheet}" and row.column == column]
    assert len(found) == 1
    assert said in found[0]
    assert found[0].endswith(f"; format the column as Text, and enter it again (cell {letter}2)")


def test_a_sheet_of_numbers_is_the_same_as_its_texts(sqlite_database: Database, tmp_path: Path) -> None:
    run_import(sqlite_database, write_workbook(tmp_path / "texts.xlsx", small_bundle()))

    def bend(book: Workbook) -> None:
        for sheet in book:
            for row in sheet.iter_rows(min_row=2):
                for one in row:
                    text = str(one.value)
                    if text in ("true", "yes"):
                        one.value = True
                    elif text.replace(".", "", 1).isdigit() and not text.startswith("0"):
                        one.value = float(text)

    report = run_import(sqlite_database, write_workbook(tmp_path / "numbers.xlsx", small_bundle(), bend))
    assert (report.bad_count, report.unchanged) == (0, True)
