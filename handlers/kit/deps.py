"""What listeners are given to work with: the desk's services and the clock, nothing of Slack."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from handlers.kit.formats import Audience
from store.domain.clock import Clock
from store.services.adjustments import Adjustments
from store.services.members import Members
from store.services.orders import Orders

DESK = Audience()


def _nobody() -> None:
    """Where nothing sends, nobody is to be woken."""


@dataclass(frozen=True, slots=True)
class Deps:
    """Built once by the composition root."""

    orders: Orders
    members: Members
    adjustments: Adjustments
    clock: Clock
    audience: Audience = DESK
    """Whose time zone and figures messages to a channel fall back on."""
    approvals_channel: str = ""
    """Slack's id of the channel that cards are posted in; empty: managers look under `/approvals`."""
    news: Callable[[], None] = _nobody
    """Wakes whoever sends what a service wrote to the outbox."""
