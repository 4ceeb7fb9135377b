"""Signed payloads that Slack would not make: answered with 200 or 400, and never a failure."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from handlers import ROUTES
from handlers.kit.interaction import Ask, PayloadKind, read_ask
from handlers.kit.shapes import OddPayload
from sandbox.values import Json
from sandbox.workspace import Workspace
from store.database import Database
from tests.support.desk import Desk, running_desk
from tests.support.effort import effort
from tests.support.logs import captured_logs
from tests.support.wire import (
    FORM,
    a_command,
    a_submission,
    a_suggestion,
    a_view,
    an_action,
    an_event,
    calls,
    encode,
    post,
    settled,
)

NANCY = "U0NANCY"
READ_BY_BOLT = (
    *("authorizations", "enterprise", "enterprise_id", "is_enterprise_install", "is_ext_shared_channel", "message"),
    *("previous_message", "item", "assistant_thread", "thread_ts", "function_data", "function_execution_id"),
    *("bot_access_token", "response_urls", "response_url", "user_id", "team_id", "channel_id", "callback_id", "bot_id"),
    *("event", "view", "actions", "team", "user", "type", "command", "payload", "ssl_check", "challenge", "subtype"),
)
_TEXT = st.text(st.characters(codec=None, exclude_categories=()), max_size=5) | st.sampled_from(
    ["", "\x00", "\ud800", "U" * 300, "9" * 5000, "view_submission", "T0DESK", "url_verification", "event_callback"]
)
ODD = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | _TEXT | st.just(10**40),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(
            st.sampled_from([*READ_BY_BOLT, "id", "value", "values", "state", "0", ""]), inner, max_size=3
        )
    ),
    max_leaves=6,
)
PLAIN: list[object] = [None, [], {}, [None], [[]], [7], {"id": None}, {"id": {}}]
PLAIN += [7, -1, 1e300, True, False, "", "x", "9" * 100_000]


def _payloads(workspace: Workspace) -> list[Json]:
    """One payload of each kind, with something of everything in it."""
    values = {
        "customer": {"customer.suggest": {"type": "external_select", "selected_option": {"value": "key:1"}}},
        "product_types": {"product_type.suggest": {"selected_options": [{"value": "1"}]}},
        "ordered_from": {"input": {"type": "datepicker", "selected_date": "2026-01-01"}},
        "order_no": {"input": {"type": "plain_text_input", "value": "CS26"}},
        "figure": {"adjustment.typed": {"type": "plain_text_input", "value": "5"}},
    }

    def view(callback_id: str) -> Json:
        return a_view(workspace, NANCY, callback_id, json.dumps({"order": 1}), values)

    here = view("orders.results")
    made: list[Json] = [
        a_command(workspace, NANCY, "acme"),
        an_action(workspace, NANCY, "orders.refine", "1", view=here),
        an_action(workspace, NANCY, "order.details", "order.details:1", menu=True),
        a_suggestion(workspace, NANCY, "customer.suggest", "ac", here),
        an_event(workspace, NANCY),
        an_event(workspace, NANCY, "user_change") | {"event": {"type": "user_change", "user": {"id": NANCY}}},
        a_submission(workspace, NANCY, here) | {"type": "view_closed", "is_cleared": False},
    ]
    made += [a_submission(workspace, NANCY, view(route.id)) for route in ROUTES if route.kind is PayloadKind.SUBMISSION]
    return made


def _places(value: object, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The paths at which an unexpected value can appear."""
    if path:
        yield path
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _places(inner, (*path, key))
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _places(inner, (*path, number))


def _changed(payload: Json, path: tuple[Any, ...], odd: object) -> Json:
    changed = copy.deepcopy(payload)
    inner: Any = changed
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = odd
    return changed


def _as_json(payload: object) -> tuple[bytes, str]:
    return json.dumps(payload).encode(), "application/json"


def _as_form(payload: object) -> tuple[bytes, str]:
    if isinstance(payload, dict) and "command" in payload:
        return encode({key: f"{value}".encode("utf-8", "replace").decode() for key, value in payload.items()})
    return encode({"payload": payload, "command": ""}) if not isinstance(payload, dict) else encode(payload)


@pytest.fixture(scope="module")
def workspace() -> Workspace:
    made = Workspace("T0DESK")
    made.add_user("nancy", id=NANCY)
    made.add_channel("sales", [NANCY])
    return made


