"""A workbook as a source: its sheets are unpacked by a child process, and read back row by row.

Knows no columns. The child's limits of memory and time are in `unpack`.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from store.domain.imports import BrokenBundle, Part, shorten
from store.sources.children import command, environment
from store.sources.names import refuse_slips, shown_name
from store.sources.rows import RawRow
from store.sources.source import Progress, RowLayout, require_parts

SHEET = RowLayout("row", "sheet", texts=False, grid=True)
MAX_WORKBOOK = 512 * 1024 * 1024
"""Bytes of a workbook: one with a million rows has about 150 MB."""


@dataclass(frozen=True, slots=True)
class UnpackedPart:
    """A file of rows in JSON, each with its line, into which a sheet is unpacked."""

    part: Part
    file: str
    path: Path
    size: int
    layout: RowLayout

    def rows(self, position: Callable[[int], None]) -> Iterator[RawRow]:
        """The rows, the header first, without empty rows."""
        with self.path.open("rb") as file:
            done = 0
            for line in file:
                done += len(line)
                row, cells = json.loads(line)
                yield row, cells
                position(done)


class WorkbookSource:
    """A workbook whose sheets have the names of parts; other sheets are only listed as left alone."""

    def __init__(self, path: Path, folder: Path, progress: Progress) -> None:
        """Unpacks the parts into the folder.

        Raises BrokenBundle if the workbook cannot be read, or a part is missing or misspelt; OSError.
        """
        self.name = shown_name(path)
        found, others = _unpack(path, self.name, folder, progress)
        self.parts = tuple(_sheet(part, folder / f"{part}.jsonl") for part in Part if part in found)
        self.left_alone = tuple(f"sheet {shorten(other)}" for other in others)
        refuse_slips("sheet ", others, found)
        require_parts(self.name, found, "sheet {}", self.left_alone)


def _sheet(part: Part, unpacked: Path) -> UnpackedPart:
    return UnpackedPart(part, f"sheet {part}", unpacked, unpacked.stat().st_size, SHEET)


def _unpack(path: Path, name: str, folder: Path, progress: Progress) -> tuple[list[Part], list[str]]:
    """Unpacks the parts that exist into the folder; returns them, and the names of the other sheets."""
    size = path.stat().st_size
    if size > MAX_WORKBOOK:
        raise BrokenBundle(name, f"has {size // 1024**2} MB; at most {MAX_WORKBOOK // 1024**2} MB are taken")
    # The same XML reader everywhere: otherwise openpyxl would use lxml if it happens to be installed.
    told = environment() | {"OPENPYXL_LXML": "False", "PYTHONUTF8": "1", "PYTHONWARNINGS": "ignore"}
    said: dict[str, object] = {}
    with subprocess.Popen(
        command("store.sources.unpack", str(path.absolute()), str(folder), *Part),
        env=told,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as child:
        assert child.stdout is not None  # noqa: S101 - PIPE was asked for
        for line in child.stdout:
            said = json.loads(line)
            if "rows" in said:
                progress(f"sheet {said['sheet']}", int(str(said["rows"])), 0)
    if "error" in said:
        raise BrokenBundle(f"sheet {said['sheet']}" if said["sheet"] else name, str(said["error"]))
    sheets, others = said.get("sheets"), said.get("others")
    if child.returncode != 0 or not isinstance(sheets, list) or not isinstance(others, list):
        raise BrokenBundle(name, "takes more memory or time to be read than a workbook may")
    return [Part(sheet) for sheet in sheets], [str(sheet) for sheet in others]
