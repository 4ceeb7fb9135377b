"""How long a worker has what it claimed, and how long what failed waits. Pure."""

from __future__ import annotations

LEASE_SECONDS = 30.0
"""Longer than a heartbeat, and one call of Slack with its time-out; what a dead worker had waits so long."""
LONGEST_BACKOFF_SECONDS = 30.0


def backoff_seconds(attempts: int) -> float:
    """How long to wait after that number of failed attempts: 1, 2, 4 … seconds, at most LONGEST_BACKOFF_SECONDS."""
    return min(LONGEST_BACKOFF_SECONDS, 2.0 ** min(max(attempts - 1, 0), 10))
