"""Exports: the request, the progress, the outcome and the file name. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from zoneinfo import ZoneInfo

from store.domain.orders.criteria import OrderCriteria
from store.domain.paging import ListPage
from store.domain.people import Member, Person

SAME_REQUEST_WITHIN = timedelta(minutes=1)
"""The same request by the same person within this time is one export."""
RETENTION = timedelta(days=30)
"""How long a file is kept, unless the settings say otherwise."""
CRITERIA_TEXT_MAX = 1000
"""The most characters that are stored of the criteria in words."""
_NAME_MAX = 80
_NOT_IN_NAMES = re.compile(r"[^\w\-+.,]+")


class ExportState(StrEnum):
    """`waiting → in_progress → completed | failed | cancelled`; completed becomes deleted; failed may wait again."""

    WAITING = "waiting"
    IN_PROGRESS = "in_progress"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"
    DELETED = "deleted"
    """It was completed, and its file was deleted after the retention."""

    @property
    def label(self) -> str:
        """Sentence case, as screens show it."""
        return self.value.replace("_", " ").capitalize()

    @property
    def open(self) -> bool:
        """Whether it is still waiting or running."""
        return self in {ExportState.WAITING, ExportState.IN_PROGRESS}


class ExportStep(StrEnum):
    """The progress of the work on an export. The outbox knows the steps of its file on the way to Slack."""

    CLAIMED = "claimed"
    WRITING = "writing"
    WRITTEN = "written"
    """The file is complete, on the disk, under its name; the outbox posts it."""
    COMPLETING = "completing"
    """It is about to be posted, or has been."""
    POSTED = "posted"


class Happening(StrEnum):
    """Events in an export's life apart from its steps; together they are its history."""

    QUEUED = "queued"
    GIVEN_BACK = "given_back"
    """Its process ended in an orderly way; another continues."""
    PUT_OFF = "put_off"
    """An attempt failed, and will be repeated."""
    FAILED = "failed"
    CANCELLED = "cancelled"
    RETRIED = "retried"
    DOWNLOADED = "downloaded"
    DELETED = "deleted"


class Scope(StrEnum):
    """Which orders the export takes."""

    SELECTED = "selected"
    ALL = "all"

    @property
    def label(self) -> str:
        """The words in the form."""
        return "Export Selected" if self is Scope.SELECTED else "Export All"


class FailureReason(StrEnum):
    """Why an export, or an attempt at it, failed. The words for people are in handlers."""

    DISK_FULL = "disk_full"
    FOLDER = "folder"
    """The folder for exports is missing, or cannot be written to; the detail is the system's code."""
    OUT_OF_MEMORY = "out_of_memory"
    TOO_LARGE = "too_large"
    """The workbook would exceed 4 GiB."""
    BAD_VALUE = "bad_value"
    """A value in the database that its column cannot hold; the detail names the column."""
    DATABASE = "database"
    """The database could not be used."""
    INTERRUPTED = "interrupted"
    """The process that wrote it ended too early."""
    GAVE_UP = "gave_up"
    """It was taken up MOST_ATTEMPTS times, and its worker died each time."""
    NOT_A_MEMBER = "not_a_member"
    """The requester is no longer a member of the desk."""
    NOT_PERMITTED = "not_permitted"
    """The requester may no longer export."""
    REACH_CHANGED = "reach_changed"
    """The file contains orders that its requester may no longer see. It can be written again."""
    FILE_LOST = "file_lost"
    """The file was written, and is missing now. It can be written again."""
    TAMPERED = "tampered"
    """The database names a file that the desk did not create; it was not sent."""
    CHANNEL_NOT_FOUND = "channel_not_found"
    CHANNEL_ARCHIVED = "channel_archived"
    NOT_IN_CHANNEL = "not_in_channel"
    CHANNEL_SHARED = "channel_shared"
    MORE_PEOPLE = "more_people"
    """More people in the channel may not see these orders than was confirmed."""
    NOT_SHARED = "not_shared"
    """Slack took the file, said ok, and shows it nowhere."""
    SLACK = "slack"
    """Slack refused for another reason, or did not answer; the detail is its code."""
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Destination:
    """Where the file is posted: a channel, or the requester's direct messages."""

    channel_id: str | None = None
    """Slack's id of the channel; None: a direct message to the requester."""
    channel_name: str = ""
    """Without the `#`; empty for a direct message."""

    @property
    def direct(self) -> bool:
        """Whether it goes to the requester alone."""
        return self.channel_id is None


