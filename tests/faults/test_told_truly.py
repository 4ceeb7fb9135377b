"""Whatever Slack answers to the calls after a change, the person reads what was done, and never the opposite.

Every route that writes has its cases here; a new route without one fails.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text, update

from handlers import ROUTES
from handlers.adjustments import ids as adjusting
from handlers.adjustments.state import AdjustmentFormState, ReasonState
from handlers.exports import ids as exporting
from handlers.exports.state import ExportFormState
from handlers.kit.ids import INPUT
from handlers.kit.state import SearchState
from handlers.orders import ids as sharing
from handlers.orders.share_form import IN_SHORT, ShareState
from sandbox.values import Channel, Json, Message
from store.domain.adjustments.adjustment import number_of
from store.domain.adjustments.transitions import Verb
from store.domain.exports.export import Destination, ExportRequest, ExportState, FailureReason, Scope
from store.domain.people import Actor, Member, Role
from store.services.exports.exports import Exports
from store.services.exports.files import new_name
from store.tables import ExportRow
from tests.support.adjusting import Desk as Tables
from tests.support.databases import sqlite_copy
from tests.support.desk import Desk, Reader, eventually, running_desk, words
from tests.support.people import TEAM
from tests.support.wire import a_submission, a_view, an_action, deliver

NANCY, ANDREW = "U0NANCY", "U0ANDREW"
SCREENS = ("views.open", "views.push", "views.update", "chat.update", "chat.postEphemeral")
"""The calls after a change, except the direct message that the outbox sends."""
KINDS = (
    "429",
    "500",
    "503",
    "lost_before",
    "lost_after",
    "error:internal_error",
    "error:channel_not_found",
    "error:is_archived",
    "error:not_in_channel",
    "error:msg_too_long",
    "error:message_not_found",
    "error:cant_update_message",
    "error:hash_conflict",
    "error:view_not_found",
    "error:user_not_in_channel",
    "error:some_code_of_tomorrow",
)
_numbers = count(1)


@dataclass
class Case:
    """A person about to change something, on the screen in front of them."""

    user: str
    act: Callable[[], object]
    wanted: tuple[str, ...]
    """What they must read about the change: one of these."""
    afterwards: Callable[[], object] = field(default=lambda: None)
    """What must be true when Slack works again."""


@dataclass
class Stage:
    """The desk, and ways to bring it to a point where a person can change something."""

    desk: Desk
    tables: Tables
    team: Channel

    def person(self, user: str) -> Reader:
        return self.desk.person(user)

    def order(self) -> int:
        """A pending order of Nancy's customer, without a deadline."""
        key = self.tables.order()
        self.tables.change("UPDATE orders SET pending_payment_end_time = NULL")
        return key

    def adjustment(self) -> int:
        """An undecided adjustment of Nancy's."""
        nancy = Actor(Member(TEAM, NANCY, "Nancy Davolio", "nancy", frozenset({Role.SALESPERSON})))
        return self.tables.submitted(nancy, self.order()).key

    def card(self, key: int) -> Message:
        """Its card, once it is posted."""
        number = f"*Price adjustment {number_of(key)}*"
        card = eventually(
            lambda: next((card for card in self.desk.cards() if number in words(card)), None), f"a card of {number}"
        )
        self.desk.settled()
        return card

    def export(self, state: ExportState) -> int:
        """One of Andrew's exports that stays in that state: nobody works on it. A failed one failed for its channel."""
        exports = Exports(self.desk.database, lambda: datetime.now(UTC), self.desk.bot._settings.desk_export_dir)
        andrew = Actor(Member(TEAM, ANDREW, "Andrew Fuller", "", frozenset({Role.MANAGER, Role.ADMIN})))
        where = Destination(self.team.id, "team")
        key = exports.queue(andrew, ExportRequest(Scope.ALL, None, "", where), f"matrix {next(_numbers)}").export.key
        failure = FailureReason.CHANNEL_ARCHIVED if state is ExportState.FAILED else None
        finished = None if state.open else datetime.now(UTC)
        values: dict[str, object] = {"state": state, "failure": failure, "finished_at": finished, "request": f"{key}"}
        if state is ExportState.COMPLETED:
            name = new_name()
            (self.desk.bot._settings.desk_export_dir / name).write_bytes(b"PK")
            values |= {"stored_name": name, "file_reach": "", "orders": 1, "size": 2}
        with self.desk.database.write() as connection:
            connection.execute(update(ExportRow).where(ExportRow.key == key).values(**values))
        return key

    def apart(self) -> None:
        """Cancels earlier exports, so that none waits or counts as the same request as the next one."""
        with self.desk.database.write() as connection:
            connection.execute(text("UPDATE exports SET request = 'other', state = 'cancelled'"))

    def submission(self, user: str, callback_id: str, metadata: str, values: Json) -> Callable[[], object]:
        view = a_view(self.desk.workspace, user, callback_id, metadata, values)
        return partial(deliver, self.desk, a_submission(self.desk.workspace, user, view))

    def menu(self, user: str, entry: str, key: int) -> Callable[[], object]:
        """The menu entry for that action in that row of the top modal."""
        modal = self.person(user).modal
        value = f"{entry}:{key}"
        for block in modal.blocks:
            accessory = block.get("accessory") or {}
            for option in accessory.get("options", ()):
                if option["value"] == value:
                    click = partial(self.person(user).person.click, modal, block["block_id"], accessory["action_id"])
                    return partial(click, agreed=True, selected_option=option)
        raise AssertionError(f"no {value} on the screen")


