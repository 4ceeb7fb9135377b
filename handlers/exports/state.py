"""What the exports' screens remember between two clicks; typed, sized, never trusted."""

from __future__ import annotations

from handlers.kit.state import LIST_BEGINS, Draft, ListPosition, SearchState, State
from store.domain.exports.export import Scope


class ExportFormState(State):
    """What is to be exported, as far as it is known. `draft` is one for each opening: it is submitted once."""

    search: SearchState
    draft: Draft
    fixed: bool = False
    """Whether the criteria are those of the results it was opened from, and not asked for again."""
    scope: Scope = Scope.SELECTED
    people: int = 0
    """How many people who may not see these orders were named in the question."""


class ExportHistoryState(State):
    """The page that Export History shows, with the keys of its rows in their order: each keeps its place."""

    position: ListPosition = LIST_BEGINS
    rows: tuple[int, ...] = ()
    """Empty: whatever is on that page now."""


FIRST_PAGE = ExportHistoryState()