def test_what_is_read_of_any_payload_is_of_the_types_that_are_promised(workspace: Workspace) -> None:
    """Each path of each payload, with each odd value at it."""
    for payload in _payloads(workspace):
        assert isinstance(read_ask(payload), Ask)
        for path in _places(payload):
            for odd in PLAIN:
                _judge(_changed(payload, path, odd))


@settings(max_examples=effort(300, 30_000))
@given(odd=ODD)
def test_whatever_is_sent_it_is_read_or_refused(odd: object) -> None:
    if isinstance(odd, dict):
        _judge(odd)


def _judge(payload: Json) -> None:
    try:
        ask = read_ask(payload)
    except OddPayload:
        return
    if ask is None:
        return
    for name in (
        "id",
        "team_id",
        "user_id",
        "delivery_key",
        "channel_id",
        "trigger_id",
        "response_url",
        "text",
        "value",
    ):
        text = getattr(ask, name)
        assert isinstance(text, str)
        text.encode()
    for name in ("user_id", "team_id", "channel_id", "about"):
        assert len(getattr(ask, name)) <= 64
    if ask.view is not None:
        for elements in ask.view.values.values():
            for used in elements.values():
                option = used.get("selected_option")
                assert option is None or isinstance(option["value"], str)


def _failures(logs: str) -> list[str]:
    lines = [json.loads(line) for line in logs.splitlines()]
    return [line.get("exception", line["event"]) for line in lines if "exception" in line or line["level"] == "error"]


def _deliver(desk: Desk, body: bytes, kind: str) -> int:
    signature = desk.workspace.delivery.signature(body)
    return post(desk.url, body, {"Content-Type": kind, **signature})[0]


def test_over_http_the_answer_is_200_or_400_and_nothing_fails(sqlite_database: Database, tmp_path: Path) -> None:
    with captured_logs() as logs, running_desk(sqlite_database, tmp_path) as desk:
        payloads = _payloads(desk.workspace)
        places = [(payload, path) for payload in payloads for path in _places(payload)]
        places += [(payload, (key,)) for payload in payloads for key in READ_BY_BOLT]

        @settings(max_examples=effort(250, 20_000))
        @given(
            place=st.sampled_from(places),
            odd=ODD | st.sampled_from(PLAIN),
            encoded=st.sampled_from([_as_json, _as_form]),
        )
        @example(place=(payloads[1], ("trigger_id",)), odd="9" * 100_000, encoded=_as_form)
        @example(place=(payloads[4], ("authorizations",)), odd=[None], encoded=_as_json)
        @example(place=(payloads[4], ("authorizations",)), odd=7, encoded=_as_json)
        @example(place=(payloads[1], ("enterprise",)), odd=7, encoded=_as_form)
        @example(place=(payloads[4], ("event",)), odd=["x"], encoded=_as_json)
        @example(place=(payloads[1], ("type",)), odd="shortcut", encoded=_as_form)
        def send(
            place: tuple[Json, tuple[Any, ...]], odd: object, encoded: Callable[[object], tuple[bytes, str]]
        ) -> None:
            body, kind = encoded(_changed(*place, odd))
            # To the guard, a body that was sent before in the same second is a copy.
            assert _deliver(desk, body, kind) in (200, 400, 401)
            assert not _failures(logs.getvalue())

        send()
        for name in ("message", "function_executed", "workflow_step_execute", "assistant_thread_started", "\x00", ""):
            assert _deliver(desk, *_as_json(an_event(desk.workspace, NANCY, name))) == 200
        settled(desk)
        before = len(calls(desk))
        for body, kind in ((b"payload=7", FORM), (b"payload=null", FORM), (b'["x"]', "application/json"), (b"", FORM)):
            assert _deliver(desk, body, kind) == 400
        assert len(calls(desk)) == before
    assert not _failures(logs.getvalue())


def test_over_socket_mode_nothing_fails_and_the_next_is_answered(sqlite_database: Database, tmp_path: Path) -> None:
    with captured_logs() as logs, running_desk(sqlite_database, tmp_path, socket_mode=True) as desk:
        desk.workspace.ack_seconds = 0.0
        for payload in _payloads(desk.workspace):
            for key in READ_BY_BOLT:
                kind = "command" if "command" in payload else payload["type"]
                desk.workspace.delivery.send(kind, _changed(payload, (key,), [7]))
        desk.workspace.ack_seconds = 15.0
        assert desk.person(NANCY).command("/orders help").ok
        assert not _failures(logs.getvalue())
