"""The interface of a source of rows for an import: a source has parts, and each part has rows with positions.

The code that reads, stages and judges rows knows nothing else of their origin.
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
    """The layout of a part's rows in their file or sheet."""

    unit: str
    """The word for a row's position: `line` or `row`."""
    holder: str
    """The word for what contains the rows."""
    texts: bool
    """Whether every cell is text. Otherwise cells are what their spreadsheet made of them (`store.sources.cells`)."""
    grid: bool
    """Whether a cell has a name, such as C5, and a row ends at its last value; otherwise rows are as long as the
    header.
    """


class SourcePart(Protocol):
    """One part of a source. It can be pickled: separate processes read large ones."""

    @property
    def part(self) -> Part:
        """Which part it is."""

    @property
    def file(self) -> str:
        """Its name for people: `orders.csv`, or `sheet orders`."""

    @property
    def size(self) -> int:
        """Bytes, for the progress; 0 if unknown."""

    @property
    def layout(self) -> RowLayout:
        """The layout of its rows."""

    def rows(self, position: Callable[[int], None]) -> Iterator[RawRow]:
        """The rows from the first, including the header; `position` receives the bytes read. Raises BrokenBundle."""


class Source(Protocol):
    """The origin of an import's rows."""

    @property
    def name(self) -> str:
        """Its name for people."""

    @property
    def parts(self) -> tuple[SourcePart, ...]:
        """The parts that exist, at least one, in the order in which they are read."""

    @property
    def left_alone(self) -> tuple[str, ...]:
        """The names of other files or sheets, which are not parts."""


def files_of(source: Source) -> dict[Part, str]:
    """The name of each part in this source for people, including missing parts."""
    return {part: part for part in Part} | {one.part: one.file for one in source.parts}


def require_parts(name: str, found: Iterable[Part], form: str, others: Iterable[str]) -> None:
    """Raises BrokenBundle if a required part is missing.

    `form` makes the name of a part; `others` are the names of other files or sheets.
    """
    there = set(found)
    missing = [form.format(part) for part in REQUIRED_PARTS if part not in there]
    if missing:
        beside = f"; it has {', '.join(sorted(others)[:_NAMED])}" if others else ""
        raise BrokenBundle(
            name, f"has no {' and no '.join(missing)}; a bundle needs {', '.join(REQUIRED_PARTS)}{beside}"
        )
