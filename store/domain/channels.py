"""Channels in which the desk may post: who reads there, and where it must not post. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from store.domain.errors import DomainError


class ChannelBar(StrEnum):
    """Why the desk can post nothing in a channel."""

    NOT_IN_CHANNEL = "not_in_channel"
    """The bot is not in it."""
    CHANNEL_SHARED = "channel_shared"
    """It is shared with another organisation."""
    CHANNEL_ARCHIVED = "channel_archived"
    CHANNEL_NOT_FOUND = "channel_not_found"
    ASKER_NOT_IN = "asker_not_in"
    """The requester is not in it."""


@dataclass(eq=False)
class NeedsConfirmation(DomainError):
    """N people in the channel may not see what would be posted there; the sender must agree."""

    people: int


@dataclass(frozen=True, slots=True)
class ChannelFacts:
    """A channel as it is now."""

    name: str
    """Without the `#`; empty for direct messages."""
    archived: bool
    shared: bool
    """With another organisation (Slack Connect), now or by an invitation not yet accepted."""
    bot_is_in: bool
    people: frozenset[str]
    """The Slack ids of its people, without the bot. Not asked for, and empty, if nothing can be posted there."""


def channel_bar(facts: ChannelFacts) -> ChannelBar | None:
    """Why nothing can be posted there, for any reader; None if it can."""
    if facts.shared:
        return ChannelBar.CHANNEL_SHARED
    if not facts.bot_is_in:
        return ChannelBar.NOT_IN_CHANNEL
    if facts.archived:
        return ChannelBar.CHANNEL_ARCHIVED
    return None


def check_confirmed(outsiders: int, confirmed: int | None) -> None:
    """Raises NeedsConfirmation if more people in the channel may not see it than the sender agreed to."""
    if outsiders > (confirmed or 0):
        raise NeedsConfirmation(outsiders)
