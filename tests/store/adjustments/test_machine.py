"""The life of adjustments as a state machine: any order of deeds, by anybody, at any time, on both databases.

What is expected is worked out beside it, from the rules as the design states them; after every step the tables must
say the same, and the invariants must hold.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import cast

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import event

from store.database import Database
from store.domain.adjustments.adjustment import Adjustment
from store.domain.adjustments.errors import (
    AdjustmentNotFound,
    AlreadyApproved,
    AlreadyDecided,
    Bar,
    NotADiscount,
    NotAdjustable,
    NotLargerThanReplaced,
    NotTheRequester,
    OverMaximum,
    OwnAdjustment,
)
from store.domain.adjustments.policy import Policy
from store.domain.adjustments.pricing import ByPercentage
from store.domain.adjustments.states import AdjustmentState
from store.domain.adjustments.transitions import Verb
from store.domain.errors import DomainError
from store.domain.orders.errors import OrderNotFound
from store.domain.people import Actor, NotPermitted, Role
from store.services.adjustments.adjustments import Adjustments
from store.services.audit import Audit
from tests.support.adjusting import DEADLINE, Desk, a_request
from tests.support.databases import empty
from tests.support.effort import effort

POLICY = Policy.of(30, tiers=[(6, 0), (15, 1), (100, 2)])
PENDING, APPLIED = AdjustmentState.PENDING, AdjustmentState.APPLIED
LIST_PRICE = 1_310_000
people = st.sampled_from(["nancy", "robert", "andrew", "janet", "steven"])
orders = st.integers(0, 2)


@dataclass
class Expected:
    """An adjustment as the rules want it."""

    order: int
    requester: str
    discount: int
    needed: int
    price: int
    """The order's price, in cents, that it was judged on."""
    touched: int
    """How often the order had been changed from outside when it was judged."""
    state: AdjustmentState = PENDING
    approvals: list[str] = field(default_factory=list)


@dataclass
class ExpectedOrder:
    """An order as the rules want it: its price in cents, and how often its source changed it."""

    key: int
    manager: str
    price: int = 1_240_000
    touched: int = 0
    paid: bool = False


