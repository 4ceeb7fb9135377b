"""The work on an export: step by step, by one worker at a time, and what it passes on. Pure."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import TypedDict

from store.domain.exports.export import Export, ExportStep, FailureReason
from store.domain.people import Reach

MOST_ATTEMPTS = 8
"""How often an export is taken up before it is given up, not counting interruptions by an orderly end."""

FROM: dict[ExportStep, frozenset[ExportStep]] = {
    ExportStep.WRITING: frozenset({ExportStep.CLAIMED, ExportStep.WRITING}),
    ExportStep.WRITTEN: frozenset({ExportStep.WRITING}),
    ExportStep.UPLOADING: frozenset(
        {ExportStep.WRITTEN, ExportStep.UPLOADING, ExportStep.UPLOADED, ExportStep.COMPLETING}
    ),
    ExportStep.UPLOADED: frozenset({ExportStep.UPLOADING}),
    ExportStep.COMPLETING: frozenset({ExportStep.UPLOADED, ExportStep.COMPLETING}),
    ExportStep.POSTED: frozenset({ExportStep.COMPLETING}),
}
"""The steps from which each step is reached. Slack's id of a file can be requested again, and its posting retried."""

WITH_FILE = frozenset(
    {ExportStep.WRITTEN, ExportStep.UPLOADING, ExportStep.UPLOADED, ExportStep.COMPLETING, ExportStep.POSTED}
)
"""The steps at which the file is complete: a worker that takes over the export need not write it again."""


LOOKS_AFTER = (5.0, 15.0, 40.0)
"""Seconds between the later looks whether Slack has shared a file; other exports go first meanwhile."""
MOST_FILES = 2
"""The most files sent of an export that Slack shares nowhere, before it has failed."""


@dataclass(frozen=True, slots=True)
class Sending:
    """The sending of an export so far, since it was last queued."""

    files: int
    """The number of files begun in Slack."""
    looks: int
    """How often the last file was put off, because Slack shared it nowhere."""
    earlier: tuple[str, ...]
    """Slack's ids of all files that were begun before the last one."""

    @property
    def look_after(self) -> float | None:
        """The seconds until the next look whether Slack has shared the file; None: no further look."""
        return LOOKS_AFTER[self.looks] if self.looks < len(LOOKS_AFTER) else None

    @property
    def last_file(self) -> bool:
        """Whether the export has failed if Slack does not share this file."""
        return self.files >= MOST_FILES


class ExportFacts(TypedDict, total=False):
    """What a move of an export records with its step."""

    rows_done: int
    rows_total: int
    orders: int
    items: int
    size: int
    reach: Reach
    """The reach of the file; with WRITTEN."""
    customers: Collection[int]
    """The keys of the customers in the file, unless it contains all orders; with WRITTEN."""
    slack_file_id: str
    """With UPLOADING: Slack's id, stored before any byte is sent."""


@dataclass(frozen=True, slots=True)
class Written:
    """The workbook is complete, on the disk, under the claim's path."""

    orders: int
    items: int
    size: int
    reach: Reach
    customers: tuple[int, ...]

    def facts(self) -> ExportFacts:
        """The facts for the move to WRITTEN."""
        rows = self.orders + self.items
        return ExportFacts(
            rows_done=rows,
            rows_total=rows,
            orders=self.orders,
            items=self.items,
            size=self.size,
            reach=self.reach,
            customers=self.customers,
        )


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

    The lease goes by the database's clock, and every `heartbeat` and `move` restores its full length. A worker that was
    paused for longer has lost it, even if nobody else has it yet: `heartbeat`, `move` and `finish` return False from
    then on.
    """

    export: Export
    """The export when it was claimed."""
    fencing: int
    """Counts the claims of this export."""
    step: ExportStep
    """The step from which to continue: CLAIMED (write it), or one of WITH_FILE."""
    path: str
    """The path of its file, which may still have to be written."""
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


def retry_seconds(attempts: int) -> float:
    """The wait after that number of attempts: 2, 4, 8 … seconds, at most 30."""
    return min(30.0, 2.0 ** min(max(attempts, 1), 5))
