"""Channels that something of the desk may be posted in: who reads it there, and where it must not go. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from store.domain.errors import DomainError


class ChannelBar(StrEnum):
    """Why nothing of the desk can go to a channel."""

    NOT_IN_CHANNEL = "not_in_channel"
    """The bot is not in it."""
    CHANNEL_SHARED = "channel_shared"
    """It is shared with another organisation."""
    CHANNEL_ARCHIVED = "channel_archived"
    CHANNEL_NOT_FOUND = "channel_not_found"
    ASKER_NOT_IN = "asker_not_in"
    """Who wants something posted there is not in it."""


@dataclass(eq=False)
class NeedsConfirmation(DomainError):
    """This number of people in the channel may not see what would go there; the sender must agree."""

    people: int


@dataclass(frozen=True, slots=True)
class ChannelFacts:
    """A channel as it is now."""

    name: str
    """Without the sign; empty for direct messages."""
    archived: bool
    shared: bool
    """With another organisation (Slack Connect), now or by an invitation not yet accepted."""
    bot_is_in: bool
    people: frozenset[str]
    """The Slack ids of who is in it, without the bot itself. Not asked for, and empty, where nothing can be posted."""


def channel_bar(facts: ChannelFacts) -> ChannelBar | None:
    """Why nothing can go there, for any reader; None where it can."""
    if facts.shared:
        return ChannelBar.CHANNEL_SHARED
    if not facts.bot_is_in:
        return ChannelBar.NOT_IN_CHANNEL
    if facts.archived:
        return ChannelBar.CHANNEL_ARCHIVED
    return None


def check_confirmed(outsiders: int, confirmed: int | None) -> None:
    """Raises NeedsConfirmation where more people of the channel may not see it than was agreed to."""
    if outsiders > (confirmed or 0):
        raise NeedsConfirmation(outsiders)
