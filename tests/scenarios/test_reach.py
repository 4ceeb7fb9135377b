"""Nobody gets anything about orders outside their reach, by any path: no word, no number, no sign of them."""

from __future__ import annotations

import json
import random
import secrets
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import pytest
from sqlalchemy import Engine, event

from handlers import ROUTES
from handlers.kit.interaction import PayloadKind
from handlers.kit.route import Route
from handlers.kit.state import SearchState
from sandbox.errors import NotThereError
from sandbox.values import Json, View
from store.database import Database
from store.domain.orders.criteria import OrderCriteria
from store.domain.orders.customers import AssociationType
from store.domain.orders.order import DiscountType, OrderStatus, OrderType
from store.domain.people import Member, Role
from tests.support.builders import ItemRow, a_customer, a_product_type, an_order
from tests.support.desk import Desk, eventually, running_desk, words
from tests.support.effort import effort
from tests.support.logs import captured_logs
from tests.support.wire import a_command, a_submission, a_suggestion, a_view, an_action, an_event, sent_to, settled

NANCY, JANET, LAURA = "U0NANCY", "U0JANET", "U0LAURA"
MEMBERS = (
    Member("", NANCY, "Nancy", "nancy", frozenset({Role.SALESPERSON})),
    Member("", JANET, "Janet", "janet", frozenset({Role.SALESPERSON})),
    Member("", LAURA, "Laura", "", frozenset({Role.MANAGER})),
)
NOBODIES = ("U0STRANGER", "U0GUEST", "U0OUTSIDER")
WORDS = {"nancy": "zqvonq", "janet": "wkyjex"}
"""The word in every text of every record of a salesperson, which nobody else may see."""
FIGURES = {"nancy": "4,719.36", "janet": "8,352.71"}
"""An amount that only that salesperson's orders have."""
NOW = datetime.now(UTC)
TYPED = ("acme", "gmbh", "a", "%", "_", "'; --", "CS", "server", "zqv", "wkyj", "zqvonq"[:5], "wkyjex"[:5], "x" * 210)


def _filled(database: Database) -> None:
    for owner, word in WORDS.items():
        a_product_type(database, f"hws.{word}", f"Server {word}")
        amount = FIGURES[owner].replace(",", "")
        for number in range(6):
            resold = number >= 4
            customer = a_customer(
                database,
                f"{word}-{number}",
                name=f"Acme {word} GmbH {number}",
                account_name=f"acme-{word}-{number}",
                account_manager=owner,
                association_type=AssociationType.RESELLER if resold else AssociationType.REFERRAL,
                reseller_id=f"R-{word}" if resold else None,
                reseller_name=f"Reseller {word}" if resold else None,
                email=f"{word}@example.com",
                telephone=f"+49 {word}",
                country_code="DE",
            )
            for order in range(5):
                an_order(
                    database,
                    f"CS26{word}{number}{order}",
                    customer_key=customer,
                    service_type_code=f"hws.{word}",
                    status=OrderStatus.COMPLETED if order % 2 else OrderStatus.PENDING_PAYMENT,
                    order_type=OrderType.RENEWAL if order == 1 else OrderType.PURCHASE,
                    official_amount=amount,
                    amount_after_discount=amount,
                    create_time=NOW - timedelta(days=number * 5 + order),
                    payment_time=NOW,
                    pending_payment_end_time=NOW + timedelta(days=3),
                    contract_id=f"contract {word}",
                    user_name=f"user {word}",
                    parent_order_id=f"parent {word}",
                    items=[
                        ItemRow(
                            amount if place == 0 else "0",
                            product_spec_desc=f"{word} {place}",
                            service_type_code=f"hws.{word}",
                        )
                        for place in range(10 if order == 0 else 1)
                    ],
                    discounts=[(DiscountType.PROMOTION, "0")],
                )


@contextmanager
def _statements() -> Iterator[list[str]]:
    """The SQL statements of the requests answered in this context, without those of the clock's ticks."""
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if threading.current_thread().name.startswith(("waitress", "after")):
            seen.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(Engine, "before_cursor_execute", note)


def _picked(customer: int) -> Json:
    """What a search for that customer remembers."""
    state: Json = json.loads(SearchState(criteria=OrderCriteria(customer_key=customer)).dump())
    return state


