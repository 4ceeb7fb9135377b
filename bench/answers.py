"""How soon Slack gets the acknowledgement of a command: the desk and a stock Bolt app, at rest and during an export.

    python -m bench.answers --orders 1000000 --rounds 5 --requests 200 --json result.json
    python -m bench.answers --short

Commands are sent on the wire, over HTTP (each on its own connection, signed) and over Socket Mode, one at a time and
sixteen at a time: `/orders help`, which is answered in words, and `/orders …`, a search by the salesperson with 10 % of
all orders, whose results open in a modal. Each person waits for the acknowledgement, and for the words or the modal,
before the next command; a single person waits five milliseconds more. Measured, in milliseconds: until the
acknowledgement is complete, and until Slack has what is shown.

Every side is a separate process, with the same database, the same Slack (`bench.answers_slack`, which says why it is
not the slowest part) and the same work in the same order (`bench.answers_stock`). Each side runs alone; the sides take
turns in each round, and the order is reversed from round to round. Then the desk is measured at rest, and while it
writes all orders to a workbook, as for a manager's `/export all`. Ratios are medians of the rounds' own ratios.

The book of orders is made once and kept (`bench.orders_data`); the benchmark works on a copy.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, nullcontext
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from rich.console import Console

from bench.answers_exports import exporting
from bench.answers_sides import DESK, ONE_ROUTE, SIDES, STOCK, Book, Side, book, running
from bench.answers_slack import SALESPERSON, Command, Slack, Times
from bench.orders_data import KINDS
from bench.report import Report, Target, percentile
from tests.support.databases import missing_server

HELP, SEARCH = "/orders help", "/orders …"
SEARCHES = ("status:pending-payment", "harper", "no:CS26", "type:renewal since:2026-01-01", "müller", "no:CS2609")
AT_A_TIME = (1, 16)
_WARM_UP = 40
_PAUSE = 0.005
"""Seconds between one person's commands: a side is at rest only after the work that follows the screen is over."""
_HEADINGS = ("Ack p50", "p99", "Screen p50", "A second")
_KEYS = ("way", "command", "at_a_time", "side", "ack_p50_ms", "ack_p99_ms", "screen_p50_ms", "per_second")
_REST, _EXPORTING = "at rest", "while it exports"


@dataclass(frozen=True, slots=True)
class Batch:
    """The results of commands that were sent together, and how long they took together, in seconds."""

    times: tuple[Times, ...]
    seconds: float

    @property
    def ack(self) -> float:
        """The median, in milliseconds."""
        return statistics.median(one.ack for one in self.times)


@dataclass(slots=True)
class Found:
    """All batches of one kind, by what was measured: one for each round."""

    batches: dict[tuple[str, ...], list[Batch]] = field(default_factory=lambda: defaultdict(list))

    def ratio(self, one: tuple[str, ...], other: tuple[str, ...]) -> float:
        """The ratio of the two medians; the median over the rounds."""
        pairs = zip(self.batches[one], self.batches[other], strict=True)
        return statistics.median(first.ack / second.ack for first, second in pairs)

    def rows(self) -> Iterator[tuple[tuple[str, ...], tuple[float, float, float | None, float | None]]]:
        """For each key: p50 and p99 of all acknowledgements, p50 of the screens, and commands a second."""
        for key, batches in sorted(self.batches.items()):
            acks = [one.ack for batch in batches for one in batch.times]
            screens = [one.screen for batch in batches for one in batch.times if one.screen is not None]
            # A single person pauses between commands.
            rate = None if key[2] == "1" else statistics.median(len(batch.times) / batch.seconds for batch in batches)
            screen = statistics.median(screens) if screens else None
            yield key, (statistics.median(acks), percentile(acks, 99), screen, rate)


def _commands(slack: Slack, what: str, number: int) -> list[Command]:
    texts = ("help",) if what == HELP else SEARCHES
    return [slack.command(SALESPERSON, "/orders", texts[place % len(texts)], shows=True) for place in range(number)]


async def measure(slack: Slack, side: Side, port: int, what: str, number: int, at_a_time: int) -> Batch:
    """Sends the given number of commands, made and signed before the clock starts."""
    waiting: list[Callable[[], Awaitable[Times]]] = []
    for command in _commands(slack, what, number):
        if side.socket_mode:
            waiting.append(partial(slack.send_socket, command, *command.envelope()))
        else:
            waiting.append(partial(slack.send_http, port, command, command.request(port)))
    done: list[Times] = []

    async def person() -> None:
        while waiting:
            done.append(await waiting.pop()())
            if at_a_time == 1:
                await asyncio.sleep(_PAUSE)

    start = time.perf_counter()
    await asyncio.gather(*(person() for _ in range(at_a_time)))
    return Batch(tuple(done), time.perf_counter() - start)


@asynccontextmanager
async def _started(side: Side, slack: Slack, database: Book, folder: Path) -> AsyncIterator[int]:
    process = running(side, slack.api_url, database.url, folder)
    port = await asyncio.to_thread(process.__enter__)
    try:
        await slack.connected(side.sockets)
        await measure(slack, side, port, SEARCH, _WARM_UP, 4)
        await measure(slack, side, port, HELP, _WARM_UP, 4)
        yield port
    finally:
        await asyncio.to_thread(process.__exit__, None, None, None)


