"""The log as the operator of the desk would find it."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO

import structlog

from bot.logs import set_up_logs


@contextmanager
def captured_logs(level: str = "INFO") -> Iterator[StringIO]:
    """All that is logged meanwhile, as JSON lines, by the program's own set-up; what was set up before comes back."""
    root = logging.getLogger()
    handlers, before, configured = root.handlers[:], root.level, structlog.get_config()
    stream = StringIO()
    set_up_logs(level, "json", stream)
    try:
        yield stream
    finally:
        root.handlers[:] = handlers
        root.setLevel(before)
        structlog.configure(**configured)
