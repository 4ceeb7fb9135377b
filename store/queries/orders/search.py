"""Orders by any criteria: a page, newest first, and how many there are; each by the walk that costs least.

A search is answered in a few milliseconds, however many orders there are and however deep the page, because it reads
no more than a bounded number of index entries; only where much expires in time, the number is not bounded. Which walk
that is follows from what is asked:

- nothing but the tab, or days: the newest, from the page's point on;
- status, order type, product type: one walk for each combination, merged; where they are many, the next orders are
  looked at first, and mostly hold the page;
- a customer, or customers with a part of a name: one walk for each, merged, while they are few; else the walk of the
  other criteria, judging each order by its customer's name;
- a contract: down its own orders, judging them by the rest;
- days within which few items expire: the orders of those, judged by the rest; else each order is judged by its items;
- a number that few orders begin with: those orders, judged by the rest; else week by week.

Where several criteria leave many orders each, a few orders from the middle of the days say which leaves fewest: that
one is walked, and what is met is judged by the others.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from time import perf_counter

from sqlalchemy import Connection, text

from store.domain.orders.criteria import (
    COUNT_CAP,
    PAGE_SIZE,
    CappedCount,
    Cursor,
    OrderCriteria,
    OrderPage,
    SearchStep,
)
from store.domain.orders.order import OrderStatus, OrderSummary, OrderType
from store.domain.people import Reach
from store.domain.texts import common_form
from store.queries.orders.customers import Named, find_customer, find_manager_key, list_customer_keys
from store.queries.orders.limits import LIMITS, Limits
from store.queries.orders.walk import Path, Walk, combinations_of
from store.queries.orders.walks import (
    ONE_MORE,
    Statement,
    all_at_once,
    count_of,
    keys_expiring,
    keys_expiring_of,
    keys_numbered,
    near_page_of,
    page_and_total_of,
    page_if_few,
    page_of,
    sample_of,
    span_of,
    weeks_of,
)
from store.queries.orders.where import EARLIEST, LATEST, values_of, values_of_criteria
from store.queries.reading import AnyRow, read_summary

_EPOCH, _WEEK, _ROUNDED = datetime(1970, 1, 1, tzinfo=UTC), timedelta(weeks=1), timedelta(seconds=1)
WALKING = text(
    "SELECT set_config('plan_cache_mode', 'force_generic_plan', true),"
    " set_config('enable_seqscan', 'off', true), set_config('enable_bitmapscan', 'off', true),"
    " set_config('enable_hashjoin', 'off', true), set_config('enable_mergejoin', 'off', true),"
    " set_config('max_parallel_workers_per_gather', '0', true)"
)
"""PostgreSQL's walks are the same whatever their values: each is planned once for a connection, and as a walk, which
is over before others could help.
"""
_LISTING = text("SET LOCAL enable_bitmapscan = on")
"""The index of letters is read in no other way."""


def search_orders(
    connection: Connection,
    reach: Reach,
    criteria: OrderCriteria,
    time_zone: str,
    cursor: Cursor | None,
    now: datetime,
    limits: Limits = LIMITS,
    steps: list[SearchStep] | None = None,
) -> OrderPage:
    """The page that the cursor leads to; the first without one. `time_zone` says when the criteria's days begin, `now`
    from when on items expire. `steps` takes what is asked of the database.
    """
    found = _Search(connection, reach, criteria, time_zone, cursor, now, limits, steps).run()
    if cursor is not None and not (found.rows if cursor.forward else len(found.rows) >= PAGE_SIZE):
        # What stood there is gone, or the way back has reached the beginning: the first page, as it is now.
        return search_orders(connection, reach, criteria, time_zone, None, now, limits, steps)
    rows = [read_summary(row) for row in found.rows[:PAGE_SIZE]]
    return _paged(rows, cursor, found.total, more=len(found.rows) > PAGE_SIZE)


def _paged(rows: list[OrderSummary], cursor: Cursor | None, total: int, *, more: bool) -> OrderPage:
    if cursor is None:
        offset, before, after = 0, False, more
    elif cursor.forward:
        offset, before, after = cursor.offset, True, more
    else:
        rows.reverse()
        offset, before, after = cursor.offset if more else 0, more, True
    previous = following = None
    if before:
        previous = Cursor(rows[0].create_time, rows[0].key, forward=False, offset=max(offset - PAGE_SIZE, 0))
    if after:
        following = Cursor(rows[-1].create_time, rows[-1].key, forward=True, offset=offset + len(rows))
    count = CappedCount(min(total, COUNT_CAP), total > COUNT_CAP)
    return OrderPage(tuple(rows), count, offset, previous, following)


@dataclass(frozen=True, slots=True)
class _Found:
    rows: Sequence[AnyRow]
    """A page from the cursor on, in the cursor's direction, and one more where there is."""
    total: int
    """At most COUNT_CAP + 1."""


