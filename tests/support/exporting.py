"""A desk for tests of exports: people, a clock that tests move, leases that tests end, readers of workbooks."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

from openpyxl import load_workbook
from sqlalchemy import text

from store.database import Database
from store.domain.exports.export import RETENTION, Destination, Export, ExportRequest, Scope
from store.domain.exports.work import Claim, Written
from store.domain.orders.criteria import OrderCriteria
from store.domain.outbox import Lane, OutboxItem, Sent
from store.domain.people import Actor, Member, Role
from store.queries.members import delete_member, put_member
from store.services.exports.downloads import Downloads
from store.services.exports.exports import Exports
from store.services.exports.posting import Posting
from store.services.exports.process import MEMORY_LIMIT
from store.services.exports.records import FILE
from store.services.exports.work import ExportWork
from store.services.exports.writer import Job, export
from store.services.outbox import Outbox
from tests.support.builders import NOON
from tests.support.people import TEAM

CHANNEL = Destination("C0SALES", "sales")
DIRECT = Destination()
_requests = count(1)


def a_request_key() -> str:
    """A request key that no other request has."""
    return f"export request {next(_requests)}"


def export_all(destination: Destination = CHANNEL) -> ExportRequest:
    """Export All, by default to the sales channel."""
    return ExportRequest(Scope.ALL, None, "", destination)


def export_selected(criteria: OrderCriteria, words: str = "", destination: Destination = CHANNEL) -> ExportRequest:
    """Export Selected, by these criteria."""
    return ExportRequest(Scope.SELECTED, criteria, words, destination)


@dataclass(slots=True)
class ExportDesk:
    """Members and exports in a database; time stands still until a test moves it."""

    database: Database
    folder: Path
    retention: timedelta = RETENTION
    now: datetime = NOON
    exports: Exports = field(init=False)
    work: ExportWork = field(init=False)
    posting: Posting = field(init=False)
    downloads: Downloads = field(init=False)
    outbox: Outbox = field(init=False)

    def __post_init__(self) -> None:
        self.exports = Exports(self.database, lambda: self.now, self.folder)
        self.work = ExportWork(self.database, lambda: self.now, self.folder, self.retention)
        self.posting = Posting(self.database, lambda: self.now, self.folder)
        self.downloads = Downloads(self.database, lambda: self.now, self.folder)
        self.outbox = Outbox(self.database, lambda: self.now)

    def person(self, user: str, *roles: Role, account_name: str = "", time_zone: str = "UTC") -> Actor:
        """A member of the desk, kept in the database."""
        member = Member(TEAM, user, user.title(), account_name, frozenset(roles))
        with self.database.write() as connection:
            put_member(connection, member)
        return Actor(member, time_zone, origin="test")

    def salesperson(self, account_name: str = "nancy", *, time_zone: str = "UTC") -> Actor:
        """A salesperson, who sees the orders of their own customers."""
        user = f"U0{account_name.upper()}"
        return self.person(user, Role.SALESPERSON, account_name=account_name, time_zone=time_zone)

    def manager(self, user: str = "U0ANDREW") -> Actor:
        """A manager, who sees all orders."""
        return self.person(user, Role.MANAGER)

    def remove(self, actor: Actor) -> None:
        """Removes the member."""
        with self.database.write() as connection:
            delete_member(connection, actor.member)

    def queued(self, actor: Actor, request: ExportRequest | None = None) -> Export:
        """A new export, by default of all orders; two minutes after the last, so that it is not the same request."""
        self.now += timedelta(minutes=2)
        return self.exports.queue(actor, request or export_all(), a_request_key()).export

    def claimed(self, lease_seconds: float = 60.0) -> Claim:
        """The next export that is due; there must be one."""
        claim = self.work.claim("worker", lease_seconds)
        assert claim is not None
        return claim

    def written(self, claim: Claim) -> Written:
        """Writes the claim's workbook, which must succeed, and records that it is written.

        It is written in this process, by the code that a separate process would run: starting one takes a second.
        """
        assert self.work.begin(claim)
        job = Job("", claim.key, claim.fencing, claim.path, [], MEMORY_LIMIT, None)
        outcome = export(self.database, job, lambda: self.now, lambda _rows, _total: None)
        assert isinstance(outcome, Written), outcome
        assert self.work.finish(claim, outcome)
        return outcome

    def sending(self, claim: Claim) -> OutboxItem:
        """What the outbox has to send of the claim's file, claimed."""
        items = self.outbox.claim("sender", lane=Lane(frozenset({FILE}), others=False))
        return next(item for item in items if item.subject_key == claim.key)

    def uploaded(self, claim: Claim) -> OutboxItem:
        """Moves a written export to where it is about to be posted."""
        item = self.sending(claim)
        assert self.posting.intend(item)
        return item

    def posted(self, claim: Claim, file_id: str = "F0FILE") -> None:
        """Has a written export posted."""
        assert self.posting.settle(self.uploaded(claim), Sent(None), file_id)

    def completed(self, actor: Actor, request: ExportRequest | None = None) -> Export:
        """An export that is written and posted."""
        export = self.queued(actor, request)
        claim = self.claimed()
        assert claim.key == export.key
        self.written(claim)
        self.posted(claim)
        return self.exports.to_tell(export.key)

    def happened(self, export: Export) -> list[str]:
        """What happened to the export, oldest first."""
        return happened(self.database, export)

    def end_leases(self) -> None:
        """Ends all leases and all waiting times."""
        past = "'2000-01-01Z'" if not self.database.sqlite else "0"
        self.change(f"UPDATE exports SET lease_until = {past} WHERE lease_until IS NOT NULL")
        self.change(f"UPDATE outbox SET lease_until = {past} WHERE lease_until IS NOT NULL")
        for table in ("exports", "outbox"):
            self.change(f"UPDATE {table} SET next_attempt_at = NULL")

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        """The rows that a statement of SQL returns."""
        with self.database.read() as connection:
            return [tuple(row) for row in connection.execute(text(statement))]

    def change(self, statement: str) -> None:
        """Changes the database behind the desk's back."""
        with self.database.write() as connection:
            connection.execute(text(statement))


def happened(database: Database, export: Export) -> list[str]:
    """What the desk has recorded about an export, oldest first: steps, and other events."""
    noted = text("SELECT what FROM export_events WHERE export_key = :key ORDER BY key")
    with database.read() as connection:
        return list(connection.execute(noted, {"key": export.key}).scalars())


def sheets_of(path: str | Path) -> dict[str, list[tuple[Any, ...]]]:
    """The values of all sheets of a workbook by sheet name, header first."""
    book = load_workbook(path)
    try:
        return {sheet.title: [tuple(row) for row in sheet.iter_rows(values_only=True)] for sheet in book.worksheets}
    finally:
        book.close()


def records_of(path: str | Path, sheet: str = "Orders") -> list[dict[str, Any]]:
    """The rows of a sheet, by column title."""
    titles, *rows = sheets_of(path)[sheet]
    return [dict(zip(titles, row, strict=True)) for row in rows]
