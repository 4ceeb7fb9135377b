"""Adjustments written: each change of state is one conditional write, and says whether it was the one that decided.

PostgreSQL: a change or application of an adjustment locks its order before anything else, and the audit last.
"""

from __future__ import annotations

import json
from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, insert, null, select, update

from store.domain.adjustments.adjustment import Mode, PricedOrder
from store.domain.adjustments.policy import Policy
from store.domain.adjustments.pricing import ByResource, OrderPicture, PricedItem, Proposal
from store.domain.adjustments.states import UNDECIDED, AdjustmentState, Step
from store.domain.adjustments.transitions import TRANSITIONS, Verb
from store.domain.orders.order import DiscountType, OrderStatus
from store.domain.people import Person, Reach
from store.queries.adjustments.snapshots import ask_text, discounts_text, picture_text, policy_text, policy_values
from store.queries.orders.order import find_order, list_discounts, list_items
from store.queries.states import is_among
from store.tables import (
    AdjustmentEventRow,
    AdjustmentItemRow,
    AdjustmentRow,
    AuditRow,
    OrderDiscountRow,
    OrderItemRow,
    OrderRow,
    UtcTime,
)

_LOCK = select(OrderRow.key).where(OrderRow.key == bindparam("order")).with_for_update()
_INSERT = insert(AdjustmentRow).returning(AdjustmentRow.key)
_INSERT_ITEM = insert(AdjustmentItemRow)
_INSERT_EVENT = insert(AdjustmentEventRow)
_THIS = update(AdjustmentRow).where(AdjustmentRow.key == bindparam("adjustment"))
_IF_UNDECIDED = _THIS.where(is_among(AdjustmentRow.state, UNDECIDED))
_COUNT_APPROVAL = (
    _THIS.where(is_among(AdjustmentRow.state, sorted(TRANSITIONS[Verb.APPROVE].sources)))
    .values(approvals=AdjustmentRow.approvals + 1)
    .returning(AdjustmentRow.approvals)
)
_CLOSE = _THIS.where(AdjustmentRow.state.in_(bindparam("sources", expanding=True))).values(
    state=bindparam("outcome"),
    closed_at=bindparam("at", type_=UtcTime()),
    closed_by_team=bindparam("by_team"),
    closed_by=bindparam("by_user"),
    closed_by_name=bindparam("by_name"),
    close_reason=bindparam("why"),
    found=bindparam("as_found"),
    next_reminder_at=null(),
)
_REMINDED = _IF_UNDECIDED.where(AdjustmentRow.next_reminder_at <= bindparam("at", type_=UtcTime())).values(
    next_reminder_at=bindparam("then", type_=UtcTime())
)
_FOLLOW = _IF_UNDECIDED.where(AdjustmentRow.deadline.is_not_distinct_from(bindparam("before", type_=UtcTime()))).values(
    deadline=bindparam("by", type_=UtcTime()), next_reminder_at=bindparam("then", type_=UtcTime())
)
_PRICE = (
    update(OrderRow)
    .where(
        OrderRow.key == bindparam("order"),
        OrderRow.status == OrderStatus.PENDING_PAYMENT,
        OrderRow.amount_after_discount == bindparam("before"),
    )
    .values(amount_after_discount=bindparam("after"))
)
_PRICE_ITEM = (
    update(OrderItemRow)
    .where(OrderItemRow.order_key == bindparam("order"), OrderItemRow.order_line_item_id == bindparam("item"))
    .values(amount_after_discount=bindparam("after"))
)
_DROP_DISCOUNTS = delete(OrderDiscountRow).where(OrderDiscountRow.order_key == bindparam("order"))
_INSERT_DISCOUNT = insert(OrderDiscountRow)
_SUPERSEDE = (
    update(AdjustmentRow)
    .where(
        AdjustmentRow.order_key == bindparam("order"),
        AdjustmentRow.key != bindparam("adjustment"),
        AdjustmentRow.state == AdjustmentState.APPLIED,
        AdjustmentRow.superseded_by.is_(None),
    )
    .values(superseded_by=bindparam("adjustment"))
)
_SUPERSEDED = select(AdjustmentRow.key).where(
    AdjustmentRow.order_key == bindparam("order"), AdjustmentRow.superseded_by == bindparam("adjustment")
)
_LAST_POLICY = select(AuditRow.details).where(AuditRow.action == "policy.set").order_by(AuditRow.seq.desc()).limit(1)
_ALL_ITEMS = 1_000_000


