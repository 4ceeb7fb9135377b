"""What is to be told, and what became of telling it. The kinds mean nothing here; their sender knows them."""

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
    """A message of Slack's: the channel's id, and the ts that names the message in it."""

    channel: str
    ts: str


@dataclass(frozen=True, slots=True)
class News:
    """Something to tell. `topic` makes it one thing: it is never told twice."""

    topic: str
    """As `adjustment.outcome/17`."""
    kind: str
    subject_key: int
    recipient: str
    """A Slack id, or a name that its sender resolves."""
    payload: Mapping[str, object] = field(default_factory=dict)
    """Ids, and what a person wrote or agreed to, as JSON values: the data is read afresh when it is sent."""
    in_thread_of: str | None = None
    """The topic of the message in whose thread it belongs; it waits until that one is posted."""


@dataclass(frozen=True, slots=True)
class Lane:
    """Which kinds a worker sends, so that what takes long holds up nothing else."""

    kinds: frozenset[str] = frozenset()
    others: bool = True
    """True: all but these; False: these alone."""


EVERY_KIND = Lane()


@dataclass(frozen=True, slots=True)
class OutboxItem:
    """A claimed row: this worker alone may send it, until its lease ends."""

    key: int
    """What the message's metadata carries, so that a lost answer can be reconciled."""
    kind: str
    subject_key: int
    recipient: str
    payload: dict[str, object]
    revision: int
    """Which change of the subject this attempt shows at the least; to be handed back on settling."""
    fencing: int
    attempts: int
    """How many attempts there were, this one included, since it last succeeded."""
    ambiguous: bool
    """An earlier attempt may have reached Slack: look for its message before posting."""
    posted: Place | None
    """Where it is already; it is to be updated there."""
    thread: Place | None
    """The message in whose thread it belongs."""
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Sent:
    """It stands in Slack."""

    place: Place | None
    """Where; None where there was no longer anything to tell."""


@dataclass(frozen=True, slots=True)
class RetryAfter:
    """Slack asks to be left alone: nothing goes to this recipient for `seconds`."""

    seconds: float
    code: str = "ratelimited"


@dataclass(frozen=True, slots=True)
class NotSent:
    """It surely did not reach Slack, and may be tried again."""

    code: str


@dataclass(frozen=True, slots=True)
class Ambiguous:
    """It may have reached Slack: the answer is lost. It is reconciled before it is tried again."""

    code: str


@dataclass(frozen=True, slots=True)
class Lost:
    """The message that was to be updated is gone. It is posted again, once; then it is parked."""

    code: str


@dataclass(frozen=True, slots=True)
class Rejected:
    """Slack refuses it until somebody fixes the reason. It is parked, with everything that waits for its thread."""

    code: str
    tell: News | None = None
    """What to tell somebody of it, written together with it."""


SendOutcome = Sent | RetryAfter | NotSent | Ambiguous | Lost | Rejected


@dataclass(frozen=True, slots=True)
class OutboxHealth:
    """How much is still to be told."""

    waiting: int
    """Undelivered rows, those being sent included."""
    parked: int
    oldest: datetime | None
    """When the news of the oldest undelivered row was made."""


@dataclass(frozen=True, slots=True)
class TellingProgress:
    """How far the telling of a row is, by any worker."""

    being_sent: bool
    place: Place | None
    """Where its message stands in Slack; None: nowhere that is known."""


LONGEST_BACKOFF_SECONDS = 30.0


def backoff_seconds(attempts: int) -> float:
    """How long to wait after that number of failed attempts: 1, 2, 4 … seconds, at most LONGEST_BACKOFF_SECONDS."""
    return min(LONGEST_BACKOFF_SECONDS, 2.0 ** min(max(attempts - 1, 0), 10))