def _typed(text_: str) -> Json:
    return {"type": "plain_text_input", "value": text_}


def _decided(stage: Stage, key: int, state: str) -> None:
    """No copy of the card has an active button, and each says what became of the adjustment."""
    desk, number = stage.desk, number_of(key)

    def followed() -> bool:
        desk.try_parked_again()
        cards = [card for card in desk.cards() if number in words(card)]
        return (
            bool(cards)
            and state in words(cards[-1])
            and stage.person(ANDREW).buttons(cards[-1]) == ["View Order Details"]
        )

    eventually(followed, f"the card of {number} that says {state}")


# --- rows


def approve_card(stage: Stage) -> Case:
    key = stage.adjustment()
    card = stage.card(key)
    wanted = (f"{number_of(key)}: Order price adjusted successfully", f"*Price adjustment {number_of(key)}* · :large_g")
    act = partial(stage.person(ANDREW).click, "Approve", card)
    return Case(ANDREW, act, wanted, lambda: _decided(stage, key, "Applied"))


def approve_listed(stage: Stage) -> Case:
    key = stage.adjustment()
    andrew = stage.person(ANDREW)
    view = andrew.open("/approvals")
    row = next(block for block in view.blocks if block.get("block_id") == f"decide-{key}")
    act = partial(andrew.person.click, view, f"decide-{key}", row["elements"][0]["action_id"], agreed=True)
    wanted = (f"{number_of(key)}: Order price adjusted successfully", f"*{number_of(key)}*  :large_green_circle:")
    return Case(ANDREW, act, wanted, lambda: _decided(stage, key, "Applied"))


def _reason() -> Json:
    return {adjusting.REASON: {INPUT: _typed("Too much.")}}


def reject_card(stage: Stage) -> Case:
    key = stage.adjustment()
    card = stage.card(key)
    state = ReasonState(adjustment=key, draft=f"reject-{key}", channel=card.channel, message=card.ts)
    act = stage.submission(ANDREW, adjusting.reason_form(Verb.REJECT), state.dump(), _reason())
    wanted = (f"{number_of(key)} was rejected", f"*Price adjustment {number_of(key)}* · :red_circle: Rejected")
    return Case(ANDREW, act, wanted, lambda: _decided(stage, key, "Rejected"))


def reject_listed(stage: Stage) -> Case:
    key = stage.adjustment()
    andrew = stage.person(ANDREW)
    view = andrew.open("/approvals")
    row = next(block for block in view.blocks if block.get("block_id") == f"decide-{key}")
    andrew.person.click(view, f"decide-{key}", row["elements"][1]["action_id"])
    eventually(lambda: "Reason" in andrew.screen, "the form")
    andrew.fill("Reason", "Too much.")
    wanted = (f"{number_of(key)} was rejected", f"*{number_of(key)}*  :red_circle: Rejected")
    return Case(ANDREW, andrew.submit, wanted, lambda: _decided(stage, key, "Rejected"))


