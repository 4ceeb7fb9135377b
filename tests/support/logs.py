"""The log as the operator finds it."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO

import structlog

from bot.logs import set_up_logs


@contextmanager
def captured_logs(level: str = "INFO") -> Iterator[StringIO]:
    """Everything logged in this context, as JSON lines, set up as in the program; restores the earlier set-up."""
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
