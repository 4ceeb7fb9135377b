"""The routes of the help."""

from __future__ import annotations

from handlers.help import listeners
from handlers.kit.route import Route, command, event
from store.domain.people import Capability

ROUTES: tuple[Route, ...] = (
    command("/orders help", listeners.help_command, Capability.SEARCH, "What you can do here", shows=True),
    event("app_home_opened", listeners.home_opened, Capability.SEARCH),
)
