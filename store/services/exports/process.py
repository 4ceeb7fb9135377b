"""The process that writes an export's workbook, as its caller sees it: started, watched, ended.

A process of its own costs no one else their answer, may fall over its memory limit alone, and can be ended at any
moment. It is told what to do on its standard input, which names the database and so is kept out of its arguments.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from threading import Event, Thread
from time import monotonic
from types import TracebackType
from typing import IO, Any, Self, cast

import store
from store.database import Database
from store.domain.exports.export import FailureReason
from store.domain.exports.work import Claim, NotWritten, Written
from store.domain.people import Reach
from store.services.exports.starvation import Starvation, of_process
from store.workbooks import remove_unfinished_of

MEMORY_LIMIT = 512 * 1024 * 1024
"""Bytes of data that the process may hold: several times what any export needs."""
_PATIENCE_SECONDS = 3.0
_LOOK_SECONDS = 0.2
_SECRETS = ("SLACK_", "DESK_", "DATABASE_URL")


class Writing:
    """A workbook being written for a claim; in a `with` block, at whose end the process is gone.

    It writes to the claim's path, whole or not at all. Where the process that started it dies, it ends too. What it
    finds in the database decides what it writes: a claim that has passed to another, or an asker without rights,
    ends it with nothing written.

    The process gives up its processor to whatever else is to be done. Where that leaves it nothing for some seconds, it
    is ended, and another begins again that takes its share.
    """

    def __init__(
        self,
        database: Database,
        claim: Claim,
        admins: frozenset[str] = frozenset(),
        *,
        memory_limit: int = MEMORY_LIMIT,
        row_limit: int | None = None,
    ) -> None:
        """`memory_limit`: in bytes. `row_limit`: rows of a sheet before it goes on in a next one; Excel's if None."""
        self._job = {
            "url": database.url.render_as_string(hide_password=False),
            "key": claim.key,
            "fencing": claim.fencing,
            "path": claim.path,
            "admins": sorted(admins),
            "memory_limit": memory_limit,
            "row_limit": row_limit,
        }
        self._child = _Child({**self._job, "modest": True})
        self._abandoned: list[_Child] = []
        self._starvation: Starvation | None = Starvation(of_process(self._child.pid))

    @property
    def pid(self) -> int:
        """The process's id."""
        return self._child.pid

    @property
    def rows_done(self) -> int:
        """Rows written so far."""
        return self._child.rows_done

    @property
    def rows_total(self) -> int | None:
        """The number of rows to write; None until they are counted."""
        return self._child.rows_total

    def wait(self, seconds: float | None = None) -> Written | NotWritten | None:
        """What came of it; None: it still works after `seconds`. `rows_done` and `rows_total` say how far."""
        until = None if seconds is None else monotonic() + seconds
        while True:
            left = _LOOK_SECONDS if until is None else until - monotonic()
            outcome = self._child.wait(max(min(left, _LOOK_SECONDS), 0.0))
            if outcome is not None or left <= 0:
                return outcome
            if self._starvation is not None and self._starvation.noticed():
                self._child.abandon()
                self._abandoned.append(self._child)
                self._child, self._starvation = _Child({**self._job, "modest": False}), None

    def stop(self) -> None:
        """Ends the process, which leaves nothing behind; after three seconds by force."""
        self._child.stop()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for child in (self._child, *self._abandoned):
            child.close()


class _Child:
    """One process that writes."""

    def __init__(self, job: Mapping[str, object]) -> None:
        self.rows_done = 0
        self.rows_total: int | None = None
        self._outcome: Written | NotWritten | None = None
        self._ended = Event()
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "store.services.exports.writer"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=_environment(),
            text=True,
            encoding="utf-8",
        )
        self._stdin: IO[str] = cast("IO[str]", self._process.stdin)
        self._stdout: IO[str] = cast("IO[str]", self._process.stdout)
        self._reader = Thread(target=self._read, name=f"export {job['key']}", daemon=True)
        self._reader.start()
        # The other end may be gone already; then the reader finds out how.
        with suppress(BrokenPipeError):
            self._stdin.write(json.dumps(job) + "\n")
            self._stdin.flush()

    @property
    def pid(self) -> int:
        return self._process.pid

    def wait(self, seconds: float) -> Written | NotWritten | None:
        return self._outcome if self._ended.wait(seconds) else None

    def stop(self) -> None:
        if self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(_PATIENCE_SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()
        self._ended.wait()

    def abandon(self) -> None:
        """Ends it by force, and does not wait for the end, which may take long. It does nothing from then on."""
        remove_unfinished_of(self.pid)
        self._process.kill()

    def close(self) -> None:
        self.stop()
        self._reader.join()
        with suppress(BrokenPipeError):
            self._stdin.close()

    def _read(self) -> None:
        outcome: Written | NotWritten | None = None
        with self._stdout as lines:
            for line in lines:
                said = json.loads(line)
                if "rows" in said:
                    self.rows_done, self.rows_total = said["rows"], said["total"]
                else:
                    outcome = _outcome(said)
        code = self._process.wait()
        if outcome is None or (isinstance(outcome, Written) and code != 0):
            outcome = NotWritten(FailureReason.INTERRUPTED, f"exit {code}")
        self._outcome = outcome
        self._ended.set()


def _outcome(said: dict[str, Any]) -> Written | NotWritten:
    if "failed" in said:
        return NotWritten(FailureReason(said["failed"]), str(said["detail"]))
    return Written(said["orders"], said["items"], said["size"], Reach(said["reach"]), tuple(said["customers"]))


def _environment() -> dict[str, str]:
    """What the process inherits: no secret of the bot's; and it finds this very package, wherever it is started."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_SECRETS)}
    root = str(Path(store.__path__[0]).parent)
    kept["PYTHONPATH"] = os.pathsep.join(filter(None, (root, os.environ.get("PYTHONPATH"))))
    return kept
