"""Walks: the statements that searches are made of, each built once.

A walk goes down (or up) one index of orders for each combination of values of the index's first columns, and merges
what it meets, newest first. No walk reads more than a page of each combination, whatever the page's depth.
Databases do not find such plans by themselves for `IN (…) ORDER BY … LIMIT`: each is told in its own way, PostgreSQL
by LATERAL, SQLite by a limited subquery for each combination and by the index's name.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    ColumnElement,
    Integer,
    Select,
    String,
    and_,
    bindparam,
    case,
    func,
    literal_column,
    select,
    true,
    tuple_,
)
from sqlalchemy.orm import aliased

from store.domain.orders.criteria import PAGE_SIZE
from store.queries.orders.customers import contains_text
from store.queries.orders.walk import CODES, Path, Walk
from store.queries.orders.where import column_of, condition, expires_within, listed, lower_bound, upper_bound
from store.queries.reading import SUMMARY_COLUMNS
from store.tables import CustomerRow, OrderItemRow, OrderRow, ProductTypeRow, UtcTime

_ONCE = literal_column("0", BigInteger)
"""What stands for a combination where there is none."""
ONE_MORE = PAGE_SIZE + 1
"""A page and one row, which says that there is another page."""
_ALL = 2**40
"""More rows than there are."""

Statement = Select[*tuple[Any, ...]]


def _places(path: Path, combination: ColumnElement[int]) -> dict[str, ColumnElement[Any]]:
    """What a combination says of the index's first columns."""
    given = {"status": combination // CODES % CODES, "order_type": combination % CODES}
    match path:
        case Path.NEWEST:
            return {}
        case Path.CONTRACT:
            return {"contract_id_folded": bindparam("contract_id", type_=String)}
        case Path.CUSTOMER:
            return {"customer_key": combination}
        case Path.NUMBER:
            return {"ordered_week": combination}
        case Path.KEY:
            return {"key": combination}
        case Path.STATUS:
            return given
        case Path.PRODUCT:
            return {"product_type_key": combination // (CODES * CODES), **given}


@cache
def page_of(walk: Walk) -> Statement:
    """The summaries of at most ONE_MORE orders beyond a point, in the direction of the walk.

    Values: `manager` where own, `resellers`, the path's `combinations`, the lists of what is judged by,
    `point_time` and `point_key` (the point itself is left out), `first` (forward) or `until` (back) as in count_of,
    where judged by these (as values_of_criteria). By number, all orders of the weeks are read.
    """
    row = aliased(OrderRow, name="o")
    if walk.path is Path.NUMBER:
        # In a week orders stand by their numbers: all of them are read, and put in order before names are looked at.
        plain = walk.without("customer")
        found = _all_rows(plain, row, _bounds(walk, row), row.create_time, row.key, row.customer_key).subquery("found")
        times = select(found.c.create_time, found.c.key).order_by(*_order(walk, found.c.create_time, found.c.key))
        if walk.by_text:
            # The limit of all is what keeps both databases from looking at each name first.
            ordered = times.add_columns(found.c.customer_key).limit(_literal(_ALL)).subquery("ordered")
            times = select(ordered.c.create_time, ordered.c.key).where(_judge(walk, "customer", ordered.c))
            times = times.order_by(*_order(walk, ordered.c.create_time, ordered.c.key))
    elif walk.path.single:
        times = _probe(walk, row, row.key, _places(walk.path, _ONCE)).with_only_columns(row.create_time, row.key)
    else:
        times = _merged(walk)
    return _summaries(walk, times.limit(_literal(ONE_MORE)).subquery("page"))


@cache
def near_page_of(walk: Walk) -> Statement:
    """The rows of page_of, as far as they are among the next `near` orders beyond the point, right or wrong.

    The walk is that of the newest: where much is right, it meets a page sooner than the nearest of each combination.
    """
    row = aliased(OrderRow, name="o")
    # All that is judged, of which the index has everything.
    wanted = (getattr(row, name) for name in sorted(set(map(column_of, walk.judged)) - {"key"}))
    plain = Walk(Path.NEWEST, own=walk.own, sqlite=walk.sqlite, forward=walk.forward, all_days=walk.all_days)
    looked_at = _probe(plain, row, row.key, {}).add_columns(row.create_time, *wanted)
    # No number stands in the statement: it is more than PostgreSQL thinks that one has, who would then sort all of it.
    near: Any = looked_at.limit(bindparam("near", type_=Integer)).subquery("near")
    times = select(near.c.create_time, near.c.key).where(*_judged(walk, near.c))
    times = times.order_by(*_order(walk, near.c.create_time, near.c.key))
    return _summaries(walk, times.limit(_literal(ONE_MORE)).subquery("page"))


@cache
def count_of(walk: Walk, cap: int) -> Statement:
    """How many orders there are from `first` to before `until`, at most `cap`. The direction does not matter."""
    row = aliased(OrderRow, name="o")
    rows = _all_rows(walk, row, _whole(walk, row), row.key)
    return select(func.count()).select_from(rows.limit(_literal(cap)).subquery())


@cache
def page_and_total_of(walk: Walk, cap: int) -> Statement:
    """Rows as of page_of, each with `total`, as of count_of. No row does not say that there is none."""
    return page_of(walk).add_columns(count_of(walk, cap).scalar_subquery().label("total"))


@cache
def all_at_once(walk: Walk, cap: int) -> Statement:
    """For few orders: all are read, and the page and `total`, at most `cap`, come of one reading.

    Values are those of page_of and count_of together.
    """
    row = aliased(OrderRow, name="o")
    return _ordered_page(walk, _all_rows(walk, row, _whole(walk, row), row.create_time, row.key).cte("matches"), cap)


@cache
def page_if_few(walk: Walk, cap: int) -> Statement:
    """The rows of page_of, each with `total`, as of count_of, by one reading of the orders: right where `total` is
    less than `cap`. Where there is no row, there is one with `total` alone.

    Values are those of page_of and count_of together.
    """
    row = aliased(OrderRow, name="o")
    met = _all_rows(walk, row, _whole(walk, row), row.create_time, row.key).limit(_literal(cap)).cte("matches")
    page = _ordered_page(walk, met, cap).subquery("listed")
    total = select(func.count().label("total")).select_from(met).subquery("counted")
    listed = [listed for listed in page.c if listed.key != "total"]
    statement = select(*listed, total.c.total).select_from(total.outerjoin(page, true()))
    return statement.order_by(*_order(walk, page.c.create_time, page.c.key))


@cache
def weeks_of(walk: Walk) -> Statement:
    """Of the weeks that are the `combinations`, those with an order that is judged right, in any order."""
    weeks = listed("combinations", sqlite=walk.sqlite)
    week, row = weeks.c.value, aliased(OrderRow, name="o")
    where = [*_start(walk, row, _places(walk.path, week)), *_judged(walk, row)]
    probe = _hinted(walk, select(row.key).where(*where).limit(_literal(1)), row).correlate(weeks)
    if walk.sqlite:
        return select(week).where(probe.scalar_subquery().is_not(None))
    return select(week).select_from(weeks.join(probe.lateral("hit"), true()))


@cache
def span_of(walk: Walk) -> Statement:
    """The first and the last week with an order: `first_week`, `last_week`, both None where there is no order."""
    row = aliased(OrderRow, name="o")
    where = _start(walk, row, {})
    first = select(row.ordered_week).where(*where).order_by(row.ordered_week).limit(_literal(1))
    last = select(row.ordered_week).where(*where).order_by(row.ordered_week.desc()).limit(_literal(1))
    return select(
        _hinted(walk, first, row).scalar_subquery().label("first_week"),
        _hinted(walk, last, row).scalar_subquery().label("last_week"),
    )


@cache
def sample_of(walk: Walk, limit: int, name: str) -> Statement:
    """Of some orders just before `sample_time`: how many there are, right by the criterion of that name
    (`chosen`), with the part of their customer's name (`named`), and right by all else that is judged (`others`).
    The walk is that of the newest, and not judged by that criterion.
    """
    near = aliased(OrderRow, name="n")
    before = tuple_(near.create_time, near.key) < tuple_(
        bindparam("sample_time", type_=UtcTime), literal_column("0", BigInteger)
    )
    after = near.create_time >= bindparam("first", type_=UtcTime)
    keys = select(near.key).where(*_start(walk, near, {}), before, after)
    newest = keys.order_by(near.create_time.desc(), near.key.desc()).limit(_literal(limit))
    looked_at, row = _hinted(walk, newest, near).subquery("looked_at"), aliased(OrderRow, name="o")

    def number_of(right: ColumnElement[bool]) -> ColumnElement[int]:
        return func.coalesce(func.sum(case((right, 1), else_=0)), 0)

    named = _judge(walk, "customer", row) if walk.by_text else true()
    rest = and_(named, *_judged(walk.without("customer"), row))
    counts = [number_of(right).label(name) for name, right in (("chosen", _judge(walk, name, row)), ("named", named))]
    joined = looked_at.join(row, row.key == looked_at.c.key)
    return select(func.count().label("number"), *counts, number_of(rest).label("others")).select_from(joined)


@cache
def keys_numbered(limit: int) -> Statement:
    """Keys of at most a number of orders, of anybody, whose number is from `order_no_from` to before `order_no_to`."""
    numbered = condition("order_no", OrderRow, sqlite=False, walking=False)
    return select(OrderRow.key).where(numbered).order_by(OrderRow.order_id_folded).limit(_literal(limit))


@cache
def keys_expiring(limit: int) -> Statement:
    """Keys of the orders of at most a number of items, of anybody, that expire within the days; some repeated."""
    within = select(OrderItemRow.order_key).where(expires_within(OrderItemRow, "expiring"))
    return within.order_by(OrderItemRow.expire_time).limit(_literal(limit))


@cache
def keys_expiring_of(walk: Walk, cap: int) -> Statement:
    """Keys of at most a number of the orders with such an item that are within reach and days, and judged right.

    Values are those of count_of, with `now`. The index of when items expire is walked, whatever the path.
    """
    item, earlier, row = aliased(OrderItemRow, name="i"), aliased(OrderItemRow, name="f"), aliased(OrderRow, name="o")
    again = select(earlier.key).where(
        expires_within(earlier, "expiring"), earlier.order_key == item.order_key, earlier.key < item.key
    )
    # One of each order's items, known by itself: what were made distinct would be read whole before it is capped.
    once = again.correlate(item).exists().is_(False)
    where = [*_reach(walk, row), *_whole(walk, row), *_judged(walk.without("expiring"), row)]
    if walk.sqlite:
        keys = select(row.key).select_from(item).join(row, row.key == item.order_key).where(*where)
        keys = keys.with_hint(item, "INDEXED BY ix_order_items_expiring CROSS", "sqlite")
    else:
        # The offset of nothing keeps PostgreSQL to looking up the order of each item.
        order = select(row.key).where(row.key == item.order_key, *where).correlate(item).offset(_literal(0))
        found = order.lateral("found")
        keys = select(found.c.key).select_from(item).join(found, true())
    return keys.where(expires_within(item, "expiring"), once).limit(_literal(cap))


def _all_rows(walk: Walk, row: type[OrderRow], bounds: list[ColumnElement[bool]], *wanted: Any) -> Statement:  # noqa: ANN401
    """All rows of all combinations, in no order."""
    if walk.path.single:
        start = _start(walk, row, _places(walk.path, _ONCE))
        return _hinted(walk, _met(walk, row, select(*wanted).where(*start, *bounds)), row)
    combinations = listed("combinations", sqlite=walk.sqlite)
    places = _places(walk.path, combinations.c.value)
    rows = select(*wanted).where(*(getattr(row, name) == value for name, value in places.items()))
    conditions = [*_start(walk, row, {}), *bounds]
    if walk.path is Path.KEY and not walk.sqlite:
        # "Is true" keeps PostgreSQL from leaving the keys for an index of something else.
        rows = rows.where(*(condition.is_(True) for condition in [*conditions, *_judged(walk, row)]))
    else:
        rows = _met(walk, row, rows.where(*conditions))
    if walk.sqlite:
        # CROSS is what keeps SQLite to a walk for each combination.
        crossed = _hinted(walk, rows, row).select_from(combinations.join(row, true()))
        return crossed.with_hint(combinations, "CROSS", "sqlite")
    # The offset of nothing is what keeps PostgreSQL to a walk for each combination.
    found = rows.correlate(combinations).offset(_literal(0)).lateral("found")
    return select(*found.c).select_from(combinations.join(found, true()))


def _merged(walk: Walk) -> Statement:
    """The nearest rows of each of the combinations whose nearest row is nearest: no other can reach the page."""
    combinations = listed("combinations", sqlite=walk.sqlite)
    value = combinations.c.value
    head = aliased(OrderRow, name="h")
    if walk.sqlite:
        nearest = aliased(OrderRow, name="n")
        one = _probe(walk, nearest, nearest.key, _places(walk.path, value)).limit(_literal(1)).correlate(combinations)
        is_nearest = head.key == one.scalar_subquery()
        best = select(value).select_from(combinations.join(head, is_nearest))
        ordered = best.order_by(*_order(walk, head.create_time, head.key))
    else:
        one = _probe(walk, head, head.key, _places(walk.path, value)).limit(_literal(1)).correlate(combinations)
        lateral = one.with_only_columns(head.create_time, head.key).lateral("nearest")
        best = select(value).select_from(combinations.join(lateral, true()))
        ordered = best.order_by(*_order(walk, lateral.c.create_time, lateral.c.key))
    heads = ordered.limit(_literal(ONE_MORE)).subquery("heads")
    row = aliased(OrderRow, name="i")
    rows = _probe(walk, row, row.key, _places(walk.path, heads.c.value)).limit(_literal(ONE_MORE)).correlate(heads)
    if walk.sqlite:
        met = aliased(OrderRow, name="o")
        found = select(met.create_time, met.key).select_from(heads.join(met, met.key.in_(rows)))
        return found.order_by(*_order(walk, met.create_time, met.key))
    met_rows = rows.with_only_columns(row.create_time, row.key).lateral("met")
    found = select(met_rows.c.create_time, met_rows.c.key).select_from(heads.join(met_rows, true()))
    return found.order_by(*_order(walk, met_rows.c.create_time, met_rows.c.key))


def _probe(
    walk: Walk,
    row: type[OrderRow],
    wanted: Any,  # noqa: ANN401
    given: Mapping[str, ColumnElement[Any]],
) -> Statement:
    """The rows of one combination beyond the point, nearest first."""
    statement = _met(walk, row, select(wanted).where(*_start(walk, row, given), *_bounds(walk, row)))
    return _hinted(walk, statement.order_by(*_order(walk, row.create_time, row.key)), row)


def _hinted(walk: Walk, statement: Statement, row: type[OrderRow]) -> Statement:
    if walk.path is Path.KEY:
        return statement
    return statement.with_hint(row, f"INDEXED BY {walk.path.index(own=walk.own)}", "sqlite")


def _start(walk: Walk, row: type[OrderRow], given: Mapping[str, ColumnElement[Any]]) -> list[ColumnElement[bool]]:
    places = [getattr(row, name) == value for name, value in given.items()]
    # Customers are of one account manager and one tab, and were looked up as such.
    return places if walk.path is Path.CUSTOMER else [*_reach(walk, row), *places]


def _reach(walk: Walk, row: type[OrderRow]) -> list[ColumnElement[bool]]:
    where: list[ColumnElement[bool]] = [row.resellers == bindparam("resellers", type_=Boolean)]
    if walk.own:
        where.append(row.account_manager_key == bindparam("manager", type_=BigInteger))
    return where


def _bounds(walk: Walk, row: type[OrderRow]) -> list[ColumnElement[bool]]:
    point = tuple_(bindparam("point_time", type_=UtcTime), bindparam("point_key", type_=BigInteger))
    place = tuple_(row.create_time, row.key)
    if walk.forward:
        beyond, last = place < point, row.create_time >= bindparam("first", type_=UtcTime)
    else:
        beyond, last = place > point, row.create_time < bindparam("until", type_=UtcTime)
    return [beyond] if walk.all_days and walk.sqlite else [beyond, last]


def _whole(walk: Walk, row: type[OrderRow]) -> list[ColumnElement[bool]]:
    if walk.all_days and walk.sqlite:
        # SQLite compares each row, and also with what is always true. PostgreSQL finds its plans by these.
        return []
    # Pairs, although keys are never 0: a range of times alone is taken by PostgreSQL for very few orders.
    place, nothing = tuple_(row.create_time, row.key), literal_column("0", BigInteger)
    return [
        place >= tuple_(bindparam("first", type_=UtcTime), nothing),
        place < tuple_(bindparam("until", type_=UtcTime), nothing),
    ]


def _met(walk: Walk, row: type[OrderRow], rows: Statement) -> Statement:
    """Those of the rows that are judged right, one by one as they are met."""
    if walk.sqlite or not walk.by_text or not walk.judged <= _JOINED:
        return rows.where(*_judged(walk, row))
    # To PostgreSQL a join costs little more than half of what a value of each row does.
    customer = aliased(CustomerRow, name="c")
    joined = rows.join_from(row, customer, customer.key == row.customer_key)
    fits = contains_text(customer.search_text, sqlite=False)
    return joined.where(*_judged(walk.without("customer"), row), fits)


_JOINED = frozenset({"customer", "customer_key", "order_no", "statuses", "order_types", "product_types"})
"""With these a join with customers stays a walk. Others look rarer to PostgreSQL: it would begin with the names."""


def _judged(walk: Walk, row: Any) -> list[ColumnElement[bool]]:  # noqa: ANN401
    return [_judge(walk, name, row) for name in sorted(walk.judged)]


def _judge(walk: Walk, name: str, row: Any) -> ColumnElement[bool]:  # noqa: ANN401
    if name == "order_no" and walk.path is Path.NUMBER:
        if walk.own and not walk.sqlite:
            # Pairs here too, lest PostgreSQL think any index of numbers as good as one's own.
            place = tuple_(row.order_id_folded, row.create_time)
            bounds = (place >= tuple_(lower_bound(name), _ANY_TIME), place < tuple_(upper_bound(name), _ANY_TIME))
            return and_(*bounds)
        return condition(name, row, sqlite=walk.sqlite, walking=False)
    return condition(name, row, sqlite=walk.sqlite, walking=True)


_ANY_TIME = bindparam("any_time", datetime(1, 1, 1, tzinfo=UTC), type_=UtcTime)


def _literal(number: int) -> ColumnElement[int]:
    """A limit that stands in the statement itself: PostgreSQL keeps a plan where it knows how few rows are asked."""
    return literal_column(str(number), Integer)


def _order(walk: Walk, create_time: Any, key: Any) -> tuple[Any, Any]:  # noqa: ANN401
    return (create_time.desc(), key.desc()) if walk.forward else (create_time, key)


def _ordered_page(walk: Walk, matches: Any, cap: int) -> Statement:  # noqa: ANN401
    capped = select(matches.c.key).limit(_literal(cap)).subquery()
    total = select(func.count()).select_from(capped).scalar_subquery()
    beyond = _bounds(walk, matches.c)
    page = select(matches.c.create_time, matches.c.key).where(*beyond)
    page = page.order_by(*_order(walk, matches.c.create_time, matches.c.key)).limit(_literal(ONE_MORE))
    return _summaries(walk, page.subquery("page")).add_columns(total.label("total"))


def _summaries(walk: Walk, page: Any) -> Statement:  # noqa: ANN401
    """The orders of a page as lists show them; reach and tab are asked of each once more."""
    return (
        select(*SUMMARY_COLUMNS)
        .select_from(page)
        .join(OrderRow, OrderRow.key == page.c.key)
        .join(CustomerRow, CustomerRow.key == OrderRow.customer_key)
        .join(ProductTypeRow, ProductTypeRow.key == OrderRow.product_type_key)
        .where(*_reach(walk, OrderRow))
        .order_by(*_order(walk, page.c.create_time, page.c.key))
    )
