"""What stands beside every change of an export: its audit row, and what is to be told of it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from store.domain.audit import AuditEntry
from store.domain.exports.export import Export, FailureReason, Happening
from store.domain.outbox import News
from store.domain.people import Actor, Person, format_roles
from store.queries.audit import append_audit
from store.queries.exports.queue import set_failed
from store.queries.exports.records import add_event, forget_customers, get_export
from store.queries.leases import Taken
from store.queries.outbox import add_news, show_again

PROGRESS = "export.progress"
"""Make the export's message, where it was asked for, show the present state: post it, or update it where it stands."""
FILE = "export.file"
"""Post its file where it was asked for, once for each claim that wrote one."""
FAILED = "export.failed"
"""Tell who asked for it that it failed, once each time it does."""
DOWNLOAD = "export.download"
"""Send its file to the person who asked to download it."""
NOT_SENT = "export.not_sent"
"""Tell who asked to download it that Slack did not take the file."""


def progress_topic(key: int) -> str:
    """The outbox topic of an export's message, by which its place in Slack is known."""
    return f"{PROGRESS}/{key}"


def tell_progress(connection: Connection, export: Export, at: datetime) -> None:
    """Has the export's message posted."""
    add_news(connection, News(progress_topic(export.key), PROGRESS, export.key, export.recipient), at)


def download_topic(key: int, event: int) -> str:
    """The outbox topic of a download; `event` is the key of the event that says who asked for it."""
    return f"{DOWNLOAD}/{key}/{event}"


def show_progress(connection: Connection, key: int) -> None:
    """Has the export's message show the present state."""
    show_again(connection, progress_topic(key))


def tell_file(connection: Connection, export: Export, fencing: int, at: datetime) -> None:
    """Has its file posted, that the claim of this number wrote."""
    topic = f"{FILE}/{export.key}/{fencing}"
    add_news(connection, News(topic, FILE, export.key, export.recipient, {"claim": fencing}), at)


def note_put_off(connection: Connection, key: int, reason: FailureReason, detail: str, at: datetime) -> None:
    """Notes that an attempt failed, and is made again."""
    add_event(connection, key, Happening.PUT_OFF, at, None, f"{reason} {detail}".strip())
    show_progress(connection, key)


def fail(connection: Connection, claim: Taken, reason: FailureReason, detail: str, at: datetime) -> None:
    """The export has failed, and who asked for it is told. The row is locked by the caller, who knows that it may."""
    set_failed(connection, claim, reason, detail, at)
    forget_customers(connection, claim.key)
    add_event(connection, claim.key, Happening.FAILED, at, None, f"{reason} {detail}".strip())
    export = get_export(connection, claim.key)
    show_progress(connection, claim.key)
    # Each claim fails once at most.
    topic = f"{FAILED}/{claim.key}/{claim.fencing}"
    add_news(connection, News(topic, FAILED, claim.key, export.requester.slack_user_id), at)
    audit(connection, export, "fail", None, at, reason=str(reason))


def tell_download(connection: Connection, export: Export, event: int, person: Person, at: datetime) -> None:
    """Has its file sent to this person."""
    topic = download_topic(export.key, event)
    news = News(topic, DOWNLOAD, export.key, person.slack_user_id, {"team": person.team_id})
    add_news(connection, news, at)


def audit(
    connection: Connection, export: Export, action: str, actor: Actor | None, at: datetime, reason: str = ""
) -> None:
    """Appends the act to the chain; the last write of its transaction. Without an actor, the desk itself did it."""
    details: dict[str, object] = {
        "scope": str(export.scope),
        "criteria": export.criteria_text,
        "requester": f"{export.requester.team_id}/{export.requester.slack_user_id}",
        "destination": export.destination.channel_id or "direct message",
    }
    if export.confirmed_people is not None:
        details["confirmed_people"] = export.confirmed_people
    if export.orders is not None:
        details["orders"] = export.orders
        details["items"] = export.items
    if reason:
        details["reason"] = reason
    entry = AuditEntry(
        at=at,
        actor=f"{actor.member.team_id}/{actor.member.slack_user_id}" if actor else "desk",
        roles=format_roles(actor.member.roles) if actor else "",
        action=f"export.{action}",
        subject=export.number,
        details=details,
        origin=actor.origin if actor else "desk",
    )
    append_audit(connection, entry)
