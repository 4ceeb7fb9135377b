"""LibreOffice opens what we write, and shows what was meant: it refuses some files that others take."""

from __future__ import annotations

import csv
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from store.domain.money import minor_digits
from store.workbooks import Amount, Column, ColumnKind, Page, Sheet, create_workbook
from tests.store.workbooks.test_text import HOSTILE

pytestmark = pytest.mark.libreoffice

ORDERS = Sheet(
    "Orders",
    (
        Column("Order No."),
        Column("Customer"),
        Column("Currency"),
        Column("Official Amount", ColumnKind.MONEY, currency="Currency"),
        Column("Ordered On", ColumnKind.DATETIME),
        Column("Items", ColumnKind.INTEGER),
        Column("Auto-renew", ColumnKind.BOOLEAN),
    ),
)
ITEMS = Sheet("Items", (Column("Order No."), Column("Line", ColumnKind.INTEGER)))
SUMMARY = Page("Summary")
TEXTS = [text for text in HOSTILE if "\t" not in text]


def shown(workbook: Path, folder: Path) -> dict[str, list[list[str]]]:
    """Every sheet as LibreOffice shows its cells; a formula would show its result."""
    # Comma, quote, UTF-8, from line 1; cells as shown, not their formulas; all sheets:
    # https://wiki.documentfoundation.org/Documentation/DevGuide/Spreadsheet_Documents#Filter_Options_for_the_CSV_Filter
    form = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,true,false,false,-1"
    profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
    command = ["soffice", "--headless", profile, "--convert-to", form, "--outdir", str(folder / "out"), str(workbook)]
    subprocess.run(command, check=True, capture_output=True, timeout=100)
    sheets = {}
    for path in (folder / "out").glob("*.csv"):
        with path.open(encoding="utf-8", newline="") as file:
            sheets[path.stem.removeprefix(f"{workbook.stem}-")] = list(csv.reader(file))
    return sheets


def test_all_cells_are_shown_as_they_were_meant(tmp_path: Path) -> None:
    ordered = datetime(2026, 3, 29, 0, 59, 58, tzinfo=UTC)
    orders = [
        (f"{number:04d}", text, ["USD", "JPY", "KWD"][number % 3], 1_240_000 * (-1) ** number, ordered, number, True)
        for number, text in enumerate(TEXTS)
    ]
    path = tmp_path / "orders.xlsx"
    zone = ZoneInfo("Europe/Berlin")
    with create_workbook(path, [ORDERS, ITEMS, SUMMARY], zone=zone, minor_digits=minor_digits, row_limit=1_000) as book:
        book.sheet("Orders").write_rows(orders)
        book.sheet("Items").write_rows((f"CS{number}", number) for number in range(2_500))
        book.page("Summary").facts(
            [("Exported on", ordered + timedelta(seconds=2)), ("Paid Amount", Amount(5, "KWD")), ("Customer", "=1+1")]
        )

    sheets = shown(path, tmp_path)

    assert set(sheets) == {"Orders", "Items", "Items (2)", "Items (3)", "Summary"}
    assert sheets["Orders"][0] == [column.title for column in ORDERS.columns]
    amounts = ["USD 12,400.00", "-JPY 1,240,000", "KWD 1,240.000", "-USD 12,400.00", "JPY 1,240,000", "-KWD 1,240.000"]
    assert sheets["Orders"][1:] == [
        [order_no, text, currency, amounts[int(order_no) % 6], "2026-03-29 01:59:58", str(items), "TRUE"]
        for order_no, text, currency, _, _, items, _ in orders
    ]
    lines = [row for name in ("Items", "Items (2)", "Items (3)") for row in sheets[name][1:]]
    assert lines == [[f"CS{number}", str(number)] for number in range(2_500)]
    assert sheets["Summary"] == [
        ["Exported on", "2026-03-29 03:00:00"],
        ["Paid Amount", "KWD 0.005"],
        ["Customer", "=1+1"],
    ]


def test_an_empty_workbook_opens(tmp_path: Path) -> None:
    path = tmp_path / "orders.xlsx"
    with create_workbook(path, [ORDERS, SUMMARY], zone=UTC, minor_digits=minor_digits):
        pass
    assert shown(path, tmp_path)["Orders"] == [[column.title for column in ORDERS.columns]]
