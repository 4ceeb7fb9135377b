"""What people and the clock can ask, and what they are shown. Enters the store by its services and its domain only."""

from handlers.help.routes import ROUTES as _HELP
from handlers.kit.route import Route
from handlers.orders.routes import ROUTES as _ORDERS

ROUTES: tuple[Route, ...] = (*_ORDERS, *_HELP)
"""Everything that Slack can ask, of every feature. A command with a word behind it is more particular than without."""
