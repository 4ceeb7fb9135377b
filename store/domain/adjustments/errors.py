"""What can go wrong with a price adjustment: facts with their figures. The words for people are made elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING

from store.domain.errors import DomainError

if TYPE_CHECKING:
    from datetime import datetime

    from store.domain.adjustments.states import AdjustmentState
    from store.domain.money import Money
    from store.domain.orders.order import OrderStatus
    from store.domain.people import Person


@dataclass(eq=False)
class InvalidPolicy(DomainError):
    """A policy that cannot be meant as it stands."""

    reason: str


class Bar(StrEnum):
    """Why an order's price cannot be adjusted."""

    ROLE = "role"
    STATUS = "status"
    DEADLINE_PASSED = "deadline_passed"
    RESELLER_ASSOCIATION = "reseller_association"
    RESELLERS_CUSTOMER = "resellers_customer"
    UNSUBSCRIPTION = "unsubscription"
    UNDECIDED = "undecided"
    """Another adjustment of the order is undecided."""
    NOTHING_DISCOUNTABLE = "nothing_discountable"
    """The maximum is zero."""
    NO_ROOM = "no_room"
    """The maximum is not larger than the discounts that an adjustment would replace."""


@dataclass(eq=False)
class NotAdjustable(DomainError):
    """The order's price cannot be adjusted now, whatever the figure. What is not about `bar` is None."""

    bar: Bar
    status: OrderStatus | None = None
    deadline: datetime | None = None
    undecided: int | None = None
    """The key of the undecided adjustment."""
    maximum: Money | None = None
    replaced: Money | None = None


@dataclass(eq=False)
class NotADiscount(DomainError):
    """The figure would leave the list price as it is, or raise it."""

    discount: Money
    order_line_item_id: str | None = None
    """The item it was given for; None: the order."""


@dataclass(eq=False)
class OverMaximum(DomainError):
    """The discount is above the maximum of the order, or of the item that is named."""

    discount: Money
    maximum: Money
    order_line_item_id: str | None = None


@dataclass(eq=False)
class NotLargerThanReplaced(DomainError):
    """The discount is not larger than the sum of the discounts that it would replace."""

    discount: Money
    replaced: Money


@dataclass(eq=False)
class BelowCouponsAndCards(DomainError):
    """After the discount, less would be left to pay than coupons and cards already cover."""

    after: Money
    coupons_and_cards: Money


@dataclass(eq=False)
class UnknownItem(DomainError):
    """An amount was given for an item that the order does not have, or twice for the same item."""

    order_line_item_id: str


@dataclass(eq=False)
class WrongCurrency(DomainError):
    """A figure in another currency than the order's."""

    given: str
    currency: str


@dataclass(eq=False)
class ReasonMissing(DomainError):
    """A reason is required, and none was given."""


@dataclass(eq=False)
class ReasonTooLong(DomainError):
    """The reason is longer than is kept."""

    length: int
    longest: int


@dataclass(eq=False)
class AdjustmentNotFound(DomainError):
    """There is no such adjustment within the actor's reach: not there and not theirs are one and the same."""


@dataclass(eq=False)
class OwnAdjustment(DomainError):
    """Nobody decides their own adjustment."""


@dataclass(eq=False)
class NotTheRequester(DomainError):
    """Only who submitted an adjustment withdraws it."""

    requester: Person


@dataclass(eq=False)
class AlreadyApproved(DomainError):
    """This manager has approved it already, and another one is needed."""

    at: datetime


@dataclass(eq=False)
class AlreadyDecided(DomainError):
    """The adjustment has its outcome. `by` is None where the clock brought it."""

    key: int
    state: AdjustmentState
    by: Person | None
    at: datetime


class FigureFault(StrEnum):
    """Why a text is not a figure."""

    NOT_A_NUMBER = "not_a_number"
    NEGATIVE = "negative"
    TOO_FINE = "too_fine"
    """More decimal places than the currency has."""
    TOO_LONG = "too_long"
    OTHER_CURRENCY = "other_currency"
    PERCENT_SIGN = "percent_sign"
    """A percentage where an amount is wanted."""
    OVER_HUNDRED = "over_hundred"
    """A percentage above 100."""


@dataclass(eq=False)
class InvalidFigure(DomainError):
    """A text that is not a figure of the expected kind."""

    text: str
    fault: FigureFault
    digits: int | None = None
    """The decimal places that there may be, where these are the fault."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to read a text: its value, and a text that can be read in this way only."""

    value: Decimal
    retype: str


@dataclass(eq=False)
class AmbiguousFigure(DomainError):
    """A text that cannot surely be read: in more ways than one, or not as the person's locale has it.

    `readings` are those that are possible, the person's own first; a single one is never their own.
    """

    text: str
    readings: tuple[Reading, ...]
