"""Memory: what the desk keeps of finished requests.

Sends commands that show forms, results and words, and submissions of the search form, over HTTP, and reads the
resident memory of the desk's process between them. The first tenth fills what is kept for some minutes, and pools of
threads and connections; after that the memory should not grow.

    python -m bench.memory --requests 22000
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import re
import secrets
import sys
import tempfile
from pathlib import Path

from rich.console import Console

from bench.answers_sides import SIDES, book, process_of
from bench.answers_slack import SALESPERSON, TEAM, Command, Slack
from bench.report import Report, Target

_TEXTS = ("", "help", "harper", "status:pending-payment", "colour:red")
_AT_A_TIME = 8
_PARTS = 10
_LIMIT_MB = 20.0
_ORDERS = 5_000


def _submission() -> Command:
    """The search form, submitted without any input: its acknowledgement carries a page of results."""
    trigger = f"{secrets.randbelow(10**12)}.{secrets.token_hex(16)}"
    view = {"id": "V0BENCH", "type": "modal", "hash": "1.bench", "callback_id": "orders.search", "private_metadata": ""}
    payload = {
        "type": "view_submission",
        "team": {"id": TEAM},
        "user": {"id": SALESPERSON, "team_id": TEAM},
        "trigger_id": trigger,
        "view": {**view, "root_view_id": "V0BENCH", "previous_view_id": None, "state": {"values": {}}},
    }
    return Command(trigger, {"payload": json.dumps(payload)}, shows=False)


def _resident_mb(pid: int) -> float:
    found = re.search(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text(encoding="ascii"))
    if found is None:
        raise RuntimeError("Linux tells no resident memory of the process")
    return int(found[1]) / 1024


async def _send(slack: Slack, port: int, number: int) -> None:
    texts = itertools.cycle(_TEXTS)
    waiting = [
        _submission() if place % 2 else slack.command(SALESPERSON, "/orders", next(texts), shows=True)
        for place in range(number)
    ]

    async def person() -> None:
        while waiting:
            command = waiting.pop()
            await slack.send_http(port, command, command.request(port))

    await asyncio.gather(*(person() for _ in range(_AT_A_TIME)))


async def run(requests: int, result: Report) -> None:
    """The whole benchmark."""
    slack = Slack()
    with tempfile.TemporaryDirectory(prefix="memory-") as folder, book("sqlite", _ORDERS) as data:
        async with slack.serving():
            process = process_of(SIDES[0], slack.api_url, data.url, Path(folder))
            pid, port = await asyncio.to_thread(process.__enter__)
            try:
                seen = [(0, _resident_mb(pid))]
                for part in range(1, _PARTS + 1):
                    await _send(slack, port, requests // _PARTS)
                    seen.append((part * requests // _PARTS, _resident_mb(pid)))
            finally:
                await asyncio.to_thread(process.__exit__, None, None, None)
    if slack.unknown:
        raise RuntimeError(f"asked for what the benchmark's Slack does not know: {sorted(slack.unknown)}")
    result.add_table("Resident memory", ("Requests", "MB"), [(f"{number:,}", megabytes) for number, megabytes in seen])
    result.figures["resident_mb"] = [{"requests": number, "mb": megabytes} for number, megabytes in seen]
    settled = [megabytes for _, megabytes in seen[1:]]
    result.targets.append(Target("growth after the first tenth, MB", max(settled) - settled[0], _LIMIT_MB))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--requests", type=int, default=22_000)
    parser.add_argument("--json", type=Path, help="also write the figures to this file")
    asked = parser.parse_args()
    result = Report("Memory: what the desk keeps of requests that are over")
    asyncio.run(run(asked.requests, result))
    result.show(Console())
    if asked.json:
        result.write(asked.json)
    sys.exit(0)


if __name__ == "__main__":
    main()
