"""Every route of the adjustments, used by everybody who may not: nothing changes, and they see nothing."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import text

from handlers.adjustments import ids
from handlers.adjustments.routes import ROUTES
from handlers.adjustments.state import AdjustmentFormState, AdjustmentHistoryState, OneState, ReasonState
from handlers.kit.ids import INPUT
from handlers.kit.interaction import PayloadKind
from handlers.kit.route import Route
from sandbox.values import Json
from store.database import Database
from store.domain.adjustments.transitions import Verb
from store.domain.people import Capability
from tests.scenarios.test_adjust_price import ask_for, audit_rows, make_orders
from tests.support.desk import PEOPLE, Desk, running_desk
from tests.support.wire import a_command, a_submission, a_view, an_action, deliver, sent_to

CANARIES = ("ADJ-1001", "Acme", "12,400", "11,462", "they sign this week", "ECS c7")
NOBODYS = ("U0JANET", "U0STRANGER", "U0GUEST", "U0OUTSIDER")
"""A salesperson of other customers, and people who are not members at all."""
_drafts = count()


@pytest.fixture
def desk(database: Database, tmp_path: Path) -> Iterator[Desk]:
    make_orders(database)
    with running_desk(database, tmp_path) as running:
        ask_for(running)
        running.card("PA-1001")
        running.settled()
        yield running


def asked(desk: Desk, route: Route, user: str, order: int) -> list[Json]:
    """That person's use of the route in each way that its kind allows, on that order and its adjustment."""
    workspace = desk.workspace
    if route.kind is PayloadKind.COMMAND:
        return [a_command(workspace, user, "ADJ-1001", route.id), a_command(workspace, user, "", route.id)]
    draft = f"forged-{next(_drafts)}"
    reason = {ids.REASON: {INPUT: {"type": "plain_text_input", "value": "Because."}}}
    figure = {ids.FIGURE: {ids.TYPED: {"type": "plain_text_input", "value": "1500"}}}
    if route.kind is PayloadKind.SUBMISSION:
        state = (
            ReasonState(adjustment=1, draft=draft)
            if route.id == ids.reason_form(Verb.REJECT)
            else AdjustmentFormState(order=order, draft=draft)
        )
        view = a_view(workspace, user, route.id, state.dump(), {**figure, **reason})
        return [a_submission(workspace, user, view)]
    states = [
        AdjustmentFormState(order=order, draft=draft),
        AdjustmentHistoryState(order=order),
        OneState(adjustment=1, history=AdjustmentHistoryState(order=order)),
    ]
    views = [a_view(workspace, user, "any", state.dump(), {**figure, **reason}) for state in states]
    return [
        an_action(workspace, user, route.id, value, view=view)
        for value in ("1", str(order), "{}")
        for view in (*views, None)
    ]


def state_of_things(desk: Desk) -> list[object]:
    """Everything that a refused request must leave unchanged."""
    with desk.database.read() as connection:
        found = [
            tuple(connection.execute(text(query)).one())
            for query in (
                "SELECT count(*), min(state), min(approvals) FROM adjustments",
                "SELECT sum(amount_after_discount), count(*) FROM orders",
                "SELECT count(*), max(revision) FROM outbox",
            )
        ]
    return [*found, audit_rows(desk)]


def order_key(desk: Desk) -> int:
    with desk.database.read() as connection:
        return int(connection.execute(text("SELECT key FROM orders WHERE order_id = 'ADJ-1001'")).scalar_one())


@pytest.mark.parametrize("user", NOBODYS)
def test_whose_order_it_is_not_changes_and_sees_nothing(desk: Desk, user: str) -> None:
    before, order = state_of_things(desk), order_key(desk)
    for route in ROUTES:
        for payload in asked(desk, route, user, order):
            status, _ = deliver(desk, payload)
            assert status == 200, route.id
    assert state_of_things(desk) == before
    told = "\n".join(sent_to(desk.workspace).get(user, []))
    assert told
    for canary in CANARIES:
        assert canary not in told.replace('/adjustments ADJ-1001"', "")


@pytest.mark.parametrize("member", PEOPLE, ids=lambda member: member.slack_user_id)
def test_who_lacks_the_role_changes_nothing(desk: Desk, member: object) -> None:
    person = next(known for known in PEOPLE if known == member)
    lacking = [route for route in ROUTES if not person.can(route.capability)]
    assert bool(lacking) is not person.can(Capability.DECIDE_ADJUSTMENT)
    before, order = state_of_things(desk), order_key(desk)
    for route in lacking:
        for payload in asked(desk, route, person.slack_user_id, order):
            status, _ = deliver(desk, payload)
            assert status == 200
    assert state_of_things(desk) == before


@pytest.mark.parametrize("change", ["guest", "deactivated", "no longer a manager", "no longer a member"])
def test_a_manager_who_has_become_somebody_else_decides_nothing(desk: Desk, change: str) -> None:
    laura = desk.person("U0LAURA")
    laura.open("/approvals")
    waiting = laura.modal
    if change == "guest":
        desk.workspace.change_user("U0LAURA", is_restricted=True)
    elif change == "deactivated":
        desk.workspace.change_user("U0LAURA", deleted=True)
    else:
        with desk.database.write() as connection:
            query = {
                "no longer a manager": "UPDATE members SET roles = 'salesperson', account_name = 'laura'"
                " WHERE slack_user_id = 'U0LAURA'",
                "no longer a member": "DELETE FROM members WHERE slack_user_id = 'U0LAURA'",
            }[change]
            connection.execute(text(query))
    before = state_of_things(desk)
    for action_id in (ids.pressed(Verb.APPROVE), ids.pressed(Verb.WITHDRAW)):
        view = {**waiting.payload(), "private_metadata": "{}"}
        assert deliver(desk, an_action(desk.workspace, "U0LAURA", action_id, "1", view=view))[0] == 200
        assert deliver(desk, an_action(desk.workspace, "U0LAURA", action_id, "1"))[0] == 200
    state = ReasonState(adjustment=1, draft="late")
    reason = {ids.REASON: {INPUT: {"type": "plain_text_input", "value": "Because."}}}
    view = a_view(desk.workspace, "U0LAURA", ids.reason_form(Verb.REJECT), state.dump(), reason)
    assert deliver(desk, a_submission(desk.workspace, "U0LAURA", view))[0] == 200
    assert state_of_things(desk) == before
