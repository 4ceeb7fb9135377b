"""The sheets' parts of a workbook while they are written: the first goes straight into the file, the others wait aside
until they are complete.
"""

from __future__ import annotations

import tempfile
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

from .package import Deflated, PackageWriter
from .shell import part_name


@dataclass(frozen=True, slots=True)
class SheetPart:
    """A sheet's part being written, and its number, from 1 in the order in which parts began."""

    number: int
    content: Deflated


class Parts:
    """The sheets' parts of one workbook.

    A part that cannot go into the file yet, because another is being written there, is deflated into a nameless
    temporary file in the folder `scratch`. It ends on closing, or with the process, however the process ends.
    """

    def __init__(self, package: PackageWriter, scratch: Path | None, closing: ExitStack) -> None:
        self._package = package
        self._scratch = scratch
        self._closing = closing
        self._begun = 0
        self._direct: SheetPart | None = None
        self._aside: list[SheetPart] = []

    def begin(self) -> SheetPart:
        """Begins a part to write to."""
        self._begun += 1
        if self._direct is None:
            self._direct = SheetPart(self._begun, self._package.begin(part_name(self._begun)))
            return self._direct
        file = tempfile.TemporaryFile(dir=self._scratch)  # noqa: SIM115  # closed with the workbook
        self._closing.push(file)
        return SheetPart(self._begun, Deflated(cast("BinaryIO", file)))

    def finish(self, part: SheetPart) -> None:
        """Ends the part."""
        if part is self._direct:
            self._package.finish()
            self._direct = None
        else:
            part.content.end()
            self._aside.append(part)

    def bring_in(self) -> None:
        """Moves the parts that were kept aside into the file; no part may be in progress there."""
        for part in self._aside:
            self._package.add_deflated(part_name(part.number), part.content)
            part.content.file.close()
        self._aside.clear()
