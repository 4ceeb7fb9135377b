"""What can go wrong, in the desk's own terms: facts with their figures. The words for people are made elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from store.domain.orders.order import OrderStatus
    from store.domain.people import Capability


class DomainError(Exception):
    """Something a person asked for cannot be, by the rules of the desk. Nothing was changed.

    Its subclasses are dataclasses that are not frozen, since Python itself sets an exception's traceback.
    """

    def __str__(self) -> str:
        return repr(self)


@dataclass(eq=False)
class OrderNotFound(DomainError):
    """There is no such order within the actor's reach: not there and not theirs are one and the same."""


@dataclass(eq=False)
class CustomerNotFound(DomainError):
    """There is no such customer within the actor's reach."""


@dataclass(eq=False)
class NotAMember(DomainError):
    """The person is not a member of the desk."""


@dataclass(eq=False)
class NotPermitted(DomainError):
    """The person's roles do not include what was asked."""

    capability: Capability


@dataclass(eq=False)
class NoPaymentDetails(DomainError):
    """Payment details exist only for completed orders that are not unsubscriptions."""

    status: OrderStatus
    unsubscription: bool


@dataclass(eq=False)
class InvalidMoney(DomainError):
    """A text or number that is not an amount of its currency: unknown currency, not a number, or too fine."""

    text: str
    currency: str
    reason: str


@dataclass(eq=False)
class AmountsDoNotAddUp(DomainError):
    """Figures of one order that contradict each other. `what` names the identity that fails, with both sides."""

    order_id: str
    order_line_item_id: str | None
    what: str


@dataclass(eq=False)
class InvalidCriteria(DomainError):
    """A search criterion that cannot be meant as it stands."""

    field: str
    reason: str


@dataclass(eq=False)
class InvalidMember(DomainError):
    """A member who cannot be kept as described."""

    reason: str


@dataclass(eq=False)
class LastAdmin(DomainError):
    """Removing this member, or this role, would leave nobody who keeps members."""


@dataclass(eq=False)
class SchemaTooNew(DomainError):
    """The database was written by a newer version of the program."""

    found: str


@dataclass(eq=False)
class DatabaseBusy(DomainError):
    """Another write held the database for too long. Nothing was written."""


@dataclass(eq=False)
class DatabaseUnavailable(DomainError):
    """The database cannot be reached or used; `reason` is the driver's own first line, for the operator."""

    reason: str


@dataclass(eq=False)
class Unconfirmed(DatabaseUnavailable):
    """The database went away while it committed: the change may be there, whole, or not at all."""


@dataclass(eq=False)
class DatabaseInUse(DomainError):
    """Another process serves from this SQLite database."""

    path: str


@dataclass(eq=False)
class OtherWorkspace(DomainError):
    """The database belongs to another Slack workspace than the one that was met."""

    known: str
    """Slack's team id of the workspace whose database it is."""
    found: str
