"""Errors of orders and customers. They carry facts; `refusals` in handlers has the sentences."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from store.domain.errors import DomainError

if TYPE_CHECKING:
    from store.domain.orders.order import OrderStatus


@dataclass(eq=False)
class OrderNotFound(DomainError):
    """The actor's reach has no such order. Another person's order looks the same as a missing one."""


@dataclass(eq=False)
class CustomerNotFound(DomainError):
    """The actor's reach has no such customer."""


@dataclass(eq=False)
class NoPaymentDetails(DomainError):
    """Only a completed order has payment details, unless it is an unsubscription."""

    status: OrderStatus
    unsubscription: bool


@dataclass(eq=False)
class AmountsDoNotAddUp(DomainError):
    """Figures of one order contradict each other. `what` names the equation that fails, with both sides."""

    order_id: str
    order_line_item_id: str | None
    what: str


@dataclass(eq=False)
class InvalidCriteria(DomainError):
    """A search criterion has a value that no search can have."""

    field: str
    reason: str
