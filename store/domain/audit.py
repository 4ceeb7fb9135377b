"""The audit chain: each row carries the hash of the one before, so that no row can change, appear or vanish unseen."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from store.domain.people import Actor, format_roles

GENESIS = "0" * 64
"""The previous hash that the first row names."""


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """Who did what, in which role, on what, from where, when."""

    at: datetime
    actor: str
    """`team/user` of Slack, or the name of a part of the desk such as `command line` or `clock`."""
    roles: str
    action: str
    """`noun.verb`, as `member.set`."""
    subject: str
    details: dict[str, object]
    """JSON values only."""
    origin: str

    @classmethod
    def of(cls, by: Actor | str, at: datetime, action: str, subject: str, details: Mapping[str, object]) -> AuditEntry:
        """By a person, or by a part of the desk of that name."""
        if isinstance(by, str):
            return cls(at, by, "", action, subject, dict(details), by)
        member = by.member
        who = f"{member.team_id}/{member.slack_user_id}"
        return cls(at, who, format_roles(member.roles), action, subject, dict(details), by.origin)


@dataclass(frozen=True, slots=True)
class AuditRecord:
    """An entry with its position in the chain."""

    seq: int
    """1, 2, 3 … without gaps."""
    entry: AuditEntry
    previous_hash: str
    hash: str


@dataclass(frozen=True, slots=True)
class AuditVerdict:
    """The result of verifying. `broken_at` is the first row that does not fit; `reason` says how.

    `witnessed`: the row with the hash that somebody noted. No row up to it has changed since. Of the later rows, it is
    only proved that they fit together: anybody who can write to the database can rewrite them all, or cut them off.
    """

    rows: int
    head: str
    broken_at: int | None = None
    reason: str = ""
    witnessed: int = 0

    @property
    def whole(self) -> bool:
        """Whether no fault was found."""
        return not self.reason


def chain_hash(seq: int, previous_hash: str, entry: AuditEntry) -> str:
    """SHA-256, in hexadecimal, of the row's canonical JSON."""
    body = {
        "seq": seq,
        "previous_hash": previous_hash,
        "at": entry.at.isoformat(timespec="microseconds"),
        "actor": entry.actor,
        "roles": entry.roles,
        "action": entry.action,
        "subject": entry.subject,
        "details": entry.details,
        "origin": entry.origin,
    }
    text = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode("ascii")).hexdigest()
