from __future__ import annotations

import json

import pytest

from handlers.exports.form import confirm_modal, export_modal
from handlers.exports.state import ExportFormState
from handlers.exports.words import size_text
from handlers.kit.formats import Audience
from handlers.kit.refusals import sentence
from handlers.kit.searching import Filled
from handlers.kit.state import SearchState, StaleScreen, load_state
from store.domain.exports.errors import ExportFinished, NotFailed, NotReady
from store.domain.exports.export import ExportState
from store.domain.orders.criteria import CappedCount, OrderCriteria
from store.domain.people import Actor, Member, Role


@pytest.mark.parametrize(
    ("size", "locale", "shown"),
    [
        (999, "en_US", "999 bytes"),
        (1000, "en_US", "1.0 kB"),
        (4_100_000, "en_US", "4.1 MB"),
        (4_100_000, "de_DE", "4,1 MB"),
        (1_234_500_000_000, "de_DE", "1.234,5 GB"),
    ],
)
def test_sizes_are_written_as_the_viewer_reads_numbers(size: int, locale: str, shown: str) -> None:
    assert size_text(size, Audience(locale=locale)) == shown


@pytest.mark.parametrize(
    ("state", "then"),
    [
        (ExportState.WAITING, "Choose Download once it is completed, or Cancel if it is not wanted."),
        (ExportState.IN_PROGRESS, "Choose Download once it is completed, or Cancel if it is not wanted."),
        (ExportState.COMPLETED, "Choose Download, and its file is sent to you."),
        (ExportState.FAILED, "Choose Retry, and it is written again."),
        (ExportState.CANCELLED, "Export the orders again."),
        (ExportState.DELETED, "Export the orders again."),
    ],
)
def test_a_refusal_says_what_can_be_done_instead(state: ExportState, then: str) -> None:
    for error in (NotFailed(1, state), NotReady(1, state)):
        assert sentence(error).text.endswith(then)
    assert sentence(ExportFinished(1, state, None)).text.endswith("See Export History for its outcome.")


@pytest.mark.parametrize("draft", ["x" * 65, "no name", ""])
def test_a_screen_whose_draft_the_desk_never_made_is_out_of_date(draft: str) -> None:
    with pytest.raises(StaleScreen):
        load_state(ExportFormState, json.dumps({"search": {}, "draft": draft}))


@pytest.mark.parametrize(
    ("count", "words", "these"),
    [
        (CappedCount(1, capped=False), "1 order", "this 1 order"),
        (CappedCount(24, capped=False), "24 orders", "these 24 orders"),
        (CappedCount(1000, capped=True), "1,000+ orders", "these 1,000+ orders"),
    ],
)
def test_the_form_and_its_question_count_orders_in_words(count: CappedCount, words: str, these: str) -> None:
    actor = Actor(Member("T1", "U1", "Laura", "", frozenset({Role.MANAGER})))
    state = ExportFormState(search=SearchState(), draft="d", people=2)
    form = str(export_modal(Filled(OrderCriteria()), count, state, actor).to_dict())
    assert f"*{words}* ·" in form
    assert f"Export Selected: {these}'" in form
    assert f"may not see {these} at the desk" in str(confirm_modal(state, "team", count, actor).to_dict())
