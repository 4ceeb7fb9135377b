"""Shared orders: an order's card in a channel, for the people to whom its sharer agreed to show it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from store.domain.channels import ChannelBar, ChannelFacts, channel_bar, check_confirmed
from store.domain.errors import DomainError
from store.domain.orders.order import Order
from store.domain.people import Capability, Member, Person

NOTE_MAX = 500
"""The most characters of the sharer's note."""


@dataclass(eq=False)
class NotShareable(DomainError):
    """No order can be shared in that channel, or not by this person."""

    bar: ChannelBar


@dataclass(frozen=True, slots=True)
class ShareRequest:
    """The order to share, and where. The note is cut to NOTE_MAX; the form accepts no longer one."""

    order_key: int
    channel_id: str
    """Slack's id."""
    note: str = ""
    whole: bool = True
    """Whether the card also shows customer and amounts, and not only the order's number, state and product."""
    confirmed_people: int = 0
    """The number of people who may not see the order at the desk to whom the sharer agreed to show the card."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "note", self.note.strip()[:NOTE_MAX])


@dataclass(frozen=True, slots=True)
class Share:
    """A share to be posted: everything that is stored of it, and none of the order's own data."""

    request: ShareRequest
    sharer: Person

    def payload(self) -> dict[str, object]:
        """The JSON values, without the order's key and the channel, which are stored separately."""
        return {
            "team": self.sharer.team_id,
            "user": self.sharer.slack_user_id,
            "name": self.sharer.name,
            "note": self.request.note,
            "whole": self.request.whole,
            "people": self.request.confirmed_people,
        }

    @classmethod
    def of(cls, order_key: int, channel_id: str, payload: Mapping[str, Any]) -> Share:
        """The share from its payload."""
        request = ShareRequest(order_key, channel_id, payload["note"], payload["whole"], payload["people"])
        return cls(request, Person(payload["team"], payload["user"], payload["name"]))


@dataclass(frozen=True, slots=True)
class Shared:
    """An order that is about to be posted."""

    order_id: str
    again: bool
    """True: the same was requested before, and it is posted once."""


def outsiders(order: Order, facts: ChannelFacts, sharer: Member, members: Iterable[Member]) -> int:
    """The number of people in the channel who may not see this order at the desk, including guests and non-members.

    `members`: the desk's members in this workspace.
    """
    manager = order.customer.account_manager
    seeing = {
        member.slack_user_id
        for member in (sharer, *members)
        if member.can(Capability.SEARCH) and member.reach.covers(manager)
    }
    return len(facts.people - seeing)


def check_shareable(
    order: Order, sharer: Member, facts: ChannelFacts | None, confirmed: int, members: Iterable[Member]
) -> None:
    """Checks that the order's card can go there now, for this sharer. `facts`: None if the bot sees no such channel.

    Raises NotShareable; NeedsConfirmation if more people may not see the order than the sharer agreed to.
    """
    if facts is None or not facts.name:
        raise NotShareable(ChannelBar.CHANNEL_NOT_FOUND)
    bar = channel_bar(facts)
    if bar is not None:
        raise NotShareable(bar)
    if sharer.slack_user_id not in facts.people:
        raise NotShareable(ChannelBar.ASKER_NOT_IN)
    check_confirmed(outsiders(order, facts, sharer, members), confirmed)
