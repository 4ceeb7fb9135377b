"""Adjustments read: one whole, and pages of them. Reach is that of the order that an adjustment is of."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import ColumnElement, Connection, Select, and_, bindparam, func, literal, not_, or_, select

from store.domain.adjustments.adjustment import (
    Adjustment,
    AdjustmentEvent,
    AdjustmentPage,
    AdjustmentSummary,
    Decision,
    Mode,
)
from store.domain.adjustments.pricing import OrderPicture, PricedItem, Proposal, ProposedItem
from store.domain.adjustments.states import UNDECIDED, AdjustmentState, Step
from store.domain.money import Money
from store.domain.orders.order import OrderStatus, PeriodType
from store.domain.paging import ListCursor
from store.domain.people import Person, Reach
from store.queries.adjustments.requesters import REQUESTER_SEES
from store.queries.adjustments.snapshots import ask_of, discounts_of, picture_of, policy_of
from store.queries.paging import FETCHED, count_capped, page_as_shown, page_of
from store.queries.reading import AnyRow, Scoped
from store.queries.states import is_among
from store.tables import (
    AccountManagerRow,
    AdjustmentEventRow,
    AdjustmentItemRow,
    AdjustmentRow,
    CustomerRow,
    OrderRow,
    ProductTypeRow,
    UtcTime,
)

# An extended deadline extends the wait: the order's own counts, as long as it has one.
_deadline = func.coalesce(OrderRow.pending_payment_end_time, AdjustmentRow.deadline, type_=UtcTime())
_NEVER = datetime(9999, 1, 1, tzinfo=UTC)
"""What stands for no deadline where rows are sorted by it."""
_nearest = func.coalesce(_deadline, literal(_NEVER, UtcTime()), type_=UtcTime())
_UNDECIDED = is_among(AdjustmentRow.state, UNDECIDED)

_SUMMARIES = (
    select(
        AdjustmentRow.key,
        AdjustmentRow.order_key,
        OrderRow.order_id,
        CustomerRow.name.label("customer_name"),
        ProductTypeRow.service_type_name,
        AdjustmentRow.state,
        AdjustmentRow.mode,
        AdjustmentRow.currency,
        AdjustmentRow.official_amount,
        AdjustmentRow.amount_before,
        AdjustmentRow.discount,
        AdjustmentRow.maximum,
        AdjustmentRow.reason,
        AdjustmentRow.team_id,
        AdjustmentRow.requester,
        AdjustmentRow.requester_name,
        AdjustmentRow.submitted_at,
        _deadline.label("deadline"),
        _nearest.label("nearest"),
        AdjustmentRow.needed_approvals,
        AdjustmentRow.closed_at,
        AdjustmentRow.closed_by_team,
        AdjustmentRow.closed_by,
        AdjustmentRow.closed_by_name,
        AdjustmentRow.close_reason,
        AdjustmentRow.superseded_by,
        AdjustmentRow.overridden_at,
        REQUESTER_SEES.label("requester_sees"),
    )
    .join(OrderRow, OrderRow.key == AdjustmentRow.order_key)
    .join(CustomerRow, CustomerRow.key == OrderRow.customer_key)
    .join(AccountManagerRow, AccountManagerRow.key == OrderRow.account_manager_key)
    .join(ProductTypeRow, ProductTypeRow.key == OrderRow.product_type_key)
)
_WHOLE = Scoped.of(
    _SUMMARIES.add_columns(
        AdjustmentRow.ask,
        AdjustmentRow.policy,
        AdjustmentRow.coupons_and_cards,
        AdjustmentRow.replaced,
        AdjustmentRow.found,
    ).where(AdjustmentRow.key == bindparam("key"))
)
_ITEMS = (
    select(
        AdjustmentItemRow.order_line_item_id,
        AdjustmentItemRow.service_type_code,
        AdjustmentItemRow.product_spec_desc,
        AdjustmentItemRow.period_type,
        AdjustmentItemRow.period_num,
        AdjustmentItemRow.subscription_num,
        AdjustmentItemRow.official_amount,
        AdjustmentItemRow.amount_before,
        AdjustmentItemRow.discountable,
        AdjustmentItemRow.maximum,
        AdjustmentItemRow.discount,
    )
    .where(AdjustmentItemRow.adjustment_key == bindparam("key"))
    .order_by(AdjustmentItemRow.position)
)
_EVENTS = (
    select(
        AdjustmentEventRow.adjustment_key,
        AdjustmentEventRow.step,
        AdjustmentEventRow.at,
        AdjustmentEventRow.team_id,
        AdjustmentEventRow.slack_user_id,
        AdjustmentEventRow.name,
        AdjustmentEventRow.reason,
    )
    .where(AdjustmentEventRow.adjustment_key.in_(bindparam("keys", expanding=True)))
    .order_by(AdjustmentEventRow.key)
)
_APPROVALS = _EVENTS.where(AdjustmentEventRow.step == Step.APPROVED)
_ORDER_OF = Scoped.of(
    select(AdjustmentRow.order_key)
    .join(OrderRow, OrderRow.key == AdjustmentRow.order_key)
    .join(AccountManagerRow, AccountManagerRow.key == OrderRow.account_manager_key)
    .where(AdjustmentRow.key == bindparam("key"))
)
_UNDECIDED_OF = select(AdjustmentRow.key).where(AdjustmentRow.order_key == bindparam("order"), _UNDECIDED)
_EXPIRED = (
    select(AdjustmentRow.key)
    .join(OrderRow, OrderRow.key == AdjustmentRow.order_key)
    .where(_UNDECIDED, _deadline <= bindparam("now", type_=UtcTime()))
    .order_by(AdjustmentRow.key)
    .limit(bindparam("limit"))
)
_MOVED = (
    select(
        AdjustmentRow.key,
        AdjustmentRow.submitted_at,
        AdjustmentRow.deadline.label("before"),
        OrderRow.pending_payment_end_time.label("deadline"),
    )
    .join(OrderRow, OrderRow.key == AdjustmentRow.order_key)
    .where(
        _UNDECIDED,
        OrderRow.pending_payment_end_time.is_not(None),
        AdjustmentRow.deadline.is_distinct_from(OrderRow.pending_payment_end_time),
    )
    .order_by(AdjustmentRow.key)
    .limit(bindparam("limit"))
)
_TO_REMIND = (
    select(AdjustmentRow.key)
    .where(_UNDECIDED, AdjustmentRow.next_reminder_at <= bindparam("now", type_=UtcTime()))
    .order_by(AdjustmentRow.next_reminder_at)
    .limit(bindparam("limit"))
)


def find_order_of(connection: Connection, reach: Reach, key: int) -> int | None:
    """The key of the order that the adjustment is of, within the reach."""
    order_key: int | None = _ORDER_OF.run(connection, reach, key=key).scalar()
    return order_key


def find_undecided(connection: Connection, order_key: int) -> int | None:
    """The key of the order's undecided adjustment."""
    return connection.execute(_UNDECIDED_OF, {"order": order_key}).scalar()


