"""The routes of the orders' screens."""

from __future__ import annotations

from handlers.kit.ids import CUSTOMER_OPTIONS, PRODUCT_TYPE_OPTIONS
from handlers.kit.route import Route, action, command, options, submission, writing_submission
from handlers.orders import ids, listeners, sharing
from store.domain.people import Capability

ROUTES: tuple[Route, ...] = (
    command(
        ids.COMMAND,
        listeners.orders_command,
        Capability.SEARCH,
        "Find customer orders",
        "[customer or order no.] [status:… type:… product:… since:… until:… last:30d] [resellers]",
        shows=True,
    ),
    submission(ids.FORM, listeners.submit_form, Capability.SEARCH),
    action(ids.OPEN_FORM, listeners.open_form, Capability.SEARCH, shows=True),
    action(ids.REFINE, listeners.refine, Capability.SEARCH, shows=True),
    action(ids.PAGE_BACK, listeners.turn_page, Capability.SEARCH, shows=True),
    action(ids.PAGE_ON, listeners.turn_page, Capability.SEARCH, shows=True),
    action(ids.TAB_CUSTOMERS, listeners.switch_tab, Capability.SEARCH, shows=True),
    action(ids.TAB_RESELLERS, listeners.switch_tab, Capability.SEARCH, shows=True),
    action(ids.VIEW_DETAILS, listeners.view_details, Capability.SEARCH, shows=True),
    action(ids.VIEW_PAYMENT, listeners.view_payment, Capability.SEARCH, shows=True),
    action(ids.OPEN_SHARE, sharing.open_form, Capability.SHARE, shows=True),
    writing_submission(ids.SHARE, sharing.submit_form, Capability.SHARE),
    writing_submission(ids.SHARE_CONFIRMED, sharing.confirm, Capability.SHARE),
    action(ids.ITEMS_BACK, listeners.turn_items, Capability.SEARCH, shows=True),
    action(ids.ITEMS_ON, listeners.turn_items, Capability.SEARCH, shows=True),
    options(CUSTOMER_OPTIONS, listeners.suggest_customers, Capability.SEARCH),
    options(PRODUCT_TYPE_OPTIONS, listeners.suggest_product_types, Capability.SEARCH),
)
