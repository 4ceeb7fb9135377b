"""Which walk goes down which index, and by which criteria the rows that it meets are judged. Plain values: no SQL."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import Enum


class Path(Enum):
    """The index a walk goes down, by its name's end."""

    NEWEST = "newest"
    STATUS = "status"
    PRODUCT = "product"
    CUSTOMER = "customer"
    NUMBER = "number"
    CONTRACT = "contract"
    KEY = "key"
    """No walk: the orders are known by their keys."""

    def index(self, *, own: bool) -> str:
        """The index's name: for one account manager's orders or for all."""
        if self is Path.CUSTOMER:
            return "ix_orders_customer"
        return f"ix_orders_{'own' if own else 'all'}_{self.value}"

    @property
    def single(self) -> bool:
        """Whether it is walked once, and not for each of some combinations."""
        return self in (Path.NEWEST, Path.CONTRACT)

    @property
    def settled(self) -> frozenset[str]:
        """The criteria that the combinations settle."""
        return _SETTLED.get(self, frozenset())


_SETTLED = {
    Path.CONTRACT: frozenset({"contract_id"}),
    Path.CUSTOMER: frozenset({"customer_key"}),
    Path.STATUS: frozenset({"statuses", "order_types"}),
    Path.PRODUCT: frozenset({"product_types", "statuses", "order_types"}),
}
CODES = 100
"""More than any status and order type: a combination is one number, since databases order one list's join rightly."""


def combinations_of(
    statuses: Iterable[int], order_types: Iterable[int], product_type_keys: Iterable[int] = (0,)
) -> list[int]:
    """The combinations of Path.STATUS, or of Path.PRODUCT where product types are given."""
    pairs = [status * CODES + order_type for status in statuses for order_type in order_types]
    return [product * CODES * CODES + pair for product in product_type_keys for pair in pairs]


@dataclass(frozen=True, slots=True)
class Walk:
    """Which statement: everything that changes its text. Its values are given when it is run."""

    path: Path
    own: bool
    """Whether one account manager's orders only."""
    sqlite: bool
    forward: bool = True
    judged: frozenset[str] = frozenset()
    """By which criteria rows are judged as they are met: those that the path does not settle. `customer` is a look at
    the customer of each; `customer_key` is a list of customers.
    """
    all_days: bool = False
    """Whether no days are asked for, so that all orders are counted."""

    def __str__(self) -> str:
        """As `ix_orders_all_status, newest first, judged by customer`."""
        index = "known keys" if self.path is Path.KEY else self.path.index(own=self.own)
        judged = f", judged by {', '.join(sorted(self.judged))}" if self.judged else ""
        return f"{index}, {'newest' if self.forward else 'oldest'} first{judged}"

    @property
    def by_text(self) -> bool:
        """Whether rows are judged by a look at the customer of each."""
        return "customer" in self.judged

    def judging(self, names: Iterable[str]) -> Walk:
        """The same, judged by these criteria."""
        return replace(self, judged=frozenset(names))

    def without(self, *names: str) -> Walk:
        """The same, not judged by these criteria."""
        return self.judging(self.judged.difference(names))