class Walk:
    """One person who does everything that can be done, on the screen and behind it."""

    def __init__(self, desk: Desk, user: str, chance: random.Random) -> None:
        self.desk, self.user, self.chance = desk, user, chance
        self.person = desk.person(user).person
        self.seen_metadata = ["", "{}"]
        self.forms = self.submitted = 0

    def step(self) -> None:
        """One thing done."""
        moves: list[tuple[int, Callable[[], None]]] = [
            (3, self.type_a_line),
            (3, self.use_the_screen),
            (2, self.fill_the_form),
            (4, self.forge_an_action),
            (1, self.forge_a_submission),
            (2, self.type_ahead),
            (1, lambda: self.send(an_event(self.desk.workspace, self.user))),
        ]
        self.chance.choices([move for _, move in moves], [weight for weight, _ in moves])[0]()

    def send(self, payload: Json) -> None:
        kind = "command" if "command" in payload else str(payload["type"])
        self.desk.workspace.delivery.send(kind, payload)

    def type_a_line(self) -> None:
        chance = self.chance
        parts = [
            chance.choice(TYPED),
            f"no:{chance.choice(('CS26', 'cs26zqvo', 'CS26wky'))}",
            f"product:{chance.choice(('server', 'zqvo', 'hws', 'wkyj'))}",
            f"status:{chance.choice([status.slug for status in OrderStatus])}",
            f"type:{chance.choice([kind.slug for kind in OrderType])}",
            "last:90d",
            "since:2020-01-01",
            "resellers",
            "",
        ]
        line = " ".join(chance.sample(parts, chance.randint(0, 3)))
        self.waiting(lambda: self.send(a_command(self.desk.workspace, self.user, line)))

    def use_the_screen(self) -> None:
        modals = self.person.modals()
        if not modals:
            return self.type_a_line()
        view = modals[-1]
        if view.private_metadata:
            self.seen_metadata.append(view.private_metadata)
        found = [
            (block["block_id"], element)
            for block in view.blocks
            for element in (*block.get("elements", ()), block.get("accessory"))
            if isinstance(element, dict) and element.get("type") in ("button", "overflow")
        ]
        if not found or self.chance.random() < 0.2:
            self.person.close(view.id)
            return None
        block_id, element = self.chance.choice(found)
        chosen = {"selected_option": self.chance.choice(element["options"])} if element["type"] == "overflow" else {}
        return self.waiting(lambda: self.person.click(view, block_id, element["action_id"], agreed=True, **chosen))

    def fill_the_form(self) -> None:
        self.waiting(lambda: self.send(a_command(self.desk.workspace, self.user, "")))
        settled(self.desk)
        modals = self.person.modals()
        if not modals or modals[-1].callback_id != "orders.search":
            return
        self.forms += 1
        # An earlier request may already be shown in the form's place.
        with suppress(NotThereError):
            self.fill_and_submit(modals[-1])

    def fill_and_submit(self, view: View) -> None:
        for block_id, action_id in (("customer", "customer.suggest"), ("product_types", "product_type.suggest")):
            offered = self.person.options(view, block_id, action_id, self.chance.choice(TYPED)).options
            if offered and self.chance.random() < 0.7:
                chosen = self.chance.choice(offered)
                self.person.fill(view, block_id, action_id, chosen if block_id == "customer" else [chosen])
        if self.chance.random() < 0.3:
            self.person.fill(view, "order_no", "input", self.chance.choice(("CS26", "CS26zqv", "CS26wky", "1")))
        self.person.submit(view.id)
        self.submitted += 1

    def forge_an_action(self) -> None:
        action = self.chance.choice([route.id for route in ROUTES if route.kind is PayloadKind.ACTION])
        value = self.chance.choice(
            [
                str(self.a_key()),
                f"order.details:{self.a_key()}",
                f"order.payment:{self.a_key()}",
                "resellers_customers",
                "customers",
                json.dumps({"at_time": NOW.isoformat(), "at_key": self.a_key(), "forward": self.chance.random() < 0.5}),
                "8",
                "",
            ]
        )
        view = None
        if self.chance.random() < 0.9:
            view = a_view(self.desk.workspace, self.user, "orders.results", self.a_metadata())
        menu = self.chance.random() < 0.4
        self.waiting(lambda: self.send(an_action(self.desk.workspace, self.user, action, value, menu=menu, view=view)))

    def a_key(self) -> int:
        return self.chance.randint(1, 70)

    def a_metadata(self) -> str:
        return self.chance.choice(
            [
                self.chance.choice(self.seen_metadata),
                json.dumps({"order": self.a_key(), "items_offset": 8}),
                json.dumps(_picked(self.chance.randint(1, 14))),
                json.dumps({"product_types": [1, 2, 3], "customer": "acme"}),
                json.dumps({"order_no": "CS26", "tab": "resellers_customers"}),
            ]
        )

    def forge_a_submission(self) -> None:
        customer = f"key:{self.chance.randint(1, 14)}"
        values = {
            "customer": {"customer.suggest": {"type": "external_select", "selected_option": {"value": customer}}},
            "product_type": {
                "product_type.suggest": {"selected_options": [{"value": f"key:{self.chance.randint(1, 3)}"}]}
            },
        }
        if self.chance.random() < 0.5:
            del values["product_type"]
        view = a_view(self.desk.workspace, self.user, "orders.search", self.a_metadata(), values)
        self.send(a_submission(self.desk.workspace, self.user, view))

    def type_ahead(self) -> None:
        view = a_view(self.desk.workspace, self.user, "orders.search")
        action = self.chance.choice([route.id for route in ROUTES if route.kind is PayloadKind.OPTIONS])
        self.send(a_suggestion(self.desk.workspace, self.user, action, self.chance.choice(TYPED), view))

    def waiting(self, act: Callable[[], Any]) -> None:
        """Does the act, and waits a little for what follows the acknowledgement."""
        before = [view.hash for view in self.person.modals()]
        try:
            act()
        except NotThereError:
            return
        until = monotonic() + 0.05
        while monotonic() < until and [view.hash for view in self.person.modals()] == before:
            sleep(0.003)


