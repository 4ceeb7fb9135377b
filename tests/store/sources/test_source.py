"""What reads rows knows no more of their source than its protocol: any part that gives rows is read alike."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from store.domain.imports import Part
from store.sources.bundle import open_bundle
from store.sources.reading import Chunk, read_chunks
from store.sources.rows import RawRow
from store.sources.source import RowLayout, Source, SourcePart
from tests.support.bundles import Parts, small_bundle, write_folder, write_workbook

WRITERS: dict[str, Callable[[Path, Parts], Path]] = {"folder": write_folder, "workbook.xlsx": write_workbook}


@dataclass(frozen=True, slots=True)
class PagePart:
    """A part whose rows come in pages, as an API gives them."""

    part: Part
    cells: list[list[str]]
    layout: RowLayout = field(default=RowLayout("row", "page", texts=True, grid=False))
    size: int = 0

    @property
    def file(self) -> str:
        return f"pages of {self.part}"

    def rows(self, position: Callable[[int], None]) -> Iterator[RawRow]:
        for number, cells in enumerate(self.cells, start=1):
            yield number, list(cells)
            position(0)


def pages(parts: Parts) -> list[PagePart]:
    found = []
    for name, rows in parts.items():
        columns = list(dict.fromkeys(column for row in rows for column in row))
        found.append(PagePart(Part(name), [columns, *([row.get(column, "") for column in columns] for row in rows)]))
    return found


def read(part: SourcePart) -> list[Chunk]:
    return list(read_chunks(part, lambda *_heard: None))


@pytest.mark.parametrize("name", list(WRITERS))
def test_rows_are_the_same_from_every_source(tmp_path: Path, name: str) -> None:
    bundle = small_bundle()
    WRITERS[name](tmp_path / name, bundle)
    with open_bundle(tmp_path / name, lambda *_heard: None) as opened:
        source: Source = opened
        assert [read(part) for part in source.parts] == [read(part) for part in pages(bundle)]


def test_where_a_row_stood_is_told_in_the_words_of_its_source() -> None:
    bundle = small_bundle()
    bundle["orders"][1]["status"] = "lost"
    (orders,) = [part for part in pages(bundle) if part.part is Part.ORDERS]
    (chunk,) = read(orders)
    assert [(bad.file, bad.line, bad.column) for bad in chunk.bad] == [("pages of orders", 3, "status")]
