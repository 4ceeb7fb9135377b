"""How orders are judged by criteria: the one WHERE of searches and exports, as conditions and their values.

A condition follows from the kind of its criterion and from the column that it compares. A criterion without a column
here is refused: without its condition, orders would be found that nobody asked for.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any, assert_never

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    ColumnElement,
    Select,
    String,
    TableValuedAlias,
    and_,
    bindparam,
    cast,
    column,
    func,
    literal_column,
    select,
)
from sqlalchemy.orm import aliased

from store.domain.orders.criteria import OrderCriteria, UnknownCriterion
from store.domain.orders.criterion import (
    Codes,
    DaysAhead,
    FirstDay,
    Kind,
    LastDay,
    NamePart,
    OneList,
    Picked,
    ProductTypes,
    TextStart,
    WholeText,
    described,
)
from store.domain.orders.customers import CustomerTab
from store.domain.orders.order import end_of_beginning
from store.queries.orders.customers import contains_text
from store.tables import CustomerRow, OrderItemRow, UtcTime

COLUMNS = {
    "customer": "customer_key",
    "customer_key": "customer_key",
    "order_no": "order_id_folded",
    "statuses": "status",
    "product_types": "product_type_key",
    "order_types": "order_type",
    "contract_id": "contract_id_folded",
    "expiring": "key",
    "ordered_from": "create_time",
    "ordered_to": "create_time",
    "tab": "resellers",
}
"""The column of OrderRow that each criterion compares."""
KINDS: dict[str, Kind] = {one.name: one.kind for one in described(OrderCriteria)}
EARLIEST, LATEST = datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, tzinfo=UTC)
"""The moments of open days."""


ITEM = aliased(OrderItemRow, name="e")


def column_of(name: str) -> str:
    """The column that the criterion compares. Raises UnknownCriterion."""
    try:
        return COLUMNS[name]
    except KeyError:
        raise UnknownCriterion(name) from None


def condition(name: str, row: Any, *, sqlite: bool, walking: bool) -> ColumnElement[bool]:  # noqa: ANN401
    """Whether a row, which has the columns of OrderRow, is right by that criterion. Raises UnknownCriterion.

    `walking`: rows are met one by one, and PostgreSQL must not leave the walk for another index or a join.
    The values of its parameters are those of `values_of_criteria`.
    """
    compared = getattr(row, column_of(name))
    judged = _condition(name, compared, KINDS[name], sqlite=sqlite, walking=walking)
    # Conditions that are tested for being true are not seen through by PostgreSQL's planner.
    return judged.is_(True) if walking and not sqlite else judged


def _condition(
    name: str,
    compared: Any,  # noqa: ANN401
    kind: Kind,
    *,
    sqlite: bool,
    walking: bool,
) -> ColumnElement[bool]:
    judged: ColumnElement[bool]
    match kind:
        case OneList():
            judged = compared == bindparam("resellers", type_=Boolean)
        case NamePart():
            judged = _named(compared, sqlite=sqlite, walking=walking)
        case Picked() | Codes() | ProductTypes():
            judged = compared.in_(select(listed(name, sqlite=sqlite).c.value))
        case TextStart():
            judged = and_(compared >= lower_bound(name), compared < upper_bound(name))
        case WholeText():
            judged = compared == bindparam(name, type_=String)
        case DaysAhead():
            judged = _expiring(compared, name, walking=walking)
        case FirstDay():
            judged = compared >= bindparam("first", type_=UtcTime)
        case LastDay():
            judged = compared < bindparam("until", type_=UtcTime)
        case _:
            assert_never(kind)
    return judged


def _named(customer_key: Any, *, sqlite: bool, walking: bool) -> ColumnElement[bool]:  # noqa: ANN401
    """Whether a part of that customer's name is the text."""
    customer = aliased(CustomerRow, name="c")
    fits = contains_text(customer.search_text, sqlite=sqlite)
    if not walking:
        among: ColumnElement[bool] = customer_key.in_(select(customer.key).where(fits))
        return among
    # A value and no EXISTS: PostgreSQL would make that a join, and walk no more.
    looked_at = select(fits).where(customer.key == customer_key)
    return looked_at.correlate_except(customer).scalar_subquery().is_(True)


