"""What people and the clock can ask, and what they are shown. Enters the store by its services and its domain only."""

from handlers.adjustments.notices import NOTICES as _ADJUSTMENT_NOTICES
from handlers.adjustments.routes import ROUTES as _ADJUSTMENTS
from handlers.exports.notices import NOTICES as _EXPORT_NOTICES
from handlers.exports.routes import ROUTES as _EXPORTS
from handlers.help.routes import ROUTES as _HELP
from handlers.kit.messages import Notice
from handlers.kit.notices import NOTICES as _KIT_NOTICES
from handlers.kit.route import Route
from handlers.orders.notices import NOTICES as _ORDER_NOTICES
from handlers.orders.routes import ROUTES as _ORDERS

ROUTES: tuple[Route, ...] = (*_ORDERS, *_ADJUSTMENTS, *_EXPORTS, *_HELP)
"""Everything that Slack can ask, of every feature. A command with a word behind it is more particular than without."""
NOTICES: tuple[Notice, ...] = (*_ADJUSTMENT_NOTICES, *_EXPORT_NOTICES, *_ORDER_NOTICES, *_KIT_NOTICES)
"""Everything that the outbox has to tell, by kind."""