def test_random_people_on_random_paths_are_shown_nothing_of_others(database: Database, tmp_path: Path) -> None:
    seed = secrets.randbelow(10**9)
    print(f"seed {seed}")
    chance = random.Random(seed)
    steps = effort(650 if database.sqlite else 350, 50_000)
    _filled(database)
    with captured_logs("DEBUG") as logs, running_desk(database, tmp_path, people=MEMBERS) as desk:
        walks = {user: Walk(desk, user, chance) for user in (NANCY, JANET, LAURA, *NOBODIES)}
        often = [NANCY] * 5 + [JANET] * 3 + [LAURA] + list(NOBODIES)
        for _ in range(steps):
            walks[chance.choice(often)].step()
        desk.bot.stop()
        told = sent_to(desk.workspace)
        metrics = desk.bot.metrics.render().decode()
        answers = [delivered.ack_status for delivered in desk.workspace.delivery.log]
    assert set(answers) == {200}
    assert not told["nobody"]
    everything = {user: "\n".join(texts).casefold() for user, texts in told.items()}
    secret = {owner: (WORDS[owner], FIGURES[owner]) for owner in WORDS}
    for user, kept in ((NANCY, secret["janet"]), (JANET, secret["nancy"])):
        assert not [mark for mark in kept if mark in everything[user]], user
    for user in NOBODIES:
        assert not [mark for kept in secret.values() for mark in kept if mark in everything[user]], user
    # The walk reached everything there is to reach, and most of the forms that it filled were still open to submit.
    forms = sum(walk.forms for walk in walks.values())
    assert sum(walk.submitted for walk in walks.values()) > forms / 2 > 0
    assert WORDS["nancy"] in everything[NANCY]
    assert FIGURES["nancy"] in everything[NANCY]
    assert WORDS["janet"] in everything[JANET]
    assert all(word in everything[LAURA] for word in WORDS.values())
    for mark in (mark for kept in secret.values() for mark in kept):
        assert not [line for line in logs.getvalue().splitlines() if mark in line.casefold()]
        assert mark not in metrics
    assert not [line for line in logs.getvalue().splitlines() if "Traceback" in line]


