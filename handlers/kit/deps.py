"""What listeners are given to work with: the desk's services and the clock, nothing of Slack."""

from __future__ import annotations

from dataclasses import dataclass

from store.services.members import Members
from store.services.orders import Orders

from store.domain.clock import Clock


@dataclass(frozen=True, slots=True)
class Deps:
    """Built once by the composition root."""

    orders: Orders
    members: Members
    clock: Clock
