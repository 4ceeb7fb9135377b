"""Imports of orders with items and discounts, beside the usual ways to write them; and the memory that they take.

    python -m bench.importing --orders 1000000 --rounds 1 --json var/bench/importing.json

On SQLite, and on PostgreSQL if it answers. The bundles are made once and kept in --folder (1.2 GB for 1,000,000
orders). In each round, every side begins with a new database that has the desk's own tables, indexes and constraints:

- bare: the same rows through sqlite3's executemany, as upserts, and through psycopg's COPY, which can only insert
  (`bench.import_raw`). *Rows in memory* counts the database and its driver alone, *with reading* also counts the files.
  With --bare-again, executemany also upserts the changed and the unchanged bundle.
- import: the desk's own `Imports.run`: new, the same again (unchanged), and with other amounts in every row (changed).
  *Staging and merging* leaves out reading, validation and checks, as if the rows had already been validated.

Each import is in a separate process; its memory, with that of the processes that it starts to read, is sampled
twenty times a second. *Read* is then the time that it waits for them. 1,000,000 orders with their parts are 4.25
million rows; both databases together take about 15 minutes a round.
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from sqlalchemy import create_engine, make_url, text

from bench.import_data import bundles, count_rows
from bench.import_raw import Spent, copy, executemany
from bench.report import Report, Target
from store.database import Database
from store.services import schema
from store.services.imports import imports
from tests.support.databases import missing_server, server_url

KINDS = ("sqlite", "postgresql")
_DATABASE = "order_desk_bench_import"
_BARE = {"sqlite": "executemany", "postgresql": "bare COPY"}
_SECONDS_BETWEEN = 0.05
_SHARES = (0.1, 0.5, 1.0)
"""The shares of an import's time up to which its peak of memory is reported."""
_MEMORY_FROM = 1_000_000
"""Number of orders from which a tenth of them fills the databases' caches, so that both peaks compare."""


@dataclass(slots=True)
class Run:
    """One run of one side. Seconds by the clock; CPU of the side's processes, without PostgreSQL's."""

    rows: int
    seconds: float
    cpu_seconds: float
    database_seconds: float
    """The seconds spent with the database: for an import, staging and merging."""
    reading_seconds: float = 0.0
    checking_seconds: float = 0.0
    peaks_mb: list[float] = field(default_factory=list)
    """Peaks of memory above the idle process, up to each of `_SHARES` of the time."""


class _Memory(threading.Thread):
    """Samples the process's memory as long as the scope lasts."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self._ended = threading.Event()
        self._samples: list[tuple[float, float]] = []

    def __enter__(self) -> _Memory:
        self.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._ended.set()
        self.join()

    def run(self) -> None:
        while True:
            self._samples.append((time.perf_counter(), _resident_mb()))
            if self._ended.wait(_SECONDS_BETWEEN):
                return

    def peaks(self) -> list[float]:
        """The peaks above the first sample, up to each of `_SHARES` of the time."""
        (begin, idle), (end, _) = self._samples[0], self._samples[-1]
        return [max(mb for at, mb in self._samples if at <= begin + (end - begin) * share) - idle for share in _SHARES]


def _resident_mb() -> float:
    """Resident memory in MB of this process and of those that it started."""
    pages = 0
    for process in ("self", *_children()):
        # A process that has just ended has no memory.
        with suppress(OSError):
            pages += int(Path(f"/proc/{process}/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize() / 1e6


def _children() -> list[str]:
    found: list[str] = []
    for task in Path("/proc/self/task").iterdir():
        with suppress(OSError):
            found += (task / "children").read_text(encoding="ascii").split()
    return found


def _cpu_seconds() -> float:
    """Seconds of CPU of this process, and of those that it started and that have ended."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


@dataclass(slots=True)
class _Phases:
    """Times the steps of an import: the service calls its own functions through it."""

    spent: dict[str, float] = field(default_factory=dict)
    checked_at: float = 0.0

    def clock(self, name: str, phase: str) -> None:
        """Times a function of the service's module from now on."""
        step: Callable[..., Any] = getattr(imports, name)

        def clocked(*given: Any) -> Any:  # noqa: ANN401 - whatever the step takes and gives
            start = time.perf_counter()
            try:
                return step(*given)
            finally:
                self.spent[phase] = self.spent.get(phase, 0.0) + time.perf_counter() - start

        setattr(imports, name, clocked)

    def hear(self, file: str, done: int, of: int) -> None:
        """Takes the import's progress."""
        if file == "checking" and done == of:
            self.checked_at = time.perf_counter()


