"""Help, opened by command or in the Home tab."""

from __future__ import annotations

from handlers.help.views import help_blocks, home_view
from handlers.kit.deps import Deps
from handlers.kit.interaction import Interaction
from handlers.kit.replies import NOTHING, Reply, publish_home, say_privately


def help_command(asked: Interaction, _deps: Deps) -> Reply:
    """`/orders help`."""
    return say_privately("What you can do with Order Desk", help_blocks(asked.actor))


def home_opened(asked: Interaction, _deps: Deps) -> Reply:
    """The Home tab was opened. The Messages tab sends the same event, and needs nothing."""
    if asked.ask.event.get("tab", "home") != "home":
        return NOTHING
    return publish_home(asked, home_view(asked.actor))
