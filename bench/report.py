"""What all benchmarks share: facts about the machine, figures of many runs, tables, targets met or missed, and JSON.

A benchmark runs its sides in turn, round after round, and adds its results to a `Report`: tables for people, targets,
and figures, which go into the JSON document with the machine. This module knows nothing of what is measured.
"""

from __future__ import annotations

import json
import math
import os
import platform
import re
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

_WIDTH = 160
"""The number of columns without a terminal: in a file, or a log."""
Cell = str | int | float | None


@dataclass(frozen=True, slots=True)
class Spread:
    """For many values: the median, the smallest value that 99 % do not exceed, the largest; in the values' own unit.

    With fewer than 100 values, p99 is the largest.
    """

    p50: float
    p99: float
    max: float

    @classmethod
    def of(cls, values: Iterable[float]) -> Spread:
        """Raises ValueError if there is no value."""
        known = list(values)
        return cls(statistics.median(known), percentile(known, 99), max(known))


def percentile(values: Sequence[float], percent: int) -> float:
    """The smallest of the values that the given per cent of them do not exceed. Raises ValueError without values."""
    if not values:
        raise ValueError("no values")
    return sorted(values)[max(math.ceil(len(values) * percent / 100), 1) - 1]


@dataclass(frozen=True, slots=True)
class Target:
    """A figure that should be at most `limit`, or at least `limit` with `at_least`."""

    what: str
    measured: float
    limit: float
    at_least: bool = False
    unit: str = ""

    @property
    def met(self) -> bool:
        """Whether it is met."""
        return self.measured >= self.limit if self.at_least else self.measured <= self.limit


def machine_facts() -> dict[str, str | int | float]:
    """What the figures depend on: processor, cores that this process may use, memory, load, Python, system."""
    return {
        "cpu": _first_in("/proc/cpuinfo", r"model name\s*:\s*(.+)") or platform.processor() or platform.machine(),
        "cores": len(os.sched_getaffinity(0)),
        "memory_gb": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30),
        "load_before": round(os.getloadavg()[0], 2),
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "system": f"{platform.system()} {platform.machine()}",
    }


def _first_in(path: str, pattern: str) -> str:
    try:
        found = re.search(pattern, Path(path).read_text(encoding="utf-8"))
    except OSError:
        return ""
    return found[1] if found else ""


@dataclass(slots=True)
class Report:
    """The results of one run of a benchmark; make it at the beginning, before the run itself loads the machine."""

    title: str
    facts: list[str] = field(default_factory=list)
    """Lines below the title: what was measured, how often."""
    targets: list[Target] = field(default_factory=list)
    figures: dict[str, Any] = field(default_factory=dict)
    """The content of the JSON document, apart from title, machine and targets."""
    machine: dict[str, str | int | float] = field(default_factory=machine_facts)
    tables: list[Table] = field(default_factory=list)

    def add_table(self, title: str, headings: Sequence[str], rows: Iterable[Sequence[Cell]]) -> None:
        """Adds a table: texts align left, numbers right with three significant digits, None is an empty cell."""
        cells = [list(row) for row in rows]
        table = Table(title=title, title_justify="left")
        for place, heading in enumerate(headings):
            numbers = bool(cells) and not any(isinstance(row[place], str) for row in cells)
            table.add_column(heading, justify="right" if numbers else "left", no_wrap=numbers)
        for row in cells:
            table.add_row(*(Text(shown(value)) for value in row))
        self.tables.append(table)

    def show(self, console: Console) -> None:
        """Prints it all, the targets last."""
        if not console.is_terminal:
            console.width = _WIDTH
        machine = "{cpu}, {cores} cores, {memory_gb} GB (load before: {load_before}), {python}, {system}"
        console.print(f"\n[bold]{self.title}[/bold]", highlight=False)
        for line in (machine.format(**self.machine), *self.facts):
            console.print(line, markup=False, highlight=False, soft_wrap=True)
        for table in self.tables:
            console.print(table)
        if self.targets:
            console.print(self._table_of_targets())

    def _table_of_targets(self) -> Table:
        table = Table("Target", title="Targets", title_justify="left")
        for heading in ("Measured", "Limit"):
            table.add_column(heading, justify="right", no_wrap=True)
        table.add_column("")
        for target in self.targets:
            limit = f"{'≥' if target.at_least else '≤'} {target.limit:g} {target.unit}".strip()
            verdict = Text("met", "green") if target.met else Text("missed", "bold red")
            table.add_row(target.what, f"{shown(target.measured)} {target.unit}".strip(), limit, verdict)
        return table

    def write(self, path: Path) -> None:
        """Writes the JSON document; makes the folder if it is missing."""
        document = {
            "title": self.title,
            "at": datetime.now(UTC).isoformat(timespec="seconds"),
            "machine": self.machine,
            "facts": self.facts,
            "targets": [{**asdict(target), "met": target.met} for target in self.targets],
            **self.figures,
        }
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def shown(value: Cell) -> str:
    """A cell's text: whole numbers in full, others with three significant digits."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, int) or value == 0 or abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:,.{2 - math.floor(math.log10(abs(value)))}f}"
