"""Writes the workbook of one export: the process that `store.services.exports.process` starts.

    python -m store.services.exports.writer

The job comes as a line of JSON on standard input; its end there ends the process, so it never outlives who started it.
What goes on is told as lines of JSON on standard output: how far it is, and at last what came of it. It only reads the
database: what is so far, and that it is done, its starter writes down.
"""

from __future__ import annotations

import errno
import json
import os
import resource
import signal
import sys
import time
import traceback
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from types import FrameType
from typing import NoReturn

from store.database import Database
from store.domain.clock import Clock
from store.domain.errors import DatabaseBusy, DatabaseUnavailable
from store.domain.exports.export import ExportState, FailureReason
from store.domain.exports.rules import why_not_any_more
from store.domain.exports.work import NotWritten, Written
from store.queries.exports.records import find_export, find_fencing
from store.services.exports.people import find_asker
from store.services.exports.workbook import Picture, Progress, read_picture, write_workbook
from store.services.health import DatabaseClock
from store.workbooks import CellRejected, DiskFull, WorkbookTooLarge
from store.workbooks.columns import MAX_ROWS

_TOLD_EVERY_SECONDS = 0.25
_NICENESS = 5
"""With it, a busy program gets three times as much."""


@dataclass(frozen=True, slots=True)
class Job:
    """What is to be written where; limits in bytes and in rows of a sheet."""

    url: str
    key: int
    fencing: int
    path: str
    admins: list[str]
    memory_limit: int
    row_limit: int | None
    modest: bool = True
    """Whether it leaves the processor to all other work, as long as there is any."""


def export(database: Database, job: Job, clock: Clock, progress: Progress) -> Written | NotWritten:
    """Writes the workbook from one consistent picture of the data. Raises DatabaseBusy, DatabaseUnavailable."""
    try:
        with database.read() as connection:
            found = find_export(connection, job.key)
            if (
                found is None
                or found.state is not ExportState.IN_PROGRESS
                or find_fencing(connection, job.key) != job.fencing
            ):
                return NotWritten(FailureReason.INTERRUPTED, "the claim has passed on")
            member = find_asker(connection, found.requester, frozenset(job.admins))
            barred = why_not_any_more(member, None, 0)
            if member is None or barred is not None:
                return NotWritten(barred or FailureReason.NOT_A_MEMBER)
            picture = read_picture(connection, found, member.reach, clock())
            write_workbook(connection, picture, Path(job.path), progress, job.row_limit or MAX_ROWS)
    except DiskFull:
        return NotWritten(FailureReason.DISK_FULL)
    except WorkbookTooLarge:
        return NotWritten(FailureReason.TOO_LARGE)
    except CellRejected as error:
        return NotWritten(FailureReason.BAD_VALUE, f"{error.sheet}, row {error.row}, {error.column}"[:200])
    except OSError as error:
        return NotWritten(FailureReason.FOLDER, errno.errorcode.get(error.errno or 0, type(error).__name__))
    return _written(picture, Path(job.path))


def main() -> int:
    """Does the job on standard input. Exit status: 0 written, 1 not written, and said why; 3 ended from outside."""
    signal.signal(signal.SIGTERM, _end)
    job = Job(**json.loads(sys.stdin.readline()))
    Thread(target=_end_with_starter, daemon=True).start()
    _step_back(modest=job.modest)
    resource.setrlimit(resource.RLIMIT_DATA, (job.memory_limit, job.memory_limit))
    database = Database(job.url, pool_size=1, leisurely=True)
    try:
        outcome = export(database, job, DatabaseClock(database), _Teller())
    except MemoryError:
        outcome = NotWritten(FailureReason.OUT_OF_MEMORY)
    except (DatabaseBusy, DatabaseUnavailable):
        outcome = NotWritten(FailureReason.DATABASE)
    except Exception as error:  # noqa: BLE001 - the caller is told in any case
        # Kind and place alone: messages of errors quote values.
        at = traceback.extract_tb(error.__traceback__)[-1]
        outcome = NotWritten(FailureReason.UNKNOWN, f"{type(error).__name__} in {Path(at.filename).name}:{at.lineno}")
    finally:
        database.close()
    if isinstance(outcome, NotWritten):
        _say({"failed": str(outcome.reason), "detail": outcome.detail})
        return 1
    said = {"orders": outcome.orders, "items": outcome.items, "size": outcome.size}
    _say({**said, "reach": outcome.reach.account_name, "customers": outcome.customers})
    return 0


def _step_back(*, modest: bool) -> None:
    """People's answers come first. `modest`: so does whatever else is to be done."""
    if modest and hasattr(os, "SCHED_IDLE"):
        # A nice process keeps its processor for milliseconds when somebody else's work comes up; Linux has a policy for
        # those that give it up at once.
        os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
        return
    os.nice(_NICENESS)
    if hasattr(os, "SCHED_BATCH"):
        os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))


class _Teller:
    """Tells how far the writing is, now and then."""

    def __init__(self) -> None:
        self._next = 0.0

    def __call__(self, rows: int, total: int) -> None:
        now = time.monotonic()
        if now >= self._next:
            self._next = now + _TOLD_EVERY_SECONDS
            _say({"rows": rows, "total": total})


def _written(picture: Picture, path: Path) -> Written:
    return Written(picture.orders, picture.items, path.stat().st_size, picture.reach, picture.customers)


def _say(what: dict[str, object]) -> None:
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


def _end(_signal: int, _frame: FrameType | None) -> NoReturn:
    # An exception, so that the unfinished file is removed on the way out.
    raise SystemExit(3)


def _end_with_starter() -> None:
    with suppress(OSError, ValueError):
        sys.stdin.read()
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    sys.exit(main())
