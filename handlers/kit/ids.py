"""Action ids of one feature that buttons of another carry: features do not import each other."""

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
"""Opens the export form; in the results, of the search that they show."""

CUSTOMER_OPTIONS = "customer.suggest"
PRODUCT_TYPE_OPTIONS = "product_type.suggest"

INPUT = "input"
"""The action id of every plain input: its block says which field it is."""
