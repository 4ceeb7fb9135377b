"""The exports' screens, filled with the longest and strangest data they can get."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

from handlers.exports.form import confirm_modal, export_modal
from handlers.exports.state import FIRST_PAGE, ExportFormState
from handlers.exports.views import history_modal, queued_modal
from handlers.kit.rows import RowWord
from handlers.kit.searching import Filled
from handlers.kit.state import SearchState
from store.domain.exports.export import (
    Destination,
    Export,
    ExportPage,
    ExportState,
    ExportStep,
    FailureReason,
    Queued,
    Scope,
)
from store.domain.orders.criteria import PAGE_SIZE, CappedCount
from store.domain.paging import ListCursor, ListPage
from store.domain.people import Actor, Person

_NOW = datetime(2026, 10, 3, 14, 5, tzinfo=UTC)
_KEY = 999_999_999_999_999
_COUNT = CappedCount(1000, capped=True)


def sample_export(strange: str, actor: Actor, state: ExportState) -> Export:
    """An export in that state. `strange` is in the place of each text."""
    return Export(
        key=_KEY,
        state=state,
        step=ExportStep.WRITING,
        scope=Scope.SELECTED,
        criteria=None,
        criteria_text=strange * 3,
        destination=Destination("C" * 12, strange),
        confirmed_people=10**6,
        requester=Person.of(actor.member),
        time_zone=actor.time_zone,
        locale=actor.locale,
        queued_at=_NOW,
        started_at=_NOW,
        finished_at=_NOW,
        rows_done=10**9,
        rows_total=10**10,
        orders=10**9,
        items=10**9,
        size=10**12,
        attempts=8,
        failure=FailureReason.MORE_PEOPLE,
        failure_detail=strange,
        finished_by=Person.of(actor.member),
        slack_file_id="F" * 12,
        deleted_at=_NOW,
    )


def export_views(strange: str, actor: Actor, filled: Filled) -> list[tuple[str, Callable[[], dict[str, object]]]]:
    """Every screen by name, with what makes it, as Slack's JSON of a view."""
    form = ExportFormState(search=SearchState(criteria=filled.criteria, channel="C" * 12), draft="d" * 24, people=10**6)
    of_results = form.model_copy(update={"fixed": True})
    cursor = ListCursor(_KEY, forward=True, offset=10**9)
    states = list(ExportState)
    rows = tuple(sample_export(strange, actor, states[number % len(states)]) for number in range(PAGE_SIZE))
    rows = tuple(replace(row, key=row.key - number) for number, row in enumerate(rows))
    page = ListPage(rows, _COUNT, 10**9, cursor, cursor)
    empty: ExportPage = ListPage((), CappedCount(0, capped=False), 0, None, None)
    export = sample_export(strange, actor, ExportState.WAITING)
    return [
        ("export form", lambda: export_modal(filled, None, form, actor).to_dict()),
        ("export of results", lambda: export_modal(filled, _COUNT, of_results, actor).to_dict()),
        ("export confirmation", lambda: confirm_modal(form, strange[:80], _COUNT, actor).to_dict()),
        ("export queued", lambda: queued_modal(Queued(export, again=False)).to_dict()),
        ("export queued again", lambda: queued_modal(Queued(export, again=True)).to_dict()),
        ("export history", lambda: history_modal(page, FIRST_PAGE, actor, RowWord(_KEY, strange * 5)).to_dict()),
        ("empty export history", lambda: history_modal(empty, FIRST_PAGE, actor).to_dict()),
    ]
