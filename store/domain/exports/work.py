"""How the work on an export goes: step by step, by one worker at a time, and what it hands on. Pure."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import TypedDict

from store.domain.exports.export import Export, ExportStep, FailureReason
from store.domain.people import Reach

MOST_ATTEMPTS = 8
"""How often an export is taken up before it is given up; what an orderly end interrupts is not counted."""

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
"""From which steps each step is reached. Slack's id of a file can be asked for again, and its posting tried again."""

WITH_FILE = frozenset(
    {ExportStep.WRITTEN, ExportStep.UPLOADING, ExportStep.UPLOADED, ExportStep.COMPLETING, ExportStep.POSTED}
)
"""The steps at which the file is whole: the worker that takes the export over need not write it again."""


LOOKS_AFTER = (5.0, 15.0, 40.0)
"""Seconds between the later looks whether Slack has shared a file; other exports go first meanwhile."""
MOST_FILES = 2
"""How many files are sent of an export that Slack shares nowhere, before it has failed."""


@dataclass(frozen=True, slots=True)
class Sending:
    """How the sending of an export has gone so far, since it was queued, or queued again, last."""

    files: int
    """How many files were begun in Slack."""
    looks: int
    """How often the last of them was put off, since Slack shared it nowhere."""
    earlier: tuple[str, ...]
    """Slack's ids of all files that were ever begun before the last one."""

    @property
    def look_after(self) -> float | None:
        """In how many seconds to look again whether Slack has shared the file; None: no more."""
        return LOOKS_AFTER[self.looks] if self.looks < len(LOOKS_AFTER) else None

    @property
    def last_file(self) -> bool:
        """Whether the export has failed if Slack does not share this file."""
        return self.files >= MOST_FILES


class ExportFacts(TypedDict, total=False):
    """What a move of an export writes down beside its step."""

    rows_done: int
    rows_total: int
    orders: int
    items: int
    size: int
    reach: Reach
    """Whose orders the file holds; with WRITTEN."""
    customers: Collection[int]
    """The keys of the customers in the file, where it does not hold all orders; with WRITTEN."""
    slack_file_id: str
    """With UPLOADING: Slack's id, to be kept before any byte goes."""


@dataclass(frozen=True, slots=True)
class Written:
    """The workbook is whole, on the disk, under the claim's path."""

    orders: int
    items: int
    size: int
    reach: Reach
    customers: tuple[int, ...]

    def facts(self) -> ExportFacts:
        """As the move to WRITTEN takes them."""
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
        """Whether trying again, with nothing else done, would end the same way."""
        return self.reason not in {FailureReason.DATABASE, FailureReason.INTERRUPTED, FailureReason.UNKNOWN}


@dataclass(frozen=True, slots=True)
class Claim:
    """An export that one worker alone may work on, until its lease ends or it is cancelled.

    The lease goes by the database's clock, and every `heartbeat` and `move` makes it as long as at first. A worker
    that was paused for longer has lost it, even where nobody else has it yet: `heartbeat`, `move` and `finish` are
    False from then on.
    """

    export: Export
    """As it was when it was claimed."""
    fencing: int
    """Counts the claims of this export."""
    step: ExportStep
    """From where to go on: CLAIMED (write it), or one of WITH_FILE."""
    path: str
    """Where its file is, or is to be written."""
    lease_seconds: float

    @property
    def key(self) -> int:
        """The export's."""
        return self.export.key


@dataclass(frozen=True, slots=True)
class ExportHealth:
    """How much is still to be exported."""

    waiting: int
    in_progress: int
    oldest: datetime | None
    """When the oldest open export was queued, or queued again."""
    completed: int
    failed: int


def retry_seconds(attempts: int) -> float:
    """How long to wait after that number of attempts: 2, 4, 8 … seconds, at most 30."""
    return min(30.0, 2.0 ** min(max(attempts, 1), 5))
