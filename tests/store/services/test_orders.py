"""Reading orders: details, payment, numbers, typing ahead, all within reach."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import event

from store.database import Database
from store.domain.money import Money
from store.domain.orders.criteria import ITEMS_PAGE
from store.domain.orders.customers import AssociationType, CustomerTab
from store.domain.orders.errors import AmountsDoNotAddUp, CustomerNotFound, NoPaymentDetails, OrderNotFound
from store.domain.orders.order import DiscountType, OrderStatus, OrderType, PeriodType, SourceType
from store.domain.people import Role
from store.services.orders.orders import Orders
from tests.support.builders import NOON, ItemRow, a_customer, a_product_type, an_order
from tests.support.people import a_manager, a_salesperson


@contextmanager
def statements(database: Database) -> Iterator[list[str]]:
    """The statements that are run while the scope lasts, those that open and close transactions left out."""
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if not statement.startswith(("BEGIN", "ROLLBACK")):
            seen.append(statement)

    event.listen(database.engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(database.engine, "before_cursor_execute", note)


def test_details_show_every_field_of_an_order(database: Database) -> None:
    customer = a_customer(
        database,
        "C-77",
        name="Großhandel Müller",
        account_name="mueller",
        association_type=AssociationType.RESELLER,
        reseller_id="R-1",
        reseller_name="Reseller One",
        email="a@example.com",
        telephone="030",
        country_code="DE",
    )
    key = an_order(
        database,
        "cs-1",
        customer_key=customer,
        status=OrderStatus.COMPLETED,
        order_type=OrderType.CHANGE,
        source_type=SourceType.CONTRACT,
        currency="KWD",
        official_amount="10.005",
        amount_after_discount="9.000",
        payment_time=NOON + timedelta(hours=1),
        pending_payment_end_time=NOON + timedelta(days=7),
        contract_id="CON-1",
        user_name="who",
        coupon_amount="1.000",
        flexipurchase_coupon_amount="0.500",
        stored_card_amount="0.250",
        commission_amount="0.1",
        consumed_amount="0.2",
        parent_order_id="cs-0",
        items=[
            ItemRow(
                "10.005",
                "9.000",
                product_spec_desc="4 vCPUs",
                service_type_code="svc.disk",
                discountable=False,
                period_type=PeriodType.YEAR,
                period_num=3,
                subscription_num=2,
                effective_time=NOON,
                expire_time=NOON + timedelta(days=1),
            )
        ],
        discounts=[(DiscountType.COMMERCIAL, "1.005")],
    )
    details = Orders(database).details(a_salesperson("nancy"), key)
    order = details.order
    assert (order.key, order.order_id, order.currency) == (key, "cs-1", "KWD")
    assert order.customer.key == customer
    assert order.customer.customer_id == "C-77"
    assert (order.customer.name, order.customer.account_name) == ("Großhandel Müller", "mueller")
    assert order.customer.account_manager == "nancy"
    assert order.customer.association_type is AssociationType.RESELLER
    assert (order.customer.reseller_id, order.customer.reseller_name) == ("R-1", "Reseller One")
    assert (order.customer.email, order.customer.telephone, order.customer.country_code) == (
        "a@example.com",
        "030",
        "DE",
    )
    assert order.customer.tab is CustomerTab.RESELLERS_CUSTOMERS
    assert order.product_type.service_type_code == "hws.service.type.ec2"
    assert (order.source_type, order.status, order.order_type) == (
        SourceType.CONTRACT,
        OrderStatus.COMPLETED,
        OrderType.CHANGE,
    )
    assert order.official_amount == Money(Decimal("10.005"), "KWD")
    assert order.amount_after_discount == Money(Decimal("9.000"), "KWD")
    assert order.create_time == NOON
    assert order.payment_time == NOON + timedelta(hours=1)
    assert order.pending_payment_end_time == NOON + timedelta(days=7)
    assert (order.contract_id, order.user_name, order.parent_order_id) == ("CON-1", "who", "cs-0")
    assert [
        str(order.coupon_amount),
        str(order.flexipurchase_coupon_amount),
        str(order.stored_card_amount),
        str(order.commission_amount),
        str(order.consumed_amount),
    ] == ["KWD 1.000", "KWD 0.500", "KWD 0.250", "KWD 0.100", "KWD 0.200"]
    assert details.discounts == ((DiscountType.COMMERCIAL, Money(Decimal("1.005"), "KWD")),)
    (item,) = details.items
    assert item.order_line_item_id == "cs-1-0"
    assert (item.service_type_code, item.service_type_name) == ("svc.disk", "DISK")
    assert (item.product_id, item.product_spec_desc, item.discountable) == ("P0", "4 vCPUs", False)
    assert (item.period_type, item.period_num, item.subscription_num) == (PeriodType.YEAR, 3, 2)
    assert (item.effective_time, item.expire_time) == (NOON, NOON + timedelta(days=1))
    assert (str(item.official_amount), str(item.amount_after_discount)) == ("KWD 10.005", "KWD 9.000")


def test_fields_that_are_not_there_are_none(database: Database) -> None:
    details = Orders(database).details(a_manager(), an_order(database))
    order = details.order
    assert order.commission_amount is None
    assert order.consumed_amount is None
    assert order.payment_time is None
    assert (details.items, details.item_count, details.items_offset, details.discounts) == ((), 0, 0, ())


def test_items_come_a_page_at_a_time_in_the_order_of_the_lines(database: Database) -> None:
    number = 2 * ITEMS_PAGE + 3
    key = an_order(database, "long", items=[ItemRow("1") for _ in range(number)], official_amount=str(number))
    orders = Orders(database)
    seen: list[str] = []
    for offset in (0, ITEMS_PAGE, 2 * ITEMS_PAGE):
        page = orders.details(a_manager(), key, offset)
        assert (page.item_count, page.items_offset) == (number, offset)
        seen += [item.order_line_item_id for item in page.items]
    assert seen == [f"long-{place}" for place in range(number)]
    assert orders.details(a_manager(), key, 10_000).items_offset == 2 * ITEMS_PAGE
    assert orders.details(a_manager(), key, -5).items_offset == 0


def test_a_full_last_page_of_items_is_the_last(database: Database) -> None:
    key = an_order(database, items=[ItemRow("1") for _ in range(ITEMS_PAGE)])
    assert Orders(database).details(a_manager(), key, ITEMS_PAGE).items_offset == 0


def test_details_of_an_order_with_many_items_take_three_statements(database: Database) -> None:
    items = [ItemRow("2", "1") for _ in range(300)]
    off = [(place, DiscountType.PARTNER_GRANTED, "1") for place in range(300)]
    key = an_order(database, official_amount="600", amount_after_discount="300", items=items, item_discounts=off)
    with statements(database) as seen:
        details = Orders(database).details(a_manager(), key)
    assert details.discounts == ((DiscountType.PARTNER_GRANTED, Money(Decimal(300), "USD")),)
    assert len(seen) == 3


def test_discounts_given_twice_are_counted_once(database: Database) -> None:
    key = an_order(
        database,
        amount_after_discount="80",
        items=[ItemRow("60", "45"), ItemRow("40", "35")],
        discounts=[(DiscountType.PROMOTION, "15"), (DiscountType.COMMERCIAL, "5")],
        item_discounts=[
            (0, DiscountType.PROMOTION, "10"),
            (0, DiscountType.COMMERCIAL, "5"),
            (1, DiscountType.PROMOTION, "5"),
        ],
    )
    assert Orders(database).details(a_manager(), key).discounts == (
        (DiscountType.PROMOTION, Money(Decimal(15), "USD")),
        (DiscountType.COMMERCIAL, Money(Decimal(5), "USD")),
    )


def test_payment_details_go_from_list_price_to_cash(database: Database) -> None:
    key = an_order(
        database,
        status=OrderStatus.COMPLETED,
        amount_after_discount="80",
        coupon_amount="5",
        flexipurchase_coupon_amount="4",
        stored_card_amount="1",
        payment_time=NOON,
        discounts=[(DiscountType.COMMERCIAL, "20")],
    )
    order, paid = Orders(database).payment(a_manager(), key)
    assert order.key == key
    assert paid.discounts == ((DiscountType.COMMERCIAL, Money(Decimal(20), "USD")),)
    assert paid.cash == Money(Decimal(70), "USD")
    assert paid.payment_time == NOON


def test_payment_details_are_refused_where_there_are_none_or_they_contradict_each_other(database: Database) -> None:
    orders = Orders(database)
    with pytest.raises(NoPaymentDetails) as refused:
        orders.payment(a_manager(), an_order(database, status=OrderStatus.PENDING_PAYMENT))
    assert (refused.value.status, refused.value.unsubscription) == (OrderStatus.PENDING_PAYMENT, False)
    gone = an_order(database, status=OrderStatus.COMPLETED, order_type=OrderType.UNSUBSCRIPTION)
    with pytest.raises(NoPaymentDetails) as refused:
        orders.payment(a_manager(), gone)
    assert refused.value.unsubscription
    wrong = an_order(database, status=OrderStatus.COMPLETED, amount_after_discount="80")
    with pytest.raises(AmountsDoNotAddUp):
        orders.payment(a_manager(), wrong)


def test_what_is_not_theirs_is_not_found_by_the_same_work_as_what_is_not_there(database: Database) -> None:
    theirs = an_order(database, "X1", customer_key=a_customer(database, account_manager="margaret"))
    nobody = theirs + 1000
    nancy, orders = a_salesperson("nancy"), Orders(database)
    work: list[list[str]] = []
    for key, number in ((theirs, "X1"), (nobody, "X2")):
        with statements(database) as seen:
            with pytest.raises(OrderNotFound):
                orders.details(nancy, key)
            with pytest.raises(OrderNotFound):
                orders.payment(nancy, key)
            with pytest.raises(OrderNotFound):
                orders.find_key(nancy, number)
        work.append(seen)
    assert work[0] == work[1]
    assert len(work[0]) == 3
    assert orders.details(a_salesperson("margaret"), theirs).order.key == theirs
    assert orders.details(a_salesperson("nancy", also=Role.MANAGER), theirs).order.key == theirs


def test_an_order_is_found_by_its_number_without_case(database: Database) -> None:
    key = an_order(database, "Cs26-a%_1")
    orders = Orders(database)
    assert orders.find_key(a_manager(), " cS26-A%_1 ") == key
    for wrong in ("CS26-A", "CS26-A%", "%", "", "CS26-A%_1X"):
        with pytest.raises(OrderNotFound):
            orders.find_key(a_manager(), wrong)


def test_a_customer_is_found_by_its_key_within_reach(database: Database) -> None:
    key = a_customer(database, name="Bravo", account_name="bravo", reseller_id="R")
    found = Orders(database).customer(a_salesperson("nancy"), key)
    assert (found.key, found.name, found.account_name) == (key, "Bravo", "bravo")
    assert found.tab is CustomerTab.RESELLERS_CUSTOMERS
    for actor, wanted in ((a_salesperson("margaret"), key), (a_manager(), key + 1)):
        with pytest.raises(CustomerNotFound):
            Orders(database).customer(actor, wanted)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("", ["100% Wool", "Acme", "ACME_North", "Straße 7", "Zacmex", "日本電気"]),
        ("acme", ["Acme", "ACME_North", "Zacmex"]),
        ("ACME ", ["Acme", "ACME_North", "Zacmex"]),
        ("%", ["100% Wool"]),
        ("_", ["ACME_North"]),
        ("\\", []),
        ("STRASSE", ["Straße 7"]),
        ("本電", ["日本電気"]),
        ("login-6", ["日本電気"]),
    ],
)
def test_typing_ahead_offers_customers_by_part_of_a_name(database: Database, text: str, names: list[str]) -> None:
    for number, name in enumerate(["Zacmex", "Acme", "ACME_North", "100% Wool", "Straße 7", "日本電気"], 1):
        a_customer(database, name=name, account_name=f"login-{number}")
    a_customer(database, name="Acme of another", account_manager="margaret")
    found, more = Orders(database).suggest_customers(a_salesperson("nancy"), text, None, 10)
    assert [customer.name for customer in found] == names
    assert not more


def test_typing_ahead_says_whether_there_are_more_and_keeps_to_the_tab(database: Database) -> None:
    own = [a_customer(database, name=f"Acme {number}") for number in range(3)]
    resold = a_customer(database, name="Acme of a reseller", reseller_id="R")
    orders = Orders(database)
    found, more = orders.suggest_customers(a_manager(), "acme", CustomerTab.CUSTOMERS, 2)
    assert ([customer.key for customer in found], more) == (own[:2], True)
    found, more = orders.suggest_customers(a_manager(), "acme", CustomerTab.CUSTOMERS, 3)
    assert ([customer.key for customer in found], more) == (own, False)
    found, more = orders.suggest_customers(a_manager(), "acme", CustomerTab.RESELLERS_CUSTOMERS, 3)
    assert ([customer.key for customer in found], more) == ([resold], False)


def test_product_types_are_those_of_orders_within_reach(database: Database) -> None:
    nancys = a_customer(database)
    resold = a_customer(database, reseller_id="R")
    margarets = a_customer(database, account_manager="margaret")
    disk, cloud, secret = (a_product_type(database, f"svc.{name}") for name in ("disk", "cloud", "secret"))
    a_product_type(database, "svc.never-ordered")
    for customer, code in ((nancys, "svc.disk"), (resold, "svc.cloud"), (margarets, "svc.secret")):
        an_order(database, customer_key=customer, service_type_code=code)
    orders, nancy = Orders(database), a_salesperson("nancy")
    offered, more = orders.suggest_product_types(nancy, "", 10)
    assert ([product.key for product in offered], more) == ([cloud, disk], False)
    offered, more = orders.suggest_product_types(a_manager(), "SVC", 2)
    assert ([product.key for product in offered], more) == ([cloud, disk], True)
    offered, _ = orders.suggest_product_types(a_manager(), " Secre", 2)
    assert [product.service_type_code for product in offered] == ["svc.secret"]
    assert [product.key for product in orders.product_types(nancy, [secret, disk, 999])] == [disk]
    assert [product.key for product in orders.product_types(a_manager(), [secret, disk])] == [disk, secret]


@pytest.mark.parametrize("text", ["\x00", "a\x00b", "\ud800", "x\udfff"])
def test_text_that_no_database_keeps_is_of_nothing(database: Database, text: str) -> None:
    an_order(database)
    orders = Orders(database)
    with pytest.raises(OrderNotFound):
        orders.find_key(a_manager(), text)
    assert orders.suggest_customers(a_manager(), text, None, 5) == ((), False)
    assert orders.suggest_product_types(a_manager(), text, 5) == ((), False)


@pytest.mark.parametrize("key", [0, -1, 2**48, 2**63, 2**70])
def test_keys_that_are_made_up_are_of_nothing(database: Database, key: int) -> None:
    an_order(database)
    orders = Orders(database)
    with pytest.raises(OrderNotFound):
        orders.details(a_manager(), key)
    with pytest.raises(CustomerNotFound):
        orders.customer(a_manager(), key)
    assert orders.product_types(a_manager(), [key]) == ()
    assert orders.details(a_manager(), 1, key).items_offset == 0
