"""The workbook of an export: its sheets and columns, and a summary whose figures are the database's."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from store.domain.exports.export import Export, Scope
from store.domain.fields import CURRENCY, Field, Kind
from store.domain.money import minor_digits
from store.domain.orders.order import DiscountType
from store.domain.people import Reach
from store.queries.exports.discounts import discount_columns, list_discount_types
from store.queries.exports.rows import (
    ITEM_COLUMNS,
    ORDER_COLUMNS,
    Selection,
    Total,
    be_frugal,
    count_items,
    list_customer_keys,
    list_totals,
    stream_items,
    stream_orders,
)
from store.workbooks import Column, ColumnKind, Page, PageWriter, Sheet, Value, create_workbook

Progress = Callable[[int, int], None]
"""Told how many rows are written, of how many."""

_TOLD_EVERY = 1_000


def _money(title: str, width: float | None = None) -> Column:
    return Column(title, ColumnKind.MONEY, width, currency=CURRENCY.title)


_KINDS = {
    Kind.MOMENT: ColumnKind.DATETIME,
    Kind.END: ColumnKind.DATETIME,
    Kind.NUMBER: ColumnKind.INTEGER,
    Kind.TRUTH: ColumnKind.BOOLEAN,
}
"""All others are text, but for amounts."""


def _columns(fields: Iterable[Field]) -> tuple[Column, ...]:
    return tuple(
        _money(field.title, field.width)
        if field.kind is Kind.AMOUNT
        else Column(field.title, _KINDS.get(field.kind, ColumnKind.TEXT), field.width)
        for field in fields
    )


def orders_sheet(discounts: Iterable[DiscountType] = ()) -> Sheet:
    """The sheet of orders, with a column at its end for each of these types of discount."""
    of_discounts = tuple(_money(f"Discount: {kind.label}") for kind in discounts)
    return Sheet("Orders", _columns(ORDER_COLUMNS) + of_discounts, frozen_columns=1)


ORDERS = orders_sheet()
ITEMS = Sheet("Items", _columns(ITEM_COLUMNS), frozen_columns=1)
SUMMARY = Page("Summary", (30.0, 56.0, 12.0, 22.0, 22.0, 26.0, 22.0))
_TOTALS = (
    Column("Order Status"),
    Column(CURRENCY.title),
    Column("Orders", ColumnKind.INTEGER),
    _money("Official Amount"),
    _money("Discount"),
    _money("Amount After Discount"),
    _money("Paid Amount"),
)


@dataclass(frozen=True, slots=True)
class Picture:
    """What is to be written, as it was found in the transaction that the rows are read in."""

    export: Export
    reach: Reach
    at: datetime
    selection: Selection
    totals: tuple[Total, ...]
    items: int
    discounts: tuple[DiscountType, ...]
    """The types of discount that the orders have."""
    customers: tuple[int, ...]
    """The keys of the customers whose orders they are, where the reach is not everything."""

    @property
    def orders(self) -> int:
        """How many orders there are."""
        return sum(total.orders for total in self.totals)


def read_picture(connection: Connection, export: Export, reach: Reach, at: datetime) -> Picture:
    """The figures of the orders that the export asks for, within the reach that its asker has now."""
    be_frugal(connection)
    # What expires is counted from when it was asked for, however late the work begins or is done again.
    selection = Selection(reach, export.criteria, export.time_zone, export.queued_at)
    return Picture(
        export=export,
        reach=reach,
        at=at,
        selection=selection,
        totals=list_totals(connection, selection),
        items=count_items(connection, selection),
        discounts=list_discount_types(connection, selection),
        customers=() if reach.everything else list_customer_keys(connection, selection),
    )


def write_workbook(connection: Connection, picture: Picture, path: Path, progress: Progress, row_limit: int) -> None:
    """Writes the workbook: it is there, whole, at the end, or not at all. Raises what `create_workbook` raises."""
    export = picture.export
    total = picture.orders + picture.items
    with create_workbook(
        path,
        (orders_sheet(picture.discounts), ITEMS, SUMMARY),
        zone=ZoneInfo(export.time_zone),
        minor_digits=minor_digits,
        title=f"{export.number} {export.scope.label}",
        author=export.requester.name,
        created=picture.at,
        row_limit=row_limit,
        scratch=path.parent,
    ) as book:
        progress(0, total)
        _summarise(book.page(SUMMARY.name), picture)
        orders = book.sheet(ORDERS.name)
        rows_of_orders = stream_orders(connection, picture.selection, discount_columns(connection, picture.discounts))
        orders.write_rows(rows_of_orders, lambda rows: progress(rows, total), _TOLD_EVERY)
        book.sheet(ITEMS.name).write_rows(
            stream_items(connection, picture.selection), lambda rows: progress(orders.rows + rows, total), _TOLD_EVERY
        )


def _summarise(page: PageWriter, picture: Picture) -> None:
    export = picture.export
    page.heading(f"Export {export.number}")
    page.facts(_facts(picture))
    if not picture.totals:
        page.facts([("Result", "No order fits. The sheets Orders and Items have their headers alone.")])
        return
    page.heading("By status and currency")
    page.table(
        _TOTALS,
        [(total.status.label, total.currency, *_figures([total])) for total in picture.totals],
    )
    page.heading("By currency")
    by_currency: defaultdict[str, list[Total]] = defaultdict(list)
    for total in picture.totals:
        by_currency[total.currency].append(total)
    page.table(
        _TOTALS,
        [("All", currency, *_figures(totals)) for currency, totals in sorted(by_currency.items())],
    )


def _facts(picture: Picture) -> list[tuple[str, Value]]:
    export = picture.export
    whose = "All orders" if picture.reach.everything else f"Orders of the customers of {picture.reach.account_name}"
    criteria = export.criteria_text or ("None" if export.scope is Scope.ALL else "No criteria")
    return [
        ("Asked for by", export.requester.name),
        ("Asked for on", export.queued_at),
        ("Data as of", picture.at),
        ("Time zone", export.time_zone),
        ("Scope", export.scope.label),
        ("Within", whose),
        ("Criteria", criteria),
        ("Orders", picture.orders),
        ("Items", picture.items),
    ]


def _figures(totals: Iterable[Total]) -> tuple[int, int, int, int, int]:
    """Counted and summed, of one currency."""
    counted = list(totals)
    official = sum(total.official_amount for total in counted)
    after = sum(total.amount_after_discount for total in counted)
    return (
        sum(total.orders for total in counted),
        official,
        official - after,
        after,
        sum(total.paid_amount for total in counted),
    )
