"""A workbook as a bundle: its sheets are unpacked by a child process, and read back row by row.

Knows no column. What the child may take of memory and time stands in `unpack`.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

from store.domain.imports import BrokenBundle
from store.sources.children import command, environment
from store.sources.rows import RawRow

MAX_WORKBOOK = 512 * 1024 * 1024
"""Bytes of a workbook: one with a million rows has some 150 MB."""


def unpack_workbook(
    path: Path, name: str, folder: Path, wanted: tuple[str, ...], heard: Callable[[str, int], None]
) -> tuple[list[str], list[str]]:
    """Unpacks those of the wanted sheets that there are into the folder; gives their names, and those of the others.

    `heard` is told the sheet and the rows done as the work goes on. Raises BrokenBundle naming the workbook so.
    """
    size = path.stat().st_size
    if size > MAX_WORKBOOK:
        raise BrokenBundle(name, f"has {size // 1024**2} MB; at most {MAX_WORKBOOK // 1024**2} MB are taken")
    # One reader of XML wherever this runs: openpyxl would take lxml where it happens to be installed.
    told = environment() | {"OPENPYXL_LXML": "False", "PYTHONUTF8": "1", "PYTHONWARNINGS": "ignore"}
    said: dict[str, object] = {}
    with subprocess.Popen(
        command("store.sources.unpack", str(path.absolute()), str(folder), *wanted),
        env=told,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as child:
        assert child.stdout is not None  # noqa: S101 - PIPE was asked for
        for line in child.stdout:
            said = json.loads(line)
            if "rows" in said:
                heard(str(said["sheet"]), int(str(said["rows"])))
    if "error" in said:
        raise BrokenBundle(f"sheet {said['sheet']}" if said["sheet"] else name, str(said["error"]))
    sheets, others = said.get("sheets"), said.get("others")
    if child.returncode != 0 or not isinstance(sheets, list) or not isinstance(others, list):
        raise BrokenBundle(name, "takes more memory or time to be read than a workbook may")
    return [str(sheet) for sheet in sheets], [str(sheet) for sheet in others]


def unpacked_rows(path: Path, position: Callable[[int], None]) -> Iterator[RawRow]:
    """The rows of an unpacked sheet, the header first, empty rows left out. `position` hears the bytes read so far."""
    with path.open("rb") as file:
        done = 0
        for line in file:
            done += len(line)
            row, cells = json.loads(line)
            yield row, cells
            position(done)
