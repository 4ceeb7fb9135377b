"""The adjustments' screens, filled with the longest and strangest data they can get."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal

from handlers.adjustments.form import MOST_ITEM_FIELDS, NOTHING_TYPED, Typed, Way, adjust_modal
from handlers.adjustments.lists import approvals_modal, history_modal
from handlers.adjustments.state import (
    AdjustmentFormState,
    AdjustmentHistoryState,
    ApprovalsState,
    OneState,
    ReasonState,
)
from handlers.adjustments.views import adjustment_modal, reason_modal, submitted_modal
from handlers.kit.blocks import shown
from handlers.kit.rows import RowWord
from handlers.kit.state import ListPosition
from store.domain.adjustments.adjustment import (
    REASON_MAX,
    Adjustment,
    AdjustmentEvent,
    AdjustmentForm,
    AdjustmentPage,
    AdjustmentSummary,
    Decision,
    Mode,
    PricedOrder,
)
from store.domain.adjustments.errors import AmbiguousFigure, Reading
from store.domain.adjustments.policy import Policy
from store.domain.adjustments.pricing import ByPercentage, OrderPicture, PricedItem, Proposal, maxima, propose
from store.domain.adjustments.states import AdjustmentState, Step
from store.domain.adjustments.transitions import Verb
from store.domain.money import Money
from store.domain.orders.criteria import PAGE_SIZE, CappedCount
from store.domain.orders.customers import AssociationType
from store.domain.orders.order import DiscountType, OrderStatus, OrderType, PeriodType
from store.domain.paging import ListCursor, ListPage
from store.domain.people import Actor, Person

NOW = datetime(2026, 10, 3, 14, 5, tzinfo=UTC)
_KEY = 999_999_999_999_999
_POLICY = Policy.of(30, {}, [(100, 2)])


def _money(text: str) -> Money:
    return Money(Decimal(text), "KWD")


def _picture(strange: str, count: int) -> OrderPicture:
    each = _money("99999999999.999")
    items = tuple(
        PricedItem(f"{number:064}", strange, strange * 3, PeriodType.MONTH, 12, 10**12, each, each, discountable=True)
        for number in range(count)
    )
    official = Money.of_minor(each.minor * count, "KWD")
    return OrderPicture(
        order_id="CS" + "9" * 62,
        status=OrderStatus.PENDING_PAYMENT,
        official_amount=official,
        amount_after_discount=official,
        coupons_and_cards=_money("0"),
        discounts=tuple((kind, _money("0.001")) for kind in DiscountType),
        items=items,
    )


def _person(strange: str) -> Person:
    return Person("T0", "U0STRANGE", strange)


def _form(strange: str, count: int) -> AdjustmentForm:
    picture = _picture(strange, count)
    order = PricedOrder(
        _KEY,
        picture,
        OrderType.YEARLY_MONTHLY_TO_PAY_PER_USE,
        AssociationType.REFERRAL,
        resellers=False,
        deadline=NOW,
        customer_name=strange,
        service_type_name=strange,
    )
    return AdjustmentForm(order, _POLICY, maxima(picture, _POLICY))


def _proposal(strange: str, count: int) -> Proposal:
    return propose(_picture(strange, count), ByPercentage(Decimal("12.34")), _POLICY)


def _summary(strange: str, state: AdjustmentState, key: int = _KEY) -> AdjustmentSummary:
    who, closed = _person(strange), state is not AdjustmentState.PENDING
    listed = _money("9999999999999.999")
    return AdjustmentSummary(
        key=key,
        order_key=_KEY,
        order_id="CS" + "9" * 62,
        customer_name=strange,
        service_type_name=strange,
        state=state,
        mode=Mode.RESOURCE_PRICE,
        official_amount=listed,
        before=listed,
        discount=_money("1234567890.123"),
        maximum=listed,
        reason=(strange * 10)[:REASON_MAX],
        requester=who,
        submitted_at=NOW,
        deadline=NOW,
        needed_approvals=2,
        approvals=(Decision(who, NOW),) * (2 if closed else 1),
        closed_at=NOW if closed else None,
        closed_by=who if closed else None,
        close_reason=(strange * 10)[:REASON_MAX],
        superseded_by=_KEY,
        overridden_at=NOW,
    )


def sample_adjustment(strange: str, state: AdjustmentState, count: int = 100) -> Adjustment:
    """A price adjustment in that state, of an order with `count` items. `strange` is in the place of each text."""
    who = _person(strange)
    events = tuple(AdjustmentEvent(step, NOW, who, (strange * 10)[:REASON_MAX]) for step in Step for _ in (1, 2))
    proposal = _proposal(strange, count)
    return Adjustment(_summary(strange, state), proposal, proposal.picture, events)


def _page(strange: str, state: AdjustmentState) -> AdjustmentPage:
    cursor = ListCursor(_KEY, forward=True, offset=10**9, moment=NOW)
    rows = tuple(_summary(strange, state, _KEY + number) for number in range(PAGE_SIZE))
    return ListPage(rows, CappedCount(1000, capped=True), 0, cursor, cursor)


def adjustment_views(strange: str, actor: Actor) -> list[tuple[str, Callable[[], dict[str, object]]]]:
    """Every screen by name, with what makes it, as Slack's JSON of a view. `strange` stands for each text."""
    pending, stale = AdjustmentState.PENDING, AdjustmentState.STALE
    draft = AdjustmentFormState(order=_KEY, draft="0" * 24)
    position = ListPosition(moment=NOW, key=_KEY, offset=10**9)
    keys = tuple(_KEY + number for number in range(PAGE_SIZE))
    history = AdjustmentHistoryState(order=_KEY, position=position)
    kept = AdjustmentHistoryState(order=_KEY, position=position, rows=keys, offered=keys)
    waiting = ApprovalsState(position=position, rows=keys)
    word, elsewhere = RowWord(_KEY, shown(strange) * 9), RowWord(1, shown(strange) * 9)
    by_item = Typed(Mode.RESOURCE_PRICE, Way.AMOUNT, None)
    empty: AdjustmentPage = ListPage((), CappedCount(0, capped=False), 0, None, None)
    question = AmbiguousFigure(strange, (Reading(Decimal(1234), "1234"), Reading(Decimal("1.234"), "1.2340")))
    one = OneState(adjustment=_KEY, items_offset=8, history=history)
    said = shown(strange)
    few, many = _form(strange, MOST_ITEM_FIELDS), _form(strange, MOST_ITEM_FIELDS + 1)

    def form(form_: AdjustmentForm, typed: Typed, preview: Proposal | AmbiguousFigure | None) -> dict[str, object]:
        return adjust_modal(form_, typed, preview, draft, actor, silent=True).to_dict()

    return [
        ("adjust price", lambda: form(few, NOTHING_TYPED, None)),
        ("adjust price, previewed", lambda: form(few, NOTHING_TYPED, _proposal(strange, MOST_ITEM_FIELDS))),
        ("adjust price, in doubt", lambda: form(few, NOTHING_TYPED, question)),
        ("adjust resource price", lambda: form(few, by_item, _proposal(strange, MOST_ITEM_FIELDS))),
        ("adjust resource price of many", lambda: form(many, by_item, _proposal(strange, MOST_ITEM_FIELDS + 1))),
        ("submitted", lambda: submitted_modal(sample_adjustment(strange, pending), actor, silent=True).to_dict()),
        ("applied at once", lambda: submitted_modal(_applied(strange), actor, silent=True).to_dict()),
        ("adjustment", lambda: adjustment_modal(sample_adjustment(strange, stale), one, actor, said).to_dict()),
        ("history", lambda: history_modal(_page(strange, pending), history, strange, actor, elsewhere).to_dict()),
        ("history, decided", lambda: history_modal(_page(strange, stale), kept, strange, actor, word).to_dict()),
        ("history, out of sight", lambda: history_modal(empty, kept, strange, actor, word).to_dict()),
        ("no history", lambda: history_modal(empty, history, strange, actor).to_dict()),
        ("approvals", lambda: approvals_modal(_page(strange, pending), ApprovalsState(), actor, elsewhere).to_dict()),
        ("approvals, decided", lambda: approvals_modal(_page(strange, stale), waiting, actor, word).to_dict()),
        ("approvals, out of sight", lambda: approvals_modal(empty, waiting, actor, word).to_dict()),
        ("no approvals", lambda: approvals_modal(empty, ApprovalsState(), actor).to_dict()),
        ("rejection", lambda: reason_modal(Verb.REJECT, _summary(strange, pending), _rejection(), actor).to_dict()),
    ]


def _applied(strange: str) -> Adjustment:
    return sample_adjustment(strange, AdjustmentState.APPLIED)


def _rejection() -> ReasonState:
    listed = ApprovalsState(
        position=ListPosition(moment=NOW, key=_KEY, offset=10**9),
        rows=tuple(_KEY - number for number in range(PAGE_SIZE)),
    )
    return ReasonState(adjustment=_KEY, draft="0" * 24, channel="C" * 12, message="1700000000.000100", listed=listed)
