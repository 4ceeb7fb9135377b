"""The outbox posts the files of exports: those on their way to Slack go on there, from where they are.

Revision ID: 0010
Revises: 0009
"""

from __future__ import annotations

import json
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

KIND = "export.file"
MOMENT = sa.BigInteger().with_variant(sa.DateTime(timezone=True), "postgresql")
_exports = sa.table(
    "exports",
    *(sa.column(name) for name in ("key", "state", "step", "fencing", "channel_id", "requester", "slack_file_id")),
    sa.column("worker"),
    *(sa.column(name, MOMENT) for name in ("waiting_since", "lease_until", "next_attempt_at")),
)
_events = sa.table("export_events", *(sa.column(name) for name in ("key", "export_key", "what", "detail")))
_outbox = sa.table(
    "outbox",
    *(sa.column(name) for name in ("topic", "kind", "subject_key", "recipient", "payload", "revision")),
    *(sa.column(name) for name in ("state", "attempts", "fencing")),
    *(sa.column(name, sa.Boolean) for name in ("ambiguous", "reposted")),
    sa.column("created_at", MOMENT),
)


def upgrade() -> None:
    bind = op.get_bind()
    open_ones = _exports.c.state.in_(("waiting", "in_progress"))
    on_their_way = _exports.c.step.in_(("written", "uploading", "uploaded", "completing"))
    for row in bind.execute(sa.select(_exports).where(open_ones, on_their_way).order_by(_exports.c.key)).all():
        values = {
            "state": "in_progress",
            "step": "completing" if row.step == "completing" else "written",
            "slack_file_id": None,
            "lease_until": None,
            "worker": None,
            "next_attempt_at": None,
        }
        bind.execute(sa.update(_exports).where(_exports.c.key == row.key).values(values))
        news = {
            "topic": f"{KIND}/{row.key}/{row.fencing}",
            "kind": KIND,
            "subject_key": row.key,
            "recipient": row.channel_id or row.requester,
            "payload": json.dumps(_payload(row), sort_keys=True),
            "revision": 1,
            "created_at": row.waiting_since,
            "state": "waiting",
            "attempts": 0,
            "fencing": 0,
            "ambiguous": False,
            "reposted": False,
        }
        bind.execute(sa.insert(_outbox).values(news))
    # Of those that are over, too: the steps in Slack are no longer an export's.
    gone = _exports.c.step.in_(("uploading", "uploaded"))
    bind.execute(sa.update(_exports).where(gone).values(step="written"))


def downgrade() -> None:
    bind = op.get_bind()
    unsent = _outbox.c.state.in_(("waiting", "sending"))
    for row in bind.execute(sa.select(_outbox).where(_outbox.c.kind == KIND, unsent)).all():
        payload = json.loads(row.payload)
        this = sa.and_(_exports.c.key == row.subject_key, _exports.c.fencing == payload["claim"])
        values = {"state": "waiting", "slack_file_id": payload.get("file") or None}
        bind.execute(sa.update(_exports).where(this, _exports.c.state == "in_progress").values(values))
    bind.execute(sa.delete(_outbox).where(_outbox.c.kind == KIND))


def _payload(row: Any) -> dict[str, object]:  # noqa: ANN401 - a row of whatever was asked for
    """What the outbox has to know: which claim wrote the file, and how far it is in Slack."""
    payload: dict[str, object] = {"claim": row.fencing}
    if row.step == "uploaded" and row.slack_file_id:
        payload["uploaded"] = row.slack_file_id
    if row.step != "completing" or not row.slack_file_id:
        return payload
    earlier, looks = list[str](), 0
    of_export = sa.select(_events).where(_events.c.export_key == row.key).order_by(_events.c.key)
    for event in op.get_bind().execute(of_export):
        if event.what in {"queued", "retried"}:
            earlier, looks = [], 0
        elif event.what == "uploading":
            earlier, looks = [*earlier, event.detail], 0
        elif event.what == "put_off" and event.detail == "not_shared":
            looks += 1
    earlier = [one for one in earlier if one != row.slack_file_id]
    return {**payload, "file": row.slack_file_id, "earlier": earlier, "looks": looks}
