"""What is in the workbook: the asker's orders and nobody else's, every value of its kind, figures as the database's."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from zipfile import ZipFile

import pytest

from store.domain.exports.work import Written
from store.domain.orders.criteria import OrderCriteria
from store.domain.orders.customers import CustomerTab
from store.domain.orders.order import DiscountType, OrderStatus, OrderType
from store.domain.people import EVERYTHING, Reach, Role
from store.services.exports.process import Writing
from store.services.exports.workbook import read_picture, write_workbook
from store.services.orders.orders import Orders
from store.workbooks.columns import MAX_ROWS
from tests.support.builders import NOON, ItemRow, a_customer, an_order
from tests.support.exporting import ExportDesk, export_selected, records_of, sheets_of

HOSTILE = (
    "=1+1",
    '=HYPERLINK("http://example.com")',
    "+1",
    "-1",
    "@SUM(A1)",
    "\tcmd",
    "<!channel> & <b> ]]>",
    "\x01\x0b\ufffe control",
    "_x0041_",
    "مرحبا \u202eRTL",
    "漢字株式会社 👩‍👩‍👧‍👦",
    "'; DROP TABLE orders; -- % _",
    "0012",
    "W" * 10_000,
)
# XML's forbidden characters are taken out. openpyxl alone does not read what Excel writes for a text like an escape.
SHOWN = {"\x01\x0b\ufffe control": " control", "_x0041_": "_x005F_x0041_"}


def test_an_order_and_its_items_are_there_with_every_value_of_its_kind(desk: ExportDesk) -> None:
    customer = a_customer(
        desk.database,
        "C77",
        name="Acme GmbH",
        account_name="acme",
        reseller_id="R1",
        reseller_name="Resell & Co",
        country_code="DE",
    )
    an_order(
        desk.database,
        "0012345678901234567890",
        customer_key=customer,
        status=OrderStatus.COMPLETED,
        order_type=OrderType.RENEWAL,
        official_amount="13100.00",
        amount_after_discount="12400.00",
        coupon_amount="100.00",
        payment_time=NOON,
        contract_id="HT-1",
        user_name="=cmd",
        items=[ItemRow("9000.00", "8500.00", "c7.2xlarge", effective_time=NOON), ItemRow("4100.00", "3900.00")],
        discounts=[(DiscountType.PROMOTION, "700.00")],
    )
    desk.queued(desk.salesperson(time_zone="Asia/Shanghai"))
    claim = desk.claimed()
    outcome = desk.written(claim)
    assert (outcome.orders, outcome.items, outcome.size) == (1, 2, Path(claim.path).stat().st_size)
    (order,) = records_of(claim.path)
    assert order["Order No."] == "0012345678901234567890"
    assert order["List"] == "Resellers' Customers"
    assert (order["Customer"], order["Reseller"], order["Country"]) == ("Acme GmbH", "Resell & Co", "DE")
    assert (order["Order Status"], order["Order Type"], order["Source"]) == ("Completed", "Renewal", "Customer")
    # Noon in UTC is eight in the evening where the asker is.
    assert order["Ordered On"] == datetime(2026, 3, 2, 20)  # noqa: DTZ001 - workbooks know no zones
    assert order["Pay By"] is None
    assert (order["Official Amount"], order["Discount"], order["Amount After Discount"]) == (13100, 700, 12400)
    assert (order["Coupons"], order["Paid Amount"], order["Commission"]) == (100, 12300, None)
    assert order["Placed By"] == "=cmd"
    first, second = records_of(claim.path, "Items")
    assert (first["Order No."], first["Item No."]) == ("0012345678901234567890", "0012345678901234567890-0")
    assert (first["Specification"], first["Period"], first["Periods"]) == ("c7.2xlarge", "Month", 1)
    assert (first["Official Amount"], first["Discount"], first["Discountable"]) == (9000, 500, True)
    assert second["Effective On"] is None


def test_discounts_stand_in_a_column_for_each_type_that_occurs(desk: ExportDesk) -> None:
    promotion, rebate = DiscountType.PROMOTION, DiscountType.REBATE_CONTRACT
    customer = a_customer(desk.database)
    an_order(desk.database, "A", customer_key=customer, discounts=[(promotion, "7.00"), (rebate, "2.50")])
    an_order(desk.database, "B", customer_key=customer, discounts=[(rebate, "1.25")])
    an_order(desk.database, "C", customer_key=customer)
    elsewhere = a_customer(desk.database, account_manager="robert")
    an_order(desk.database, "D", customer_key=elsewhere, discounts=[(DiscountType.WAIVED, "3.00")])
    of_items = [(0, promotion, "1.00"), (1, promotion, "0.75")]
    two = [ItemRow("6.00"), ItemRow("4.00")]
    an_order(desk.database, "E", customer_key=customer, items=two, item_discounts=of_items)
    desk.queued(desk.salesperson())
    claim = desk.claimed()
    desk.written(claim)
    titles = sheets_of(claim.path)["Orders"][0]
    first, second = f"Discount: {promotion.label}", f"Discount: {rebate.label}"
    assert [title for title in titles if title.startswith("Discount: ")] == [first, second]
    found = {row["Order No."]: (row[first], row[second]) for row in records_of(claim.path)}
    assert found == {"A": (7, 2.5), "B": (None, 1.25), "C": (None, None), "E": (1.75, None)}


def test_only_what_the_asker_sees_is_in_it(desk: ExportDesk) -> None:
    for manager in ("nancy", "robert"):
        customer = a_customer(desk.database, name=f"Customer of {manager}", account_manager=manager)
        an_order(desk.database, customer_key=customer, items=[ItemRow(product_spec_desc=f"spec of {manager}")])
    desk.queued(desk.salesperson())
    claim = desk.claimed()
    outcome = desk.written(claim)
    assert outcome.reach == Reach("nancy")
    assert len(outcome.customers) == 1
    assert [row["Customer"] for row in records_of(claim.path)] == ["Customer of nancy"]
    assert [row["Specification"] for row in records_of(claim.path, "Items")] == ["spec of nancy"]
    # The parts are deflated: a canary would hide in the file itself, so all text of all parts is looked at.
    with ZipFile(claim.path) as parts:
        assert not any(b"robert" in parts.read(name) for name in parts.namelist())
    desk.queued(desk.manager())
    claim = desk.claimed()
    outcome = desk.written(claim)
    assert (outcome.reach, outcome.customers, outcome.orders) == (EVERYTHING, (), 2)


def test_rights_are_those_of_the_moment_of_writing(desk: ExportDesk) -> None:
    an_order(desk.database, customer_key=a_customer(desk.database, account_manager="robert"))
    was_manager = desk.person("U0NANCY", Role.MANAGER)
    desk.queued(was_manager)
    desk.salesperson()
    assert desk.written(desk.claimed()).orders == 0


def test_orders_of_both_lists_come_newest_first_each_list_for_itself(desk: ExportDesk) -> None:
    own = a_customer(desk.database)
    resellers = a_customer(desk.database, reseller_id="R1")
    for name, customer, days in (("A", own, 1), ("B", resellers, 3), ("C", own, 2), ("D", resellers, 4)):
        an_order(
            desk.database,
            name,
            customer_key=customer,
            create_time=NOON + timedelta(days=days),
            items=[ItemRow(), ItemRow()],
        )
    desk.queued(desk.salesperson())
    claim = desk.claimed()
    desk.written(claim)
    assert [row["Order No."] for row in records_of(claim.path)] == ["C", "A", "D", "B"]
    assert [row["Item No."] for row in records_of(claim.path, "Items")][:4] == ["C-0", "C-1", "A-0", "A-1"]


@pytest.mark.parametrize(
    "criteria",
    [
        OrderCriteria(),
        OrderCriteria(tab=CustomerTab.RESELLERS_CUSTOMERS),
        OrderCriteria(customer="ACME_"),
        OrderCriteria(customer="%"),
        OrderCriteria(customer_key=1),
        OrderCriteria(order_no="cs1"),
        OrderCriteria(statuses=frozenset({OrderStatus.COMPLETED, OrderStatus.CANCELLED})),
        OrderCriteria(product_types=frozenset({2})),
        OrderCriteria(order_types=frozenset({OrderType.RENEWAL})),
        OrderCriteria(ordered_from=date(2026, 3, 3), ordered_to=date(2026, 3, 4)),
        OrderCriteria(customer="acme", statuses=frozenset({OrderStatus.COMPLETED}), ordered_to=date(2026, 3, 3)),
    ],
)
def test_export_selected_holds_what_the_search_finds(desk: ExportDesk, criteria: OrderCriteria) -> None:
    customers = [
        a_customer(desk.database, name="Acme_1", account_name="acme"),
        a_customer(desk.database, name="Acme2 100%", account_name="other"),
        a_customer(desk.database, name="Acme_R", account_name="acme", reseller_id="R1"),
        a_customer(desk.database, name="Acme_X", account_name="acme", account_manager="robert"),
    ]
    for at in range(8):
        an_order(
            desk.database,
            f"CS{at % 3}{at}",
            customer_key=customers[at % 4],
            status=OrderStatus.COMPLETED if at % 2 else OrderStatus.PENDING_PAYMENT,
            order_type=OrderType.RENEWAL if at % 3 else OrderType.PURCHASE,
            service_type_code=f"product.{at % 3}",
            # Between the days of the asker's time zone and those of UTC.
            create_time=NOON + timedelta(hours=9 * at),
        )
    nancy = desk.salesperson(time_zone="America/Los_Angeles")
    found = Orders(desk.database).search(nancy, criteria)
    desk.queued(nancy, export_selected(criteria))
    claim = desk.claimed()
    desk.written(claim)
    assert [row["Order No."] for row in records_of(claim.path)] == [row.order_id for row in found.rows]
    assert desk.exports.count(nancy, export_selected(criteria)) == found.total


def test_the_summarys_figures_are_the_databases(desk: ExportDesk) -> None:
    for at, (status, currency, official, after) in enumerate(
        [
            (OrderStatus.COMPLETED, "USD", "100.10", "90.05"),
            (OrderStatus.COMPLETED, "USD", "0.20", "0.20"),
            (OrderStatus.COMPLETED, "JPY", "7000", "6500"),
            (OrderStatus.PENDING_PAYMENT, "USD", "5.00", "4.00"),
            (OrderStatus.PENDING_PAYMENT, "KWD", "1.234", "1.001"),
        ]
    ):
        an_order(
            desk.database,
            status=status,
            currency=currency,
            official_amount=official,
            amount_after_discount=after,
            coupon_amount="0.05" if at == 0 else "0",
            items=[ItemRow(official, after)],
        )
    nancy = desk.salesperson()
    desk.queued(nancy, export_selected(OrderCriteria(), "Customers · any status"))
    claim = desk.claimed()
    desk.written(claim)
    rows = sheets_of(claim.path)["Summary"]
    facts = {row[0]: row[1] for row in rows[:14]}
    assert (facts["Asked for by"], facts["Criteria"]) == (nancy.member.name, "Customers · any status")
    assert (facts["Orders"], facts["Items"], facts["Within"]) == (5, 5, "Orders of the customers of nancy")
    assert rows.index(("Order Status", "Currency", "Orders", *_FIGURES)) < len(rows)
    tables = {row[:2]: [Decimal(str(value)) for value in row[2:]] for row in rows if isinstance(row[2], int)}
    assert tables == {
        ("Completed", "JPY"): [1, 7000, 500, 6500, 6500],
        ("Completed", "USD"): _figures("2", "100.30", "10.05", "90.25", "90.20"),
        ("Pending payment", "KWD"): _figures("1", "1.234", "0.233", "1.001", "0"),
        ("Pending payment", "USD"): _figures("1", "5", "1", "4", "0"),
        ("All", "JPY"): [1, 7000, 500, 6500, 6500],
        ("All", "KWD"): _figures("1", "1.234", "0.233", "1.001", "0"),
        ("All", "USD"): _figures("3", "105.30", "11.05", "94.25", "90.20"),
    }


_FIGURES = ("Official Amount", "Discount", "Amount After Discount", "Paid Amount")


def _figures(*texts: str) -> list[Decimal]:
    return [Decimal(figure) for figure in texts]


def test_an_empty_result_is_a_workbook_with_headers_that_says_so(desk: ExportDesk) -> None:
    export = desk.queued(desk.salesperson())
    claim = desk.claimed()
    outcome = desk.written(claim)
    assert (outcome.orders, outcome.items) == (0, 0)
    sheets = sheets_of(claim.path)
    assert list(sheets) == ["Orders", "Items", "Summary"]
    assert len(sheets["Orders"]) == len(sheets["Items"]) == 1
    assert sheets["Orders"][0][0] == "Order No."
    assert ("Result", "No order fits. The sheets Orders and Items have their headers alone.") in [
        row[:2] for row in sheets["Summary"]
    ]
    assert desk.exports.to_tell(export.key).empty


def test_hostile_text_stays_text_in_every_column(desk: ExportDesk) -> None:
    for at, text in enumerate(HOSTILE):
        customer = a_customer(
            desk.database, name=text, account_name=text, reseller_id="R1", reseller_name=text, country_code="DE"
        )
        an_order(
            desk.database,
            f"=HYPERLINK({at})",
            customer_key=customer,
            contract_id=text,
            user_name=text,
            parent_order_id="@SUM(1)",
            service_type_code=f"=product{at}",
            items=[ItemRow(product_spec_desc=text)],
        )
    desk.queued(desk.salesperson(), export_selected(OrderCriteria(tab=CustomerTab.RESELLERS_CUSTOMERS), HOSTILE[1]))
    claim = desk.claimed()
    desk.written(claim)
    with ZipFile(claim.path) as parts:
        assert not any(b"<f>" in parts.read(name) or b"<f " in parts.read(name) for name in parts.namelist())
    by_number = {row["Order No."]: row for row in records_of(claim.path)}
    specifications = {row["Order No."]: row["Specification"] for row in records_of(claim.path, "Items")}
    for at, text in enumerate(HOSTILE):
        shown = SHOWN.get(text, text)
        row = by_number[f"=HYPERLINK({at})"]
        for title in ("Customer", "Account Name", "Reseller", "Contract", "Placed By"):
            assert row[title] == shown
        assert row["Combined Order No."] == "@SUM(1)"
        assert specifications[f"=HYPERLINK({at})"] == shown


def test_past_the_limit_of_rows_a_sheet_goes_on_in_the_next(desk: ExportDesk) -> None:
    customer = a_customer(desk.database)
    for _ in range(7):
        an_order(desk.database, customer_key=customer, items=[ItemRow()])
    desk.queued(desk.salesperson())
    claim = desk.claimed()
    assert desk.work.begin(claim)
    with Writing(desk.database, claim, row_limit=4) as writing:
        assert isinstance(writing.wait(60), Written)
    sheets = sheets_of(claim.path)
    assert list(sheets) == ["Orders", "Orders (2)", "Orders (3)", "Items", "Items (2)", "Items (3)", "Summary"]
    assert [len(sheets[name]) for name in ("Orders", "Orders (2)", "Orders (3)")] == [4, 4, 2]
    assert sheets["Orders"][0] == sheets["Orders (3)"][0]
    numbers = [row[0] for name in ("Orders", "Orders (2)", "Orders (3)") for row in sheets[name][1:]]
    assert len(set(numbers)) == 7


def test_all_of_it_is_one_picture_of_the_data(desk: ExportDesk) -> None:
    customer = a_customer(desk.database)
    for _ in range(3):
        an_order(desk.database, customer_key=customer, items=[ItemRow()])
    desk.queued(desk.manager())
    claim = desk.claimed()
    with desk.database.read() as connection:
        export = desk.exports.to_tell(claim.key)
        picture = read_picture(connection, export, EVERYTHING, NOON)
        an_order(desk.database, customer_key=customer, items=[ItemRow()])
        write_workbook(connection, picture, Path(claim.path), lambda _rows, _total: None, MAX_ROWS)
    assert (picture.orders, picture.items) == (3, 3)
    assert len(records_of(claim.path)) == len(records_of(claim.path, "Items")) == 3


def test_progress_tells_rows_of_all(desk: ExportDesk) -> None:
    customer = a_customer(desk.database)
    an_order(desk.database, customer_key=customer, items=[ItemRow(), ItemRow()])
    desk.queued(desk.manager())
    claim = desk.claimed()
    with Writing(desk.database, claim) as writing:
        assert isinstance(writing.wait(60), Written)
        assert writing.rows_total == 3
