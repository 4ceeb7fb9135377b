"""What a list says about one of its rows."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RowWord:
    """The outcome of a click on a row, or why nothing happened. It replaces a less important part of the row."""

    key: int
    text: str
