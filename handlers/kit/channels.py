"""What Slack tells of a channel before anything is posted in it: who is there, and whether it may go there at all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from store.domain.errors import DomainError


@dataclass(frozen=True, slots=True)
class ChannelFacts:
    """A channel as Slack describes it now."""

    name: str
    """Without the sign; empty for direct messages."""
    archived: bool
    shared: bool
    """With another organisation (Slack Connect), now or by an invitation not yet accepted."""
    bot_is_in: bool
    people: frozenset[str]
    """The Slack ids of who is in it, without the bot itself. Not asked for, and empty, where nothing can be posted."""


ChannelLook = Callable[[str], ChannelFacts | None]
"""By a channel's id: how it is now; None where there is no such channel, or none that the bot may see.

Raises SlackSilent.
"""


@dataclass(eq=False)
class SlackSilent(DomainError):
    """Slack did not tell what has to be known before anything is done. Nothing was done."""


def no_channel(_channel_id: str) -> ChannelFacts | None:
    """Where there is no Slack, there is no channel."""
    return None
