"""What a list says of one of its rows."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RowWord:
    """What came of a click on a row, or why nothing did. The row shows it in place of something that can wait."""

    key: int
    text: str