def lock_order(connection: Connection, order_key: int) -> None:
    """Waits for others who change the order, and keeps others from it until this transaction ends."""
    connection.execute(_LOCK, {"order": order_key})


def find_priced_order(connection: Connection, reach: Reach, key: int) -> PricedOrder | None:
    """The order as an adjustment is judged on it, within the reach."""
    found = find_order(connection, reach, key)
    if found is None:
        return None
    order, _ = found
    items = list_items(connection, order, 0, _ALL_ITEMS)
    picture = OrderPicture(
        order_id=order.order_id,
        status=order.status,
        official_amount=order.official_amount,
        amount_after_discount=order.amount_after_discount,
        coupons_and_cards=order.coupon_amount + order.flexipurchase_coupon_amount + order.stored_card_amount,
        discounts=tuple((kind, amount) for kind, amount in list_discounts(connection, order) if amount),
        items=tuple(
            PricedItem(
                order_line_item_id=item.order_line_item_id,
                service_type_code=item.service_type_code,
                product_spec_desc=item.product_spec_desc,
                period_type=item.period_type,
                period_num=item.period_num,
                subscription_num=item.subscription_num,
                official_amount=item.official_amount,
                amount_after_discount=item.amount_after_discount,
                discountable=item.discountable,
            )
            for item in items
        ),
    )
    return PricedOrder(
        key=order.key,
        picture=picture,
        order_type=order.order_type,
        association_type=order.customer.association_type,
        resellers=order.customer.reseller_id is not None,
        deadline=order.pending_payment_end_time,
        customer_name=order.customer.name,
        service_type_name=order.product_type.service_type_name,
    )


def insert_adjustment(
    connection: Connection,
    order: PricedOrder,
    proposal: Proposal,
    reason: str,
    requester: Person,
    at: datetime,
    next_reminder_at: datetime | None,
) -> int:
    """A new pending adjustment's key, with all that it was judged on."""
    key: int = connection.execute(
        _INSERT,
        {
            "order_key": order.key,
            "state": AdjustmentState.PENDING,
            "mode": Mode.RESOURCE_PRICE if isinstance(proposal.ask, ByResource) else Mode.ORDER_PRICE,
            "ask": ask_text(proposal.ask),
            "policy": policy_text(proposal.policy),
            "currency": proposal.picture.currency,
            "official_amount": proposal.official_amount.minor,
            "amount_before": proposal.before.minor,
            "coupons_and_cards": proposal.picture.coupons_and_cards.minor,
            "discount": proposal.discount.minor,
            "maximum": proposal.maximum.minor,
            "replaced": discounts_text(proposal.replaced),
            "reason": reason,
            "team_id": requester.team_id,
            "requester": requester.slack_user_id,
            "requester_name": requester.name,
            "submitted_at": at,
            "deadline": order.deadline,
            "next_reminder_at": next_reminder_at,
            "needed_approvals": proposal.needed_approvals,
            "approvals": 0,
            "close_reason": "",
        },
    ).scalar_one()
    connection.execute(
        _INSERT_ITEM,
        [
            {
                "adjustment_key": key,
                "position": position,
                "order_line_item_id": proposed.item.order_line_item_id,
                "service_type_code": proposed.item.service_type_code,
                "product_spec_desc": proposed.item.product_spec_desc,
                "period_type": proposed.item.period_type,
                "period_num": proposed.item.period_num,
                "subscription_num": proposed.item.subscription_num,
                "official_amount": proposed.item.official_amount.minor,
                "amount_before": proposed.before.minor,
                "discountable": proposed.item.discountable,
                "maximum": proposed.maximum.minor,
                "discount": proposed.discount.minor,
            }
            for position, proposed in enumerate(proposal.items)
        ],
    )
    return key


