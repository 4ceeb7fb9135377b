"""What exports keep as JSON: the criteria they were asked for with. One meaning has one text, to be compared by."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from store.domain.exports.export import ExportRequest
from store.domain.orders.criteria import OrderCriteria


def criteria_text(criteria: OrderCriteria) -> str:
    """The criteria, those left empty left out."""
    return _text(criteria.kept())


def criteria_of(text: str) -> OrderCriteria:
    """The criteria that criteria_text wrote. Raises UnknownCriterion: without it, the export would be of more."""
    return OrderCriteria.restored(json.loads(text))


def request_hash(request: ExportRequest, time_zone: str) -> str:
    """What two requests of one person are the same by: the orders, the days' time zone, and where they are to go."""
    meant = {
        "criteria": criteria_text(request.criteria) if request.criteria else None,
        "time_zone": time_zone,
        "channel": request.destination.channel_id,
    }
    return hashlib.sha256(_text(meant).encode()).hexdigest()


def _text(value: dict[str, Any]) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"))
