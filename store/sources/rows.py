"""Rows as they come from a file or a sheet, before anybody has asked what they mean."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class RawRow(NamedTuple):
    """One row: the line on which it begins, counted from 1, and its cells as text."""

    line: int
    cells: list[str]
    bad: Mapping[int, str] = {}
    """Why a cell has no text of its own, by its place: a formula, an error value."""
    short: bool = False
    """Whether empty cells at the end may be left out, as a sheet leaves them."""
