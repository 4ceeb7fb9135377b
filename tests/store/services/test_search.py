"""Search: whatever is asked, every page says what a plain filter over all orders says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import insert

from store.database import Database
from store.domain.orders.criteria import COUNT_CAP, PAGE_SIZE, Cursor, OrderCriteria, OrderPage
from store.domain.orders.customers import CustomerTab, search_text
from store.domain.orders.order import OrderStatus, OrderType, fold_order_id, fold_typed_order_id
from store.domain.people import Actor, Reach, Role
from store.domain.texts import common_form
from store.queries.orders.limits import LIMITS, Limits
from store.queries.orders.search import search_orders
from store.services.orders.orders import Orders
from store.tables import AccountManagerRow, CustomerRow, OrderItemRow, OrderRow, ProductTypeRow
from tests.support.builders import NOON, a_customer, an_order
from tests.support.databases import empty
from tests.support.people import a_manager, a_salesperson

MANAGERS = ("nancy", "margaret")
NAMES = (
    "Acme",
    "ACME_North",
    "100% Wool",
    "Straße",
    "STRASSE 2",
    "日本電気",
    "日本",
    "a\\b",
    "İstanbul",
    "O’Neill\u00a0& Bru\u0308der",
    "ΟΔΟΣ",
    "x",
    "--'; ",
)
ZONES = ("UTC", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia", "Asia/Kathmandu")
STATUSES = (OrderStatus.PENDING_PAYMENT, OrderStatus.COMPLETED, OrderStatus.CANCELLED)
TYPES = (OrderType.PURCHASE, OrderType.RENEWAL, OrderType.FREE)
# Around a change of the clocks in New York (8 March 2026) and one in Lord Howe (5 April 2026, of half an hour).
DAYS = (date(2026, 3, 7), date(2026, 3, 8), date(2026, 3, 9), date(2026, 4, 4), date(2026, 4, 5), date(2026, 4, 6))
BEGINNING = "CS"


@dataclass(frozen=True)
class Bought:
    """An order, as the plain filter sees it; the customer is a place in the world's list."""

    number: str
    customer: int
    status: OrderStatus
    order_type: OrderType
    product: int
    create_time: datetime
    contract: str | None
    expires: tuple[int | None, ...]
    """Of each item: days from NOON, on the minute."""


@dataclass(frozen=True)
class World:
    """All customers, as (name, manager, of a reseller), and all orders."""

    customers: tuple[tuple[str, str, bool], ...]
    orders: tuple[Bought, ...]


moments = st.builds(
    lambda day, hour, tick: (
        datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(minutes=30 * hour, microseconds=tick)
    ),
    st.sampled_from(DAYS),
    st.integers(0, 47),
    st.sampled_from((-1, 0, 0, 0, 1)),
)
numbers = st.one_of(
    st.builds("CS{:02}{}".format, st.integers(0, 30), st.sampled_from(("", "a", "%", "_", "É"))),
    st.sampled_from(("c", "CT1", "ÇS", "\ud7ff", "日本-1", "cs")),
)


@st.composite
def worlds(draw: st.DrawFn) -> World:
    customers = draw(
        st.lists(
            st.tuples(st.sampled_from(NAMES), st.sampled_from(MANAGERS), st.booleans()),
            min_size=1,
            max_size=8,
        )
    )
    orders = draw(
        st.lists(
            st.builds(
                Bought,
                number=numbers,
                customer=st.integers(0, len(customers) - 1),
                status=st.sampled_from(STATUSES),
                order_type=st.sampled_from(TYPES),
                product=st.integers(1, 3),
                create_time=moments,
                contract=st.sampled_from((None, None, "HW-1", "hw-1", "hw-12", "É")),
                expires=st.lists(st.sampled_from((None, -1, 0, 1, 2, 30)), max_size=3).map(tuple),
            ),
            max_size=45,
            unique_by=lambda order: fold_order_id(order.number),
        )
    )
    return World(tuple(customers), tuple(orders))