@dataclass(frozen=True, slots=True)
class ExportRequest:
    """What was requested. Raises ValueError if scope and criteria contradict each other."""

    scope: Scope
    criteria: OrderCriteria | None
    """The criteria of Export Selected; None for Export All, which takes both tabs."""
    criteria_text: str
    """The criteria in words, for the summary of the workbook and the history; not escaped for either."""
    destination: Destination
    confirmed_people: int | None = None
    """The number of people who may not see these orders to whom the requester has agreed to show them."""

    def __post_init__(self) -> None:
        if (self.criteria is None) != (self.scope is Scope.ALL):
            raise ValueError("Export Selected has criteria, and Export All has none")
        # PostgreSQL stores no NUL, and no words need one.
        text = self.criteria_text.replace("\x00", "").strip()
        object.__setattr__(self, "criteria_text", text[:CRITERIA_TEXT_MAX])


@dataclass(frozen=True, slots=True)
class Export:
    """An export as histories and messages show it."""

    key: int
    """The desk's own number of it, which buttons carry."""
    state: ExportState
    step: ExportStep | None
    """The progress of the work; None before it is first taken up."""
    scope: Scope
    criteria: OrderCriteria | None
    criteria_text: str
    destination: Destination
    confirmed_people: int | None
    requester: Person
    time_zone: str
    """IANA name of the zone for the workbook's moments and the days of its criteria."""
    locale: str
    queued_at: datetime
    """When it was first requested."""
    started_at: datetime | None
    """When the present file was started."""
    finished_at: datetime | None
    """When it was completed, failed or cancelled."""
    rows_done: int
    """The rows written so far, of orders and items."""
    rows_total: int | None
    """The number of rows to write; None until they are counted."""
    orders: int | None
    """The orders in the file; None before it is written."""
    items: int | None
    size: int | None
    """Bytes of the file."""
    attempts: int
    failure: FailureReason | None
    """Why it failed, or why its last attempt did."""
    failure_detail: str
    """For the desk's operator: Slack's code, a column; never a value."""
    finished_by: Person | None
    """Who cancelled it."""
    slack_file_id: str | None
    deleted_at: datetime | None
    ahead: int | None = field(default=None, compare=False)
    """The exports before it in the queue when it was read; None if it is not waiting or nobody looked."""

    @property
    def number(self) -> str:
        """The number that people see: `EX-318`."""
        return number_of(self.key)

    @property
    def empty(self) -> bool:
        """Whether it is written and no order matched."""
        return self.orders == 0

    @property
    def recipient(self) -> str:
        """The Slack id to which messages about it go: the channel's, or the requester's."""
        return self.destination.channel_id or self.requester.slack_user_id

    @property
    def file_name(self) -> str:
        """The file's name for people, with scope and date."""
        return file_name(self.key, self.scope, self.criteria_text, self.queued_at, self.time_zone)


@dataclass(frozen=True, slots=True)
class Queued:
    """A requested export."""

    export: Export
    again: bool
    """True: the same was requested a moment ago, and this is that export."""


@dataclass(frozen=True, slots=True)
class DownloadAsked:
    """The file of an export that somebody asked to receive."""

    export: Export
    again: bool
    """True: it was asked for a moment ago, and is sent only once."""


@dataclass(frozen=True, slots=True)
class ExportFile:
    """The file of an export, that the person who asked for it may have now."""

    export: Export
    path: Path
    asker: Member
    """As the desk knows them now."""


ExportPage = ListPage[Export]
"""One page of Export History, newest first."""


def number_of(key: int) -> str:
    """The number of an export that people see."""
    return f"EX-{key}"


def file_name(key: int, scope: Scope, criteria_text: str, queued_at: datetime, time_zone: str) -> str:
    """`Orders Acme Pending payment 2026-10-03 EX-318.xlsx`: a name for any file system and any person."""
    words = "All" if scope is Scope.ALL else _NOT_IN_NAMES.sub(" ", criteria_text)
    words = words.strip(" .")[:_NAME_MAX].strip(" .") or "Selected"
    return f"Orders {words} {queued_at.astimezone(ZoneInfo(time_zone)).date()} {number_of(key)}.xlsx"
