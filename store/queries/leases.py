"""Leases of rows: one worker at a time works on a row, until its lease ends, and only who holds it moves it.

One way for all tables that are queues. Leases and waiting go by the database's clock. A statement made of these parts
takes the parameters that they name.
"""

from __future__ import annotations

from typing import Any, Protocol

from sqlalchemy import ColumnElement, Integer, and_, bindparam, null, or_

from store.queries.moments import moment_in
from store.queries.states import is_among
from store.tables import ExportRow, OutboxRow

NOW = moment_in()
WAITING = "waiting"


class Taken(Protocol):
    """A row in a worker's hands."""

    @property
    def key(self) -> int:
        """The row's."""

    @property
    def fencing(self) -> int:
        """Counts the claims of this row: who moves it with an older number has lost it."""


class Leases:
    """The parts of statements about the rows of a table, which wait or are `working`: the state of one in hands."""

    def __init__(self, table: type[ExportRow] | type[OutboxRow], working: str) -> None:
        self._table = table
        self._working = working
        self.waiting = table.state == WAITING
        self.working = table.state == working
        self.open = is_among(table.state, (WAITING, working))
        """As the partial index of the table has it."""
        self.lost = and_(self.working, table.lease_until <= NOW)
        """Its worker was paused for longer than its lease, or is dead."""
        rested = or_(table.next_attempt_at.is_(None), table.next_attempt_at <= NOW)
        self.due = or_(and_(self.waiting, rested), self.lost)
        self.not_passed_on: tuple[ColumnElement[bool], ...] = (
            table.key == bindparam("item"),
            table.fencing == bindparam("claim"),
            self.working,
        )
        """Nobody else has it, whether its lease is over or not; parameters as `of` gives them."""
        self.held = (*self.not_passed_on, table.lease_until > NOW)
        """A worker that was paused for longer than its lease has lost it, whether or not another has it yet."""

    def taken(self) -> dict[str, Any]:
        """The values of a claim; parameters `lease`, in seconds, and `by`, the worker's name."""
        return {
            "state": self._working,
            "fencing": self._table.fencing + 1,
            "attempts": self._table.attempts + 1,
            "next_attempt_at": null(),
            "lease_until": moment_in("lease"),
            "worker": bindparam("by"),
        }

    def freed(self) -> dict[str, Any]:
        """The values of a row that nobody works on."""
        return {"next_attempt_at": null(), "lease_until": null(), "worker": null()}

    def put_off(self) -> dict[str, Any]:
        """The values of another attempt in `seconds`; parameter `uncounted`: 1 if this one does not count, else 0."""
        return {
            **self.freed(),
            "state": WAITING,
            "next_attempt_at": moment_in("seconds"),
            "attempts": self._table.attempts - bindparam("uncounted", type_=Integer),
        }


def of(row: Taken) -> dict[str, Any]:
    """The parameters that name a row and its claim."""
    return {"item": row.key, "claim": row.fencing}
