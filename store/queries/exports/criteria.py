"""What exports keep as JSON: the criteria they were asked for with. One meaning has one text, to be compared by."""

from __future__ import annotations

import hashlib
import json
from datetime import date
from typing import Any

from store.domain.exports.export import ExportRequest
from store.domain.orders.criteria import OrderCriteria
from store.domain.orders.customers import CustomerTab
from store.domain.orders.order import OrderStatus, OrderType


def criteria_text(criteria: OrderCriteria) -> str:
    """The criteria, those left empty left out."""
    kept: dict[str, object] = {
        "tab": str(criteria.tab),
        "customer": criteria.customer,
        "customer_key": criteria.customer_key,
        "order_no": criteria.order_no,
        "statuses": sorted(int(status) for status in criteria.statuses),
        "product_types": sorted(criteria.product_types),
        "order_types": sorted(int(order_type) for order_type in criteria.order_types),
        "ordered_from": criteria.ordered_from.isoformat() if criteria.ordered_from else None,
        "ordered_to": criteria.ordered_to.isoformat() if criteria.ordered_to else None,
    }
    return _text({name: value for name, value in kept.items() if value not in (None, "", [])})


def criteria_of(text: str) -> OrderCriteria:
    """The criteria that criteria_text wrote."""
    kept = json.loads(text)
    return OrderCriteria(
        tab=CustomerTab(kept["tab"]),
        customer=kept.get("customer", ""),
        customer_key=kept.get("customer_key"),
        order_no=kept.get("order_no", ""),
        statuses=frozenset(map(OrderStatus, kept.get("statuses", ()))),
        product_types=frozenset(kept.get("product_types", ())),
        order_types=frozenset(map(OrderType, kept.get("order_types", ()))),
        ordered_from=_day(kept.get("ordered_from")),
        ordered_to=_day(kept.get("ordered_to")),
    )


def request_hash(request: ExportRequest, time_zone: str) -> str:
    """What two requests of one person are the same by: the orders, the days' time zone, and where they are to go."""
    meant = {
        "criteria": criteria_text(request.criteria) if request.criteria else None,
        "time_zone": time_zone,
        "channel": request.destination.channel_id,
    }
    return hashlib.sha256(_text(meant).encode()).hexdigest()


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _text(value: dict[str, Any]) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"))