@pytest.fixture
def desk(database: Database, tmp_path: Path) -> Iterator[Desk]:
    _filled(database)
    with running_desk(database, tmp_path, people=MEMBERS) as running:
        yield running


THEIRS = (31, 36, 41, 51)
"""Keys of Janet's orders: Nancy's are 1 to 30."""
NOWHERE = 90_001


def _paths() -> dict[str, Callable[[Desk, int, int], Json]]:
    """Every way to name something by key: (order key, customer key) of what is not Nancy's, or does not exist."""

    def on_results(desk: Desk, action: str, value: str, metadata: Json, *, menu: bool = False) -> Json:
        view = a_view(desk.workspace, NANCY, "orders.results", json.dumps(metadata))
        return an_action(desk.workspace, NANCY, action, value, menu=menu, view=view)

    def submitted(desk: Desk, customer: int) -> Json:
        chosen = {"customer.suggest": {"selected_option": {"value": f"key:{customer}"}}}
        view = a_view(desk.workspace, NANCY, "orders.search", "", {"customer": chosen})
        return a_submission(desk.workspace, NANCY, view)

    return {
        "details": lambda desk, order, _: on_results(desk, "order.operation", f"order.details:{order}", {}, menu=True),
        "payment": lambda desk, order, _: on_results(desk, "order.payment", str(order), {}),
        "share": lambda desk, order, _: on_results(desk, "order.share_form", str(order), {}),
        "items": lambda desk, order, _: on_results(desk, "order.next_items", "8", {"order": order}),
        "refine": lambda desk, _, customer: on_results(desk, "orders.refine", "", _picked(customer)),
        "page": lambda desk, _, customer: on_results(desk, "orders.next_page", "", _picked(customer)),
        "submission": lambda desk, _, customer: submitted(desk, customer),
    }


@pytest.mark.parametrize("path", list(_paths()))
def test_not_ones_own_and_not_there_are_the_same_words_and_the_same_work(desk: Desk, path: str) -> None:
    nancy = desk.person(NANCY)

    def seen(order: int, customer: int) -> tuple[str, int]:
        nancy.open("/orders")
        screen = [view.hash for view in nancy.person.modals()]
        payload = _paths()[path](desk, order, customer)
        with _statements() as statements:
            delivered = desk.workspace.delivery.send(str(payload["type"]), payload)
            assert delivered.ok
            if not delivered.ack_body:
                eventually(lambda: [view.hash for view in nancy.person.modals()] != screen, "an answer")
        if delivered.ack_body:
            return json.dumps(delivered.ack_body), len(statements)
        return words(nancy.modal), len(statements)

    seen(1, 1)
    nowhere = seen(NOWHERE, NOWHERE)
    assert "no such" in nowhere[0]
    for order, customer in zip(THEIRS, (7, 8, 9, 10), strict=True):
        assert seen(order, customer) == nowhere


@pytest.mark.parametrize(
    ("theirs", "nowhere"),
    [
        ("CS26wkyjex00", "CS26wkyjeq00"),
        ("acme-wkyjex-1", "acme-wkyjeq-1"),
        ("product:wkyjex", "product:wkyjeq"),
    ],
)
def test_not_ones_own_and_not_there_read_alike_on_one_line(desk: Desk, theirs: str, nowhere: str) -> None:
    nancy = desk.person(NANCY)

    def seen(line: str) -> tuple[str, int]:
        before, messages = {view.id for view in nancy.person.modals()}, len(nancy.private_messages())
        with _statements() as statements:
            assert nancy.command(f"/orders {line}").ok
            eventually(
                lambda: (
                    {view.id for view in nancy.person.modals()} != before or len(nancy.private_messages()) > messages
                ),
                "an answer",
            )
        if len(nancy.private_messages()) > messages:
            return nancy.private_messages()[-1], len(statements)
        return nancy.screen, len(statements)

    seen("warm")
    found = seen(theirs)
    assert (found[0].replace("wkyjex", "wkyjeq"), found[1]) == seen(nowhere)


def test_every_action_of_the_table_is_walked() -> None:
    """The walk takes its forged actions from the table of routes, so that it includes every new one."""
    actions: list[Route] = [route for route in ROUTES if route.kind is PayloadKind.ACTION]
    assert len(actions) > 8
