"""Imports bundles of customers, orders and members: all of a bundle, or all that is good of it, or nothing.

The rows are read and staged in chunks, judged beside the data, and merged in one transaction; however large the
bundle is, the memory it takes stays the same.
"""

from __future__ import annotations

import time
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import Connection

from store.database import Database
from store.domain.audit import AuditEntry
from store.domain.clock import Clock
from store.domain.imports import BrokenBundle, ImportReport, Override, Part, PartReport
from store.domain.people import format_roles
from store.queries.audit import append_audit
from store.queries.imports import merge
from store.queries.imports.checks import list_taken_items
from store.queries.imports.discounts import merge_discounts
from store.queries.imports.staging import (
    add_bad_rows,
    count_bad_rows,
    count_staged,
    create_staging,
    index_staging,
    list_bad_rows,
    reject_followers,
    remove_bad_rows,
    stage_product_types,
    stage_rows,
)
from store.queries.imports.upsert import Merged
from store.queries.locks import Lock, serialise
from store.queries.members import find_member
from store.services.adjustments.records import showing_who_sees
from store.services.imports.adjustments import audit_override, settle_adjusted
from store.services.imports.checks import check_staged
from store.services.imports.members import MemberChange, merge_members
from store.sources.ahead import read_parts
from store.sources.bundle import open_bundle
from store.sources.rejected import write_rejected
from store.sources.source import Progress, Source, files_of
from store.transactions import Bulk

MAX_BAD_ROWS = 1_000
"""Bad rows that a report holds; all are counted, and all are in the file of the rejected."""
MOST_TYPES = 10_000
"""Product types that are kept in mind while rows are read, so that each is staged once: few are all there are."""
STATISTICS_FROM = 5_000
"""Rows written, from which on it is worth telling the database how large its tables have become."""
_FOLLOWER = "is good itself, and belongs to an order that is rejected"
_STEPS = (
    (Part.CUSTOMERS, merge.merge_customers),
    (Part.ORDERS, merge.merge_orders),
    (Part.ORDER_ITEMS, merge.merge_items),
    (Part.ORDER_DISCOUNTS, merge_discounts),
)


@dataclass(slots=True)
class _Work:
    """One import on its way."""

    source: Source
    progress: Progress
    read: dict[Part, int] = field(default_factory=dict)
    staged: dict[Part, int] = field(default_factory=dict)
    merged: dict[Part, Merged] = field(default_factory=dict)
    overridden: tuple[Override, ...] = ()
    catalogue: int = 0
    bad_count: int = 0
    orders_differ: bool = True
    """Whether the bundle's orders are not all kept already, just as they are."""

    def parts(self) -> tuple[PartReport, ...]:
        """What became of each part so far."""
        return tuple(self._part(one.part, one.file) for one in self.source.parts)

    def _part(self, part: Part, file: str) -> PartReport:
        read, staged = self.read[part], self.staged[part]
        merged = self.merged.get(part)
        if merged is None:
            return PartReport(part, file, read, 0, 0, 0, 0, read - staged)
        unchanged = staged - merged.new - merged.changed
        return PartReport(part, file, read, merged.new, merged.changed, unchanged, merged.removed, read - staged)

    @property
    def rows_written(self) -> int:
        """Rows of all tables that the merge wrote or removed."""
        return self.catalogue + sum(merged.rows for merged in self.merged.values())


