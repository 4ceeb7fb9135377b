"""The outbox's rows: written beside the news, claimed by one worker at a time, settled by the holder of their lease."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    bindparam,
    case,
    func,
    null,
    or_,
    select,
    update,
)
from sqlalchemy.orm import aliased

from store.domain.leases import backoff_seconds
from store.domain.outbox import (
    Ambiguous,
    Lane,
    Lost,
    News,
    NotSent,
    OutboxHealth,
    OutboxItem,
    OutboxState,
    Place,
    Rejected,
    RetryAfter,
    SendOutcome,
    Sent,
    TellingProgress,
)
from store.queries.inserts import InsertNew
from store.queries.leases import NOW, Leases, of
from store.queries.moments import moment_in
from store.queries.reading import AnyRow
from store.queries.states import is_among
from store.tables import OutboxPauseRow, OutboxRow
from store.work import Work, leave_work

LEASES = Leases(OutboxRow, OutboxState.SENDING)
_INSERT = InsertNew(OutboxRow)
_PARENT = (
    select(OutboxRow.key, OutboxRow.state, OutboxRow.slack_ts)
    .where(OutboxRow.topic == bindparam("topic"))
    # A shared lock: whether the message is parked must not change before the row that hangs on it is there.
    .with_for_update(read=True)
)
_SHOW_AGAIN_ALL = update(OutboxRow).values(
    revision=OutboxRow.revision + 1,
    next_attempt_at=case((OutboxRow.state == OutboxState.WAITING, OutboxRow.next_attempt_at), else_=null()),
    state=case((OutboxRow.state == OutboxState.SENDING, OutboxState.SENDING), else_=OutboxState.WAITING),
)
_SHOW_AGAIN = _SHOW_AGAIN_ALL.where(OutboxRow.topic == bindparam("of_topic"))

_PARKED = is_among(OutboxRow.state, (OutboxState.PARKED,))
_THREAD = aliased(OutboxRow)
_LANE = OutboxRow.kind.in_(bindparam("kinds", expanding=True))
_DUE = (
    select(OutboxRow.key)
    .outerjoin(_THREAD, _THREAD.key == OutboxRow.thread_of)
    .outerjoin(OutboxPauseRow, OutboxPauseRow.recipient == OutboxRow.recipient)
    .where(
        LEASES.open,
        LEASES.due,
        or_(OutboxRow.thread_of.is_(None), _THREAD.slack_ts.is_not(None)),
        or_(OutboxPauseRow.until.is_(None), OutboxPauseRow.until <= NOW),
    )
    .order_by(OutboxRow.key)
    .limit(bindparam("limit"))
    .with_for_update(of=OutboxRow, skip_locked=True)
)
_DUE_OF, _DUE_BUT = _DUE.where(_LANE), _DUE.where(~_LANE)
_CLAIM = (
    update(OutboxRow)
    .where(OutboxRow.key.in_(bindparam("keys", expanding=True)))
    .values(
        **LEASES.taken(),
        # The worker that held it until its lease ended may have sent it.
        ambiguous=or_(OutboxRow.ambiguous, LEASES.working),
    )
)
_CLAIMED = (
    select(
        OutboxRow.key,
        OutboxRow.kind,
        OutboxRow.subject_key,
        OutboxRow.recipient,
        OutboxRow.payload,
        OutboxRow.revision,
        OutboxRow.fencing,
        OutboxRow.attempts,
        OutboxRow.ambiguous,
        OutboxRow.slack_channel,
        OutboxRow.slack_ts,
        OutboxRow.created_at,
        _THREAD.slack_channel.label("thread_channel"),
        _THREAD.slack_ts.label("thread_ts"),
    )
    .outerjoin(_THREAD, _THREAD.key == OutboxRow.thread_of)
    .where(OutboxRow.key.in_(bindparam("keys", expanding=True)))
    .order_by(OutboxRow.key)
)

_KEEP = update(OutboxRow).where(*LEASES.held).values(payload=bindparam("ids"), lease_until=moment_in("lease"))
_LEFT = select((OutboxRow.lease_until > moment_in("seconds")).label("enough")).where(*LEASES.held)
_STANDING = select(OutboxRow.state, OutboxRow.slack_channel, OutboxRow.slack_ts).where(
    OutboxRow.key == bindparam("item")
)
_SHOW_ROW_AGAIN = _SHOW_AGAIN_ALL.where(OutboxRow.key == bindparam("item"))
_SETTLE = update(OutboxRow).where(*LEASES.not_passed_on).values(**LEASES.freed(), last_error=bindparam("code"))


def _unless_changed(state: OutboxState) -> ColumnElement[str]:
    """That state; or waiting, where a change came that this attempt did not show."""
    return case((OutboxRow.revision == bindparam("shown"), state), else_=OutboxState.WAITING)


_SENT = _SETTLE.values(state=_unless_changed(OutboxState.SENT), attempts=0, ambiguous=False)
_SENT_THERE = _SENT.values(slack_channel=bindparam("channel"), slack_ts=bindparam("ts"))
_AGAIN = _SETTLE.values(**LEASES.put_off(), ambiguous=or_(OutboxRow.ambiguous, bindparam("doubt")))
_POST_ANEW = _SETTLE.where(OutboxRow.reposted.is_(False)).values(
    state=OutboxState.WAITING, reposted=True, ambiguous=False, slack_channel=null(), slack_ts=null()
)
_PARK = _SETTLE.values(state=_unless_changed(OutboxState.PARKED))
_PARK_REPLIES = (
    update(OutboxRow)
    .where(OutboxRow.thread_of == bindparam("item"), OutboxRow.state == OutboxState.WAITING)
    .where(
        select(_THREAD.key)
        .where(_THREAD.key == bindparam("item"), _THREAD.state == OutboxState.PARKED, _THREAD.slack_ts.is_(None))
        .exists()
    )
    .values(state=OutboxState.PARKED, last_error="thread_parked")
)
_PAUSE = InsertNew(OutboxPauseRow)
_PAUSE_LONGER = (
    update(OutboxPauseRow).where(OutboxPauseRow.recipient == bindparam("whom")).values(until=moment_in("seconds"))
)

_HEALTH = select(
    func.count().label("waiting"),
    func.min(OutboxRow.created_at).label("oldest"),
    select(func.count()).select_from(OutboxRow).where(_PARKED).correlate(None).scalar_subquery().label("parked"),
).where(LEASES.open)
_STATE = select(OutboxRow.state).where(OutboxRow.topic == bindparam("topic"))
_REVIVE = (
    update(OutboxRow)
    .where(
        _PARKED,
        OutboxRow.kind == bindparam("of_kind"),
        OutboxRow.created_at >= bindparam("since"),
        # A reply waits for its message: where that is not there, nothing would ever end its wait.
        or_(
            OutboxRow.thread_of.is_(None),
            select(_THREAD.key).where(_THREAD.key == OutboxRow.thread_of, _THREAD.slack_ts.is_not(None)).exists(),
        ),
    )
    .values(state=OutboxState.WAITING, attempts=0, next_attempt_at=null())
)
_PLACE = select(OutboxRow.slack_channel, OutboxRow.slack_ts).where(OutboxRow.topic == bindparam("topic"))


def add_news(connection: Connection, news: News, at: datetime) -> bool:
    """Writes what is to be told, in the transaction that made it news.

    False: it is there already, or the message in whose thread it belongs cannot be posted.
    """
    thread_of = None
    if news.in_thread_of is not None:
        parent = connection.execute(_PARENT, {"topic": news.in_thread_of}).first()
        if parent is None or (parent.state == OutboxState.PARKED and parent.slack_ts is None):
            return False
        thread_of = parent.key
    leave_work(connection, Work.NEWS)
    return _INSERT.run(
        connection,
        topic=news.topic,
        kind=news.kind,
        subject_key=news.subject_key,
        recipient=news.recipient,
        thread_of=thread_of,
        payload=json.dumps(dict(news.payload), sort_keys=True),
        revision=1,
        created_at=at,
        state=OutboxState.WAITING,
        attempts=0,
        fencing=0,
        ambiguous=False,
        reposted=False,
    )


def show_again(connection: Connection, topic: str) -> None:
    """Makes the message of that topic show the present: posted if it is not yet, else updated."""
    leave_work(connection, Work.NEWS)
    connection.execute(_SHOW_AGAIN, {"of_topic": topic})


def find_state(connection: Connection, topic: str) -> OutboxState | None:
    """How far the telling of that topic is; None: there is nothing of it to tell."""
    state = connection.execute(_STATE, {"topic": topic}).scalar()
    return OutboxState(state) if state else None


def claim_due(
    connection: Connection, worker: str, limit: int, lease_seconds: float, lane: Lane
) -> tuple[OutboxItem, ...]:
    """At most `limit` rows of that lane that are due, oldest first; nobody else gets them before the lease ends."""
    due = _DUE_BUT if lane.others else _DUE_OF
    keys = list(connection.execute(due, {"limit": limit, "kinds": sorted(lane.kinds)}).scalars())
    if not keys:
        return ()
    connection.execute(_CLAIM, {"keys": keys, "lease": lease_seconds, "by": worker})
    return tuple(_item(row) for row in connection.execute(_CLAIMED, {"keys": keys}))


def keep_item(connection: Connection, item: OutboxItem, payload: Mapping[str, object], lease_seconds: float) -> bool:
    """Makes the lease long again, and keeps those ids. False: it is no longer held."""
    ids = json.dumps(dict(payload), sort_keys=True)
    return connection.execute(_KEEP, {**of(item), "ids": ids, "lease": lease_seconds}).rowcount == 1


def lease_left(connection: Connection, item: OutboxItem, seconds: float) -> bool | None:
    """Whether the lease lasts for `seconds` more; None: it is no longer held."""
    row = connection.execute(_LEFT, {**of(item), "seconds": seconds}).first()
    return None if row is None else bool(row.enough)


def find_standing(connection: Connection, item: OutboxItem) -> TellingProgress:
    """How far the telling of this row is, by any holder."""
    row = connection.execute(_STANDING, {"item": item.key}).one()
    return TellingProgress(row.state == OutboxState.SENDING, _place(row.slack_channel, row.slack_ts))


def show_row_again(connection: Connection, item: OutboxItem) -> None:
    """Makes the row's message show the present."""
    leave_work(connection, Work.NEWS)
    connection.execute(_SHOW_ROW_AGAIN, {"item": item.key})


