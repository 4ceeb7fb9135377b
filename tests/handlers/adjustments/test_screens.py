"""Screens, cards and messages: within Slack's limits, every state in words, no text of the data with a meaning."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.samples.adjustments import adjustment_views
from bot.samples.screens import STRANGE
from handlers.adjustments.cards import approval_card, outcome_message, reminder_message
from handlers.adjustments.lists import history_modal
from handlers.adjustments.state import AdjustmentHistoryState
from handlers.adjustments.words import state_text
from handlers.kit.formats import Audience
from handlers.kit.refusals import sentence
from sandbox import limits
from store.domain.adjustments import errors as adjustment_errors
from store.domain.adjustments.adjustment import Adjustment, AdjustmentSummary, Decision, Mode
from store.domain.adjustments.errors import AlreadyDecided, NotTheRequester
from store.domain.adjustments.policy import Policy
from store.domain.adjustments.pricing import ByAmount, propose
from store.domain.adjustments.states import AdjustmentState
from store.domain.errors import DomainError
from store.domain.money import Money
from store.domain.orders.criteria import CappedCount
from store.domain.paging import ListPage
from store.domain.people import Actor, Person
from tests.support.messages import adjustment_messages
from tests.support.people import a_member
from tests.support.pictures import a_picture, an_item

HOSTILE = (
    "<!channel>",
    "<!here>",
    "<@U0ADMIN>",
    "<https://evil.example|here>",
    "a & b < c > d",
    "x" * 4000,
    "<" * 1000,
    "&" * 4000,
    STRANGE,
)
ACTOR = Actor(a_member())
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
WHO = Person("T0DESK", "U0NANCY", "Nancy")


@pytest.mark.parametrize("strange", HOSTILE)
def test_every_screen_and_message_is_within_slacks_limits_and_gives_no_text_a_meaning(strange: str) -> None:
    for name, make in adjustment_views(strange, ACTOR):
        view = make()
        limits.check_view(view, "modal")
        assert_harmless(name, view)
    for name, make_message in adjustment_messages(strange, ACTOR):
        message = make_message()
        assert message is not None, name
        arguments = message.arguments()
        limits.check_message(arguments["text"], arguments["blocks"])
        assert_harmless(name, arguments)


def assert_harmless(name: str, shown: object) -> None:
    for text in marked(shown):
        for meaning in ("<!channel", "<!here", "<@U0ADMIN", "<https"):
            assert meaning not in text, (name, text)


def marked(part: object) -> list[str]:
    """All texts that Slack reads marks in."""
    if isinstance(part, dict):
        has_marks = isinstance(part.get("text"), str) and (part.get("type") == "mrkdwn" or "blocks" in part)
        own = [str(part["text"])] if has_marks else []
        return own + [text for inner in part.values() for text in marked(inner)]
    return [text for inner in part for text in marked(inner)] if isinstance(part, list | tuple) else []


def an_adjustment(state: AdjustmentState = AdjustmentState.PENDING, needed: int = 1) -> Adjustment:
    picture = a_picture(an_item("a", Money.of_minor(100_000, "USD"), less=5_000))
    proposal = propose(picture, ByAmount(Money.of_minor(12_500, "USD")), Policy())
    closed = state is not AdjustmentState.PENDING
    summary = AdjustmentSummary(
        key=42,
        order_key=1,
        order_id="CS26",
        customer_name="Acme",
        service_type_name="ECS",
        state=state,
        mode=Mode.ORDER_PRICE,
        official_amount=proposal.official_amount,
        before=proposal.before,
        discount=proposal.discount,
        maximum=proposal.maximum,
        reason="They sign.",
        requester=WHO,
        submitted_at=NOON,
        deadline=NOON,
        needed_approvals=needed,
        approvals=(),
        closed_at=NOON if closed else None,
        closed_by=Person("T0DESK", "U0ANDREW", "Andrew") if closed else None,
        close_reason="Too low." if state is AdjustmentState.REJECTED else "",
    )
    return Adjustment(summary, proposal, picture if state is AdjustmentState.STALE else None, ())


@pytest.mark.parametrize("state", AdjustmentState)
def test_only_a_pending_card_has_live_buttons(state: AdjustmentState) -> None:
    card = json.dumps(approval_card(an_adjustment(state), Audience()).arguments(), ensure_ascii=False)
    assert ("adjustment.approve" in card) is (state is AdjustmentState.PENDING)
    assert "order.details" in card
    assert state.label in card


def test_a_card_says_before_and_after_percentage_maximum_and_what_is_replaced() -> None:
    card = json.dumps(approval_card(an_adjustment(), Audience()).arguments(), ensure_ascii=False)
    for said in (
        "USD 950.00 → *USD 875.00*",
        "−12.5 % of list price 1,000.00; Maximum Discount 300.00, 30 %",
        "Replaces Promotion 50.00",
        "Asked by <@U0NANCY>",
        "<!date^1772452800^{date_short_pretty}, {time}|Mar 2, 2026",
        "They sign.",
    ):
        assert said in card


@pytest.mark.parametrize(
    ("state", "said"),
    [
        (AdjustmentState.APPLIED, "Order price adjusted successfully"),
        (AdjustmentState.REJECTED, "Rejected by <@U0ANDREW>"),
        (AdjustmentState.WITHDRAWN, "was withdrawn"),
        (AdjustmentState.EXPIRED, "payment deadline passed"),
        (AdjustmentState.STALE, "Judged: pending payment, 1 item"),
    ],
)
def test_the_requester_is_told_the_outcome_in_words(state: AdjustmentState, said: str) -> None:
    message = outcome_message(an_adjustment(state), Audience())
    assert message is not None
    assert said in json.dumps(message.arguments(), ensure_ascii=False)


def test_there_is_nothing_to_tell_of_what_has_moved_on() -> None:
    assert outcome_message(an_adjustment(), Audience()) is None
    assert reminder_message(an_adjustment(AdjustmentState.APPLIED), Audience()) is None


@pytest.mark.parametrize(
    ("needed", "given", "said"),
    [(1, 0, "waiting for 1 manager"), (2, 0, "waiting for 2 managers"), (2, 1, "waiting for 1 more manager")],
)
def test_a_pending_one_says_whom_it_waits_for(needed: int, given: int, said: str) -> None:
    summary = replace(an_adjustment(needed=needed).summary, approvals=(Decision(WHO, NOON),) * given)
    assert state_text(summary).endswith(said)


def test_figures_and_times_are_the_viewers_own() -> None:
    german = Actor(a_member(), "Asia/Tokyo", "de_DE")
    page = ListPage((an_adjustment(AdjustmentState.REJECTED).summary,), CappedCount(1, False), 0, None, None)
    view = json.dumps(history_modal(page, AdjustmentHistoryState(), "", german).to_dict(), ensure_ascii=False)
    assert "USD 950,00 → *USD 875,00*" in view
    assert "02.03.2026, 21:00" in view
    assert "Times are in your time zone, Asia/Tokyo" in view


def test_a_name_has_no_meaning_where_a_refusal_says_it() -> None:
    hostile = Person("T0DESK", "U0NANCY", "<!channel> <@U0ADMIN>")
    for error in (NotTheRequester(hostile), AlreadyDecided(1, AdjustmentState.WITHDRAWN, hostile, NOON)):
        assert "<" not in sentence(error, ACTOR).text


def errors() -> list[type[DomainError]]:
    found = [kind for kind in vars(adjustment_errors).values() if isinstance(kind, type)]
    return [kind for kind in found if issubclass(kind, DomainError) and kind is not DomainError]


@pytest.mark.parametrize("kind", [kind for kind in errors() if kind is not adjustment_errors.InvalidPolicy])
def test_every_refusal_has_words(kind: type[DomainError]) -> None:
    """InvalidPolicy is for the operator, at the start."""
    assert sentence.dispatch(kind) is not sentence.dispatch(DomainError)
