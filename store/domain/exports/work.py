"""The writing of an export, by one worker at a time, and what it passes on. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from store.domain.exports.export import Export, FailureReason
from store.domain.people import Reach

MOST_ATTEMPTS = 8
"""How often an export is taken up before it is given up, not counting interruptions by an orderly end."""


@dataclass(frozen=True, slots=True)
class Written:
    """The workbook is complete, on the disk, under the claim's path."""

    orders: int
    items: int
    size: int
    reach: Reach
    customers: tuple[int, ...]
    """The keys of the customers in the file, unless it contains all orders."""


@dataclass(frozen=True, slots=True)
class NotWritten:
    """There is no workbook."""

    reason: FailureReason
    detail: str = ""

    @property
    def lasting(self) -> bool:
        """Whether a retry with nothing else done would end the same way."""
        return self.reason not in {FailureReason.DATABASE, FailureReason.INTERRUPTED, FailureReason.UNKNOWN}


@dataclass(frozen=True, slots=True)
class Claim:
    """An export that only this worker may work on, until its lease ends or it is cancelled.

    The lease goes by the database's clock, and every `heartbeat` restores its full length. A worker that was paused for
    longer has lost it, even if nobody else has it yet: all methods return False for it from then on.
    """

    export: Export
    """The export when it was claimed."""
    fencing: int
    """Counts the claims of this export."""
    path: str
    """The path of the file to write."""
    lease_seconds: float

    @property
    def key(self) -> int:
        """The export's key."""
        return self.export.key


@dataclass(frozen=True, slots=True)
class ExportHealth:
    """The amount of exports still to be done."""

    waiting: int
    in_progress: int
    oldest: datetime | None
    """When the oldest open export was last queued."""
    completed: int
    failed: int