_NOTHING = _Found((), 0)
_TIMES_OF_OWN = 5
"""Of one account manager's orders, more are judged by their items before the items of everybody are gone through."""
_FEW, _COMMON = 0.3, 0.1
"""Parts of all orders: below the one, to walk what is searched for beats to judge what is met; above the other, to
look at the customer of each order beats to list the customers.
"""


_BOUNDED = frozenset({"tab", "ordered_from", "ordered_to"})
"""Criteria that every walk is within."""


class _Search:
    """One search: its values, and how it is done."""

    def __init__(
        self,
        connection: Connection,
        reach: Reach,
        criteria: OrderCriteria,
        time_zone: str,
        cursor: Cursor | None,
        now: datetime,
        limits: Limits,
        steps: list[SearchStep] | None,
    ) -> None:
        self._connection, self._reach, self._criteria = connection, reach, criteria
        self._cursor, self._limits, self._steps = cursor, limits, steps
        self._sqlite = connection.dialect.name == "sqlite"
        self._asked = frozenset(one.name for one in criteria.asked) - _BOUNDED
        """The criteria that a path settles, or that rows are judged by."""
        part, own = common_form(criteria.customer), not reach.everything
        self._named = Named.of(part, own=own, sqlite=self._sqlite) if part else None
        self._values = values_of_criteria(criteria, time_zone, now, sqlite=self._sqlite)
        if self._named:
            self._values |= self._named.values(part)
        self._combinations = 0
        """How many combinations of product type, status and order type are walked."""
        self._counted: tuple[Walk, object] | None = None
        """How all are counted, where not as the page is walked."""
        self._sampled: AnyRow | None = None
        self._place(self._values["first"], self._values["until"])

    def run(self) -> _Found:
        """What the cursor leads to."""
        if not self._sqlite:
            self._connection.execute(WALKING)
        forward = self._cursor is None or self._cursor.forward
        own, all_days = not self._reach.everything, (self._first, self._until) == (EARLIEST, LATEST)
        walk = Walk(Path.NEWEST, own=own, sqlite=self._sqlite, forward=forward, all_days=all_days)
        if walk.own:
            manager = find_manager_key(self._connection, self._reach)
            if manager is None:
                return _NOTHING
            self._values["manager"] = manager
        return self._few_known(walk) or self._of_contract(walk) or self._of_many(walk)

    def _few_known(self, walk: Walk) -> _Found | None:
        """By their keys, where an index says of a criterion that few orders are right."""
        known = (
            ("order_no", keys_numbered, self._limits.numbered),
            ("expiring", keys_expiring, self._limits.few_expiring),
        )
        for name, keys_of, limit in known:
            if name in self._asked:
                rows = self._ask(f"are {limit:,} or fewer right by {name}, of anybody?", None, keys_of(limit + 1))
                if len(rows) <= limit:
                    return self._of_keys(walk, sorted({row[0] for row in rows}), name)
        return None

    def _of_contract(self, walk: Walk) -> _Found | None:
        """Down the contract's own orders, unless they are many and the other criteria leave fewer."""
        if "contract_id" not in self._asked:
            return None
        by_contract = replace(walk, path=Path.CONTRACT).judging(self._asked - {"contract_id"})
        if not by_contract.judged:
            return self._page_and_total(by_contract)
        few = self._limits.few_orders
        if self._count(by_contract.judging(()), few + 1) <= few:
            return self._all_at_once(by_contract)
        sample = self._sample(replace(by_contract, path=Path.NEWEST, forward=True), "contract_id")
        return self._page_and_total(by_contract) if sample.chosen <= sample.others else None

    def _of_many(self, walk: Walk) -> _Found:
        if "order_no" in self._asked and "expiring" not in self._asked:
            return self._numbered(walk)
        return self._any_number(walk)

    def _place(self, first: datetime, until: datetime) -> None:
        """Sets from where to where in time: never beyond the criteria's days, whatever the cursor says."""
        point = (until, 0)
        if self._cursor is not None:
            place = (self._cursor.create_time, self._cursor.key)
            point = min(point, place) if self._cursor.forward else max((first, 0), place)
        self._first, self._until, self._point = first, until, point
        self._values |= {"first": first, "until": until, "point_time": point[0], "point_key": point[1]}

    def _numbered(self, walk: Walk) -> _Found:
        by_week = replace(walk, path=Path.NUMBER).judging(["order_no"])
        weeks = self._weeks(by_week)
        if not weeks:
            return _NOTHING
        if self._asked > by_week.judged:
            few = self._limits.few_numbered
            if self._count(by_week, few + 1, combinations=self._listed(weeks)) <= few:
                return self._week_by_week(by_week.judging(self._asked), weeks)
            # Where numbers run with time, the weeks that have such numbers spare the walks of the other criteria.
            self._place(max(self._first, _start_of(weeks[-1])), min(self._until, _end_of(weeks[0])))
            return self._of_many_numbered(replace(walk, all_days=False), weeks)
        return self._week_by_week(by_week, weeks)

    def _of_many_numbered(self, walk: Walk, weeks: list[int]) -> _Found:
        """What most orders are not is walked, and what most are is judged: a few from the middle say which is which."""
        by_number = replace(walk, path=Path.NUMBER).judging(self._asked)
        sample = self._sample(replace(by_number, path=Path.NEWEST, forward=True).without("order_no"), "order_no")
        if sample.chosen <= sample.others and sample.chosen < sample.number * _FEW:
            return self._week_by_week(by_number, weeks)
        if sample.others >= sample.number * _FEW:
            # Counted by the number, since the other criteria are met before and after such numbers begin.
            self._counted = by_number, self._listed(weeks)
        return self._any_number(walk)

    def _of_keys(self, walk: Walk, keys: Sequence[int], known: str) -> _Found:
        self._values["combinations"] = self._listed(keys)
        return self._all_at_once(replace(walk, path=Path.KEY).judging(self._asked - {known}))

    def _weeks(self, walk: Walk) -> list[int]:
        """The weeks of the criteria's days that have such numbers, newest first."""
        (span,) = self._ask("the first and the last week with an order", walk, span_of(walk))
        if span.first_week is None:
            return []
        # A week more on each side than need be: databases round a moment to its week each in their own way.
        weeks = range(max(span.first_week, _week(self._first) - 1), min(span.last_week, _week(self._until) + 1) + 1)
        rows = self._ask("which weeks have such numbers?", walk, weeks_of(walk), combinations=self._listed(weeks))
        return sorted((row[0] for row in rows), reverse=True)

    def _week_by_week(self, walk: Walk, weeks: list[int]) -> _Found:
        found = self._few(walk, combinations=self._listed(weeks))
        if found:
            return found
        point = _week(self._point[0])
        if walk.forward:
            nearest = [week for week in weeks if week <= point + 1]
        else:
            nearest = [week for week in reversed(weeks) if week >= point - 1]
        rows: list[AnyRow] = []
        # Two weeks say enough where numbers stand close; where they do not, many weeks are few orders.
        for at_once in (1, 1, ONE_MORE, len(weeks)):
            some, nearest = nearest[:at_once], nearest[at_once:]
            if some and len(rows) < ONE_MORE:
                rows += self._page(walk, combinations=self._listed(some))
        return _Found(rows[:ONE_MORE], COUNT_CAP + 1)

    def _any_number(self, walk: Walk) -> _Found:
        statuses, order_types = self._criteria.statuses or OrderStatus, self._criteria.order_types or OrderType
        combinations = combinations_of(sorted(statuses), sorted(order_types), self._criteria.product_types or (0,))
        path = Path.NEWEST
        if self._criteria.product_types and len(combinations) <= self._limits.combinations:
            path = Path.PRODUCT
        elif self._asked & Path.STATUS.settled:
            path = Path.STATUS
            combinations = combinations_of(sorted(statuses), sorted(order_types))
        self._values["combinations"] = self._listed(combinations)
        self._combinations = len(combinations)
        by_customer = replace(walk, path=Path.CUSTOMER).judging(self._asked - {"customer_key"})
        if self._criteria.customer_key is not None:
            return self._of_one(self._criteria.customer_key, by_customer)
        by_customer = by_customer.without("customer")
        base = replace(by_customer, path=path).without(*path.settled)
        if self._named:
            return self._of_named(self._named, base, by_customer)
        return self._page_and_total(base)

    def _of_one(self, key: int, walk: Walk) -> _Found:
        customer = find_customer(self._connection, self._reach, key)
        if customer is None or customer.tab is not self._criteria.tab:
            return _NOTHING
        return self._of_customers(walk, self._listed([customer.key]))

    def _of_named(self, named: Named, base: Walk, by_customer: Walk) -> _Found:
        limits = self._limits
        narrow = base.path is not Path.NEWEST or base.judged or self._first > EARLIEST or self._until < LATEST
        looking = base.judging(base.judged | {"customer"})
        # Counted without what few orders may have: many would be read to count them.
        narrowed = base.without("order_no", "contract_id", "expiring")
        if narrow and self._count(narrowed, limits.looked_at + 1) <= limits.looked_at:
            return self._all_at_once(looking)
        # One salesperson's customers are few enough to list.
        if narrow and not base.own and self._is_common():
            return self._page_and_total(looking)
        listed = limits.listed_customers if narrow else limits.customers
        number, keys = self._list_customers(named, listed + 1)
        if not number:
            return _NOTHING
        if number <= (limits.few_customers if narrow else limits.customers):
            return self._of_customers(by_customer, keys)
        self._values["customer_key"] = keys
        judging = base.judging(base.judged | {"customer_key"}) if number <= listed else looking
        if narrow and self._count(narrowed, limits.few_orders + 1) <= limits.few_orders:
            return self._all_at_once(judging)
        if number <= limits.customers:
            return self._of_customers(by_customer, keys)
        if narrow:
            return self._page_and_total(judging)
        # Mostly some of the many customers have more orders than are counted.
        total = self._count(by_customer, combinations=keys)
        return _Found(self._page(looking), total if total > COUNT_CAP else self._count(judging))

    def _is_common(self) -> bool:
        """Whether customers with that part of a name have too many orders: to list those would cost more."""
        sample = self._sampled or self._sample(
            Walk(Path.NEWEST, own=False, sqlite=self._sqlite, judged=frozenset({"customer"})), "order_no"
        )
        common: bool = sample.named > sample.number * _COMMON
        return common

    def _sample(self, walk: Walk, name: str) -> AnyRow:
        """A few from the middle of the days: how many are right by the criterion of that name, and by the others."""
        middle = self._first + (self._until - self._first) / 2
        statement = sample_of(walk, self._limits.sample, name)
        (self._sampled,) = self._ask(
            f"a sample: does {name} leave fewer, or all else?", walk, statement, sample_time=middle
        )
        return self._sampled

    def _list_customers(self, named: Named, limit: int) -> tuple[int, object]:
        if not self._sqlite:
            self._connection.execute(_LISTING)
        listed = list_customer_keys(self._connection, named, self._values, limit)
        if not self._sqlite:
            self._connection.execute(WALKING)
        return listed

    def _of_customers(self, walk: Walk, keys: object) -> _Found:
        self._values["combinations"] = keys
        return self._page_and_total(walk)

    def _page(self, walk: Walk, **values: object) -> Sequence[AnyRow]:
        if near := self._near(walk):
            return near
        return self._ask("the page", walk, page_of(walk), **values)

    def _near(self, walk: Walk) -> Sequence[AnyRow]:
        """The page, where many combinations would be walked for it, and the next few orders hold it whole."""
        if walk.path not in (Path.STATUS, Path.PRODUCT) or self._combinations <= self._limits.few_combinations:
            return ()
        newest = replace(walk, path=Path.NEWEST).judging(walk.judged | (self._asked & walk.path.settled))
        near = self._limits.near
        rows = self._ask(f"is the page among the next {near:,} orders?", newest, near_page_of(newest), near=near)
        return rows if len(rows) == ONE_MORE else ()

    def _count(self, walk: Walk, cap: int = COUNT_CAP + 1, **values: object) -> int:
        (row,) = self._ask(f"how many, at most {cap:,}?", walk, count_of(walk, cap), **values)
        number: int = row[0]
        return number

    def _page_and_total(self, walk: Walk) -> _Found:
        if self._counted:
            counting, combinations = self._counted
            return _Found(self._page(walk), self._count(counting, combinations=combinations))
        if "expiring" in walk.judged and not walk.path.settled & {"contract_id", "customer_key"}:
            return self._expiring(walk)
        if walk.judged:
            return self._few(walk) or _Found(self._page(walk), COUNT_CAP + 1)
        if near := self._near(walk):
            return _Found(near, self._count(walk))
        rows = self._ask("the page and the total", walk, page_and_total_of(walk, COUNT_CAP + 1))
        return _Found(rows, rows[0].total if rows else 0)

    def _expiring(self, walk: Walk) -> _Found:
        """Of orders that have an item that expires: all where there are few, else as they are met, newest first."""
        few = self._limits.few_orders * (_TIMES_OF_OWN if walk.own else 1)
        if self._count(walk.judging(()), few + 1) <= few:
            return self._all_at_once(walk)
        asked = replace(walk, path=Path.NEWEST).judging(walk.judged | (self._asked & walk.path.settled))
        rows = self._ask("which orders, by when items expire?", asked, keys_expiring_of(asked, COUNT_CAP + 1))
        if len(rows) <= COUNT_CAP:
            self._values["combinations"] = self._listed([row[0] for row in rows])
            return self._all_at_once(replace(walk, path=Path.KEY).judging(()))
        return _Found(self._page(walk), COUNT_CAP + 1)

    def _few(self, walk: Walk, **values: object) -> _Found | None:
        """All of it, where there are no more than are counted."""
        rows = self._ask("all, if they are few", walk, page_if_few(walk, COUNT_CAP + 1), **values)
        total = rows[0].total
        if total > COUNT_CAP:
            return None
        return _Found([row for row in rows if row.key is not None], total)

    def _all_at_once(self, walk: Walk) -> _Found:
        rows = self._ask("all at once", walk, all_at_once(walk, COUNT_CAP + 1))
        return _Found(rows, rows[0].total if rows else 0)

    def _ask(self, why: str, walk: Walk | None, statement: Statement, **values: object) -> Sequence[AnyRow]:
        if self._steps is None:
            return self._connection.execute(statement, {**self._values, **values}).all()
        began = perf_counter()
        rows = self._connection.execute(statement, {**self._values, **values}).all()
        took = (perf_counter() - began) * 1_000
        # One row of one number is what was counted.
        found = rows[0][0] if len(rows) == 1 and len(rows[0]) == 1 else len(rows)
        self._steps.append(SearchStep(why, str(walk or ""), found, took))
        return rows

    def _listed(self, items: Sequence[int]) -> object:
        return values_of(items, sqlite=self._sqlite)


def _week(moment: datetime) -> int:
    return (moment - _EPOCH) // _WEEK


def _start_of(week: int) -> datetime:
    """Before all orders of a database's week. SQLite rounds those before 1970 up, and both to what a float can say."""
    return _EPOCH + (week if week > 0 else week - 1) * _WEEK - _ROUNDED


def _end_of(week: int) -> datetime:
    """After all orders of a database's week."""
    return _EPOCH + (week + 1) * _WEEK + _ROUNDED
