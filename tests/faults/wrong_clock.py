"""`python -m bot serve` on a machine whose clock is two hours ahead; `test_wrong_clock` starts it."""

from __future__ import annotations

from datetime import datetime, timedelta

from store.domain import clock

_right = clock.system_clock
AHEAD = timedelta(hours=2)


def wrong() -> datetime:
    return _right() + AHEAD


if __name__ == "__main__":
    # Before any other module imports the clock.
    clock.system_clock = wrong
    from bot.cli import main

    main()
