"""Errors of exports: facts with their figures. The words for people are in handlers."""

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
    """The file cannot go to that channel; it can go to the requester's direct messages."""

    bar: ChannelBar


@dataclass(eq=False)
class TooManyWaiting(DomainError):
    """The requester already has as many waiting exports as one person may have."""

    waiting: int
    own: bool
    """Whether they belong to the person who acts; otherwise to the requester of the export to be tried again."""


@dataclass(eq=False)
class ExportNotFound(DomainError):
    """The actor's history has no such export: a missing export and another person's look the same."""


@dataclass(eq=False)
class ExportFinished(DomainError):
    """It is too late to cancel: it is finished, or its file is just being posted (the state is still in_progress)."""

    key: int
    state: ExportState
    at: datetime | None


@dataclass(eq=False)
class NotFailed(DomainError):
    """Only a failed export can be tried again."""

    key: int
    state: ExportState


@dataclass(eq=False)
class NotReady(DomainError):
    """There is no file: the export is waiting, running, failed or cancelled."""

    key: int
    state: ExportState


@dataclass(eq=False)
class FileGone(DomainError):
    """The file is gone: deleted at that moment after the retention, or, if `at` is None, missing from the folder."""

    key: int
    at: datetime | None


@dataclass(eq=False)
class OutOfReach(DomainError):
    """The file contains orders that this person may not see now."""

    key: int
