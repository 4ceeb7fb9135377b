"""Around every listener: who may use it and who is told what, whatever fails on either side."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from time import sleep
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from slack_bolt import App
from sqlalchemy import text

from bot.app import build_app
from bot.bolt_request import bolt_request
from bot.boundary import Boundary
from bot.deps import build_deps
from bot.metrics import Metrics
from bot.receipt import Receipt
from bot.slack.asking import Asking
from bot.slack.directory import Directory
from bot.slack.home import meet
from bot.wiring import web_client
from handlers import ROUTES
from handlers.kit.interaction import Interaction, PayloadKind
from handlers.kit.replies import Reply
from handlers.kit.route import Route, action, command
from sandbox.values import Json
from store.database import Database
from store.domain.clock import system_clock
from store.domain.orders.criteria import OrderCriteria
from store.domain.orders.criterion import described
from store.domain.people import Capability
from store.services.members import Members
from tests.support.builders import ItemRow, a_customer, an_order
from tests.support.databases import sqlite_copy
from tests.support.desk import PATIENCE, PATIENT, PEOPLE, Desk, eventually, running_desk, words
from tests.support.effort import effort
from tests.support.logs import captured_logs
from tests.support.people import a_member
from tests.support.wire import (
    a_command,
    a_submission,
    a_suggestion,
    a_view,
    an_action,
    an_event,
    deliver,
    get,
    moment,
    sent_to,
    settled,
)

NANCY, LAURA = "U0NANCY", "U0LAURA"
SECRET = "Zqvonq"

UNSEEN = {
    f"U0UNSEEN{number}": kind
    for number, kind in enumerate(("500", "503", "429", "lost_before", "lost_after", "error:user_not_found"))
}
"""Members who are new to the bot, with what goes wrong when it asks Slack about them."""


def _broken(_asked: Interaction, _deps: object) -> Reply:
    raise ValueError("xoxb-12345-secret: what nobody could foresee")


BROKEN = (
    command("/broken", _broken, Capability.SEARCH, "fails"),
    action("broken.press", _broken, Capability.SEARCH),
    Route(PayloadKind.SUBMISSION, "broken.submit", _broken, Capability.SEARCH),
    Route(PayloadKind.OPTIONS, "broken.suggest", _broken, Capability.SEARCH),
    Route(PayloadKind.EVENT, "broken_event", _broken, Capability.SEARCH),
)


def _fill(database: Database) -> None:
    customer = a_customer(database, name=f"{SECRET} Ltd", account_name="zqvonq", account_manager="nancy")
    for number in range(12):
        an_order(database, f"{SECRET}{number}", customer_key=customer, items=[ItemRow()] * 12)


@pytest.fixture(scope="module")
def desk(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    folder = tmp_path_factory.mktemp("desk")
    with sqlite_copy(sqlite_template, folder) as database:
        _fill(database)
        with running_desk(
            database,
            folder,
            routes=(*ROUTES, *BROKEN),
            people=(*PEOPLE, *(a_member(user, team_id="") for user in UNSEEN)),
        ) as running:
            running.workspace.add_user("robot", id="U0ROBOT", is_bot=True)
            running.workspace.add_user("left", id="U0LEFT", deleted=True)
            running.workspace.add_user("single", id="U0SINGLE", is_restricted=True, is_ultra_restricted=True)
            yield running


@pytest.fixture(autouse=True)
def _no_faults(desk: Desk) -> Iterator[None]:
    patience = desk.workspace.triggers.seconds
    yield
    desk.workspace.faults.clear()
    desk.workspace.triggers.seconds = patience


def _payload(desk: Desk, user: str, route: Route) -> Json:
    workspace = desk.workspace
    match route.kind:
        case PayloadKind.COMMAND:
            name, _, rest = route.id.partition(" ")
            return a_command(workspace, user, rest or "zqvonq", name)
        case PayloadKind.ACTION:
            view = a_view(workspace, user, "orders.results", json.dumps({"order": 1}))
            return an_action(workspace, user, route.id, "1", view=view)
        case PayloadKind.SUBMISSION:
            return a_submission(workspace, user, a_view(workspace, user, route.id, json.dumps({"order": 1})))
        case PayloadKind.OPTIONS:
            return a_suggestion(workspace, user, route.id, "zqv", a_view(workspace, user, "orders.search"))
        case _:
            return an_event(workspace, user, route.id)


def _told(desk: Desk, user: str, act: Callable[[], Any]) -> str:
    """Everything that reached that person because of the act, as JSON."""
    since = moment(desk.workspace)
    answer = act()
    body = answer[1].decode() if isinstance(answer, tuple) else ""
    settled(desk)
    return "\n".join([body, *sent_to(desk.workspace, since)[user]])


NOT_MEMBERS = {
    "U0STRANGER": "you are not one yet",
    "U0GUEST": "not guests or bots",
    "U0SINGLE": "not guests or bots",
    "U0OUTSIDER": "people of this workspace only",
    "U0LEFT": "not guests or bots",
    "U0ROBOT": "not guests or bots",
}


@pytest.mark.parametrize("user", NOT_MEMBERS)
def test_no_route_lets_in_who_is_no_member(desk: Desk, user: str) -> None:
    for route in ROUTES:
        payload = _payload(desk, user, route)
        told = _told(desk, user, partial(deliver, desk, payload))
        assert SECRET.casefold() not in told.casefold(), route.id
        assert "Ltd" not in told, route.id
        if route.kind in (PayloadKind.OPTIONS, PayloadKind.CLOSED):
            assert told in ('{"options": []}', ""), route.id
        else:
            assert NOT_MEMBERS[user] in told, (route, told)
            assert "<@U0ANDREW>" in told, route.id


def test_a_stranger_who_sends_a_form_is_told_whom_to_ask_where_names_are_shown(desk: Desk) -> None:
    view = a_view(desk.workspace, "U0STRANGER", "orders.search", "", {"customer": {"input": {}}})
    answer = json.loads(deliver(desk, a_submission(desk.workspace, "U0STRANGER", view))[1])
    assert answer["response_action"] == "update"
    assert "<@U0ANDREW>" in answer["view"]["blocks"][0]["text"]["text"]


def test_who_was_taken_out_no_longer_sees_their_old_home(desk: Desk) -> None:
    members = Members(desk.database, system_clock)
    nobody = "U0FORMER"
    desk.workspace.add_user("former", id=nobody)
    members.set("test", a_member(nobody, team_id=""))
    told = partial(_told, desk, nobody, lambda: deliver(desk, an_event(desk.workspace, nobody)))
    assert "Find customer orders" in told()
    members.remove("test", nobody)
    last = told()
    assert "you are not one yet" in last
    assert "Find customer orders" not in last
    messages = an_event(desk.workspace, nobody, tab="messages")
    assert _told(desk, nobody, lambda: deliver(desk, messages)) == ""


def test_a_payload_that_names_another_team_is_of_another_organisation(desk: Desk) -> None:
    payload = a_command(desk.workspace, NANCY, "zqvonq")
    told = _told(desk, NANCY, lambda: deliver(desk, {**payload, "team_id": "T0OTHER"}))
    assert "people of this workspace only" in told
    assert SECRET not in told


def test_nobody_and_the_bot_itself_get_nothing(desk: Desk) -> None:
    payload = a_command(desk.workspace, NANCY, "zqvonq")
    for user in ("", desk.workspace.bot.id):
        assert deliver(desk, {**payload, "user_id": user, "trigger_id": f"1.{user}"}) == (200, b"")


@pytest.mark.parametrize("route", [route for route in ROUTES if route.capability is Capability.DECIDE_ADJUSTMENT])
def test_a_route_whose_capability_is_missing_says_so(desk: Desk, route: Route) -> None:
    told = _told(desk, NANCY, lambda: deliver(desk, _payload(desk, NANCY, route)))
    assert "you may not decide price adjustments" in told


def test_ids_that_there_are_not_are_out_of_date(desk: Desk) -> None:
    workspace = desk.workspace
    view = a_view(workspace, NANCY, "long.gone")
    for payload in (
        a_command(workspace, NANCY, "", "/gone"),
        an_action(workspace, NANCY, "long.gone", view=view),
        an_action(workspace, NANCY, "long.gone"),
        a_submission(workspace, NANCY, view),
    ):
        assert "older screen" in _told(desk, NANCY, partial(deliver, desk, payload))
    filled = a_submission(workspace, NANCY, a_view(workspace, NANCY, "long.gone", "", {"field": {"input": {}}}))
    errors = json.loads(deliver(desk, filled)[1])["errors"]
    assert errors["field"].endswith("Start again with /orders.")
    assert deliver(desk, a_suggestion(workspace, NANCY, "long.gone", "x", view)) == (200, b'{"options": []}')
    assert deliver(desk, an_event(workspace, NANCY, "team_join"))[0] == 200
    closing = {**a_submission(workspace, NANCY, view), "type": "view_closed", "is_cleared": False}
    assert deliver(desk, closing)[0] == 200


def _app(desk: Desk) -> App:
    """A second Bolt app for the desk, for requests that were received earlier."""
    bot_settings = desk.bot._settings
    client = web_client(bot_settings)
    home = meet(client)
    boundary = Boundary(
        deps=build_deps(desk.database, bot_settings, late=PATIENT),
        routes=ROUTES,
        home=home,
        directory=Directory(client, Asking(), "UTC", "en_US"),
        client=client,
        after=desk.bot._after,
        metrics=Metrics(),
        keep=lambda _news: None,
    )
    return build_app(boundary, home, bot_settings.slack_api_url, bot_settings.slack_bot_token.get_secret_value())


def test_work_that_would_begin_late_is_not_begun(desk: Desk) -> None:
    app = _app(desk)

    def dispatch(route: Route, seconds: float) -> tuple[int, bytes]:
        receipt = Receipt(system_clock() - timedelta(seconds=seconds))
        request = bolt_request(_payload(desk, NANCY, route), receipt)
        response = app.dispatch(request)
        receipt.answered()
        return response.status, (response.body or "").encode()

    assert SECRET in _told(desk, NANCY, lambda: dispatch(ROUTES[0], PATIENCE / 2))
    for route in ROUTES:
        told = _told(desk, NANCY, partial(dispatch, route, PATIENCE + 0.1))
        assert SECRET not in told
        if route.kind in (PayloadKind.COMMAND, PayloadKind.ACTION, PayloadKind.SUBMISSION):
            assert "was not taken up" in told, route.id


@pytest.mark.parametrize(("user", "kind"), list(UNSEEN.items()))
def test_where_slack_does_not_tell_who_asks_nobody_is_let_in(desk: Desk, user: str, kind: str) -> None:
    desk.workspace.faults.add("users.info", kind)
    told = _told(desk, user, lambda: desk.person(user).command("/orders zqvonq"))
    assert "did not say just now whether you still belong" in told
    assert "ref" in told
    desk.workspace.faults.clear()
    if kind == "429":
        # Slack asks the bot to wait a second.
        sleep(1.0)
    assert desk.person(user).open("/orders").callback_id == "orders.search"


def test_what_breaks_is_logged_once_and_told_with_its_reference(desk: Desk) -> None:
    workspace = desk.workspace
    for route in BROKEN:
        with captured_logs() as logs:
            told = _told(desk, NANCY, partial(deliver, desk, _payload(desk, NANCY, route)))
        lines = [json.loads(line) for line in logs.getvalue().splitlines()]
        failures = [line for line in lines if "exception" in line]
        assert len(failures) == 1
        assert failures[0]["exception"].startswith("Traceback")
        assert failures[0]["route"] == route.id
        assert "xoxb" not in logs.getvalue()
        for personal in (NANCY, "zqvonq", workspace.bot_token, workspace.signing_secret):
            assert personal not in logs.getvalue()
        if route.kind in (PayloadKind.COMMAND, PayloadKind.ACTION, PayloadKind.SUBMISSION):
            assert f"(ref {failures[0]['ref']})" in told
            assert "Nothing was changed" in told


def test_what_a_database_says_is_logged_without_what_was_asked(database: Database, tmp_path: Path) -> None:
    _fill(database)
    with captured_logs("DEBUG") as logs, running_desk(database, tmp_path) as desk:
        with database.write() as connection:
            connection.execute(text("ALTER TABLE orders RENAME TO orders_gone"))
        try:
            told = _told(desk, NANCY, lambda: desk.person(NANCY).command("/orders vonq"))
        finally:
            with database.write() as connection:
                connection.execute(text("ALTER TABLE orders_gone RENAME TO orders"))
    assert "Nothing was changed" in told
    assert "vonq" not in logs.getvalue()


# --- Slack does not show what the bot sent


def test_a_trigger_that_has_run_out_is_told_privately(desk: Desk) -> None:
    desk.workspace.triggers.seconds = -1.0
    told = _told(desk, NANCY, lambda: deliver(desk, a_command(desk.workspace, NANCY, "zqvonq")))
    assert "Slack took too long, so nothing could be opened" in told
    assert desk.person(NANCY).private_messages()


def test_words_whose_address_is_gone_reach_the_person_all_the_same(desk: Desk) -> None:
    nancy = desk.person(NANCY)
    before = len(nancy.private_messages())
    payload = a_command(desk.workspace, NANCY, "colour:red")
    assert deliver(desk, payload | {"response_url": f"{payload['response_url']}-gone"}) == (200, b"")
    settled(desk)
    assert ["There is no “colour:”" in said for said in nancy.private_messages()[before:]] == [True]


def test_where_there_is_no_channel_to_say_it_in_the_person_hears_it_from_the_bot(desk: Desk) -> None:
    nancy = desk.person(NANCY)
    nancy.open("/orders zqvonq")
    desk.workspace.triggers.seconds = -1.0
    menu = next(block for block in nancy.modal.blocks if (block.get("accessory") or {}).get("type") == "overflow")
    chosen = menu["accessory"]["options"][0]
    told = _told(
        desk,
        NANCY,
        lambda: nancy.person.click(
            nancy.modal, menu["block_id"], menu["accessory"]["action_id"], selected_option=chosen
        ),
    )
    assert "nothing could be opened" in told
    assert any("nothing could be opened" in words(m) for m in nancy.person.messages(desk.workspace.im(NANCY).id))


def test_words_that_a_channel_cannot_show_reach_the_person_too(desk: Desk) -> None:
    channel = desk.workspace.add_channel("elsewhere", [NANCY], with_bot=False)
    desk.workspace.triggers.seconds = -1.0
    _told(desk, NANCY, lambda: desk.person(NANCY).command("/orders zqvonq", channel.id))
    seen = desk.person(NANCY).person.messages(desk.workspace.im(NANCY).id)
    assert any("nothing could be opened" in words(message) for message in seen)


@pytest.mark.parametrize("kind", ["500", "503", "lost_before", "lost_after"])
def test_a_lost_answer_of_slacks_is_made_good(desk: Desk, kind: str) -> None:
    nancy = desk.person(NANCY)
    desk.workspace.faults.add("views.open", kind)
    nancy.open("/orders zqvonq")
    assert "*12 orders*" in nancy.screen
    desk.workspace.faults.add("views.update", kind)
    nancy.press("Next ›")
    assert "11–12 of 12" in nancy.screen
    desk.workspace.faults.add("views.push", kind)
    nancy.pick(f"{SECRET}0", "View Order Details")
    assert "Order details" in nancy.screen
    assert len(nancy.person.modals()) == 2


@pytest.mark.parametrize("kind", ["error:internal_error", "error:view_too_large"])
def test_a_refusal_of_slacks_is_told(desk: Desk, kind: str) -> None:
    nancy = desk.person(NANCY)
    # A call that may have had part of its effect is tried twice.
    times = 2 if "internal" in kind else 1
    desk.workspace.faults.add("views.open", kind, times)
    told = _told(desk, NANCY, lambda: nancy.command("/orders zqvonq"))
    assert "Slack refused to show the answer" in told
    nancy.open("/orders zqvonq")
    for method, block in (("views.update", "pager"), ("views.push", "menu")):
        desk.workspace.faults.add(method, kind, times)
        view = a_view(desk.workspace, NANCY, "orders.results", nancy.modal.private_metadata)
        act = "orders.refine" if block == "pager" else "order.details"
        payload = an_action(desk.workspace, NANCY, act, "1", view=view)
        told = _told(desk, NANCY, partial(deliver, desk, payload))
        assert "Slack refused to show the answer" in told


def test_what_slack_wants_left_alone_is_left_alone_and_told(desk: Desk) -> None:
    nancy, method = desk.person(NANCY), "views.open"
    desk.workspace.faults.add(method, "429", retry_after=2)
    told = _told(desk, NANCY, lambda: nancy.command("/orders zqvonq"))
    assert "Slack asks Order Desk to wait, so nothing could be opened. Nothing was changed" in told

    def asked() -> list[float]:
        return [sent.at for sent in desk.workspace.sent if sent.method == method]

    refused = asked()

    def asked_again() -> bool:
        nancy.command("/orders zqvonq")
        return len(asked()) > len(refused)

    eventually(asked_again, "a modal")
    assert asked()[len(refused)] - refused[-1] >= 2
    settled(desk)


def test_a_click_on_a_picture_that_has_moved_on_is_quiet(desk: Desk) -> None:
    nancy = desk.person(NANCY)
    nancy.open("/orders zqvonq")
    view = replace(nancy.modal, hash="1.old").payload()
    with captured_logs() as logs:
        told = _told(desk, NANCY, lambda: deliver(desk, an_action(desk.workspace, NANCY, "orders.refine", view=view)))
    assert "refused" not in told
    assert "Traceback" not in logs.getvalue()
    assert "*12 orders*" in nancy.screen


def test_what_is_not_slacks_answer_is_no_label(desk: Desk) -> None:
    labels = [line for line in get(desk.url, "/metrics")[1].splitlines() if line.startswith("order_desk_slack_calls")]
    assert labels
    assert all(len(line) < 200 for line in labels)


# --- what no screen of the desk would send

_INTS = st.one_of(st.integers(-3, 15), st.integers(), st.sampled_from([2**31, 2**63 - 1, 2**63, -(2**63) - 1, 10**30]))
_TEXT = st.one_of(
    st.text(st.characters(codec=None, exclude_categories=()), max_size=60),
    st.sampled_from(["\x00", "\ud800", "%", "x" * 3000, "1" * 5000, "{", "[" * 3000, "null", "٣", "-1", "1e5"]),
)
_TIMES = st.one_of(
    st.datetimes().map(str),
    st.sampled_from(["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2026-01-01", "x", "1e300"]),
)
_DAYS = st.sampled_from(["2026-02-30", "0001-01-01", "9999-12-31", "2026-W01-1", "20260101", "x", ""])
_POSITION = st.fixed_dictionaries(
    {},
    optional={
        "at_time": _TIMES,
        "at_key": _INTS,
        "moment": _TIMES,
        "key": _INTS,
        "forward": st.one_of(st.booleans(), _TEXT),
        "offset": _INTS,
    },
)
_STATE = st.fixed_dictionaries(
    {},
    optional={
        "order": _INTS,
        "adjustment": _INTS,
        "draft": _TEXT,
        "kept": st.dictionaries(_TEXT, _TEXT, max_size=2),
        "items_offset": _INTS,
        "customer": _TEXT,
        "customer_key": _INTS,
        "order_no": _TEXT,
        "tab": _TEXT,
        "statuses": st.lists(_INTS, max_size=3),
        "product_types": st.lists(_INTS, max_size=3),
        "order_types": st.lists(_INTS, max_size=3),
        "ordered_from": _DAYS,
        "ordered_to": _DAYS,
        "position": st.one_of(_POSITION, _TEXT),
        "listed": _TEXT,
    },
)
_VALUE = st.one_of(
    _TEXT,
    _INTS.map(str),
    _STATE.map(json.dumps),
    _POSITION.map(json.dumps),
    st.builds("{}:{}".format, st.sampled_from(["order.details", "order.payment", "key", "part", ""]), _INTS | _TEXT),
)
_ELEMENT = st.one_of(
    st.none(),
    st.builds(lambda value: {"type": "x", "value": value}, _VALUE | _INTS),
    st.builds(lambda value: {"selected_option": {"value": value}}, _VALUE),
    st.builds(
        lambda values: {"selected_options": [{"value": value} for value in values]}, st.lists(_VALUE, max_size=3)
    ),
    st.builds(lambda day: {"selected_date": day}, _DAYS),
)
_FIELDS = tuple(one.name for one in described(OrderCriteria))
_ACTIONS = ("input", "customer.suggest", "product_type.suggest")
_VALUES = st.dictionaries(
    st.sampled_from((*_FIELDS, "figure", "mode", "way", "reason", "amounts", "item:1")),
    st.dictionaries(st.sampled_from((*_ACTIONS, "adjustment.typed")), _ELEMENT, max_size=3),
    max_size=5,
)


def test_nothing_that_could_be_sent_breaks_a_listener(database: Database, tmp_path: Path) -> None:
    _fill(database)
    with captured_logs() as logs, running_desk(database, tmp_path) as desk:

        @settings(max_examples=effort(250, 20_000))
        @given(
            user=st.sampled_from([NANCY, LAURA]),
            route=st.sampled_from(ROUTES),
            value=_VALUE,
            metadata=st.one_of(_STATE.map(json.dumps), _VALUE),
            values=_VALUES,
            menu=st.booleans(),
        )
        def send(user: str, route: Route, value: str, metadata: str, values: Json, *, menu: bool) -> None:
            view = a_view(desk.workspace, user, route.id, metadata, values)
            match route.kind:
                case PayloadKind.COMMAND:
                    payload = {**a_command(desk.workspace, user, "", route.id.split(" ")[0])}
                    payload["text"] = value.encode("utf-8", "replace").decode()
                case PayloadKind.ACTION:
                    payload = an_action(desk.workspace, user, route.id, value, menu=menu, view=view)
                case PayloadKind.SUBMISSION:
                    payload = a_submission(desk.workspace, user, view)
                case PayloadKind.OPTIONS:
                    payload = a_suggestion(desk.workspace, user, route.id, value, view)
                case _:
                    payload = an_event(desk.workspace, user, route.id, tab=value)
            assert deliver(desk, payload)[0] == 200
            failures = [line for line in logs.getvalue().splitlines() if "Traceback" in line]
            assert not failures, json.loads(failures[0])["exception"][-1500:]

        send()
