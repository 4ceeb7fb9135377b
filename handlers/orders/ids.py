"""The ids by which Slack names the parts of the orders' screens back to us: `noun.verb`, and fields by their names."""

from __future__ import annotations

from handlers.kit.ids import VIEW_ORDER

COMMAND = "/orders"

FORM = "orders.search"
RESULTS = "orders.results"
DETAILS = "order.details"
PAYMENT = "order.payment"

SEARCH_BUTTON = "orders.form"
REFINE = "orders.refine"
PAGE_BACK = "orders.previous_page"
PAGE_ON = "orders.next_page"
TAB_CUSTOMERS = "orders.show_customers"
TAB_RESELLERS = "orders.show_resellers_customers"
VIEW_DETAILS = VIEW_ORDER
VIEW_PAYMENT = "order.payment"
ITEMS_BACK = "order.previous_items"
ITEMS_ON = "order.next_items"

CUSTOMER_OPTIONS = "customer.suggest"
PRODUCT_TYPE_OPTIONS = "product_type.suggest"

# Fields of the form: block ids.
CUSTOMER = "customer"
ORDER_NO = "order_no"
STATUS = "status"
PRODUCT_TYPE = "product_type"
ORDER_TYPE = "order_type"
ORDERED_FROM = "ordered_from"
ORDERED_TO = "ordered_to"
TAB_FIELD = "tab"
INPUT = "input"
"""The action id of every plain input: its block says which field it is."""
