"""Reads a part of a bundle: header, cells, records; and says why each bad row is bad.

What only several rows together can show (an item without its order, sums), the database is asked later.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from operator import itemgetter
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from store.domain.fields import MAX_ID, Kind
from store.domain.imports import BadRow, BrokenBundle, Part, shorten
from store.domain.orders.order import fold_order_id
from store.domain.texts import common_form
from store.sources.kinds import Unfit, shown, text_of
from store.sources.records import SPECS, BadCell, PartSpec, StagedRow
from store.sources.rows import Cell, RawRow
from store.sources.source import Progress, RowLayout, SourcePart

CHUNK = 5_000
"""The most rows in memory at a time."""
_LOOKED_AT = 50
"""The rows that are searched for a header that is not the first row."""


@dataclass(slots=True)
class Chunk:
    """Some rows of a part: the good ones as staged, with their line first, and the errors of the others."""

    read: int = 0
    rows: list[StagedRow] = field(default_factory=list)
    bad: list[BadRow] = field(default_factory=list)
    types: set[tuple[str, str]] = field(default_factory=set)
    """The product types in the good rows: code and name."""


@dataclass(frozen=True, slots=True)
class Header:
    """The positions of the columns in a file."""

    names: tuple[str, ...]
    kinds: tuple[Kind, ...]
    """The kind of each column's cells."""
    places: tuple[int, ...]
    """For each column of the part, the index of its cells; an index after the last if the file has no such column."""
    unknown: tuple[str, ...]


def read_chunks(part: SourcePart, progress: Progress) -> Iterator[Chunk]:
    """The part, a chunk at a time. Raises BrokenBundle if the file or its header cannot be used."""
    rows = part.rows(lambda done: progress(part.file, done, part.size))
    spec = SPECS[part.part]
    first = next(rows, None)
    if first is None:
        raise BrokenBundle(part.file, f"is empty; its first {part.layout.unit} names the columns")
    header = read_header(part, spec, first, rows)
    reader = _PartReader(part, spec, header)
    chunk = Chunk(bad=[_unknown_column(part.file, spec, first[0], name) for name in header.unknown])
    for row in rows:
        reader.take(row, chunk)
        if chunk.read == CHUNK:
            chunk.types = reader.types(chunk)
            yield chunk
            chunk = Chunk()
    chunk.types = reader.types(chunk)
    yield chunk
    progress(part.file, part.size, part.size)


def read_header(part: SourcePart, spec: PartSpec, row: RawRow, following: Iterator[RawRow]) -> Header:
    """The positions of a part's columns. Raises BrokenBundle if a column is missing, or named twice.

    The following rows are examined only if the first is not the header.
    """
    line = row[0]
    names = _names(row)
    missing = [name for name in spec.needed if name not in names]
    if missing:
        raise BrokenBundle(part.file, _why_no_header(part.layout, spec, names, missing, following), line)
    twice = sorted({name for name in names if name and names.count(name) > 1})
    if twice:
        raise BrokenBundle(part.file, f"names the column {', '.join(map(shorten, twice))} twice", line)
    places = tuple(names.index(name) if name in names else len(names) for name in spec.columns)
    kinds = {field.name: field.kind for field in spec.fields}
    return Header(
        names,
        tuple(kinds.get(name, Kind.TEXT) for name in names),
        places,
        tuple(name for name in names if name not in kinds),
    )


def _names(row: RawRow) -> tuple[str, ...]:
    names = tuple(common_form(shown(cell)) for cell in row[1])
    while names and not names[-1]:
        names = names[:-1]
    return names


def _why_no_header(
    layout: RowLayout, spec: PartSpec, names: tuple[str, ...], missing: list[str], following: Iterator[RawRow]
) -> str:
    first = f"{layout.holder}'s first {layout.unit}"
    for later in islice(following, _LOOKED_AT):
        if set(spec.needed).issubset(_names(later)):
            return f"the header must be the {first}; remove everything above {layout.unit} {later[0]}"
    if not set(spec.needed).intersection(names):
        return f"the header must be the {first}; it names the columns {', '.join(spec.columns)}"
    return f"has no column {', '.join(missing)}"


def _unknown_column(file: str, spec: PartSpec, line: int, name: str) -> BadRow:
    # An error, not a warning: otherwise a misspelt optional column (`cupon_amount`) would silently lose its money.
    reason = f"is not a column of {spec.part}; there are {', '.join(spec.columns)}"
    return BadRow(file, line, "", "", f"the column “{shorten(name)}” {reason}")


