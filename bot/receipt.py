"""One request on its way through the process: when it came, and what begins once its answer has left."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime


class Replayed(Exception):
    """The request was taken before, by this process or another: this is a copy."""


@dataclass(slots=True)
class Receipt:
    """`at`: when its first byte, or its envelope, reached this process; time in a queue counts from there."""

    at: datetime
    first: Callable[[], bool] = lambda: True
    """Whether nobody has taken it before. It may ask the database: what only shows something asks after the answer."""
    _following: list[Callable[[], object]] = field(default_factory=list)

    def then(self, begin: Callable[[], object]) -> None:
        """Has something begin once the answer has left: what comes before it, or beside it, is time that Slack waits.

        What takes long, `begin` hands over to another thread.
        """
        self._following.append(begin)

    def answered(self) -> None:
        """The answer has left, or cannot leave: the thread that answers calls this in any case, and once."""
        for begin in self._following:
            begin()
