"""What the exports' screens remember between two clicks; typed, sized, never trusted."""

from __future__ import annotations

from handlers.kit.state import Draft, SearchState, State
from store.domain.exports import ExportCursor, Scope


class FormState(State):
    """What is to be exported, as far as it is known. `draft` is one for each opening: it is submitted once."""

    search: SearchState
    draft: Draft
    fixed: bool = False
    """Whether the criteria are those of the results it was opened from, and not asked for again."""
    scope: Scope = Scope.SELECTED
    people: int = 0
    """How many people who may not see these orders were named in the question."""


class ExportPosition(State):
    """A page of Export History; no key: the first one."""

    key: int = 0
    forward: bool = True
    offset: int = 0

    @classmethod
    def of(cls, cursor: ExportCursor | None) -> ExportPosition:
        """The position that leads to the cursor's page."""
        return cls(key=cursor.key, forward=cursor.forward, offset=cursor.offset) if cursor else cls()

    @property
    def cursor(self) -> ExportCursor | None:
        """The page it is at; None: the first one."""
        return ExportCursor(self.key, self.forward, max(self.offset, 0)) if self.key else None


class HistoryState(State):
    """The page that Export History shows."""

    position: ExportPosition = ExportPosition()


FIRST_PAGE = HistoryState()