criteria_drawn = st.builds(
    OrderCriteria,
    tab=st.sampled_from((CustomerTab.CUSTOMERS, CustomerTab.CUSTOMERS, CustomerTab.RESELLERS_CUSTOMERS)),
    customer=st.sampled_from(
        (
            "",
            "",
            "",
            "a",
            "acme",
            "%",
            "_",
            "\\",
            "ss",
            "ß",
            "本",
            "日本",
            "e 2",
            "Σ",
            "login",
            "zz",
            "ISTAN",
            "O'NEILL &",
            "brü",
        )
    ),
    customer_key=st.one_of(st.none(), st.none(), st.integers(1, 9)),
    order_no=st.sampled_from(
        ("", "", "", "c", "CS", "cs0", "cS1", "CS02", "cs05%", "_", "%", "é", "日", "\ud7ff", "zzz")
    ),
    statuses=st.frozensets(st.sampled_from(STATUSES), max_size=2),
    product_types=st.frozensets(st.integers(1, 4), max_size=2),
    order_types=st.frozensets(st.sampled_from(TYPES), max_size=2),
    contract_id=st.sampled_from(("", "", "", "", "hw-1", "HW-12", "hw", "é", "É")),
    expiring=st.sampled_from((None, None, None, None, 1, 2, 30)),
)
limits_drawn = st.builds(
    Limits,
    numbered=st.sampled_from((0, 2, 300)),
    few_numbered=st.sampled_from((0, 3, 3_000)),
    sample=st.sampled_from((0, 4, 200)),
    few_expiring=st.sampled_from((0, 3, 2_000)),
    few_customers=st.sampled_from((0, 1, 30)),
    customers=st.sampled_from((1, 2, 400)),
    looked_at=st.sampled_from((0, 3, 1_000)),
    listed_customers=st.sampled_from((1, 3, 5_000)),
    few_orders=st.sampled_from((0, 5, 4_000)),
    combinations=st.sampled_from((0, 3, 1_200)),
    few_combinations=st.sampled_from((0, 2, 30)),
    near=st.sampled_from((1, 12, 1_000)),
)


def write(database: Database, world: World) -> None:
    empty(database)
    with database.write() as connection:
        connection.execute(
            insert(AccountManagerRow), [{"account_name": name, "account_name_folded": name} for name in MANAGERS]
        )
        products = [{"service_type_code": f"svc.{key}", "service_type_name": f"Product {key}"} for key in (1, 2, 3)]
        connection.execute(insert(ProductTypeRow), products)
        customers = [
            {
                "customer_id": f"C{place}",
                "name": name,
                "account_name": f"login-{place}",
                "search_text": search_text(name, f"login-{place}"),
                "association_type": 1,
                "account_manager_key": MANAGERS.index(manager) + 1,
                "resellers": resellers,
            }
            for place, (name, manager, resellers) in enumerate(world.customers)
        ]
        connection.execute(insert(CustomerRow), customers)
        orders = [
            {
                "order_id": order.number,
                "order_id_folded": fold_order_id(order.number),
                "customer_key": order.customer + 1,
                "account_manager_key": MANAGERS.index(world.customers[order.customer][1]) + 1,
                "resellers": world.customers[order.customer][2],
                "product_type_key": order.product,
                "source_type": 1,
                "status": order.status,
                "order_type": order.order_type,
                "currency": "USD",
                "official_amount": 100,
                "amount_after_discount": 100,
                "create_time": order.create_time,
                "contract_id": order.contract,
                "coupon_amount": 0,
                "flexipurchase_coupon_amount": 0,
                "stored_card_amount": 0,
            }
            for order in world.orders
        ]
        if orders:
            connection.execute(insert(OrderRow), orders)
        items = [
            {
                "order_line_item_id": f"I{key}-{place}",
                "order_key": key,
                "product_type_key": order.product,
                "product_id": "",
                "product_spec_desc": "",
                "period_type": 2,
                "subscription_num": 1,
                "expire_time": None if days is None else NOON + timedelta(days=days),
                "official_amount": 100,
                "amount_after_discount": 100,
                "discountable": True,
            }
            for key, order in enumerate(world.orders, 1)
            for place, days in enumerate(order.expires)
        ]
        if items:
            connection.execute(insert(OrderItemRow), items)


def fits(world: World, order: Bought, reach: Reach, criteria: OrderCriteria, zone: str) -> bool:
    name, manager, resellers = world.customers[order.customer]
    day = order.create_time.astimezone(ZoneInfo(zone)).date()
    return (
        reach.account_name in (None, manager)
        and resellers == (criteria.tab is CustomerTab.RESELLERS_CUSTOMERS)
        and any(common_form(criteria.customer) in common_form(text) for text in (name, f"login-{order.customer}"))
        and criteria.customer_key in (None, order.customer + 1)
        and fold_order_id(order.number).startswith(fold_typed_order_id(criteria.order_no))
        and (not criteria.statuses or order.status in criteria.statuses)
        and (not criteria.product_types or order.product in criteria.product_types)
        and (not criteria.order_types or order.order_type in criteria.order_types)
        and (not criteria.contract_id or folded_contract(order.contract) == folded_contract(criteria.contract_id))
        and (criteria.expiring is None or any(0 < (days or 0) <= criteria.expiring for days in order.expires))
        and (criteria.ordered_from is None or criteria.ordered_from <= day)
        and (criteria.ordered_to is None or day <= criteria.ordered_to)
    )


