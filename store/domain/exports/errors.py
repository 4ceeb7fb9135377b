"""What can go wrong with an export: facts with their figures. The words for people are made elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from store.domain.channels import ChannelBar
from store.domain.errors import DomainError

if TYPE_CHECKING:
    from datetime import datetime

    from store.domain.exports.export import ExportState


@dataclass(eq=False)
class NotExportable(DomainError):
    """The file cannot go to that channel; to the asker's direct messages it can."""

    bar: ChannelBar


@dataclass(eq=False)
class TooManyWaiting(DomainError):
    """The requester has as many exports waiting as one person may have."""

    waiting: int
    own: bool
    """Whether they are those of the person who acts; else of the requester of the export to be tried again."""


@dataclass(eq=False)
class ExportNotFound(DomainError):
    """There is no such export in the actor's history: not there and not theirs are one and the same."""


@dataclass(eq=False)
class ExportFinished(DomainError):
    """It is too late to cancel: it is finished, or its file is just being posted (the state is still in_progress)."""

    key: int
    state: ExportState
    at: datetime | None


@dataclass(eq=False)
class NotFailed(DomainError):
    """Only a failed export is tried again."""

    key: int
    state: ExportState


@dataclass(eq=False)
class NotReady(DomainError):
    """There is no file: the export waits, runs, failed or was cancelled."""

    key: int
    state: ExportState


@dataclass(eq=False)
class FileGone(DomainError):
    """The file is gone: deleted after the retention at that moment, or lost from the folder where `at` is None."""

    key: int
    at: datetime | None


@dataclass(eq=False)
class OutOfReach(DomainError):
    """The file holds orders that this person may not see now."""

    key: int


@dataclass(eq=False)
class TamperedFileName(DomainError):
    """What the database says is the name of an export's file is none that the desk gave."""

    number: str
