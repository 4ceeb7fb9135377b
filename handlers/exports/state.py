"""What the exports' screens remember between two clicks: typed, limited in size, never trusted."""

from __future__ import annotations

from handlers.kit.state import LIST_BEGINS, Draft, ListPosition, SearchState, State
from store.domain.exports.export import Scope


class ExportFormState(State):
    """What is to be exported, as far as it is known. Each opening has its own `draft`, which is submitted once."""

    search: SearchState
    draft: Draft
    fixed: bool = False
    """Whether the criteria come from the results, and the form does not ask for them."""
    scope: Scope = Scope.SELECTED
    people: int = 0
    """The number of people in the question who may not see these orders."""


class ExportHistoryState(State):
    """The page of Export History, with the keys of its rows in order, so that each keeps its place."""

    position: ListPosition = LIST_BEGINS
    rows: tuple[int, ...] = ()
    """Empty: the rows that are on that page now."""


FIRST_PAGE = ExportHistoryState()
