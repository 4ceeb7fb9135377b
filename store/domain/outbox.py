"""News to be told, and the outcome of telling it. The kinds mean nothing here; their sender knows them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class OutboxState(StrEnum):
    """`waiting → sending → sent | parked`; a change to show, or a failed attempt, makes it waiting again."""

    WAITING = "waiting"
    SENDING = "sending"
    SENT = "sent"
    PARKED = "parked"
    """Slack refused it, for a reason that somebody has to fix first."""


@dataclass(frozen=True, slots=True)
class Place:
    """A message in Slack: the channel's id, and the ts that identifies the message in it."""

    channel: str
    ts: str


@dataclass(frozen=True, slots=True)
class News:
    """Something to tell. Each `topic` is told only once."""

    topic: str
    """As `adjustment.outcome/17`."""
    kind: str
    subject_key: int
    recipient: str
    """A Slack id, or a name that its sender resolves."""
    payload: Mapping[str, object] = field(default_factory=dict)
    """Ids, and what a person wrote or agreed to, as JSON values: the data is read afresh when the news is sent."""
    in_thread_of: str | None = None
    """The topic of the message in whose thread it belongs; it waits until that message is posted."""


@dataclass(frozen=True, slots=True)
class Lane:
    """The kinds that a worker sends, so that slow ones hold up nothing else."""

    kinds: frozenset[str] = frozenset()
    others: bool = True
    """True: all kinds except these; False: only these."""


EVERY_KIND = Lane()


@dataclass(frozen=True, slots=True)
class OutboxItem:
    """A claimed row: only this worker may send it, until its lease ends."""

    key: int
    """The number in the message's metadata, by which a lost answer can be reconciled."""
    kind: str
    subject_key: int
    recipient: str
    payload: dict[str, object]
    revision: int
    """The change of the subject that this attempt shows at least; handed back on settling."""
    fencing: int
    attempts: int
    """The attempts since it last succeeded, including this one."""
    ambiguous: bool
    """An earlier attempt may have reached Slack: look for its message before posting."""
    posted: Place | None
    """Its present message, which is to be updated."""
    thread: Place | None
    """The message in whose thread it belongs."""
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Sent:
    """It is in Slack."""

    place: Place | None
    """The message; None if there was no longer anything to tell."""


@dataclass(frozen=True, slots=True)
class RetryAfter:
    """Slack asks to wait: nothing goes to this recipient for `seconds`."""

    seconds: float
    code: str = "ratelimited"


@dataclass(frozen=True, slots=True)
class NotSent:
    """It certainly did not reach Slack, and may be tried again."""

    code: str
    seconds: float | None = None
    """In how many; None: the longer, the more attempts there were."""
    counted: bool = True
    """Whether it was an attempt: not where it was given back, or Slack takes nothing at all from the bot."""


@dataclass(frozen=True, slots=True)
class Ambiguous:
    """It may have reached Slack: the answer is lost. It is reconciled before it is tried again."""

    code: str


@dataclass(frozen=True, slots=True)
class Lost:
    """The message to be updated is gone. It is posted again, once; then it is parked."""

    code: str


@dataclass(frozen=True, slots=True)
class Rejected:
    """Slack refuses it until somebody fixes the reason. It is parked, with everything that waits for its thread."""

    code: str
    tell: News | None = None
    """What to tell somebody about it, written in the same transaction."""


SendOutcome = Sent | RetryAfter | NotSent | Ambiguous | Lost | Rejected


@dataclass(frozen=True, slots=True)
class OutboxHealth:
    """The amount of news still to be told."""

    waiting: int
    """Undelivered rows, including those being sent."""
    parked: int
    oldest: datetime | None
    """When the oldest undelivered news was created."""


@dataclass(frozen=True, slots=True)
class TellingProgress:
    """The progress of telling a row, by any worker."""

    being_sent: bool
    place: Place | None
    """Its message in Slack; None: no known message."""