def folded_contract(text: str | None) -> str | None:
    """Letters of ASCII alone are without case."""
    return text and "".join(sign.upper() if sign.isascii() else sign for sign in text)


def plain(world: World, reach: Reach, criteria: OrderCriteria, zone: str) -> list[str]:
    """Numbers of the orders that fit, newest first, by a plain filter. Keys run with the order of writing."""
    found = [
        (order.create_time, place, order.number)
        for place, order in enumerate(world.orders)
        if fits(world, order, reach, criteria, zone)
    ]
    return [number for _, _, number in sorted(found, reverse=True)]


def walk(
    database: Database, actor: Actor, criteria: OrderCriteria, limits: Limits = LIMITS
) -> tuple[list[OrderPage], list[OrderPage]]:
    """All pages to the end, and all pages back from there to the first."""
    there: list[OrderPage] = []
    back: list[OrderPage] = []
    with database.read() as connection:

        def search(cursor: Cursor | None) -> OrderPage:
            return search_orders(connection, actor.reach, criteria, actor.time_zone, cursor, NOON, limits)

        there.append(search(None))
        while (cursor := there[-1].next) is not None:
            there.append(search(cursor))
        back.append(there[-1])
        while (cursor := back[-1].previous) is not None:
            back.append(search(cursor))
    return there, back


def numbers_of(pages: Sequence[OrderPage]) -> list[str]:
    return [row.order_id for page in pages for row in page.rows]


@settings(max_examples=150)
@given(
    world=worlds(),
    drawn=criteria_drawn,
    days=st.tuples(st.none() | st.sampled_from(DAYS), st.none() | st.sampled_from(DAYS)),
    zone=st.sampled_from(ZONES),
    everything=st.booleans(),
    limits=limits_drawn,
)
def test_every_page_is_what_a_plain_filter_finds(
    database: Database,
    world: World,
    drawn: OrderCriteria,
    days: tuple[date | None, date | None],
    zone: str,
    everything: bool,
    limits: Limits,
) -> None:
    write(database, world)
    first, last = days
    if first and last and last < first:
        first, last = last, first
    criteria = replace(drawn, ordered_from=first, ordered_to=last)
    actor = a_manager(time_zone=zone) if everything else a_salesperson("nancy", time_zone=zone)
    wanted = plain(world, actor.reach, criteria, zone)
    there, back = walk(database, actor, criteria, limits)
    assert numbers_of(there) == wanted
    assert back == there[::-1]
    assert {(page.total.value, page.total.capped) for page in there} == {(len(wanted), False)}
    assert [page.offset for page in there] == [PAGE_SIZE * place for place in range(len(there))]
    for before, after in pairwise(there):
        assert len(before.rows) == PAGE_SIZE
        assert after.rows


def many(database: Database, number: int) -> None:
    """A number of orders of nancy's, of one moment, and one of margaret's."""
    an_order(database, "MINE", create_time=NOON)
    theirs = a_customer(database, name="Theirs", account_manager="margaret")
    an_order(database, "THEIRS", customer_key=theirs, create_time=NOON)
    row = {
        "customer_key": 1,
        "account_manager_key": 1,
        "resellers": False,
        "product_type_key": 1,
        "source_type": 1,
        "status": OrderStatus.COMPLETED,
        "order_type": OrderType.PURCHASE,
        "currency": "USD",
        "official_amount": 100,
        "amount_after_discount": 100,
        "create_time": NOON,
        "coupon_amount": 0,
        "flexipurchase_coupon_amount": 0,
        "stored_card_amount": 0,
    }
    rows = [{**row, "order_id": f"N{place:05}", "order_id_folded": f"N{place:05}"} for place in range(number - 1)]
    with database.write() as connection:
        connection.execute(insert(OrderRow), rows)


