"""A serving bot that stops itself, as by SIGSTOP, at a named step; `test_stopped` starts it and continues it."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from time import sleep
from typing import Any

from bot.settings import Settings
from bot.wiring import Bot
from store.database import Database
from store.services.exports.records import FILE, PROGRESS
from store.services.outbox import Outbox

MESSAGE_STEPS = ("it is about to look whether it may post", "it has looked, and is about to post")


def pause(owner: Any, name: str, when: Callable[..., bool], went_on: Path, *, before: bool) -> None:
    """The process stops before or after that function does its work, at the first call that `when` accepts."""
    function, done = getattr(owner, name), threading.Event()

    @wraps(function)
    def stopping(*arguments: Any, **named: Any) -> Any:
        first = when(*arguments) and not done.is_set()
        if first:
            done.set()
        if first and before:
            stop(arguments[0]._database)
        result = function(*arguments, **named)
        if first and not before:
            stop(arguments[0]._database)
        if first:
            went_on.touch()
        return result

    setattr(owner, name, stopping)


def stop(database: Database) -> None:
    """Stops the process at a moment when none of its threads holds a lock in the database."""
    while database.engine.pool.checkedout():  # type: ignore[attr-defined]
        sleep(0.001)
    os.kill(os.getpid(), signal.SIGSTOP)
    # Another thread may get the signal first: this one waits until all of them have stopped.
    sleep(0.5)


def serve(settings: dict[str, Any], step: str, went_on: Path) -> None:
    """Serves; `went_on` is a file that exists once the process has stopped and continued."""
    match step:
        case "the file is about to be posted":
            of_file: Callable[..., bool] = lambda _outbox, item, ids: item.kind == FILE and bool(ids.get("file"))  # noqa: E731
            pause(Outbox, "keep", of_file, went_on, before=False)
        case _:
            of_progress: Callable[..., bool] = lambda _outbox, item, _seconds: item.kind == PROGRESS  # noqa: E731
            pause(Outbox, "hold", of_progress, went_on, before=step == MESSAGE_STEPS[0])
    Bot(Settings(_env_file=None, **settings), socket_mode=False).start()
    threading.Event().wait()
