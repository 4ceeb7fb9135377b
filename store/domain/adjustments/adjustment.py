"""Price adjustments: their life, who may do what with them, and when they may be applied. Pure: time is an argument."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from store.domain.adjustments.errors import (
    Bar,
    NotAdjustable,
    ReasonMissing,
    ReasonTooLong,
)
from store.domain.adjustments.policy import Policy
from store.domain.adjustments.pricing import OrderPicture, Proposal, maximum_discount, percentage_of, propose
from store.domain.adjustments.states import UNDECIDED, AdjustmentState, Step
from store.domain.errors import DomainError
from store.domain.money import Money, total
from store.domain.orders.customers import AssociationType
from store.domain.orders.order import OrderStatus, OrderType, fold_typed_order_id
from store.domain.paging import ListPage
from store.domain.people import Actor, Capability, Person

REASON_MAX = 1000
"""Characters of a reason that are kept."""
REMIND_AFTER = timedelta(hours=4)
"""How long an undecided adjustment waits for its first reminder, unless the settings say otherwise."""
_NUMBERS_FROM = 1000


class Mode(StrEnum):
    """What was filled in: one figure for the order, or one per item."""

    ORDER_PRICE = "order_price"
    RESOURCE_PRICE = "resource_price"

    @property
    def label(self) -> str:
        """The field's own words."""
        return "Adjust Order Price" if self is Mode.ORDER_PRICE else "Adjust Resource Price"


@dataclass(frozen=True, slots=True)
class PricedOrder:
    """An order as it stands, with all that decides whether its price may be adjusted."""

    key: int
    picture: OrderPicture
    order_type: OrderType
    association_type: AssociationType
    resellers: bool
    """Whether the customer is a reseller's."""
    deadline: datetime | None
    """pending_payment_end_time."""
    customer_name: str
    service_type_name: str


@dataclass(frozen=True, slots=True)
class AdjustmentForm:
    """What the form shows before anything is filled in."""

    order: PricedOrder
    policy: Policy
    maxima: tuple[Money, ...]
    """What each item may get at most, in the items' order."""

    @property
    def maximum(self) -> Money:
        """Maximum Discount of the order."""
        return total(self.maxima, self.order.picture.currency)


@dataclass(frozen=True, slots=True)
class Decision:
    """An approval, with who gave it and when."""

    by: Person
    at: datetime


@dataclass(frozen=True, slots=True)
class AdjustmentEvent:
    """A step of an adjustment's life. `by` is None where the clock or an import brought it."""

    step: Step
    at: datetime
    by: Person | None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class AdjustmentSummary:
    """An adjustment as lists show it."""

    key: int
    order_key: int
    order_id: str
    customer_name: str
    service_type_name: str
    state: AdjustmentState
    mode: Mode
    official_amount: Money
    before: Money
    discount: Money
    maximum: Money
    reason: str
    requester: Person
    submitted_at: datetime
    deadline: datetime | None
    """The order's payment deadline as it is now, or as it was when that is no longer known."""
    needed_approvals: int
    approvals: tuple[Decision, ...]
    closed_at: datetime | None = None
    closed_by: Person | None = None
    close_reason: str = ""
    """Why it was rejected."""
    superseded_by: int | None = None
    """The key of the later adjustment that was applied in its place."""
    overridden_at: datetime | None = None
    """When an import brought other figures, which win over this adjustment."""
    requester_sees: bool = True
    """Whether the requester still sees its order: customers pass to others, and people leave the desk."""

    @property
    def number(self) -> str:
        """The number that people know it by: `PA-1042`."""
        return number_of(self.key)

    @property
    def after(self) -> Money:
        """The order's price after the adjustment."""
        return self.official_amount - self.discount

    @property
    def percentage(self) -> Decimal:
        """The discount in percent of list price, to two decimal places."""
        return percentage_of(self.discount, self.official_amount)

    @property
    def pending(self) -> bool:
        """Whether it is undecided."""
        return self.state in UNDECIDED

    @property
    def approvals_missing(self) -> int:
        """How many more managers must approve it; 0 once it has its outcome."""
        return max(0, self.needed_approvals - len(self.approvals)) if self.pending else 0


@dataclass(frozen=True, slots=True)
class Adjustment:
    """An adjustment whole: what it was judged on, what was found where it is stale, and its steps."""

    summary: AdjustmentSummary
    proposal: Proposal
    found: OrderPicture | None
    """The order as it was found when the adjustment became stale."""
    events: tuple[AdjustmentEvent, ...]

    @property
    def key(self) -> int:
        """The desk's own number of it; what buttons carry."""
        return self.summary.key

    @property
    def number(self) -> str:
        """The number that people know it by: `PA-1042`."""
        return self.summary.number

    @property
    def state(self) -> AdjustmentState:
        """Where it is in its life."""
        return self.summary.state


