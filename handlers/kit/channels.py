"""What Slack says of a channel before the bot posts there: who is in it, and whether the bot may post at all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from store.domain.channels import ChannelBar, ChannelFacts, channel_bar
from store.domain.errors import DomainError

ChannelLook = Callable[[str], ChannelFacts | None]
"""Takes a channel's id, returns how the channel is now; None if it does not exist or the bot cannot see it.

Raises SlackSilent.
"""


@dataclass(eq=False)
class SlackSilent(DomainError):
    """Slack did not say what must be known first. Nothing was done."""


def no_channel(_channel_id: str) -> ChannelFacts | None:
    """The look when there is no Slack: no channel exists."""
    return None


def read_by_others(look: ChannelLook, channel_id: str) -> bool:
    """Whether the channel is shared with another organisation, even if it was not when somebody chose it.

    Slack reports any other problem when the bot posts there. Raises SlackSilent.
    """
    facts = look(channel_id) if channel_id else None
    return facts is not None and channel_bar(facts) is ChannelBar.CHANNEL_SHARED
