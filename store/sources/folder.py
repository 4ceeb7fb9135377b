"""A folder of CSV files as a source."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from store.domain.imports import BrokenBundle, Part
from store.sources.csv_files import csv_rows
from store.sources.names import refuse_slips, shown_name
from store.sources.rows import RawRow
from store.sources.source import RowLayout, require_parts


@dataclass(frozen=True, slots=True)
class CsvPart:
    """One CSV file."""

    layout: ClassVar[RowLayout] = RowLayout("line", "file", texts=True, grid=False)
    part: Part
    file: str
    path: Path
    size: int

    def rows(self, position: Callable[[int], None]) -> Iterator[RawRow]:
        return csv_rows(self.path, self.file, position)


class FolderSource:
    """A folder whose files are named as the parts; of any other it only says that they were left alone."""

    def __init__(self, folder: Path) -> None:
        """Raises BrokenBundle where a part is there twice, named by a slip, or missing; OSError."""
        self.name = shown_name(folder)
        there: dict[str, list[Path]] = {}
        for entry in sorted(folder.iterdir()):
            if entry.is_file() and not entry.name.startswith((".", "~$")):
                there.setdefault(entry.name.lower(), []).append(entry)
        self.parts = tuple(self._part(part, there.pop(f"{part}.csv")) for part in Part if f"{part}.csv" in there)
        self.left_alone = tuple(shown_name(entry) for entries in there.values() for entry in entries)
        found = [one.part for one in self.parts]
        refuse_slips("", self.left_alone, found)
        require_parts(self.name, found, "{}.csv", self.left_alone)

    def _part(self, part: Part, files: list[Path]) -> CsvPart:
        if len(files) > 1:
            names = " and ".join(file.name for file in files)
            raise BrokenBundle(self.name, f"has {part}.csv twice, as {names}; keep one of them")
        return CsvPart(part, files[0].name, files[0], files[0].stat().st_size)
