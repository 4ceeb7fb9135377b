"""A desk for tests of adjustments: members, an order, a clock that tests move, and a view of the tables."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count

from sqlalchemy import text

from store.database import Database
from store.domain.adjustments.adjustment import Adjustment
from store.domain.adjustments.policy import Policy
from store.domain.adjustments.pricing import Ask, ByAmount
from store.domain.orders.order import DiscountType
from store.domain.people import Actor, Member, Role
from store.queries.members import put_member
from store.services.adjustments.adjustments import Adjustments
from tests.support.amounts import usd
from tests.support.builders import NOON, ItemRow, a_customer, an_order
from tests.support.people import TEAM

DEADLINE = NOON + timedelta(days=8)
_requests = count(1)


def a_request() -> str:
    """A request key that no other request has."""
    return f"request {next(_requests)}"


@dataclass(slots=True)
class Desk:
    """Members and orders in a database; time stands still until a test moves it."""

    database: Database
    policy: Policy = field(default_factory=Policy)
    now: datetime = NOON

    def adjustments(self, policy: Policy | None = None) -> Adjustments:
        """The service, with that policy or the desk's."""
        return Adjustments(self.database, lambda: self.now, policy or self.policy)

    def person(self, user: str, *roles: Role, account_name: str = "") -> Actor:
        """A member of the desk, kept in the database."""
        member = Member(TEAM, user, user.title(), account_name, frozenset(roles))
        with self.database.write() as connection:
            put_member(connection, member)
        return Actor(member, origin="test")

    def salesperson(self, account_name: str = "nancy") -> Actor:
        """A salesperson, who sees the orders of their own customers."""
        return self.person(f"U0{account_name.upper()}", Role.SALESPERSON, account_name=account_name)

    def manager(self, user: str = "U0ANDREW") -> Actor:
        """A manager, who sees all orders and decides."""
        return self.person(user, Role.MANAGER)

    def order(self, order_id: str | None = None, account_manager: str = "nancy") -> int:
        """A pending order of a referral customer: USD 13,100.00 list, 12,400.00 after a promotion, two items."""
        customer = a_customer(self.database, account_manager=account_manager)
        return an_order(
            self.database,
            order_id,
            customer_key=customer,
            official_amount="13100.00",
            amount_after_discount="12400.00",
            pending_payment_end_time=DEADLINE,
            items=[ItemRow("9000.00", "8500.00", "c7.2xlarge"), ItemRow("4100.00", "3900.00", "EVS 500 GB")],
            item_discounts=[(0, DiscountType.PROMOTION, "500.00"), (1, DiscountType.PROMOTION, "200.00")],
        )

    def submitted(self, by: Actor, order_key: int, ask: Ask | None = None) -> Adjustment:
        """An adjustment of USD 1,637.50, or as `ask` says."""
        ask = ask or ByAmount(usd("1637.50"))
        return self.adjustments().submit(by, order_key, ask, "They sign this week.", a_request())

    def rows(self, statement: str) -> list[tuple[object, ...]]:
        """The rows that a statement of SQL returns."""
        with self.database.read() as connection:
            return [tuple(row) for row in connection.execute(text(statement))]

    def change(self, statement: str) -> None:
        """Changes the database behind the desk's back, as an import would."""
        with self.database.write() as connection:
            connection.execute(text(statement))
