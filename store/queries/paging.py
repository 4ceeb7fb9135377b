"""Pages of a list by keyset: what was found beyond a cursor, as a page with the ways on and back. Knows no table."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Select, func, select

from store.domain.orders.criteria import COUNT_CAP, PAGE_SIZE, CappedCount
from store.domain.paging import ListCursor, ListPage, Row

FETCHED = PAGE_SIZE + 1
"""Rows to be fetched for a page: the one more says whether there is more."""


def count_capped(
    connection: Connection, matching: Select[*tuple[Any, ...]], values: Mapping[str, object] | None = None
) -> CappedCount:
    """How many rows match, exact up to COUNT_CAP."""
    counted = select(func.count()).select_from(matching.limit(COUNT_CAP + 1).subquery())
    count = connection.execute(counted, values).scalar_one()
    return CappedCount(min(count, COUNT_CAP), count > COUNT_CAP)


def page_as_shown(
    rows: Sequence[Row],
    listed: int,
    offset: int,
    total: CappedCount,
    at: Callable[[Row, bool, int], ListCursor],
    beyond: Callable[[ListCursor], bool],
) -> ListPage[Row]:
    """A page that a person has before them, with the same rows in the same order, whatever became of them since.

    `listed`: how many of the rows are still in the list; `beyond`: whether anything stands behind a cursor.
    """
    previous = at(rows[0], False, max(offset - PAGE_SIZE, 0))
    following = at(rows[-1], True, offset + listed)
    return ListPage(
        rows=tuple(rows),
        total=total,
        offset=offset,
        previous=previous if beyond(previous) else None,
        next=following if beyond(following) else None,
        gone=len(rows) - listed,
    )


def page_of(
    found: Sequence[Row], cursor: ListCursor | None, total: CappedCount, at: Callable[[Row, bool, int], ListCursor]
) -> ListPage[Row] | None:
    """The page of what was found beyond the cursor in the direction in which it goes, at most FETCHED rows.

    None: what stood there is gone, or the way back has reached the beginning; the first page, as it is now, is to be
    found instead. `at`: a row's cursor, forward or back, with its offset.
    """
    forward = cursor is None or cursor.forward
    more = len(found) > PAGE_SIZE
    if cursor is not None and len(found) < (1 if forward else PAGE_SIZE):
        return None
    rows = tuple(found[:PAGE_SIZE] if forward else found[:PAGE_SIZE][::-1])
    before = cursor is not None and (forward or more)
    offset = cursor.offset if cursor is not None and before else 0
    return ListPage(
        rows=rows,
        total=total,
        offset=offset,
        previous=at(rows[0], False, max(offset - PAGE_SIZE, 0)) if before else None,
        next=at(rows[-1], True, offset + len(rows)) if rows and (more or not forward) else None,
    )