def _import(url: str, bundle: Path) -> Run:
    database, phases = Database(url), _Phases()
    for name in ("stage_rows", "stage_product_types", "index_staging"):
        phases.clock(name, "staging")
    phases.clock("check_staged", "checking")
    with database.read() as connection:
        connection.exec_driver_sql("SELECT count(*) FROM orders")
    with _Memory() as memory:
        start, start_cpu = time.perf_counter(), _cpu_seconds()
        report = imports.Imports(database, lambda: datetime.now(UTC)).run(bundle, "benchmark", progress=phases.hear)
        end, end_cpu = time.perf_counter(), _cpu_seconds()
    database.close()
    if not report.written:
        raise SystemExit(f"the bundle is not good: {report.bad_rows[:1]}")
    staging, checking = phases.spent["staging"], phases.spent["checking"]
    return Run(
        rows=report.read,
        seconds=end - start,
        cpu_seconds=end_cpu - start_cpu,
        database_seconds=staging + end - phases.checked_at,
        reading_seconds=phases.checked_at - start - staging - checking,
        checking_seconds=checking,
        peaks_mb=memory.peaks(),
    )


def _bare(url: str, bundle: Path) -> Run:
    spent, address = Spent(), make_url(url)
    start, start_cpu = time.perf_counter(), _cpu_seconds()
    if address.get_backend_name() == "sqlite":
        executemany(str(address.database), bundle, spent)
    else:
        copy(url, bundle, spent)
    seconds, cpu_seconds = time.perf_counter() - start, _cpu_seconds() - start_cpu
    return Run(count_rows(bundle), seconds, cpu_seconds, spent.seconds)


_SIDES: dict[str, Callable[[str, Path], Run]] = {"bare": _bare, "import": _import}


