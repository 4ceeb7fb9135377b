"""What listeners work with: the services, the clock, a look at channels. It holds no Slack client."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from handlers.kit.channels import ChannelLook, no_channel
from handlers.kit.formats import Audience
from handlers.kit.interaction import LATE
from store.domain.clock import Clock
from store.services.adjustments.adjustments import Adjustments
from store.services.exports.downloads import Downloads
from store.services.exports.exports import Exports
from store.services.exports.posting import Posting
from store.services.members import Members
from store.services.orders.orders import Orders
from store.services.orders.sharing import Sharing

DESK = Audience()


@dataclass(frozen=True, slots=True)
class Deps:
    """Built once by the composition root."""

    orders: Orders
    members: Members
    adjustments: Adjustments
    exports: Exports
    sharing: Sharing
    downloads: Downloads
    posting: Posting
    clock: Clock
    audience: Audience = DESK
    """Its time zone and locale are the fallback in messages to a channel."""
    approvals_channel: str = ""
    """Slack's id of the channel that cards are posted in; empty: managers look under `/approvals`."""
    channels: ChannelLook = no_channel
    """How a channel is now, and who is in it. Raises SlackSilent."""
    late: timedelta = LATE
    """Work that would begin later than this after receipt does not begin."""
