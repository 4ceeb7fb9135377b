"""What can go wrong with an export: facts with their figures. The words for people are made elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from store.domain.errors import DomainError

if TYPE_CHECKING:
    from datetime import datetime

    from store.domain.exports import ExportState


class ExportBar(StrEnum):
    """Why a file cannot go to a channel."""

    NOT_IN_CHANNEL = "not_in_channel"
    """The bot is not in it."""
    CHANNEL_SHARED = "channel_shared"
    """It is shared with another organisation."""
    CHANNEL_ARCHIVED = "channel_archived"
    CHANNEL_NOT_FOUND = "channel_not_found"


@dataclass(eq=False)
class NotExportable(DomainError):
    """The file cannot go to that channel; to the asker's direct messages it can."""

    bar: ExportBar


@dataclass(eq=False)
class NeedsConfirmation(DomainError):
    """So many people of the channel may not see these orders; the asker must agree, or take it by direct message."""

    people: int


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
