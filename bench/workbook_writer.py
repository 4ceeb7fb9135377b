"""Our workbook writer beside the libraries that people would use instead: seconds and memory for the same 20 columns.

    python -m bench.workbook_writer --rows 100000 --rounds 3 --json result.json

Each side runs in a separate process, all sides in turn, round after round; the figures are medians. The rows are ready
in memory before the clock starts, in the shape that suits each side best: the others get moments that are already local
and amounts that are already floats; our writer turns UTC moments and minor units into cells within the measured time.
Memory is the peak above the idle process, which holds those rows.
"""

from __future__ import annotations

import argparse
import csv
import gc
import json
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from itertools import cycle, islice
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from rich.console import Console

from bench.report import Report, Target

_ZONE = ZoneInfo("Asia/Shanghai")
_DIGITS = {"USD": 2, "CNY": 2, "JPY": 0, "KWD": 3}
_POOL = 5_000
"""Different rows, used again and again: far more text than deflate's window of 32 KB, and little memory."""
_SCRIPT = "北京上海广州深圳科技有限公司云计算数据中心网络技术发展集团株式会社東京大阪서울전자"
_COLUMNS = (
    ("Order No.", "text"),
    ("Customer", "text"),
    ("Account Name", "text"),
    ("Account Manager", "text"),
    ("Order Status", "text"),
    ("Order Type", "text"),
    ("Product Type", "text"),
    ("Ordered On", "datetime"),
    ("Paid On", "datetime"),
    ("Pay By", "datetime"),
    ("Currency", "text"),
    ("Official Amount", "money"),
    ("Discount", "money"),
    ("Amount After Discount", "money"),
    ("Coupons", "money"),
    ("Paid Amount", "money"),
    ("Items", "integer"),
    ("Contract", "text"),
    ("Placed By", "text"),
    ("Source", "text"),
)
_TITLES = [title for title, _ in _COLUMNS]
_CURRENCY = _TITLES.index("Currency")


@dataclass(frozen=True, slots=True)
class Result:
    """One run of one side: seconds, peak memory above idle, and the file's size, both in MB."""

    seconds: float
    peak_mb: float
    file_mb: float


