"""Where the sheets' parts of a workbook go while they are written: the first straight into the file, one beside it
aside until it is whole.
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
    """A sheet's part being written, and its number, from 1 in the order in which parts were begun."""

    number: int
    content: Deflated


class Parts:
    """The sheets' parts of one workbook.

    Those that cannot go into the file yet, as another is being written there, are deflated into nameless temporary
    files in the folder scratch, which end with closing, or with the process however that ends.
    """

    def __init__(self, package: PackageWriter, scratch: Path | None, closing: ExitStack) -> None:
        self._package = package
        self._scratch = scratch
        self._closing = closing
        self._begun = 0
        self._direct: SheetPart | None = None
        self._aside: list[SheetPart] = []

    def begin(self) -> SheetPart:
        """A part to write to."""
        self._begun += 1
        if self._direct is None:
            self._direct = SheetPart(self._begun, self._package.begin(part_name(self._begun)))
            return self._direct
        file = tempfile.TemporaryFile(dir=self._scratch)  # noqa: SIM115  # closed with the workbook
        self._closing.push(file)
        return SheetPart(self._begun, Deflated(cast("BinaryIO", file)))

    def finish(self, part: SheetPart) -> None:
        """The part is whole."""
        if part is self._direct:
            self._package.finish()
            self._direct = None
        else:
            part.content.end()
            self._aside.append(part)

    def bring_in(self) -> None:
        """Take the parts that were kept aside into the file; none may be being written there."""
        for part in self._aside:
            self._package.add_deflated(part_name(part.number), part.content)
            part.content.file.close()
        self._aside.clear()