def add_event(connection: Connection, key: int, step: Step, at: datetime, by: Person | None, reason: str = "") -> None:
    """Writes a step of the adjustment's life."""
    connection.execute(
        _INSERT_EVENT,
        {
            "adjustment_key": key,
            "step": step,
            "at": at,
            "team_id": by.team_id if by else None,
            "slack_user_id": by.slack_user_id if by else None,
            "name": by.name if by else None,
            "reason": reason,
        },
    )


def count_approval(connection: Connection, key: int) -> int | None:
    """Counts one more approval, and gives their number; None where the adjustment is no longer undecided."""
    return connection.execute(_COUNT_APPROVAL, {"adjustment": key}).scalar()


def close_adjustment(
    connection: Connection,
    key: int,
    verb: Verb,
    outcome: AdjustmentState,
    at: datetime,
    by: Person | None,
    reason: str,
    found: OrderPicture | None,
) -> bool:
    """The conditional write that decides: False where the adjustment is in no state that the verb starts from."""
    values = {
        "adjustment": key,
        "sources": sorted(TRANSITIONS[verb].sources),
        "outcome": outcome,
        "at": at,
        "by_team": by.team_id if by else None,
        "by_user": by.slack_user_id if by else None,
        "by_name": by.name if by else None,
        "why": reason,
        "as_found": picture_text(found) if found else None,
    }
    return connection.execute(_CLOSE, values).rowcount == 1


def note_reminder(connection: Connection, key: int, at: datetime, then: datetime | None) -> bool:
    """Takes the reminder that is due; `then` is when the next one is. False: somebody took it, or it is decided."""
    return connection.execute(_REMINDED, {"adjustment": key, "at": at, "then": then}).rowcount == 1


def follow_deadline(
    connection: Connection, key: int, before: datetime | None, deadline: datetime, then: datetime | None
) -> bool:
    """Plans by another deadline than the one before; `then` is when it is reminded of. False: somebody did, or it is
    decided.
    """
    values = {"adjustment": key, "before": before, "by": deadline, "then": then}
    return connection.execute(_FOLLOW, values).rowcount == 1


def apply_proposal(connection: Connection, order_key: int, adjustment_key: int, proposal: Proposal) -> bool:
    """Writes the new price: discount 609 in the place of all others, items and order, earlier adjustments superseded.

    False, with nothing written, where the order is not pending payment at the price it was judged at.
    """
    price = {"order": order_key, "before": proposal.before.minor, "after": proposal.after.minor}
    if connection.execute(_PRICE, price).rowcount == 0:
        return False
    connection.execute(
        _PRICE_ITEM,
        [
            {"order": order_key, "item": item.item.order_line_item_id, "after": item.after.minor}
            for item in proposal.items
        ],
    )
    connection.execute(_DROP_DISCOUNTS, {"order": order_key})
    connection.execute(
        _INSERT_DISCOUNT,
        [
            {
                "order_key": order_key,
                "order_line_item_id": item.item.order_line_item_id,
                "discount_type": DiscountType.ORDER_PRICE_ADJUSTMENT,
                "discount_amount": item.discount.minor,
            }
            for item in proposal.items
            if item.discount
        ],
    )
    connection.execute(_SUPERSEDE, {"order": order_key, "adjustment": adjustment_key})
    return True


def list_superseded(connection: Connection, order_key: int, adjustment_key: int) -> tuple[int, ...]:
    """The keys of the order's adjustments in whose place that one was applied."""
    return tuple(connection.execute(_SUPERSEDED, {"order": order_key, "adjustment": adjustment_key}).scalars())


def policy_is_noted(connection: Connection, policy: Policy) -> bool:
    """Whether the audit chain's last word on the policy is this one."""
    last = connection.execute(_LAST_POLICY).scalar()
    return last is not None and json.loads(last) == policy_values(policy)