def settle_item(connection: Connection, item: OutboxItem, outcome: SendOutcome, at: datetime) -> bool:
    """Writes what became of the attempt; False where the row has passed to another worker, and nothing is written."""
    held = {**of(item), "shown": item.revision}
    if isinstance(outcome, Sent):
        return _sent(connection, held, outcome)
    if isinstance(outcome, Lost):
        posted_anew = connection.execute(_POST_ANEW, {**held, "code": outcome.code}).rowcount == 1
        return posted_anew or _parked(connection, held, Rejected(outcome.code), at)
    if isinstance(outcome, Rejected):
        return _parked(connection, held, outcome, at)
    return _again(connection, held, item, outcome)


def outbox_health(connection: Connection) -> OutboxHealth:
    """The amount of news still to be told."""
    row = connection.execute(_HEALTH).one()
    return OutboxHealth(row.waiting, row.parked, row.oldest)


def revive_parked(connection: Connection, since: Mapping[str, datetime]) -> int:
    """Makes parked rows of those kinds, made since then, waiting again; how many there were."""
    leave_work(connection, Work.NEWS)
    return sum(connection.execute(_REVIVE, {"of_kind": kind, "since": made}).rowcount for kind, made in since.items())


def find_place(connection: Connection, topic: str) -> Place | None:
    """Where the message of that topic stands in Slack."""
    row = connection.execute(_PLACE, {"topic": topic}).first()
    return _place(row.slack_channel, row.slack_ts) if row else None