def list_expired(connection: Connection, now: datetime, limit: int) -> tuple[int, ...]:
    """Keys of undecided adjustments whose orders' payment deadlines have passed."""
    return tuple(connection.execute(_EXPIRED, {"now": now, "limit": limit}).scalars())


@dataclass(frozen=True, slots=True)
class MovedDeadline:
    """An undecided adjustment that is planned by another deadline than its order has now."""

    key: int
    submitted_at: datetime
    before: datetime | None
    deadline: datetime


def list_moved_deadlines(connection: Connection, limit: int) -> tuple[MovedDeadline, ...]:
    """Undecided adjustments whose orders' payment deadlines the source has moved."""
    found = connection.execute(_MOVED, {"limit": limit})
    return tuple(MovedDeadline(row.key, row.submitted_at, row.before, row.deadline) for row in found)


def list_to_remind(connection: Connection, now: datetime, limit: int) -> tuple[int, ...]:
    """Keys of undecided adjustments that are to be reminded of, the longest overdue first."""
    return tuple(connection.execute(_TO_REMIND, {"now": now, "limit": limit}).scalars())


def find_adjustment(connection: Connection, reach: Reach, key: int) -> Adjustment | None:
    """The adjustment whole, within the reach."""
    row = _WHOLE.run(connection, reach, key=key).first()
    if row is None:
        return None
    events = tuple(_event(event) for event in connection.execute(_EVENTS, {"keys": [key]}))
    approvals = [event for event in events if event.step is Step.APPROVED]
    items = tuple(_item(item, row.currency) for item in connection.execute(_ITEMS, {"key": key}))
    summary = _summary(row, [Decision(event.by, event.at) for event in approvals if event.by])
    return Adjustment(
        summary=summary,
        proposal=_proposal(row, summary, items),
        found=picture_of(row.found) if row.found else None,
        events=events,
    )


