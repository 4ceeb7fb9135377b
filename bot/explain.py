"""`explain`: runs a search as somebody, and shows what it asked of the database, why, and what that cost. Read-only."""

from __future__ import annotations

from dataclasses import replace

from rich.table import Table

from bot.terminal import Terminal
from handlers.kit.formats import day_of
from handlers.kit.searching import MAX_PRODUCT_TYPES
from handlers.orders.line import parse_line
from store.database import Database
from store.domain.clock import Clock
from store.domain.orders.errors import InvalidCriteria
from store.domain.people import Actor, Member, NotAMember, Role
from store.services.members import Members
from store.services.orders.orders import Orders

_MANAGER = Member("T0EXPLAIN", "U0EXPLAIN", "a manager", "", frozenset({Role.MANAGER}))


def run_explain(
    database: Database, clock: Clock, members: Members, line: str, slack_user_id: str, out: Terminal
) -> None:
    """Explains the search of that line, as the member with that id, or as a manager. Days are in UTC.

    Raises NotAMember, NotPermitted, InvalidCriteria.
    """
    found = (member for member in members.list() if member.slack_user_id == slack_user_id)
    member = next(found, None) if slack_user_id else _MANAGER
    if member is None:
        raise NotAMember
    actor, orders = Actor(member), Orders(database, clock)
    read = parse_line(line, day_of(clock(), actor))
    keys: set[int] = set()
    for name in read.product_types:
        products, _ = orders.suggest_product_types(actor, name, MAX_PRODUCT_TYPES)
        if not products:
            raise InvalidCriteria("product_types", f"none contains “{name}”")
        keys.update(product.key for product in products)
    page, steps = orders.explain(actor, replace(read.criteria, product_types=frozenset(keys)))
    table = Table("Why", "Down which index", "Found", "ms")
    for step in steps:
        table.add_row(step.why, step.walk, f"{step.found:,}", f"{step.milliseconds:.2f}")
    out.print(table)
    total = f"{'more than ' if page.total.capped else ''}{page.total.value:,}"
    took = sum(step.milliseconds for step in steps)
    out.print(f"Orders: {total}, of which {len(page.rows)} on the first page. Statements: {len(steps)}, {took:.2f} ms.")
