"""What the adjustments' screens remember between two clicks; typed, sized, never trusted."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import Field

from handlers.kit.state import LIST_BEGINS, MAX_METADATA, Draft, ListPosition, PlaceState, State


class AdjustmentFormState(State):
    """The order that a form adjusts."""

    order: int
    draft: Draft
    kept: Mapping[str, str] = Field(default_factory=dict)
    """What was typed and chosen, by block id: a field that the form leaves out for a while comes back as it was."""

    def keeping(self, typed: Mapping[str, str]) -> AdjustmentFormState:
        """With this kept in the place of what was, as far as it fits."""
        state = self.model_copy(update={"kept": {name: text for name, text in typed.items() if text}})
        return state if len(state.model_dump_json(exclude_defaults=True)) <= MAX_METADATA else self


class ListState(State):
    """A page of a list, with the keys of its rows in their order: what is decided keeps its place."""

    position: ListPosition = LIST_BEGINS
    rows: tuple[int, ...] = ()
    """Empty: whatever is on that page now."""
    offered: tuple[int, ...] = ()
    """The rows below which buttons stood: their room is kept once they are over."""


class AdjustmentHistoryState(ListState):
    """A page of the history of an order, or of all orders."""

    order: int | None = None


class ApprovalsState(ListState):
    """A page of what waits for a manager."""


class ReasonState(PlaceState):
    """The adjustment that is decided for a reason, and where the button was: on a list, or on a message."""

    adjustment: int
    draft: Draft
    message: str = ""
    listed: ApprovalsState | None = None


class OneState(State):
    """One adjustment whole, from which of its items on, and the history it was opened from."""

    adjustment: int
    items_offset: int = 0
    history: AdjustmentHistoryState | None = None