def list_history(
    connection: Connection,
    reach: Reach,
    order_key: int | None,
    cursor: ListCursor | None,
    shown: Sequence[int] = (),
) -> AdjustmentPage:
    """Adjustments of that order, or of all orders within the reach: newest first. `shown`: as list_waiting has it."""
    where = _within(reach)
    if order_key is not None:
        where.append(AdjustmentRow.order_key == order_key)
    return _page_or_shown(connection, _Listing(where, by_deadline=False), reach, cursor, shown)


def list_waiting(
    connection: Connection,
    reach: Reach,
    person: Person,
    now: datetime,
    cursor: ListCursor | None,
    shown: Sequence[int] = (),
) -> AdjustmentPage:
    """Undecided adjustments that this person may still decide, the nearest deadline first.

    `shown`: the keys that the person has before them; those within the reach are the page, decided or not.
    """
    theirs = and_(AdjustmentRow.team_id == person.team_id, AdjustmentRow.requester == person.slack_user_id)
    approved = (
        select(AdjustmentEventRow.key)
        .where(
            AdjustmentEventRow.adjustment_key == AdjustmentRow.key,
            AdjustmentEventRow.step == Step.APPROVED,
            AdjustmentEventRow.team_id == person.team_id,
            AdjustmentEventRow.slack_user_id == person.slack_user_id,
        )
        .exists()
    )
    where = [*_within(reach), _UNDECIDED, not_(theirs), not_(approved), now < _nearest]
    return _page_or_shown(connection, _Listing(where, by_deadline=True), reach, cursor, shown)


@dataclass(frozen=True, slots=True)
class _Listing:
    where: list[ColumnElement[bool]]
    by_deadline: bool
    """The nearest deadline first; else the newest first."""

    def beyond(self, cursor: ListCursor) -> ColumnElement[bool]:
        """What stands after the cursor's row in the direction in which it goes."""
        later = AdjustmentRow.key > cursor.key if self.by_deadline is cursor.forward else AdjustmentRow.key < cursor.key
        if not self.by_deadline:
            return later
        moment = literal(cursor.moment or _NEVER, UtcTime())
        return or_(_nearest > moment if cursor.forward else _nearest < moment, and_(_nearest == moment, later))

    def sorted(self, statement: Select[*tuple[object, ...]], *, forward: bool) -> Select[*tuple[object, ...]]:
        columns = [_nearest, AdjustmentRow.key] if self.by_deadline else [AdjustmentRow.key]
        upwards = self.by_deadline is forward
        return statement.order_by(*(column.asc() if upwards else column.desc() for column in columns))


def _within(reach: Reach) -> list[ColumnElement[bool]]:
    return [] if reach.everything else [AccountManagerRow.account_name_folded == reach.compared]


def _page_or_shown(
    connection: Connection, listing: _Listing, reach: Reach, cursor: ListCursor | None, shown: Sequence[int]
) -> AdjustmentPage:
    among = AdjustmentRow.key.in_(shown)
    found = {row.key: row for row in connection.execute(_SUMMARIES.where(*_within(reach), among))} if shown else {}
    if not found:
        return _page(connection, listing, cursor)
    matching = _SUMMARIES.where(*listing.where)

    def beyond(cursor: ListCursor) -> bool:
        return connection.execute(matching.where(listing.beyond(cursor)).limit(1)).first() is not None

    listed = len(connection.execute(matching.where(among)).all())
    rows = [found[key] for key in shown if key in found]
    offset = cursor.offset if cursor else 0
    page = page_as_shown(rows, listed, offset, count_capped(connection, matching), _cursor, beyond)
    return page.of(_summaries(connection, page.rows))