def _sent(connection: Connection, held: dict[str, Any], outcome: Sent) -> bool:
    if outcome.place is None:
        return connection.execute(_SENT, {**held, "code": None}).rowcount == 1
    where = {"channel": outcome.place.channel, "ts": outcome.place.ts}
    return connection.execute(_SENT_THERE, {**held, "code": None, **where}).rowcount == 1


def _again(
    connection: Connection, held: dict[str, Any], item: OutboxItem, outcome: RetryAfter | NotSent | Ambiguous
) -> bool:
    asked = None if isinstance(outcome, Ambiguous) else outcome.seconds
    seconds = backoff_seconds(item.attempts) if asked is None else asked
    # A wait that Slack asks for is not an attempt that failed.
    uncounted = isinstance(outcome, RetryAfter) or (isinstance(outcome, NotSent) and not outcome.counted)
    doubt = isinstance(outcome, Ambiguous)
    values = {**held, "code": outcome.code, "seconds": seconds, "uncounted": int(uncounted), "doubt": doubt}
    if connection.execute(_AGAIN, values).rowcount == 0:
        return False
    if isinstance(outcome, RetryAfter):
        # Whatever moment a new row starts with, the next statement sets it by the database's clock.
        _PAUSE.run(connection, recipient=item.recipient, until=item.created_at)
        connection.execute(_PAUSE_LONGER, {"whom": item.recipient, "seconds": seconds})
    return True


def _parked(connection: Connection, held: dict[str, Any], outcome: Rejected, at: datetime) -> bool:
    if connection.execute(_PARK, {**held, "code": outcome.code}).rowcount == 0:
        return False
    connection.execute(_PARK_REPLIES, {"item": held["item"]})
    if outcome.tell is not None:
        add_news(connection, outcome.tell, at)
    return True


def _item(row: AnyRow) -> OutboxItem:
    return OutboxItem(
        key=row.key,
        kind=row.kind,
        subject_key=row.subject_key,
        recipient=row.recipient,
        payload=json.loads(row.payload),
        revision=row.revision,
        fencing=row.fencing,
        attempts=row.attempts,
        ambiguous=row.ambiguous,
        posted=_place(row.slack_channel, row.slack_ts),
        thread=_place(row.thread_channel, row.thread_ts),
        created_at=row.created_at,
    )


def _place(channel: str | None, ts: str | None) -> Place | None:
    return Place(channel, ts) if channel and ts else None