def orders() -> list[tuple[Any, ...]]:
    """A pool of rows as a database returns them: UTC moments, minor units, None for missing values."""
    chance = random.Random(20)
    start = datetime(2024, 1, 1, tzinfo=UTC)
    made = []
    for _ in range(_POOL):
        ordered = start + timedelta(seconds=chance.randrange(700 * 86_400))
        official = chance.randrange(1_000, 50_000_000)
        discount = official * chance.randrange(30) // 100
        coupon = chance.choice([0, 0, 0, official // 100])
        paid = chance.random() < 0.7
        name = (
            "".join(chance.choices(_SCRIPT, k=9))
            if chance.random() < 0.6
            else f"Harper & Sons {chance.randrange(9_999)}"
        )
        made.append(
            (
                f"CS{chance.randrange(10**16):016d}",
                name,
                f"account-{chance.randrange(50_000):05d}",
                f"manager-{chance.randrange(500):03d}",
                chance.choice(["Completed", "Pending payment", "Processing", "Cancelled"]),
                chance.choice(["Purchase", "Renewal", "Change", "Unsubscription"]),
                chance.choice(["Elastic Cloud Server", "Object Storage Service", "Relational Database Service"]),
                ordered,
                ordered + timedelta(minutes=chance.randrange(10_000)) if paid else None,
                ordered + timedelta(days=7),
                chance.choice(["USD", "USD", "USD", "CNY", "JPY", "KWD"]),
                official,
                discount,
                official - discount,
                coupon,
                official - discount - coupon,
                chance.randrange(1, 30),
                f"HT-{chance.randrange(10**8):08d}" if chance.random() < 0.3 else None,
                f"user{chance.randrange(90_000)}@example.com",
                chance.choice(["Customer", "Agent", "Contract"]),
            )
        )
    return made


def ready(row: tuple[Any, ...]) -> tuple[Any, ...]:
    """The row as other libraries need it: local moments without a zone, amounts as floats."""
    units = 10 ** _DIGITS[row[_CURRENCY]]

    def value(kind: str, cell: Any) -> Any:  # noqa: ANN401  # a cell is of any kind
        if kind == "datetime" and cell is not None:
            return cell.astimezone(_ZONE).replace(tzinfo=None)
        return cell / units if kind == "money" else cell

    return tuple(value(kind, cell) for (_, kind), cell in zip(_COLUMNS, row, strict=True))


def taken(pool: list[Any], rows: int) -> Iterator[Any]:
    return islice(cycle(pool), rows)


def number_format(currency: str) -> str:
    digits = _DIGITS[currency]
    return f"[${currency}] #,##0" + ("." + "0" * digits if digits else "")


def ours(path: Path, rows: int) -> Callable[[], None]:
    from store.workbooks import Column, ColumnKind, Sheet, create_workbook

    columns = tuple(
        Column(title, ColumnKind(kind), currency="Currency" if kind == "money" else None) for title, kind in _COLUMNS
    )
    pool = orders()

    def write() -> None:
        with create_workbook(path, [Sheet("Orders", columns)], zone=_ZONE, minor_digits=_DIGITS.__getitem__) as book:
            book.sheet("Orders").write_rows(taken(pool, rows))

    return write


def rustpy_xlsxwriter(path: Path, rows: int) -> Callable[[], None]:
    import rustpy_xlsxwriter as library

    # It has one format per column, not per row: less work than ours.
    formats = {title: library.Format().set_num_format("#,##0.00") for title, kind in _COLUMNS if kind == "money"}
    pool = [dict(zip(_TITLES, ready(row), strict=True)) for row in orders()]

    def write() -> None:
        library.write_worksheet(
            taken(pool, rows),
            str(path),
            sheet_name="Orders",
            freeze_row=1,
            autofilter=True,
            bold_headers=True,
            column_width=18.0,
            column_formats=formats,
            datetime_format="yyyy-mm-dd hh:mm:ss",
        )

    return write


def xlsxwriter_constant_memory(path: Path, rows: int) -> Callable[[], None]:
    import xlsxwriter as library

    pool = [ready(row) for row in orders()]
    kinds = [kind for _, kind in _COLUMNS]

    def write() -> None:
        book = library.Workbook(str(path), {"constant_memory": True})
        sheet = book.add_worksheet("Orders")
        moments = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        money = {code: book.add_format({"num_format": number_format(code)}) for code in _DIGITS}
        sheet.freeze_panes(1, 0)
        sheet.set_column(0, len(_COLUMNS) - 1, 18)
        sheet.write_row(0, 0, _TITLES, book.add_format({"bold": True}))
        for number, row in enumerate(taken(pool, rows), 1):
            for index, (kind, value) in enumerate(zip(kinds, row, strict=True)):
                if value is None:
                    continue
                if kind == "text":
                    sheet.write_string(number, index, value)
                elif kind == "money":
                    sheet.write_number(number, index, value, money[row[_CURRENCY]])
                elif kind == "datetime":
                    sheet.write_datetime(number, index, value, moments)
                else:
                    sheet.write_number(number, index, value)
        sheet.autofilter(0, 0, rows, len(_COLUMNS) - 1)
        book.close()

    return write


def csv_writer(path: Path, rows: int) -> Callable[[], None]:
    pool = [ready(row) for row in orders()]

    def write() -> None:
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(_TITLES)
            writer.writerows(taken(pool, rows))

    return write


def openpyxl_write_only(path: Path, rows: int) -> Callable[[], None]:
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell

    pool = [ready(row) for row in orders()]
    kinds = [kind for _, kind in _COLUMNS]

    def write() -> None:
        book = Workbook(write_only=True)
        sheet = book.create_sheet("Orders")
        sheet.freeze_panes = "A2"
        sheet.append(_TITLES)
        formats = {code: number_format(code) for code in _DIGITS}
        for row in taken(pool, rows):
            cells = []
            for kind, value in zip(kinds, row, strict=True):
                cell = WriteOnlyCell(sheet, value)
                if kind == "money":
                    cell.number_format = formats[row[_CURRENCY]]
                cells.append(cell)
            sheet.append(cells)
        book.save(path)

    return write


SIDES: dict[str, Callable[[Path, int], Callable[[], None]]] = {
    "ours": ours,
    "rustpy-xlsxwriter": rustpy_xlsxwriter,
    "XlsxWriter constant_memory": xlsxwriter_constant_memory,
    "csv.writer": csv_writer,
    "openpyxl write-only": openpyxl_write_only,
}
_DEFAULT_SIDES = [side for side in SIDES if side != "openpyxl write-only"]
_TARGETS = {"XlsxWriter constant_memory": 0.16, "rustpy-xlsxwriter": 0.75}
_TARGET_MB = 80.0


def memory_mb(field: str) -> float:
    """This process's memory as Linux counts it: VmRSS now, VmHWM at its peak."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return next(int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith(f"{field}:"))


def run_here(side: str, rows: int, path: Path) -> Result:
    """Run a side in this process; its memory counts from when all is imported and the rows are ready."""
    write = SIDES[side](path, rows)
    gc.collect()
    idle = memory_mb("VmRSS")
    start = time.perf_counter()
    write()
    seconds = time.perf_counter() - start
    return Result(seconds, memory_mb("VmHWM") - idle, path.stat().st_size / 1e6)


def run_apart(side: str, rows: int, folder: Path) -> Result:
    path = folder / "bench.xlsx"
    command = [sys.executable, "-m", "bench.workbook_writer", "--rows", str(rows), "--only", side, "--into", str(path)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    path.unlink()
    return Result(**json.loads(done.stdout))


def median(results: list[Result]) -> Result:
    return Result(
        statistics.median(result.seconds for result in results),
        statistics.median(result.peak_mb for result in results),
        statistics.median(result.file_mb for result in results),
    )


def report_of(report: Report, rows: int, rounds: int, medians: dict[str, Result]) -> None:
    """The medians of all sides, and the targets."""
    mine = medians["ours"]
    report.facts.append(f"{rows:,} rows of {len(_COLUMNS)} columns, medians of {rounds}")
    report.add_table(
        "Each side in a process of its own",
        ("", "seconds", "ours / this", "peak MB", "file MB"),
        [
            (side, one.seconds, None if side == "ours" else mine.seconds / one.seconds, one.peak_mb, one.file_mb)
            for side, one in medians.items()
        ],
    )
    report.targets += [
        Target(f"ours / {side}", mine.seconds / medians[side].seconds, most)
        for side, most in _TARGETS.items()
        if side in medians
    ]
    report.targets.append(Target("peak memory above idle", mine.peak_mb, _TARGET_MB, unit="MB"))
    figures = {side: asdict(result) for side, result in medians.items()}
    report.figures = {"rows": rows, "columns": len(_COLUMNS), "rounds": rounds, "medians": figures}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--sides", nargs="+", choices=list(SIDES), default=_DEFAULT_SIDES)
    parser.add_argument("--json", type=Path, help="also write the figures to this file")
    parser.add_argument("--only", choices=list(SIDES), help=argparse.SUPPRESS)
    parser.add_argument("--into", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.only:
        print(json.dumps(asdict(run_here(asked.only, asked.rows, asked.into))))
        return
    report = Report("Workbooks: the writer alone")
    sides = ["ours", *(side for side in asked.sides if side != "ours")]
    results: dict[str, list[Result]] = {side: [] for side in sides}
    with tempfile.TemporaryDirectory() as folder:
        for number in range(asked.rounds):
            for side in sides:
                results[side].append(run_apart(side, asked.rows, Path(folder)))
                print(f"round {number + 1}: {side}: {results[side][-1].seconds:.2f} s", flush=True)
    medians = {side: median(runs) for side, runs in results.items()}
    report_of(report, asked.rows, asked.rounds, medians)
    report.show(Console())
    if asked.json:
        report.write(asked.json)


if __name__ == "__main__":
    main()