def _page(connection: Connection, listing: _Listing, cursor: ListCursor | None) -> AdjustmentPage:
    matching = _SUMMARIES.where(*listing.where)
    total = count_capped(connection, matching)
    page = listing.sorted(matching, forward=cursor is None or cursor.forward).limit(FETCHED)
    if cursor is not None:
        page = page.where(listing.beyond(cursor))
    found = page_of(connection.execute(page).all(), cursor, total, _cursor)
    if found is None:
        return _page(connection, listing, None)
    return found.of(_summaries(connection, found.rows))


def _cursor(row: AnyRow, forward: bool, offset: int) -> ListCursor:
    return ListCursor(row.key, forward, offset, None if row.nearest == _NEVER else row.nearest)


def _summaries(connection: Connection, rows: Iterable[AnyRow]) -> tuple[AdjustmentSummary, ...]:
    rows = list(rows)
    approvals: defaultdict[int, list[Decision]] = defaultdict(list)
    if rows:
        for row in connection.execute(_APPROVALS, {"keys": [row.key for row in rows]}):
            approvals[row.adjustment_key].append(Decision(Person(row.team_id, row.slack_user_id, row.name), row.at))
    return tuple(_summary(row, approvals[row.key]) for row in rows)


def _summary(row: AnyRow, approvals: list[Decision]) -> AdjustmentSummary:
    money = _money(row.currency)
    closed_by = Person(row.closed_by_team, row.closed_by, row.closed_by_name) if row.closed_by else None
    return AdjustmentSummary(
        key=row.key,
        order_key=row.order_key,
        order_id=row.order_id,
        customer_name=row.customer_name,
        service_type_name=row.service_type_name,
        state=AdjustmentState(row.state),
        mode=Mode(row.mode),
        official_amount=money(row.official_amount),
        before=money(row.amount_before),
        discount=money(row.discount),
        maximum=money(row.maximum),
        reason=row.reason,
        requester=Person(row.team_id, row.requester, row.requester_name),
        submitted_at=row.submitted_at,
        deadline=row.deadline,
        needed_approvals=row.needed_approvals,
        approvals=tuple(approvals),
        closed_at=row.closed_at,
        closed_by=closed_by,
        close_reason=row.close_reason,
        superseded_by=row.superseded_by,
        overridden_at=row.overridden_at,
        requester_sees=bool(row.requester_sees),
    )


def _proposal(row: AnyRow, summary: AdjustmentSummary, items: tuple[ProposedItem, ...]) -> Proposal:
    picture = OrderPicture(
        order_id=row.order_id,
        # Nothing else is ever adjusted.
        status=OrderStatus.PENDING_PAYMENT,
        official_amount=summary.official_amount,
        amount_after_discount=summary.before,
        coupons_and_cards=_money(row.currency)(row.coupons_and_cards),
        discounts=discounts_of(row.replaced, row.currency),
        items=tuple(item.item for item in items),
    )
    return Proposal(
        picture=picture,
        ask=ask_of(row.ask, row.currency),
        policy=policy_of(row.policy),
        items=items,
        discount=summary.discount,
        maximum=summary.maximum,
        needed_approvals=summary.needed_approvals,
    )


def _item(row: AnyRow, currency: str) -> ProposedItem:
    money = _money(currency)
    item = PricedItem(
        order_line_item_id=row.order_line_item_id,
        service_type_code=row.service_type_code,
        product_spec_desc=row.product_spec_desc,
        period_type=PeriodType(row.period_type),
        period_num=row.period_num,
        subscription_num=row.subscription_num,
        official_amount=money(row.official_amount),
        amount_after_discount=money(row.amount_before),
        discountable=row.discountable,
    )
    return ProposedItem(item, maximum=money(row.maximum), discount=money(row.discount))


def _event(row: AnyRow) -> AdjustmentEvent:
    by = Person(row.team_id, row.slack_user_id, row.name) if row.slack_user_id else None
    return AdjustmentEvent(Step(row.step), row.at, by, row.reason)


def _money(currency: str) -> Callable[[int], Money]:
    return lambda minor: Money.of_minor(minor, currency)
