"""Who asked for undecided adjustments, and whether they see the orders still: customers pass on, people leave."""

from __future__ import annotations

from sqlalchemy import Connection, select

from store.domain.adjustments import AdjustmentState
from store.queries.members import list_members
from store.tables import AccountManagerRow, AdjustmentRow, OrderRow

_manager = (
    select(AccountManagerRow.account_name)
    .join(OrderRow, OrderRow.account_manager_key == AccountManagerRow.key)
    .where(OrderRow.key == AdjustmentRow.order_key)
    # Few are undecided: each is looked up by itself, and no plan begins with all orders.
    .scalar_subquery()
)
_UNDECIDED = select(
    AdjustmentRow.key, AdjustmentRow.team_id, AdjustmentRow.requester, _manager.label("account_name")
).where(AdjustmentRow.state == AdjustmentState.PENDING)


def list_unseen(connection: Connection) -> frozenset[int]:
    """The keys of the undecided adjustments whose requesters do not see their orders any more.

    None as long as the desk has no member at all: then its first admins see everything.
    """
    reach = {(member.team_id, member.slack_user_id): member.reach for member in list_members(connection)}
    if not reach:
        return frozenset()
    return frozenset(
        row.key
        for row in connection.execute(_UNDECIDED)
        if (row.team_id, row.requester) not in reach or not reach[row.team_id, row.requester].covers(row.account_name)
    )
