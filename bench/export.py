"""Exports from the database to a file, beside the usual ways to write one: seconds and memory, side by side.

    python -m bench.export --orders 100000 --rounds 3 --database postgresql+psycopg://…

All sides write the same orders and items, with the same columns, from the same database: as two CSV files through
SQLAlchemy Core; as a workbook through the ORM and openpyxl, with number formats; as a workbook as the desk does it.
Each side runs in a separate process, all sides in turn, round after round; the figures are medians. Seconds count from
the first statement to the end of the file; memory is the peak above the process before that. On a busy machine, seconds
of CPU compare better, but they leave out PostgreSQL's work. The database is by default a new SQLite file; a named
database is filled if it has no orders.
"""

from __future__ import annotations

import argparse
import csv
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, astuple, dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from sqlalchemy import select
from sqlalchemy.orm import Session

from bench.orders_data import fill
from store.database import Database
from store.domain.exports.export import Destination, Export, ExportState, ExportStep, Scope
from store.domain.money import minor_digits
from store.domain.orders.customers import AssociationType, CustomerTab
from store.domain.orders.order import OrderStatus, OrderType, PeriodType, SourceType
from store.domain.people import EVERYTHING, Person
from store.queries.exports.rows import ITEM_COLUMNS, ORDER_COLUMNS
from store.services import schema
from store.services.exports.workbook import ITEMS, ORDERS, read_picture, write_workbook
from store.tables import AccountManagerRow, CustomerRow, OrderItemRow, OrderRow, ProductTypeRow
from store.workbooks import ColumnKind, Sheet
from store.workbooks.columns import MAX_ROWS

_NOW = datetime(2026, 10, 3, 12, tzinfo=UTC)
_AT_ONCE = 2_000
_NEWEST_FIRST = (OrderRow.resellers, OrderRow.create_time.desc(), OrderRow.key.desc())


@dataclass(frozen=True, slots=True)
class Result:
    """One run of one side: seconds by the clock and of this process's CPU, peak memory above idle, and the size of the
    file or files, both in MB.
    """

    seconds: float
    cpu_seconds: float
    peak_mb: float
    file_mb: float


def ours(database: Database, folder: Path) -> None:
    with database.read() as connection:
        picture = read_picture(connection, _an_export(), EVERYTHING, _NOW)
        write_workbook(connection, picture, folder / "ours.xlsx", lambda _rows, _total: None, MAX_ROWS)


def core_csv(database: Database, folder: Path) -> None:
    orders = (
        select(*(column.label(field.name) for field, column in ORDER_COLUMNS.items()))
        .select_from(OrderRow)
        .join(CustomerRow, CustomerRow.key == OrderRow.customer_key)
        .join(AccountManagerRow, AccountManagerRow.key == OrderRow.account_manager_key)
        .join(ProductTypeRow, ProductTypeRow.key == OrderRow.product_type_key)
        .order_by(*_NEWEST_FIRST)
    )
    items = (
        select(*(column.label(field.name) for field, column in ITEM_COLUMNS.items()))
        .select_from(OrderItemRow)
        .join(OrderRow, OrderRow.key == OrderItemRow.order_key)
        .join(ProductTypeRow, ProductTypeRow.key == OrderItemRow.product_type_key)
        .order_by(*_NEWEST_FIRST, OrderItemRow.key)
    )
    with database.read() as connection:
        for sheet, statement in ((ORDERS, orders), (ITEMS, items)):
            with (folder / f"{sheet.name}.csv").open("w", encoding="utf-8", newline="") as file:
                writer = csv.writer(file)
                writer.writerow([column.title for column in sheet.columns])
                writer.writerows(connection.execution_options(yield_per=_AT_ONCE).execute(statement))