def withdraw_listed(stage: Stage) -> Case:
    key = stage.adjustment()
    nancy = stage.person(NANCY)
    view = nancy.open("/adjustments")
    act = partial(nancy.person.click, view, f"own-{key}", adjusting.pressed(Verb.WITHDRAW), agreed=True)
    wanted = (f"{number_of(key)} was withdrawn", f"*{number_of(key)}*  :white_circle: Withdrawn")
    return Case(NANCY, act, wanted, lambda: _decided(stage, key, "Withdrawn"))


def withdraw_one(stage: Stage) -> Case:
    key = stage.adjustment()
    nancy = stage.person(NANCY)
    view = nancy.open(f"/adjustments {number_of(key)}")
    return Case(NANCY, partial(nancy.click, "Withdraw", view), (f"{number_of(key)} was withdrawn",))


def withdraw_message(stage: Stage) -> Case:
    key = stage.adjustment()
    act = partial(
        deliver, stage.desk, an_action(stage.desk.workspace, NANCY, adjusting.pressed(Verb.WITHDRAW), f"{key}")
    )
    return Case(NANCY, act, (f"{number_of(key)} was withdrawn",))


def submit_adjustment(stage: Stage) -> Case:
    state = AdjustmentFormState(order=stage.order(), draft=f"adjust-{next(_numbers)}")
    values = {adjusting.FIGURE: {adjusting.TYPED: _typed("1637.50")}, adjusting.REASON: {INPUT: _typed("They sign.")}}
    return Case(NANCY, stage.submission(NANCY, adjusting.FORM, state.dump(), values), ("was submitted",))


def _export_form(stage: Stage, **changed: Any) -> str:
    stage.apart()
    search = SearchState(channel=stage.team.id)
    return ExportFormState(search=search, draft=f"export-{next(_numbers)}", fixed=True, **changed).dump()


QUEUED = ("is queued", "Tasks exported successfully")


def export_all(stage: Stage) -> Case:
    stage.apart()
    act = partial(stage.person(ANDREW).command, "/export all", stage.team.id)
    return Case(ANDREW, act, QUEUED)


def export_form(stage: Stage) -> Case:
    values = {
        exporting.SCOPE: {INPUT: {"type": "radio_buttons", "selected_option": {"value": "selected"}}},
        exporting.DESTINATION: {INPUT: {"type": "radio_buttons", "selected_option": {"value": "me"}}},
    }
    return Case(ANDREW, stage.submission(ANDREW, exporting.FORM, _export_form(stage), values), QUEUED)


def export_agreed(stage: Stage) -> Case:
    return Case(ANDREW, stage.submission(ANDREW, exporting.CONFIRMATION, _export_form(stage, people=9), {}), QUEUED)


def to_me_message(stage: Stage) -> Case:
    payload = an_action(stage.desk.workspace, ANDREW, exporting.SEND_TO_ME, _export_form(stage))
    return Case(ANDREW, partial(deliver, stage.desk, payload), QUEUED)


def to_me_question(stage: Stage) -> Case:
    stage.person(ANDREW).open("/export")
    view = a_view(stage.desk.workspace, ANDREW, exporting.CONFIRMATION, _export_form(stage))
    payload = an_action(stage.desk.workspace, ANDREW, exporting.SEND_TO_ME, view=view)
    return Case(ANDREW, partial(deliver, stage.desk, payload), QUEUED)


def _export(
    stage: Stage, action: str, state: ExportState, wanted: Callable[[str], tuple[str, ...]], *, listed: bool
) -> Case:
    stage.apart()
    key = stage.export(state)
    if not listed:
        payload = an_action(stage.desk.workspace, ANDREW, action, f"{key}")
        return Case(ANDREW, partial(deliver, stage.desk, payload), wanted(f"EX-{key}"))
    stage.person(ANDREW).open("/export-history")
    return Case(ANDREW, stage.menu(ANDREW, action, key), wanted(f"EX-{key}"))


