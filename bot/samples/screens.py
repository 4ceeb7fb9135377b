"""Every screen filled with the longest and strangest data it can get: for Slack's validator, and for the tests."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal

from bot.samples.adjustments import adjustment_views
from bot.samples.exports import export_views
from handlers.help.views import help_blocks, home_view
from handlers.kit.blocks import notice_modal
from handlers.kit.searching import MAX_PRODUCT_TYPES, Filled
from handlers.kit.state import PlaceState, SearchState
from handlers.orders.form import search_modal
from handlers.orders.share_form import ShareState, question_modal, share_modal, shared_modal
from handlers.orders.views import details_modal, empty_modal, payment_modal, results_modal
from store.domain.money import Money
from store.domain.orders.amounts import payment_breakdown
from store.domain.orders.criteria import (
    ITEMS_PAGE,
    MOST_DAYS_AHEAD,
    PAGE_SIZE,
    CappedCount,
    Cursor,
    OrderCriteria,
    OrderPage,
)
from store.domain.orders.criterion import MAX_TEXT
from store.domain.orders.customers import AssociationType, Customer, CustomerName, CustomerTab
from store.domain.orders.order import (
    DiscountType,
    Order,
    OrderDetails,
    OrderItem,
    OrderStatus,
    OrderSummary,
    OrderType,
    PeriodType,
    ProductType,
    SourceType,
)
from store.domain.orders.sharing import NOTE_MAX, Shared
from store.domain.people import Actor, Member, Role

NOW = datetime(2026, 10, 3, 14, 5, tzinfo=UTC)
STRANGE = "<!channel> & *Müller* `~_=1+1 شركة المثال 漢字株式会社 👩‍👩‍👧‍👦 \u202e\x07 " + "W" * 300
KEY = 999_999_999_999_999
ACTOR = Actor(Member("T0", "U0", STRANGE, "strange", frozenset(Role)), "America/Argentina/ComodRivadavia", "de_DE")


def _money(text: str) -> Money:
    return Money(Decimal(text), "KWD")


def sample_order(order_type: OrderType = OrderType.YEARLY_MONTHLY_TO_PAY_PER_USE) -> Order:
    """An order whose every text is strange and every number large."""
    customer = Customer(
        KEY, STRANGE, STRANGE, STRANGE, AssociationType.RESELLER, STRANGE, STRANGE, STRANGE, STRANGE, STRANGE, "XX"
    )
    product = ProductType(KEY, STRANGE, STRANGE)
    listed, each = _money("9999999999999.999"), _money("0.001")
    after = listed
    for _ in DiscountType:
        after = after - each
    return Order(
        key=KEY,
        order_id="CS" + "9" * 62,
        customer=customer,
        product_type=product,
        source_type=SourceType.RESOURCE_DELETED_ON_PAGE,
        status=OrderStatus.COMPLETED,
        order_type=order_type,
        official_amount=listed,
        amount_after_discount=after,
        create_time=NOW,
        payment_time=NOW,
        pending_payment_end_time=NOW,
        contract_id=STRANGE,
        user_name=STRANGE,
        coupon_amount=each,
        flexipurchase_coupon_amount=each,
        stored_card_amount=each,
        commission_amount=each,
        consumed_amount=each,
        parent_order_id=STRANGE,
    )


_DISCOUNTS = tuple((kind, _money("0.001")) for kind in DiscountType)


def _item(number: int) -> OrderItem:
    listed = _money("9999999999999.999")
    return OrderItem(
        key=number,
        order_line_item_id=STRANGE,
        service_type_code=STRANGE,
        service_type_name=STRANGE,
        product_id=STRANGE,
        product_spec_desc=STRANGE * 3,
        period_type=PeriodType.MONTH,
        period_num=12,
        subscription_num=10**12,
        effective_time=NOW,
        expire_time=NOW,
        official_amount=listed,
        amount_after_discount=_money("1.234"),
        discountable=False,
    )


def _summary(number: int) -> OrderSummary:
    return OrderSummary(
        key=KEY + number,
        order_id="CS" + "9" * 62,
        customer_name=STRANGE,
        tab=CustomerTab.CUSTOMERS,
        status=OrderStatus.PENDING_PAYMENT,
        order_type=OrderType.PAY_PER_USE_TO_YEARLY_MONTHLY,
        service_type_name=STRANGE,
        official_amount=_money("9999999999999.999"),
        amount_after_discount=_money("1.234"),
        create_time=NOW,
        payment_time=None,
        pending_payment_end_time=NOW,
    )


def _filled() -> Filled:
    products = tuple(ProductType(KEY + number, STRANGE, STRANGE) for number in range(MAX_PRODUCT_TYPES))
    criteria = OrderCriteria(
        tab=CustomerTab.RESELLERS_CUSTOMERS,
        customer_key=KEY,
        order_no="9" * MAX_TEXT,
        contract_id="9" * MAX_TEXT,
        expiring=MOST_DAYS_AHEAD,
        statuses=frozenset(OrderStatus),
        product_types=frozenset(product.key for product in products),
        order_types=frozenset(OrderType),
        ordered_from=date(2026, 1, 1),
        ordered_to=date(2026, 12, 31),
    )
    return Filled(criteria, CustomerName(KEY, STRANGE, STRANGE, CustomerTab.CUSTOMERS), products)


def _no_results(elsewhere: int) -> dict[str, object]:
    filled = _filled()
    return empty_modal(filled, CappedCount(elsewhere, True), SearchState(criteria=filled.criteria), ACTOR).to_dict()


def _results() -> dict[str, object]:
    filled = _filled()
    cursor = Cursor(NOW, KEY, True, 10**9)
    page = OrderPage(tuple(map(_summary, range(PAGE_SIZE))), CappedCount(1000, True), 0, cursor, cursor)
    return results_modal(filled, page, SearchState(criteria=filled.criteria), NOW, ACTOR).to_dict()


def _details(items: int) -> dict[str, object]:
    details = OrderDetails(sample_order(), _DISCOUNTS, tuple(map(_item, range(items))), 10**6, ITEMS_PAGE)
    return details_modal(details, NOW, ACTOR, None).to_dict()


_NOTE = '"\\' * NOTE_MAX
"""Twice as long in JSON."""


def sample_views() -> list[tuple[str, Callable[[], dict[str, object]]]]:
    """Every screen by name, with what makes it, as Slack's JSON of a view."""
    order = sample_order()
    sharing = ShareState(
        order=KEY, draft="d" * 64, replaced=True, channel="C" * 12, note=_NOTE[:NOTE_MAX], people=10**6
    )
    help_view = {"type": "home", "blocks": [block.to_dict() for block in help_blocks(ACTOR)]}
    return [
        ("search form", lambda: search_modal(_filled(), PlaceState(channel="C" * 12)).to_dict()),
        ("empty search form", lambda: search_modal(Filled(OrderCriteria()), PlaceState()).to_dict()),
        ("results", _results),
        ("no results", lambda: _no_results(0)),
        ("no results here", lambda: _no_results(1000)),
        ("order details", lambda: _details(ITEMS_PAGE)),
        ("payment details", lambda: payment_modal(order, payment_breakdown(order, _DISCOUNTS), ACTOR).to_dict()),
        ("share form", lambda: share_modal(order, sharing).to_dict()),
        ("share question", lambda: question_modal(order.order_id, sharing, STRANGE[:80], ACTOR).to_dict()),
        ("order shared", lambda: shared_modal(Shared(order.order_id, again=False), sharing).to_dict()),
        ("order shared again", lambda: shared_modal(Shared(order.order_id, again=True), sharing).to_dict()),
        ("notice", lambda: notice_modal(STRANGE, STRANGE * 20).to_dict()),
        ("help", lambda: help_view),
        ("home", lambda: home_view(ACTOR).to_dict()),
        *adjustment_views(STRANGE, ACTOR),
        *export_views(STRANGE, ACTOR, _filled()),
    ]