class Life(RuleBasedStateMachine):
    """Five people, three orders of two salespeople, and a clock."""

    database: Database

    def __init__(self) -> None:
        super().__init__()
        empty(self.database)
        self.desk = Desk(self.database, POLICY)
        self.service: Adjustments = self.desk.adjustments()
        self.people: dict[str, Actor] = {
            "nancy": self.desk.salesperson("nancy"),
            "robert": self.desk.salesperson("robert"),
            "andrew": self.desk.manager("U0ANDREW"),
            "janet": self.desk.person("U0JANET", Role.ADMIN),
            "steven": self.desk.person("U0STEVEN", Role.SALESPERSON, Role.MANAGER, account_name="nancy"),
        }
        self.orders: list[ExpectedOrder] = []
        self.made: dict[int, Expected] = {}
        self.last: tuple[str, int, str] | None = None

    @initialize()
    def some_orders(self) -> None:
        self.orders = [
            ExpectedOrder(self.desk.order(account_manager=manager), manager) for manager in ("nancy", "nancy", "robert")
        ]

    def sees(self, who: str, order: ExpectedOrder) -> bool:
        return who not in ("nancy", "robert") or order.manager == who

    def decides(self, who: str) -> bool:
        return who not in ("nancy", "robert")

    def undecided(self, order: int) -> int | None:
        return next((key for key, it in self.made.items() if it.order == order and it.state is PENDING), None)

    @rule(who=people, order=orders, tenths=st.integers(0, 350))
    def submit(self, who: str, order: int, tenths: int) -> None:
        target = self.orders[order]
        discount = LIST_PRICE * tenths // 1000
        replaced = LIST_PRICE - target.price
        wanted: type[DomainError] | Bar | None = None
        if not self.sees(who, target):
            wanted = OrderNotFound
        elif target.paid:
            wanted = Bar.STATUS
        elif self.desk.now >= DEADLINE:
            wanted = Bar.DEADLINE_PASSED
        elif self.undecided(order) is not None:
            wanted = Bar.UNDECIDED
        elif replaced >= LIST_PRICE * 3 // 10:
            wanted = Bar.NO_ROOM
        elif not tenths:
            wanted = NotADiscount
        elif tenths > 300:
            wanted = OverMaximum
        elif discount <= replaced:
            wanted = NotLargerThanReplaced
        ask = ByPercentage(Decimal(tenths) / 10)
        done = self.attempt(wanted, lambda: self.service.submit(self.people[who], target.key, ask, "why", a_request()))
        if done is None:
            return
        needed = 0 if tenths <= 60 else 1 if tenths <= 150 else 2
        expected = Expected(order, who, discount, needed, target.price, target.touched)
        self.made[done.key] = expected
        if not needed:
            self.apply(expected)
        self.check(done)

    def attempt(self, wanted: type[DomainError] | Bar | None, act: Callable[[], Adjustment]) -> Adjustment | None:
        if wanted is None:
            return act()
        with pytest.raises(DomainError) as refusal:
            act()
        error = refusal.value
        assert (error.bar if isinstance(error, NotAdjustable) else type(error)) is wanted
        return None

    def apply(self, expected: Expected) -> None:
        order = self.orders[expected.order]
        expected.state = APPLIED
        order.price = LIST_PRICE - expected.discount

    def pick(self, data: st.DataObject) -> int:
        return data.draw(st.sampled_from(sorted(self.made)))

    def refusal(self, who: str, expected: Expected) -> type[DomainError] | None:
        if not self.sees(who, self.orders[expected.order]):
            return AdjustmentNotFound
        if not self.decides(who):
            return NotPermitted
        if who == expected.requester:
            return OwnAdjustment
        return AlreadyDecided if expected.state is not PENDING else None

    @precondition(lambda self: self.made)
    @rule(data=st.data(), who=people)
    def approve(self, data: st.DataObject, who: str) -> None:
        key = self.pick(data)
        expected = self.made[key]
        order = self.orders[expected.order]
        wanted = self.refusal(who, expected)
        if wanted is None and who in expected.approvals:
            wanted = AlreadyApproved
        request = a_request()
        done = self.attempt(wanted, lambda: self.service.decide(self.people[who], Verb.APPROVE, key, request))
        if done is None:
            return
        self.last = (who, key, request)
        if self.desk.now >= DEADLINE:
            expected.state = AdjustmentState.EXPIRED
        else:
            expected.approvals.append(who)
            if len(expected.approvals) == expected.needed:
                if order.touched == expected.touched:
                    self.apply(expected)
                else:
                    expected.state = AdjustmentState.STALE
        self.check(done)

    @precondition(lambda self: self.made)
    @rule(data=st.data(), who=people)
    def reject(self, data: st.DataObject, who: str) -> None:
        key = self.pick(data)
        expected = self.made[key]
        wanted = self.refusal(who, expected)
        done = self.attempt(wanted, lambda: self.service.decide(self.people[who], Verb.REJECT, key, a_request(), "no"))
        if done is None:
            return
        expired = self.desk.now >= DEADLINE
        expected.state = AdjustmentState.EXPIRED if expired else AdjustmentState.REJECTED
        self.check(done)

    @precondition(lambda self: self.made)
    @rule(data=st.data(), who=people)
    def withdraw(self, data: st.DataObject, who: str) -> None:
        key = self.pick(data)
        expected = self.made[key]
        wanted: type[DomainError] | None = None
        if not self.sees(who, self.orders[expected.order]):
            wanted = AdjustmentNotFound
        elif who != expected.requester:
            wanted = NotTheRequester
        elif expected.state is not PENDING:
            wanted = AlreadyDecided
        done = self.attempt(wanted, lambda: self.service.decide(self.people[who], Verb.WITHDRAW, key, a_request()))
        if done is None:
            return
        expected.state = AdjustmentState.WITHDRAWN
        self.check(done)

    @precondition(lambda self: self.last)
    @rule()
    def the_last_approval_is_delivered_again(self) -> None:
        assert self.last
        who, key, request = self.last
        self.check(self.service.decide(self.people[who], Verb.APPROVE, key, request))

    @rule(order=orders, change=st.sampled_from(["paid", "coupon", "item"]))
    def the_source_changes_an_order(self, order: int, change: str) -> None:
        target = self.orders[order]
        target.touched += 1
        if change == "paid":
            target.paid = True
            self.desk.change(f"UPDATE orders SET status = 5 WHERE key = {target.key}")
        elif change == "coupon":
            self.desk.change(f"UPDATE orders SET coupon_amount = coupon_amount + 1 WHERE key = {target.key}")
        else:
            more = "subscription_num = subscription_num + 1"
            self.desk.change(f"UPDATE order_items SET {more} WHERE order_key = {target.key}")

    @rule(hours=st.integers(1, 40))
    def time_passes(self, hours: int) -> None:
        self.desk.now += timedelta(hours=hours)

    @rule()
    def the_clock_ticks(self) -> None:
        expired = self.service.expire_due(self.desk.now)
        due = self.desk.now >= DEADLINE
        wanted = {key for key, it in self.made.items() if due and it.state is PENDING}
        assert set(expired) == wanted
        for key in wanted:
            self.made[key].state = AdjustmentState.EXPIRED
        reminded = self.service.remind_due(self.desk.now)
        assert all(self.made[key].state is PENDING for key in reminded)

    def check(self, adjustment: Adjustment) -> None:
        expected = self.made[adjustment.key]
        assert adjustment.state is expected.state
        assert [by.by.slack_user_id for by in adjustment.summary.approvals] == [
            self.people[who].member.slack_user_id for who in expected.approvals
        ]
        assert adjustment.summary.discount.minor == expected.discount
        assert adjustment.summary.before.minor == expected.price
        assert adjustment.summary.needed_approvals == expected.needed

    @invariant()
    def the_tables_say_the_same(self) -> None:
        states = self.desk.rows("SELECT key, state FROM adjustments")
        assert dict(cast("list[tuple[int, str]]", states)) == {
            key: expected.state for key, expected in self.made.items()
        }
        prices = self.desk.rows("SELECT key, amount_after_discount FROM orders")
        assert dict(cast("list[tuple[int, int]]", prices)) == {
            order.key: order.price for order in getattr(self, "orders", [])
        }

    @invariant()
    def the_money_adds_up(self) -> None:
        for official, after, of_items, discounts in self.desk.rows(
            "SELECT o.official_amount, o.amount_after_discount,"
            " (SELECT sum(i.amount_after_discount) FROM order_items i WHERE i.order_key = o.key),"
            " (SELECT sum(d.discount_amount) FROM order_discounts d WHERE d.order_key = o.key) FROM orders o"
        ):
            assert int(str(official)) - int(str(discounts)) == after == int(str(of_items))

    @invariant()
    def one_outcome_with_one_audit_row_and_one_word_of_it(self) -> None:
        closed = {key for key, expected in self.made.items() if expected.state is not PENDING}
        outcomes = self.desk.rows(
            "SELECT adjustment_key FROM adjustment_events"
            " WHERE step IN ('applied', 'rejected', 'withdrawn', 'expired', 'stale')"
        )
        told = self.desk.rows("SELECT subject_key FROM outbox WHERE kind = 'adjustment.outcome'")
        audited = self.desk.rows(
            "SELECT subject FROM audit WHERE action NOT IN ('adjustment.submitted', 'adjustment.approved')"
        )
        assert sorted(outcomes) == sorted(told) == sorted((key,) for key in closed)
        assert sorted(audited) == sorted((f"PA-{1000 + key}",) for key in closed)

    @invariant()
    def the_chain_is_whole(self) -> None:
        assert Audit(self.database).verify(None).whole


@pytest.fixture
def machine(database: Database) -> type[Life]:
    class Over(Life):
        pass

    Over.database = database
    if database.sqlite:
        # No power is cut here, and waiting for the disk would be most of the test.
        event.listen(database.engine, "connect", lambda opened, _: opened.execute("PRAGMA synchronous=OFF").close())
    return Over


# Counting lines would double its time, and other tests run through the same.
@pytest.mark.no_cover
@pytest.mark.timeout(effort(900, 100_000))
def test_any_life(machine: type[Life], database: Database) -> None:
    if database.sqlite:
        tries, steps = effort(300, 20_000), effort(40, 100)
    else:
        tries, steps = effort(60, 2_000), effort(30, 100)
    run_state_machine_as_test(machine, settings=settings(max_examples=tries, stateful_step_count=steps, deadline=None))
