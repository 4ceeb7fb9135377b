"""Work that a transaction leaves for others: who waits for it is woken after the commit. Knows no SQL."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum

from sqlalchemy import Connection


class Work(StrEnum):
    """What waits for a worker."""

    NEWS = "news"
    EXPORTS = "exports"


_LEFT = "work left"


def leave_work(connection: Connection, work: Work) -> None:
    """Notes, in the transaction that writes it, that there is work: its workers are woken after the commit."""
    left = connection.info.get(_LEFT)
    # Nobody of this process waits for what is written in bulk.
    if isinstance(left, set):
        left.add(work)


class Workers:
    """The workers of this process. Those of others look by themselves, within a second."""

    def __init__(self) -> None:
        self._wakes: defaultdict[Work, list[Callable[[], None]]] = defaultdict(list)

    def listen(self, work: Work, wake: Callable[[], None]) -> None:
        """Calls `wake` after each commit that leaves such work, on the thread that committed; it must not block."""
        self._wakes[work].append(wake)

    @contextmanager
    def woken(self) -> Iterator[Callable[[Connection], None]]:
        """Around a transaction, which is to be given to what this yields as it begins."""
        left: set[Work] = set()

        def begin(connection: Connection) -> None:
            connection.info[_LEFT] = left

        yield begin
        for work in left:
            for wake in self._wakes[work]:
                wake()