class Imports:
    """Takes import bundles: a folder of CSV files, or one .xlsx workbook with sheets of the same names."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def run(
        self,
        path: Path,
        by: str,
        *,
        skip_invalid: bool = False,
        dry_run: bool = False,
        rejected_path: Path | None = None,
        progress: Progress | None = None,
        origin: str = "",
    ) -> ImportReport:
        """Imports the bundle at that path, and says what became of its rows.

        One bad row, and nothing is written; with `skip_invalid` the good ones are, an order only as a whole, and
        `rejected_path`, or the next name that is free, gets what was left out: a bundle of its own, for when it is
        fixed. A dry run does all but keep it. The same bundle again changes nothing. `by` is `team/user` of Slack or
        the name of a part of the desk. Raises BrokenBundle where the bundle cannot be read; then nothing was written.
        """
        started = time.perf_counter()
        with open_bundle(path, progress or _unheard) as source, self._database.bulk() as bulk:
            work = _Work(source, progress or _unheard)
            with bulk.stage() as connection:
                self._stage(connection, work)
                bad_rows = tuple(list_bad_rows(connection, files_of(source), MAX_BAD_ROWS))
                work.bad_count = count_bad_rows(connection)
                go_on = skip_invalid or not work.bad_count
                if work.bad_count and go_on:
                    reject_followers(connection, _FOLLOWER)
                remove_bad_rows(connection)
                work.staged = {part: count_staged(connection, part) for part in Part}
                rejected = None
                if work.bad_count and go_on and rejected_path and not dry_run:
                    rejected = write_rejected(rejected_path, source, list_bad_rows(connection, files_of(source)))
            if go_on:
                self._merge(bulk, work, by, origin, keep=not dry_run)
        return ImportReport(
            bundle=source.name,
            parts=work.parts(),
            bad_rows=bad_rows,
            bad_count=work.bad_count,
            written=go_on and not dry_run,
            dry_run=dry_run,
            seconds=time.perf_counter() - started,
            rejected_path=rejected,
            overridden=work.overridden,
            left_alone=source.left_alone,
        )

    def _stage(self, connection: Connection, work: _Work) -> None:
        create_staging(connection)
        work.read = {one.part: 0 for one in work.source.parts}
        types: set[tuple[str, str]] = set()
        with closing(read_parts(work.source.parts, work.progress)) as parts:
            for part, chunk in parts:
                stage_rows(connection, part, chunk.rows)
                stage_product_types(connection, chunk.types - types)
                if len(types) < MOST_TYPES:
                    types |= chunk.types
                add_bad_rows(connection, part, chunk.bad)
                work.read[part] += chunk.read
        work.progress("checking", 0, 1)
        index_staging(connection)
        work.orders_differ = check_staged(connection, work.source.parts[0].layout.unit)
        work.progress("checking", 1, 1)

    def _merge(self, bulk: Bulk, work: _Work, by: str, origin: str, *, keep: bool) -> None:
        with bulk.merge(keep=keep) as connection:
            serialise(connection, Lock.MEMBERS)
            merge.begin_merge(connection)
            if work.orders_differ:
                if any(True for _ in list_taken_items(connection)):
                    raise BrokenBundle(
                        work.source.name, "was overtaken by another import of the same items; import it again"
                    )
                work.overridden = settle_adjusted(connection, self._clock())
            work.catalogue = merge.merge_catalogue(connection)
            with showing_who_sees(connection):
                for done, (part, step) in enumerate(_STEPS):
                    work.progress("writing", done, len(_STEPS))
                    needed = work.orders_differ or part is Part.CUSTOMERS
                    work.merged[part] = step(connection) if needed else Merged()
                changes = merge_members(connection, files_of(work.source)[Part.MEMBERS])
            work.merged[Part.MEMBERS] = _members_merged(changes)
            if work.rows_written >= STATISTICS_FROM:
                merge.refresh_statistics(connection)
            self._audit(connection, work, changes, by, origin)
            work.progress("writing", len(_STEPS), len(_STEPS))

    def _audit(
        self, connection: Connection, work: _Work, changes: tuple[MemberChange, ...], by: str, origin: str
    ) -> None:
        """The chain's rows, where anything was written: of each member and adjustment it changed, and its own."""
        if not work.rows_written:
            return
        at = self._clock()
        team, _, user = by.partition("/")
        changer = find_member(connection, team, user) if user else None
        roles = format_roles(changer.roles) if changer else ""
        for change in changes:
            append_audit(
                connection, AuditEntry(at, by, roles, "member.set", change.slack_user_id, change.details, origin)
            )
        for override in work.overridden:
            audit_override(connection, override, by, roles, at, origin)
        counts: dict[str, object] = {
            part.file: {
                name: getattr(part, name) for name in ("read", "new", "changed", "unchanged", "removed", "rejected")
            }
            for part in work.parts()
        }
        append_audit(connection, AuditEntry(at, by, roles, "bundle.import", work.source.name, counts, origin))


def _members_merged(changes: tuple[MemberChange, ...]) -> Merged:
    new = sum(1 for change in changes if change.new)
    return Merged(new=new, changed=len(changes) - new)


def _unheard(_file: str, _done: int, _of: int) -> None:
    """For callers that do not show how far it is."""
