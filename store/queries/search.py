"""Orders by any criteria: a page, newest first, and how many there are."""

from __future__ import annotations

from sqlalchemy import ColumnElement, Connection, and_, func, or_, select

from store.domain.criteria import COUNT_CAP, PAGE_SIZE, CappedCount, Cursor, OrderCriteria, OrderPage
from store.domain.customers import CustomerTab, fold_text
from store.domain.money import Money
from store.domain.orders import OrderStatus, OrderSummary, OrderType, fold_order_id
from store.domain.people import Reach
from store.queries.customers import escape_like
from store.queries.reading import AnyRow
from store.tables import AccountManagerRow, CustomerRow, OrderRow, ProductTypeRow


def search_orders(
    connection: Connection, reach: Reach, criteria: OrderCriteria, time_zone: str, cursor: Cursor | None
) -> OrderPage:
    """The page that the cursor leads to; the first without one. `time_zone` says when the criteria's days begin."""
    where = _conditions(reach, criteria, time_zone)
    joined = (
        select(OrderRow.key)
        .join(CustomerRow, CustomerRow.key == OrderRow.customer_key)
        .join(AccountManagerRow, AccountManagerRow.key == OrderRow.account_manager_key)
        .where(*where)
    )
    count = connection.execute(select(func.count()).select_from(joined.limit(COUNT_CAP + 1).subquery())).scalar_one()
    forward = cursor is None or cursor.forward
    statement = (
        select(
            OrderRow.key,
            OrderRow.order_id,
            CustomerRow.name.label("customer_name"),
            OrderRow.resellers,
            OrderRow.status,
            OrderRow.order_type,
            ProductTypeRow.service_type_name,
            OrderRow.currency,
            OrderRow.official_amount,
            OrderRow.amount_after_discount,
            OrderRow.create_time,
            OrderRow.payment_time,
            OrderRow.pending_payment_end_time,
        )
        .join(CustomerRow, CustomerRow.key == OrderRow.customer_key)
        .join(AccountManagerRow, AccountManagerRow.key == OrderRow.account_manager_key)
        .join(ProductTypeRow, ProductTypeRow.key == OrderRow.product_type_key)
        .where(*where)
        .limit(PAGE_SIZE + 1)
    )
    if forward:
        statement = statement.order_by(OrderRow.create_time.desc(), OrderRow.key.desc())
    else:
        statement = statement.order_by(OrderRow.create_time, OrderRow.key)
    if cursor is not None:
        statement = statement.where(_beyond(cursor))
    rows = [summary(row) for row in connection.execute(statement)]
    more = len(rows) > PAGE_SIZE
    if cursor is not None and not (rows if forward else more or len(rows) == PAGE_SIZE):
        # What stood there is gone, or the way back has reached the beginning: the first page, as it is now.
        return search_orders(connection, reach, criteria, time_zone, None)
    rows = rows[:PAGE_SIZE]
    if not forward:
        rows.reverse()
    return paged(tuple(rows), more, cursor, CappedCount(min(count, COUNT_CAP), count > COUNT_CAP))


def paged(rows: tuple[OrderSummary, ...], more: bool, cursor: Cursor | None, total: CappedCount) -> OrderPage:
    """The page of these rows, newest first, with the cursors to its neighbours.

    `more`: whether rows are left beyond these in the direction of the cursor.
    """
    if cursor is None:
        offset, before, after = 0, False, more
    elif cursor.forward:
        offset, before, after = cursor.offset, True, more
    else:
        offset, before, after = cursor.offset if more else 0, more, True
    previous = (
        Cursor(rows[0].create_time, rows[0].key, forward=False, offset=max(offset - PAGE_SIZE, 0)) if before else None
    )
    following = Cursor(rows[-1].create_time, rows[-1].key, forward=True, offset=offset + len(rows)) if after else None
    return OrderPage(rows, total, offset, previous, following)


def summary(row: AnyRow) -> OrderSummary:
    """The order of a row of a list."""
    return OrderSummary(
        key=row.key,
        order_id=row.order_id,
        customer_name=row.customer_name,
        tab=CustomerTab.RESELLERS_CUSTOMERS if row.resellers else CustomerTab.CUSTOMERS,
        status=OrderStatus(row.status),
        order_type=OrderType(row.order_type),
        service_type_name=row.service_type_name,
        official_amount=Money.of_minor(row.official_amount, row.currency),
        amount_after_discount=Money.of_minor(row.amount_after_discount, row.currency),
        create_time=row.create_time,
        payment_time=row.payment_time,
        pending_payment_end_time=row.pending_payment_end_time,
    )


def _beyond(cursor: Cursor) -> ColumnElement[bool]:
    if cursor.forward:
        return or_(
            OrderRow.create_time < cursor.create_time,
            and_(OrderRow.create_time == cursor.create_time, OrderRow.key < cursor.key),
        )
    return or_(
        OrderRow.create_time > cursor.create_time,
        and_(OrderRow.create_time == cursor.create_time, OrderRow.key > cursor.key),
    )


def _conditions(reach: Reach, criteria: OrderCriteria, time_zone: str) -> list[ColumnElement[bool]]:
    where: list[ColumnElement[bool]] = [OrderRow.resellers == (criteria.tab is CustomerTab.RESELLERS_CUSTOMERS)]
    if not reach.everything:
        where.append(AccountManagerRow.account_name == reach.account_name)
    if criteria.customer:
        pattern = f"%{escape_like(fold_text(criteria.customer))}%"
        where.append(CustomerRow.search_text.like(pattern, escape="\\"))
    if criteria.customer_key is not None:
        where.append(OrderRow.customer_key == criteria.customer_key)
    if criteria.order_no:
        where.append(OrderRow.order_id_folded.like(f"{escape_like(fold_order_id(criteria.order_no))}%", escape="\\"))
    if criteria.statuses:
        where.append(OrderRow.status.in_(sorted(criteria.statuses)))
    if criteria.product_types:
        where.append(OrderRow.product_type_key.in_(sorted(criteria.product_types)))
    if criteria.order_types:
        where.append(OrderRow.order_type.in_(sorted(criteria.order_types)))
    first, last = criteria.span(time_zone)
    if first is not None:
        where.append(OrderRow.create_time >= first)
    if last is not None:
        where.append(OrderRow.create_time < last)
    return where
