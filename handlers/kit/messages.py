"""Messages to others, and how they are made from the rows of the outbox. Values; nothing is sent here."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from slack_sdk.models.blocks import Block

from handlers.kit.deps import Deps
from handlers.kit.formats import Viewer
from store.domain.outbox import News, OutboxItem, SendOutcome
from store.domain.people import Person


@dataclass(frozen=True, slots=True)
class Message:
    """A message: `text` is what notifications and screen readers use."""

    text: str
    blocks: Sequence[Block] = ()
    short: Message | None = None
    """Shown instead if Slack finds the message too long."""

    def arguments(self) -> dict[str, Any]:
        """The arguments of Slack's chat methods. No link in it unfolds into a preview."""
        return {"text": self.text, "blocks": [block.to_dict() for block in self.blocks]}


@dataclass(frozen=True, slots=True)
class Withheld:
    """Replaces a message or file that must no longer go there; `refused` or `settle` get the code.

    The sender first checks whether the message is already there: an earlier attempt may have reached Slack unheard.
    """

    code: str


POSTED = "file"
"""In the payload of a row: Slack's id of a file that is about to be posted, or has been."""
FILE_LOST, NOT_SHARED, OUTSIDER = "file_lost", "not_shared", "no_full_member"
"""Codes of a file that is not on the disk; that Slack took and shows nowhere; whose asker is a guest, or gone."""


def _as_ever() -> bool:
    return True


@dataclass(frozen=True, slots=True)
class FileMessage:
    """A file, and the text with it (mrkdwn)."""

    path: Path
    file_name: str
    """What the file is called there."""
    text: str
    asker: Person
    """Who asked for it: nothing is posted unless they are a full member of the workspace."""
    channel: str = ""
    """Slack's id of where it goes; empty: a direct message to the asker."""
    intend: Callable[[], bool] = _as_ever
    """Called right before it is posted. False: it is no longer to be."""


class NotYet(Exception):
    """It is not yet known whether there is anything to tell."""


A_DAY, A_MONTH = timedelta(days=1), timedelta(days=30)
NEVER = timedelta(0)


def _nothing(_item: OutboxItem, _code: str, _deps: Deps) -> News | None:
    return None


@dataclass(frozen=True, slots=True)
class Notice:
    """How one kind of news is told. Everything shown is read afresh when it is sent."""

    kind: str
    render: Callable[[OutboxItem, Deps, Viewer], Message | FileMessage | Withheld | None]
    """None: there is no longer anything to tell. Raises NotYet, SlackSilent or database errors: try again then."""
    refused: Callable[[OutboxItem, str, Deps], News | None] = _nothing
    """What to tell, and whom, if Slack refuses the message or it is withheld, for the reason of that code."""
    again: timedelta = A_MONTH
    """If Slack refused it, it is tried again for this long after it was news: the reason may be fixed by then. Not
    tried again if `refused` has told somebody that it is not coming."""
    apart: float = 0.0
    """The least number of seconds between two showings of the same message."""
    files: bool = False
    """Whether it may be a file. Files take long, so they only hold up other files. It is made again before each step
    of the file."""
    settle: Callable[[OutboxItem, SendOutcome, Deps], bool] | None = None
    """Writes what became of an attempt, as `Outbox.settle` does, if more must be written in the same transaction."""


def tried_again(notices: Iterable[Notice], now: datetime) -> dict[str, datetime]:
    """The kinds that are tried again after a refusal, each with the earliest moment at which it is still news."""
    return {notice.kind: now - notice.again for notice in notices if notice.again}
