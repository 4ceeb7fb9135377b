"""Pages of a list of adjustments or exports, and the cursors between them. Orders have their own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from store.domain.orders.criteria import CappedCount

Row = TypeVar("Row")
Other = TypeVar("Other")


@dataclass(frozen=True, slots=True)
class ListCursor:
    """The position of a row, from which a list goes forward or back."""

    key: int
    forward: bool
    offset: int
    """The number of rows before the page of this cursor."""
    moment: datetime | None = None
    """In a list by deadline, the row's deadline; None if it has none, and in lists by key."""


@dataclass(frozen=True, slots=True)
class ListPage(Generic[Row]):
    """One page of a list."""

    rows: tuple[Row, ...]
    total: CappedCount
    offset: int
    previous: ListCursor | None
    next: ListCursor | None
    gone: int = 0
    """The number of rows that are no longer in the list: shown where they were, but not counted in `total`."""

    def of(self, rows: Sequence[Other]) -> ListPage[Other]:
        """The same page with other rows."""
        return ListPage(tuple(rows), self.total, self.offset, self.previous, self.next, self.gone)