@pytest.mark.parametrize(
    ("number", "value", "capped"), [(COUNT_CAP, COUNT_CAP, False), (COUNT_CAP + 1, COUNT_CAP, True)]
)
def test_counts_are_exact_to_a_thousand_whatever_is_asked(
    database: Database,
    number: int,
    value: int,
    capped: bool,
) -> None:
    many(database, number)
    everything = [
        OrderCriteria(),
        OrderCriteria(statuses=frozenset({OrderStatus.COMPLETED, OrderStatus.PENDING_PAYMENT})),
        OrderCriteria(product_types=frozenset({1})),
        OrderCriteria(customer="acme"),
        OrderCriteria(customer_key=1),
        OrderCriteria(ordered_from=NOON.date()),
    ]
    orders = Orders(database)
    for criteria in everything:
        page = orders.search(a_salesperson("nancy"), criteria)
        assert (page.total.value, page.total.capped) == (value, capped), criteria
        assert len(page.rows) == PAGE_SIZE
    numbered = orders.search(a_salesperson("nancy"), OrderCriteria(order_no="n"))
    assert numbered.total.value == min(number - 1, COUNT_CAP)
    assert not numbered.total.capped


def test_orders_of_one_moment_come_one_by_one_on_their_pages(database: Database) -> None:
    many(database, 3 * PAGE_SIZE)
    there, back = walk(database, a_salesperson("nancy"), OrderCriteria())
    assert numbers_of(there) == [f"N{place:05}" for place in reversed(range(29))] + ["MINE"]
    assert back == there[::-1]
    assert there[-1].next is None
    assert there[0].previous is None


def test_what_came_and_went_meanwhile_does_not_lead_astray(database: Database) -> None:
    for day in range(12):
        an_order(database, f"D{day:02}", create_time=NOON + timedelta(days=day))
    orders, actor = Orders(database), a_manager()
    first = orders.search(actor, OrderCriteria())
    assert first.next is not None
    second = orders.search(actor, OrderCriteria(), first.next)
    an_order(database, "NEW", create_time=NOON + timedelta(days=99))
    assert second.previous is not None
    before = orders.search(actor, OrderCriteria(), second.previous)
    assert [row.order_id for row in before.rows] == [row.order_id for row in first.rows]
    assert before.previous is not None
    newest = orders.search(actor, OrderCriteria(), before.previous)
    assert [row.order_id for row in newest.rows] == ["NEW", *[f"D{day:02}" for day in range(11, 2, -1)]]
    assert newest.previous is None
    # A page beyond the end, and one before the beginning, are the first.
    gone = Cursor(NOON - timedelta(days=1), 1, forward=True, offset=500)
    assert orders.search(actor, OrderCriteria(), gone) == newest
    nothing = OrderCriteria(order_no="no such")
    assert orders.search(actor, nothing, gone).rows == ()
    assert orders.search(actor, nothing, replace(gone, forward=False)).rows == ()


def test_a_cursor_does_not_lead_out_of_the_days_asked_for(database: Database) -> None:
    for day in range(5):
        an_order(database, f"D{day}", create_time=NOON + timedelta(days=day))
    asked = (NOON + timedelta(days=2)).date()
    criteria = OrderCriteria(ordered_from=asked, ordered_to=asked)
    for forward, place in ((True, NOON + timedelta(days=9)), (False, NOON - timedelta(days=9))):
        page = Orders(database).search(a_manager(), criteria, Cursor(place, 99, forward=forward, offset=0))
        assert [row.order_id for row in page.rows] == ["D2"]


def test_a_salesperson_without_a_customer_finds_nothing_and_with_another_role_finds_all(database: Database) -> None:
    an_order(database)
    orders = Orders(database)
    assert orders.search(a_salesperson("nobody"), OrderCriteria()).rows == ()
    assert len(orders.search(a_salesperson("nobody", also=Role.ADMIN), OrderCriteria()).rows) == 1


def test_a_page_shows_what_lists_show(database: Database) -> None:
    customer = a_customer(database, name="Ünited 日本", reseller_id="R")
    key = an_order(
        database,
        "cs-9",
        customer_key=customer,
        service_type_code="svc.disk",
        currency="JPY",
        official_amount="1200",
        amount_after_discount="1000",
        payment_time=NOON + timedelta(minutes=1),
        pending_payment_end_time=NOON + timedelta(days=1),
    )
    (row,) = Orders(database).search(a_manager(), OrderCriteria(tab=CustomerTab.RESELLERS_CUSTOMERS)).rows
    assert (row.key, row.order_id, row.customer_name, row.service_type_name) == (key, "cs-9", "Ünited 日本", "DISK")
    assert row.tab is CustomerTab.RESELLERS_CUSTOMERS
    assert (row.status, row.order_type) == (OrderStatus.PENDING_PAYMENT, OrderType.PURCHASE)
    assert (str(row.official_amount), str(row.amount_after_discount)) == ("JPY 1200", "JPY 1000")
    assert row.create_time == NOON
    assert row.payment_time == NOON + timedelta(minutes=1)
    assert row.pending_payment_end_time == NOON + timedelta(days=1)
