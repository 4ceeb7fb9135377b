"""The card of a shared order as values: what stands on it of which order, and what its sharer is told instead."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from handlers.kit.formats import Audience
from handlers.kit.state import StaleScreen
from handlers.orders.share_card import not_shared_message, shared_message
from handlers.orders.share_form import read_whole
from store.domain.channels import ChannelBar
from store.domain.money import Money
from store.domain.orders.customers import AssociationType, Customer
from store.domain.orders.order import Order, OrderStatus, OrderType, ProductType, SourceType
from store.domain.orders.sharing import Share, ShareRequest
from store.domain.people import Person

NOW = datetime(2026, 10, 3, 14, 5, tzinfo=UTC)
ZERO, LISTED = Money.zero("JPY"), Money(Decimal(13100), "JPY")
ORDER = Order(
    key=7,
    order_id="CS2610A7F3",
    customer=Customer(1, "C1", "Acme GmbH", "acme", AssociationType.REFERRAL, "nancy"),
    product_type=ProductType(1, "hws.service.type.ec2", "Elastic Cloud Server"),
    source_type=SourceType.CUSTOMER,
    status=OrderStatus.PENDING_PAYMENT,
    order_type=OrderType.RENEWAL,
    official_amount=LISTED,
    amount_after_discount=LISTED,
    create_time=NOW,
    payment_time=None,
    pending_payment_end_time=None,
    contract_id="contract",
    user_name="placed by",
    coupon_amount=ZERO,
    flexipurchase_coupon_amount=ZERO,
    stored_card_amount=ZERO,
    commission_amount=None,
    consumed_amount=None,
    parent_order_id=None,
)
SHARER = Person("T0", "U0NANCY", "Nancy")


def card(order: Order, *, whole: bool) -> str:
    share = Share(ShareRequest(order.key, "C0DEALS", whole=whole), SHARER)
    return json.dumps(shared_message(order, share, NOW, Audience()).arguments(), ensure_ascii=False)


def test_in_short_it_names_nothing_but_number_state_and_product() -> None:
    other = Customer(2, "C2", "Other", "other", AssociationType.RESELLER, "janet", "R", "R", "a@b.example", "030", "DE")
    changed = replace(
        ORDER,
        customer=other,
        order_type=OrderType.CHANGE,
        official_amount=LISTED + LISTED,
        create_time=datetime(2020, 1, 1, tzinfo=UTC),
        contract_id="another",
        user_name="somebody",
    )
    assert card(ORDER, whole=False) == card(changed, whole=False)
    for said in ("CS2610A7F3", "Pending payment", "Elastic Cloud Server", "<@U0NANCY>"):
        assert said in card(ORDER, whole=False)


def test_whole_it_has_the_dates_and_amounts_that_there_are() -> None:
    plain = card(ORDER, whole=True)
    for said in ("Acme GmbH", "Renewal", "*JPY 13,100*", "Ordered On"):
        assert said in plain
    for missing in ("list JPY", "pay by", "paid"):
        assert missing not in plain
    cheaper = replace(ORDER, amount_after_discount=Money(Decimal(12400), "JPY"), pending_payment_end_time=NOW)
    assert "*JPY 12,400*  (list JPY 13,100)" in card(cheaper, whole=True)
    assert f"pay by <!date^{int(NOW.timestamp())}^" in card(cheaper, whole=True)
    paid = replace(cheaper, status=OrderStatus.COMPLETED, payment_time=NOW)
    assert f"paid <!date^{int(NOW.timestamp())}^" in card(paid, whole=True)
    assert "pay by" not in card(paid, whole=True)


@pytest.mark.parametrize("code", [*ChannelBar, "is_archived", "more_people", "order_not_found", "not_a_member", "odd"])
def test_its_sharer_is_told_why_it_was_not_posted(code: str) -> None:
    share = Share(ShareRequest(7, "C0DEALS"), SHARER)
    for order_id in ("CS2610A7F3", None):
        said = json.dumps(not_shared_message(share, order_id, code).arguments())
        assert "was not shared in <#C0DEALS>, and nothing was posted: " in said
        assert ("View Order Details" in said) is ("CS2610A7F3" in said) is (order_id is not None)


def test_a_choice_that_was_not_offered_is_none() -> None:
    with pytest.raises(StaleScreen):
        read_whole({"card": {"input": {"type": "radio_buttons", "selected_option": {"value": "everything"}}}})