def orm_openpyxl(database: Database, folder: Path) -> None:
    book = Workbook(write_only=True)
    orders = (
        select(OrderRow, CustomerRow, AccountManagerRow, ProductTypeRow)
        .join(CustomerRow, CustomerRow.key == OrderRow.customer_key)
        .join(AccountManagerRow, AccountManagerRow.key == OrderRow.account_manager_key)
        .join(ProductTypeRow, ProductTypeRow.key == OrderRow.product_type_key)
        .order_by(*_NEWEST_FIRST)
    )
    items = (
        select(OrderItemRow, OrderRow, ProductTypeRow)
        .join(OrderRow, OrderRow.key == OrderItemRow.order_key)
        .join(ProductTypeRow, ProductTypeRow.key == OrderItemRow.product_type_key)
        .order_by(*_NEWEST_FIRST, OrderItemRow.key)
    )
    with database.engine.connect() as connection, Session(connection) as session:
        _fill_sheet(book, ORDERS, (_order(*row) for row in session.execute(orders).yield_per(_AT_ONCE)))
        _fill_sheet(book, ITEMS, (_item(*row) for row in session.execute(items).yield_per(_AT_ONCE)))
        book.save(folder / "orm.xlsx")


def _fill_sheet(book: Workbook, sheet: Sheet, rows: Any) -> None:  # noqa: ANN401  # rows of any values
    written = book.create_sheet(sheet.name)
    written.freeze_panes = "A2"
    written.append([column.title for column in sheet.columns])
    currency = next(index for index, column in enumerate(sheet.columns) if column.title == "Currency")
    formats = {"USD": "#,##0.00", "CNY": "#,##0.00", "JPY": "#,##0"}

    def cell(value: Any, kind: ColumnKind, code: str) -> object:  # noqa: ANN401  # a cell is of any kind
        if value is None or kind not in {ColumnKind.MONEY, ColumnKind.DATETIME}:
            return value
        styled = WriteOnlyCell(written, value)
        styled.number_format = formats[code] if kind is ColumnKind.MONEY else "yyyy-mm-dd hh:mm:ss"
        return styled

    for row in rows:
        code = row[currency]
        written.append([cell(value, column.kind, code) for value, column in zip(row, sheet.columns, strict=True)])


def _order(
    order: OrderRow, customer: CustomerRow, manager: AccountManagerRow, product: ProductTypeRow
) -> Sequence[object]:
    money = _money(order.currency)
    tab = CustomerTab.RESELLERS_CUSTOMERS if order.resellers else CustomerTab.CUSTOMERS
    paid = order.status == OrderStatus.COMPLETED and order.order_type != OrderType.UNSUBSCRIPTION
    cash = (
        order.amount_after_discount - order.coupon_amount - order.flexipurchase_coupon_amount - order.stored_card_amount
    )
    return (
        order.order_id,
        customer.name,
        customer.account_name,
        customer.customer_id,
        tab.label,
        AssociationType(customer.association_type).label,
        customer.reseller_name,
        customer.country_code,
        manager.account_name,
        product.service_type_name,
        product.service_type_code,
        OrderStatus(order.status).label,
        OrderType(order.order_type).label,
        SourceType(order.source_type).label,
        _local(order.create_time),
        _local(order.payment_time),
        _local(order.pending_payment_end_time),
        order.currency,
        money(order.official_amount),
        money(order.official_amount - order.amount_after_discount),
        money(order.amount_after_discount),
        money(order.coupon_amount),
        money(order.flexipurchase_coupon_amount),
        money(order.stored_card_amount),
        money(cash if paid else None),
        money(order.commission_amount),
        money(order.consumed_amount),
        order.contract_id,
        order.user_name,
        order.parent_order_id,
    )


def _item(item: OrderItemRow, order: OrderRow, product: ProductTypeRow) -> Sequence[object]:
    money = _money(order.currency)
    return (
        order.order_id,
        item.order_line_item_id,
        product.service_type_name,
        product.service_type_code,
        item.product_id,
        item.product_spec_desc,
        PeriodType(item.period_type).label,
        item.period_num,
        item.subscription_num,
        _local(item.effective_time),
        _local(item.expire_time),
        order.currency,
        money(item.official_amount),
        money(item.official_amount - item.amount_after_discount),
        money(item.amount_after_discount),
        item.discountable,
    )


