"""Whether the requester of an adjustment still sees its order: customers pass to others, and people leave the desk."""

from __future__ import annotations

from sqlalchemy import Connection, and_, case, exists, not_, select, true

from store.domain.adjustments.states import UNDECIDED
from store.domain.people import Role, format_roles
from store.queries.states import is_among
from store.tables import AccountManagerRow, AdjustmentRow, MemberRow, OrderRow

_OWN_ALONE = format_roles(frozenset({Role.SALESPERSON}))
_reach = case(
    # As long as the desk has no member at all, its first admins see everything.
    (MemberRow.roles.is_(None), not_(exists(select(MemberRow.slack_user_id).correlate(None)))),
    (
        MemberRow.roles == _OWN_ALONE,
        MemberRow.account_name_folded == AccountManagerRow.account_name_folded,
    ),
    else_=true(),
)
REQUESTER_SEES = (
    select(OrderRow.key)
    .join(AccountManagerRow, AccountManagerRow.key == OrderRow.account_manager_key)
    .outerjoin(
        MemberRow,
        and_(MemberRow.team_id == AdjustmentRow.team_id, MemberRow.slack_user_id == AdjustmentRow.requester),
    )
    .where(OrderRow.key == AdjustmentRow.order_key, _reach)
    .correlate(AdjustmentRow)
    .exists()
)
"""Of an adjustment in the statement around it, by the rule of `Member.reach`."""

_UNSEEN = select(AdjustmentRow.key).where(is_among(AdjustmentRow.state, UNDECIDED), not_(REQUESTER_SEES))


def list_unseen(connection: Connection) -> frozenset[int]:
    """The keys of the undecided adjustments whose requesters no longer see their orders."""
    return frozenset(connection.execute(_UNSEEN).scalars())