class _PartReader:
    def __init__(self, part: SourcePart, spec: PartSpec, header: Header) -> None:
        self._file = part.file
        self._layout = part.layout
        self._spec = spec
        self._header = header
        self._width = len(header.names)
        self._pick: Callable[[list[str | None]], tuple[str | None, ...]] = itemgetter(*header.places)
        self._validate, self._finish = spec.validate, spec.finish

    def take(self, row: RawRow, chunk: Chunk) -> None:
        """Adds the row to the chunk, as a staged row or as an error."""
        line, raw = row
        bad: dict[int, str] = {}
        texts = raw if self._layout.texts else self._texts(raw, bad)
        cells = [cell.strip() or None for cell in texts]
        if not any(cells):
            return
        chunk.read += 1
        if bad or len(cells) != self._width:
            cells = self._fit(line, cells, bad, chunk)
            if not cells:
                return
        # The value of a missing column, after the last cell.
        cells.append(None)
        picked = self._pick(cells)
        try:
            chunk.rows.append((line, *self._finish(self._validate(picked))))
        except ValidationError as error:
            for one in error.errors(include_url=False, include_context=False):
                place = one["loc"][0]
                assert isinstance(place, int)  # noqa: S101 - a tuple's places are numbers
                self._bad(line, self._spec.columns[place], picked, _words(one), chunk)
        except BadCell as error:
            self._bad(line, error.column, picked, error.reason, chunk)

    def _texts(self, cells: list[Cell], bad: dict[int, str]) -> list[str]:
        """The texts of a sheet's cells in their columns; puts the reasons of those that do not fit into `bad`."""
        texts = []
        for place, cell in enumerate(cells):
            if isinstance(cell, str):
                texts.append(cell)
                continue
            try:
                texts.append(text_of(cell, self._header.kinds[place]) if place < self._width else shown(cell))
            except Unfit as unfit:
                texts.append(shown(cell).strip() or "?")
                bad[place] = unfit.reason
        return texts

    def types(self, chunk: Chunk) -> set[tuple[str, str]]:
        """The product types in the good rows of the chunk: code and name."""
        if "service_type_code" not in self._spec.columns:
            return set()
        # After the line.
        pick = itemgetter(*(1 + self._spec.columns.index(f"service_type_{what}") for what in ("code", "name")))
        return set(map(pick, chunk.rows))

    def _fit(self, line: int, cells: list[str | None], bad: Mapping[int, str], chunk: Chunk) -> list[str | None]:
        """The cells, one for each column of the header; empty if the row is bad and has been reported.

        A row of a grid ends at its last value; any other has as many cells as the header, or something is wrong.
        """
        while len(cells) > self._width and cells[-1] is None:
            cells.pop()
        record = dict(zip(self._header.names, cells, strict=False))
        owner = self._owner(record)
        if len(cells) > self._width or (len(cells) < self._width and not self._layout.grid):
            reason = f"has {len(cells)} cells, and the header has {self._width}"
            chunk.bad.append(BadRow(self._file, line, "", "", reason, owner))
            return []
        for place, reason in bad.items():
            name = self._header.names[place]
            named = reason
            if self._layout.grid:
                named = f"{reason} (cell {_letters(place)}{line})"
            chunk.bad.append(BadRow(self._file, line, name, shorten(cells[place]), named, owner))
        return [] if bad else cells + [None] * (self._width - len(cells))

    def _bad(self, line: int, column: str, cells: tuple[str | None, ...], reason: str, chunk: Chunk) -> None:
        record = dict(zip(self._spec.columns, cells, strict=True))
        chunk.bad.append(BadRow(self._file, line, column, shorten(record[column]), reason, self._owner(record)))

    def _owner(self, record: dict[str, Any]) -> str | None:
        if self._spec.part is Part.MEMBERS:
            return None
        named = record.get("customer_id" if self._spec.part is Part.CUSTOMERS else "order_id") or ""
        owner = named if self._spec.part is Part.CUSTOMERS else fold_order_id(named)
        return owner if 0 < len(owner) <= MAX_ID else None


def _letters(place: int) -> str:
    # It takes half a second, so only those with an error to report wait for it.
    from openpyxl.utils.cell import get_column_letter

    return get_column_letter(place + 1)


def _words(error: ErrorDetails) -> str:
    kind = error["type"]
    if kind == "string_type" and error["input"] is None:
        return "is empty"
    if kind == "string_too_long":
        return error["msg"].replace("String should have at most", "has more than")
    if kind == "string_pattern_mismatch":
        return "has a character that is not allowed here"
    if kind == "string_unicode":
        return "has a character that no text can have"
    return error["msg"]
