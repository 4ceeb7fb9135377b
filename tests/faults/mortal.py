"""A process that kills itself, as by `kill -9`, at a named step of its work; `tests.faults` starts it."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from functools import wraps
from multiprocessing.connection import Connection
from typing import Any

from store.database import Database
from store.domain.adjustments.policy import Policy
from store.domain.adjustments.pricing import Ask
from store.domain.adjustments.transitions import Verb
from store.domain.channels import ChannelFacts
from store.domain.clock import system_clock
from store.domain.errors import DomainError
from store.domain.orders.sharing import ShareRequest
from store.domain.outbox import Place, Sent
from store.domain.people import Actor
from store.services import acting, deliveries, outbox
from store.services.adjustments import adjustments, decisions
from store.services.adjustments import records as adjustment_records
from store.services.adjustments.adjustments import Adjustments
from store.services.orders.sharing import Sharing
from store.services.outbox import Outbox
from tests.support.builders import NOON

HERE = Place("C0APPROVALS", "1700000000.000100")
LEASE_SECONDS = 0.3


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def die_after(module: Any, name: str) -> None:
    """The process ends when that function has done its work, before it returns."""
    function: Callable[..., object] = getattr(module, name)

    @wraps(function)
    def last(*arguments: Any, **named: Any) -> None:
        function(*arguments, **named)
        die()

    setattr(module, name, last)


STEPS: dict[str, tuple[Any, str]] = {
    "the actor is looked up": (acting, "present_actor"),
    "the request is taken": (deliveries, "take_delivery"),
    "the order is locked": (adjustments, "lock_order"),
    "the adjustment is written": (adjustments, "insert_adjustment"),
    "the card is to be told": (adjustment_records, "tell_card"),
    "the approval is counted": (decisions, "count_approval"),
    "the price is written": (decisions, "apply_proposal"),
    "the outcome is written": (decisions, "close_adjustment"),
    "the card is to be shown again": (adjustment_records, "show_card"),
    "the outcome is to be told": (adjustment_records, "tell_outcome"),
    "the audit is written": (adjustment_records, "audit"),
    "the share is taken": (deliveries, "take_delivery"),
    "the share is to be posted": (acting, "add_news"),
    "the share's audit is written": (acting, "append_audit"),
    "rows are claimed": (outbox, "claim_due"),
    "the outcome of sending is written": (outbox, "settle_item"),
}
"""Each step is before the commit of its transaction. Without a step, the process dies right after the commit."""


def freeze() -> None:
    """Stops this whole process, as on a paused machine, until it gets SIGCONT."""
    os.kill(os.getpid(), signal.SIGSTOP)


def submit_frozen(url: str, told: Connection, actor: Actor, order_key: int, ask: Ask) -> None:
    """Submits, stops with all locks held and nothing committed, and reports the outcome; then once more."""
    desk = Adjustments(Database(url), system_clock, Policy())
    audit = adjustment_records.audit

    def last(*arguments: Any, **named: Any) -> None:
        audit(*arguments, **named)
        adjustment_records.audit = audit
        freeze()

    adjustment_records.audit = last
    for _ in range(2):
        try:
            told.send(desk.submit(actor, order_key, ask, "why", "draft").number)
        except DomainError as refusal:
            told.send(type(refusal).__name__)


def prepare(step: str) -> None:
    if step in STEPS:
        die_after(*STEPS[step])


def submit(url: str, step: str, actor: Actor, order_key: int, ask: Ask, request: str) -> None:
    prepare(step)
    Adjustments(Database(url), lambda: NOON, Policy()).submit(actor, order_key, ask, "why", request)
    die()


def approve(url: str, step: str, actor: Actor, key: int, request: str) -> None:
    prepare(step)
    Adjustments(Database(url), lambda: NOON, Policy()).decide(actor, Verb.APPROVE, key, request)
    die()


def share(url: str, step: str, actor: Actor, request: ShareRequest, facts: ChannelFacts, key: str) -> None:
    prepare(step)
    Sharing(Database(url), lambda: NOON).share(actor, request, facts, key)
    die()


def deliver(url: str, step: str) -> None:
    prepare(step)
    worker = Outbox(Database(url))
    for item in worker.claim("mortal", lease_seconds=LEASE_SECONDS):
        if step == "it is sent":
            die()
        worker.settle(item, Sent(HERE))
    die()
