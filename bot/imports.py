"""`import`: imports a bundle by the desk's own rules, with a progress bar and a report."""

from __future__ import annotations

from pathlib import Path

from rich import box
from rich.progress import TaskID
from rich.table import Table

from bot.terminal import Terminal, progress_bar
from store.database import Database
from store.domain.imports import ImportReport
from store.services.health import DatabaseClock
from store.services.imports.imports import Imports
from store.sources.names import derived_name

BY = "command line"
_NAMED = 10
"""The most unknown files or sheets that a report names."""


def run_import(
    database: Database, path: Path, out: Terminal, err: Terminal, *, skip_invalid: bool, dry_run: bool
) -> int:
    """Imports and reports. Returns 0 if every row was good, 1 if some were bad."""
    with progress_bar(err) as bar:
        tasks: dict[str, TaskID] = {}

        def progress(part: str, done: int, of: int) -> None:
            if part not in tasks:
                tasks[part] = bar.add_task(part, total=of)
            bar.update(tasks[part], completed=done, total=of)

        report = Imports(database, DatabaseClock(database)).run(
            path,
            BY,
            skip_invalid=skip_invalid,
            dry_run=dry_run,
            rejected_path=Path(derived_name(path, "-rejected.csv")) if skip_invalid else None,
            progress=progress,
        )
    _show(report, out, err)
    return 1 if report.bad_count else 0


def _show(report: ImportReport, out: Terminal, err: Terminal) -> None:
    if report.parts:
        out.print(_counts(report))
    for row in report.bad_rows:
        err.print(str(row))
    if report.bad_count > len(report.bad_rows):
        err.print(f"… and {report.bad_count - len(report.bad_rows):,} more")
    if report.left_alone:
        err.print(_left_alone(report.left_alone))
    for override in report.overridden:
        out.print(str(override))
    out.print(_verdict(report))
    if report.rejected_path:
        out.print(f"The rejected rows are in {report.rejected_path}. Fix them there, and import that file.")


def _counts(report: ImportReport) -> Table:
    columns = ("read", "new", "changed", "unchanged", "removed", "rejected")
    table = Table(box=box.SIMPLE_HEAD)
    table.add_column("", no_wrap=True)
    for column in columns:
        table.add_column(column, justify="right", no_wrap=True)
    for part in report.parts:
        table.add_row(part.file, *(f"{getattr(part, column):,}" for column in columns))
    return table


def _left_alone(names: tuple[str, ...]) -> str:
    more = f" and {len(names) - _NAMED:,} more" if len(names) > _NAMED else ""
    return f"Not read, because their names are not those of a bundle's parts: {', '.join(names[:_NAMED])}{more}"


def _verdict(report: ImportReport) -> str:
    speed = f"{report.read:,} rows in {report.seconds:.1f} s ({report.rows_per_second:,.0f} a second)"
    bad = f"{report.bad_count:,} bad row{'' if report.bad_count == 1 else 's'}"
    if report.dry_run:
        return f"Dry run, nothing was written: {bad}; {speed}."
    if not report.written and report.bad_count:
        return f"Nothing was written, because of {bad}. Fix the bad rows, or import the good ones with --skip-invalid."
    if report.unchanged:
        return f"Everything in {report.bundle} is already at the desk: nothing was changed; {speed}."
    left_out = f", {bad} left out" if report.bad_count else ""
    return f"Imported {report.bundle}{left_out}: {speed}."
