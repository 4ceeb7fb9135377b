"""Sample data from a seed: an import bundle of a cloud vendor's partner, of any size.

The same seed and the same time give the same files, byte for byte. The data goes through the import like any other:
amounts add up, and every status, order type and kind of discount occurs. Knows the vendor's codes, no database.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from bot.demo.lists import (
    ADMIN,
    BRANCHES,
    COMPANIES,
    CURRENCIES,
    LONG_NAME,
    MANAGERS,
    PARTY_NAME,
    PRODUCTS,
    RESELLERS,
    SALESPEOPLE,
    Product,
)
from store.domain.money import minor_digits
from store.domain.orders.customers import AssociationType
from store.domain.orders.order import DiscountType, OrderStatus, OrderType, PeriodType, SourceType

MANY_ITEMS = 300
SPAN = timedelta(days=730)
PAYMENT_TIME = timedelta(days=7)
"""How long an order may wait for its payment."""
_EACH_COMBINATION_EVERY = 7
_COMBINATIONS = [(status, kind) for status in OrderStatus for kind in OrderType]

_HEADERS: dict[str, tuple[str, ...]] = {
    "customers": (
        "customer_id", "name", "account_name", "association_type", "reseller_id", "reseller_name", "account_manager",
        "email", "telephone", "country_code",
    ),
    "orders": (
        "order_id", "customer_id", "service_type_code", "service_type_name", "source_type", "status", "order_type",
        "official_amount", "amount_after_discount", "currency", "create_time", "payment_time",
        "pending_payment_end_time", "contract_id", "user_name", "coupon_amount", "flexipurchase_coupon_amount",
        "stored_card_amount", "commission_amount", "consumed_amount", "parent_order_id",
    ),
    "order_items": (
        "order_line_item_id", "order_id", "service_type_code", "service_type_name", "product_id", "product_spec_desc",
        "period_type", "period_num", "subscription_num", "effective_time", "expire_time", "official_amount",
        "amount_after_discount", "discountable",
    ),
    "order_discounts": ("order_id", "order_line_item_id", "discount_type", "discount_amount"),
    "members": ("slack_user_id", "name", "account_name", "roles"),
}  # fmt: skip


def make_bundle(folder: Path, orders: int = 5_000, seed: int = 1, *, now: datetime) -> None:
    """Writes a bundle of about 120 customers and `orders` orders into the folder; makes the folder if it is missing.

    `now` is aware: orders are from the two years before it; unpaid ones expire after it, a few have already expired.
    """
    folder.mkdir(parents=True, exist_ok=True)
    random = Random(seed)  # noqa: S311 - sample data must be repeatable, not secret
    customers = list(_customers(random))
    with ExitStack() as files:
        write = {}
        for name, header in _HEADERS.items():
            file = files.enter_context((folder / f"{name}.csv").open("w", encoding="utf-8", newline=""))
            write[name] = csv.writer(file)
            write[name].writerow(header)
        people = [*((*one, "salesperson") for one in SALESPEOPLE), *MANAGERS, ADMIN]
        write["members"].writerows(people)
        write["customers"].writerows(customer.row for customer in customers)
        for order in _Orders(random, customers, orders, now):
            write["orders"].writerow(order.row)
            write["order_items"].writerows(order.items)
            write["order_discounts"].writerows(order.discounts)


@dataclass(frozen=True, slots=True)
class _Customer:
    customer_id: str
    name: str
    login: str
    association: AssociationType
    reseller: tuple[str, str] | None
    account_manager: str
    country: str

    @property
    def row(self) -> tuple[Any, ...]:
        reseller_id, reseller_name = self.reseller or ("", "")
        return (
            self.customer_id,
            self.name,
            self.login,
            self.association.label if len(self.name) % 2 else int(self.association),
            reseller_id,
            reseller_name,
            self.account_manager,
            f"{self.login}@example.com",
            f"+00 555 01{int(self.customer_id[-4:]) % 100:02}",
            self.country,
        )


def _customers(random: Random) -> Iterator[_Customer]:
    names = [
        (country, form.format(name))
        for country, companies in COMPANIES.items()
        for name in companies
        for form in BRANCHES[country]
    ]
    names += [("DE", LONG_NAME), ("BR", PARTY_NAME)]
    random.shuffle(names)
    for number, (country, name) in enumerate(names, start=1):
        reseller = random.choice(RESELLERS) if random.random() < 0.25 else None
        own = AssociationType.REFERRAL if random.random() < 0.8 else AssociationType.RESELLER
        manager = random.choices([account for _, _, account in SALESPEOPLE], weights=(5, 4, 3))[0]
        yield _Customer(f"CU{number:04}", name, f"{country.lower()}-user{number:03}", own, reseller, manager, country)


@dataclass(slots=True)
class _Line:
    """An item in the making: amounts in minor units, discounts by type."""

    product: Product
    offer: tuple[str, str, float]
    period: PeriodType
    periods: int
    number: int
    official: int
    discounts: dict[DiscountType, int]

    @property
    def after(self) -> int:
        return self.official - sum(self.discounts.values())


@dataclass(frozen=True, slots=True)
class _Made:
    row: tuple[Any, ...]
    items: list[tuple[Any, ...]]
    discounts: list[tuple[Any, ...]]


_OLD_STATUSES = (
    [OrderStatus.COMPLETED] * 80
    + [OrderStatus.CANCELLED] * 12
    + [OrderStatus.PENDING_REFUND, OrderStatus.REPLACING, OrderStatus.PENDING_RECEIPT, OrderStatus.PENDING_PICKUP] * 2
)
_NEW_STATUSES = (
    [OrderStatus.PENDING_PAYMENT] * 45
    + [OrderStatus.COMPLETED] * 30
    + [OrderStatus.PROCESSING, OrderStatus.PENDING_APPROVAL, OrderStatus.PENDING_CONFIRMATION] * 6
    + [OrderStatus.PENDING_SHIPMENT, OrderStatus.CANCELLED] * 3
)
_TYPES = (
    [OrderType.PURCHASE] * 50
    + [OrderType.RENEWAL] * 25
    + [OrderType.CHANGE] * 9
    + [OrderType.UNSUBSCRIPTION] * 6
    + [OrderType.FREE, OrderType.TRIAL, OrderType.TRIAL_TO_COMMERCIAL, OrderType.FEE_ADJUSTMENT] * 2
    + [OrderType.YEARLY_MONTHLY_TO_PAY_PER_USE, OrderType.PAY_PER_USE_TO_YEARLY_MONTHLY]
)
_PERIODS = (
    [(PeriodType.MONTH, 1)] * 4
    + [(PeriodType.MONTH, 3), (PeriodType.MONTH, 6), (PeriodType.YEAR, 1), (PeriodType.YEAR, 1), (PeriodType.YEAR, 3)]
    + [(PeriodType.WEEK, 2), (PeriodType.DAY, 10), (PeriodType.HOUR, 72), (PeriodType.ONE_TIME, 1)]
)
_MONTHS = {
    PeriodType.HOUR: 1 / 730,
    PeriodType.DAY: 1 / 30,
    PeriodType.WEEK: 1 / 4,
    PeriodType.MONTH: 1.0,
    PeriodType.YEAR: 12.0,
    PeriodType.ONE_TIME: 1.0,
}
_DAYS = {PeriodType.HOUR: 1 / 24, PeriodType.DAY: 1, PeriodType.WEEK: 7, PeriodType.MONTH: 30, PeriodType.YEAR: 365}
_GIVEN = [one for one in DiscountType if one is not DiscountType.WAIVED]
_PAID = {
    OrderStatus.COMPLETED,
    OrderStatus.PROCESSING,
    OrderStatus.PENDING_REFUND,
    OrderStatus.PENDING_SHIPMENT,
    OrderStatus.PENDING_RECEIPT,
    OrderStatus.PENDING_PICKUP,
    OrderStatus.REPLACING,
}


class _Orders:
    """The orders, oldest first, one in memory at a time."""

    def __init__(self, random: Random, customers: list[_Customer], number: int, now: datetime) -> None:
        self._random = random
        self._customers = customers
        self._number = number
        self._now = now.replace(microsecond=0)
        self._combined: list[tuple[_Customer, str]] = []

    def __iter__(self) -> Iterator[_Made]:
        for place in range(self._number):
            yield self._order(place)

    def _order(self, place: int) -> _Made:
        random = self._random
        # More of them are recent; the last are from the days in which an order waits for its payment.
        age = SPAN * (1 - (place + random.random()) / self._number) ** 1.6
        created = self._now - age - timedelta(minutes=1)
        status = random.choice(_NEW_STATUSES if age < PAYMENT_TIME else _OLD_STATUSES)
        kind = random.choice(_TYPES)
        if place % _EACH_COMBINATION_EVERY == 0:
            status, kind = _COMBINATIONS[place // _EACH_COMBINATION_EVERY % len(_COMBINATIONS)]
        order_id = f"CS{created:%y%m%d%H%M}{place:07}"
        customer, parent = self._buyer(order_id)
        currency, rate = CURRENCIES[customer.country]
        count = MANY_ITEMS if place == self._number - 1 else random.choices((1, 2, 3, 5, 8), (45, 25, 15, 10, 5))[0]
        lines = [self._line(kind, rate, 10 ** minor_digits(currency)) for _ in range(count)]
        deadline = self._deadline(created) if status is OrderStatus.PENDING_PAYMENT else None
        paid = created + timedelta(minutes=random.randrange(1, 300)) if status in _PAID else None
        paid = min(paid, self._now) if paid else None
        return _written(
            _Draft(order_id, customer, parent, status, kind, currency, created, paid, deadline, lines), random
        )

    def _buyer(self, order_id: str) -> tuple[_Customer, str]:
        """The buyer, and the combined order that this order is part of: sometimes two or three orders in a row."""
        random = self._random
        if not self._combined:
            customer = random.choice(self._customers)
            together = random.randrange(2, 4) if random.random() < 0.03 else 1
            parent = f"{order_id}P" if together > 1 else ""
            self._combined = [(customer, parent)] * together
        return self._combined.pop()

    def _deadline(self, created: datetime) -> datetime:
        """When the payment is due: soon for some; already past for those that nobody has cancelled yet."""
        random = self._random
        usual = created + PAYMENT_TIME
        if usual < self._now:
            return usual
        return self._now + timedelta(minutes=random.randrange(20, 360)) if random.random() < 0.15 else usual

    def _line(self, kind: OrderType, rate: float, minor: int) -> _Line:
        random = self._random
        product = random.choice(PRODUCTS)
        offer = random.choice(product.offers)
        period, periods = random.choice(_PERIODS)
        number = random.choices((1, 2, 3, 10, 25), (60, 20, 10, 7, 3))[0]
        official = max(1, round(offer[2] * rate * minor * _MONTHS[period] * periods)) * number
        if kind is OrderType.TRIAL:
            official = 0
        line = _Line(product, offer, period, periods, number, official, {})
        if kind is OrderType.FREE:
            line.discounts[DiscountType.WAIVED] = official
        elif kind is not OrderType.UNSUBSCRIPTION and product.discountable and official and random.random() < 0.45:
            for discount in random.sample(_GIVEN, random.choices((1, 2), (85, 15))[0]):
                line.discounts[discount] = official * random.choice((3, 5, 8, 10, 12, 15, 20)) // 100
        return line


@dataclass(frozen=True, slots=True)
class _Draft:
    order_id: str
    customer: _Customer
    parent: str
    status: OrderStatus
    kind: OrderType
    currency: str
    created: datetime
    paid: datetime | None
    deadline: datetime | None
    lines: list[_Line]


def _written(draft: _Draft, random: Random) -> _Made:
    official = sum(line.official for line in draft.lines)
    after = sum(line.after for line in draft.lines)
    digits = minor_digits(draft.currency)

    def money(minor: int) -> str:
        return f"{minor // 10**digits}.{minor % 10**digits:0{digits}}" if digits else str(minor)

    unsubscription = draft.kind is OrderType.UNSUBSCRIPTION
    coupon, flexi, card = _vouchers(random, after) if draft.paid and not unsubscription else (0, 0, 0)
    source = random.choice(list(SourceType)) if random.random() < 0.3 else SourceType.CUSTOMER
    first = draft.lines[0].product
    row = (
        draft.order_id,
        draft.customer.customer_id,
        first.service_type_code,
        first.service_type_name,
        int(source),
        int(draft.status),
        int(draft.kind),
        money(official),
        money(after),
        draft.currency,
        draft.created.isoformat(),
        draft.paid.isoformat() if draft.paid else "",
        draft.deadline.isoformat() if draft.deadline else "",
        f"FR-{draft.created:%Y}-{draft.customer.customer_id}" if source is SourceType.CONTRACT else "",
        draft.customer.login,
        money(coupon),
        money(flexi),
        money(card),
        money(after * 3 // 100) if unsubscription else "",
        money(after * random.randrange(0, 90) // 100) if unsubscription else "",
        draft.parent,
    )
    items, discounts, by_type = [], [], dict.fromkeys(DiscountType, 0)
    for number, line in enumerate(draft.lines, start=1):
        item_id = f"{draft.order_id}-{number}"
        items.append(_item(draft, line, item_id, money))
        for kind, amount in line.discounts.items():
            if amount:
                discounts.append((draft.order_id, item_id, int(kind), money(amount)))
                by_type[kind] += amount
    # Some orders also state what their items state: the same sums, by type.
    if discounts and random.random() < 0.1:
        discounts += [(draft.order_id, "", int(kind), money(amount)) for kind, amount in by_type.items() if amount]
    return _Made(row, items, discounts)


def _item(draft: _Draft, line: _Line, item_id: str, money: Any) -> tuple[Any, ...]:  # noqa: ANN401
    begins = draft.paid if draft.status is OrderStatus.COMPLETED else None
    ends = begins + timedelta(days=_DAYS[line.period] * line.periods) if begins and line.period in _DAYS else None
    product_id, description, _ = line.offer
    return (
        item_id,
        draft.order_id,
        line.product.service_type_code,
        line.product.service_type_name,
        product_id,
        description,
        int(line.period),
        line.periods,
        line.number,
        begins.isoformat() if begins else "",
        ends.isoformat() if ends else "",
        money(line.official),
        money(line.after),
        "true" if line.product.discountable else "false",
    )


def _vouchers(random: Random, after: int) -> tuple[int, int, int]:
    """The share paid by price coupons, flexi coupons and a stored-value card: mostly nothing, at most `after`."""
    if random.random() > 0.2:
        return 0, 0, 0
    coupon, flexi, card = (
        after * share // 100 for share in random.choice(((10, 0, 0), (0, 5, 0), (0, 0, 40), (5, 5, 25)))
    )
    return coupon, flexi, card
