"""The form *Adjust Price*: what is typed into it is read as its builder drew it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from handlers.adjustments import ids
from handlers.adjustments.form import (
    MOST_ITEM_FIELDS,
    NOTHING_TYPED,
    Typed,
    Way,
    adjust_modal,
    at_field,
    named_item,
    read_form,
)
from handlers.adjustments.refusals import UnreadableLine
from handlers.adjustments.state import AdjustmentFormState
from handlers.kit.ids import INPUT
from handlers.kit.refusals import sentence
from handlers.kit.state import MAX_METADATA
from store.domain.adjustments.adjustment import AdjustmentForm, Mode, PricedOrder
from store.domain.adjustments.errors import (
    AmbiguousFigure,
    InvalidFigure,
    NotLargerThanReplaced,
    OverMaximum,
    ReasonMissing,
)
from store.domain.adjustments.policy import Policy
from store.domain.adjustments.pricing import ByAmount, ByNewPrice, ByPercentage, ByResource, maxima
from store.domain.money import Money
from store.domain.orders.customers import AssociationType
from store.domain.orders.order import OrderType
from store.domain.people import Actor
from tests.support.people import a_member
from tests.support.pictures import a_picture, an_item

POLICY = Policy()
GERMAN = Actor(a_member(), locale="de_DE")
STATE = AdjustmentFormState(order=1, draft="d")


def money(text: str, currency: str = "USD") -> Money:
    return Money(Decimal(text), currency)


def a_form(items: int = 2, currency: str = "USD") -> AdjustmentForm:
    picture = a_picture(*(an_item(f"i{at}", money("1000", currency)) for at in range(items)))
    order = PricedOrder(1, picture, OrderType.PURCHASE, AssociationType.REFERRAL, False, None, "Acme", "ECS")
    return AdjustmentForm(order, POLICY, maxima(picture, POLICY))


def text_field(value: str, action_id: str = ids.TYPED) -> dict[str, Any]:
    return {action_id: {"type": "plain_text_input", "value": value}}


def chosen(value: str) -> dict[str, Any]:
    return {ids.TYPED: {"type": "radio_buttons", "selected_option": {"value": value}}}


def filled(way: Way, figure: str, reason: str = "Because.") -> dict[str, Any]:
    return {
        ids.MODE: chosen(Mode.ORDER_PRICE),
        ids.WAY: chosen(way),
        ids.FIGURE: text_field(figure),
        ids.REASON: text_field(reason, INPUT),
    }


@pytest.mark.parametrize(
    ("way", "typed", "locale", "asked"),
    [
        (Way.AMOUNT, "1.234,50", "de_DE", ByAmount(money("1234.50"))),
        (Way.AMOUNT, "1.234,50", "en_US", ByAmount(money("1234.50"))),
        (Way.AMOUNT, "USD 12.50", "en_US", ByAmount(money("12.50"))),
        (Way.PERCENTAGE, "12,5 %", "de_DE", ByPercentage(Decimal("12.5"))),
        (Way.NEW_PRICE, "1,800.00", "en_US", ByNewPrice(money("1800"))),
    ],
)
def test_a_figure_is_read_in_the_persons_way(way: Way, typed: str, locale: str, asked: object) -> None:
    read = read_form(filled(way, typed), a_form(), locale)
    assert (read.ask, read.problems, read.reason) == (asked, {}, "Because.")


@pytest.mark.parametrize(
    ("typed", "problem"),
    [("", InvalidFigure), ("much", InvalidFigure), ("1.500", AmbiguousFigure), ("-5", InvalidFigure)],
)
def test_what_is_no_figure_is_a_problem_of_its_field(typed: str, problem: type[Exception]) -> None:
    read = read_form(filled(Way.AMOUNT, typed), a_form(), "en_US")
    assert read.ask is None
    assert isinstance(read.problems[ids.FIGURE], problem)


def test_items_have_a_field_each_and_empty_ones_get_nothing() -> None:
    values = {ids.MODE: chosen(Mode.RESOURCE_PRICE), "item:i0": text_field("12,50"), "item:i1": text_field("")}
    read = read_form(values, a_form(), "de_DE")
    assert read.ask == ByResource((("i0", money("12.50")),))
    values["item:i1"] = text_field("x")
    read = read_form(values, a_form(), "de_DE")
    assert list(read.problems) == ["item:i1"]
    assert read.ask is None


def test_no_amount_at_all_is_a_problem() -> None:
    read = read_form({ids.MODE: chosen(Mode.RESOURCE_PRICE)}, a_form(), "en_US")
    assert list(read.problems) == [ids.MODE]


def test_an_order_of_many_items_has_one_field_with_a_line_for_each() -> None:
    form = a_form(MOST_ITEM_FIELDS + 1)
    view = adjust_modal(form, Typed(Mode.RESOURCE_PRICE, Way.AMOUNT, None), None, STATE, GERMAN).to_dict()
    fields = [block["block_id"] for block in view["blocks"] if block["type"] == "input"]
    assert fields == [ids.MODE, ids.AMOUNTS, ids.REASON]
    values = {ids.MODE: chosen(Mode.RESOURCE_PRICE), ids.AMOUNTS: text_field("1: 10\n\n 41 = 20,5 \n")}
    assert read_form(values, form, "de_DE").ask == ByResource((("i0", money("10")), ("i40", money("20.50"))))
    for line in ("42: 10", "first: 10", "0: 1", "²: 1", "0000000011999: 1"):
        values[ids.AMOUNTS] = text_field(line)
        assert isinstance(read_form(values, form, "de_DE").problems[ids.AMOUNTS], UnreadableLine)


def test_what_is_wrong_with_one_of_many_lines_names_its_item() -> None:
    form = a_form(MOST_ITEM_FIELDS + 1)

    def said(lines: str) -> str:
        values = {ids.MODE: chosen(Mode.RESOURCE_PRICE), ids.AMOUNTS: text_field(lines)}
        read = read_form(values, form, "en_US")
        assert read.ask is None
        return sentence(read.problems[ids.AMOUNTS]).text

    assert said("1: 5\n3: abc") == "Item 3: Type a number, in digits."
    assert said("1: 5\n01: 6").startswith("Item 1 is in more than one line.")
    typed = Typed(Mode.RESOURCE_PRICE, Way.AMOUNT, None, texts={ids.AMOUNTS: "3: 99"})
    refused = named_item(OverMaximum(money("99"), money("3"), "i2"), typed, form)
    assert sentence(refused).text.startswith("Item 3: ")


def test_a_form_that_shows_the_other_ways_fields_yet_says_so_where_they_are_chosen() -> None:
    values = {ids.MODE: chosen(Mode.ORDER_PRICE), "item:i0": text_field("5")}
    assert list(read_form(values, a_form(), "en_US").problems) == [ids.MODE]
    values = {ids.MODE: chosen(Mode.RESOURCE_PRICE), ids.FIGURE: text_field("5")}
    (problem,) = read_form(values, a_form(), "en_US").problems.items()
    assert problem[0] == ids.MODE
    assert "does not show the fields of your choice yet" in sentence(problem[1]).text


def test_only_what_may_be_discounted_has_a_field() -> None:
    picture = a_picture(an_item("a", money("10")), an_item("b", money("10"), discountable=False))
    order = PricedOrder(1, picture, OrderType.PURCHASE, AssociationType.REFERRAL, False, None, "Acme", "ECS")
    form = AdjustmentForm(order, POLICY, maxima(picture, POLICY))
    view = adjust_modal(form, Typed(Mode.RESOURCE_PRICE, Way.AMOUNT, None), None, STATE, GERMAN).to_dict()
    assert [block["block_id"] for block in view["blocks"] if block.get("block_id", "").startswith(ids.ITEM)] == [
        "item:a"
    ]


def test_fields_keep_their_ids_while_the_form_is_redrawn() -> None:
    """Slack keeps what is typed where both ids stay the same."""

    def inputs(way: Way) -> list[tuple[str, str]]:
        view = adjust_modal(a_form(), Typed(Mode.ORDER_PRICE, way, None), None, STATE, GERMAN).to_dict()
        return [(block["block_id"], block["element"]["action_id"]) for block in view["blocks"] if "element" in block]

    assert inputs(Way.AMOUNT) == inputs(Way.PERCENTAGE) == inputs(Way.NEW_PRICE)


def test_hints_say_the_most_in_the_viewers_figures() -> None:
    view = adjust_modal(a_form(), NOTHING_TYPED, None, STATE, GERMAN).to_dict()
    (hint,) = (block["hint"]["text"] for block in view["blocks"] if block.get("block_id") == ids.FIGURE)
    assert hint == "Of the list price; at most 600,00."


@pytest.mark.parametrize(
    ("error", "mode", "field"),
    [
        (ReasonMissing(), Mode.ORDER_PRICE, ids.REASON),
        (OverMaximum(money("2"), money("1")), Mode.ORDER_PRICE, ids.FIGURE),
        (OverMaximum(money("2"), money("1"), "i0"), Mode.RESOURCE_PRICE, "item:i0"),
        (NotLargerThanReplaced(money("1"), money("2")), Mode.RESOURCE_PRICE, ids.MODE),
    ],
)
def test_a_refusal_stands_at_the_field_it_is_about(error: Any, mode: Mode, field: str) -> None:
    assert at_field(error, Typed(mode, Way.AMOUNT, None, texts={"item:i0": "2"})) == field


def test_what_is_typed_is_kept_as_far_as_it_fits() -> None:
    kept = STATE.keeping({"figure": "12", "item:a": ""})
    assert kept.kept == {"figure": "12"}
    assert kept.keeping({"figure": "", "item:a": "5"}).kept == {"item:a": "5"}
    assert kept.keeping({"amounts": "x" * MAX_METADATA}) == kept
    assert AdjustmentFormState.model_validate_json(kept.dump()) == kept
