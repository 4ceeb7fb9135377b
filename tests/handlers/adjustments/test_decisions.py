"""The words and buttons of decisions, against the table of transitions: every verb, every state, nothing forgotten."""

from __future__ import annotations

import json
import re
from dataclasses import fields, replace

import pytest

from handlers.adjustments import ids
from handlers.adjustments.buttons import BUTTONS, buttons_of
from handlers.adjustments.outcomes import STATES, STEPS, StateWords
from handlers.adjustments.routes import ROUTES
from handlers.adjustments.state import ReasonState
from handlers.adjustments.views import reason_modal
from handlers.adjustments.words import answer_text, outcome_lines
from handlers.kit.formats import Audience, moment_text
from handlers.kit.interaction import PayloadKind
from handlers.kit.people import named
from handlers.kit.refusals import sentence
from store.domain.adjustments.errors import AlreadyDecided
from store.domain.adjustments.states import OUTCOMES, AdjustmentState, Step
from store.domain.adjustments.transitions import TRANSITIONS, Verb, Whose
from tests.handlers.adjustments.test_screens import ACTOR, NOON, WHO, an_adjustment

PEOPLES = [verb for verb in Verb if TRANSITIONS[verb].whose is not Whose.CLOCK]
PLACES = {
    "answer": {"number", "more"},
    "headline": {"number"},
    "line": {"by", "at", "reason"},
}


def test_every_state_and_step_has_its_words() -> None:
    assert set(STATES) == set(AdjustmentState)
    assert set(STEPS) == set(Step)
    assert all(STEPS.values())
    for state, words in STATES.items():
        for column in (column.name for column in fields(StateWords)):
            said = getattr(words, column)
            assert set(re.findall(r"{(\w+)}", said)) <= PLACES.get(column, set()), (state, column)
            # Nothing is left to do where the price is the new one; what is undecided has no outcome to tell.
            optional = column == "next_step" and state is AdjustmentState.APPLIED
            asked = state in OUTCOMES or column in ("sign", "answer")
            assert bool(said) is (asked and not optional), (state, column)


@pytest.mark.parametrize("state", AdjustmentState)
def test_each_state_is_told_to_who_brought_it_and_to_who_came_too_late(state: AdjustmentState) -> None:
    summary = an_adjustment(state, needed=2).summary
    assert answer_text(summary).startswith(f"{STATES[state].sign} ")
    assert summary.number in answer_text(summary)
    assert len(outcome_lines(summary, ACTOR, moment_text, named)) == (state in OUTCOMES)
    if state in OUTCOMES:
        told = sentence(AlreadyDecided(summary.key, state, WHO, NOON), ACTOR).text
        assert told.startswith(f"{summary.number} {STATES[state].beaten} by Nancy on ")
        assert told.endswith("Your click changed nothing.")


def test_each_verb_of_people_has_its_button_and_routes() -> None:
    assert set(BUTTONS) == set(PEOPLES)
    routes = {(route.kind, route.id): route for route in ROUTES}
    for verb in PEOPLES:
        pressed = routes[PayloadKind.ACTION, ids.pressed(verb)]
        assert pressed.capability is TRANSITIONS[verb].capability
        writes = pressed
        if TRANSITIONS[verb].needs_reason:
            assert pressed.shows
            assert BUTTONS[verb].asks is None
            writes = routes[PayloadKind.SUBMISSION, ids.reason_form(verb)]
            assert writes.capability is TRANSITIONS[verb].capability
        assert writes.writes
        assert writes.fresh


@pytest.mark.parametrize("state", AdjustmentState)
@pytest.mark.parametrize("whose", Whose)
def test_a_button_stands_where_its_verb_is_possible(state: AdjustmentState, whose: Whose) -> None:
    summary = an_adjustment(state).summary
    shown = [button.action_id for button in buttons_of(summary, whose, Audience())]
    assert shown == [
        ids.pressed(verb) for verb in PEOPLES if TRANSITIONS[verb].whose is whose and state in TRANSITIONS[verb].sources
    ]


def test_a_form_that_asks_why_is_named_by_its_verb() -> None:
    summary = replace(an_adjustment().summary, reason="They sign.")
    for verb in PEOPLES:
        if TRANSITIONS[verb].needs_reason:
            view = reason_modal(verb, summary, ReasonState(adjustment=42, draft="d"), ACTOR).to_dict()
            assert view["callback_id"] == ids.reason_form(verb)
            assert BUTTONS[verb].label in json.dumps(view["title"])
