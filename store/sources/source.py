"""What an import takes its rows from: a source has parts, and each part has rows that stand somewhere in it.

Whatever reads, stages and judges rows knows no more of where they come from.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

from store.domain.imports import REQUIRED_PARTS, BrokenBundle, Part
from store.sources.rows import RawRow

Progress = Callable[[str, int, int], None]
"""Receives a file's name (or `sheet orders`), how much of it is done, and of how much; 0 if that is unknown."""
_NAMED = 10
"""The most other files or sheets that a refusal names."""


@dataclass(frozen=True, slots=True)
class RowLayout:
    """How the rows of a part stand in what holds them."""

    unit: str
    """What a row stands on, in a word."""
    holder: str
    """What that is a part of, in a word."""
    texts: bool
    """Whether every cell is text. Others are what their spreadsheet made of them (`store.sources.cells`)."""
    grid: bool
    """Whether a cell has a name, such as C5, and a row ends at its last value; else it is as long as the header."""


class SourcePart(Protocol):
    """One part of a source. It can be pickled: large ones are read by processes of their own."""

    @property
    def part(self) -> Part:
        """Which part it is."""

    @property
    def file(self) -> str:
        """Its name for people: `orders.csv`, or `sheet orders`."""

    @property
    def size(self) -> int:
        """Bytes, for the progress; 0 where nobody knows."""

    @property
    def layout(self) -> RowLayout:
        """How its rows stand."""

    def rows(self, position: Callable[[int], None]) -> Iterator[RawRow]:
        """The rows from the first, the header included; `position` hears the bytes read. Raises BrokenBundle."""


class Source(Protocol):
    """Where the rows of an import come from."""

    @property
    def name(self) -> str:
        """What people call it."""

    @property
    def parts(self) -> tuple[SourcePart, ...]:
        """The parts that there are, at least one, in the order in which they are read."""

    @property
    def left_alone(self) -> tuple[str, ...]:
        """The names of what stands beside them and is not a part."""


def files_of(source: Source) -> dict[Part, str]:
    """What people call each part in this source, those that it has not included."""
    return {part: part for part in Part} | {one.part: one.file for one in source.parts}


def require_parts(name: str, found: Iterable[Part], form: str, others: Iterable[str]) -> None:
    """Raises BrokenBundle where a required part is missing.

    `form` makes the name of a part, and `others` are the names beside them.
    """
    there = set(found)
    missing = [form.format(part) for part in REQUIRED_PARTS if part not in there]
    if missing:
        beside = f"; it has {', '.join(sorted(others)[:_NAMED])}" if others else ""
        raise BrokenBundle(
            name, f"has no {' and no '.join(missing)}; a bundle needs {', '.join(REQUIRED_PARTS)}{beside}"
        )
