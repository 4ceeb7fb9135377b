"""Structured logs: JSON, or text on a terminal. Each line has a reference; no tokens, payloads or personal data."""

from __future__ import annotations

import logging
import re
import sys
from typing import Literal, TextIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from bot.terminal import visible

_SECRETS = re.compile(r"\b(?:xox[a-z]+|xapp|xwfp)-[A-Za-z0-9-]+|(?<=://)[^/\s:@]+:[^/\s@]+(?=@)")

_QUIET = ("slack_sdk", "slack_bolt", "apscheduler", "waitress", "alembic", "sqlalchemy", "httpx", "uvicorn", "nicegui")
"""Libraries whose lower levels log payloads, statements with values, or noise."""


def redact(text: str) -> str:
    """The text without Slack tokens and without the passwords in addresses."""
    return _SECRETS.sub("…", text)


def _redact_values(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    return {key: redact(value) if isinstance(value, str) else value for key, value in event.items()}


def _make_visible(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    # A traceback has several lines.
    return {key: visible(value, keep="\n") if isinstance(value, str) else value for key, value in event.items()}


def set_up_logs(level: str, form: Literal["json", "text"] | None, stream: TextIO | None = None) -> None:
    """Sends the logs of this program and its libraries to `stream` (standard error) in one form."""
    stream = stream or sys.stderr
    as_text = form == "text" or (form is None and stream.isatty())
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
        structlog.processors.format_exc_info,
        _redact_values,
    ]
    # JSON itself escapes what a terminal would obey.
    rendered: list[Processor] = (
        [_make_visible, structlog.dev.ConsoleRenderer(colors=stream.isatty())]
        if as_text
        else [structlog.processors.JSONRenderer()]
    )
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, _redact_values, *rendered],
        )
    )
    handler.addFilter(_quiet)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in _QUIET:
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))


def _quiet(record: logging.LogRecord) -> bool:
    """Filters by level: some of those libraries reset the level of their own loggers."""
    return record.levelno >= logging.WARNING or record.name.partition(".")[0] not in _QUIET
