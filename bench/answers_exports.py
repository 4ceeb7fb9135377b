"""An export of the whole book that runs while the desk is measured."""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from bench.answers_sides import Book, Side
from bench.answers_slack import MANAGER, TEAM, Slack
from store.database import Database
from store.domain.clock import system_clock
from store.domain.exports.export import Export, ExportState, ExportStep
from store.domain.people import Actor
from store.services.exports.exports import Exports
from store.services.members import Members

_PATIENCE = 60.0


@asynccontextmanager
async def exporting(slack: Slack, side: Side, port: int, book: Book) -> AsyncIterator[None]:
    """Asks for all orders, as a manager does with `/export all`; enters when rows are being written, and cancels the
    export at the end. Raises RuntimeError if the export ended before that.
    """
    database = Database(book.url)
    # The folder belongs to the desk; this service never puts anything there.
    with tempfile.TemporaryDirectory() as folder:
        exports = Exports(database, system_clock, Path(folder))
        member = Members(database, system_clock).find(TEAM, MANAGER)
        assert member is not None
        actor = Actor(member, "UTC", "en_US", origin="benchmark")
        command = slack.command(MANAGER, "/export", "all", shows=False, channel="D0BENCH")
        if side.socket_mode:
            await slack.send_socket(command, *command.envelope())
        else:
            await slack.send_http(port, command, command.request(port))
        until = time.monotonic() + _PATIENCE
        while not _writing(export := exports.history(actor).rows[0]):
            if time.monotonic() > until:
                raise TimeoutError(f"the export is {export.state}, {export.step}")
            await asyncio.sleep(0.05)
        yield
        export = exports.history(actor).rows[0]
        if not _writing(export):
            raise RuntimeError(f"the export was {export.state} while the desk was measured: it takes more orders")
        exports.cancel(actor, export.key, f"benchmark:{time.time_ns()}")
    database.close()


def _writing(export: Export) -> bool:
    return export.state is ExportState.IN_PROGRESS and export.step is ExportStep.WRITING and export.rows_done > 0
