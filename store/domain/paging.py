"""Pages of a list, and the places from which it goes on: of adjustments, of exports. Orders have their own."""

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
    """From where on a list goes forward or back: the position of a row."""

    key: int
    forward: bool
    offset: int
    """How many rows stand before the page this cursor leads to."""
    moment: datetime | None = None
    """Of a list by deadline, the row's deadline; None where it has none, and in lists by key."""


@dataclass(frozen=True, slots=True)
class ListPage(Generic[Row]):
    """One page of a list."""

    rows: tuple[Row, ...]
    total: CappedCount
    offset: int
    previous: ListCursor | None
    next: ListCursor | None
    gone: int = 0
    """How many of the rows are no longer in the list: they are shown where they stood, and not in `total`."""

    def of(self, rows: Sequence[Other]) -> ListPage[Other]:
        """The same page with what was made of its rows."""
        return ListPage(tuple(rows), self.total, self.offset, self.previous, self.next, self.gone)
