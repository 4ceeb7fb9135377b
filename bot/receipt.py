"""One request on its way through the process: when it came, and what starts after its answer has left."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime


class Replayed(Exception):
    """The request is a copy: this process or another has taken it before."""


@dataclass(slots=True)
class Receipt:
    """`at`: when its first byte, or its envelope, reached this process, so that time in a queue counts."""

    at: datetime
    first: Callable[[], bool] = lambda: True
    """Whether nobody has taken it before. It may ask the database, so show-only requests call it after the answer."""
    _following: list[Callable[[], object]] = field(default_factory=list)

    def then(self, begin: Callable[[], object]) -> None:
        """Starts `begin` after the answer has left: Slack has to wait for anything that runs before or beside it.

        `begin` passes long work to another thread.
        """
        self._following.append(begin)

    def answered(self) -> None:
        """The answer has left, or cannot leave. The answering thread always calls this, and once."""
        for begin in self._following:
            begin()
