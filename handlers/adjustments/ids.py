"""The ids by which Slack names the parts of the adjustments' screens back to us: `noun.verb`, and fields by name."""

from __future__ import annotations

from handlers.kit.ids import ADJUST_PRICE, ORDER_HISTORY, VIEW_ORDER
from store.domain.adjustments.transitions import TRANSITIONS, Verb

HISTORY_COMMAND = "/adjustments"
APPROVALS_COMMAND = "/approvals"

FORM = "adjustment.submit"
HISTORY = "adjustments.history"
ONE = "adjustment.view"
APPROVALS = "adjustments.approvals"

OPEN_FORM = ADJUST_PRICE
OPEN_HISTORY = ORDER_HISTORY
VIEW_DETAILS = VIEW_ORDER
VIEW_ONE = "adjustment.items"
BACK = "adjustment.back"
HISTORY_BACK = "adjustments.previous_page"
HISTORY_ON = "adjustments.next_page"
APPROVALS_BACK = "approvals.previous_page"
APPROVALS_ON = "approvals.next_page"
APPROVALS_AFRESH = "approvals.first_page"
ITEMS_BACK = "adjustment.previous_items"
ITEMS_ON = "adjustment.next_items"

# Fields of the forms: block ids.
MODE = "mode"
WAY = "way"
FIGURE = "figure"
AMOUNTS = "amounts"
ITEM = "item:"
"""In front of an item's order_line_item_id."""
REASON = "reason"

TYPED = "adjustment.typed"
"""The action id of every field that the preview follows: its block says which field it is."""


def pressed(verb: Verb) -> str:
    """The action id of the verb's button, which opens a form where a reason is needed."""
    return f"adjustment.{verb}_form" if TRANSITIONS[verb].needs_reason else f"adjustment.{verb}"


def reason_form(verb: Verb) -> str:
    """The callback id of the form that asks for the reason."""
    return f"adjustment.{verb}"
