"""Action ids of one feature that other features put on their buttons: features do not import each other."""

from __future__ import annotations

SEARCH_FORM = "orders.form"
"""Opens the empty search form."""
VIEW_ORDER = "order.details"
"""Opens the details of the order whose key the button carries."""
ADJUST_PRICE = "adjustment.form"
"""Opens the form that adjusts the price of the order whose key the button carries."""
ORDER_HISTORY = "adjustment.history"
"""Opens Price Adjustment History of the order whose key the button carries."""
EXPORT = "export.form"
"""Opens the export form; from the results, for the search they show."""

CUSTOMER_OPTIONS = "customer.suggest"
PRODUCT_TYPE_OPTIONS = "product_type.suggest"

INPUT = "input"
"""The action id of every plain input: its block names the field."""
