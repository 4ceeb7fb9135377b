"""Action ids of one feature that buttons of another carry: features do not import each other."""

from __future__ import annotations

VIEW_ORDER = "order.details"
"""Opens the details of the order whose key the button carries."""
ADJUST_PRICE = "adjustment.form"
"""Opens the form that adjusts the price of the order whose key the button carries."""
ORDER_HISTORY = "adjustment.history"
"""Opens Price Adjustment History of the order whose key the button carries."""
