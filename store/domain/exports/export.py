"""Exports: what is asked for, how far it is, what became of it, and what its file is called. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from store.domain.orders.criteria import OrderCriteria
from store.domain.paging import ListPage
from store.domain.people import Person

SAME_REQUEST_WITHIN = timedelta(minutes=1)
"""The same request of the same person within this time is one export."""
RETENTION = timedelta(days=30)
"""How long a file is kept, unless the settings say otherwise."""
CRITERIA_TEXT_MAX = 1000
"""Characters of the criteria in words that are kept."""
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
    """It was completed, and its file is gone after the retention."""

    @property
    def label(self) -> str:
        """Sentence case, as screens show it."""
        return self.value.replace("_", " ").capitalize()

    @property
    def open(self) -> bool:
        """Whether it still waits or runs."""
        return self in {ExportState.WAITING, ExportState.IN_PROGRESS}


class ExportStep(StrEnum):
    """How far the work on an export has come. A new claim goes on from the last of these that holds."""

    CLAIMED = "claimed"
    WRITING = "writing"
    WRITTEN = "written"
    """The file is whole, on the disk, under its name."""
    UPLOADING = "uploading"
    """Slack's id of the file is kept; its bytes may have gone, in part or whole."""
    UPLOADED = "uploaded"
    """All bytes have gone."""
    COMPLETING = "completing"
    """It is about to be posted, or has been: ask Slack which, before trying again."""
    POSTED = "posted"


class Happening(StrEnum):
    """What happens in an export's life beside its steps; with them, its history."""

    QUEUED = "queued"
    GIVEN_BACK = "given_back"
    """The process that had it ended in order; another goes on."""
    PUT_OFF = "put_off"
    """An attempt failed, and is made again."""
    FAILED = "failed"
    CANCELLED = "cancelled"
    RETRIED = "retried"
    DOWNLOADED = "downloaded"
    DELETED = "deleted"


class Scope(StrEnum):
    """Which orders."""

    SELECTED = "selected"
    ALL = "all"

    @property
    def label(self) -> str:
        """The field's own words."""
        return "Export Selected" if self is Scope.SELECTED else "Export All"


class FailureReason(StrEnum):
    """Why an export failed, or an attempt at it. The words for people are made elsewhere."""

    DISK_FULL = "disk_full"
    FOLDER = "folder"
    """The folder for exports is not there, or cannot be written to; the detail is the system's code."""
    OUT_OF_MEMORY = "out_of_memory"
    TOO_LARGE = "too_large"
    """The workbook would pass 4 GiB."""
    BAD_VALUE = "bad_value"
    """A value in the database that its column cannot hold; the detail says which column."""
    DATABASE = "database"
    """The database could not be asked."""
    INTERRUPTED = "interrupted"
    """The process that wrote it ended before its time."""
    GAVE_UP = "gave_up"
    """It was taken up MOST_ATTEMPTS times, and each time its worker died."""
    NOT_A_MEMBER = "not_a_member"
    """The requester is no longer a member of the desk."""
    NOT_PERMITTED = "not_permitted"
    """The requester may no longer export."""
    REACH_CHANGED = "reach_changed"
    """The file holds orders that its requester may no longer see. It can be written again."""
    FILE_LOST = "file_lost"
    """The file was written, and is no longer there. It can be written again."""
    TAMPERED = "tampered"
    """What the database says is the file's name is none that the desk gave; it was not touched."""
    CHANNEL_NOT_FOUND = "channel_not_found"
    CHANNEL_ARCHIVED = "channel_archived"
    NOT_IN_CHANNEL = "not_in_channel"
    CHANNEL_SHARED = "channel_shared"
    MORE_PEOPLE = "more_people"
    """More people of the channel may not see these orders than was confirmed."""
    NOT_SHARED = "not_shared"
    """Slack took the file, said ok, and shows it nowhere."""
    SLACK = "slack"
    """Slack refused for another reason, or did not answer; the detail is its code."""
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Destination:
    """Where the file is posted: a channel, or the asker's own direct messages."""

    channel_id: str | None = None
    """Slack's id of the channel; None: a direct message to the requester."""
    channel_name: str = ""
    """Without the sign; empty for a direct message."""

    @property
    def direct(self) -> bool:
        """Whether it goes to the asker alone."""
        return self.channel_id is None


