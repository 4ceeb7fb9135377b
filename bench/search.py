"""Searches through the desk's service, beside the raw driver and paging by OFFSET: milliseconds, page by page.

    python -m bench.search --orders 1000000 --searches 400 --rounds 3 --json var/bench/search-1000000.json

Two parts, on SQLite and on PostgreSQL if it answers, over the kept book of `bench.orders_data`, which is made if it is
missing (5,000,000 orders: about ten minutes and 5 GB for each database):

- many: a seeded sample of all combinations of the criteria in `bench.search_asked` (each two kinds meet at least once),
  by all people, in both tabs, each at its first, tenth and deepest page, one in ten at its hundredth; only the service.
- hot: the most common searches, at all four pages, by four sides in turn: the service; its statements alone, through
  SQLAlchemy, and through the raw driver, which both fetch all rows and build nothing from them; and the usual
  alternative, the ORM with `.count()` and OFFSET, on the same indexes. The ORM runs in every round until a search has
  taken it two seconds.

Every search runs once before it counts, so that caches are warm and statements are prepared. Each figure is of all
rounds: nothing is left out. The count (capped on the desk, exact in the ORM) is part of each search.
`python -m bench.growth` makes a picture of the documents of several sizes.
"""

from __future__ import annotations

import argparse
import gc
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console

from bench.orders_data import KINDS, filled
from bench.report import Report
from bench.search_asked import Asked, Asker, number_of_choices, some_choices
from bench.search_found import Page, Run, report_hot, report_many
from bench.search_sides import Orm, Raw, Service, raw_driver
from store.domain.orders.criteria import Cursor
from tests.support.databases import missing_server

_OLDEST = Cursor(datetime(1, 1, 2, tzinfo=UTC), 1, forward=False, offset=0)
"""The position behind all orders: going back from there begins with the deepest page."""
_TENTH, _HUNDREDTH = 9, 99
_HUNDREDTH_OF_EACH = 10
_ORM_PATIENCE_MS = 2_000


def pages_of(service: Service, asked: Asked, *, hundredth: bool) -> Iterator[Page]:
    """The pages of a search; the deepest only if it is beyond the tenth."""
    yield Page(asked, "first", None)
    cursor = service.search(asked, None).next
    for number in range(1, _HUNDREDTH + 1 if hundredth else _TENTH + 1):
        if cursor is None:
            return
        if number in {_TENTH, _HUNDREDTH}:
            yield Page(asked, "tenth" if number == _TENTH else "hundredth", cursor)
        cursor = service.search(asked, cursor).next
    before = service.search(asked, service.search(asked, _OLDEST).previous)
    if before.next:
        yield Page(asked, "deepest", before.next)


def run(kind: str, orders: int, searches: int, rounds: int) -> Run:
    """Both parts on one database."""
    with ExitStack() as scope:
        databases = [scope.enter_context(filled(kind, orders, pool_size=1, mapped=True)) for _ in range(2)]
        service, raw, orm = Service(databases[0]), scope.enter_context(raw_driver(databases[0])), Orm(databases[1])
        with databases[0].read() as connection:
            asker = Asker(connection)
            version = "" if databases[0].sqlite else connection.exec_driver_sql("SHOW server_version").scalar_one()
        name = f"PostgreSQL {version.split()[0]}" if version else f"SQLite {sqlite3.sqlite_version}"
        many = [
            page
            for place, choice in enumerate(some_choices(searches))
            for page in pages_of(service, asker.of(choice), hundredth=place % _HUNDREDTH_OF_EACH == 0)
        ]
        hot = [page for asked in asker.hot() for page in pages_of(service, asked, hundredth=True)]
        _measure_many(service, many, rounds)
        _measure_hot(service, raw, orm, hot, rounds)
    return Run(kind, name, many, hot)


def _measure_many(service: Service, pages: Sequence[Page], rounds: int) -> None:
    for page in pages:
        service.search(page.asked, page.cursor)
    for _ in range(rounds):
        gc.collect()
        for page in pages:
            page.service.append(service.meter.cost(service.search, page.asked, page.cursor))


def _measure_hot(service: Service, raw: Raw, orm: Orm, pages: Sequence[Page], rounds: int) -> None:
    for page in pages:
        page.sent = service.sent(page.asked, page.cursor)
        page.executed = service.executed(page.asked, page.cursor)
        # PostgreSQL's driver prepares a statement that it has sent five times.
        for _ in range(6):
            service.search(page.asked, page.cursor)
            service.run(page.executed)
            raw.run(page.sent)
    for _ in range(rounds):
        gc.collect()
        for page in pages:
            page.service.append(service.meter.cost(service.search, page.asked, page.cursor))
            page.core.append(service.meter.cost(service.run, page.executed))
            page.raw.append(raw.meter.cost(raw.run, page.sent))
            if sum(cost.wall for cost in page.orm) < _ORM_PATIENCE_MS:
                number = {"first": 0, "tenth": _TENTH, "hundredth": _HUNDREDTH}.get(page.depth)
                page.orm.append(orm.meter.cost(orm.search, page.asked, number))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--orders", type=int, default=1_000_000, help="orders in the book")
    parser.add_argument("--searches", type=int, default=400, help="number of combinations of criteria")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--databases", nargs="+", choices=KINDS, default=list(KINDS))
    parser.add_argument("--json", type=Path, help="also write the figures to this file")
    asked = parser.parse_args()
    console, report = Console(), Report(f"Searches over {asked.orders:,} orders")
    number = min(max(len(some_choices(0)), asked.searches), number_of_choices())
    report.facts.append(
        f"{number:,} of {number_of_choices():,} combinations of criteria, {asked.rounds} rounds, caches warm"
    )
    report.figures["orders"] = asked.orders
    for kind in asked.databases:
        if kind == "postgresql" and missing_server():
            report.facts.append(f"PostgreSQL is left out: {missing_server()}")
            continue
        found = run(kind, asked.orders, number, asked.rounds)
        report.figures[kind] = {"database": found.database}
        report_many(report, found)
        report_hot(report, found)
    report.show(console)
    if asked.json:
        report.write(asked.json)


if __name__ == "__main__":
    main()