AdjustmentPage = ListPage[AdjustmentSummary]
"""One page of a list of adjustments."""


def number_of(key: int) -> str:
    """The number that people know an adjustment by."""
    return f"PA-{_NUMBERS_FROM + key}"


def key_of(number: str) -> int | None:
    """The key of the adjustment that people know by that number; None where there is no such number."""
    found = re.fullmatch(r"PA-?([1-9][0-9]{3,17})", fold_typed_order_id(number))
    return int(found.group(1)) - _NUMBERS_FROM if found else None


def checked_reason(text: str) -> str:
    """The reason as it is kept. Raises ReasonMissing, ReasonTooLong."""
    # PostgreSQL keeps no NUL, and no reason needs one.
    reason = text.replace("\x00", "").strip()
    # Spaces of no width and marks of direction are nothing that anybody could read.
    if all(unicodedata.category(sign)[0] in "CZ" for sign in reason):
        raise ReasonMissing
    if len(reason) > REASON_MAX:
        raise ReasonTooLong(len(reason), REASON_MAX)
    return reason


def why_not_adjustable(
    order: PricedOrder, actor: Actor, undecided: int | None, policy: Policy, now: datetime
) -> NotAdjustable | None:
    """Why this person cannot adjust this order's price now, whatever the figure; None where they can.

    `undecided` is the key of the order's undecided adjustment, if it has one.
    """
    if not actor.can(Capability.SUBMIT_ADJUSTMENT):
        return NotAdjustable(Bar.ROLE)
    bar = _bar_of_order(order, now)
    if bar is not None:
        return NotAdjustable(bar, status=order.picture.status, deadline=order.deadline)
    if undecided is not None:
        return NotAdjustable(Bar.UNDECIDED, undecided=undecided)
    maximum, replaced = maximum_discount(order.picture, policy), order.picture.replaced
    if not maximum:
        return NotAdjustable(Bar.NOTHING_DISCOUNTABLE, maximum=maximum, replaced=replaced)
    if maximum <= replaced:
        return NotAdjustable(Bar.NO_ROOM, maximum=maximum, replaced=replaced)
    return None


def _bar_of_order(order: PricedOrder, now: datetime) -> Bar | None:
    if order.picture.status is not OrderStatus.PENDING_PAYMENT:
        return Bar.STATUS
    if order.deadline is not None and order.deadline <= now:
        return Bar.DEADLINE_PASSED
    if order.resellers:
        return Bar.RESELLERS_CUSTOMER
    if order.association_type is not AssociationType.REFERRAL:
        return Bar.RESELLER_ASSOCIATION
    # Its two amounts are the same by definition, which no discount can leave so.
    if order.order_type is OrderType.UNSUBSCRIPTION:
        return Bar.UNSUBSCRIPTION
    return None


def has_expired(adjustment: AdjustmentSummary, now: datetime) -> bool:
    """Whether the order's payment deadline has passed."""
    return adjustment.deadline is not None and adjustment.deadline <= now


def still_holds(proposal: Proposal, order: PricedOrder, now: datetime) -> bool:
    """Whether what was judged can be applied to the order as it stands: nothing has changed that it was judged on.

    It is worked out again, under the policy that it was submitted under: were the calculator of another mind by now,
    nobody would have seen those figures.
    """
    if _bar_of_order(order, now) is not None or order.picture != proposal.picture:
        return False
    try:
        return propose(order.picture, proposal.ask, proposal.policy) == proposal
    except DomainError:
        return False


def next_reminder(
    submitted_at: datetime, deadline: datetime | None, remind_after: timedelta, now: datetime
) -> datetime | None:
    """When an undecided adjustment is next reminded of: after some hours, and when a quarter of its time is left."""
    moments = [submitted_at + remind_after]
    if deadline is not None:
        moments.append(deadline - (deadline - submitted_at) / 4)
    return min((at for at in moments if at > now and (deadline is None or at < deadline)), default=None)


def next_reminder_by(
    submitted_at: datetime, deadline: datetime, before: datetime | None, remind_after: timedelta, now: datetime
) -> datetime | None:
    """As next_reminder, of a deadline that was `before`: at once where it is nearer now than a quarter of the time."""
    nearer = before is None or deadline < before
    if nearer and deadline - (deadline - submitted_at) / 4 <= now < deadline:
        return now
    return next_reminder(submitted_at, deadline, remind_after, now)
