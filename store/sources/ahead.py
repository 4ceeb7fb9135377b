"""Reads the parts of a large bundle ahead, in two processes of their own, beside the work of the database.

Started as `python -m store.sources.ahead DESCRIPTOR TABLES` it is one of these processes: it writes what it reads into
that pipe, and ends when its reader is gone. Knows no database.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager, suppress
from multiprocessing import Pipe
from multiprocessing.connection import Connection, wait
from pathlib import Path

from store.domain.imports import BrokenBundle, Part
from store.sources.bundle import Progress, Source, Table
from store.sources.children import command, environment
from store.sources.reading import Chunk, read_chunks

AHEAD_FROM = 8 * 1024 * 1024
"""Bytes of a bundle: a smaller one is read before such a process is ready."""
Said = tuple[int, int, Chunk]
"""Which of its tables a process has read from, the bytes of it that it has done, and a chunk of its rows."""


def read_parts(tables: Sequence[Table], progress: Progress) -> Generator[tuple[Part, Chunk]]:
    """All rows of all parts, a chunk at a time, those of a part in their order; to be closed if not read to its end.

    Raises BrokenBundle where a file or its header cannot be used.
    """
    if sum(table.size for table in tables) < AHEAD_FROM:
        for table in tables:
            for chunk in read_chunks(table, progress):
                yield table.part, chunk
        return
    # The items are mostly as much work as all the rest.
    largest = max(tables, key=lambda table: table.size)
    with _reader([largest]) as one, _reader([table for table in tables if table is not largest]) as other:
        yield from _gather([one, other], progress)


def _gather(readers: Sequence[_ReaderProcess], progress: Progress) -> Iterator[tuple[Part, Chunk]]:
    reading = {reader.pipe: reader for reader in readers}
    while reading:
        for pipe in wait(list(reading)):
            assert isinstance(pipe, Connection)  # noqa: S101 - those that were waited for
            reader = reading[pipe]
            try:
                said: Said | tuple[str, str, int | None] | None = pipe.recv()
            except EOFError:
                file = reader.tables[0].file
                raise BrokenBundle(
                    file, "was not read to its end, since its reader was stopped; import again"
                ) from None
            if said is None:
                del reading[pipe]
            elif isinstance(said[0], str):
                raise BrokenBundle(*said)
            else:
                place, done, chunk = said
                progress(reader.tables[place].file, done, reader.tables[place].size)
                yield reader.tables[place].part, chunk


class _ReaderProcess:
    """One process that reads, and the tables that it was given."""

    def __init__(self, tables: Sequence[Table], pipe: Connection) -> None:
        self.tables = tables
        self.pipe = pipe


@contextmanager
def _reader(tables: Sequence[Table]) -> Iterator[_ReaderProcess]:
    mine, its = Pipe(duplex=False)
    given = json.dumps([[table.part, table.file, str(table.path), table.size, table.source] for table in tables])
    with mine:
        with its:
            process = subprocess.Popen(
                command("store.sources.ahead", str(its.fileno()), given),
                env=environment(),
                stdin=subprocess.DEVNULL,
                pass_fds=(its.fileno(),),
            )
        try:
            yield _ReaderProcess(tables, mine)
        finally:
            process.kill()
            process.wait()


def main() -> None:
    """One of the processes."""
    with Connection(int(sys.argv[1]), readable=False) as pipe, suppress(BrokenPipeError, KeyboardInterrupt):
        try:
            for place, (part, file, path, size, source) in enumerate(json.loads(sys.argv[2])):
                _read(Table(Part(part), file, Path(path), size, Source(source)), place, pipe)
        except BrokenBundle as error:
            pipe.send((error.file, error.reason, error.line))
        else:
            pipe.send(None)


def _read(table: Table, place: int, pipe: Connection) -> None:
    done = 0

    def hear(_file: str, now: int, _of: int) -> None:
        nonlocal done
        done = now

    for chunk in read_chunks(table, hear):
        pipe.send((place, done, chunk))
    # That all is done is heard behind the last rows.
    pipe.send((place, done, Chunk()))


if __name__ == "__main__":
    main()
