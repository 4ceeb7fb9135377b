"""The searches of the benchmark: the people, and criteria of the form in the kinds that differ in cost.

Contract ID and Expiring are not among them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import combinations, product
from math import prod
from random import Random

from sqlalchemy import Connection, Select, func, select
from sqlalchemy.orm import InstrumentedAttribute

from bench.orders_data import BUSIEST
from store.domain.orders.criteria import OrderCriteria
from store.domain.orders.customers import CustomerTab
from store.domain.orders.order import OrderStatus, OrderType
from store.domain.people import Actor, Member, Role
from store.tables import AccountManagerRow, CustomerRow, OrderRow

PEOPLE = ("small salesperson", "salesperson with 10 %", "manager")
_SEED = 5

_STATUSES: dict[str, frozenset[OrderStatus]] = {
    "any status": frozenset(),
    "pending payment": frozenset({OrderStatus.PENDING_PAYMENT}),
    "completed": frozenset({OrderStatus.COMPLETED}),
    "3 statuses": frozenset({OrderStatus.PENDING_REFUND, OrderStatus.PROCESSING, OrderStatus.CANCELLED}),
}
_ORDER_TYPES: dict[str, frozenset[OrderType]] = {
    "any type": frozenset(),
    "renewals": frozenset({OrderType.RENEWAL}),
    "3 types": frozenset({OrderType.PURCHASE, OrderType.CHANGE, OrderType.FREE}),
}
_PRODUCTS: dict[str, frozenset[int]] = {
    "any product": frozenset(),
    "1 product": frozenset({7}),
    "10 products": frozenset(range(3, 33, 3)),
}
_CUSTOMERS = ("any customer", "picked", "rare part", "common part", "1 letter")
_NUMBERS = ("any number", "exact", "rare beginning", "a day's", "a month's", "of all times", "of all")
_DAYS = ("any day", "one week", "one year")
CHOICES: Mapping[str, tuple[str, ...]] = {
    "who": PEOPLE,
    "tab": tuple(tab.name.lower() for tab in CustomerTab),
    "customer": _CUSTOMERS,
    "number": _NUMBERS,
    "status": tuple(_STATUSES),
    "order type": tuple(_ORDER_TYPES),
    "product type": tuple(_PRODUCTS),
    "days": _DAYS,
}
_COMMON_PARTS, _LETTER = ("trading", "科技"), "a"

Choice = tuple[str, ...]
"""One of each of CHOICES."""
_ANY = ("any customer", "any number", "any status", "any type", "any product", "any day")

HOT: Mapping[str, Mapping[int, str]] = {
    "nothing but the tab": {},
    "one status": {4: "pending payment"},
    "statuses and types": {4: "3 statuses", 5: "3 types"},
    "one product": {6: "1 product"},
    "ten products": {6: "10 products"},
    "one year": {7: "one year"},
    "picked customer": {2: "picked"},
    "rare part of a name": {2: "rare part"},
    "common part of a name": {2: "common part"},
    "exact number": {3: "exact"},
    "a month's numbers": {3: "a month's"},
    "numbers of all times": {3: "of all times"},
}
"""The most common searches, by name: the indexes in a choice that are not *any*."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One search, without its page."""

    name: str
    choice: Choice
    actor: Actor
    criteria: OrderCriteria

    @property
    def filled_in(self) -> int:
        """The number of criteria that are filled in, without the tab."""
        return sum(kind not in _ANY for kind in self.choice[2:])


def some_choices(number: int) -> list[Choice]:
    """The first `number` of all choices, the same each time; first those in which any two kinds meet."""
    shuffled = list(product(*CHOICES.values()))
    Random(_SEED).shuffle(shuffled)
    met: set[tuple[str, str]] = set()
    first: list[Choice] = []
    rest: list[Choice] = []
    for choice in shuffled:
        pairs = set(combinations(choice, 2))
        (rest if pairs <= met else first).append(choice)
        met |= pairs
    return first + rest[: max(0, number - len(first))]


def number_of_choices() -> int:
    """The number of different choices."""
    return prod(map(len, CHOICES.values()))


