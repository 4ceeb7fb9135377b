"""The criteria of an order search, and how a list is paged. Knows nothing of how the search is done."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Self
from zoneinfo import ZoneInfo

from store.domain.orders.criterion import (
    Codes,
    Criterion,
    DaysAhead,
    FirstDay,
    LastDay,
    NamePart,
    OneList,
    Picked,
    ProductTypes,
    TextStart,
    WholeText,
    criterion,
    described,
)
from store.domain.orders.customers import CustomerTab
from store.domain.orders.errors import InvalidCriteria
from store.domain.orders.order import (
    OrderStatus,
    OrderSummary,
    OrderType,
    fold_contract_id,
    fold_typed_order_id,
    typed_order_id,
)
from store.domain.texts import common_form

PAGE_SIZE = 10
"""Orders on a page of a search."""
ITEMS_PAGE = 8
"""Items on a page of an order."""
MOST_DAYS_AHEAD = 3_650
"""The most days from now within which items may be searched as expiring."""
COUNT_CAP = 1000
"""Counts are exact up to this, and `1,000+` above."""


class UnknownCriterion(ValueError):
    """A criterion that this part of the desk does not know. Ignoring it would find orders that nobody asked for."""


@dataclass(frozen=True, slots=True)
class OrderCriteria:
    """Criteria, all optional, combined with AND. Empty sets and texts mean: any.

    Each field is described once, in the order in which people see them. Raises InvalidCriteria, which names the field.
    """

    customer: str = criterion(
        "Customer",
        NamePart(common_form),
        key="customer",
        help="part of a customer's name",
        hint="Name or account name. Choose one customer, or everything that contains what you typed.",
    )
    """Part of the customer's name or account name, as typed; compared in common form."""
    customer_key: int | None = criterion("Customer", Picked(beside="customer"))
    """One customer, picked from those offered."""
    order_no: str = criterion(
        "Order No.",
        TextStart(fold_typed_order_id, typed_order_id),
        key="no",
        help="an order number or its beginning",
        hint="The whole number, or its beginning.",
    )
    """The order number or its beginning, as typed; compared in the form of `fold_typed_order_id`."""
    statuses: frozenset[OrderStatus] = criterion("Order Status", Codes(OrderStatus), key="status")
    product_types: frozenset[int] = criterion(
        "Product Type", ProductTypes(), key="product", help="part of a product type's name"
    )
    """Keys of ProductType."""
    order_types: frozenset[OrderType] = criterion("Order Type", Codes(OrderType), key="type")
    ordered_from: date | None = criterion(
        "Ordered On, from", FirstDay(), key="since", help="the first day, as 2026-03-31"
    )
    ordered_to: date | None = criterion(
        "Ordered On, to",
        LastDay(),
        key="until",
        help="the last day",
        hint="Both days included, in your own time zone.",
    )
    """Whole days of the viewer's own time zone, both included."""
    contract_id: str = criterion(
        "Contract ID",
        WholeText(fold_contract_id),
        key="contract",
        help="a whole Contract ID",
        hint="The whole Contract ID, as the vendor has it.",
    )
    expiring: int | None = criterion(
        "Expiring",
        DaysAhead(most=MOST_DAYS_AHEAD),
        key="expiring",
        help="30d, 4w, 3m, 1y: an item expires within that time from now; what has expired is left out",
        hint="Within how many days from now an item expires. What has expired already is left out.",
    )
    """Days from the moment of the search, or from the moment at which an export was requested."""
    tab: CustomerTab = criterion("Show", OneList())

    def __post_init__(self) -> None:
        for one in described(type(self)):
            object.__setattr__(self, one.name, one.checked(getattr(self, one.name)))
        if self.ordered_from and self.ordered_to and self.ordered_to < self.ordered_from:
            raise InvalidCriteria("ordered_to", "the last day is before the first")

    @property
    def asked(self) -> tuple[Criterion, ...]:
        """The criteria that choose orders: all that are filled in, and the list."""
        return tuple(one for one in described(type(self)) if one.kept(getattr(self, one.name)) is not None)

    def kept(self) -> dict[str, Any]:
        """The criteria for JSON, by name, without empty ones: equal criteria have one form."""
        return {one.name: one.kept(getattr(self, one.name)) for one in self.asked}

    @classmethod
    def restored(cls, kept: Mapping[str, Any]) -> Self:
        """The criteria from the result of `kept`. Raises UnknownCriterion, ValueError for other values,
        InvalidCriteria.
        """
        known = {one.name: one for one in described(cls)}
        for name in kept:
            if name not in known:
                raise UnknownCriterion(name)
        return cls(**{name: known[name].restored(value) for name, value in kept.items()})

    def span(self, time_zone: str) -> tuple[datetime | None, datetime | None]:
        """The moments between which orders were made, in UTC: the first included, the last not; None: open."""
        zone = ZoneInfo(time_zone)

        def start(day: date) -> datetime:
            return datetime.combine(day, time.min, zone).astimezone(UTC)

        first = start(self.ordered_from) if self.ordered_from else None
        last = start(self.ordered_to + timedelta(days=1)) if self.ordered_to else None
        return first, last


@dataclass(frozen=True, slots=True)
class Cursor:
    """The position of a row, newest first, from which a list goes forward or back."""

    create_time: datetime
    key: int
    forward: bool
    """True: the rows after (older than) that one; False: the rows before it."""
    offset: int
    """The number of rows before the page of this cursor, as counted on the way."""


@dataclass(frozen=True, slots=True)
class CappedCount:
    """A number of rows, exact up to COUNT_CAP."""

    value: int
    capped: bool
    """True: there are more than `value`."""


@dataclass(frozen=True, slots=True)
class SearchStep:
    """One statement of a search: why it was asked, down which walk, and what it cost."""

    why: str
    walk: str
    found: int
    """Rows that it gave, or the number that it counted."""
    milliseconds: float


@dataclass(frozen=True, slots=True)
class OrderPage:
    """One page of a search, newest first."""

    rows: tuple[OrderSummary, ...]
    total: CappedCount
    offset: int
    """The number of rows before this page."""
    previous: Cursor | None
    next: Cursor | None