def _retried(number: str) -> tuple[str, ...]:
    return (f"{number} waits again",)


def _cancelled(number: str) -> tuple[str, ...]:
    return (f"{number} was cancelled", f"*{number}*  :white_circle: Cancelled")


def _sent(number: str) -> tuple[str, ...]:
    return (f"{number} is on its way",)


FAILED, WAITING, COMPLETED = ExportState.FAILED, ExportState.WAITING, ExportState.COMPLETED


def _share(stage: Stage, callback_id: str, **changed: Any) -> Case:
    state = ShareState(order=stage.order(), draft=f"share-{next(_numbers)}", **changed)
    values = {
        sharing.CHANNEL: {INPUT: {"type": "conversations_select", "selected_conversation": stage.team.id}},
        sharing.CARD: {INPUT: {"type": "radio_buttons", "selected_option": {"value": IN_SHORT}}},
    }
    return Case(ANDREW, stage.submission(ANDREW, callback_id, state.dump(), values), ("is on its way to",))


ROWS: dict[str, dict[str, Callable[[Stage], Case]]] = {
    adjusting.FORM: {"form": submit_adjustment},
    adjusting.pressed(Verb.APPROVE): {"card": approve_card, "list": approve_listed},
    adjusting.reason_form(Verb.REJECT): {"card": reject_card, "list": reject_listed},
    adjusting.pressed(Verb.WITHDRAW): {"list": withdraw_listed, "whole": withdraw_one, "message": withdraw_message},
    exporting.EXPORT_ALL_COMMAND: {"command": export_all},
    exporting.FORM: {"form": export_form},
    exporting.CONFIRMATION: {"question": export_agreed},
    exporting.SEND_TO_ME: {"message": to_me_message, "question": to_me_question},
    exporting.SEND_INSTEAD: {
        "list": lambda stage: _export(stage, exporting.SEND_INSTEAD, FAILED, lambda _: QUEUED, listed=True),
        "message": lambda stage: _export(stage, exporting.SEND_INSTEAD, FAILED, lambda _: QUEUED, listed=False),
    },
    exporting.DOWNLOAD: {
        "list": lambda stage: _export(stage, exporting.DOWNLOAD, COMPLETED, _sent, listed=True),
    },
    exporting.RETRY: {
        "list": lambda stage: _export(stage, exporting.RETRY, FAILED, _retried, listed=True),
        "message": lambda stage: _export(stage, exporting.RETRY, FAILED, _retried, listed=False),
    },
    exporting.CANCEL: {
        "list": lambda stage: _export(stage, exporting.CANCEL, WAITING, _cancelled, listed=True),
        "message": lambda stage: _export(stage, exporting.CANCEL, WAITING, _cancelled, listed=False),
    },
    sharing.SHARE: {"form": lambda stage: _share(stage, sharing.SHARE)},
    sharing.SHARE_CONFIRMED: {"question": lambda stage: _share(stage, sharing.SHARE_CONFIRMED, channel=stage.team.id)},
}
PLACES = [(route.id, place) for route in ROUTES if route.writes for place in ROWS.get(route.id, {"": None})]


# --- the matrix


