"""The search form *Customer Orders*. Pure."""

from __future__ import annotations

from slack_sdk.models.views import View

from handlers.kit.blocks import context, modal
from handlers.kit.searching import Filled, criteria_fields
from handlers.kit.state import PlaceState
from handlers.orders import ids


def search_modal(filled: Filled, place: PlaceState) -> View:
    """The form with its contents; `place` is where it was opened."""
    blocks = [
        *criteria_fields(filled),
        context(
            "Leave empty what does not matter. On one line: `/orders acme status:pending-payment` · `/orders help`"
        ),
    ]
    return modal(
        "Customer Orders",
        blocks,
        callback_id=ids.FORM,
        submit="Search",
        close="Cancel",
        private_metadata=place.dump(),
    )
