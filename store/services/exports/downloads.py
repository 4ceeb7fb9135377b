"""Downloads of exports' files: asked for in Export History, sent by direct message, once.

What was asked for is in the outbox before anybody hears that it is on its way. The rights are checked when it is asked
for, and again each time the file is about to be sent.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection

from store.database import Database
from store.domain.clock import Clock
from store.domain.exports.errors import FileGone
from store.domain.exports.export import SAME_REQUEST_WITHIN, DownloadAsked, ExportFile, Happening
from store.domain.exports.rules import check_may_download
from store.domain.outbox import OutboxState
from store.domain.people import Actor, NotAMember, Person
from store.queries.exports import records as rows
from store.queries.locks import Lock, serialise
from store.queries.outbox import find_state
from store.services.acting import Acting
from store.services.exports import records
from store.services.exports.files import path_of
from store.services.exports.people import find_asker


class Downloads:
    """`folder` and `admins`: as `Exports` has them."""

    def __init__(self, database: Database, clock: Clock, folder: Path, *, admins: frozenset[str] = frozenset()) -> None:
        self._database = database
        self._folder = folder
        self._admins = admins
        self._acting = Acting(database, clock, admins)

    def ask(self, actor: Actor, key: int, request_key: str) -> DownloadAsked:
        """Has the file sent to this person, who must see all that is in it now; once within a minute, unless Slack
        did not take it. `request_key`: as `Exports` has it.

        Raises NotAMember, NotPermitted, ExportNotFound, NotReady, FileGone, OutOfReach.
        """
        with self._acting.person(actor, "export.download", request_key) as act:
            connection, actor, now = act.connection, act.actor, act.at
            found, person = self._check(connection, actor, key), Person.of(actor.member)
            if act.again:
                return DownloadAsked(found.export, again=True)
            serialise(connection, Lock.EXPORTS)
            if self._asked_lately(connection, key, person, now):
                return DownloadAsked(found.export, again=True)
            event = rows.add_event(connection, key, Happening.DOWNLOADED, now, person)
            records.tell_download(connection, found.export, event, person, now)
            records.audit(connection, found.export, "download", actor, now)
            return DownloadAsked(found.export, again=False)

    def file(self, key: int, slack_user_id: str, payload: Mapping[str, object]) -> ExportFile:
        """The file that the outbox has to send to this person, if they still may have it.

        Raises NotAMember, NotPermitted, ExportNotFound, NotReady, FileGone, OutOfReach.
        """
        with self._database.read() as connection:
            asker = Person(str(payload["team"]), slack_user_id, "")
            member = find_asker(connection, asker, self._admins)
            if member is None:
                raise NotAMember
            return self._check(connection, Actor(member), key)

    def _asked_lately(self, connection: Connection, key: int, person: Person, now: datetime) -> bool:
        """Whether the file is on its way to them, or came within the last minute."""
        last = rows.find_last_download(connection, key, person)
        if last is None:
            return False
        event, at = last
        state = find_state(connection, records.download_topic(key, event))
        if state is OutboxState.SENT:
            return at > now - SAME_REQUEST_WITHIN
        return state in {OutboxState.WAITING, OutboxState.SENDING}

    def _check(self, connection: Connection, actor: Actor, key: int) -> ExportFile:
        export = rows.find_export(connection, key)
        of_file, lost = rows.reach_of_file(connection, key, actor.reach)
        export = check_may_download(actor, export, of_file, lost)
        path = path_of(self._folder, rows.find_stored_name(connection, key))
        if path is None or not path.exists():
            raise FileGone(key, None)
        return ExportFile(export, path, actor.member)
