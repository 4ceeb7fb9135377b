"""Writes a zip file in the form that spreadsheet programs read best: deflated as it is written, with each entry's sizes
in the header before it.

The standard library's writer has two drawbacks: its own deflate costs six times as much as ISA-L's, and it cannot take
an entry that was deflated elsewhere. Sizes are filled in afterwards, by seeking back: LibreOffice refuses some files
whose entries are described after them. For the same reason there is no zip64, and files that would need it are refused.
The format:
https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT
"""

from __future__ import annotations

import shutil
import struct
from datetime import datetime
from typing import BinaryIO

from isal import isal_zlib

from .errors import WorkbookTooLarge

MAX_SIZE = 0xFFFF_FFFF
"""The most bytes of an entry, deflated or not, and of the whole file."""

_LOCAL = struct.Struct("<4s5H3L2H")
_CENTRAL = struct.Struct("<4s6H3L5H2L")
_END = struct.Struct("<4s4H2LH")
_SIZES_AT = 14  # bytes into a local header: checksum, deflated size, size
_SIZES = struct.Struct("<3L")
_VERSION = 20
_DEFLATED = 8
_LEVEL = 1
_RAW = -15
_COPY_BYTES = 1 << 20


class Deflated:
    """A part that is being deflated into a file, from the file's current position."""

    def __init__(self, file: BinaryIO) -> None:
        self.file = file
        self.size = 0
        self.packed_size = 0
        self.checksum = 0
        self._squeeze = isal_zlib.compressobj(_LEVEL, isal_zlib.DEFLATED, _RAW)

    def write(self, content: bytes) -> None:
        """Adds content; it reaches the file once enough has accumulated."""
        self.size += len(content)
        self.checksum = isal_zlib.crc32(content, self.checksum)
        self._put(self._squeeze.compress(content))

    def end(self) -> None:
        """Ends the part; all of it is then in the file."""
        self._put(self._squeeze.flush())

    def _put(self, packed: bytes) -> None:
        self.packed_size += len(packed)
        self.file.write(packed)


class PackageWriter:
    """A zip file being written. One part at a time is deflated into it; others may be deflated elsewhere and added when
    complete.
    """

    def __init__(self, file: BinaryIO, moment: datetime) -> None:
        self._file = file
        self._start = file.tell()
        self._central: list[bytes] = []
        self._open: tuple[str, int, Deflated] | None = None
        # MS-DOS times have no zone, begin in 1980, and count in steps of two seconds.
        year = min(max(moment.year, 1980), 2107)
        self._date = (year - 1980) << 9 | moment.month << 5 | moment.day
        self._time = moment.hour << 11 | moment.minute << 5 | moment.second // 2

    def begin(self, name: str) -> Deflated:
        """Begins a part to write to until `finish`."""
        offset = self._offset()
        self._file.write(self._local(name, (0, 0, 0)))
        part = Deflated(self._file)
        self._open = name, offset, part
        return part

    def finish(self) -> None:
        """Ends the current part."""
        if self._open is None:
            raise ValueError("no part was begun")
        name, offset, part = self._open
        part.end()
        end = self._file.tell()
        sizes = _checked(part)
        self._file.seek(self._start + offset + _SIZES_AT)
        self._file.write(_SIZES.pack(*sizes))
        self._file.seek(end)
        self._list(name, offset, sizes)
        self._open = None

    def add(self, name: str, content: bytes) -> None:
        """Adds a small part at once."""
        self.begin(name).write(content)
        self.finish()

    def add_deflated(self, name: str, part: Deflated) -> None:
        """Adds a part that was deflated into its own file, from the start of that file, and has ended."""
        offset, sizes = self._offset(), _checked(part)
        self._file.write(self._local(name, sizes))
        part.file.seek(0)
        shutil.copyfileobj(part.file, self._file, _COPY_BYTES)
        self._list(name, offset, sizes)

    def close(self) -> None:
        """Writes the directory, which completes the file. The file stays open."""
        directory = b"".join(self._central)
        offset = self._offset(room=len(directory))
        count = len(self._central)
        self._file.write(directory)
        self._file.write(_END.pack(b"PK\5\6", 0, 0, count, count, len(directory), offset, 0))

    def _offset(self, room: int = 0) -> int:
        offset = self._file.tell() - self._start
        if offset + room > MAX_SIZE:
            raise WorkbookTooLarge
        return offset

    def _local(self, name: str, sizes: tuple[int, int, int]) -> bytes:
        fields = _LOCAL.pack(b"PK\3\4", _VERSION, 0, _DEFLATED, self._time, self._date, *sizes, len(name), 0)
        return fields + name.encode("ascii")

    def _list(self, name: str, offset: int, sizes: tuple[int, int, int]) -> None:
        fields = (
            b"PK\1\2",
            _VERSION,
            _VERSION,
            0,
            _DEFLATED,
            self._time,
            self._date,
            *sizes,
            len(name),
            0,
            0,
            0,
            0,
            0,
            offset,
        )
        self._central.append(_CENTRAL.pack(*fields) + name.encode("ascii"))


def _checked(part: Deflated) -> tuple[int, int, int]:
    if max(part.size, part.packed_size) > MAX_SIZE:
        raise WorkbookTooLarge
    return part.checksum, part.packed_size, part.size
