"""The base of all errors of the domain, and errors of the database as a whole.

Errors of one feature are in that feature. They carry facts; `refusals` in handlers has the sentences for people.
"""

from __future__ import annotations

from dataclasses import dataclass


class DomainError(Exception):
    """A rule of the desk does not allow the request. Nothing was changed.

    Subclasses are dataclasses, but not frozen: Python sets an exception's traceback.
    """

    def __str__(self) -> str:
        return repr(self)


@dataclass(eq=False)
class SchemaTooNew(DomainError):
    """The database was written by a newer version of the program."""

    found: str


@dataclass(eq=False)
class DatabaseBusy(DomainError):
    """Another write held the database for too long. Nothing was written."""


@dataclass(eq=False)
class DatabaseUnavailable(DomainError):
    """The database cannot be reached or used; `reason` is the first line of the driver's message, for the operator."""

    reason: str


@dataclass(eq=False)
class Unconfirmed(DatabaseUnavailable):
    """The connection was lost during the commit: either the whole change was written, or nothing."""


@dataclass(eq=False)
class DatabaseInUse(DomainError):
    """Another process already serves from this SQLite database."""

    path: str


@dataclass(eq=False)
class OtherWorkspace(DomainError):
    """The database belongs to a Slack workspace other than the one that the bot is in."""

    known: str
    """Slack's team id of the workspace whose database it is."""
    found: str
