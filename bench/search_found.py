"""The results of the benchmark of searches on a database: its tables, figures and targets."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field

from bench.report import Report, Spread, Target
from bench.search_asked import CHOICES, Asked
from bench.search_sides import Cost, Executed, Sent
from store.domain.orders.criteria import Cursor

PAGES = ("first", "tenth", "hundredth", "deepest")


@dataclass(slots=True)
class Page:
    """A page of a search, and its cost for each side, round by round."""

    asked: Asked
    depth: str
    """One of PAGES."""
    cursor: Cursor | None
    sent: Sent = field(default_factory=list)
    executed: Executed = field(default_factory=list)
    service: list[Cost] = field(default_factory=list)
    core: list[Cost] = field(default_factory=list)
    raw: list[Cost] = field(default_factory=list)
    orm: list[Cost] = field(default_factory=list)

    @property
    def name(self) -> str:
        """The name for people."""
        return f"{self.asked.name}: {self.depth} page"


@dataclass(frozen=True, slots=True)
class Run:
    """All measurements on one database; `database` is its name and version."""

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
    """All pages, and those of each kind."""
    yield "", "all", pages
    for place, (group, kinds) in enumerate(CHOICES.items()):
        for kind in kinds:
            yield group, kind, [page for page in pages if page.asked.choice[place] == kind]
    for number in range(len(CHOICES)):
        yield "filled in", f"{number} criteria", [page for page in pages if page.asked.filled_in == number]
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


@dataclass(frozen=True, slots=True)
class _Hot:
    """A page of a hot search: its median in milliseconds, beside the other sides."""

    search: str
    page: str
    ms: float
    to_raw: float
    core_to_raw: float
    orm_ms: float
    orm_to_ours: float

    @classmethod
    def of(cls, page: Page) -> _Hot:
        ours, orm = _median(page.service), _median(page.orm)
        raw = _median(page.raw)
        return cls(page.asked.name, page.depth, ours, ours / raw, _median(page.core) / raw, orm, orm / ours)

    @property
    def asked(self) -> str:
        """The name of the search, without the person."""
        return self.search.partition(",")[0]


def report_hot(report: Report, found: Run) -> None:
    """Each of the hot searches beside the raw driver and the ORM, and the targets."""
    hot = [_Hot.of(page) for page in found.hot]
    rows = []
    for asked in dict.fromkeys(one.asked for one in hot):
        some = [one for one in hot if one.asked == asked]
        first, last = ([one for one in some if one.page == page] for page in ("first", "deepest"))
        rows.append(
            (
                *(asked, _middle(one.ms for one in first), _middle(one.ms for one in last)),
                *(_middle(one.to_raw for one in some), _middle(one.core_to_raw for one in some)),
                *(_middle(one.orm_ms for one in first), _middle(one.orm_ms for one in last)),
                _middle(one.orm_to_ours for one in some),
            )
        )
    orm = ("ORM first", "ORM deepest", "ORM / ours")
    headings = ("Search", "First", "Deepest", "Ours / raw", "SQLAlchemy / raw", *orm)
    report.add_table(f"{found.database}: hot searches, ms a page, medians of everybody's", headings, rows)
    # Only searches with a thousand orders or more have a page that is really deep.
    deep = {one.search for one in hot if one.page == "hundredth"}
    first_ms = {one.search: one.ms for one in hot if one.page == "first"}
    depths = [one.ms / first_ms[one.search] for one in hot if one.page == "deepest" and one.search in deep]
    to_raw = statistics.median(one.core_to_raw for one in hot)
    report.targets.append(Target(f"{found.database}: SQLAlchemy / raw driver, hot searches", to_raw, 2.2))
    if depths:
        middle = statistics.median(depths)
        report.targets.append(Target(f"{found.database}: deepest page / first, hot searches", middle, 1.3))
    report.figures[found.kind] |= {
        "hot": [asdict(one) for one in hot],
        "ours": asdict(Spread.of(_walls(found.hot))),
        "orm": asdict(Spread.of(one.orm_ms for one in hot)),
        "to_raw": {"service": statistics.median(one.to_raw for one in hot), "sqlalchemy": to_raw},
        "worst": {"to_raw": max(one.to_raw for one in hot), "deepest_to_first": max(depths, default=None)},
    }


def _middle(values: Iterable[float]) -> float | None:
    known = list(values)
    return statistics.median(known) if known else None
