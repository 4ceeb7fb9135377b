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
from store.domain.money import minor_digits
from store.domain.orders.order import DiscountType
from store.domain.people import Reach
from store.queries.exports.discounts import discount_columns, list_discount_types
from store.queries.exports.rows import (
    ITEM_FIELDS,
    ORDER_FIELDS,
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
    return Column(title, ColumnKind.MONEY, width, currency="Currency")


_COLUMNS: dict[str, Column] = {
    "order_id": Column("Order No.", width=22),
    "customer_name": Column("Customer", width=30),
    "customer_account_name": Column("Account Name", width=20),
    "customer_id": Column("Customer ID", width=20),
    "tab": Column("List", width=20),
    "association_type": Column("Association", width=14),
    "reseller_name": Column("Reseller", width=24),
    "country_code": Column("Country", width=11),
    "account_manager": Column("Account Manager", width=20),
    "service_type_name": Column("Product Type", width=28),
    "service_type_code": Column("Product Type Code", width=26),
    "status": Column("Order Status", width=20),
    "order_type": Column("Order Type", width=18),
    "source_type": Column("Source", width=14),
    "create_time": Column("Ordered On", ColumnKind.DATETIME),
    "payment_time": Column("Paid On", ColumnKind.DATETIME),
    "pending_payment_end_time": Column("Pay By", ColumnKind.DATETIME),
    "currency": Column("Currency", width=12),
    "official_amount": _money("Official Amount"),
    "discount": _money("Discount"),
    "item_discount": _money("Discount"),
    "amount_after_discount": _money("Amount After Discount", 25),
    "coupon_amount": _money("Coupons"),
    "flexipurchase_coupon_amount": _money("Flexi Coupons"),
    "stored_card_amount": _money("Stored-Value Card"),
    "paid_amount": _money("Paid Amount"),
    "commission_amount": _money("Commission"),
    "consumed_amount": _money("Consumed Amount"),
    "contract_id": Column("Contract", width=20),
    "user_name": Column("Placed By", width=24),
    "parent_order_id": Column("Combined Order No.", width=24),
    "order_line_item_id": Column("Item No.", width=26),
    "product_id": Column("Product ID", width=24),
    "product_spec_desc": Column("Specification", width=40),
    "period_type": Column("Period", width=12),
    "period_num": Column("Periods", ColumnKind.INTEGER, 12),
    "subscription_num": Column("Quantity", ColumnKind.INTEGER, 12),
    "effective_time": Column("Effective On", ColumnKind.DATETIME),
    "expire_time": Column("Expires On", ColumnKind.DATETIME),
    "discountable": Column("Discountable", ColumnKind.BOOLEAN, 16),
}


def orders_sheet(discounts: Iterable[DiscountType] = ()) -> Sheet:
    """The sheet of orders, with a column at its end for each of these types of discount."""
    columns = [_COLUMNS[name] for name in ORDER_FIELDS]
    columns += [_money(f"Discount: {kind.label}") for kind in discounts]
    return Sheet("Orders", tuple(columns), frozen_columns=1)


ORDERS = orders_sheet()
ITEMS = Sheet("Items", tuple(_COLUMNS[name] for name in ITEM_FIELDS), frozen_columns=1)
SUMMARY = Page("Summary", (30.0, 56.0, 12.0, 22.0, 22.0, 26.0, 22.0))
_TOTALS = (
    Column("Order Status"),
    Column("Currency"),
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
    selection = Selection(reach, export.criteria, export.time_zone)
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
