"""Reads the parts of a large bundle ahead, in two separate processes, while the database works.

Started as `python -m store.sources.ahead DESCRIPTOR` it is one of these processes: it is told the parts by that pipe,
writes what it reads into it, and ends when its reader is gone. Knows no database.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager, suppress
from multiprocessing import Pipe
from multiprocessing.connection import Connection, wait

from store.domain.imports import BrokenBundle, Part
from store.sources.children import command, environment
from store.sources.reading import Chunk, read_chunks
from store.sources.source import Progress, SourcePart

AHEAD_FROM = 8 * 1024 * 1024
"""Bytes of a bundle: a smaller one is read before such a process is ready."""
Said = tuple[int, int, Chunk]
"""The index of the part, the bytes of it that are done, and a chunk of its rows."""


def read_parts(parts: Sequence[SourcePart], progress: Progress) -> Generator[tuple[Part, Chunk]]:
    """All rows of all parts, a chunk at a time, in order within each part; must be closed if not read to the end.

    Raises BrokenBundle if a file or its header cannot be used.
    """
    if sum(part.size for part in parts) < AHEAD_FROM:
        for part in parts:
            for chunk in read_chunks(part, progress):
                yield part.part, chunk
        return
    # The items are mostly as much work as everything else.
    largest = max(parts, key=lambda part: part.size)
    with _reader([largest]) as one, _reader([part for part in parts if part is not largest]) as other:
        yield from _gather([one, other], progress)


def _gather(readers: Sequence[_ReaderProcess], progress: Progress) -> Iterator[tuple[Part, Chunk]]:
    reading = {reader.pipe: reader for reader in readers}
    while reading:
        for pipe in wait(list(reading)):
            assert isinstance(pipe, Connection)  # noqa: S101 - those that were waited for
            reader = reading[pipe]
            try:
                said: Said | tuple[str, str, int | None] | None = pipe.recv()
            except (EOFError, ConnectionError):
                file = reader.parts[0].file
                raise BrokenBundle(
                    file, "was not read to its end, since its reader was stopped; import again"
                ) from None
            if said is None:
                del reading[pipe]
            elif isinstance(said[0], str):
                raise BrokenBundle(*said)
            else:
                place, done, chunk = said
                part = reader.parts[place]
                progress(part.file, done, part.size)
                yield part.part, chunk


class _ReaderProcess:
    """One process that reads, and its parts."""

    def __init__(self, parts: Sequence[SourcePart], pipe: Connection) -> None:
        self.parts = parts
        self.pipe = pipe


@contextmanager
def _reader(parts: Sequence[SourcePart]) -> Iterator[_ReaderProcess]:
    mine, its = Pipe()
    with mine:
        with its:
            # Few enough to wait in the pipe until the process is there.
            mine.send(parts)
            process = subprocess.Popen(
                command("store.sources.ahead", str(its.fileno())),
                env=environment(),
                stdin=subprocess.DEVNULL,
                pass_fds=(its.fileno(),),
            )
        try:
            yield _ReaderProcess(parts, mine)
        finally:
            process.kill()
            process.wait()


def main() -> None:
    """The main function of a reading process."""
    with Connection(int(sys.argv[1])) as pipe, suppress(ConnectionError, EOFError, KeyboardInterrupt):
        parts: Sequence[SourcePart] = pipe.recv()
        try:
            for place, part in enumerate(parts):
                _read(part, place, pipe)
        except BrokenBundle as error:
            pipe.send((error.file, error.reason, error.line))
        else:
            pipe.send(None)


def _read(part: SourcePart, place: int, pipe: Connection) -> None:
    done = 0

    def hear(_file: str, now: int, _of: int) -> None:
        nonlocal done
        done = now

    for chunk in read_chunks(part, hear):
        pipe.send((place, done, chunk))
    # The end arrives after the last rows.
    pipe.send((place, done, Chunk()))


if __name__ == "__main__":
    main()