async def compare(slack: Slack, sides: list[Side], database: Book, folder: Path, asked: argparse.Namespace) -> Found:
    """All sides in turn, at rest."""
    found = Found()
    for number in range(asked.rounds):
        for side in sides[:: -1 if number % 2 else 1]:
            async with _started(side, slack, database, folder) as port:
                for what in (HELP, SEARCH):
                    for at_a_time in AT_A_TIME:
                        batch = await measure(slack, side, port, what, asked.requests, at_a_time)
                        found.batches[side.way, what, str(at_a_time), side.name].append(batch)
    return found


async def disturb(slack: Slack, sides: list[Side], database: Book, folder: Path, asked: argparse.Namespace) -> Found:
    """The desk at rest, and during an export."""
    found = Found()
    for _ in range(asked.rounds):
        for side in sides:
            async with _started(side, slack, database, folder) as port:
                for state in (_REST, _EXPORTING):
                    async with exporting(slack, side, port, database) if state is _EXPORTING else nullcontext():
                        for at_a_time in AT_A_TIME:
                            batch = await measure(slack, side, port, SEARCH, asked.requests, at_a_time)
                            found.batches[side.way, SEARCH, str(at_a_time), state].append(batch)
    return found


def report(found: Found, disturbed: Found, sides: list[Side], result: Report) -> None:
    """Adds figures, tables and targets to the report."""
    names = {side.name for side in sides}
    for title, one, base in (("At rest", found, STOCK), ("The desk while it exports all orders", disturbed, _REST)):
        rows = [(key, (*figures, one.ratio(key, (*key[:3], base)))) for key, figures in one.rows()]
        cells = [(f"{key[0]}, {key[1]}, {key[2]} at a time", key[3], *figures) for key, figures in rows]
        result.add_table(title, ("Milliseconds", "", *_HEADINGS, f"p50 ÷ {base}"), cells)
        names_of_figures = (*_KEYS, f"p50_to_{base}")
        result.figures[title] = [dict(zip(names_of_figures, (*key, *figures), strict=True)) for key, figures in rows]
    for way, limit in (("HTTP", 0.25), ("Socket Mode", 0.10)):
        for what in (SEARCH, HELP):
            key = (way, what, "1")
            ratio = found.ratio((*key, DESK), (*key, STOCK))
            result.targets.append(Target(f"{way}: ack of {what}, desk ÷ stock Bolt", ratio, limit))
        if ONE_ROUTE in names:
            key = (way, SEARCH, "1")
            ratio = found.ratio((*key, DESK), (*key, ONE_ROUTE))
            result.targets.append(Target(f"{way}: ack, all routes ÷ one route", ratio, 1.1))
        if (way, SEARCH, "1", _REST) in disturbed.batches:
            key = (way, SEARCH, "1")
            ratio = disturbed.ratio((*key, _EXPORTING), (*key, _REST))
            result.targets.append(Target(f"{way}: ack, while it exports ÷ at rest", ratio, 1.3))


async def run(asked: argparse.Namespace, result: Report) -> None:
    """The whole benchmark."""
    sides = [side for side in SIDES if not asked.short or side.name in (DESK, STOCK)]
    busy = [side for side in SIDES if side.name == DESK and not (asked.short and side.socket_mode)]
    slack = Slack()
    with tempfile.TemporaryDirectory(prefix="answers-") as folder, book(asked.database, asked.orders) as database:
        async with slack.serving():
            found = await compare(slack, sides, database, Path(folder), asked)
            cpu, sent = time.process_time(), slack.sent
            disturbed = await disturb(slack, busy, database, Path(folder), asked)
            cpu, sent = time.process_time() - cpu, slack.sent - sent
        result.facts += [
            f"{database.name}, {asked.orders:,} orders; {asked.rounds} rounds of {asked.requests} commands each",
            f"a command costs the client and its Slack {cpu / sent * 1000:.2f} ms of CPU, with the modal that it opens",
        ]
    if slack.unknown:
        raise RuntimeError(f"asked for what the benchmark's Slack does not know: {sorted(slack.unknown)}")
    report(found, disturbed, sides, result)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--orders", type=int, help="in the book, and in the export (1,000,000; short: 100,000)")
    parser.add_argument("--requests", type=int, help="commands of each kind in each round (200; short: 25)")
    parser.add_argument("--rounds", type=int, help="number of turns of each side (5; short: 2)")
    parser.add_argument("--database", choices=KINDS, default="sqlite")
    parser.add_argument("--short", action="store_true", help="a small book, the desk and stock Bolt only")
    parser.add_argument("--json", type=Path, help="also write the figures to this file")
    asked = parser.parse_args()
    for name, full, short in (("orders", 1_000_000, 100_000), ("requests", 200, 25), ("rounds", 5, 2)):
        if getattr(asked, name) is None:
            setattr(asked, name, short if asked.short else full)
    if asked.database == "postgresql" and missing_server():
        parser.error(missing_server())
    result = Report("Answers: how soon a command is acknowledged")
    asyncio.run(run(asked, result))
    result.show(Console())
    if asked.json:
        result.write(asked.json)
    sys.exit(0)


if __name__ == "__main__":
    main()
