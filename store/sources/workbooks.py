"""A workbook as a bundle: its sheets are unpacked by a child process, and read back row by row.

Knows no column. What the child may take of memory and time stands in `unpack`.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from store.domain.imports import BrokenBundle
from store.sources import unpack
from store.sources.rows import RawRow

MAX_WORKBOOK = 512 * 1024 * 1024
"""Bytes of a workbook: one with a million rows has some 150 MB."""
PASSED_ON = ("PATH", "PYTHONPATH", "SYSTEMROOT", "LD_LIBRARY_PATH")
"""All that the child is told of our environment: no token, no address of a database."""


def unpack_workbook(path: Path, folder: Path, wanted: tuple[str, ...], heard: Callable[[str, int], None]) -> list[str]:
    """Unpacks those of the wanted sheets that there are into the folder, and names them.

    `heard` is told the sheet and the rows done as the work goes on. Raises BrokenBundle.
    """
    size = path.stat().st_size
    if size > MAX_WORKBOOK:
        raise BrokenBundle(path.name, f"has {size // 1024**2} MB; at most {MAX_WORKBOOK // 1024**2} MB are taken")
    environment = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    # One reader of XML wherever this runs: openpyxl would take lxml where it happens to be installed.
    environment |= {"OPENPYXL_LXML": "False", "PYTHONUTF8": "1"}
    command = [sys.executable, "-P", "-W", "ignore", str(Path(unpack.__file__)), str(path), str(folder), *wanted]
    said: dict[str, object] = {}
    with subprocess.Popen(
        command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as child:
        assert child.stdout is not None  # noqa: S101 - PIPE was asked for
        for line in child.stdout:
            said = json.loads(line)
            if "rows" in said:
                heard(str(said["sheet"]), int(str(said["rows"])))
    if "error" in said:
        file = f"sheet {said['sheet']}" if said["sheet"] else path.name
        raise BrokenBundle(file, str(said["error"]))
    sheets = said.get("sheets")
    if child.returncode != 0 or not isinstance(sheets, list):
        raise BrokenBundle(path.name, "takes more memory or time to be read than a workbook may")
    return [str(sheet) for sheet in sheets]


def sheet_rows(path: Path, position: Callable[[int], None]) -> Iterator[RawRow]:
    """The rows of an unpacked sheet, the header first, empty rows left out. `position` hears the bytes read so far."""
    with path.open("rb") as file:
        done = 0
        for line in file:
            done += len(line)
            row, cells, bad = json.loads(line)
            yield row, cells, {int(place): reason for place, reason in bad.items()} or None
            position(done)
