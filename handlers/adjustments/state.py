"""What the adjustments' screens remember between two clicks; typed, sized, never trusted."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from pydantic import Field

from handlers.kit.state import MAX_METADATA, Draft, StaleScreen, State
from store.domain.adjustments import AdjustmentCursor


class FormState(State):
    """The order that a form adjusts."""

    order: int
    draft: Draft
    kept: Mapping[str, str] = Field(default_factory=dict)
    """What was typed and chosen, by block id: a field that the form leaves out for a while comes back as it was."""

    def keeping(self, typed: Mapping[str, str]) -> FormState:
        """With this kept in the place of what was, as far as it fits."""
        state = self.model_copy(update={"kept": {name: text for name, text in typed.items() if text}})
        return state if len(state.model_dump_json(exclude_defaults=True)) <= MAX_METADATA else self


class RejectState(State):
    """The adjustment that is to be rejected; `listed`: the form stands on the list of what waits."""

    adjustment: int
    draft: Draft
    listed: bool = False


class AdjustmentPosition(State):
    """A page of a list of adjustments; no key: the first one."""

    moment: datetime | None = None
    key: int = 0
    forward: bool = True
    offset: int = 0

    @classmethod
    def of(cls, cursor: AdjustmentCursor | None) -> AdjustmentPosition:
        """The position that leads to the cursor's page."""
        if cursor is None:
            return cls()
        return cls(moment=cursor.moment, key=cursor.key, forward=cursor.forward, offset=cursor.offset)

    @property
    def cursor(self) -> AdjustmentCursor | None:
        """The page it is at; None: the first one. Raises StaleScreen for a time without its zone."""
        if not self.key:
            return None
        if self.moment is not None and self.moment.tzinfo is None:
            raise StaleScreen
        return AdjustmentCursor(self.moment, self.key, self.forward, max(self.offset, 0))


FIRST_PAGE = AdjustmentPosition()


class HistoryState(State):
    """A page of the history of an order, or of all orders."""

    order: int | None = None
    position: AdjustmentPosition = FIRST_PAGE


class ApprovalsState(State):
    """A page of what waits for a manager."""

    position: AdjustmentPosition = FIRST_PAGE


class OneState(State):
    """One adjustment whole, from which of its items on, and the history it was opened from."""

    adjustment: int
    items_offset: int = 0
    history: HistoryState | None = None