def _money(currency: str) -> Callable[[int | None], Decimal | None]:
    digits = minor_digits(currency)
    return lambda minor: None if minor is None else Decimal(minor).scaleb(-digits)


def _local(moment: datetime | None) -> datetime | None:
    return None if moment is None else moment.replace(tzinfo=None)


def _an_export() -> Export:
    return Export(
        key=1,
        state=ExportState.IN_PROGRESS,
        step=ExportStep.WRITING,
        scope=Scope.ALL,
        criteria=None,
        criteria_text="",
        destination=Destination(),
        confirmed_people=None,
        requester=Person("T0", "U0", "Andrew Fuller"),
        time_zone="UTC",
        locale="en_US",
        queued_at=_NOW,
        started_at=_NOW,
        finished_at=None,
        rows_done=0,
        rows_total=None,
        orders=None,
        items=None,
        size=None,
        attempts=1,
        failure=None,
        failure_detail="",
        finished_by=None,
        slack_file_id=None,
        deleted_at=None,
    )


_SIDES: dict[str, Callable[[Database, Path], None]] = {
    "Core + csv": core_csv,
    "ours": ours,
    "ORM + styled openpyxl": orm_openpyxl,
}


def run_one(side: str, url: str) -> Result:
    database = Database(url, pool_size=1)
    with database.read() as connection:
        connection.exec_driver_sql("SELECT count(*) FROM orders")
    with tempfile.TemporaryDirectory() as folder:
        # Linux keeps the peak in KB; the present size is in pages.
        idle = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * resource.getpagesize() / 1e6
        start, start_cpu = time.perf_counter(), time.process_time()
        _SIDES[side](database, Path(folder))
        seconds, cpu_seconds = time.perf_counter() - start, time.process_time() - start_cpu
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6
        size = sum(path.stat().st_size for path in Path(folder).iterdir()) / 1e6
    database.close()
    return Result(seconds, cpu_seconds, peak - idle, size)


def _in_a_process(side: str, url: str) -> Result:
    command = [sys.executable, "-m", "bench.export", "--one", side, "--database", url]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return Result(**json.loads(done.stdout))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--orders", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--sides", nargs="+", choices=_SIDES, default=list(_SIDES))
    parser.add_argument("--database", default="")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--one", choices=_SIDES, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.one:
        result = run_one(asked.one, asked.database)
        sys.stdout.write(json.dumps(asdict(result)))
        return
    with tempfile.TemporaryDirectory() as folder:
        url = asked.database or f"sqlite:///{folder}/bench.db"
        database = Database(url)
        schema.upgrade(database)
        fill(database, asked.orders)
        database.close()
        runs: dict[str, list[Result]] = {side: [] for side in asked.sides}
        for _ in range(asked.rounds):
            for side in asked.sides:
                runs[side].append(_in_a_process(side, url))
    _report(asked.orders, url.partition(":")[0], runs, asked.json)


def _report(orders: int, kind: str, runs: dict[str, list[Result]], file: Path | None) -> None:
    medians = {
        side: Result(*(statistics.median(run) for run in zip(*map(astuple, results), strict=True)))
        for side, results in runs.items()
    }
    mine = medians.get("ours")
    print(f"{orders:,} orders with an item each, {kind}")
    for side, result in medians.items():
        line = f"{side:22} {result.seconds:8.2f} s {result.cpu_seconds:8.2f} s CPU {result.peak_mb:8.1f} MB above idle"
        if mine:
            line += (
                f"   ours / this {mine.seconds / result.seconds:.3f}, CPU {mine.cpu_seconds / result.cpu_seconds:.3f}"
            )
        print(line)
    if file:
        sides = {side: asdict(result) for side, result in medians.items()}
        file.write_text(json.dumps({"orders": orders, "database": kind, "sides": sides}, indent=2), encoding="utf-8")


if __name__ == "__main__":
    main()