def _expiring(order_key: Any, name: str, *, walking: bool) -> ColumnElement[bool]:  # noqa: ANN401
    """Whether an item of that order expires in time."""
    within = select(ITEM.key).where(expires_within(ITEM, name), ITEM.order_key == order_key).correlate_except(ITEM)
    if not walking:
        return within.exists()
    # A value and no EXISTS: PostgreSQL would make a table of all that expires in time before it walks.
    return within.limit(literal_column("1")).scalar_subquery().is_not(None)


def expires_within(item: Any, name: str) -> ColumnElement[bool]:  # noqa: ANN401
    """Whether the item expires after `now` and not after the criterion's last moment."""
    now, last = bindparam("now", type_=UtcTime), bindparam(f"{name}_last", type_=UtcTime)
    return and_(item.expire_time > now, item.expire_time <= last)


def lower_bound(name: str) -> ColumnElement[str]:
    """What texts with that criterion's beginning are not less than."""
    return bindparam(f"{name}_from", type_=String)


def upper_bound(name: str) -> ColumnElement[str]:
    """What texts with that criterion's beginning are less than."""
    return bindparam(f"{name}_to", type_=String)


def values_of_criteria(criteria: OrderCriteria, time_zone: str, now: datetime, *, sqlite: bool) -> dict[str, Any]:
    """The values of the conditions of all criteria, also of those left empty. `now` is aware."""
    first, until = criteria.span(time_zone)
    values: dict[str, Any] = {"first": first or EARLIEST, "until": until or LATEST, "now": now}
    for one in described(type(criteria)):
        value = getattr(criteria, one.name)
        match one.kind:
            case OneList():
                values["resellers"] = value is CustomerTab.RESELLERS_CUSTOMERS
            case NamePart(fold=fold):
                values["text"] = fold(value)
            case Picked():
                values[one.name] = values_of([value or 0], sqlite=sqlite)
            case Codes() | ProductTypes():
                values[one.name] = values_of(sorted(value), sqlite=sqlite)
            case TextStart(fold=fold):
                folded = fold(value)
                values |= {f"{one.name}_from": folded, f"{one.name}_to": folded and end_of_beginning(folded)}
            case WholeText(fold=fold):
                values[one.name] = fold(value)
            case DaysAhead():
                values[f"{one.name}_last"] = now + timedelta(days=value or 0)
            case FirstDay() | LastDay():
                pass
            case _:
                assert_never(one.kind)
    return values


def values_of(items: Iterable[int], *, sqlite: bool) -> str:
    """A list as its bound parameter takes it."""
    joined = ",".join(map(str, items))
    return f"[{joined}]" if sqlite else f"{{{joined}}}"


def listed(name: str, *, sqlite: bool) -> TableValuedAlias:
    """A list of whole numbers as a table with one column, `value`."""
    value = column("value", BigInteger)
    if sqlite:
        items = func.json_each(bindparam(name, type_=String))
        return items.table_valued(value, name=f"{name}_list", joins_implicitly=True)
    # Some lists come from the database itself, as texts: so all do.
    items = func.unnest(cast(bindparam(name, type_=String), ARRAY(BigInteger)))
    return items.table_valued(value, name=f"{name}_list").render_derived()


def chosen(
    statement: Select[*tuple[Any, ...]],
    row: Any,  # noqa: ANN401
    criteria: OrderCriteria,
    time_zone: str,
    now: datetime,
    *,
    sqlite: bool,
) -> Select[*tuple[Any, ...]]:
    """The statement, of the orders alone that fit all criteria, with their values. Raises UnknownCriterion."""
    right = (condition(one.name, row, sqlite=sqlite, walking=False) for one in criteria.asked)
    return statement.where(*right).params(values_of_criteria(criteria, time_zone, now, sqlite=sqlite))
