"""A serving bot that kills itself, as by `kill -9`, at a named step of an export; `test_export_kills` starts it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import wraps
from typing import Any

from bot.exports import worker as export_worker
from bot.settings import Settings
from bot.slack.uploads import Uploads
from bot.wiring import Bot
from store.domain.exports.export import ExportStep
from store.services.exports.records import DOWNLOAD
from store.services.exports.work import ExportWork
from store.services.outbox import Outbox
from tests.faults.mortal import die

MOVES = (
    ExportStep.WRITING,
    ExportStep.WRITTEN,
    ExportStep.UPLOADING,
    ExportStep.UPLOADED,
    ExportStep.COMPLETING,
)
STEPS = (
    "claimed",
    *(str(step) for step in MOVES),
    "the file is being written",
    "the bytes are sent",
    "it is posted, and nobody noted it",
    "posted",
)
DOWNLOAD_STEPS = ("taken up", "the bytes are sent", "its id is kept", "it is posted, and nobody noted it")


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
        case "taken up":
            die_after(Outbox, "claim", lambda items, *_: any(item.kind == DOWNLOAD for item in items))
        case "its id is kept":
            die_after(Outbox, "keep", lambda _kept, _outbox, _item, ids: "file" in ids)
        case "claimed":
            die_after(ExportWork, "claim", lambda claim, *_: claim is not None)
        case "the file is being written":
            die_before(export_worker, "_watched")
        case "the bytes are sent":
            die_after(Uploads, "send")
        case "it is posted, and nobody noted it":
            die_after(Uploads, "complete")
        case "posted":
            die_after(ExportWork, "finish")
        case _:
            die_after(ExportWork, "move", lambda _moved, _work, _claim, to: to == step)


def serve(settings: dict[str, Any], step: str) -> None:
    """Serves until it dies."""
    prepare(step)
    Bot(Settings(_env_file=None, **settings), socket_mode=False).start()
    threading.Event().wait()