def _in_a_process(side: str, url: str, bundle: Path) -> Run:
    command = [sys.executable, "-m", "bench.importing", "--one", side, url, str(bundle)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return Run(**json.loads(done.stdout))


@contextmanager
def _new(kind: str, folder: Path) -> Iterator[str]:
    """The address of a new database with the desk's tables, dropped at the end."""
    if kind == "sqlite":
        with tempfile.TemporaryDirectory(dir=folder) as made:
            url = f"sqlite:///{made}/bench.db"
            _make_tables(url)
            yield url
        return
    server = create_engine(server_url(), isolation_level="AUTOCOMMIT")
    try:
        with server.connect() as connection:
            connection.execute(text(f'DROP DATABASE IF EXISTS "{_DATABASE}" WITH (FORCE)'))
            connection.execute(text(f'CREATE DATABASE "{_DATABASE}"'))
        url = make_url(server_url()).set(database=_DATABASE).render_as_string(hide_password=False)
        try:
            _make_tables(url)
            yield url
        finally:
            with server.connect() as connection:
                connection.execute(text(f'DROP DATABASE "{_DATABASE}" WITH (FORCE)'))
    finally:
        server.dispose()


def _make_tables(url: str) -> None:
    database = Database(url)
    schema.upgrade(database)
    database.close()


def run(kind: str, asked: argparse.Namespace) -> dict[str, list[Run]]:
    """Runs all sides in turn, round after round; returns runs by the name of the side and of its bundle."""
    new, changed = bundles(asked.folder, asked.orders)
    again = {"unchanged": new, "changed": changed}
    runs: dict[str, list[Run]] = {}

    def keep(side: str, what: str, url: str, bundle: Path) -> None:
        runs.setdefault(f"{side}, {what}", []).append(_in_a_process(side, url, bundle))

    for _ in range(asked.rounds):
        for side in _SIDES:
            with _new(kind, asked.folder) as url:
                keep(side, "new", url, new)
                if side == "import" or (asked.bare_again and kind == "sqlite"):
                    for what, bundle in again.items():
                        keep(side, what, url, bundle)
        if asked.orders >= _MEMORY_FROM:
            with _new(kind, asked.folder) as url:
                keep("import", "a tenth", url, bundles(asked.folder, asked.orders // 10)[0])
    return runs


def _median(runs: list[Run], of: Callable[[Run], float]) -> float:
    return statistics.median(of(one) for one in runs)


def _rate(runs: list[Run]) -> float:
    return _median(runs, lambda one: one.rows / one.seconds)


def _database_rate(runs: list[Run]) -> float:
    return _median(runs, lambda one: one.rows / one.database_seconds)


def tell(report: Report, kind: str, runs: dict[str, list[Run]]) -> None:
    """Adds one database's tables, targets and figures."""
    against, bare, mine = _BARE[kind], runs["bare, new"], runs["import, new"]
    fastest = _database_rate(bare)
    report.add_table(
        f"{kind}: {mine[0].rows:,} rows; ratios to {against} of rows in memory",
        ("", "rows/s", "ratio", "seconds", "CPU s"),
        [
            (name, rate, rate / fastest, seconds, cpu_seconds)
            for side, each in runs.items()
            for name, rate, seconds, cpu_seconds in _lines(side.replace("bare", against), each)
        ],
    )
    report.add_table(
        f"{kind}: where an import's seconds go; peaks of its memory over the idle process, in MB",
        ("", "read", "database", "check", *(f"{share:.0%} MB" for share in _SHARES)),
        [
            (
                side.removeprefix("import, "),
                _median(each, lambda one: one.reading_seconds),
                _median(each, lambda one: one.database_seconds),
                _median(each, lambda one: one.checking_seconds),
                *(statistics.median(peaks) for peaks in zip(*(one.peaks_mb for one in each), strict=True)),
            )
            for side, each in runs.items()
            if side.startswith("import")
        ],
    )
    alone, whole = (0.7, 0.45) if kind == "postgresql" else (0.55, 0.55)
    report.targets += [
        Target(f"{kind}, new: staging and merging, of {against}", _database_rate(mine) / fastest, alone, True),
        Target(f"{kind}, new: all of it, of {against}", _rate(mine) / fastest, whole, True),
        Target(f"{kind}: unchanged, of new", _rate(runs["import, unchanged"]) / _rate(mine), 1.5, True),
    ]
    if tenth := runs.get("import, a tenth"):
        peak, of_tenth = (_median(each, lambda one: one.peaks_mb[-1]) for each in (mine, tenth))
        report.targets.append(Target(f"{kind}: peak of memory, of that for a tenth", peak / of_tenth, 1.2))
    report.figures[kind] = {side: [asdict(one) for one in each] for side, each in runs.items()}


def _lines(side: str, runs: list[Run]) -> Iterator[tuple[str, float, float, float | None]]:
    """A side with the database alone, and with all its work: rows a second, seconds, seconds of CPU."""
    database, whole = ("staged, merged", "all") if side.startswith("import") else ("in memory", "with reading")
    yield f"{side}: {database}", _database_rate(runs), _median(runs, lambda one: one.database_seconds), None
    seconds, cpu_seconds = _median(runs, lambda one: one.seconds), _median(runs, lambda one: one.cpu_seconds)
    yield f"{side}: {whole}", _rate(runs), seconds, cpu_seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--orders", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--databases", nargs="+", choices=KINDS, default=list(KINDS))
    parser.add_argument("--bare-again", action="store_true", help="executemany also changed and unchanged")
    parser.add_argument("--folder", type=Path, default=Path("var/bench"), help="folder that keeps the bundles")
    parser.add_argument("--json", type=Path, help="also write the figures to this file")
    parser.add_argument("--one", nargs=3, metavar=("SIDE", "URL", "BUNDLE"), help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.one:
        side, url, bundle = asked.one
        sys.stdout.write(json.dumps(asdict(_SIDES[side](url, Path(bundle)))))
        return
    report = Report(f"Imports of {asked.orders:,} orders")
    report.facts.append(f"{asked.rounds} rounds, the sides in turn, each with a new database; medians")
    for kind in asked.databases:
        if kind == "postgresql" and missing_server():
            report.facts.append(f"PostgreSQL is left out: {missing_server()}")
            continue
        tell(report, kind, run(kind, asked))
    report.show(Console())
    if asked.json:
        report.write(asked.json)


if __name__ == "__main__":
    main()
