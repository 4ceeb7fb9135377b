"""What orders are searched by, and how a list is paged. Knows nothing of how the search is done."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from store.domain.orders.customers import CustomerTab
from store.domain.orders.errors import InvalidCriteria
from store.domain.orders.order import OrderStatus, OrderSummary, OrderType, fold_typed_order_id
from store.domain.texts import common_form

MAX_TEXT = 200
"""Characters of a customer's name or an order number that a search takes."""
PAGE_SIZE = 10
"""Orders on a page of a search."""
ITEMS_PAGE = 8
"""Items on a page of an order."""
FIRST_YEAR, LAST_YEAR = 1990, 2999
"""Days outside these years are typing errors, and would leave what databases and time zones can say."""
COUNT_CAP = 1000
"""Counts are exact up to this, and `1,000+` above."""
LAST_KEY = 2**53
"""The desk's own numbers of things are far smaller; larger ones are made up, and databases choke on them."""


def is_key(number: int) -> bool:
    """Whether the number could be one of the desk's own numbers of things."""
    return 0 < number < LAST_KEY


def can_be_kept(text: str) -> bool:
    """Whether databases can keep the text at all: it has no NUL and no half of a surrogate pair."""
    return not any(sign == "\x00" or "\ud800" <= sign <= "\udfff" for sign in text)


@dataclass(frozen=True, slots=True)
class OrderCriteria:
    """Criteria, all optional, combined with AND. Empty sets and texts mean: any.

    Raises InvalidCriteria naming the field.
    """

    tab: CustomerTab = CustomerTab.CUSTOMERS
    customer: str = ""
    """Part of the customer's name or account name, as it was typed; compared in common form."""
    customer_key: int | None = None
    """One customer, picked from those offered."""
    order_no: str = ""
    """The order number or its beginning, as it was typed; compared as `fold_typed_order_id` has it."""
    statuses: frozenset[OrderStatus] = frozenset()
    product_types: frozenset[int] = frozenset()
    """Keys of ProductType."""
    order_types: frozenset[OrderType] = frozenset()
    ordered_from: date | None = None
    ordered_to: date | None = None
    """Whole days of the viewer's own time zone, both included."""

    def __post_init__(self) -> None:
        for name in ("customer", "order_no"):
            text = getattr(self, name).strip()
            # A text of which nothing is seen asks for nothing.
            compared = common_form(text) if name == "customer" else fold_typed_order_id(text)
            object.__setattr__(self, name, text if compared else "")
            if len(text) > MAX_TEXT:
                raise InvalidCriteria(name, f"at most {MAX_TEXT} characters")
            if not can_be_kept(text):
                raise InvalidCriteria(name, "a character that no name has")
        if self.customer_key is not None and not is_key(self.customer_key):
            raise InvalidCriteria("customer_key", "no such customer")
        if not all(is_key(key) for key in self.product_types):
            raise InvalidCriteria("product_types", "no such product type")
        for name in ("ordered_from", "ordered_to"):
            day = getattr(self, name)
            if day is not None and not FIRST_YEAR <= day.year <= LAST_YEAR:
                raise InvalidCriteria(name, f"a day between {FIRST_YEAR} and {LAST_YEAR}")
        if self.ordered_from and self.ordered_to and self.ordered_to < self.ordered_from:
            raise InvalidCriteria("ordered_to", "the last day is before the first")

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
    """From where on a list goes forward or back: the position of a row, newest first."""

    create_time: datetime
    key: int
    forward: bool
    """True: the rows after (older than) that one; False: the rows before it."""
    offset: int
    """How many rows stand before the page this cursor leads to, as counted on the way."""


@dataclass(frozen=True, slots=True)
class CappedCount:
    """A number of rows, exact up to COUNT_CAP."""

    value: int
    capped: bool
    """True: there are more than `value`."""


@dataclass(frozen=True, slots=True)
class OrderPage:
    """One page of a search, newest first."""

    rows: tuple[OrderSummary, ...]
    total: CappedCount
    offset: int
    """How many rows stand before this page."""
    previous: Cursor | None
    next: Cursor | None
