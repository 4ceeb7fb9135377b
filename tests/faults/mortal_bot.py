"""A serving bot that kills itself, as by `kill -9`, at a named step of an export; `test_export_kills` starts it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import wraps
from typing import Any

from bot.exports.worker import ExportWorker
from bot.settings import Settings
from bot.slack.uploads import Uploads
from bot.wiring import Bot
from store.services.exports.posting import Posting
from store.services.exports.records import FILE
from store.services.exports.work import ExportWork
from store.services.outbox import Outbox
from tests.faults.mortal import die

STEPS = (
    "claimed",
    "writing",
    "the file is being written",
    "written",
    "its file is taken up",
    "the bytes are sent",
    "its id is kept",
    "it is about to be posted",
    "it is to be looked for",
    "it is posted, and nobody noted it",
    "posted",
)


def die_after(owner: Any, name: str, when: Callable[..., bool] = lambda *_: True) -> None:
    """The process ends when that function has done its work, if `when` accepts the call."""
    function = getattr(owner, name)

    @wraps(function)
    def last(*arguments: Any, **named: Any) -> Any:
        result = function(*arguments, **named)
        if when(result, *arguments):
            die()
        return result

    setattr(owner, name, last)


def die_before(owner: Any, name: str) -> None:
    """The process ends when that function is called."""
    setattr(owner, name, lambda *_: die())


def prepare(step: str) -> None:
    match step:
        case "claimed":
            die_after(ExportWork, "claim", lambda claim, *_: claim is not None)
        case "writing":
            die_after(ExportWork, "begin")
        case "the file is being written":
            die_before(ExportWorker, "_watched")
        case "written":
            die_after(ExportWork, "finish")
        case "its file is taken up":
            die_after(Outbox, "claim", lambda items, *_: any(item.kind == FILE for item in items))
        case "the bytes are sent":
            die_after(Uploads, "send")
        case "its id is kept":
            die_after(Outbox, "keep", lambda _kept, _outbox, _item, ids: bool(ids.get("uploaded")))
        case "it is about to be posted":
            die_after(Posting, "intend")
        case "it is to be looked for":
            die_after(Outbox, "keep", lambda _kept, _outbox, _item, ids: bool(ids.get("file")))
        case "it is posted, and nobody noted it":
            die_after(Uploads, "complete")
        case "posted":
            die_after(Posting, "settle")
        case _:
            raise ValueError(step)


def serve(settings: dict[str, Any], step: str) -> None:
    """Serves until it dies."""
    prepare(step)
    Bot(Settings(_env_file=None, **settings), socket_mode=False).start()
    threading.Event().wait()
