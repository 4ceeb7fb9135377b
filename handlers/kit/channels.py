"""What Slack tells of a channel before anything is posted in it: who is there, and whether it may go there at all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from store.domain.channels import ChannelBar, ChannelFacts, channel_bar
from store.domain.errors import DomainError

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


def read_by_others(look: ChannelLook, channel_id: str) -> bool:
    """Whether the channel is shared with another organisation: it was not, or nobody looked, when it was chosen.

    Whatever else is wrong with it, Slack says when something is posted there. Raises SlackSilent.
    """
    facts = look(channel_id) if channel_id else None
    return facts is not None and channel_bar(facts) is ChannelBar.CHANNEL_SHARED
