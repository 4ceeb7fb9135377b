"""Killed at any step between the click and the message: all of it happened or none, and a repeat is safe."""

from __future__ import annotations

import multiprocessing
import signal
from collections.abc import Callable

import pytest

from store.database import Database
from store.domain.adjustments.pricing import ByAmount
from store.domain.adjustments.states import AdjustmentState
from store.domain.adjustments.transitions import Verb
from store.domain.channels import ChannelFacts
from store.domain.orders.sharing import ShareRequest
from store.domain.outbox import OutboxItem, Sent
from store.services.audit import Audit
from store.services.orders.sharing import Sharing
from store.services.outbox import Outbox
from tests.faults import mortal
from tests.support.adjusting import Desk
from tests.support.amounts import usd
from tests.support.desk import eventually

ASK = ByAmount(usd("1637.50"))
TABLES = (
    "adjustments",
    "adjustment_items",
    "adjustment_events",
    "orders",
    "order_items",
    "order_discounts",
    "audit",
    "outbox",
    "deliveries",
)
# Each process is forked from one with the modules loaded and no threads, so that it starts and ends quickly.
_context = multiprocessing.get_context("forkserver")
_context.set_forkserver_preload(["tests.faults.mortal"])


@pytest.fixture
def desk(database: Database) -> Desk:
    return Desk(database)


def killed(desk: Desk, work: Callable[..., None], *arguments: object) -> None:
    """Runs the work in a separate process, which must kill itself."""
    url = desk.database.url.render_as_string(hide_password=False)
    process = _context.Process(target=work, args=(url, *arguments))
    process.start()
    process.join()
    assert process.exitcode == -signal.SIGKILL


def everything(desk: Desk) -> dict[str, list[tuple[object, ...]]]:
    return {table: sorted(desk.rows(f"SELECT * FROM {table}"), key=repr) for table in TABLES}


SUBMITTING = [
    "the actor is looked up",
    "the request is taken",
    "the order is locked",
    "the adjustment is written",
    "the card is to be told",
    "the audit is written",
]
APPROVING = [
    "the actor is looked up",
    "the request is taken",
    "the order is locked",
    "the approval is counted",
    "the price is written",
    "the outcome is written",
    "the card is to be shown again",
    "the outcome is to be told",
    "the audit is written",
]


@pytest.mark.parametrize("step", SUBMITTING)
def test_killed_while_submitting_leaves_nothing_and_asking_again_does_it_once(desk: Desk, step: str) -> None:
    nancy, order = desk.salesperson(), desk.order()
    before = everything(desk)
    killed(desk, mortal.submit, step, nancy, order, ASK, "draft")
    assert everything(desk) == before
    done = desk.adjustments().submit(nancy, order, ASK, "why", "draft")
    assert done.state is AdjustmentState.PENDING
    assert len(desk.rows("SELECT key FROM adjustments")) == len(desk.rows("SELECT key FROM outbox")) == 1


@pytest.mark.parametrize("step", APPROVING)
def test_killed_while_approving_leaves_nothing_and_clicking_again_does_it_once(desk: Desk, step: str) -> None:
    nancy, andrew = desk.salesperson(), desk.manager()
    asked = desk.submitted(nancy, desk.order())
    before = everything(desk)
    killed(desk, mortal.approve, step, andrew, asked.key, "click")
    assert everything(desk) == before
    assert desk.adjustments().decide(andrew, Verb.APPROVE, asked.key, "click").state is AdjustmentState.APPLIED
    assert Audit(desk.database).verify(None).whole
    assert len(desk.rows("SELECT seq FROM audit")) == 2


def test_killed_right_after_the_commit_it_has_happened_and_again_does_nothing_more(desk: Desk) -> None:
    nancy, andrew, order = desk.salesperson(), desk.manager(), desk.order()
    killed(desk, mortal.submit, "", nancy, order, ASK, "draft")
    asked = desk.adjustments().submit(nancy, order, ASK, "why", "draft")
    killed(desk, mortal.approve, "", andrew, asked.key, "click")
    after = everything(desk)
    assert desk.adjustments().decide(andrew, Verb.APPROVE, asked.key, "click").state is AdjustmentState.APPLIED
    assert everything(desk) == after
    assert len(after["adjustments"]) == 1
    assert sorted(str(row[0]) for row in desk.rows("SELECT kind FROM outbox")) == [
        "adjustment.card",
        "adjustment.outcome",
    ]


@pytest.mark.parametrize(
    "step", ["the share is taken", "the share is to be posted", "the share's audit is written", ""]
)
def test_killed_while_sharing_it_is_shared_whole_or_not_at_all_and_asking_again_is_once(desk: Desk, step: str) -> None:
    nancy, order = desk.salesperson(), desk.order()
    facts = ChannelFacts("deals", archived=False, shared=False, bot_is_in=True, people=frozenset({"U0NANCY"}))
    request = ShareRequest(order, "C0DEALS", "They sign this week.")
    killed(desk, mortal.share, step, nancy, request, facts, "draft")
    assert len(desk.rows("SELECT key FROM outbox")) == len(desk.rows("SELECT seq FROM audit")) == (0 if step else 1)
    shared = Sharing(desk.database, lambda: desk.now).share(nancy, request, facts, "draft")
    assert shared.again is not bool(step)
    assert desk.rows("SELECT kind FROM outbox") == [("order.shared",)]
    assert len(desk.rows("SELECT seq FROM audit")) == 1
    assert Audit(desk.database).verify(None).whole


def claim_soon(outbox: Outbox) -> OutboxItem:
    """The dead worker's row, as soon as its lease ends."""
    return eventually(lambda: outbox.claim("heir"), "what the dead worker held")[0]


@pytest.mark.parametrize(
    ("step", "in_doubt"),
    [("rows are claimed", False), ("it is sent", True), ("the outcome of sending is written", True)],
)
def test_what_a_killed_worker_held_is_told_by_another_in_doubt_if_it_may_be_told(
    desk: Desk, step: str, in_doubt: bool
) -> None:
    asked = desk.submitted(desk.salesperson(), desk.order())
    killed(desk, mortal.deliver, step)
    outbox = Outbox(desk.database)
    item = claim_soon(outbox)
    assert (item.subject_key, item.ambiguous) == (asked.key, in_doubt)
    assert outbox.settle(item, Sent(mortal.HERE))
    assert outbox.health().waiting == 0


def test_what_a_killed_worker_had_settled_stays_settled(desk: Desk) -> None:
    asked = desk.submitted(desk.salesperson(), desk.order())
    killed(desk, mortal.deliver, "")
    outbox = Outbox(desk.database)
    assert outbox.place(f"adjustment.card/{asked.key}") == mortal.HERE
    assert outbox.claim("heir") == ()
