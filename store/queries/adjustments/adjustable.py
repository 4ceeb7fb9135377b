"""Which orders of a page may be adjusted, in one statement: the order's own rules, without its items."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection, bindparam, or_, select

from store.domain.adjustments.states import UNDECIDED
from store.domain.orders.customers import AssociationType
from store.domain.orders.order import OrderStatus, OrderType
from store.domain.people import Reach
from store.queries.reading import Scoped
from store.queries.states import is_among
from store.tables import AccountManagerRow, AdjustmentRow, CustomerRow, OrderRow, UtcTime

_ADJUSTABLE = Scoped.of(
    select(OrderRow.key)
    .join(CustomerRow, CustomerRow.key == OrderRow.customer_key)
    .join(AccountManagerRow, AccountManagerRow.key == OrderRow.account_manager_key)
    .where(
        OrderRow.key.in_(bindparam("keys", expanding=True)),
        OrderRow.status == OrderStatus.PENDING_PAYMENT,
        or_(
            OrderRow.pending_payment_end_time.is_(None),
            OrderRow.pending_payment_end_time > bindparam("now", type_=UtcTime()),
        ),
        OrderRow.resellers.is_(False),
        CustomerRow.association_type == AssociationType.REFERRAL,
        OrderRow.order_type != OrderType.UNSUBSCRIPTION,
        ~select(AdjustmentRow.key)
        .where(AdjustmentRow.order_key == OrderRow.key, is_among(AdjustmentRow.state, UNDECIDED))
        .exists(),
    )
)


def list_adjustable(connection: Connection, reach: Reach, keys: Collection[int], now: datetime) -> frozenset[int]:
    """Those of the orders that nothing bars but, perhaps, what their items leave room for."""
    if not keys:
        return frozenset()
    return frozenset(_ADJUSTABLE.run(connection, reach, keys=list(keys), now=now).scalars())
