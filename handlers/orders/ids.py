"""The ids of the parts of the orders' screens, as Slack sends them back: `noun.verb`, and fields by their names."""

from __future__ import annotations

from handlers.kit.ids import SEARCH_FORM, VIEW_ORDER

COMMAND = "/orders"

FORM = "orders.search"
RESULTS = "orders.results"
DETAILS = "order.details"
PAYMENT = "order.payment"
SHARE = "order.share"
SHARE_CONFIRMED = "order.share_confirmed"
SHARED = "order.shared"

OPEN_FORM = SEARCH_FORM
REFINE = "orders.refine"
PAGE_BACK = "orders.previous_page"
PAGE_ON = "orders.next_page"
TAB_CUSTOMERS = "orders.show_customers"
TAB_RESELLERS = "orders.show_resellers_customers"
VIEW_DETAILS = VIEW_ORDER
VIEW_PAYMENT = "order.payment"
OPEN_SHARE = "order.share_form"
ITEMS_BACK = "order.previous_items"
ITEMS_ON = "order.next_items"

# Fields of the forms: block ids.
CHANNEL = "channel"
NOTE = "note"
CARD = "card"
