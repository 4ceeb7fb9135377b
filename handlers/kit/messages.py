"""Messages that concern others, and what makes them out of the outbox's rows. Values; nothing is sent here."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from slack_sdk.models.blocks import Block

from handlers.kit.deps import Deps
from handlers.kit.formats import Viewer
from store.domain.outbox import News, OutboxItem


@dataclass(frozen=True, slots=True)
class Message:
    """A message: `text` is what notifications and screen readers get."""

    text: str
    blocks: Sequence[Block] = ()
    short: Message | None = None
    """What is shown in its place where Slack finds it too long."""

    def arguments(self) -> dict[str, Any]:
        """As Slack's chat methods take it. Nothing in it is unfolded into a preview of its link."""
        return {"text": self.text, "blocks": [block.to_dict() for block in self.blocks]}


@dataclass(frozen=True, slots=True)
class Withheld:
    """Instead of a message: it may no longer be told there. What `refused` makes of the code is told in its place.

    The sender first finds out whether it is there already, because an earlier attempt reached Slack unheard.
    """

    code: str


@dataclass(frozen=True, slots=True)
class FileMessage:
    """A file, and what stands beside it (mrkdwn)."""

    path: Path
    file_name: str
    """What the file is called there."""
    text: str


class NotYet(Exception):
    """Whether there is anything to tell is being found out at this moment."""


A_DAY, A_MONTH = timedelta(days=1), timedelta(days=30)
NEVER = timedelta(0)


def _nothing(_item: OutboxItem, _code: str, _deps: Deps) -> News | None:
    return None


@dataclass(frozen=True, slots=True)
class Notice:
    """How news of one kind are told. Everything shown is read afresh when it is sent."""

    kind: str
    render: Callable[[OutboxItem, Deps, Viewer], Message | FileMessage | Withheld | None]
    """None: there is no longer anything to tell. Raises NotYet, SlackSilent, or what the database raises: to be tried
    again."""
    refused: Callable[[OutboxItem, str, Deps], News | None] = _nothing
    """What to tell of it, and whom, where Slack refuses the message, or it is withheld, for the reason of that code."""
    again: timedelta = A_MONTH
    """This long after it was news, it is tried again where Slack refused it: the reason may be fixed by then. Not
    at all where `refused` has told somebody that it is not coming."""
    apart: float = 0.0
    """At least this number of seconds lies between two showings of the same message."""
    files: bool = False
    """Whether it may be a file, which takes its time: it holds up nothing but other files."""


def tried_again(notices: Iterable[Notice], now: datetime) -> dict[str, datetime]:
    """The kinds that are tried again where Slack refused them, with the moment since which they are still news."""
    return {notice.kind: now - notice.again for notice in notices if notice.again}
