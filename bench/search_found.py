"""What the benchmark of searches found on a database: its tables, figures and targets."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field

from bench.report import Report, Spread, Target
from bench.search_asked import CHOICES, Asked
from bench.search_sides import Cost, Sent
from store.domain.criteria import Cursor

PAGES = ("first", "tenth", "hundredth", "deepest")


@dataclass(slots=True)
class Page:
    """A page of a search, and what it cost each side, round by round."""

    asked: Asked
    depth: str
    """One of PAGES."""
    cursor: Cursor | None
    sent: Sent = field(default_factory=list)
    service: list[Cost] = field(default_factory=list)
    raw: list[Cost] = field(default_factory=list)
    orm: list[Cost] = field(default_factory=list)

    @property
    def name(self) -> str:
        """For people."""
        return f"{self.asked.name}: {self.depth} page"


@dataclass(frozen=True, slots=True)
class Run:
    """All that was measured on one database, which `database` names with its version."""

    kind: str
    database: str
    many: list[Page]
    hot: list[Page]


def _walls(pages: Iterable[Page]) -> list[float]:
    return [cost.wall for page in pages for cost in page.service]


def _median(costs: Sequence[Cost]) -> float:
    return statistics.median(cost.wall for cost in costs)


def _cpu(costs: Sequence[Cost]) -> float:
    return statistics.median(cost.cpu for cost in costs)


def _groups(pages: list[Page]) -> Iterator[tuple[str, str, list[Page]]]:
    """All of them, and those of each kind."""
    yield "", "all", pages
    for place, (group, kinds) in enumerate(CHOICES.items()):
        for kind in kinds:
            yield group, kind, [page for page in pages if page.asked.choice[place] == kind]
    for depth in PAGES:
        yield "page", depth, [page for page in pages if page.depth == depth]


def report_many(report: Report, found: Run) -> None:
    """Every kind of criterion, the slowest ten, and the target."""
    rows = []
    for group, kind, pages in _groups(found.many):
        if not pages:
            continue
        wall = Spread.of(_walls(pages))
        cpu = Spread.of(cost.cpu for page in pages for cost in page.service)
        rows.append((group, kind, len(pages), wall.p50, wall.p99, wall.max, cpu.p50, cpu.p99))
    headings = ("", "Kind", "Pages", "p50", "p99", "Slowest", "CPU p50", "CPU p99")
    report.add_table(f"{found.database}: many searches, ms a page", headings, rows)
    slowest = sorted(found.many, key=lambda page: -_median(page.service))[:10]
    report.add_table(
        f"{found.database}: the slowest ten",
        ("ms", "CPU", "Search"),
        [(_median(page.service), _cpu(page.service), page.name) for page in slowest],
    )
    report.targets.append(
        Target(f"{found.database}: p99 of {len(found.many):,} pages", Spread.of(_walls(found.many)).p99, 10, unit="ms")
    )
    report.figures[found.kind]["many"] = [dict(zip(headings, row, strict=True)) for row in rows]
    report.figures[found.kind]["slowest"] = [[page.name, _median(page.service)] for page in slowest]


def report_hot(report: Report, found: Run) -> None:
    """Each of the hot searches beside the raw driver and the ORM, and the targets."""
    rows = [
        (
            *(page.asked.name, page.depth, _median(page.service)),
            *(_median(page.service) / _median(page.raw), _cpu(page.service) / _cpu(page.raw)),
            *(_median(page.orm), _median(page.orm) / _median(page.service)),
        )
        for page in found.hot
    ]
    names = dict.fromkeys(page.asked.name.partition(",")[0] for page in found.hot)
    of_name = {name: [row for row in rows if row[0].partition(",")[0] == name] for name in names}
    report.add_table(
        f"{found.database}: hot searches, medians of everybody's",
        ("Search", "ms first", "ms deepest", "ours / raw driver", "by CPU", "ORM first", "ORM deepest", "ORM / ours"),
        [
            (
                name,
                *(_middle([row[2] for row in some if row[1] == depth]) for depth in ("first", "deepest")),
                *(_middle([row[place] for row in some]) for place in (3, 4)),
                *(_middle([row[5] for row in some if row[1] == depth]) for depth in ("first", "deepest")),
                _middle([row[6] for row in some]),
            )
            for name, some in of_name.items()
        ],
    )
    first = {page.asked.name: _median(page.service) for page in found.hot if page.depth == "first"}
    # Searches with a thousand orders or more: what is deep in these is deep.
    deep = {page.asked.name for page in found.hot if page.depth == "hundredth"}
    depths = [
        _median(page.service) / first[page.asked.name]
        for page in found.hot
        if page.depth == "deepest" and page.asked.name in deep
    ]
    report.targets += [
        Target(f"{found.database}: service / raw driver, hot searches", statistics.median(row[3] for row in rows), 2.2),
        *([Target(f"{found.database}: deepest page / first", statistics.median(depths), 1.3)] if depths else ()),
    ]
    report.figures[found.kind] |= {
        "hot": [
            dict(zip(("search", "page", "ms", "to_raw", "to_raw_by_cpu", "orm_ms", "orm_to_ours"), row, strict=True))
            for row in rows
        ],
        "ours": asdict(Spread.of(_walls(found.hot))),
        "orm": asdict(Spread.of(_median(page.orm) for page in found.hot)),
        "worst": {"to_raw": max(row[3] for row in rows), "deepest_to_first": max(depths, default=None)},
    }


def _middle(values: Sequence[float]) -> float | None:
    return statistics.median(values) if values else None