@dataclass(frozen=True, slots=True)
class ExportRequest:
    """What was asked for. Raises ValueError where scope and criteria contradict each other."""

    scope: Scope
    criteria: OrderCriteria | None
    """Those of Export Selected; None for Export All, which takes both tabs."""
    criteria_text: str
    """The criteria in words, as the summary of the workbook and the history show them; not escaped for any of them."""
    destination: Destination
    confirmed_people: int | None = None
    """How many people who may not see these orders the asker has agreed to show them to."""

    def __post_init__(self) -> None:
        if (self.criteria is None) != (self.scope is Scope.ALL):
            raise ValueError("Export Selected has criteria, and Export All has none")
        # PostgreSQL keeps no NUL, and no words need one.
        text = self.criteria_text.replace("\x00", "").strip()
        object.__setattr__(self, "criteria_text", text[:CRITERIA_TEXT_MAX])


@dataclass(frozen=True, slots=True)
class Export:
    """An export as histories and messages show it."""

    key: int
    """The desk's own number of it; what buttons carry."""
    state: ExportState
    step: ExportStep | None
    """How far the work has come; None before it is first taken up."""
    scope: Scope
    criteria: OrderCriteria | None
    criteria_text: str
    destination: Destination
    confirmed_people: int | None
    requester: Person
    time_zone: str
    """IANA name; the workbook's moments, and the days of its criteria, are in it."""
    locale: str
    queued_at: datetime
    """When it was asked for, first."""
    started_at: datetime | None
    """When the file now at hand was begun."""
    finished_at: datetime | None
    """When it was completed, failed or cancelled."""
    rows_done: int
    """Rows written so far, of orders and of items."""
    rows_total: int | None
    """Rows that there are to write; None as long as nobody has counted."""
    orders: int | None
    """Orders in the file; None before it is written."""
    items: int | None
    size: int | None
    """Bytes of the file."""
    attempts: int
    failure: FailureReason | None
    """Why it failed, or why its last attempt did."""
    failure_detail: str
    """For the operator of the desk: Slack's code, a column; never a value."""
    finished_by: Person | None
    """Who cancelled it."""
    slack_file_id: str | None
    deleted_at: datetime | None
    ahead: int | None = field(default=None, compare=False)
    """How many exports were ahead of it in the queue when it was read; None where it does not wait or nobody looked."""

    @property
    def number(self) -> str:
        """The number that people know it by: `EX-318`."""
        return number_of(self.key)

    @property
    def empty(self) -> bool:
        """Whether it is written and no order fitted."""
        return self.orders == 0

    @property
    def recipient(self) -> str:
        """The Slack id that messages about it go to: the channel's, or the asker's."""
        return self.destination.channel_id or self.requester.slack_user_id

    @property
    def file_name(self) -> str:
        """What the file is called for people, with scope and date."""
        return file_name(self.key, self.scope, self.criteria_text, self.queued_at, self.time_zone)


@dataclass(frozen=True, slots=True)
class Queued:
    """An export that was asked for."""

    export: Export
    again: bool
    """True: the same was asked for a moment ago, and this is that export."""


@dataclass(frozen=True, slots=True)
class DownloadAsked:
    """The file of an export that somebody asked to have sent."""

    export: Export
    again: bool
    """True: it was asked for a moment ago, and is sent once."""


@dataclass(frozen=True, slots=True)
class Download:
    """A file that may be handed to the person who asked for it now."""

    export: Export
    path: str
    file_name: str


ExportPage = ListPage[Export]
"""One page of Export History, newest first."""


def number_of(key: int) -> str:
    """The number that people know an export by."""
    return f"EX-{key}"


def file_name(key: int, scope: Scope, criteria_text: str, queued_at: datetime, time_zone: str) -> str:
    """`Orders Acme Pending payment 2026-10-03 EX-318.xlsx`: what any file system and person can read."""
    words = "All" if scope is Scope.ALL else _NOT_IN_NAMES.sub(" ", criteria_text)
    words = words.strip(" .")[:_NAME_MAX].strip(" .") or "Selected"
    return f"Orders {words} {queued_at.astimezone(ZoneInfo(time_zone)).date()} {number_of(key)}.xlsx"
