"""Whatever is wrong with a bundle is said where it stands and why, and nothing of it is written."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from store.database import Database
from store.domain.imports import BrokenBundle
from store.domain.money import Money
from store.domain.orders.amounts import ItemAmounts, OrderAmounts, check_amounts
from store.domain.orders.errors import AmountsDoNotAddUp
from store.domain.orders.order import Discount, DiscountType, OrderType
from store.tables import AuditRow, CustomerRow, MemberRow, OrderDiscountRow, OrderItemRow, OrderRow, ProductTypeRow
from tests.support.bundles import Parts, discount, item, order, run_import, small_bundle, write_folder
from tests.support.databases import sqlite_copy

Bend = Callable[[Parts], object]


def is_empty(database: Database) -> bool:
    rows = (CustomerRow, OrderRow, OrderItemRow, OrderDiscountRow, ProductTypeRow, MemberRow, AuditRow)
    with database.read() as connection:
        return not any(connection.execute(select(func.count()).select_from(row)).scalar() for row in rows)


BAD: list[tuple[str, Bend, list[str]]] = [
    (
        "an unknown code",
        lambda parts: parts["orders"][0].update(order_type="99"),
        ["orders.csv, line 2: order_type “99” is not an order type; there are 1 Purchase, 2 Renewal"],
    ),
    (
        "a negative amount",
        lambda parts: parts["orders"][0].update(official_amount="-440.00"),
        ["orders.csv, line 2: official_amount “-440.00” is negative"],
    ),
    (
        "an amount finer than the order's currency",
        lambda parts: parts["orders"][1].update(coupon_amount="0.5"),
        ["orders.csv, line 3: coupon_amount “0.5” is too fine: JPY has 0 decimal places"],
    ),
    (
        "an item's amount finer than its order's currency",
        lambda parts: parts["order_items"][0].update(official_amount="168.005"),
        ["order_items.csv, line 2: official_amount “168.005” is too fine: USD has 2 decimal places"],
    ),
    (
        "a discount finer than its order's currency",
        lambda parts: parts["order_discounts"][0].update(discount_amount="200.50"),
        ["order_discounts.csv, line 2: discount_amount “200.5” is too fine: JPY has 0 decimal places"],
    ),
    (
        "an amount finer than any currency",
        lambda parts: parts["order_items"][0].update(official_amount="168.00001"),
        ["order_items.csv, line 2: official_amount “168.00001” has more decimal places than any currency"],
    ),
    (
        "amounts that are not numbers",
        lambda parts: [
            parts["orders"][n].update(official_amount=text) for n, text in enumerate(("1,234.50", "1e5", "٤٤٠"))
        ],
        [
            "line 2: official_amount “1,234.50” is not an amount",
            "line 3: official_amount “1e5” is",
            "“٤٤٠” is not an amount",
        ],
    ),
    (
        "an amount out of bounds",
        lambda parts: parts["orders"][0].update(official_amount="1" + "0" * 30),
        ["is too large: an amount has at most 12 digits before the point"],
    ),
    (
        "a required cell that is empty",
        lambda parts: parts["orders"][0].update(currency=" "),
        ["orders.csv, line 2: currency is empty"],
    ),
    (
        "an unknown currency",
        lambda parts: parts["orders"][0].update(currency="XQQ"),
        ["orders.csv, line 2: currency “XQQ” is not a currency; write its ISO 4217 code, such as USD"],
    ),
    (
        "a code of ISO 4217 that has no minor unit",
        lambda parts: [parts["orders"][n].update(currency=code) for n, code in enumerate(("XAU", "xdr", "XXX"))],
        [
            "orders.csv, line 2: currency “XAU” has no minor unit in ISO 4217, so that no price is in it",
            "line 3: currency “xdr” has no minor unit",
            "line 4: currency “XXX” has no minor unit",
        ],
    ),
    (
        "amounts finer than the minor unit of ISO 4217",
        lambda parts: [
            parts["orders"][n].update(currency=code, official_amount=text)
            for n, (code, text) in enumerate((("RSD", "440.001"), ("IQD", "1552.0001"), ("JPY", "654.5")))
        ],
        [
            "line 2: official_amount “440.001” is too fine: RSD has 2 decimal places",
            "line 3: official_amount “1552.0001” is too fine: IQD has 3 decimal places",
            "line 4: official_amount “654.5” is too fine: JPY has 0 decimal places",
        ],
    ),
    (
        "a naive time",
        lambda parts: parts["orders"][0].update(create_time="2026-01-18T09:00:00"),
        ["orders.csv, line 2: create_time “2026-01-18T09:00:00” has no time zone"],
    ),
    (
        "times that are none",
        lambda parts: [
            parts["orders"][n].update(create_time=text)
            for n, text in enumerate(("1768726800", "18.01.2026 09:00", "2026-02-30T09:00:00Z"))
        ],
        ["line 2: create_time “1768726800” is not an ISO 8601 time", "line 3: create_time", "line 4: create_time"],
    ),
    (
        "a time beyond what is sensible",
        lambda parts: parts["orders"][0].update(create_time="0001-01-01T00:00:00+14:00"),
        ["is not a time between the years 1990 and 2999"],
    ),
    (
        "an id that is too long",
        lambda parts: parts["customers"][1].update(customer_id="A" * 65),
        [
            "customers.csv, line 3: customer_id",
            "orders.csv, line 3: customer_id “ANTON” is not a customer that is known",
        ],
    ),
    (
        "an order number that grows too long when it is compared without case",
        lambda parts: [row.update(order_id="ß" * 40) for row in (parts["orders"][0], *parts["order_items"][:2])],
        ["orders.csv, line 2: order_id", "order_items.csv, line 2: order_id", "order_items.csv, line 3: order_id"],
    ),
    (
        "a number that is none",
        lambda parts: parts["order_items"][0].update(subscription_num="1_000"),
        ["order_items.csv, line 2: subscription_num “1_000” is not a whole number"],
    ),
    (
        "a role that there is not",
        lambda parts: parts["members"][0].update(roles="salesperson;emperor"),
        ["members.csv, line 2: roles “salesperson;emperor” names an unknown role 'emperor'"],
    ),
    (
        "a salesperson without an account name",
        lambda parts: parts["members"][0].update(account_name=""),
        ["members.csv, line 2: roles “salesperson” cannot be: a salesperson needs the account name"],
    ),
    (
        "an order that stands twice",
        lambda parts: parts["orders"].append(order("10248", "ALFKI", "440", "440", currency="EUR")),
        ["orders.csv, line 2: order_id “10248” stands on 2 lines, first on line 2", "orders.csv, line 5: order_id"],
    ),
    (
        "a customer that stands twice",
        lambda parts: parts["customers"].append(dict(parts["customers"][0])),
        ["customers.csv, line 2: ", "customers.csv, line 4: ", "orders.csv, line 2: ", "orders.csv, line 4: "],
    ),
    (
        "an item that stands twice",
        lambda parts: parts["order_items"].append(dict(parts["order_items"][0])),
        ["order_items.csv, line 2: order_line_item_id “10248-1” stands on 2 lines", "order_items.csv, line 7: "],
    ),
    (
        "a member who stands twice",
        lambda parts: parts["members"].append(dict(parts["members"][0])),
        ["members.csv, line 2: slack_user_id", "members.csv, line 4: slack_user_id"],
    ),
    (
        "an order of a customer nobody knows",
        lambda parts: parts["orders"][0].update(customer_id="NOBODY"),
        ["orders.csv, line 2: customer_id “NOBODY” is not a customer that is known"],
    ),
    (
        "an item without its order",
        lambda parts: parts["order_items"].append(item("1-1", "1", "1", "1")),
        ["order_items.csv, line 7: order_id “1” is not an order of this bundle"],
    ),
    (
        "a discount without its order",
        lambda parts: parts["order_discounts"].append(discount("1", "", "200", "1")),
        ["order_discounts.csv, line 8: order_id “1” is not an order of this bundle"],
    ),
    (
        "an order without items",
        lambda parts: parts["orders"].append(order("1", "ALFKI", "0", "0")),
        ["orders.csv, line 5: order_id “1” is an order without items"],
    ),
    (
        "a discount of an item that there is not",
        lambda parts: parts["order_discounts"][0].update(order_line_item_id="10248-1"),
        ["order_discounts.csv, line 2: order_line_item_id “10248-1” is not an item of that order"],
    ),
    (
        "two currencies in an order",
        lambda parts: parts["order_items"][0].update(currency="EUR"),
        ["order_items.csv, line 2: currency “EUR” is not the currency of its order, USD"],
    ),
    (
        "items that do not add up to their order",
        lambda parts: parts["orders"][0].update(official_amount="440.01", amount_after_discount="440.01"),
        ["order_id “10248” does not add up: list prices of the items: USD 440.00 is not USD 440.01"],
    ),
    (
        "discounts that do not add up",
        lambda parts: parts["order_discounts"][0].update(discount_amount="201"),
        ["orders.csv, line 3: order_id “10250” does not add up: list price less discounts: JPY 1551 is not JPY 1552"],
    ),
    (
        "an item's discounts that do not add up, where the order's do",
        lambda parts: (
            parts["order_items"][3].update(amount_after_discount="95.77"),
            parts["order_items"][4].update(amount_after_discount="558.29"),
        ),
        ["order_items.csv, line 5: order_line_item_id “10251-1” does not add up"],
    ),
    (
        "an order's own discounts that are others than its items'",
        lambda parts: parts["order_discounts"][4].update(discount_type="605"),
        ["orders.csv, line 4: order_id “10251” does not add up: the order's discounts are not those of its items"],
    ),
    (
        "more coupons than there is to pay",
        lambda parts: parts["orders"][0].update(stored_card_amount="440.01"),
        ["does not add up: coupons and cards are more than the amount after discount"],
    ),
    (
        "an unsubscription with a discount",
        lambda parts: parts["orders"][1].update(order_type="unsubscription"),
        ["orders.csv, line 3: order_id “10250” does not add up: of an unsubscription, both amounts are the same"],
    ),
    (
        "a commission on an order that is not an unsubscription",
        lambda parts: parts["orders"][0].update(commission_amount="1"),
        ["orders.csv, line 2: commission_amount “1” is given, but only an unsubscription has one"],
    ),
    (
        "a control character in an id",
        lambda parts: parts["customers"][1].update(account_name="an\x07ton"),
        [
            "customers.csv, line 3: account_name “an\x07ton” has a character that is not allowed here",
            "orders.csv, line 3",
        ],
    ),
]


@pytest.mark.parametrize(("bend", "said"), [case[1:] for case in BAD], ids=[case[0] for case in BAD])
def test_a_bad_row_is_named(database: Database, tmp_path: Path, bend: Bend, said: list[str]) -> None:
    parts = small_bundle()
    bend(parts)
    report = run_import(database, write_folder(tmp_path / "bundle", parts))
    found = [str(row) for row in report.bad_rows]
    assert len(found) == len(said), found
    for one, wanted in zip(found, said, strict=True):
        assert wanted in one
    assert report.bad_count == len(said)
    assert not report.written
    assert is_empty(database)


@pytest.mark.parametrize(("bend", "said"), [case[1:] for case in BAD], ids=[case[0] for case in BAD])
def test_without_the_bad_rows_the_rest_comes_in(
    sqlite_database: Database, tmp_path: Path, bend: Bend, said: list[str]
) -> None:
    parts = small_bundle()
    bend(parts)
    path = write_folder(tmp_path / "bundle", parts)
    report = run_import(sqlite_database, path, skip_invalid=True)
    assert report.written
    assert report.bad_count == len(said)
    assert all(part.new + part.rejected == part.read for part in report.parts)
    kept = sum(part.new for part in report.parts)
    again = run_import(sqlite_database, path, skip_invalid=True)
    assert sum(part.unchanged for part in again.parts) == kept
    assert not any(part.new or part.changed or part.removed for part in again.parts)


def overwrite(name: str, change: Callable[[bytes], bytes]) -> Callable[[Path], object]:
    return lambda folder: (folder / name).write_bytes(change((folder / name).read_bytes()))


BROKEN: list[tuple[str, Callable[[Path], object], str]] = [
    ("no such folder", lambda folder: folder.rename(folder.with_name("elsewhere")), "is not there"),
    (
        "a file is missing",
        lambda folder: (folder / "order_items.csv").unlink(),
        "^northwind: has no order_items.csv; a bundle needs customers, orders, order_items$",
    ),
    ("an empty file", overwrite("orders.csv", lambda _: b""), "^orders.csv: is empty"),
    (
        "a column is missing",
        overwrite("orders.csv", lambda data: data.replace(b"currency", b"money", 1)),
        "^orders.csv, line 1: has no column currency$",
    ),
    (
        "a column stands twice",
        overwrite("orders.csv", lambda data: data.replace(b"user_name", b"currency", 1)),
        "names the column currency twice",
    ),
    (
        "semicolons",
        overwrite("orders.csv", lambda data: data.replace(b",", b";")),
        "must be separated by commas",
    ),
    (
        "Latin-1",
        overwrite("customers.csv", lambda data: data.decode().encode("latin-1")),
        "^customers.csv, line 3: is not UTF-8",
    ),
    (
        "UTF-16",
        overwrite("customers.csv", lambda data: data.decode().encode("utf-16")),
        "^customers.csv, line 1: is UTF-16",
    ),
    (
        "a NUL byte",
        overwrite("order_items.csv", lambda data: data.replace(b"Tofu", b"To\0fu", 1)),
        "^order_items.csv, line 2: has a NUL byte",
    ),
    (
        "a quote that is never closed",
        overwrite("order_items.csv", lambda data: data.replace(b"Tofu", b'"Tofu', 1).replace(b",Tofu", b',"Tofu', 1)),
        "^order_items.csv, line 2: the quoting is broken",
    ),
    (
        "text behind a quoted cell",
        overwrite("orders.csv", lambda data: data.replace(b"10248,", b'"102"48,', 1)),
        "^orders.csv, line 2: the quoting is broken",
    ),
    (
        "a line without end",
        overwrite("orders.csv", lambda data: data + b"x" * (5 * 1024 * 1024)),
        "^orders.csv, line 5: is longer than any row",
    ),
    (
        "a workbook under the name of a CSV",
        overwrite("orders.csv", lambda _: b"PK\x03\x04anything"),
        "is a workbook or another archive",
    ),
]


@pytest.mark.parametrize("skip_invalid", [False, True])
@pytest.mark.parametrize(("spoil", "said"), [case[1:] for case in BROKEN], ids=[case[0] for case in BROKEN])
def test_a_broken_file_stops_everything(
    database: Database, tmp_path: Path, spoil: Callable[[Path], object], said: str, skip_invalid: bool
) -> None:
    folder = write_folder(tmp_path / "northwind", small_bundle())
    spoil(folder)
    with pytest.raises(BrokenBundle) as broken:
        run_import(database, folder, skip_invalid=skip_invalid)
    assert re.search(said, str(broken.value)), str(broken.value)
    assert is_empty(database)


def test_a_byte_order_mark_and_empty_lines_are_no_error(database: Database, tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "northwind", small_bundle())
    orders = folder / "orders.csv"
    orders.write_bytes(b"\xef\xbb\xbf" + orders.read_bytes().replace(b"\r\n10250", b"\n\n,,,\n10250") + b"\n\n")
    report = run_import(database, folder)
    assert (report.bad_count, report.parts[1].new) == (0, 3)


def test_a_row_of_too_few_or_many_cells_is_named(database: Database, tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "northwind", small_bundle())
    (folder / "members.csv").write_text(
        "slack_user_id,name,account_name,roles\nU1,N,a\nU2,N,a,admin,x\nU3,N,a,admin,,\n"
    )
    report = run_import(database, folder)
    assert [str(row) for row in report.bad_rows] == [
        "members.csv, line 2: has 3 cells, and the header has 4",
        "members.csv, line 3: has 5 cells, and the header has 4",
    ]


def test_lines_are_counted_where_rows_begin(database: Database, tmp_path: Path) -> None:
    parts = small_bundle()
    parts["order_items"][0]["product_spec_desc"] = 'Tofu,\n"fresh"\n'
    parts["order_items"][1]["discountable"] = "?"
    report = run_import(database, write_folder(tmp_path / "b", parts))
    assert [(row.file, row.line) for row in report.bad_rows] == [("order_items.csv", 5)]


@pytest.mark.parametrize("kind", ["file.txt", "file.xlsx"])
def test_something_else_is_no_bundle(database: Database, tmp_path: Path, kind: str) -> None:
    path = tmp_path / kind
    path.write_text("hello")
    with pytest.raises(BrokenBundle):
        run_import(database, path)


AMOUNTS = st.integers(0, 40)
KINDS = st.sampled_from([200, 605])


Drawn = tuple[int, list[tuple[int, int]], list[tuple[int | None, int, int]], list[int]]


@st.composite
def drawn_orders(draw: st.DrawFn) -> Drawn:
    """Kind, items, discounts and figures of an order that are right, or nearly."""
    items: list[tuple[int, int]] = []
    discounts: list[tuple[int | None, int, int]] = []
    for place in range(draw(st.integers(1, 2))):
        official = draw(AMOUNTS)
        less = draw(st.lists(st.tuples(KINDS, st.integers(0, 5)), max_size=2))
        discounts += [(place, kind, amount) for kind, amount in less]
        items.append((official, official - sum(amount for _, amount in less)))
    if draw(st.booleans()):
        discounts.extend([(None, kind, amount) for _, kind, amount in discounts])
    figures = [sum(official for official, _ in items), sum(after for _, after in items)]
    figures += draw(st.lists(st.integers(0, 3), min_size=3, max_size=3))
    if draw(st.booleans()):
        figures[draw(st.integers(0, 1))] += draw(st.integers(-1, 1))
    spoilt: bool = draw(st.booleans())
    if discounts and spoilt:
        place = draw(st.integers(0, len(discounts) - 1))
        of, kind, amount = discounts[place]
        other = 800 if kind == 200 else 200
        renamed: bool = draw(st.booleans())
        discounts[place] = (of, other, amount) if renamed else (of, kind, amount + 1)
    return draw(st.sampled_from([1, 1, 1, 4])), items, discounts, figures


@given(drawn_orders())
@settings(max_examples=60)
def test_exactly_those_orders_are_rejected_whose_money_does_not_add_up(
    sqlite_template: Path,
    tmp_path_factory: pytest.TempPathFactory,
    drawn: Drawn,
) -> None:
    kind, items, discounts, figures = drawn
    figures = [max(figure, 0) for figure in figures]
    items = [(official, max(after, 0)) for official, after in items]

    def money(amount: int) -> Money:
        return Money.of_minor(amount, "USD")

    try:
        check_amounts(
            OrderAmounts("1", OrderType(kind), *(money(figure) for figure in figures)),
            [ItemAmounts(f"1-{n}", money(official), money(after)) for n, (official, after) in enumerate(items)],
            [
                Discount(DiscountType(of_kind), money(amount), None if of is None else f"1-{of}")
                for of, of_kind, amount in discounts
            ],
        )
        adds_up = True
    except AmountsDoNotAddUp:
        adds_up = False
    official, after, coupon, flexi, card = (f"{figure / 100:.2f}" for figure in figures)
    parts = small_bundle()
    parts["orders"] = [
        order("1", "ALFKI", official, after, order_type=str(kind), coupon_amount=coupon)
        | {"flexipurchase_coupon_amount": flexi, "stored_card_amount": card}
    ]
    parts["order_items"] = [item(f"1-{n}", "1", f"{o / 100:.2f}", f"{a / 100:.2f}") for n, (o, a) in enumerate(items)]
    parts["order_discounts"] = [
        discount("1", "" if of is None else f"1-{of}", str(of_kind), f"{amount / 100:.2f}")
        for of, of_kind, amount in discounts
    ] or [discount("1", "", "200", "0")]

    folder = tmp_path_factory.mktemp("drawn")
    with sqlite_copy(sqlite_template, folder) as database:
        report = run_import(database, write_folder(folder / "b", parts), dry_run=True)
    assert (report.bad_count == 0) is adds_up