@pytest.fixture(scope="module")
def stage(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    folder = tmp_path_factory.mktemp("matrix")
    with sqlite_copy(sqlite_template, folder) as database, running_desk(database, folder) as desk:
        # The request must stay as it is.
        desk.bot._worker.end()
        tables = Tables(database)
        tables.now = datetime.now(UTC)
        team = desk.workspace.add_channel("team", [ANDREW])
        yield Stage(desk, tables, team)


def _tidy(desk: Desk) -> None:
    desk.workspace.faults.clear()
    for user in (NANCY, ANDREW):
        person = desk.workspace.person(user)
        while person.modals():
            person.close(person.modals()[-1].id)
    eventually(lambda: not desk.bot._in_flight._count, "an answer to all requests")


def _read(desk: Desk, user: str) -> list[str]:
    """Everything that a person can see: modals, messages in their channels, and direct messages."""
    person = desk.workspace.person(user)
    seen = [words(modal) for modal in person.modals()]
    for channel in desk.workspace.channels():
        if user in channel.members and channel.id != desk.workspace.im(user).id:
            seen += [words(message) for message in person.messages(channel.id)]
    seen += [words(message) for message in person.messages(desk.workspace.im(user).id)]
    return seen


def _told(stage: Stage, case: Case, kind: str, methods: tuple[str, ...]) -> None:
    desk = stage.desk
    before = _read(desk, case.user)
    for method in methods:
        desk.workspace.faults.add(method, kind, times=10_000)
    try:
        answer = case.act()
        body = answer[1].decode() if isinstance(answer, tuple) else ""
        acknowledged = json.dumps(json.loads(body), ensure_ascii=False) if body else ""

        def new() -> str:
            seen = Counter(_read(desk, case.user)) - Counter(before)
            return "\n".join([acknowledged, *seen.elements()])

        eventually(lambda: any(said in new() for said in case.wanted), f"{case.wanted} to be read")
        assert "Nothing was changed" not in new()
        assert "nothing was done" not in new()
    finally:
        _tidy(desk)
    case.afterwards()


def test_every_route_that_writes_has_its_rows() -> None:
    assert {route.id for route in ROUTES if route.writes} == set(ROWS)


@pytest.mark.parametrize(("route", "place"), PLACES)
def test_where_all_is_well_the_person_reads_what_was_done(stage: Stage, route: str, place: str) -> None:
    _told(stage, ROWS[route][place](stage), "429", ())


FOLLOWED = [(route, place) for route, place in PLACES if place in ("card", "list", "whole", "message")] + [
    (exporting.SEND_TO_ME, "question")
]
"""Routes and places whose answer takes calls; all others are answered in the acknowledgement alone."""


@pytest.mark.no_cover
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("route", "place"), FOLLOWED)
def test_where_slack_shows_nothing_of_it_the_person_reads_what_was_done(
    stage: Stage, route: str, place: str, kind: str
) -> None:
    _told(stage, ROWS[route][place](stage), kind, SCREENS)


ALONE = [
    (route, place, method)
    for route, place in FOLLOWED
    for method in {"card": ("chat.update",), "message": ("chat.postEphemeral", "chat.update")}.get(place, ())
]
"""Cases in which one call fails and there is another way to answer."""


@pytest.mark.no_cover
@pytest.mark.parametrize("kind", ["429", "500", "lost_before", "error:is_archived"])
@pytest.mark.parametrize(("route", "place", "method"), ALONE)
def test_where_slack_refuses_one_call_the_person_reads_what_was_done(
    stage: Stage, route: str, place: str, method: str, kind: str
) -> None:
    _told(stage, ROWS[route][place](stage), kind, (method,))


@pytest.mark.parametrize("kind", ["429", "500", "lost_before", "lost_after"])
@pytest.mark.parametrize(
    ("route", "place"),
    [
        (adjusting.pressed(Verb.APPROVE), "list"),
        (adjusting.pressed(Verb.WITHDRAW), "list"),
        (exporting.CANCEL, "list"),
        (exporting.RETRY, "message"),
    ],
)
def test_where_nothing_at_all_reaches_the_person_they_read_it_once_slack_is_well(
    stage: Stage, route: str, place: str, kind: str
) -> None:
    case = ROWS[route][place](stage)
    desk = stage.desk
    for method in (*SCREENS, "chat.postMessage", "conversations.open"):
        desk.workspace.faults.add(method, kind, times=10_000)
    since = len(desk.workspace.sent)
    case.act()
    eventually(
        lambda: any(
            sent.method in ("chat.postMessage", "conversations.open") and sent.fault
            for sent in desk.workspace.sent[since:]
        ),
        "an attempt to tell it",
    )
    desk.workspace.faults.clear()
    eventually(lambda: any(said in "\n".join(_read(desk, case.user)) for said in case.wanted), "what was done")
    desk.settled()
    direct = [words(message) for message in desk.workspace.bot_messages(desk.workspace.im(case.user).id)]
    # The requester also gets the outcome, which is another message.
    assert sum(case.wanted[0] in said and "Price adjustment" not in said for said in direct) <= 1
    assert not any("Nothing was changed" in said for said in _read(desk, case.user))
    _tidy(desk)
