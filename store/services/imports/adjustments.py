"""A bundle and the prices that the desk has adjusted: where the source does not know of it yet, the adjustment stands.

Where the source shows anything else, the source wins, and the difference is audited and reported.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from store.domain.adjustments.adjustment import number_of
from store.domain.adjustments.states import Step
from store.domain.audit import AuditEntry
from store.domain.imports import Override
from store.domain.money import Money
from store.queries.adjustments.write import add_event
from store.queries.audit import append_audit
from store.queries.imports.adjusted import (
    AdjustedOrder,
    keep_adjusted_price,
    list_adjusted_orders,
    lock_staged_orders,
    override_adjustments,
)
from store.services.adjustments.records import show_card


def settle_adjusted(connection: Connection, at: datetime) -> tuple[Override, ...]:
    """Makes staging keep the adjusted prices that stand, and gives those over which the source wins.

    An order at its adjusted price has nothing to settle, whatever its status. At the price from before, and in the
    status that it has, it keeps the adjusted price. Anything else is the source's word.
    """
    lock_staged_orders(connection)
    found = [order for order in list_adjusted_orders(connection) if order.staged != order.present]
    standing = [order for order in found if _is_from_before(order)]
    keep_adjusted_price(connection, standing)
    overridden = [order for order in found if not _is_from_before(order)]
    for order in overridden:
        override_adjustments(connection, order.before, at)
        for key in order.before:
            add_event(connection, key, Step.OVERRIDDEN, at, None)
            show_card(connection, key)
    return tuple(_override(order) for order in overridden)


def audit_override(connection: Connection, override: Override, by: str, roles: str, at: datetime, origin: str) -> None:
    """Appends the difference to the audit chain."""
    details: dict[str, object] = {
        "order_id": override.order_id,
        "before": str(override.price),
        "after": str(override.source_price),
        "status_before": int(override.status),
        "status_after": int(override.source_status),
    }
    append_audit(connection, AuditEntry(at, by, roles, "adjustment.overridden", override.number, details, origin))


def _is_from_before(order: AdjustedOrder) -> bool:
    return order.staged_status is order.status and order.staged in order.before.values()


def _override(order: AdjustedOrder) -> Override:
    return Override(
        number=number_of(max(order.before)),
        order_id=order.order_id,
        price=Money.of_minor(order.present.amount_after_discount, order.present.currency),
        source_price=Money.of_minor(order.staged.amount_after_discount, order.staged.currency),
        status=order.status,
        source_status=order.staged_status,
    )