class Asker:
    """Makes searches from choices, with values for which the database has orders."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._people = {person: _Person(connection, person) for person in PEOPLE}

    def hot(self) -> Iterator[Asked]:
        """The HOT searches, by all people; the tab is that of customers."""
        for person, (name, places) in product(PEOPLE, HOT.items()):
            choice = [person, CustomerTab.CUSTOMERS.name.lower(), *_ANY]
            for place, kind in places.items():
                choice[place] = kind
            yield self.of(tuple(choice), f"{name}, {person}")

    def of(self, choice: Choice, name: str = "") -> Asked:
        """The search for a choice."""
        person, tab, customer, number, statuses, order_types, products, days = choice
        values = self._people[person].tabs[CustomerTab[tab.upper()]]
        first, last = values.days(days)
        criteria = OrderCriteria(
            tab=CustomerTab[tab.upper()],
            customer=values.part(customer),
            customer_key=values.customer_key if customer == "picked" else None,
            order_no=values.number(number),
            statuses=_STATUSES[statuses],
            order_types=_ORDER_TYPES[order_types],
            product_types=_PRODUCTS[products],
            ordered_from=first,
            ordered_to=last,
        )
        told = name or ", ".join(kind for kind in choice if kind not in _ANY)
        return Asked(told, choice, self._people[person].actor, criteria)


class _Person:
    """A person who searches: the actor, and the values to search for in each tab."""

    def __init__(self, connection: Connection, person: str) -> None:
        account = {"manager": "", "salesperson with 10 %": BUSIEST}.get(person)
        if account is None:
            account = connection.execute(_MIDDLING).scalar_one()
        role = Role.SALESPERSON if account else Role.MANAGER
        self.actor = Actor(Member("T0BENCH", "U0BENCH", person, account, frozenset({role})))
        self.tabs = {tab: _Values(connection, account, tab) for tab in CustomerTab}


_MIDDLING = (
    select(AccountManagerRow.account_name)
    .join(CustomerRow, CustomerRow.account_manager_key == AccountManagerRow.key)
    .where(AccountManagerRow.account_name != BUSIEST)
    .group_by(AccountManagerRow.account_name)
    # The first with customers in both tabs.
    .having(func.count(CustomerRow.resellers.distinct()) > 1)
    .order_by(AccountManagerRow.account_name)
    .limit(1)
)


class _Values:
    """The values that a person searches for in a tab: all are within their reach, and exist."""

    def __init__(self, connection: Connection, account: str, tab: CustomerTab) -> None:
        resellers = tab is CustomerTab.RESELLERS_CUSTOMERS
        customers = select(CustomerRow.key).where(CustomerRow.resellers == resellers)
        if account:
            manager = select(AccountManagerRow.key).where(AccountManagerRow.account_name == account)
            customers = customers.where(CustomerRow.account_manager_key == manager.scalar_subquery())
        # The busiest of their customers that have orders of both kinds of numbers, and one in the middle.
        both = (_numbered(CustomerRow.key, beginning).exists() for beginning in ("CS", "PA"))
        busiest = customers.where(*both).order_by(CustomerRow.key).limit(1)
        self.customer_key: int = connection.execute(busiest).scalar_one()
        number = connection.execute(select(func.count()).select_from(customers.subquery())).scalar_one()
        other = connection.execute(customers.order_by(CustomerRow.key).offset(number // 2).limit(1)).scalar_one()
        self._account_name = f"account-{other:05d}"
        in_time = _order_of(self.customer_key, "CS")
        self._order_id, moment = connection.execute(in_time).one()
        self._ordered: datetime = moment.astimezone(UTC)
        self._any_order_id: str = connection.execute(_order_of(self.customer_key, "PA")).one()[0]

    def part(self, kind: str) -> str:
        """A part of a customer's name."""
        common = _COMMON_PARTS[self.customer_key % len(_COMMON_PARTS)]
        return {"rare part": self._account_name, "common part": common, "1 letter": _LETTER}.get(kind, "")

    def number(self, kind: str) -> str:
        """An order number, or its beginning."""
        return {
            "exact": self._order_id,
            "rare beginning": self._any_order_id[:7],
            "a day's": self._order_id[:8],
            "a month's": self._order_id[:6],
            "of all times": self._any_order_id[:3],
            "of all": self._order_id[:1],
        }.get(kind, "")

    def days(self, kind: str) -> tuple[date | None, date | None]:
        """The first and the last day."""
        day = self._ordered.date()
        return {
            "one week": (day - timedelta(days=3), day + timedelta(days=3)),
            "one year": (day - timedelta(days=200), day + timedelta(days=165)),
        }.get(kind, (None, None))


def _order_of(customer_key: int, beginning: str) -> Select[str, datetime]:
    """An order in the middle of a customer's orders, by number."""
    orders = _numbered(customer_key, beginning)
    middle = select(func.count() // 2).select_from(orders.subquery()).scalar_subquery()
    return orders.order_by(OrderRow.create_time, OrderRow.key).offset(middle).limit(1)


def _numbered(customer_key: int | InstrumentedAttribute[int], beginning: str) -> Select[str, datetime]:
    """A customer's orders whose numbers begin so."""
    numbered = OrderRow.order_id_folded.between(beginning, f"{beginning}Z")
    return select(OrderRow.order_id, OrderRow.create_time).where(OrderRow.customer_key == customer_key, numbered)
