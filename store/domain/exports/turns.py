"""Whose export is next: requesters take turns, so that nobody waits for all the exports of another. Pure.

The next export is the oldest one of the requester whose last turn is longest ago. So between two turns of a requester,
every other requester has at most one, however many exports they have waiting.
"""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from store.domain.exports.errors import TooManyWaiting

MOST_WAITING = 10
"""The most waiting exports of one person. Requesters take turns, so more would delay nobody else; but they would finish
long after anybody remembers why. Ten are what one page of Export History shows and can cancel.
"""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A waiting export, and the number of its requester's last turn; None: no turn yet."""

    key: int
    requester: tuple[str, str]
    last_turn: int | None


def in_turn(waiting: Iterable[Waiting]) -> tuple[int, ...]:
    """Their keys, in the order in which one worker takes them up if nothing else is queued meanwhile."""
    of_requester: defaultdict[tuple[str, str], list[Waiting]] = defaultdict(list)
    for export in sorted(waiting, key=lambda one: one.key, reverse=True):
        of_requester[export.requester].append(export)
    next_ones = [(own[-1].last_turn or 0, own[-1].key, requester) for requester, own in of_requester.items()]
    turn = max((last for last, _, _ in next_ones), default=0)
    heapq.heapify(next_ones)
    order: list[int] = []
    while next_ones:
        _, key, requester = heapq.heappop(next_ones)
        order.append(key)
        own, turn = of_requester[requester], turn + 1
        own.pop()
        if own:
            heapq.heappush(next_ones, (turn, own[-1].key, requester))
    return tuple(order)


def check_may_wait(waiting: int, *, own: bool) -> None:
    """Raises TooManyWaiting if the requester already has the most exports waiting. `waiting`: how many they have.

    `own`: they belong to the person who acts.
    """
    if waiting >= MOST_WAITING:
        raise TooManyWaiting(waiting, own)
