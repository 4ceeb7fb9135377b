"""`explain`: what a search asks of the database, why, and what it costs; by whom, and what it refuses."""

from __future__ import annotations

import pytest

from bot.explain import run_explain
from bot.terminal import Terminal
from store.database import Database
from store.domain.clock import system_clock
from store.domain.orders.errors import InvalidCriteria
from store.domain.people import NotAMember, Role
from store.queries.members import put_member
from store.services.members import Members
from tests.support.builders import a_customer, an_order
from tests.support.people import a_member

EXPLAINED = "acme status:pending-payment"


@pytest.fixture
def desk(database: Database) -> Database:
    for name, manager in (("Acme", "nancy"), ("Acme Two", "margaret")):
        an_order(database, customer_key=a_customer(database, name=name, account_manager=manager))
    return database


def explained(database: Database, capsys: pytest.CaptureFixture[str], line: str, user: str = "") -> str:
    run_explain(database, system_clock, Members(database, system_clock), line, user, Terminal())
    return capsys.readouterr().out


def test_a_search_is_explained_statement_by_statement(desk: Database, capsys: pytest.CaptureFixture[str]) -> None:
    said = explained(desk, capsys, EXPLAINED)
    # A table breaks lines anywhere.
    for words in (
        "all at",
        "ix_orders_all_status",
        "judged",
        "customer",
        "Orders: 2, of which 2 on the first page. Statements: 2",
    ):
        assert words in " ".join(said.split())


def test_it_is_explained_within_the_reach_of_a_member(desk: Database, capsys: pytest.CaptureFixture[str]) -> None:
    with desk.write() as connection:
        put_member(connection, a_member("U0NANCY", Role.SALESPERSON, account_name="nancy"))
    said = explained(desk, capsys, EXPLAINED, "U0NANCY")
    assert "ix_orders_own_status" in said
    assert "Orders: 1," in said


def test_what_cannot_be_explained_is_refused(desk: Database, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(NotAMember):
        explained(desk, capsys, EXPLAINED, "U0NOBODY")
    with pytest.raises(InvalidCriteria):
        explained(desk, capsys, "colour:red")
    with pytest.raises(InvalidCriteria) as refused:
        explained(desk, capsys, "product:zebra")
    assert refused.value.reason == "none contains “zebra”"
