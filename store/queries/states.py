"""States as conditions that databases know again in their partial indexes."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import ColumnElement, bindparam
from sqlalchemy.orm import InstrumentedAttribute


def is_among(state: InstrumentedAttribute[str], states: Iterable[str]) -> ColumnElement[bool]:
    """Whether it is one of these, which stand in the statement itself: for a list of values that are given later,
    SQLite never takes a partial index. https://www.sqlite.org/partialindex.html
    """
    return state.in_(bindparam(None, [str(one) for one in states], expanding=True, literal_execute=True))
